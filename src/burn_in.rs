//! Care for screens that show the same for years: the picture wanders by a pixel or two, and by night it is
//! darker, or its tiles have changed places.
//!
//! Main world, once a second. Owns [`ScreenCare`], which is the same for all walls. Policy: what the wall
//! file does not ask for costs nothing; the clock of the wall is looked at each second, so that one that is
//! set is followed at once; the picture wanders by time that passes, whatever the clock says. Words are
//! dimmed by half at most, for they tell what is wrong.

use std::time::Duration;

use bevy::{math::IVec2, prelude::*};
use jiff::{Zoned, civil};

use crate::camera::WallFile;
use camwall_config::BurnIn;

/// The step of an update in which it is looked at the clock; before walls are placed.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BurnInSystems;

/// Cares for the screens as the wall file asks for.
pub struct BurnInPlugin;

impl Plugin for BurnInPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ScreenCare>().add_systems(Update, care.in_set(BurnInSystems));
    }
}

/// What the walls do for their screens now.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScreenCare {
    /// How far the picture has wandered, in pixels of the wall: right and down.
    pub moved: IVec2,
    /// How many percent of their light pictures lose.
    pub dim: u32,
    /// What is on the left of the layout is on the right.
    pub mirrored: bool,
}

/// How often it is looked at the clock.
const LOOK: Duration = Duration::from_secs(1);

/// How long the picture stays where it is.
const STAY: Duration = Duration::from_secs(60);

/// What words keep of their light at least.
const WORDS: f32 = 0.5;

/// The power by which a display makes light of a signal.
const GAMMA: f32 = 2.2;

/// Looks at the clock, where the wall file makes something depend on it.
pub fn care(
    file: Res<WallFile>,
    mut care: ResMut<ScreenCare>,
    time: Res<Time<Real>>,
    mut looked: Local<Option<Duration>>,
) {
    let (asked, now) = (&file.wall.burn_in, time.elapsed());
    let soon = looked.is_some_and(|at| now.saturating_sub(at) < LOOK);
    if soon && !file.is_changed() {
        return;
    }
    *looked = Some(now);
    let by_night = asked.night.is_some();
    let clock = if by_night { Zoned::now().time() } else { civil::Time::midnight() };
    care.set_if_neq(ScreenCare::at(asked, now, clock));
}

impl ScreenCare {
    /// What `asked` for calls for at a time of day, `running` after the start.
    fn at(asked: &BurnIn, running: Duration, clock: civil::Time) -> Self {
        let night = asked.night.as_ref().filter(|night| night.is_night(clock));
        Self {
            moved: wandered(asked.orbit, running),
            dim: night.map_or(0, |night| night.dim),
            mirrored: night.is_some_and(|night| night.swap),
        }
    }

    /// By what pictures and words are multiplied, as values of the display, 0 to 1.
    #[must_use]
    pub fn brightness(self) -> Brightness {
        let light = 1.0 - self.dim.min(100) as f32 / 100.0;
        let value = |light: f32| light.powf(1.0 / GAMMA);
        Brightness { pictures: value(light), words: value(light.max(WORDS)) }
    }
}

/// See [`ScreenCare::brightness`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brightness {
    /// Of pictures, and what is between them.
    pub pictures: f32,
    /// Of text and shapes over them.
    pub words: f32,
}

impl Default for Brightness {
    fn default() -> Self {
        Self { pictures: 1.0, words: 1.0 }
    }
}

/// An eighth of the circle of each size, in pixels; the rest follows by symmetry.
fn wandered(orbit: u32, running: Duration) -> IVec2 {
    let steps: &[(i32, i32)] = match orbit {
        0 => return IVec2::ZERO,
        1 => &[(1, 0), (1, 1)],
        _ => &[(2, 0), (2, 1), (1, 2)],
    };
    let minute = usize::try_from(running.as_secs() / STAY.as_secs()).unwrap_or_default();
    let (x, y) = steps[minute % steps.len()];
    // A quarter turn after each round of them.
    (0..minute / steps.len() % 4).fold(IVec2::new(x, y), |at, _| IVec2::new(-at.y, at.x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use camwall_config::Night;

    fn night(dim: u32, swap: bool) -> BurnIn {
        let time = |hour| civil::Time::new(hour, 0, 0, 0).unwrap();
        BurnIn { orbit: 0, night: Some(Night { from: time(22), to: time(6), dim, swap }) }
    }

    #[test]
    fn the_picture_goes_round_a_pixel_at_a_time_and_never_further_than_it_may() {
        for (orbit, round) in [(1, 8), (2, 12)] {
            let at = |minute| wandered(orbit, STAY * minute + Duration::from_secs(59));
            let way: Vec<IVec2> = (0..=round).map(at).collect();
            assert_eq!(way[0], way[way.len() - 1], "a round");
            for step in way.windows(2) {
                let by = (step[1] - step[0]).abs();
                assert_eq!(by.max_element(), 1, "{way:?}");
            }
            let far = way.iter().map(|at| at.abs().max_element());
            assert!(far.eq(std::iter::repeat_n(orbit as i32, way.len())), "{way:?}");
            assert_eq!(way[..way.len() - 1].iter().copied().sum::<IVec2>(), IVec2::ZERO);
        }
        assert_eq!(wandered(0, STAY * 7), IVec2::ZERO);
    }

    #[test]
    fn by_night_it_is_darker_and_by_day_nothing_is_done() {
        let at = |hour| civil::Time::new(hour, 30, 0, 0).unwrap();
        let asked = night(60, true);
        let dark = ScreenCare { moved: IVec2::ZERO, dim: 60, mirrored: true };
        for (hour, wanted) in [(21, ScreenCare::default()), (23, dark), (2, dark)] {
            assert_eq!(ScreenCare::at(&asked, STAY, at(hour)), wanted, "{hour}:30");
        }
        assert_eq!(ScreenCare::at(&BurnIn::default(), STAY, at(23)), ScreenCare::default());
    }

    #[test]
    fn pictures_lose_what_they_should_of_their_light_and_words_half_at_most() {
        let of = |dim| ScreenCare { dim, ..ScreenCare::default() }.brightness();
        assert_eq!(of(0), Brightness::default());
        for (dim, pictures, words) in [(30, 0.7, 0.7), (50, 0.5, 0.5), (80, 0.2, 0.5)] {
            let found = of(dim);
            let light = |value: f32| value.powf(GAMMA);
            assert!((light(found.pictures) - pictures).abs() < 1e-3, "{dim}: {found:?}");
            assert!((light(found.words) - words).abs() < 1e-3, "{dim}: {found:?}");
        }
    }

    #[test]
    fn another_wall_file_counts_at_once() {
        let wall = |orbit: u32| {
            let text =
                format!("(cameras: {{ \"a\": (main: \"./a\") }}, burn_in: (orbit: {orbit}))");
            camwall_config::Wall::parse(&text, "wall.ron").unwrap().wall
        };
        let mut app = App::new();
        app.insert_resource(WallFile { wall: wall(0), folder: std::path::PathBuf::new() })
            .init_resource::<Time<Real>>()
            .add_plugins(BurnInPlugin);
        app.update();
        assert_eq!(*app.world().resource::<ScreenCare>(), ScreenCare::default());
        app.world_mut().resource_mut::<WallFile>().wall = wall(2);
        app.update();
        assert_eq!(app.world().resource::<ScreenCare>().moved, IVec2::new(2, 0));
    }
}
