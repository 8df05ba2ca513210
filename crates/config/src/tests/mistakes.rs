//! The words for every kind of mistake, and where they point.

use insta::assert_snapshot as says;

use super::{camera, errors, wall, warnings};

#[test]
fn the_example_of_the_issue() {
    let text = wall(r#"layouts: { "overview": Grid(columns: 2, cameras: ["gtae", "dock"]) }"#);
    says!(errors(&text), @r"wall.ron:2:51: unknown camera `gtae` in layout `overview`; did you mean `gate`?");
}

#[test]
fn unknown_camera_with_nothing_near_lists_the_cameras() {
    says!(errors(&wall(r#"layouts: { "o": Grid(cameras: ["", "warehouse"]) }"#)), @r"wall.ron:2:36: unknown camera `warehouse` in layout `o`; the file has `gate`, `dock`");
}

#[test]
fn all_mistakes_at_once() {
    let text = r#"(
    cameras: {
        "gate": (name: "Main gate", main: "rtsp://10.0.0.11/1", fitt: Cover, transport: Tpc),
        "dock": (main: "htp://10.0.0.12", login: Env("")),
        "dock": (main: "rtsp://10.0.0.13"),
        "../x": (main: "10.0.0.12/live"),
        "none": (name: "No main"),
    },
    layouts: {
        "o": Grid(columns: 0, cameras: ["gate", "dcok", "none"]),
        "t": Tiles(columns: 2, rows: 2, tiles: [
            (camera: "gate", column: "0", row: 0),
            (camera: "gate", column: 1, row: 0, with: 2),
            (camera: "dock", column: 1, row: 1, height: 2),
        ]),
        "p": Pile(),
    },
    shwo: "o",
    show: "x",
    window: (size: (0, 99999)),
    overlay: (stale_after: "1s 3", clock: maybe),
    keys: { "quit": ["Ctlr+Q"], "hlep": ["H"] },
)"#;
    says!(errors(text), @r#"
    wall.ron:3:65: unknown field `fitt` in camera; did you mean `fit`? Allowed: `name`, `main`, `sub`, `login`, `auth`, `trust`, `transport`, `via`, `fit`, `options`, `hls`, `interval`, `watch`, `record`
    wall.ron:3:89: unknown transport `Tpc`; did you mean `Tcp`? Allowed: `Tcp`, `Udp`, `Auto`
    wall.ron:4:24: unsupported scheme `htp`; did you mean `http`? Allowed: `rtsp`, `rtsps`, `http`, `https`, `rtmp`, `rtmps`, `srt`, `udp`, `rtp`, `file`, or a path
    wall.ron:4:54: `Env` takes the name of a variable that holds `user:password`, such as `GATE_LOGIN`
    wall.ron:5:9: `dock` is given twice in `cameras`; the first is in line 4
    wall.ron:6:9: camera id `../x`: ids become names of folders, so they hold no `/` or `\` and are not `.` or `..`
    wall.ron:6:24: no scheme; write `rtsp://…` for a camera, or `./…` for a file
    wall.ron:7:17: missing field `main` in camera
    wall.ron:10:28: `columns` is 1 to 64, not 0
    wall.ron:10:49: unknown camera `dcok` in layout `o`; did you mean `dock`?
    wall.ron:12:38: expected a whole number from 0 to 4294967295, found a text in quotes
    wall.ron:13:49: unknown field `with` in tile; did you mean `width`? Allowed: `camera`, `tour`, `hotspot`, `column`, `row`, `width`, `height`, `overlap`
    wall.ron:14:46: tile `dock` reaches row 2; layout `t` ends at row 1
    wall.ron:16:14: unknown layout `Pile`; allowed: `Grid`, `Tiles`
    wall.ron:18:5: unknown field `shwo` in wall; did you mean `show`? Allowed: `cameras`, `layouts`, `tours`, `show`, `walls`, `prewarm`, `window`, `overlay`, `burn_in`, `keys`, `recording`, `sandbox`, `language`
    wall.ron:19:11: `show`: no layout or tour is called `x`; the file has `o`, `t`, `p`
    wall.ron:20:21: a window side is 1 to 16384 pixels, not 0
    wall.ron:20:24: a window side is 1 to 16384 pixels, not 99999
    wall.ron:21:28: not a duration such as "500ms": time unit needed, for example `3s` or `3ms`
    wall.ron:21:43: expected true or false, found `maybe`
    wall.ron:22:22: `Ctlr+Q`: unknown modifier `Ctlr`; did you mean `Ctrl`? Allowed: `Ctrl`, `Alt`, `Shift`
    wall.ron:22:33: unknown action `hlep`; did you mean `help`?
    "#);
}

#[test]
fn unfinished_file() {
    says!(errors("(cameras: {\n  \"gate\": (main: \"rtsp://h\""), @r"wall.ron:2:28: expected a comma or a closing bracket; the `(` of 2:11 is open");
}

#[test]
fn unfinished_text() {
    says!(errors("(cameras: {\n  \"gate\": (main: \"rtsp://h),\n})"), @r"wall.ron:2:18: this text in quotes has no end");
}

#[test]
fn missing_comma() {
    says!(errors(&camera(r#"main: "rtsp://h" sub: "rtsp://i""#)), @r"wall.ron:2:18: expected a comma or a closing bracket; the `(` of 1:18 is open");
}

#[test]
fn missing_colon() {
    says!(errors(&camera(r#"main "rtsp://h""#)), @r"wall.ron:2:6: expected a colon between name and value");
}

#[test]
fn wrong_closing_bracket() {
    says!(errors("(cameras: {\n  \"gate\": (main: \"rtsp://h\"},\n})"), @r"wall.ron:2:28: expected a comma or a closing bracket; the `(` of 2:11 is open");
}

#[test]
fn text_behind_the_end() {
    says!(errors(&format!("{}\n)", wall(""))), @r"wall.ron:4:1: nothing may follow the last closing bracket");
}

#[test]
fn unfinished_comment() {
    says!(errors("( /* cameras /* */ )"), @r"wall.ron:1:19: this comment has no end; write `*/`");
}

#[test]
fn empty_file() {
    says!(errors(""), @r"wall.ron:1:1: the file is empty; see assets/wall.ron for a commented example");
}

#[test]
fn another_format() {
    says!(errors("{\"cameras\": {}}"), @r"wall.ron:1:1: expected settings in round brackets `(name: …)`, found a map `{…}`");
}

#[test]
fn no_cameras_field() {
    says!(errors("(shw: \"x\")"), @r"
    wall.ron:1:1: missing field `cameras` in wall
    wall.ron:1:2: unknown field `shw` in wall; did you mean `show`? Allowed: `cameras`, `layouts`, `tours`, `show`, `walls`, `prewarm`, `window`, `overlay`, `burn_in`, `keys`, `recording`, `sandbox`, `language`
    ");
}

#[test]
fn no_cameras() {
    says!(errors("(cameras: {})"), @r"wall.ron:1:11: no cameras; a wall needs at least one");
}

#[test]
fn unknown_fields_everywhere() {
    let text = wall("colour: 1, window: (monitr: Index(1)), overlay: (fps: true),\nlayouts: {}");
    says!(errors(&text), @r"
    wall.ron:2:1: unknown field `colour` in wall; allowed: `cameras`, `layouts`, `tours`, `show`, `walls`, `prewarm`, `window`, `overlay`, `burn_in`, `keys`, `recording`, `sandbox`, `language`
    wall.ron:2:21: unknown field `monitr` in window; did you mean `monitor`? Allowed: `monitor`, `fullscreen`, `size`, `rotation`
    wall.ron:2:50: unknown field `fps` in overlay; allowed: `name`, `state`, `stats`, `clock`, `stale_after`, `high_contrast`, `letter_size`, `reduced_motion`
    ");
}

#[test]
fn brackets_of_the_wrong_kind() {
    says!(errors("(cameras: (gate: (main: \"rtsp://h\")),\nlayouts: [])"), @r#"
    wall.ron:1:11: expected a map `{ "name": … }`, found settings in round brackets `(name: …)`
    wall.ron:2:10: expected a map `{ "name": … }`, found a list `[…]`
    "#);
    says!(errors("(cameras: { gate: (main: \"rtsp://h\"), \"d\": { \"main\": 1 } })"), @r#"
    wall.ron:1:13: write the key `gate` in quotes: "gate"
    wall.ron:1:44: expected settings in round brackets `(name: …)`, found a map `{…}`
    "#);
}

#[test]
fn values_of_the_wrong_type() {
    let text = r#"main: 5, sub: Tcp, options: { "a": 1, "b": true }, name: ["x"]"#;
    says!(errors(&camera(text)), @r"
    wall.ron:2:7: expected a text in quotes, found `5`
    wall.ron:2:15: expected a text in quotes, found `Tcp`
    wall.ron:2:36: expected a text in quotes, found `1`
    wall.ron:2:44: expected a text in quotes, found `true`
    wall.ron:2:58: expected a text in quotes, found a list `[…]`
    ");
    says!(errors(&wall("window: (fullscreen: \"yes\", size: (1, 2, 3), monitor: Index(-1))")), @r"
    wall.ron:2:22: expected true or false, found a text in quotes
    wall.ron:2:35: expected 2 values in round brackets, found 3 values in round brackets
    wall.ron:2:61: expected a whole number from 0, found `-1`
    ");
}

#[test]
fn words_in_quotes() {
    says!(errors(&camera(r#"main: "rtsp://h", transport: "Udp", via: "best", fit: 7"#)), @r"
    wall.ron:2:30: write transport `Udp` without quotes
    wall.ron:2:42: via cannot be a text in quotes; allowed: `Auto`, `Retina`, `Ffmpeg`
    wall.ron:2:55: fit cannot be `7`; allowed: `Contain`, `Cover`, `Stretch`
    ");
}

#[test]
fn wrong_variants() {
    says!(errors(&camera(r#"main: "rtsp://h", transport: Tpc, via: Vlc, login: Evn("X")"#)), @r"
    wall.ron:2:30: unknown transport `Tpc`; did you mean `Tcp`? Allowed: `Tcp`, `Udp`, `Auto`
    wall.ron:2:40: unknown via `Vlc`; allowed: `Auto`, `Retina`, `Ffmpeg`
    wall.ron:2:52: unknown login `Evn`; did you mean `Env`? Allowed: `Env`, `Credential`, `File`
    ");
    says!(errors(&camera(r#"main: "rtsp://h", transport: Tcp(1), login: Env"#)), @r"
    wall.ron:2:30: `Tcp` takes no value; write it alone
    wall.ron:2:45: `Env` takes one value: `Env(…)`
    ");
}

#[test]
fn fields_given_twice() {
    says!(errors("(cameras: { \"c\": (main: \"/a\",\nmain: \"/b\") },\ncameras: {})"), @r"
    wall.ron:2:1: `main` is given twice in `c`; the first is in line 1
    wall.ron:3:1: `cameras` is given twice in the file; the first is in line 1
    ");
}

#[test]
fn layouts_given_twice() {
    let text =
        wall("layouts: { \"a\": Grid(cameras: [\"gate\"]),\n\"a\": Grid(cameras: [\"x\"]) }");
    says!(errors(&text), @r"wall.ron:3:1: `a` is given twice in `layouts`; the first is in line 2");
}

#[test]
fn prewarm_names_no_layout() {
    let layouts = r#"layouts: { "over": Grid(cameras: ["gate"]) }"#;
    says!(errors(&wall(&format!("{layouts},\nprewarm: [\"over\", \"ovre\", \"yard\"]"))), @r"
    wall.ron:3:19: `prewarm` names no layout: `ovre`; did you mean `over`?
    wall.ron:3:27: `prewarm` names no layout: `yard`; the file has `over`
    ");
    says!(errors(&wall(r#"prewarm: "all""#)), @"wall.ron:2:10: expected a list `[…]`, found a text in quotes");
}

#[test]
fn show_names_neither_layout_nor_tour() {
    says!(errors(&wall(r#"layouts: { "over": Grid(cameras: ["gate"]) }, show: "ovre""#)), @r"wall.ron:2:53: `show`: no layout or tour is called `ovre`; did you mean `over`?");
    says!(errors(&wall(r#"show: "overview""#)), @r"wall.ron:2:7: `show`: no layout or tour is called `overview`; the file has none");
}

#[test]
fn grids_that_cannot_be() {
    let text = r#"layouts: { "a": Grid(columns: 0, cameras: ["gate"]),
        "b": Grid(cameras: []), "c": Grid(columns: 65, cameras: ["gate"]), "d": Grid(columns: 2) }"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:2:31: `columns` is 1 to 64, not 0
    wall.ron:3:28: layout `b` has no places; `""` makes an empty one
    wall.ron:3:52: `columns` is 1 to 64, not 65
    wall.ron:3:81: missing field `cameras` in Grid
    "#);
    let many = ["\"gate\""; 65].join(",");
    says!(errors(&wall(&format!("layouts: {{ \"a\": Grid(columns: 1, cameras: [{many}]) }}"))), @r"wall.ron:2:31: layout `a` has 65 rows; at most 64");
}

#[test]
fn tiles_that_cannot_be() {
    let text = r#"layouts: {
        "size": Tiles(columns: 0, rows: 65, tiles: []),
        "out": Tiles(columns: 4, rows: 4, tiles: [
            (camera: "gate", column: 4, row: 0), (camera: "gate", column: 0, row: 3, height: 2),
            (camera: "gate", column: 0, row: 0, width: 0, height: 0),
            (camera: "dock", column: 4294967295, row: 0, width: 4294967295),
        ]),
    }"#;
    says!(errors(&wall(text)), @r"
    wall.ron:3:32: `columns` is 1 to 64, not 0
    wall.ron:3:41: `rows` is 1 to 64, not 65
    wall.ron:5:38: tile `gate` reaches column 4; layout `out` ends at column 3
    wall.ron:5:83: tile `gate` reaches row 4; layout `out` ends at row 3
    wall.ron:6:56: `width` must be at least 1
    wall.ron:6:67: `height` must be at least 1
    wall.ron:7:38: tile `dock` reaches column 8589934589; layout `out` ends at column 3
    ");
}

#[test]
fn tiles_that_meet() {
    let text = r#"layouts: { "t": Tiles(columns: 4, rows: 4, tiles: [
        (camera: "gate", column: 0, row: 0, width: 3, height: 3),
        (camera: "dock", column: 2, row: 2, width: 2, height: 2),
        (camera: "gate", column: 3, row: 3, overlap: true),
    ]) }"#;
    says!(errors(&wall(text)), @r"wall.ron:4:9: tile `dock` lies over tile `gate` in layout `t`; move it, or add `overlap: true` for picture in picture");
}

#[test]
fn tiles_that_show_nothing_or_several_things() {
    let text = r#"layouts: { "t": Tiles(columns: 4, rows: 1, tiles: [
        (camera: "gate", column: 0, row: 0),
        (column: 1, row: 0),
        (camera: "", hotspot: false, column: 2, row: 0),
        (camera: "gate", hotspot: true, column: 3, row: 0),
    ]),
    "h": Tiles(columns: 2, rows: 1, tiles: [(hotspot: true, column: 0, row: 0)]),
    "m": Tiles(columns: 2, rows: 1, tiles: [(hotspot: true, column: 0, row: 0, width: 2), (tour: (steps: [(show: "gate")]), column: 1, row: 0)]),
    }"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:4:9: a tile of layout `t` shows one thing: write `camera`, `tour` or `hotspot: true`
    wall.ron:5:9: a tile of layout `t` shows one thing: write `camera`, `tour` or `hotspot: true`
    wall.ron:6:9: a tile of layout `t` shows one thing: write `camera`, `tour` or `hotspot: true`
    wall.ron:8:5: layout `h` has a hotspot and no other tile to select
    wall.ron:9:91: tile `gate` lies over tile `hotspot` in layout `m`; move it, or add `overlap: true` for picture in picture
    "#);
}

#[test]
fn tours_that_cannot_be() {
    let text = r#"layouts: { "over": Grid(cameras: ["gate"]), "t": Tiles(columns: 1, rows: 1, tiles: [
        (tour: (every: "1s", steps: [(show: "gaet", for: "2h"), (show: "over")]), column: 0, row: 0),
    ]) },
    tours: {
        "over": (steps: []),
        "rounds": (every: "61min", resume_after: "25h", steps: [(show: "ovre"), (show: "nights"), (show: "over", for: "1s")]),
        "nights": (steps: [(show: "t", fro: "5s"), (shwo: "t")]),
        " ": (stpes: []),
    }, show: "ronds""#;
    says!(errors(&wall(text)), @r#"
    wall.ron:3:24: `every` is "2s" to "1h", not "1s"
    wall.ron:3:45: unknown camera `gaet` in layout `t`; did you mean `gate`?
    wall.ron:3:58: `for` is "2s" to "1h", not "2h"
    wall.ron:3:72: unknown camera `over` in layout `t`; the file has `gate`, `dock`
    wall.ron:6:9: a layout and a tour are both called `over`; give one of them another name
    wall.ron:6:25: a tour has 1 to 64 steps, not 0
    wall.ron:7:27: `every` is "2s" to "1h", not "1h 1m"
    wall.ron:7:50: `resume_after` is "1s" to "24h", not "1day 1h"
    wall.ron:7:72: unknown layout `ovre` in tour `rounds`; did you mean `over`?
    wall.ron:7:88: tour `rounds` shows `nights`, which is a tour; a step shows a layout
    wall.ron:7:119: `for` is "2s" to "1h", not "1s"
    wall.ron:8:40: unknown field `fro` in step; did you mean `for`? Allowed: `show`, `for`
    wall.ron:8:52: missing field `show` in step
    wall.ron:8:53: unknown field `shwo` in step; did you mean `show`? Allowed: `show`, `for`
    wall.ron:9:14: missing field `steps` in tour
    wall.ron:9:15: unknown field `stpes` in tour; did you mean `steps`? Allowed: `steps`, `every`, `resume_after`
    wall.ron:10:14: `show`: no layout or tour is called `ronds`; did you mean `rounds`?
    "#);
    let many = "(show: \"all\"),".repeat(65);
    says!(errors(&wall(&format!("tours: {{ \"a\": (steps: [{many}]) }}"))), @"wall.ron:2:23: a tour has 1 to 64 steps, not 65");
}

#[test]
fn walls_that_cannot_be() {
    let text = r#"walls: {
        "a/b": (monitor: Name("DP-1"), show: "al"),
        "c": (monitor: Name("DP-1"), size: (0, 1)),
        "d": (monitor: Index(1), rotation: Rihgt),
        "": (monitor: Index(1), fullscren: true),
        "e": (monitor: Name(" ")),
        "f": (), "g": (),
    },
    show: "all", window: (),
    keys: { "layout_2@left": ["X"], "quitt@c": [], "quit@c": ["Ctrl+Q"], "help@f@": ["Y"] }"#;
    says!(errors(&wall(text)), @r#"
    wall.ron:3:9: wall `a/b`: the name of a wall holds no `/` or `\` and is not `.` or `..`
    wall.ron:3:46: `show`: no layout or tour is called `al`; the file has none
    wall.ron:4:24: wall `c` covers the monitor of wall `a/b`; give it another one
    wall.ron:4:45: a window side is 1 to 16384 pixels, not 0
    wall.ron:5:44: unknown rotation `Rihgt`; did you mean `Right`? Allowed: `None`, `Right`, `Half`, `Left`
    wall.ron:6:9: a wall name must not be blank
    wall.ron:6:23: wall `` covers the monitor of wall `d`; give it another one
    wall.ron:6:33: unknown field `fullscren` in screen; did you mean `fullscreen`? Allowed: `show`, `monitor`, `fullscreen`, `size`, `rotation`
    wall.ron:7:29: a monitor's name must not be blank; leave `monitor` out for the primary
    wall.ron:10:5: `show` is for a file with one wall; with `walls` each wall has its own
    wall.ron:10:18: `window` is for a file with one wall; with `walls` each wall has its own
    wall.ron:11:13: unknown wall `left`; the file has `a/b`, `c`, `d`, ``, `e`, `f`, `g`
    wall.ron:11:37: unknown action `quitt`; did you mean `quit`?
    wall.ron:11:74: unknown wall `f@`; did you mean `f`?
    "#);
    // Windows may share a monitor, and nobody is told which one he gets.
    let window = r#"(monitor: Name("DP-1"), fullscreen: false)"#;
    let shared = format!("walls: {{ \"a\": {window}, \"b\": {window}, \"c\": (), \"d\": () }}");
    assert_eq!(warnings(&wall(&shared)), "");
    says!(errors(&wall(r#"keys: { "help@left": ["X"] }"#)), @"wall.ron:2:9: unknown wall `left`; the file has none");
    let many: String = (0..17).map(|number| format!("\"{number}\": (), ")).collect();
    says!(errors(&wall(&format!("walls: {{ {many} }}"))), @"wall.ron:2:8: at most 16 walls, not 17");
}

#[test]
fn care_for_screens_that_cannot_be() {
    let burn_in = |text: &str| errors(&wall(&format!("burn_in: ({text})")));
    says!(burn_in(r#"orbit: 3, night: (from: "22:00", to: "22:00", dim: 81)"#), @r#"
    wall.ron:2:18: `orbit` is 0 to 2, not 3
    wall.ron:2:48: the night ends when it begins
    wall.ron:2:62: `dim` is 0 to 80, not 81
    "#);
    says!(burn_in(r#"night: (from: "24:00", to: "6 o'clock", swop: true)"#), @r#"
    wall.ron:2:25: `24:00` is no time of day; allowed: `00:00` to `23:59`
    wall.ron:2:38: `6 o'clock` is no time of day; allowed: `00:00` to `23:59`
    wall.ron:2:51: unknown field `swop` in night; did you mean `swap`? Allowed: `from`, `to`, `dim`, `swap`
    "#);
    says!(burn_in(r#"night: (from: "22:00")"#), @"wall.ron:2:18: missing field `to` in night");
}

#[test]
fn ids_that_cannot_be_folders() {
    let text = format!(
        "(cameras: {{ \"\": (main: \"/a\"), \" a\": (main: \"/a\"), \"a/b\": (main: \"/a\"),\n\
         \"a\\\\b\": (main: \"/a\"), \".\": (main: \"/a\"), \"..\": (main: \"/a\"),\n\
         \"a\\nb\": (main: \"/a\"), \"{}\": (main: \"/a\") }})",
        "x".repeat(65)
    );
    says!(errors(&text), @r"
    wall.ron:1:13: a camera id must not be blank
    wall.ron:1:31: camera id ` a`: a camera id holds no control characters and no spaces around it
    wall.ron:1:51: camera id `a/b`: ids become names of folders, so they hold no `/` or `\` and are not `.` or `..`
    wall.ron:2:1: camera id `a\b`: ids become names of folders, so they hold no `/` or `\` and are not `.` or `..`
    wall.ron:2:23: camera id `.`: ids become names of folders, so they hold no `/` or `\` and are not `.` or `..`
    wall.ron:2:42: camera id `..`: ids become names of folders, so they hold no `/` or `\` and are not `.` or `..`
    wall.ron:3:1: camera id `a\nb`: a camera id holds no control characters and no spaces around it
    wall.ron:3:23: a camera id has at most 64 characters, this has 65
    ");
}

#[test]
fn blank_names() {
    says!(errors(&camera(r#"main: "/a", name: " ""#)), @r"wall.ron:2:19: a blank name; leave it out to show the id");
    says!(errors(&wall(r#"layouts: { " ": Grid(cameras: ["gate"]) }"#)), @r"wall.ron:2:12: a layout name must not be blank");
    says!(errors(&wall(r#"window: (monitor: Name(""))"#)), @r"wall.ron:2:24: a monitor's name must not be blank; leave `monitor` out for the primary");
}

#[test]
fn sources_that_cannot_be() {
    let refused = [
        "",
        " rtsp://h",
        "10.0.0.12/live",
        "camera:554/live",
        "admin@cam/live",
        "cam.local/live",
        "rtp//h",
        "rstp://h",
        "ftp://h",
        "rtsp://",
        "rtsp://h:99999/x",
        "rtsp:///x",
        "file://",
        "rtsp://h/\u{7}",
    ];
    let said: Vec<String> = refused
        .iter()
        .map(|source| format!("{source:?}: {}", check_source(source).unwrap_err()))
        .collect();
    says!(said.join("\n"), @r#"
    "": no source; write a URL such as `rtsp://10.0.0.11/stream1`
    " rtsp://h": a source holds no control characters and no spaces around it
    "10.0.0.12/live": no scheme; write `rtsp://…` for a camera, or `./…` for a file
    "camera:554/live": no scheme; write `rtsp://…` for a camera, or `./…` for a file
    "admin@cam/live": no scheme; write `rtsp://…` for a camera, or `./…` for a file
    "cam.local/live": no scheme; write `rtsp://…` for a camera, or `./…` for a file
    "rtp//h": no scheme; write `rtsp://…` for a camera, or `./…` for a file
    "rstp://h": unsupported scheme `rstp`; did you mean `rtsp`? Allowed: `rtsp`, `rtsps`, `http`, `https`, `rtmp`, `rtmps`, `srt`, `udp`, `rtp`, `file`, or a path
    "ftp://h": unsupported scheme `ftp`; did you mean `rtp`? Allowed: `rtsp`, `rtsps`, `http`, `https`, `rtmp`, `rtmps`, `srt`, `udp`, `rtp`, `file`, or a path
    "rtsp://": `rtsp://` is not all; write what follows it
    "rtsp://h:99999/x": not a URL: invalid port number
    "rtsp:///x": this `rtsp://` URL names no host
    "file://": `file://` is not all; write what follows it
    "rtsp://h/\u{7}": a source holds no control characters and no spaces around it
    "#);
}

#[test]
fn what_others_found_wrong_is_said_in_the_language_of_the_wall() {
    let files = [
        wall(r#"overlay: (stale_after: "2")"#),
        wall(r#"overlay: (stale_after: "2 foo")"#),
        wall(r#"overlay: (stale_after: "-2s")"#),
        wall(r#"overlay: (stale_after: "2s-")"#),
        wall(r#"overlay: (stale_after: "99999999999999999999s")"#),
        wall(r#"overlay: (stale_after: "")"#),
        camera(r#"main: "rtsp://h:99999/x""#),
        camera(r#"main: "rtsp://[fe80/x""#),
        camera(r#"main: "rtsp://[fe80::x]/x""#),
        camera(r#"main: "http://10.0.0.300/x""#),
        camera(r#"main: "http://a b/x""#),
        camera(r#"main: "http://xn--\u{fc}/x""#),
        camera(r#"main: "rtsp://h\q""#),
        camera(r#"main: "rtsp://h\u{zz}""#),
        camera("main: 'rtsp://h'"),
        camera("main: 0xg"),
        camera("main: 1e"),
        camera("main: 1__"),
        camera("main: _1"),
        camera("main: [1"),
        camera("main: {1"),
        camera("main: (1"),
        camera("main: b'"),
        camera("main: r#\"x"),
        camera("main: 99999999999999999999999999999999999999999999"),
        format!("#![enable(x)]{}", wall("")),
        format!("#![x]{}", wall("")),
        format!("#![enable(unwrap_newtypes{}", wall("")),
    ];
    let latin = |text: &str| {
        let quoted = text.split('`').step_by(2).collect::<String>();
        let plain = quoted.split('"').step_by(2).collect::<String>().replace("wall.ron", "");
        let words = plain.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_owned);
        words.filter(|word| word.len() > 2).collect::<Vec<_>>()
    };
    let names = ["RON", "URL", "IPv"].map(str::to_owned);
    for text in files {
        let errors = super::parse(&text).unwrap_err();
        let english = latin(&errors.to_string());
        for words in [&camwall_words::DE, &camwall_words::JA, &camwall_words::ZH_TW] {
            let said = errors.say(words);
            let mut left = latin(&said);
            // Of German only what English says too is foreign.
            left.retain(|word| words.tag != "de" || english.contains(word));
            left.retain(|word| !names.contains(word));
            assert_eq!(left, [""; 0], "{text}\n{said}");
        }
    }
}

fn check_source(text: &str) -> Result<(), String> {
    let said = super::parse(&camera(&format!("main: {text:?}"))).map(|_sound| ());
    said.map_err(|errors| errors.to_string().replacen("wall.ron:2:7: ", "", 1))
}

#[test]
fn sources_that_can_be() {
    for source in [
        "rtsp://h/1",
        "RTSP://h",
        "rtsps://h:322/x?y#z",
        "https://h/live.m3u8",
        "rtmp://h/app/x",
        "srt://:9000?mode=listener",
        "udp://@239.0.0.1:1234",
        "rtp://h:5004",
        "file:clip.mp4",
        "file:///a/b.mp4",
        "/dev/video0",
        "./10.0.0.1/x",
        "../x.mkv",
        "clip.mp4",
        "clips/gate.mp4",
        "rtsp://[fe80::1]:554/x",
    ] {
        assert_eq!(check_source(source), Ok(()), "{source}");
    }
}

#[test]
fn a_password_that_breaks_the_url_is_not_repeated() {
    let said = errors(&camera(r#"main: "rtsp://admin:s3/cret#x@10.0.0.1/live""#));
    assert!(!said.contains("s3") && !said.contains("cret"), "{said}");
    says!(said, @r"wall.ron:2:7: not a URL: invalid port number; in a password write `#`, `/`, `?` as `%23`, `%2F`, `%3F`");
}

#[test]
fn retina_opens_rtsp_only() {
    says!(errors(&camera(r#"via: Retina, main: "http://h/x", sub: "/a""#)), @r"
    wall.ron:2:20: `via: Retina` opens only `rtsp://` and `rtsps://`; use `Auto` or `Ffmpeg` here
    wall.ron:2:39: `via: Retina` opens only `rtsp://` and `rtsps://`; use `Auto` or `Ffmpeg` here
    ");
}

#[test]
fn logins_that_cannot_be() {
    says!(errors(&camera(r#"main: "rtsp://h", login: Env("admin:secret")"#)), @r"wall.ron:2:30: `Env` takes the name of a variable that holds `user:password`, such as `GATE_LOGIN`");
    says!(errors(&camera(r#"main: "rtsp://h", login: File("")"#)), @r"wall.ron:2:31: `File` takes the path of a file that holds `user:password`");
    says!(errors(&camera(r#"main: "rtsp://h", login: File("admin:secret")"#)), @"wall.ron:2:31: `File` takes the path of a file that holds `user:password`; one with a `:` in its name begins with `./`");
    says!(errors(&camera(r#"main: "rtsp://h", name: "rtsp://admin:secret@h/x""#)), @"wall.ron:2:25: a login in the name, which the tile shows");
    says!(errors(r#"(cameras: { "rtsp://admin:secret@h/x": (main: "rtsp://h/x") })"#), @"wall.ron:1:13: an address as the id of a camera; it belongs into `main`");
    says!(errors(&camera(r#"main: "rtsp://h", login: "admin:secret""#)), @r"wall.ron:2:26: login cannot be a text in quotes; allowed: `Env`, `Credential`, `File`");
    for name in ["", "../gate", "a/b", "admin:secret"] {
        let said = errors(&camera(&format!("main: \"rtsp://h\", login: Credential({name:?})")));
        assert_eq!(
            said,
            "wall.ron:2:37: `Credential` takes the name of a credential that holds `user:password`, without `/` and `..`, such as `gate`"
        );
    }
}

#[test]
fn options_that_cannot_be() {
    says!(errors(&camera(r#"main: "rtsp://h", options: { "": "x", "a": "\0" }"#)), @r"
    wall.ron:2:30: an option has a name, and no NUL character
    wall.ron:2:39: an option has a name, and no NUL character
    ");
}

#[test]
fn playlists_and_options_that_cannot_be() {
    let says = |main: &str, fields: &str| errors(&camera(&format!("main: {main:?}, {fields}")));
    says!(says("rtsp://h", "hls: true"), @"wall.ron:2:24: `hls` is for cameras with `http://` or `https://` addresses");
    says!(says("rtsp://h", r#"options: {"protocol_whitelist": "file"}"#), @"wall.ron:2:29: `protocol_whitelist` can't be set: camwall decides what FFmpeg may open");
}

#[test]
fn intervals_and_masks_that_cannot_be() {
    let says = |fields: &str| errors(&camera(&format!("main: \"rtsp://h\", {fields}")));
    says!(says(r#"interval: "99ms""#), @r#"wall.ron:2:29: `interval` is "100ms" to "5min", not "99ms""#);
    says!(says(r#"interval: "301s""#), @r#"wall.ron:2:29: `interval` is "100ms" to "5min", not "5m 1s""#);
    says!(says(r"watch: (mask: [(left: 50, top: 0, width: 51, height: 100), (left: 0, top: 100, width: 1, height: 1)])"), @r"
    wall.ron:2:34: an area is within 0 to 100 % of the picture's width
    wall.ron:2:78: an area is within 0 to 100 % of the picture's height
    ");
    says!(says(r"watch: (frozn: false)"), @r"wall.ron:2:27: unknown field `frozn` in watch; did you mean `frozen`? Allowed: `frozen`, `dark`, `mask`");
    let many = "(left: 0, top: 0, width: 1, height: 1),".repeat(17);
    says!(says(&format!("watch: (mask: [{many}])")), @r"wall.ron:2:33: a mask has at most 16 areas");
}

#[test]
fn windows_that_cannot_be() {
    says!(errors(&wall("window: (size: (0, 16385))")), @r"
    wall.ron:2:17: a window side is 1 to 16384 pixels, not 0
    wall.ron:2:20: a window side is 1 to 16384 pixels, not 16385
    ");
}

#[test]
fn stale_after_out_of_bounds() {
    says!(errors(&wall(r#"overlay: (stale_after: "199ms")"#)), @r#"wall.ron:2:24: `stale_after` is "200ms" to "60s", not "199ms""#);
    says!(errors(&wall(r#"overlay: (stale_after: "61s")"#)), @r#"wall.ron:2:24: `stale_after` is "200ms" to "60s", not "1m 1s""#);
    says!(errors(&wall(r#"overlay: (stale_after: "2")"#)), @r#"wall.ron:2:24: not a duration such as "500ms": time unit needed, for example `2s` or `2ms`"#);
    says!(errors(&wall(r#"overlay: (stale_after: 2)"#)), @r"wall.ron:2:24: expected a text in quotes, found `2`");
}

#[test]
fn letters_of_no_size() {
    says!(errors(&wall("overlay: (letter_size: 74)")), @"wall.ron:2:24: `letter_size` is 75 to 200, not 74");
    says!(errors(&wall("overlay: (letter_size: 201)")), @"wall.ron:2:24: `letter_size` is 75 to 200, not 201");
}

#[test]
fn chords_that_cannot_be() {
    let text = r#"keys: {
        "quit": ["Ctrl+", "", "Ctrl+Qq", "Strg+Q", "Pagdown", "Shift"],
        "help": ["Shift+?", "5", "F25", "F1x"], "stats": "I",
    }"#;
    says!(errors(&wall(text)), @r"
    wall.ron:3:18: `Ctrl+`: no key; write one such as `Ctrl+Q`, `F5` or `?`
    wall.ron:3:27: ``: no key; write one such as `Ctrl+Q`, `F5` or `?`
    wall.ron:3:31: `Ctrl+Qq`: unknown key `Qq`; allowed: a single character, `F1` to `F24`, `Enter`, `Esc`, `Tab`, `Space`, `Backspace`, `Insert`, `Delete`, `Home`, `End`, `PageUp`, `PageDown`, `Left`, `Right`, `Up`, `Down`
    wall.ron:3:42: `Strg+Q`: unknown modifier `Strg`; allowed: `Ctrl`, `Alt`, `Shift`
    wall.ron:3:52: `Pagdown`: unknown key `Pagdown`; did you mean `PageDown`?
    wall.ron:3:63: `Shift`: no key; write one such as `Ctrl+Q`, `F5` or `?`
    wall.ron:4:18: `Shift+?`: Shift does not count with `?`; write the character that the keys produce
    wall.ron:4:29: `5`: digits type a camera number; with Ctrl or Alt they can be bound
    wall.ron:4:34: `F25`: unknown key `F25`; allowed: a single character, `F1` to `F24`, `Enter`, `Esc`, `Tab`, `Space`, `Backspace`, `Insert`, `Delete`, `Home`, `End`, `PageUp`, `PageDown`, `Left`, `Right`, `Up`, `Down`
    wall.ron:4:41: `F1x`: unknown key `F1x`; allowed: a single character, `F1` to `F24`, `Enter`, `Esc`, `Tab`, `Space`, `Backspace`, `Insert`, `Delete`, `Home`, `End`, `PageUp`, `PageDown`, `Left`, `Right`, `Up`, `Down`
    wall.ron:4:58: expected a list `[…]`, found a text in quotes
    ");
}

#[test]
fn unknown_actions() {
    says!(errors(&wall(r#"keys: { "zomm_in": ["Z"], "explode": ["X"], "layout_13": [] }"#)), @r"
    wall.ron:2:9: unknown action `zomm_in`; did you mean `zoom_in`?
    wall.ron:2:27: unknown action `explode`; allowed: `open`, `back`, `left`, `right`, `up`, `down`, `home`, `end`, `next_camera`, `previous_camera`, `next_layout`, `previous_layout`, `tour`, `fullscreen`, `zoom_in`, `zoom_out`, `zoom_reset`, `record`, `record_all`, `protect`, `snapshot`, `wall_snapshot`, `trust_clock`, `help`, `stats`, `reload`, `quit`, `layout_1` to `layout_12`
    wall.ron:2:45: unknown action `layout_13`; did you mean `layout_1`?
    ");
}

#[test]
fn chords_with_two_meanings() {
    let text = r#"keys: { "stats": ["X", "Ctrl+x"], "help": ["x"], "zoom_in": ["F5", "z", "Z"] }"#;
    says!(errors(&wall(text)), @r"
    wall.ron:2:44: `X` cannot do both `help` and `stats`; give one of them another key
    wall.ron:2:73: `Z` is given twice for `zoom_in`
    ");
}

#[test]
fn chords_that_are_taken_from_the_defaults_are_warned_of() {
    let text =
        r#"walls: { "c": () }, keys: { "stats": ["N", "Ctrl+q"], "quit@c": ["T"], "help": ["I"] }"#;
    says!(warnings(&wall(text)), @r"
    wall.ron:2:39: `N` does `stats`, and no longer `next_camera`; name that too, with another key or none
    wall.ron:2:44: `Ctrl+Q` does `stats`, and no longer `quit`; name that too, with another key or none
    wall.ron:2:66: `T` does `quit@c`, and no longer `tour`; name that too, with another key or none
    ");
    let named = r#"keys: { "stats": ["N"], "next_camera": [], "help": ["I"] }"#;
    assert_eq!(warnings(&wall(named)), "");
}

#[test]
fn passwords_in_urls_are_warned_of_and_hidden() {
    let text = r#"main: "rtsp://admin:s3cret@h/1", sub: "rtsp://admin:s3cret@h/2""#;
    says!(warnings(&camera(text)), @r#"
    wall.ron:2:7: a login in the file, in the address of `rtsp://h`; keep it out of the file with `login: Credential("…")` or `File("…")`
    wall.ron:2:39: a login in the file, in the address of `rtsp://h`; keep it out of the file with `login: Credential("…")` or `File("…")`
    "#);
    let both = format!("login: Env(\"X\"), {text}");
    says!(warnings(&camera(&both)), @r"
    wall.ron:2:24: `login` wins over the one in the address, `rtsp://h`; take that out
    wall.ron:2:56: `login` wins over the one in the address, `rtsp://h`; take that out
    ");
}

#[test]
fn options_without_ffmpeg_are_warned_of() {
    says!(warnings(&camera(r#"main: "rtsp://h", via: Retina, options: { "a": "b" }"#)), @r"wall.ron:2:41: `options` are for FFmpeg; `via: Retina` does not use them");
}

#[test]
fn positions_count_characters() {
    says!(errors(&wall("/* äöü 漢字 */ show: \"x\"")), @r"wall.ron:2:20: `show`: no layout or tour is called `x`; the file has none");
}

#[test]
fn messages_stay_on_one_line() {
    says!(errors(&wall(r#"show: "a\nb""#)), @r"wall.ron:2:7: `show`: no layout or tour is called `a\nb`; the file has none");
}

#[test]
fn long_lists_are_cut() {
    let cameras: Vec<String> = (0..40).map(|n| format!("\"camera {n}\": (main: \"/a\")")).collect();
    let text = format!(
        "(cameras: {{ {} }},\nlayouts: {{ \"a\": Grid(cameras: [\"warehouse\"]) }})",
        cameras.join(", ")
    );
    says!(errors(&text), @r"wall.ron:2:32: unknown camera `warehouse` in layout `a`; the file has `camera 0`, `camera 1`, `camera 2`, `camera 3`, `camera 4`, `camera 5`, `camera 6`, `camera 7`, `camera 8`, `camera 9`, `camera 10`, `camera 11` and 28 more");
}

#[test]
fn encryption_that_protects_nothing_is_a_mistake() {
    says!(errors(&camera(r#"main: "rtsps://h/x", trust: Fingerprint("sha256:00")"#)), @"wall.ron:2:41: a fingerprint has 64 digits 0-9 a-f behind `sha256:`; `camwall check --probe` prints the one to write here");
    says!(errors(&camera(r#"main: "rtsps://h/x", trust: Fingerprint("00")"#)), @"wall.ron:2:41: a fingerprint begins with `sha256:`; `camwall check --probe` prints the one to write here");
    says!(errors(&camera(r#"main: "rtsps://h/x", trust: Ca("")"#)), @"wall.ron:2:32: `Ca` takes the path of a PEM file of authorities");
    says!(errors(&camera(r#"main: "rtsp://h/x", trust: Anyone"#)), @"wall.ron:2:28: `trust` is for `rtsps://`, `https://` and `rtmps://`; this camera's addresses are not encrypted");
    says!(errors(&camera(r#"main: "rtsps://h/x", transport: Udp"#)), @"wall.ron:2:7: `rtsps://` over UDP: its pictures would go in clear; use `transport: Tcp`");
    says!(errors(&camera(r#"main: "rtsp://h/x", sub: "RTSPS://h/y", transport: Udp"#)), @"wall.ron:2:26: `rtsps://` over UDP: its pictures would go in clear; use `transport: Tcp`");
    says!(warnings(&camera(r#"main: "rtsp://h/x", auth: Digest"#)), @"wall.ron:2:27: `auth` is about a login, and this camera has none");
    assert_eq!(
        warnings(&camera(r#"main: "https://h/x", sub: "rtsp://h/y", trust: Ca("ca.pem")"#)),
        ""
    );
    assert_eq!(warnings(&camera(r#"main: "rtsp://h/x", auth: Digest, login: Env("X")"#)), "");
}
