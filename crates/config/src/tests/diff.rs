//! What two wall files that differ in a word differ in: that, and nothing else.

use crate::{CameraChange, CameraFields, Change, Diff, Wall};

use super::sound;

const OLD: &str = r#"(
    cameras: {
        "gate": (name: "Gate", main: "rtsp://h/1", sub: "rtsp://h/2", login: Env("GATE"), fit: Cover),
        "dock": (main: "rtsp://k/1", interval: "1s", watch: (mask: [(left: 0, top: 0, width: 9, height: 9)])),
        "yard": (main: "rtsps://l/1", record: Always, options: {"x": "y"}, via: Ffmpeg),
        "web": (main: "http://w/1", hls: true),
    },
    layouts: {
        "all": Grid(cameras: ["gate", "dock", "yard"]),
        "big": Tiles(columns: 2, rows: 2, tiles: [(camera: "gate", column: 0, row: 0, width: 2)]),
    },
    tours: { "rounds": (every: "20s", steps: [(show: "all"), (show: "big", for: "1min")]) },
    show: "all",
    prewarm: ["big"],
    window: (size: (1280, 720)),
    overlay: (clock: true, stats: false, stale_after: "2s"),
    keys: { "record": ["X"] },
    recording: (dir: "video", segment: "10min", pre_roll: "10s", keep: (free: "5GB")),
    sandbox: On,
)"#;

fn wall(text: &str) -> Wall {
    sound(text).wall
}

/// In one line: cameras with what differs of them, then the rest.
fn told(diff: &Diff) -> String {
    let fields = |fields: &CameraFields| {
        let CameraFields { main, sub, tuning, label, fit, record } = *fields;
        let all = [
            (main, "main"),
            (sub, "sub"),
            (tuning, "tuning"),
            (label, "label"),
            (fit, "fit"),
            (record, "record"),
        ];
        all.iter().filter(|(it, _)| *it).map(|(_, word)| *word).collect::<Vec<_>>().join("+")
    };
    let camera = |what: &CameraChange| match what {
        CameraChange::Added => "added".to_owned(),
        CameraChange::Removed => "removed".to_owned(),
        CameraChange::Moved { from, to } => format!("{from}→{to}"),
        CameraChange::Changed(changed) => fields(changed),
    };
    let cameras = diff.cameras.iter().map(|it| format!("{}: {}", it.id, camera(&it.what)));
    let rest = diff.rest.iter().map(|change| format!("{change:?}"));
    cameras.chain(rest).collect::<Vec<_>>().join(", ")
}

/// One word of the file, what stands there instead, and what that changes.
const ROWS: [(&str, &str, &str); 53] = [
    // The same in other words is the same.
    ("(main: \"rtsp://k/1\"", "( main: \"rtsp://k/1\"", ""),
    ("sandbox: On,", "", ""),
    ("\"10min\"", "\"600s\"", ""),
    ("\"gate\": (", "/* the gate */ \"gate\": (", ""),
    // A camera.
    ("\"Gate\"", "\"Door\"", "gate: label"),
    ("name: \"Gate\", ", "", "gate: label"),
    ("rtsp://h/1", "rtsp://h/3", "gate: main"),
    ("rtsp://h/1", "rtsp://h:555/1", "gate: main"),
    ("rtsp://h/2", "rtsp://h/3", "gate: sub"),
    (", sub: \"rtsp://h/2\"", "", "gate: sub"),
    ("main: \"rtsp://k/1\"", "main: \"rtsp://k/1\", sub: \"rtsp://k/2\"", "dock: sub"),
    ("\"GATE\"", "\"DOOR\"", "gate: main+sub"),
    ("Env(\"GATE\")", "File(\"gate\")", "gate: main+sub"),
    ("login: Env(\"GATE\"), ", "", "gate: main+sub"),
    ("fit: Cover", "fit: Stretch", "gate: fit"),
    ("fit: Cover", "transport: Udp, fit: Cover", "gate: main+sub"),
    ("fit: Cover", "auth: Digest, fit: Cover", "gate: main+sub"),
    ("via: Ffmpeg", "via: Ffmpeg, trust: Anyone", "yard: main"),
    ("via: Ffmpeg", "via: Auto", "yard: main"),
    ("{\"x\": \"y\"}", "{\"x\": \"z\"}", "yard: main"),
    ("hls: true", "hls: false", "web: main"),
    ("interval: \"1s\"", "interval: \"2s\"", "dock: tuning"),
    ("left: 0", "left: 1", "dock: tuning"),
    ("watch: (", "watch: (dark: false, ", "dock: tuning"),
    ("record: Always", "record: Never", "yard: record"),
    ("record: Always", "record: Weekly([\"Mon 08:00-18:00\"])", "yard: record"),
    // Layouts.
    ("[\"gate\", \"dock\", \"yard\"]", "[\"dock\", \"gate\", \"yard\"]", "LayoutChanged(\"all\")"),
    ("width: 2", "width: 1", "LayoutChanged(\"big\")"),
    (
        "\"all\": Grid",
        "\"first\": Grid(cameras: [\"gate\"]), \"all\": Grid",
        "LayoutAdded(\"first\")",
    ),
    ("    show: \"all\"", "show: \"big\"", "Show"),
    ("    show: \"all\"", "show: \"rounds\"", "Show"),
    ("(show: \"all\"), ", "", "Tours"),
    ("\"20s\"", "\"21s\"", "Tours"),
    ("for: \"1min\"", "for: \"60s\"", ""),
    ("for: \"1min\"", "for: \"61s\"", "Tours"),
    ("prewarm: [\"big\"]", "prewarm: []", "Prewarm"),
    // The rest.
    ("(1280, 720)", "(640, 360)", "Window"),
    ("(1280, 720)", "(1280, 720), rotation: Left", "Window"),
    ("overlay: (", "burn_in: (orbit: 1), overlay: (", "BurnIn"),
    ("clock: true", "clock: false", "Overlay"),
    ("clock: true", "clock: true, high_contrast: true", "Overlay"),
    ("clock: true", "clock: true, letter_size: 150", "Overlay"),
    ("clock: true", "clock: true, reduced_motion: true", "Overlay"),
    ("stats: false", "stats: true", "Stats"),
    ("stale_after: \"2s\"", "stale_after: \"3s\"", "StaleAfter"),
    ("[\"X\"]", "[\"Y\"]", "Keys"),
    ("dir: \"video\"", "dir: \"films\"", "RecordingFolder"),
    ("dir: \"video\"", "must_exist: true, dir: \"video\"", "RecordingFolder"),
    ("\"10min\"", "\"5min\"", "RecordingFiles"),
    ("pre_roll: \"10s\"", "pre_roll: \"9s\"", "PreRoll"),
    ("free: \"5GB\"", "free: \"6GB\"", "Retention"),
    ("sandbox: On", "sandbox: On, language: German", "Language"),
    ("sandbox: On", "sandbox: Off", "Sandbox"),
];

