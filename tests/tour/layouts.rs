//! A tour of layouts.

use std::time::{Duration, Instant};

use image::RgbImage;
use testkit::window::screen::keep;
use testkit::window::session::{WindowSession, all};
use testkit::{SECOND, SOON, half_turn};

use crate::{Shown, alone, open, shows, until, wall};

/// Names and states away; a clock, above which the tour is told.
const QUIET: &str = "overlay: (name: false, state: false),";

/// Where each layout's pictures lie.
fn layouts() -> [Vec<Shown>; 3] {
    let four = [[0, 0], [640, 0], [0, 360], [640, 360]];
    let four = (1..).zip(four).map(|(camera, [x, y])| ([x, y, 640, 360], camera)).collect();
    let big = vec![
        ([0, 0, 853, 480], 1),
        ([853, 0, 427, 240], 2),
        ([853, 240, 427, 240], 3),
        ([853, 480, 427, 240], 4),
        ([0, 480, 427, 240], 5),
        ([427, 480, 426, 240], 6),
    ];
    [all().to_vec(), four, big]
}

/// Which of these layouts a screenshot shows, each of their tiles with its picture.
fn shown(shot: &RgbImage, layouts: &[Vec<Shown>]) -> Vec<usize> {
    let whole = layouts.iter().enumerate().filter(|(_, tiles)| shows(shot, tiles).is_ok());
    whole.map(|(layout, _)| layout).collect()
}

/// Looks at the wall again and again for so long: which of these layouts followed each other, and since
/// when. Every screenshot shows one of them with all its pictures.
pub fn watch(
    session: &WindowSession,
    layouts: &[Vec<Shown>],
    (time, name): (Duration, &str),
) -> Vec<(usize, Duration)> {
    let start = Instant::now();
    let mut seen: Vec<(usize, Duration)> = Vec::new();
    let mut shots = 0;
    let mut last: Option<RgbImage> = None;
    while start.elapsed() < time {
        let shot = session.screen.shot();
        let at = start.elapsed();
        shots += 1;
        let [layout] = shown(&shot, layouts)[..] else {
            keep(&shot, &format!("FAILED {name} {shots}"));
            panic!("{name}: no whole layout, {shots} shots in, after {seen:?}");
        };
        if seen.last().is_none_or(|(last, _)| *last != layout) {
            if let Some(last) = &last {
                keep(last, &format!("{name}-{}-before", seen.len()));
                keep(&shot, &format!("{name}-{}-after", seen.len()));
            }
            seen.push((layout, at));
        }
        last = Some(shot);
    }
    eprintln!("{name}: {shots} screenshots, {seen:?}");
    // Four a second at least, also on a busy computer.
    assert!(shots > 4 * time.as_secs(), "{shots} screenshots");
    seen
}

/// How long each layout was to be seen that came and went.
fn times(seen: &[(usize, Duration)]) -> Vec<(usize, f64)> {
    let whole = seen.windows(2).skip(1);
    whole.map(|pair| (pair[0].0, (pair[1].1 - pair[0].1).as_secs_f64())).collect()
}

fn toured(tour: &str) -> testkit::WallFile {
    let rest = format!(
        r#"{QUIET} tours: {{ "rounds": ({tour}, steps: [
            (show: "all"), (show: "four", for: "4s"), (show: "big"),
        ]) }}, show: "rounds","#
    );
    wall("", &rest)
}

