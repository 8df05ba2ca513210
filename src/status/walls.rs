//! The walls in a status line.
//!
//! Pure. Owns their format, which is part of the stable interface. Policy: walls have names where the wall
//! file has `walls`, and nothing else has any; they stand in its order, and one that is closed is not
//! there.

use serde::Serialize;

use crate::wall::WallName;
use crate::window::Spot;

/// One wall in a status line.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct WallLine<'a> {
    name: &'a str,
    /// Where its window is, or where it waits to open one; none where it is drawn without a window.
    monitor: Option<&'a str>,
    /// `open`, or `waiting` for its monitor: nobody sees it.
    state: &'static str,
}

/// The walls that have names: of each its name, its spot where it has windows, and whether it waits.
pub(super) fn wall_lines<'a>(
    walls: impl Iterator<Item = (&'a WallName, Option<&'a Spot>, bool)>,
) -> Vec<WallLine<'a>> {
    let mut named: Vec<_> = walls.filter(|(name, ..)| !name.name.is_empty()).collect();
    named.sort_by_key(|(name, ..)| name.number);
    let line = |(name, spot, waits): (&'a WallName, Option<&'a Spot>, bool)| WallLine {
        name: &name.name,
        monitor: spot.and_then(Spot::monitor),
        state: if waits { "waiting" } else { "open" },
    };
    named.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_with_names_are_there_in_the_order_of_the_wall_file() {
        let name = |number, name: &str| WallName { number, name: name.to_owned() };
        let [left, right, alone] = [name(0, "left"), name(1, "right"), name(0, "")];
        let spot = Spot::default();
        let lines = wall_lines([(&right, Some(&spot), true), (&left, None, false)].into_iter());
        assert_eq!(
            serde_json::to_string(&lines).unwrap(),
            r#"[{"name":"left","monitor":null,"state":"open"},{"name":"right","monitor":null,"state":"waiting"}]"#
        );
        assert_eq!(wall_lines([(&alone, None, false)].into_iter()), []);
    }
}