#[test]
fn one_word_changes_one_thing() {
    let old = wall(OLD);
    for (from, to, expected) in ROWS {
        assert!(OLD.contains(from), "{from}");
        let text = OLD.replacen(from, to, 1);
        let new = wall(&text);
        assert_eq!(told(&Diff::of(&old, &new)), expected, "{from} → {to}");
        let back = Diff::of(&new, &old);
        assert_eq!(back.is_empty(), expected.is_empty(), "{to} → {from}");
    }
}

#[test]
fn cameras_come_and_go_and_change_places() {
    let file = |cameras: &[&str]| {
        let cameras = cameras.iter().map(|id| format!("\"{id}\": (main: \"rtsp://h/{id}\"), "));
        let layouts = r#"layouts: { "none": Grid(cameras: [""]) }"#;
        wall(&format!("(cameras: {{ {} }}, {layouts})", cameras.collect::<String>()))
    };
    let diff = |old: &[&str], new: &[&str]| told(&Diff::of(&file(old), &file(new)));
    assert_eq!(diff(&["a", "b"], &["a", "b"]), "");
    assert_eq!(diff(&["a", "b"], &["a", "b", "c"]), "c: added");
    assert_eq!(diff(&["a", "b"], &["c", "a", "b"]), "c: added, a: 1→2, b: 2→3");
    assert_eq!(diff(&["a", "b", "c"], &["b", "c"]), "b: 2→1, c: 3→2, a: removed");
    assert_eq!(diff(&["a", "b"], &["b", "a"]), "b: 2→1, a: 1→2");
    assert_eq!(diff(&["a"], &["b"]), "b: added, a: removed");
}

#[test]
fn layouts_in_another_order_are_the_same_layouts() {
    let file = |layouts: &[&str]| {
        let layouts = layouts.iter().map(|name| format!("\"{name}\": Grid(cameras: [\"a\"]), "));
        let cameras = r#"cameras: { "a": (main: "rtsp://h/a") }"#;
        wall(&format!("({cameras}, layouts: {{ {} }})", layouts.collect::<String>()))
    };
    let diff = |old: &[&str], new: &[&str]| Diff::of(&file(old), &file(new)).rest;
    assert_eq!(diff(&["x", "y"], &["y", "x"]), [Change::LayoutOrder]);
    assert_eq!(diff(&["x", "y"], &["y"]), [Change::LayoutRemoved("x".into())]);
    let both = [Change::LayoutAdded("z".into()), Change::LayoutRemoved("x".into())];
    assert_eq!(diff(&["x", "y"], &["y", "z"]), both);
}

#[test]
fn walls_come_and_go_and_change_places() {
    let file = |walls: &str| {
        wall(&format!("(cameras: {{ \"a\": (main: \"rtsp://h/a\") }}, walls: {{ {walls} }})"))
    };
    let diff = |old: &str, new: &str| told(&Diff::of(&file(old), &file(new)));
    let (left, right) = (r#""left": (), "#, r#""right": (), "#);
    let both = format!("{left}{right}");
    assert_eq!(diff(&both, &both), "");
    assert_eq!(diff(&both, left), "Walls");
    assert_eq!(diff(left, r#""left": (rotation: Half)"#), "Walls");
    assert_eq!(diff(left, ""), "Walls");
    // Their order gives them their numbers.
    assert_eq!(diff(&both, &format!("{right}{left}")), "Walls");
}

#[test]
fn what_needs_a_new_start_stays_as_it_was() {
    let old = wall(OLD);
    let new = OLD.replace("video", "films").replace("sandbox: On", "sandbox: Off");
    let new = wall(&new.replace("\"Gate\"", "\"Door\""));
    let diff = Diff::of(&old, &new);
    assert_eq!(diff.rest.iter().filter(|change| change.needs_restart()).count(), 2);
    let taken = new.over(&old);
    assert_eq!(told(&Diff::of(&old, &taken)), "gate: label");
    // Also where the section is gone: the folder is not the default one.
    let i = OLD.find("    recording:").unwrap();
    let without = format!("{})", &OLD[..i]);
    let taken = wall(&without).over(&old);
    assert_eq!(told(&Diff::of(&old, &taken)), "");
    let mut kept = wall(&OLD.replace("rtsp://h/1", "rtsp://h/9").replace("\"Gate\"", "\"Door\""));
    kept.keep_camera("gate", &old);
    assert_eq!(told(&Diff::of(&old, &kept)), "");
}