#[test]
fn every_picture_of_every_step_is_there_from_its_first_moment_on() {
    let _turn = half_turn();
    let session = open(toured(r#"every: "3s""#));
    until(&session, "the first layout", &layouts()[0]);
    let seen = watch(&session, &layouts(), (Duration::from_secs(32), "tour"));
    let order: Vec<usize> = seen.iter().map(|(layout, _)| *layout).collect();
    let first = order[0];
    let wanted: Vec<usize> = (0..order.len()).map(|step| (first + step) % 3).collect();
    assert_eq!(order, wanted);
    assert!(order.len() >= 8, "{seen:?}");
    for (layout, time) in times(&seen) {
        let wanted = if layout == 1 { 4.0 } else { 3.0 };
        // More where a busy computer has not made the next step's pictures in time; a second is what it
        // may draw late.
        assert!((wanted - 1.0..wanted + 3.0).contains(&time), "layout {layout}: {time} s");
    }
}

#[test]
fn a_key_pauses_it_and_it_comes_back_by_itself_and_by_its_key() {
    let _turn = half_turn();
    let session = open(toured(r#"every: "3s", resume_after: "6s""#));
    let [first, four, big] = layouts();
    until(&session, "the tour goes on", &four);
    // Another layout, for as long as somebody is about.
    let pressed = Instant::now();
    session.keys(&["F3"]);
    keep(&until(&session, "a layout by its key", &big), "tour-paused");
    until(&session, "its layout comes back", &four);
    let paused = pressed.elapsed().as_secs_f64();
    assert!((6.0..14.0).contains(&paused), "after {paused} s");
    until(&session, "and it goes on", &big);
    // Somebody looks at one camera: no time is too long.
    session.keys(&["Home", "Return"]);
    until(&session, "one camera", &alone(1));
    let seen = Instant::now();
    while seen.elapsed() < 10 * SECOND {
        let shot = session.screen.shot();
        assert_eq!(shows(&shot, &alone(1)), Ok(()), "{:?}", seen.elapsed());
    }
    // T has it go on at once, and stop for good.
    session.keys(&["t"]);
    until(&session, "its layout", &big);
    session.keys(&["t"]);
    let stopped = watch(&session, &layouts(), (10 * SECOND, "tour-stopped"));
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert_eq!(stopped[0].0, 2);
    // A key that does nothing is a key.
    session.keys(&["t"]);
    until(&session, "it goes on", &first);
    session.keys(&["space"]);
    let paused = watch(&session, &layouts(), (5 * SECOND, "tour-space"));
    assert_eq!(paused.len(), 1, "{paused:?}");
}

#[test]
fn what_comes_next_is_decoded_before_it_is_shown_and_no_longer_than_it_is() {
    let _turn = testkit::turn();
    let camsim = testkit::Camsim::start(&["--cameras", "4"]);
    let camera = |number: usize| {
        let sub = camsim.url(&format!("cam{number}/sub"));
        (format!("cam{number}"), format!("main: {sub:?}"))
    };
    let cameras: Vec<_> = (1..=4).map(camera).collect();
    let rest = r#"layouts: {
        "one": Grid(columns: 2, cameras: ["cam1", "cam2"]),
        "two": Grid(columns: 2, cameras: ["cam3", "cam4"]),
    }, tours: { "rounds": (every: "8s", steps: [(show: "one"), (show: "two")]) }, show: "rounds","#;
    let opened = (
        testkit::WallFile::new(&cameras, rest),
        &["--size", "1280x720", "--status-every", "250ms"][..],
    );
    let live = |line: &testkit::StatusLine| line.camera("cam1").is_live();
    let screen = testkit::window::screen::Screen::start();
    let mut session = WindowSession::open_until(screen, opened, false, live);
    let decoded = |line: &testkit::StatusLine, id: &str| line.camera(id).fps_decoded > 0.0;
    let shown = |line: &testkit::StatusLine, id: &str| line.camera(id).fps_shown > 0.0;
    for round in 0..2 {
        let others = session.camwall.wait_for("only the first two", SOON, |line| {
            decoded(line, "cam1") && !decoded(line, "cam3") && !decoded(line, "cam4")
        });
        assert!(!shown(&others, "cam3"), "{round}: {others:#?}");
        session.camwall.wait_for("warm and not shown", SOON, |line| {
            decoded(line, "cam3") && decoded(line, "cam4") && !shown(line, "cam3")
        });
        session.camwall.wait_for("shown", SOON, |line| shown(line, "cam3") && shown(line, "cam4"));
        session.camwall.wait_for("the first two no longer", SOON, |line| {
            shown(line, "cam3") && !decoded(line, "cam1") && !decoded(line, "cam2")
        });
    }
}
