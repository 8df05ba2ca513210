//! What nobody sees: received, and not decoded.

use testkit::window::screen::Screen;
use testkit::window::session::WindowSession;
use testkit::{Camsim, SOON, StatusLine, WallFile, turn};

/// Six cameras, three in each of two layouts, in tiles that their sub streams serve.
fn wall(camsim: &Camsim, rest: &str) -> WallFile {
    let camera = |number: usize| {
        let [main, sub] = ["main", "sub"].map(|kind| camsim.url(&format!("cam{number}/{kind}")));
        (format!("cam{number}"), format!("main: {main:?}, sub: {sub:?}"))
    };
    let cameras: Vec<_> = (1..=6).map(camera).collect();
    let layouts = r#"layouts: {
        "day": Grid(columns: 2, cameras: ["cam1", "cam2", "cam3"]),
        "night": Grid(columns: 2, cameras: ["cam4", "cam5", "cam6"]),
    },"#;
    WallFile::new(&cameras, &format!("{layouts}\n{rest}"))
}

/// Whether all cameras are received and live, and exactly these are decoded and shown.
fn decodes(line: &StatusLine, shown: &[&str]) -> bool {
    line.cameras.iter().all(|camera| {
        let seen = shown.contains(&camera.id.as_str());
        let right = [camera.fps_decoded, camera.fps_shown].map(|fps| fps > 0.0) == [seen; 2];
        right && camera.state == "live" && camera.bitrate_kbps > 0
    })
}

/// Waits until exactly these cameras are decoded; then they are for two lines more.
fn until(session: &mut WindowSession, what: &str, shown: &[&str]) {
    session.camwall.wait_for(what, SOON, |line| decodes(line, shown));
    for _ in 0..2 {
        let line = session.camwall.wait_for("a line later", SOON, |_| true);
        assert!(decodes(&line, shown), "{what}: {line:#?}");
    }
}

const DAY: [&str; 3] = ["cam1", "cam2", "cam3"];
const NIGHT: [&str; 3] = ["cam4", "cam5", "cam6"];

#[test]
fn only_the_layout_that_is_shown_is_decoded() {
    let _turn = turn();
    let mut camsim = Camsim::start(&["--cameras", "6"]);
    let opened = (wall(&camsim, ""), &["--size", "1280x720"][..]);
    let wanted = |line: &StatusLine| decodes(line, &DAY);
    let mut session = WindowSession::open_until(Screen::start(), opened, false, wanted);
    for (key, shown) in [("F1", DAY), ("F2", NIGHT), ("F1", DAY)] {
        session.keys(&[key]);
        until(&mut session, key, &shown);
    }
    let line = session.camwall.lines().pop().expect("lines");
    assert!(line.cameras.iter().all(|camera| camera.stream == "sub"), "{line:#?}");
    assert_eq!(camsim.tell("stat")["connections"], 6, "one each, for the whole time");

    for (key, stream, shown) in [("Return", "main", &DAY[..1]), ("Escape", "sub", &DAY)] {
        session.keys(&[key]);
        session.camwall.wait_for(stream, SOON, |line| line.camera("cam1").stream == stream);
        until(&mut session, key, shown);
    }
}

#[test]
fn a_layout_that_is_kept_warm_is_decoded_all_the_time() {
    let _turn = turn();
    let camsim = Camsim::start(&["--cameras", "6"]);
    let opened = (wall(&camsim, "prewarm: [\"night\"],"), &["--size", "1280x720"][..]);
    let decoded = |line: &StatusLine| line.cameras.iter().all(|camera| camera.fps_decoded > 0.0);
    let mut session = WindowSession::open_until(Screen::start(), opened, false, decoded);
    let begun = session.camwall.lines().len();
    session.keys(&["F2"]);
    until(&mut session, "the other layout", &NIGHT);
    for line in &session.camwall.lines()[begun..] {
        let warm = NIGHT.iter().all(|id| line.camera(id).fps_decoded > 0.0);
        assert!(warm, "without a break: {line:#?}");
    }
}
