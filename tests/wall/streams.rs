//! Main or sub stream: what the tile calls for is what it gets, and then it stays. The server counts
//! what the wall asks it for.

use std::time::Duration;

use testkit::{Camsim, Camwall, Run, SECOND, SOON, StatusLine, WallFile, half_turn, turn};

/// A wall of `cam1` to `camN`, each with main and sub stream.
fn wall(server: &Camsim, count: usize) -> WallFile {
    let camera = |n: usize| {
        let [main, sub] = ["main", "sub"].map(|kind| server.url(&format!("cam{n}/{kind}")));
        (format!("cam{n}"), format!("main: {main:?}, sub: {sub:?}"))
    };
    WallFile::new(&(1..=count).map(camera).collect::<Vec<_>>(), "overlay: (clock: false)")
}

/// Connections that the server has accepted.
fn connections(server: &mut Camsim) -> u64 {
    server.tell("stat")["connections"].as_u64().expect("a number")
}

/// Whether each camera is live on its stream of this list.
fn shows(line: &StatusLine, streams: &[&str]) -> bool {
    let streams = line.cameras.iter().zip(streams).all(|(camera, want)| camera.stream == *want);
    streams && line.all_live()
}

/// Lets it run until `time` after its first status line; no camera changes its stream on the way.
fn stays(camwall: &mut Camwall, time: Duration, streams: &[&str]) {
    let begun = camwall.lines().len();
    camwall.wait_until("time goes by", SOON, |lines| {
        let t = |line: Option<&StatusLine>| line.map_or(0.0, |line| line.t);
        t(lines.last()) - t(lines.first()) >= time.as_secs_f64()
    });
    for line in &camwall.lines()[begun..] {
        let now: Vec<&str> = line.cameras.iter().map(|camera| camera.stream.as_str()).collect();
        assert_eq!(now, streams, "{line:#?}");
    }
}

#[test]
fn small_sub_streams_cost_two_connections_a_camera_and_no_more() {
    let _turn = turn();
    let mut server = Camsim::start(&["--subs", "288"]);
    let wall = wall(&server, 9);
    let mut camwall = Run::offscreen_of("1920x1080", &wall).start();
    // A tile of 360 lines is too large for a picture of 288; that shows once the picture is there.
    let main = ["main"; 9];
    camwall.wait_for("all on their main streams", SOON, |line| shows(line, &main));
    stays(&mut camwall, 8 * SECOND, &main);
    let opened = connections(&mut server);
    eprintln!("{opened} connections in 8 s");
    assert!((9..=18).contains(&opened), "{opened} connections in 8 s");
}

#[test]
fn sub_streams_of_every_size_are_shown_where_they_serve() {
    let _turn = turn();
    let heights = [240, 288, 360, 480, 576];
    let mut server = Camsim::start(&["--subs", "240,288,360,480,576"]);
    let wall = wall(&server, 9);
    let mut camwall = Run::offscreen_of("1920x1080", &wall).start();
    let serves = |height: &u32| if *height < 300 { "main" } else { "sub" };
    let streams: Vec<&str> = heights.iter().cycle().take(9).map(serves).collect();
    let line = camwall.wait_for("each on its stream", SOON, |line| shows(line, &streams));
    for (camera, height) in line.cameras.iter().zip(heights.iter().cycle()) {
        let height = if camera.stream == "sub" { *height } else { 720 };
        assert_eq!(camera.height, height, "{camera:#?}");
    }
    stays(&mut camwall, 5 * SECOND, &streams);
    let mains = streams.iter().filter(|stream| **stream == "main").count() as u64;
    let opened = connections(&mut server);
    assert!(opened <= 9 + mains, "{opened} connections for {mains} changes");
}

#[test]
fn a_camera_that_changes_its_sub_stream_changes_streams_once() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "1", "--subs", "480"]);
    let wall = wall(&server, 1);
    let mut camwall = Run::offscreen(&wall).start();
    let line = camwall.wait_for("the sub stream", SOON, |line| shows(line, &["sub"]));
    assert_eq!(line.camera("cam1").height, 480);
    // A tile of 360 lines: 576 serve it as well as 480 do, 240 do not.
    server.tell("sub cam1 576");
    camwall.wait_for("its other size", SOON, |line| line.camera("cam1").height == 576);
    assert_eq!(connections(&mut server), 1);
    server.tell("sub cam1 240");
    camwall.wait_for("the main stream", SOON, |line| shows(line, &["main"]));
    let now = camwall.lines().last().map_or(0.0, |line| line.t);
    let begun = camwall.lines()[0].t;
    stays(&mut camwall, Duration::from_secs_f64(now - begun) + 3 * SECOND, &["main"]);
    assert_eq!(connections(&mut server), 2);
}

#[test]
fn a_sub_stream_that_does_not_come_makes_way_for_the_main_stream() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "2"]);
    let main = server.url("cam1/main");
    let cameras = [
        ("gone", format!("main: {main:?}, sub: {:?}", server.url("cam1/none"))),
        ("fine", format!("main: {main:?}, sub: {:?}", server.url("cam1/sub"))),
    ];
    let wall = WallFile::new(&cameras, "overlay: (clock: false)");
    let mut camwall = Run::offscreen_of("640x360", &wall).start();
    camwall.wait_for("the sub stream is asked first", SOON, |line| line.is("gone", "offline"));
    camwall.wait_for("the main stream instead", SOON, |line| shows(line, &["main", "sub"]));
    let line = camwall.lines().last().expect("a line").clone();
    assert!((5.0..12.0).contains(&line.t), "5 s after it failed, and a picture: {}", line.t);
    assert_eq!(server.tell("stat")["clients"], 2);
}
