//! The program: exit codes, how it ends, and what it does without a display.

use std::time::Instant;

use testkit::{
    Camsim, Ended, Picture, Run, SECOND, SOON, StatusLine, Tile, WallFile, half_turn, media::clip,
    rtsp,
};

/// A wall without mistakes of one camera that is not there.
fn sound() -> WallFile {
    WallFile::new(&[("gate", rtsp("rtsp://127.0.0.1:1/x"))], "")
}

/// A wall of one mistake per line, and what is said about each.
const WRONG: &str = r#"(
    cameras: {
        "gate": (main: "rstp://10.0.0.11/stream1"),
        "yard": (main: "rtsp://10.0.0.12/stream1", colour: 3),
    },
    layouts: {
        "all": Grid(cameras: ["gate", "yrad"]),
    },
    show: "al",
    overlay: (stale_after: "5ms"),
)
"#;
const MISTAKES: [(&str, &str); 5] = [
    ("wall.ron:3:24: ", "did you mean `rtsp`?"),
    ("wall.ron:4:52: ", "unknown field `colour`"),
    ("wall.ron:7:39: ", "did you mean `yard`?"),
    ("wall.ron:9:11: ", "did you mean `all`?"),
    ("wall.ron:10:28: ", "`stale_after`"),
];

fn assert_all_mistakes(ended: &Ended) {
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), MISTAKES.len(), "{}", ended.stderr);
    for (line, (place, text)) in lines.iter().zip(MISTAKES) {
        assert!(line.contains(place) && line.contains(text), "not {place} {text}: {line}");
    }
}

#[test]
fn a_wrong_wall_file_is_3_and_tells_all() {
    let wall = WallFile::verbatim(WRONG);
    assert_all_mistakes(&Run::bare([wall.path()]).args(["--headless"]).finish(SOON));
    assert_all_mistakes(&Run::bare(["check"]).args([wall.path()]).finish(SOON));
    for args in [vec!["/nonexistent/wall.ron"], vec!["check", "/nonexistent/wall.ron"]] {
        let ended = Run::bare(args).finish(SOON);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains("/nonexistent/wall.ron"), "{ended:?}");
    }
}

#[test]
fn check_is_0_for_a_sound_file() {
    let wall = sound();
    let ended = Run::bare(["check"]).args([wall.path()]).finish(SOON);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
}

#[test]
fn check_says_what_it_finds_of_a_folder_that_must_exist() {
    let cameras = [("gate", rtsp("rtsp://127.0.0.1:1/x"))];
    let wall = WallFile::new(&cameras, r#"recording: (dir: "disk/video", must_exist: true)"#);
    let dir = wall.file("disk").join("video");
    let check = || Run::bare(["check"]).args([wall.path()]).finish(SOON);
    let ended = check();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let absent = format!("{} is not there, and is not made", dir.display());
    assert!(ended.stderr.contains(&absent), "{ended:?}");
    std::fs::create_dir_all(&dir).expect("a folder");
    let ended = check();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("and nothing is mounted on it; mount its disk"), "{ended:?}");
    std::fs::write(dir.join(".camwall.archive"), "{}").expect("a marker");
    let ended = check();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let found = format!("recordings: {}: there, marked, ", dir.display());
    assert!(ended.stdout.contains(&found), "{ended:?}");
    let left: Vec<_> = std::fs::read_dir(&dir).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 1, "nothing but the marker: {left:?}");
}

#[test]
fn a_wrong_command_line_is_2() {
    let wall = sound();
    let wall = wall.path();
    let wall = wall.to_str().expect("UTF-8");
    for args in [
        vec!["--no-such-option"],
        vec![wall, "--size", "large"],
        vec![wall, "--for", "ever"],
        vec![wall, "--headless=maybe"],
        vec![wall, "--table", "--status", "-"],
        vec!["check", wall, "--headless"],
    ] {
        let ended = Run::bare(&args).finish(SOON);
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains("--help"), "{args:?}: {ended:?}");
    }
}

#[test]
fn what_cannot_start_is_1_and_says_why() {
    let wall = sound();
    for (args, why) in [
        (vec![], "neither WAYLAND_DISPLAY nor DISPLAY is set"),
        (vec!["--headless=never"], "--headless"),
        (vec!["--headless", "--layout", "nowhere"], "no such layout"),
        (vec!["--headless", "--status", "/nonexistent/status.jsonl"], "/nonexistent/status.jsonl"),
        (vec!["--headless", "--snapshot", "/nonexistent/wall.png"], "/nonexistent/wall.png"),
    ] {
        let ended = Run::bare([wall.path()]).args(&args).finish(SOON);
        assert_eq!(ended.code, Some(1), "{args:?}: {ended:?}");
        let last = ended.stderr.lines().last().unwrap_or_default();
        assert!(last.contains(why), "{args:?}: {ended:?}");
    }
    let no_server = Run::bare([wall.path()]).env("DISPLAY", ":65432").finish(SOON);
    assert_eq!(no_server.code, Some(1), "{no_server:?}");
    assert!(no_server.stderr.contains(":65432"), "{no_server:?}");
}

