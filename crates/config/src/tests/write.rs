//! Walls that are written: read back they are what they were, and a person can read them.

use std::time::Duration;

use camwall_address::Login as Credentials;
use indexmap::IndexMap;
use insta::assert_snapshot as says;
use proptest::prelude::*;

use super::recording::any_weekly;
use super::sound;
use super::sound::any_written_wall;
use crate::{Camera, Layout, Login, Record, Recording, Retention, Tile, Wall};

proptest! {
    #[test]
    fn what_is_written_is_read_back((wall, _) in any_written_wall(), head in "[ -~\n\r/*()ä漢]{0,40}") {
        let text = wall.write(&head);
        let read = sound(&text).wall;
        let order = |wall: &Wall| -> Vec<String> {
            let names = wall.cameras.keys().chain(wall.layouts.keys());
            names.chain(wall.tours.keys()).chain(wall.walls.keys()).cloned().collect()
        };
        prop_assert_eq!(order(&read), order(&wall));
        prop_assert_eq!(read, wall);
    }

    #[test]
    fn schedules_lengths_of_time_and_sizes_are_read_back(
        weekly in any_weekly(),
        times in (1_000_000_000u64..86_400_000_000_000, 0u64..300_000_000_000),
        sizes in (1_000_000u64.., 0u64..),
        unit in prop::sample::select(vec![1, 1000, 1_000_000, 60_000_000_000, 3_600_000_000_000u64]),
    ) {
        let mut wall = sound("(cameras: { \"x\": (main: \"/x\") })").wall;
        wall.cameras["x"].record = Record::Weekly(weekly);
        let round = |nanos: u64| Duration::from_nanos(nanos / unit * unit);
        wall.recording = Some(Recording {
            segment: round(times.0).max(Duration::from_secs(1)),
            pre_roll: round(times.1),
            segment_size: sizes.0,
            keep: Retention { free: sizes.1, ..Retention::default() },
            ..Recording::default()
        });
        let text = wall.write("");
        prop_assert_eq!(sound(&text).wall, wall);
    }
}

#[test]
fn a_person_can_read_it() {
    let camera = |main: &str| Camera::at(main.into());
    let gate = Camera {
        name: Some("Main \"gate\" ท\u{e35}\u{e48} 漢\t".to_owned()),
        sub: Some("rtsp://10.0.0.11/stream2".into()),
        login: Some(Login::File("logins/gate".into())),
        record: Record::Weekly(
            ron::from_str(r#"["Mon-Fri 8:00-18:00", "Sat,Sun,Wed 22:00-6:00"]"#).unwrap(),
        ),
        ..camera("rtsp://10.0.0.11/stream1")
    };
    let typed = Some(Login::Typed(Some(Credentials::new("operator", "canary"))));
    let dock = Camera { login: typed, ..camera("rtsp://10.0.0.12/live") };
    let cameras = IndexMap::from([("gate".to_owned(), gate), ("dock".to_owned(), dock)]);
    let tile = |camera: &str, column, width| Tile {
        camera: camera.into(),
        column,
        width,
        height: 3,
        ..Tile::default()
    };
    let big =
        Layout::Tiles { columns: 4, rows: 3, tiles: vec![tile("gate", 0, 3), tile("dock", 3, 1)] };
    let grid = Layout::Grid { columns: Some(2), cameras: vec!["gate".into(), "dock".into()] };
    let mut wall =
        Wall::of(cameras, IndexMap::from([("all".to_owned(), grid), ("big".to_owned(), big)]));
    wall.recording = Some(Recording { dir: "/srv/video".into(), ..Recording::default() });
    let text = wall.write("Made by `camwall new`.\n*/ )");
    assert!(!text.contains("canary"), "{text}");
    says!(text, @r##"
    // Made by `camwall new`.
    // */ )
    (
        // Each camera has an id, which names its folder of recordings, and a number: its place here.
        // `camwall check --probe` connects to all of them.
        cameras: {
            "gate": (
                name: "Main \"gate\" ที่ 漢\u{9}",
                main: "rtsp://10.0.0.11/stream1",
                sub: "rtsp://10.0.0.11/stream2",
                login: File("logins/gate"),
                record: Weekly(["Mon-Fri 08:00-18:00", "Wed,Sat,Sun 22:00-06:00"]),
            ),
            "dock": (main: "rtsp://10.0.0.12/live"),
        },

        // F1 shows the first layout, F2 the second.
        layouts: {
            "all": Grid(columns: 2, cameras: ["gate", "dock"]),
            "big": Tiles(
                columns: 4,
                rows: 3,
                tiles: [
                    (camera: "gate", column: 0, row: 0, width: 3, height: 3),
                    (camera: "dock", column: 3, row: 0, height: 3),
                ],
            ),
        },

        // Where and how cameras are recorded. The oldest files go first.
        recording: (dir: "/srv/video"),
    )
    "##);
    assert_eq!(sound(&text).wall.cameras["dock"].login, None);
}
