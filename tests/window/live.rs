//! Live cameras in a window: streams change with the tile, a camera that is gone says so in its
//! place, and at the end every camera is told.

use std::time::Instant;

use image::RgbImage;

use testkit::window::screen::keep;
use testkit::window::session::{LAYOUTS, WindowSession, all};
use testkit::{Camsim, Picture, SECOND, SOON, Tile, WallFile, half_turn, turn};

/// A wall of six simulated cameras.
fn live(camsim: &Camsim, rest: &str) -> WallFile {
    let names = ["North gate", "Atrium", "Car park", "Loading dock", "Server room", "Stair B"];
    let fields = |(name, number): (&str, usize)| {
        let url = |stream: &str| camsim.url(&format!("cam{number}/{stream}"));
        let urls = (url("main"), url("sub"));
        let id = format!("cam{number}");
        (id, format!("name: {name:?}, main: {:?}, sub: {:?}, fit: Stretch", urls.0, urls.1))
    };
    let cameras: Vec<_> = names.into_iter().zip(1..).map(fields).collect();
    WallFile::new(&cameras, &format!("{LAYOUTS}\n{rest}"))
}

/// A rectangle without its frame and label.
fn inner([x, y, width, height]: [u32; 4]) -> Tile {
    Tile { x, y, width, height }.inner(0.15)
}

/// How alike two parts of screenshots are, whatever their sizes: the correlation of 16 × 9 mean
/// colours. Pictures that move stay alike, different cameras do not.
fn likeness(a: (&RgbImage, Tile), b: (&RgbImage, Tile)) -> f64 {
    let small = |(shot, tile): (&RgbImage, Tile)| -> Vec<f64> {
        let part = image::imageops::crop_imm(shot, tile.x, tile.y, tile.width, tile.height);
        let thumbnail = image::imageops::thumbnail(&part.to_image(), 16, 9);
        let samples: Vec<f64> = thumbnail.pixels().flat_map(|p| p.0.map(f64::from)).collect();
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        samples.into_iter().map(|sample| sample - mean).collect()
    };
    let (a, b) = (small(a), small(b));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt().max(1.0)
}

/// Whose picture a part of a screenshot is: the camera whose tile of `grid`, a screenshot of layout
/// `all`, it is most like, if it is at all.
fn whose(grid: &RgbImage, shot: &RgbImage, part: [u32; 4]) -> Result<u32, String> {
    let like = |tile| likeness((shot, inner(part)), (grid, inner(tile)));
    let scores = all().map(|(tile, camera)| (like(tile), camera));
    match scores.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((score, camera)) if score > 0.3 => Ok(camera),
        _ => Err(format!("like no camera: {scores:.2?}")),
    }
}

/// Waits until one camera alone is on the screen.
fn until_like(session: &WindowSession, what: &str, grid: &RgbImage, number: u32) -> RgbImage {
    session.until_shot(what, |shot| match whose(grid, shot, [0, 0, 1280, 720])? {
        camera if camera == number => Ok(()),
        other => Err(format!("camera {other}")),
    })
}

#[test]
fn a_camera_alone_shows_its_main_stream() {
    let _turn = turn();
    let camsim = Camsim::start(&["--cameras", "6"]);
    let mut session = WindowSession::open(live(&camsim, ""));
    let grid = session.screen.shot();
    keep(&grid, "live-grid");
    for number in [2, 6] {
        let id = format!("cam{number}");
        session.keys(&[&number.to_string(), "Return"]);
        let start = Instant::now();
        let line = session.camwall.wait_for("the main stream", SOON, |line| {
            line.camera(&id).stream == "main" && line.camera(&id).width > 640
        });
        assert!(start.elapsed() < 4 * SECOND, "took {:?}", start.elapsed());
        let others = line.cameras.iter().filter(|camera| camera.id != id);
        assert!(others.clone().all(|camera| camera.stream == "sub"), "{line:#?}");
        keep(&until_like(&session, "that camera", &grid, number), &format!("live-alone-{number}"));
        session.keys(&["Escape"]);
        session.camwall.wait_for("the sub stream again", SOON, |line| {
            line.cameras.iter().all(|camera| camera.stream == "sub" && camera.is_live())
        });
    }
}

/// Main and sub stream come and go with the tile: that the camera refuses TCP is learned once for
/// each of them, not each time.
#[test]
fn a_stream_that_is_opened_again_knows_its_transport() {
    let _turn = half_turn();
    let camsim = Camsim::start(&["--cameras", "6", "--transport", "udp"]);
    let mut session = WindowSession::open(live(&camsim, ""));
    session.keys(&["2"]);
    // Each of its two streams finds its way once.
    for (key, stream, detours) in
        [("Return", "main", 2), ("Escape", "sub", 2), ("Return", "main", 2)]
    {
        session.keys(&[key]);
        let line = session.camwall.wait_for(stream, SOON, |line| {
            line.camera("cam2").stream == stream && line.camera("cam2").is_live()
        });
        assert_eq!(line.camera("cam2").reconnects, detours, "{key} {stream}: {line:#?}");
    }
}