#[test]
fn headless_auto_draws_without_a_display() {
    let _turn = half_turn();
    let wall = WallFile::new(&[("gate", rtsp("gate.mp4"))], "overlay: (clock: false)");
    clip(&wall.file("gate.mp4"), 50);
    let snapshot = wall.file("wall.png");
    let started = Instant::now();
    let ended = Run::bare([wall.path()])
        .args(["--headless=auto", "--size", "320x180", "--for", "3s", "--snapshot"])
        .args([&snapshot])
        .finish(SOON);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(started.elapsed() >= 3 * SECOND, "{:?}", started.elapsed());
    let picture = Picture::read(&snapshot);
    assert_eq!(picture.0.dimensions(), (320, 180));
    assert!(picture.mean(Tile::of_grid((320, 180), 1, 1, 0)) > 20.0, "a picture is on it");
}

/// Ends a wall of three cameras by `signal`: at once, properly, for all of them.
fn ends_by(signal: libc::c_int) {
    let _turn = half_turn();
    let mut server = Camsim::start(&[]);
    let cams = ["cam1", "cam2", "cam8"];
    let camera = |(id, more): (&str, &str)| {
        (id.to_owned(), format!("{}{more}", rtsp(&server.url(&format!("{id}/sub")))))
    };
    let cameras = [("cam1", ""), ("cam2", ", via: Ffmpeg"), ("cam8", ", transport: Udp")];
    let wall = WallFile::new(&cameras.map(camera), "");
    let mut camwall = Run::offscreen(&wall).start();
    camwall.wait_for("all live", SOON, StatusLine::all_live);
    assert_eq!(camwall.children(), "", "no processes of its own");
    let asked = Instant::now();
    camwall.signal(signal);
    let ended = camwall.finish(SOON);
    assert!(asked.elapsed() < 3 * SECOND, "{:?}", asked.elapsed());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for cam in cams {
        server.expect("teardown", cam, SOON);
    }
    server.expect_nobody(SOON);
}

#[test]
fn sigterm_ends_it_properly() {
    ends_by(libc::SIGTERM);
}

#[test]
fn sigint_ends_it_properly() {
    ends_by(libc::SIGINT);
}

/// The operator's words in the table, the protocol's in the log.
#[test]
fn a_wrong_path_is_said_in_the_operators_words() {
    let _turn = half_turn();
    let server = Camsim::start(&[]);
    let url = format!("rtsp://someone:k4nari@127.0.0.1:{}/cam1/mian", server.port);
    for more in ["", ", via: Ffmpeg"] {
        let wall = WallFile::new(&[("gate", format!("{}{more}", rtsp(&url)))], "");
        let run = Run::bare(["check", "--probe"]).args([wall.path()]);
        let ended = run.env("RUST_LOG", "warn").finish(2 * SOON);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        let row = ended.stdout.lines().find(|line| line.starts_with("gate")).unwrap_or_default();
        let said = row.trim_end().ends_with("there is no such stream: check the path");
        assert!(said && !row.contains("404"), "{row:?}");
        let logged = ended.stderr.lines().find(|line| line.contains("gate: no such stream"));
        let logged = logged.unwrap_or_else(|| panic!("{}", ended.stderr));
        let origin = format!("rtsp://127.0.0.1:{})", server.port);
        assert!(logged.contains("404") && logged.ends_with(&origin), "{logged}");
        assert!(!row.contains("mian") && !logged.contains("mian"), "no path: {row} {logged}");
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains("k4nari"), "{text}");
        }
    }
}

#[test]
fn check_probe_is_4_where_a_camera_fails() {
    let _turn = half_turn();
    let server = Camsim::start(&["--size", "720"]);
    let good = ("gate", rtsp(&server.url("cam1/sub")));
    let probe = |cameras: &[(&str, String)]| {
        let wall = WallFile::new(cameras, "");
        Run::bare(["check", "--probe"]).args([wall.path()]).finish(2 * SOON)
    };
    let ended = probe(std::slice::from_ref(&good));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("h264") && ended.stdout.contains("640x360"), "{ended:?}");
    let over = |ended: &Ended, way: &str| {
        let row = ended.stdout.lines().find(|line| line.starts_with("gate"));
        row.is_some_and(|row| row.split_whitespace().any(|word| word == way))
    };
    assert!(over(&ended, "tcp") && !over(&ended, "udp"), "{ended:?}");
    let datagrams = Camsim::start(&["--transport", "udp"]);
    for more in ["", ", via: Ffmpeg"] {
        let fields = format!("{}{more}", rtsp(&datagrams.url("cam1/sub")));
        let ended = probe(&[("gate", fields)]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(over(&ended, "udp"), "{ended:?}");
    }
    let ended = probe(&[good, ("yard", rtsp("rtsp://127.0.0.1:1/x"))]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stdout.contains("yard") || ended.stderr.contains("yard"), "{ended:?}");
}
