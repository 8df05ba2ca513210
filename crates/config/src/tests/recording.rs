//! What is recorded and for how long it is kept: values, and the words for what cannot be.

use std::{path::Path, time::Duration};

use insta::assert_snapshot as says;
use proptest::{option, prelude::*};

use super::{camera, errors, sound, wall, warnings};
use crate::folder_of;
use crate::{Container, Record, Recording, Retention, Wall, Weekly};

/// Schedules as they are written.
const SCHEDULES: [&str; 3] = [
    r#"["Daily 12:00-13:00"]"#,
    r#"["Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00"]"#,
    r#"["Wed 00:00-24:00",]"#,
];

fn weekly(text: &str) -> Record {
    Record::Weekly(ron::from_str(text).unwrap())
}

pub(super) fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        Just(Record::Never),
        Just(Record::Always),
        prop::sample::select(SCHEDULES.to_vec()).prop_map(weekly),
    ]
}

/// Any entries of a schedule.
pub(super) fn any_weekly() -> impl Strategy<Value = Weekly> {
    let days = prop::sample::select(vec![
        "Daily",
        "Mon",
        "Tue-Thu",
        "Fri-Mon",
        "Sat,Sun",
        "Mon,Wed,Fri-Sat",
    ]);
    let entry = (days, 0u16..1440, 1u16..=1440).prop_map(|(days, from, length)| {
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        // A whole day begins at midnight.
        let (from, to) = match (from + length) % 1440 {
            to if to == from => (0, 1440),
            to => (from, to),
        };
        format!("{days} {}-{}", time(from), time(to))
    });
    prop::collection::vec(entry, 1..4)
        .prop_map(|entries| ron::from_str(&format!("{entries:?}")).unwrap())
}

pub(super) fn write_record(record: &Record) -> String {
    match record {
        Record::Weekly(_) => {
            let text = SCHEDULES.iter().find(|text| weekly(text) == *record).unwrap();
            format!("Weekly({text})")
        }
        plain => format!("{plain:?}"),
    }
}

prop_compose! {
    fn any_keep()(
        age in option::of((60u64..1 << 40).prop_map(Duration::from_secs)),
        total in option::of(1u64..),
        per_camera in option::of(1u64..),
        free in 0u64..,
    ) -> Retention {
        Retention { age, total, per_camera, free }
    }
}

prop_compose! {
    pub(super) fn any_recording()(
        dir in "[a-z/.]{0,9}x",
        must_exist in any::<bool>(),
        container in prop::sample::select(vec![Container::Matroska, Container::Mp4]),
        segment in 1000u64..=86_400_000,
        segment_size in 1_000_000u64..,
        pre_roll in 0u64..=300_000,
        memory in 2_000_000u64..=4_000_000_000,
        keep in any_keep(),
    ) -> Recording {
        let [segment, pre_roll] = [segment, pre_roll].map(Duration::from_millis);
        let dir = dir.into();
        Recording { dir, must_exist, container, segment, segment_size, pre_roll, memory, keep }
    }
}

/// The section, with what has its default left out.
pub(super) fn write_recording(recording: &Recording) -> String {
    let Recording { dir, must_exist, container, segment, segment_size, pre_roll, memory, keep } =
        recording;
    let maybe = |field: &str, value: Option<String>| {
        value.map_or_else(String::new, |value| format!("{field}: \"{value}\", "))
    };
    format!(
        "(dir: {dir:?}, must_exist: {must_exist}, container: {container:?}, segment: \"{}ms\", pre_roll: \"{}ms\", \
         segment_size: \"{segment_size}B\", memory: \"{memory} b\", keep: ({}{}{}free: \"{}B\"))",
        segment.as_millis(),
        pre_roll.as_millis(),
        maybe("age", keep.age.map(|age| format!("{}s", age.as_secs()))),
        maybe("total", keep.total.map(|size| format!("{size}B"))),
        maybe("per_camera", keep.per_camera.map(|size| format!("{size}B"))),
        keep.free,
    )
}

