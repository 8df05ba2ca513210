//! Places in the file: every value is found where it stands, and nothing points outside.

use proptest::prelude::*;

use super::sound::any_written_wall;
use super::{parse, sound};
use crate::spanned::tree::Spot;
use crate::spanned::{explain, scanner};
use crate::{ConfigErrors, Label, Tour, Wall};

/// The text that begins at a spot.
fn behind<'t>(text: &'t str, spot: Spot<'_, '_>) -> &'t str {
    &text[spot.at..]
}

fn starts(text: &str, spot: Spot<'_, '_>, value: &str) -> Result<(), TestCaseError> {
    let expected = format!("{value:?}");
    prop_assert!(behind(text, spot).starts_with(&expected), "{expected} in {text}");
    Ok(())
}

fn steps_are_found(text: &str, tour: &Tour, spot: Spot<'_, '_>) -> Result<(), TestCaseError> {
    for (index, shown) in tour.shows().enumerate() {
        starts(text, spot.key("steps").index(index).key("show"), shown)?;
    }
    Ok(())
}

#[test]
fn a_default_points_at_what_holds_it() {
    let text = "(cameras: { \"a\": (main: \"/a\") })";
    let tree = scanner::tree(text).unwrap();
    let camera = tree.spot().key("cameras").key("a");
    assert_eq!(behind(text, camera.key("sub")), "(main: \"/a\") })");
    assert_eq!(behind(text, camera.key("sub").key("x").index(3)), "(main: \"/a\") })");
    assert_eq!(behind(text, tree.spot().key("window").key("size")), text);
}

#[test]
fn what_is_said_of_a_name_that_the_wall_writes_points_at_it() {
    let text = r#"(
    cameras: {
        "gate": (name: "正門", main: "/a"),
        "後門": (main: "/b"),
    },
    keys: { "quit@left": ["Q"], "help@top": [] },
    walls: { "left": (show: "rounds"), "right": (), "top": () },
    tours: { "rounds": (steps: [(show: "all"), (show: "tiles")]) },
    layouts: {
        "all": Grid(cameras: ["gate"]),
        "tiles": Tiles(columns: 1, rows: 1, tiles: [
            (tour: (steps: [(show: "gate")]), column: 0, row: 0),
        ]),
    },
)"#;
    let loaded = sound(text);
    let said = |label: &Label| {
        let Label { named, id, text, .. } = label;
        loaded.about_label(label, &format!("{named:?} {id} {text}\n")).to_string()
    };
    let said: Vec<String> = loaded.labels().iter().map(said).collect();
    // A wall that no key names stands nowhere, and neither does a layout whose tiles do not tour.
    let want = [
        "wall.ron:3:24: Camera gate 正門\\n",
        "wall.ron:4:9: Camera 後門 後門\\n",
        "wall.ron:7:14: Wall left left\\n",
        "wall.ron:8:14: Tour rounds rounds\\n",
        "wall.ron:11:9: Layout tiles tiles\\n",
    ];
    assert_eq!(said, want);
}

proptest! {
    #[test]
    fn values_are_found_where_they_stand((wall, text) in any_written_wall()) {
        let tree = scanner::tree(&text).unwrap();
        let root = tree.spot();
        for (id, camera) in &wall.cameras {
            let spot = root.key("cameras").key(id);
            starts(&text, spot.key("main"), camera.main.expose())?;
            if let Some(name) = &camera.name {
                starts(&text, spot.key("name"), name)?;
            }
            let key = root.key("cameras").name(id);
            let expected = format!("{id:?}: (main");
            prop_assert!(text[key..].starts_with(&expected));
            for (option, value) in &camera.options {
                starts(&text, spot.key("options").key(option), value.expose())?;
            }
        }
        for (index, name) in wall.prewarm.iter().enumerate() {
            starts(&text, root.key("prewarm").index(index), name)?;
        }
        for (name, tour) in &wall.tours {
            steps_are_found(&text, tour, root.key("tours").key(name))?;
        }
        for (name, screen) in &wall.walls {
            let spot = root.key("walls").key(name);
            if let Some(show) = &screen.show {
                starts(&text, spot.key("show"), show)?;
            }
            let size = format!("{:?}", screen.size);
            prop_assert!(behind(&text, spot.key("size")).starts_with(&size));
        }
        for (name, layout) in &wall.layouts {
            let spot = root.key("layouts").key(name);
            match layout {
                crate::Layout::Grid { cameras, .. } => {
                    for (index, camera) in cameras.iter().enumerate() {
                        starts(&text, spot.key("cameras").index(index), camera)?;
                    }
                }
                crate::Layout::Tiles { tiles, .. } => {
                    for (index, tile) in tiles.iter().enumerate() {
                        let spot = spot.key("tiles").index(index);
                        if !tile.camera.is_empty() {
                            starts(&text, spot.key("camera"), &tile.camera)?;
                        }
                        if let Some(tour) = &tile.tour {
                            steps_are_found(&text, tour, spot.key("tour"))?;
                        }
                    }
                }
            }
        }
    }

    /// The second reader agrees with `ron` on everything that is in order.
    #[test]
    fn the_tree_reads_as_ron_does((wall, text) in any_written_wall()) {
        let mut found = Vec::new();
        let read: Option<Wall> = explain::explain(&mut scanner::tree(&text).unwrap(), &mut found);
        prop_assert_eq!(found, vec![]);
        prop_assert_eq!(read, Some(wall));
    }

    /// Any change of bytes gives a wall or places within the file, and no panic.
    #[test]
    fn broken_files_are_pointed_into(
        (_, text) in any_written_wall(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(
                ["", "\"", "(", ")", "{", "}", "[", "]", ",", ":", "/*", "//", "\\", "r#", "Some(",
                 "0", "-1", "x", "'", "\n", "ä", "main", "None", "#![", "\"\"", "()", "b'"].to_vec(),
            ), 0usize..4),
            1..5,
        ),
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, new, delete) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + delete).min(characters.len());
            characters.splice(at..end, new.chars());
        }
        let text: String = characters.into_iter().collect();
        if let Err(errors) = parse(&text) {
            let ConfigErrors::Wrong(diagnostics) = errors else { panic!("read from text") };
            prop_assert!(!diagnostics.is_empty());
            let lines: Vec<&str> = text.split('\n').collect();
            for diagnostic in diagnostics {
                prop_assert!((1..=lines.len()).contains(&diagnostic.line), "{diagnostic}\n{text}");
                let width = lines[diagnostic.line - 1].chars().count();
                prop_assert!((1..=width + 1).contains(&diagnostic.column), "{diagnostic}\n{text}");
                prop_assert!(!diagnostic.message().contains('\n'));
                prop_assert!(!diagnostic.message().contains("too unusual"), "{text}");
            }
        }
    }

    #[test]
    fn any_text_is_a_wall_or_an_error(text in "\\PC*|[(){}\\[\\]\"',:/*#r\\\\a0 \n]*") {
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}
