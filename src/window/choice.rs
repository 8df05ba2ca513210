//! Which wall is on which monitor.
//!
//! Pure. Policies: a monitor is known by its name; an index is looked up once, and what it found is kept
//! by its name from then on, so that no other monitor's coming or going moves a wall. Two walls that cover
//! their monitors do not come to share one. A wall whose monitor is not there waits for it, but never all
//! of them: where none has its monitor, the first takes what there is.

use camwall_config::Monitor;

/// What a wall wants, and where it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Which monitor the wall file names.
    pub monitor: Option<&'a Monitor>,
    /// The name of the monitor that was found by its index.
    pub kept: Option<&'a str>,
    /// The name of the monitor where it is.
    pub now: Option<&'a str>,
    /// It covers its monitor.
    pub covers: bool,
}

/// A monitor that is there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Its name; none where the system gives it none.
    pub name: Option<&'a str>,
    /// It is the desktop's primary one.
    pub primary: bool,
}

/// The number of each wall's monitor, in the order of the walls; none where it waits.
#[must_use]
pub fn choose(walls: &[Wish<'_>], monitors: &[Known<'_>]) -> Vec<Option<usize>> {
    let (covered, chosen) = (vec![false; monitors.len()], vec![None; walls.len()]);
    let mut choice = Choice { walls, monitors, covered, chosen };
    // First who wants one monitor and no other, then who was told a number, then who takes any.
    for (wall, wish) in walls.iter().enumerate() {
        let Some(name) = wish.name() else { continue };
        let monitor = choice.named(name).filter(|it| choice.suits(wall, *it));
        choice.put(wall, monitor);
    }
    for (wall, wish) in walls.iter().enumerate().filter(|(_, wish)| wish.name().is_none()) {
        if let Some(Monitor::Index(index)) = wish.monitor {
            let there = Some(*index).filter(|index| *index < monitors.len());
            let monitor = there.filter(|it| choice.suits(wall, *it));
            // Another wall has it: any other is better than none.
            choice.put(wall, monitor.or_else(|| there.and_then(|_| choice.any_free())));
        }
    }
    for (wall, wish) in walls.iter().enumerate().filter(|(_, wish)| wish.monitor.is_none()) {
        let now = choice.now(wall);
        let free = now.filter(|it| !choice.covered[*it]).or_else(|| choice.any_free());
        let shared = || now.or_else(|| choice.primary().filter(|_| !wish.covers));
        choice.put(wall, free.or_else(shared));
    }
    if choice.chosen.iter().all(Option::is_none) && !walls.is_empty() {
        choice.put(0, choice.now(0).or_else(|| choice.primary()));
    }
    choice.chosen
}

/// How far the choice has come.
struct Choice<'a> {
    walls: &'a [Wish<'a>],
    monitors: &'a [Known<'a>],
    /// By monitor: a wall covers it.
    covered: Vec<bool>,
    chosen: Vec<Option<usize>>,
}

impl Choice<'_> {
    fn put(&mut self, wall: usize, monitor: Option<usize>) {
        self.chosen[wall] = monitor;
        if let Some(monitor) = monitor {
            self.covered[monitor] |= self.walls[wall].covers;
        }
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.monitors.iter().position(|it| it.name == Some(name))
    }

    fn now(&self, wall: usize) -> Option<usize> {
        self.walls[wall].now.and_then(|name| self.named(name))
    }

    /// Whether a wall may be on a monitor: who is there already stays.
    fn suits(&self, wall: usize, monitor: usize) -> bool {
        !self.covered[monitor] || !self.walls[wall].covers || self.now(wall) == Some(monitor)
    }

    /// The primary monitor, or the first.
    fn primary(&self) -> Option<usize> {
        let primary = self.monitors.iter().position(|it| it.primary);
        primary.or((!self.monitors.is_empty()).then_some(0))
    }

    /// The same of those that no wall covers.
    fn any_free(&self) -> Option<usize> {
        let is_free = |monitor: &usize| !self.covered[*monitor];
        self.primary().filter(is_free).or_else(|| (0..self.monitors.len()).find(is_free))
    }
}

