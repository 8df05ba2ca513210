//! Cameras that fail: each failure is told, shown, and nobody else's.

use std::net::TcpListener;
use std::time::Instant;

use testkit::{
    CameraLine, Camsim, Camwall, Picture, Run, SECOND, SOON, StatusLine, Tile, WallFile, half_turn,
    rtsp, turn,
};

/// A wall of the sub streams of `cams`.
fn subs(server: &Camsim, cams: &[&str], rest: &str) -> WallFile {
    let camera = |id: &&str| (id.to_string(), rtsp(&server.url(&format!("{id}/sub"))));
    WallFile::new(&cams.iter().map(camera).collect::<Vec<_>>(), rest)
}

/// Pictures shown per second by each of `ids`, on average over `lines` status lines from now.
fn rates(camwall: &mut Camwall, ids: &[&str], lines: usize) -> Vec<f64> {
    let from = camwall.lines().len();
    camwall.wait_until("a few seconds", SOON, |all| all.len() >= from + lines);
    let all = camwall.lines();
    let mean = |id: &&str| {
        let shown = all[from..].iter().map(|line| line.camera(id).fps_shown);
        shown.sum::<f64>() / (all.len() - from) as f64
    };
    ids.iter().map(mean).collect()
}

#[test]
fn a_frozen_camera_is_stale_and_looks_it() {
    let _turn = half_turn();
    let mut server = Camsim::start(&[]);
    // Camera 6 shows colour bars: what changes on its tile is camwall's doing.
    let wall = subs(&server, &["cam6", "cam9"], r#"overlay: (clock: false, stale_after: "1s")"#);
    let snapshot = wall.file("wall.png");
    let run = Run::offscreen_of("1280x360", &wall).args(["--snapshot"]);
    let mut camwall = run.args([&snapshot]).start();
    camwall.wait_for("both live", SOON, StatusLine::all_live);
    camwall.wait_file(&snapshot, SOON);
    let before = Picture::read(&snapshot);
    server.tell("freeze cam6");
    let line = camwall.wait_for("stale", SOON, |line| line.is("cam6", "stale"));
    assert!(line.camera("cam9").is_live(), "{line:#?}");
    // Whenever a line was written, what was too old was not called live.
    for line in camwall.lines() {
        let CameraLine { state, frame_age_ms, .. } = line.camera("cam6");
        let too_old = frame_age_ms.is_some_and(|age| age > 2000);
        assert!(!(state == "live" && too_old), "{line:#?}");
    }
    assert_eq!(camwall.terminate().code, Some(0));
    let after = Picture::read(&snapshot);

    // Inside a tile, between the label above and the band across the middle.
    let [frozen, live] = [0, 640].map(|x| Tile { x: x + 64, y: 60, width: 512, height: 60 });
    let darker = after.mean(frozen) / before.mean(frozen);
    assert!((0.3..0.75).contains(&darker), "darkened: {darker}");
    let same = after.mean(live) / before.mean(live);
    assert!((0.85..1.15).contains(&same), "the live tile is as bright as before: {same}");
    let edges = |picture: &Picture| {
        let beside = Tile { x: frozen.x + 4, ..frozen };
        picture.distance(frozen, picture, beside) / picture.mean(frozen)
    };
    let (edges_before, edges_after) = (edges(&before), edges(&after));
    assert!(edges_after > 2.0 * edges_before, "hatched: {edges_before} to {edges_after}");

    server.tell("thaw cam6");
}

#[test]
fn a_lost_camera_comes_back_and_the_others_do_not_notice() {
    let _turn = turn();
    let mut server = Camsim::start(&[]);
    let wall = subs(&server, &["cam1", "cam2", "cam7"], "overlay: (clock: false)");
    let mut camwall = Run::offscreen(&wall).start();
    let others = ["cam1", "cam7"];
    camwall.wait_for("all live", SOON, StatusLine::all_live);
    let before = rates(&mut camwall, &others, 3);
    server.tell("drop cam2");
    camwall.wait_for("offline", SOON, |line| line.is("cam2", "offline"));
    let during = rates(&mut camwall, &others, 4);
    for (id, (before, during)) in others.iter().zip(before.iter().zip(&during)) {
        assert!(*during >= 0.9 * before, "{id}: {before} pictures/s fell to {during}");
        assert!(*before > 15.0, "{id}: {before} pictures/s of 25");
    }
    server.tell("restore cam2");
    let line = camwall.wait_for("live again", SOON, StatusLine::all_live);
    assert!(line.camera("cam2").reconnects >= 1, "{line:#?}");
    for id in others {
        assert_eq!(line.camera(id).reconnects, 0, "{line:#?}");
        let lines = camwall.lines();
        let since = lines.iter().skip_while(|line| !line.is(id, "live"));
        assert!(since.into_iter().all(|line| line.is(id, "live")), "{id} stays live");
    }
}

#[test]
fn a_camera_changes_its_size_without_a_break() {
    let _turn = half_turn();
    let mut server = Camsim::start(&[]);
    let wall = WallFile::new(&[("cam5", rtsp(&server.url("cam5/main")))], "");
    let mut camwall = Run::offscreen(&wall).start();
    let live = camwall.wait_for("live", SOON, StatusLine::all_live);
    assert_eq!((live.camera("cam5").width, live.camera("cam5").height), (1280, 720));
    let from = camwall.lines().len();
    server.tell("resize cam5");
    let large = |line: &StatusLine| line.camera("cam5").width == 1920;
    camwall.wait_for("another size", SOON, large);
    let line = camwall.wait_for("pictures of that size", SOON, StatusLine::all_live);
    assert_eq!((line.camera("cam5").width, line.camera("cam5").height), (1920, 1080));
    for line in &camwall.lines()[from..] {
        assert!(line.is("cam5", "live"), "never leaves live: {line:#?}");
        assert_eq!(line.camera("cam5").reconnects, 0, "{line:#?}");
    }
}

#[test]
fn unreachable_cameras_hurt_nobody() {
    let _turn = turn();
    let server = Camsim::start(&[]);
    // The kernel accepts; nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mute = format!("rtsp://{}/x", silent.local_addr().expect("an address"));
    let wall = WallFile::new(
        &[
            ("mute", rtsp(&mute)),
            ("closed", rtsp("rtsp://127.0.0.1:1/x")),
            ("cam1", rtsp(&server.url("cam1/sub"))),
            ("cam8", rtsp(&server.url("cam8/sub"))),
        ],
        "",
    );
    let mut camwall = Run::offscreen(&wall).start();
    let good = ["cam1", "cam8"];
    let line = camwall.wait_for("two live, one offline", SOON, |line| {
        good.iter().all(|id| line.camera(id).is_live()) && line.is("closed", "offline")
    });
    assert!(line.is("mute", "connecting"), "they did not wait for it: {line:#?}");
    for (id, rate) in good.iter().zip(rates(&mut camwall, &good, 4)) {
        assert!(rate >= 0.9 * 25.0, "{id}: {rate} pictures/s of 25");
    }
    // While one of them is still being waited for.
    let asked = Instant::now();
    assert_eq!(camwall.terminate().code, Some(0));
    assert!(asked.elapsed() < 3 * SECOND, "{:?}", asked.elapsed());
}