#[test]
fn the_format_of_the_issue() {
    let text = r#"(
    cameras: { "gate": (main: "rtsp://h", record: Always) },
    recording: (dir: "recordings", container: Matroska, segment: "10min", pre_roll: "10s",
                keep: (age: "7d", total: "500GB", per_camera: "100GB", free: "5GB")),
)"#;
    assert_eq!(warnings(text), "");
    let wall = sound(text).wall;
    assert_eq!(wall.cameras["gate"].record, Record::Always);
    let week = Duration::from_hours(7 * 24);
    let keep = Retention {
        age: Some(week),
        total: Some(500_000_000_000),
        per_camera: Some(100_000_000_000),
        free: 5_000_000_000,
    };
    assert_eq!(wall.recording, Some(Recording { keep, ..Recording::default() }));
}

#[test]
fn all_of_it_may_be_left_out() {
    let bare = sound(&wall("")).wall;
    assert_eq!((&bare.cameras["gate"].record, &bare.recording), (&Record::Never, &None));
    assert!(!bare.asks_for_recording());
    for text in ["()", "Some(())", "Recording()", "(keep: ())", "(keep: (age: None))"] {
        let wall = sound(&wall(&format!("recording: {text}"))).wall;
        assert_eq!(wall.recording, Some(Recording::default()), "{text}");
        assert!(wall.asks_for_recording());
    }
    let recorded = sound(&camera(r#"main: "/a", record: Weekly(["Daily 00:00-01:00"])"#)).wall;
    assert!(recorded.asks_for_recording());
    let default = Recording::default();
    assert_eq!(
        (default.segment, default.pre_roll, default.segment_size, default.memory),
        (Duration::from_mins(10), Duration::from_secs(10), 4_000_000_000, 64_000_000)
    );
    assert_eq!((default.container, default.must_exist), (Container::Matroska, false));
}

#[test]
fn the_folder_starts_at_the_wall_file() {
    let folder = |dir: &str, base: &str| {
        Recording { dir: dir.into(), ..Recording::default() }.folder(Path::new(base))
    };
    assert_eq!(folder("recordings", "/etc/wall"), Path::new("/etc/wall/recordings"));
    assert_eq!(folder("/srv/nvr", "/etc/wall"), Path::new("/srv/nvr"));
    assert_eq!(folder("recordings", ""), Path::new("recordings"));
}

#[test]
fn unknown_fields_and_variants() {
    let text = "recording: (dirr: \"x\", container: Matroka, keep: (ages: \"7d\", bytes: \"1GB\"))";
    says!(errors(&wall(text)), @r"
    wall.ron:2:13: unknown field `dirr` in recording; did you mean `dir`? Allowed: `dir`, `must_exist`, `container`, `segment`, `segment_size`, `pre_roll`, `memory`, `keep`
    wall.ron:2:35: unknown container `Matroka`; did you mean `Matroska`? Allowed: `Matroska`, `Mp4`
    wall.ron:2:51: unknown field `ages` in keep; did you mean `age`? Allowed: `age`, `total`, `per_camera`, `free`
    wall.ron:2:63: unknown field `bytes` in keep; allowed: `age`, `total`, `per_camera`, `free`
    ");
    says!(errors(&wall("recordings: (), recording: (container: \"Mp4\", keep: \"7d\")")), @r"
    wall.ron:2:1: unknown field `recordings` in wall; did you mean `recording`? Allowed: `cameras`, `layouts`, `tours`, `show`, `walls`, `prewarm`, `window`, `overlay`, `burn_in`, `keys`, `recording`, `sandbox`, `language`
    wall.ron:2:40: write container `Mp4` without quotes
    wall.ron:2:53: expected settings in round brackets `(name: …)`, found a text in quotes
    ");
    says!(errors(&camera("main: \"/a\", record: Alway")), @r"wall.ron:2:21: unknown record `Alway`; did you mean `Always`? Allowed: `Never`, `Always`, `Weekly`");
    says!(errors(&camera("main: \"/a\", record: \"Always\"")), @r"wall.ron:2:21: write record `Always` without quotes");
    says!(errors(&camera("main: \"/a\", record: true, recrod: Always")), @r"
    wall.ron:2:21: unknown record `true`; allowed: `Never`, `Always`, `Weekly`
    wall.ron:2:27: unknown field `recrod` in camera; did you mean `record`? Allowed: `name`, `main`, `sub`, `login`, `auth`, `trust`, `transport`, `via`, `fit`, `options`, `hls`, `interval`, `watch`, `record`
    ");
}

#[test]
fn values_of_the_wrong_type() {
    let text = r#"recording: (dir: 5, must_exist: "yes", segment: 600, pre_roll: "10", segment_size: "4", memory: 64,
        keep: (age: "a week", total: "500", per_camera: "lots", free: "-1GB"))"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:2:18: expected a text in quotes, found `5`
    wall.ron:2:33: expected true or false, found a text in quotes
    wall.ron:2:49: expected a text in quotes, found `600`
    wall.ron:2:64: not a duration such as "500ms": time unit needed, for example `10s` or `10ms`
    wall.ron:2:84: not a size such as "500GB": a number, then `MB`, `GB`, `TB`, or `MiB`, `GiB`, `TiB`
    wall.ron:2:97: expected a text in quotes, found `64`
    wall.ron:3:21: not a duration such as "500ms": a number is missing
    wall.ron:3:38: not a size such as "500GB": a number, then `MB`, `GB`, `TB`, or `MiB`, `GiB`, `TiB`
    wall.ron:3:57: not a size such as "500GB": a number, then `MB`, `GB`, `TB`, or `MiB`, `GiB`, `TiB`
    wall.ron:3:71: not a size such as "500GB": a number, then `MB`, `GB`, `TB`, or `MiB`, `GiB`, `TiB`
    "#);
}

#[test]
fn bounds_of_files_and_memory() {
    let text = r#"recording: (segment: "999ms", pre_roll: "5min 1s", segment_size: "999kB", memory: "1.9MB")"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:2:22: `segment` is "1s" to "24h", not "999ms"
    wall.ron:2:41: `pre_roll` is "0s" to "5min", not "5min 1s"
    wall.ron:2:66: `segment_size` is at least "1MB", not "999kB"
    wall.ron:2:83: `memory` is "2MB" to "4GB", not "1.9MB"
    "#);
    let text = r#"recording: (segment: "25h", memory: "4GiB")"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:2:22: `segment` is "1s" to "24h", not "25h"
    wall.ron:2:37: `memory` is "2MB" to "4GB", not "4GiB"
    "#);
    let bounds = [
        r#"(segment: "1s", pre_roll: "0s", segment_size: "1MB", memory: "2MB")"#,
        r#"(segment: "24h", pre_roll: "5min", segment_size: "1EB", memory: "4GB")"#,
    ];
    for text in bounds {
        assert_eq!(warnings(&wall(&format!("recording: {text}"))), "");
    }
}

#[test]
fn bounds_of_what_is_kept() {
    let text = r#"recording: (keep: (age: "59s", total: "0B", per_camera: "0.1B"))"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:2:25: `age` is at least "1min", not "59s"
    wall.ron:2:39: `total` is more than 0, or `None` for no limit, not "0B"
    wall.ron:2:57: `per_camera` is more than 0, or `None` for no limit, not "0.1B"
    "#);
    assert_eq!(warnings(&wall(r#"recording: (keep: (age: "1min", total: "1B", free: "0B"))"#)), "");
    says!(warnings(&wall(r#"recording: (keep: (total: "100GB", per_camera: "0.5TB"))"#)), @r#"wall.ron:2:48: `per_camera`, "0.5TB", never counts: `total` is only "100GB""#);
}

#[test]
fn folders_that_cannot_be() {
    for dir in ["", "  ", "a\\0b"] {
        let said = errors(&wall(&format!("recording: (dir: \"{dir}\")")));
        let rule = "`dir` is the path of a folder such as \"recordings\", without NUL";
        assert_eq!(said, format!("wall.ron:2:18: {rule}"));
    }
    says!(warnings(&wall(r#"recording: (dir: "~/recordings")"#)), @r"wall.ron:2:18: `dir`: `~` is not your home here, but a folder of that name");
}

#[test]
fn schedules_that_cannot_be() {
    let text = r#"main: "/a", record: Weekly(["Mon-Fri", "08:00-18:00", "Mon 08:00", "Mond 08:00-18:00",
        "weekends 08:00-18:00", "Mon- 08:00-18:00", "Mon 25:00-26:00", "Mon 08:00-24:01",
        "Mon 24:00-06:00", "Mon 8-18", "Mon 08:00-08:00", "Daily 00:00-00:00", "Mon 08:00-12:00-13:00",
        "Mon 08:0-9:00", "Mon 008:00-9:00", "", 5])"#;
    says!(errors(&camera(text)), @r#"
    wall.ron:2:29: not days and times such as "Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00"
    wall.ron:2:40: not days and times such as "Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00"
    wall.ron:2:55: not days and times such as "Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00"
    wall.ron:2:68: unknown day `Mond`; did you mean `Mon`? Allowed: `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`, `Daily`
    wall.ron:3:9: unknown day `weekends`; allowed: `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`, `Daily`
    wall.ron:3:33: not days and times such as "Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00"
    wall.ron:3:53: `25:00` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:3:72: `24:01` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:4:9: `24:00` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:4:28: `8` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:4:40: ends when it begins; a whole day is `00:00-24:00`
    wall.ron:4:59: ends when it begins; a whole day is `00:00-24:00`
    wall.ron:4:80: `12:00-13:00` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:5:9: `08:0` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:5:26: `008:00` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with
    wall.ron:5:45: not days and times such as "Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00"
    wall.ron:5:49: expected a text in quotes, found `5`
    "#);
    says!(errors(&camera("main: \"/a\", record: Weekly([])")), @r#"wall.ron:2:28: no times; write some such as "Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00", or `record: Never`"#);
    says!(errors(&camera("main: \"/a\", record: Weekly")), @r"wall.ron:2:21: `Weekly` takes one value: `Weekly(…)`");
    says!(errors(&camera("main: \"/a\", record: Weekly(\"Daily 08:00-18:00\")")), @r"wall.ron:2:28: expected a list `[…]`, found a text in quotes");
}

#[test]
fn cameras_that_would_share_a_folder() {
    let text = |one: &str, other: &str| {
        format!("(cameras: {{ {one:?}: (main: \"/a\"),\n{other:?}: (main: \"/a\") }})")
    };
    says!(warnings(&text("Gate", "gate")), @r"wall.ron:2:1: camera ids `Gate` and `gate` differ only in case; where a disk ignores case their recordings share a folder");
    assert_eq!(warnings(&text("gate", "gate 2")), "");
    assert_eq!(warnings(&text("a:b", "a?b")), "");
    says!(errors(&text("a:b", &folder_of("a:b"))), @r"wall.ron:2:1: camera id `a_b_9f48b7e8` would be recorded to the folder of `a:b`; change one");
}

/// Nothing that a wall file may hold leads out of the folder.
#[test]
fn ids_that_lead_elsewhere() {
    for id in ["../x", "a/../../x", "/etc", "..", ".", "a\\b"] {
        let text = format!("(cameras: {{ {id:?}: (main: \"/a\", record: Always) }})");
        let said = errors(&text);
        assert!(said.contains("ids become names of folders"), "{id}: {said}");
        let folder = folder_of(id);
        assert!(!folder.contains(['/', '\\']) && !folder.starts_with('.'), "{id}: {folder}");
    }
}

#[test]
fn what_is_said_of_the_folder_points_at_it() {
    let place = |text: &str| {
        let said = sound(text).about_recordings("no\nrecordings").to_string();
        said.strip_suffix(": no\\nrecordings").unwrap().to_owned()
    };
    assert_eq!(place(&wall("recording: (pre_roll: \"1s\", dir: \"x\")")), "wall.ron:2:34");
    assert_eq!(place(&wall("recording: ()")), "wall.ron:2:12");
    assert_eq!(place(&camera("main: \"/a\", record: Always")), "wall.ron:2:21");
    assert_eq!(place(&wall("")), "wall.ron:1:1");
    let wall: Wall = sound(&wall("")).wall;
    assert_eq!(wall.recording, None);
}