impl<'a> Wish<'a> {
    /// The name of the only monitor that will do.
    fn name(&self) -> Option<&'a str> {
        match self.monitor {
            Some(Monitor::Name(name)) => Some(name),
            Some(Monitor::Index(_)) => self.kept,
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monitors of these names, the primary one first; none for one without a name.
    fn there(names: &[&'static str]) -> Vec<Known<'static>> {
        let known = |(number, name): (usize, &&'static str)| Known {
            name: (!name.is_empty()).then_some(*name),
            primary: number == 0,
        };
        names.iter().enumerate().map(known).collect()
    }

    fn name(name: &str) -> Monitor {
        Monitor::Name(name.to_owned())
    }

    fn covering(monitor: Option<&Monitor>) -> Wish<'_> {
        Wish { monitor, covers: true, ..Wish::default() }
    }

    #[test]
    fn a_wall_is_on_the_monitor_that_is_named_or_waits_for_it() {
        let (left, right) = (name("DP-1"), name("DP-2"));
        let walls = [covering(Some(&left)), covering(Some(&right))];
        assert_eq!(choose(&walls, &there(&["DP-1", "DP-2"])), [Some(0), Some(1)]);
        assert_eq!(choose(&walls, &there(&["DP-2", "DP-1"])), [Some(1), Some(0)]);
        assert_eq!(choose(&walls, &there(&["DP-2"])), [None, Some(0)]);
        assert_eq!(choose(&walls, &there(&["DP-1", "HDMI-1"])), [Some(0), None]);
    }

    #[test]
    fn the_first_wall_takes_what_there_is_where_none_has_its_monitor() {
        let (left, right) = (name("DP-1"), name("DP-2"));
        let walls = [covering(Some(&left)), covering(Some(&right))];
        assert_eq!(choose(&walls, &there(&["HDMI-1", "HDMI-2"])), [Some(0), None]);
        let here = Wish { now: Some("HDMI-2"), ..walls[0] };
        assert_eq!(choose(&[here, walls[1]], &there(&["HDMI-1", "HDMI-2"])), [Some(1), None]);
        assert_eq!(choose(&walls[1..], &there(&["HDMI-1"])), [Some(0)]);
        assert_eq!(choose(&walls, &[]), [None, None]);
        assert_eq!(choose(&[covering(Some(&Monitor::Index(3)))], &there(&["DP-1"])), [Some(0)]);
    }

    #[test]
    fn what_an_index_found_is_kept_by_its_name() {
        let second = Monitor::Index(1);
        let wall = covering(Some(&second));
        let other = covering(Some(&Monitor::Index(0)));
        assert_eq!(choose(&[other, wall], &there(&["A", "B"])), [Some(0), Some(1)]);
        let kept = |name| Wish { kept: Some(name), ..wall };
        let other = Wish { kept: Some("A"), ..other };
        assert_eq!(choose(&[other, kept("B")], &there(&["B", "A"])), [Some(1), Some(0)]);
        assert_eq!(choose(&[other, kept("B")], &there(&["A", "C"])), [Some(0), None]);
        assert_eq!(choose(&[other, kept("B")], &there(&["C", "B"])), [None, Some(1)]);
        // One that has no name can't be kept.
        assert_eq!(choose(&[wall], &there(&["", ""])), [Some(1)]);
    }

    #[test]
    fn an_index_that_another_wall_has_found_leads_to_a_free_monitor() {
        let walls = [covering(Some(&Monitor::Index(0))), covering(Some(&Monitor::Index(1)))];
        let first = Wish { kept: Some("B"), ..walls[0] };
        assert_eq!(choose(&[first, walls[1]], &there(&["A", "B"])), [Some(1), Some(0)]);
        assert_eq!(choose(&[first, walls[1]], &there(&["B"])), [Some(0), None]);
    }

    #[test]
    fn who_takes_any_monitor_takes_the_primary_one_unless_another_wall_wants_it() {
        let (any, right) = (covering(None), name("B"));
        assert_eq!(choose(&[any, any], &there(&["A", "B"])), [Some(0), Some(1)]);
        assert_eq!(choose(&[any, covering(Some(&right))], &there(&["B", "A"])), [Some(1), Some(0)]);
        assert_eq!(choose(&[any, any], &there(&["A"])), [Some(0), None]);
        // It stays where it is, whichever is the primary one by then.
        let here = Wish { now: Some("B"), ..any };
        assert_eq!(choose(&[here], &there(&["A", "B"])), [Some(1)]);
        assert_eq!(choose(&[here], &there(&["A", "C"])), [Some(0)]);
        // It makes way for one that wants no other.
        let walls = [here, covering(Some(&right))];
        assert_eq!(choose(&walls, &there(&["A", "B"])), [Some(0), Some(1)]);
    }

    #[test]
    fn walls_share_a_monitor_where_they_do_not_cover_it() {
        let part = Wish::default();
        assert_eq!(choose(&[part, part], &there(&["A"])), [Some(0), Some(0)]);
        let named = name("A");
        let walls = [covering(Some(&named)), Wish { monitor: Some(&named), ..part }];
        assert_eq!(choose(&walls, &there(&["A"])), [Some(0), Some(0)]);
        assert_eq!(
            choose(&[walls[0], covering(Some(&named))], &there(&["A", "B"])),
            [Some(0), None]
        );
        // Full-screen by key: who is there stays.
        let here = Wish { now: Some("A"), covers: true, ..walls[1] };
        assert_eq!(choose(&[walls[0], here], &there(&["A"])), [Some(0), Some(0)]);
        let here = Wish { now: Some("A"), ..covering(None) };
        assert_eq!(choose(&[walls[0], here], &there(&["A"])), [Some(0), Some(0)]);
    }
}