#[test]
fn digital_zoom_calls_for_the_main_stream() {
    let _turn = half_turn();
    let mut camsim = Camsim::start(&["--cameras", "6"]);
    let mut session = WindowSession::open(live(&camsim, ""));
    // One turn of the wheel over camera 2: its tile of 360 lines would need 560.
    session.click(640, 180, 4, 1);
    session.camwall.wait_for("the main stream", SOON, |line| {
        let mains = line.cameras.iter().filter(|camera| camera.stream == "main");
        mains.map(|camera| camera.id.as_str()).eq(["cam2"]) && line.all_live()
    });
    session.keys(&["0"]);
    session.camwall.wait_for("the sub stream again", SOON, |line| {
        line.cameras.iter().all(|camera| camera.stream == "sub" && camera.is_live())
    });
    assert_eq!(camsim.tell("stat")["connections"], 8, "six, and camera 2 there and back");
}

#[test]
fn a_sub_stream_that_never_comes_leaves_the_main_stream_on_the_wall() {
    let _turn = half_turn();
    let mut camsim = Camsim::start(&["--cameras", "6"]);
    let urls = |number: usize| {
        let [main, sub] = ["main", "sub"].map(|kind| camsim.url(&format!("cam{number}/{kind}")));
        // Nobody listens there.
        (main, if number == 1 { "rtsp://127.0.0.1:1/x".to_owned() } else { sub })
    };
    let camera = |number| {
        let (main, sub) = urls(number);
        (format!("cam{number}"), format!("main: {main:?}, sub: {sub:?}"))
    };
    let cameras: Vec<_> = (1..=6).map(camera).collect();
    // Camera 1 begins in a tile of 480 lines, then gets one of 360.
    let rest = format!("{LAYOUTS}\nshow: \"big\",");
    let mut session = WindowSession::open(WallFile::new(&cameras, &rest));
    let begun = session.camwall.lines().len();
    session.keys(&["F1"]);
    session.camwall.wait_until("some seconds in the small tile", SOON, |lines| {
        lines.len() > begun && lines[lines.len() - 1].t - lines[begun].t > 3.0
    });
    for line in &session.camwall.lines()[begun..] {
        let camera = line.camera("cam1");
        assert_eq!(camera.stream, "main", "{line:#?}");
        assert!(line.is("cam1", "live"), "{line:#?}");
    }
    assert_eq!(camsim.tell("stat")["connections"], 6, "one each");
}

#[test]
fn a_camera_that_is_gone_says_so_in_its_place() {
    let _turn = half_turn();
    let mut camsim = Camsim::start(&["--cameras", "6"]);
    let mut session = WindowSession::open(live(&camsim, ""));
    let before = Picture(session.screen.shot());
    camsim.tell("drop cam2");
    session.camwall.wait_for("cam2 is not live, the others are", SOON, |line| {
        line.cameras.iter().all(|camera| camera.is_live() == (camera.id != "cam2"))
    });
    // A band with large letters across the middle: dark ground, and letters that are not.
    let [x, y, width, height] = all()[1].0;
    let band = Tile { x: x + width / 2 - 60, y: y + height / 2 - 8, width: 120, height: 16 };
    let share = |picture: &Picture, bright: bool| {
        let all = picture.pixels(band).count();
        let level = |pixel: &[u8; 3]| u32::from(*pixel.iter().max().unwrap_or(&0));
        let fits = |pixel: &[u8; 3]| if bright { level(pixel) > 150 } else { level(pixel) < 90 };
        picture.pixels(band).filter(fits).count() as f64 / all as f64
    };
    let shot = session.until_shot("the band", |shot| {
        let shares = [true, false].map(|bright| share(&Picture(shot.clone()), bright));
        if shares[0] > 0.1 && shares[1] > 0.4 { Ok(()) } else { Err(format!("{shares:?}")) }
    });
    keep(&shot, "live-gone");
    let bright = share(&before, false);
    assert!(bright < 0.4, "the band would not be noticed: {bright} was dark before");
    // The others stand where they stood; that they move the status lines have said.
    // Camera 4's gradient turns round as a whole and is not like itself for long; the others move,
    // and are like themselves again and again.
    for (tile, camera) in all().into_iter().filter(|(_, camera)| ![2, 4].contains(camera)) {
        session.until_shot("a camera in its place", |shot| match whose(&before.0, shot, tile)? {
            seen if seen == camera => Ok(()),
            other => Err(format!("camera {other} in the tile of {camera}")),
        });
    }
    // The help leaves the state of the tiles beside it readable.
    session.keys(&["h"]);
    keep(&session.until_help("help over live cameras", true), "live-gone-help");
    session.keys(&["h"]);
    camsim.tell("freeze cam5");
    session.camwall.wait_for("cam5 is stale", SOON, |line| line.is("cam5", "stale"));
    session.screen.keep("live-stale");
    session.keys(&["5", "Return"]);
    session.camwall.wait_for("a line later", SOON, |_| true);
    session.screen.keep("live-stale-alone");
    camsim.tell("thaw cam5");
    camsim.tell("restore cam2");
    session.keys(&["Escape"]);
    session.camwall.wait_for("all are back", SOON, |line| line.all_live());
    session.screen.keep("live-back");
}

#[test]
fn every_camera_is_told_when_ctrl_q_ends_the_wall() {
    let _turn = turn();
    let mut camsim = Camsim::start(&["--cameras", "6"]);
    let session = WindowSession::open(live(&camsim, ""));
    let start = Instant::now();
    session.keys(&["ctrl+q"]);
    let ended = session.camwall.finish(10 * SECOND);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(start.elapsed() < 2 * SECOND, "it took {:?}", start.elapsed());
    for number in 1..=6 {
        camsim.expect("teardown", &format!("cam{number}"), SECOND);
    }
    camsim.expect_nobody(SECOND);
}
