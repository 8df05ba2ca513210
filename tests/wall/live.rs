//! Cameras that do what they should: all on the wall, whatever their codec, client and transport.

use testkit::{
    CameraLine, Camsim, Picture, Run, SOON, StatusLine, Tile, WallFile, half_turn, rtsp,
};

/// A wall of the main and sub streams of `cam1` to `camN`.
fn both_streams(server: &Camsim, count: usize) -> WallFile {
    let camera = |n: usize| {
        let [main, sub] = ["main", "sub"].map(|kind| server.url(&format!("cam{n}/{kind}")));
        (format!("cam{n}"), format!("main: {main:?}, sub: {sub:?}"))
    };
    WallFile::new(&(1..=count).map(camera).collect::<Vec<_>>(), "overlay: (clock: false)")
}

/// Mean distance of a part's samples from their mean: nothing is on a flat picture.
fn contrast(picture: &Picture, tile: Tile) -> f64 {
    let mean = picture.mean(tile);
    let samples = || picture.pixels(tile).flatten().map(f64::from);
    samples().map(|sample| (sample - mean).abs()).sum::<f64>() / samples().count() as f64
}

#[test]
fn nine_cameras_are_live() {
    let _turn = half_turn();
    let server = Camsim::start(&[]);
    let wall = both_streams(&server, 9);
    let snapshot = wall.file("wall.png");
    let run = Run::offscreen_of("960x540", &wall).args(["--snapshot"]).args([&snapshot]);
    let mut camwall = run.start();
    let line = camwall.wait_for("nine cameras live", SOON, StatusLine::all_live);
    assert_eq!(line.cameras.len(), 9);
    for camera in &line.cameras {
        let h265 = ["cam7", "cam8"].contains(&camera.id.as_str());
        assert_eq!(camera.codec.as_deref(), Some(if h265 { "h265" } else { "h264" }));
        assert_eq!((camera.stream.as_str(), camera.width, camera.height), ("sub", 640, 360));
        assert!(camera.fps_decoded > 0.0 && camera.bitrate_kbps > 0, "{camera:#?}");
        assert_eq!((camera.reconnects, camera.recording), (0, false), "{camera:#?}");
        assert!(camera.frame_age_ms.is_some(), "{camera:#?}");
    }
    assert!(line.fps > 0.0, "{line:#?}");
    assert_eq!(camwall.terminate().code, Some(0));

    let picture = Picture::read(&snapshot);
    assert_eq!(picture.0.dimensions(), (960, 540));
    let tiles =
        [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|index| Tile::of_grid((960, 540), 3, 3, index).inner(0.1));
    for (i, a) in tiles.iter().enumerate() {
        assert!(contrast(&picture, *a) > 8.0, "tile {i} shows nothing");
        for (j, b) in tiles.iter().enumerate().skip(i + 1) {
            let distance = picture.distance(*a, &picture, *b);
            assert!(distance > 10.0, "tiles {i} and {j} show the same: {distance}");
        }
    }
}

#[test]
fn a_large_tile_gets_the_main_stream() {
    let _turn = half_turn();
    let server = Camsim::start(&["--size", "720"]);
    let wall = both_streams(&server, 1);
    let mut camwall = Run::offscreen_of("1280x720", &wall).start();
    let line = camwall.wait_for("live", SOON, StatusLine::all_live);
    let camera = line.camera("cam1");
    assert_eq!((camera.stream.as_str(), camera.width, camera.height), ("main", 1280, 720));
}

/// One live camera opened with these fields; its status and the log of the run.
fn live_with(fields: &str) -> (CameraLine, String) {
    let _turn = half_turn();
    let mut server = Camsim::start(&[]);
    let fields = format!("{}, {fields}", rtsp(&server.url("cam1/sub")));
    let wall = WallFile::new(&[("gate", fields)], "");
    let mut camwall = Run::offscreen(&wall).start();
    let line = camwall.wait_for("live", SOON, StatusLine::all_live);
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0));
    server.expect_nobody(SOON);
    (line.camera("gate").clone(), ended.stderr)
}

/// The log's line about how a camera is received.
fn described(log: &str) -> &str {
    let line = log.lines().find(|line| line.contains("gate: h264"));
    line.unwrap_or_else(|| panic!("no word about the camera in:\n{log}"))
}

#[test]
fn through_ffmpeg() {
    let (camera, log) = live_with("via: Ffmpeg");
    assert_eq!((camera.width, camera.height, camera.reconnects), (640, 360, 0));
    assert!(described(&log).contains("by FFmpeg"), "{log}");
}

#[test]
fn through_retina() {
    let (camera, log) = live_with("via: Retina");
    assert_eq!((camera.width, camera.height, camera.reconnects), (640, 360, 0));
    assert!(described(&log).contains("by retina over TCP"), "{log}");
}

/// With nothing said of a transport, as VLC's server answers.
#[test]
fn a_camera_that_refuses_tcp() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--transport", "udp"]);
    let wall = WallFile::new(&[("gate", rtsp(&server.url("cam1/sub")))], "");
    let mut camwall = Run::offscreen(&wall).start();
    let line = camwall.wait_for("live", SOON, StatusLine::all_live);
    assert_eq!(line.camera("gate").reconnects, 1, "{line:#?}");
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0));
    assert!(described(&ended.stderr).contains("by retina over UDP"), "{}", ended.stderr);
    server.expect_nobody(SOON);
}

#[test]
fn over_udp() {
    let (camera, log) = live_with("transport: Udp");
    assert_eq!(camera.reconnects, 0);
    assert!(described(&log).contains("UDP"), "{log}");
}
