//! Two windows of one program against one alone: how many pictures a second each shows.
//!
//! Both show the same camera of 1280×720p50, each on a monitor of its own, on Xorg without hardware. A
//! picture counts when it is on the screen, by its barcode. Windows that wait for their displays one after
//! the other would show half as many.

use std::{thread, time::Duration};

use testkit::{
    Camsim, Run, SECOND, SOON, WallFile, rtsp, window::display::Display, window::xorg::Xorg,
};

use super::{ROUNDS, barcode::Eye, delay::BARE, limit, load};

/// The camera's pictures a second.
const RATE: &str = "50";

/// How long pictures are counted.
const SPAN: Duration = Duration::from_secs(10);

/// Each window shows at least this part of what one alone does. Where a CPU draws, a second window costs it
/// twice the time (0.89 on two cores); windows that wait for each other would show half.
const LEAST: f64 = 0.8;

/// How often it is looked at the screen: more than twice a picture.
const PAUSE: Duration = Duration::from_millis(4);

/// The walls, their monitors, and a point in the first cell of the barcode on each.
const WALLS: [(&str, &str, (i16, i16)); 2] =
    [("left", "DUMMY0", (0, 16)), ("right", "DUMMY1", (1280, 16))];

/// Prints the rates of each window, alone and together.
pub fn measure(_: Option<&str>) -> bool {
    let sim = Camsim::start(&["--cameras", "1", "--size", "720", "--rate", RATE]);
    let display = Xorg::start();
    let rounds: Vec<_> =
        (0..ROUNDS).map(|_| (shown(&sim, &display, 1)[0], shown(&sim, &display, 2))).collect();
    let alone = load::median(rounds.iter().map(|(alone, _)| *alone));
    let both = [0, 1].map(|index| load::median(rounds.iter().map(|(_, both)| both[index])));
    println!("\none camera of 1280x720p{RATE} in one window and in two, pictures/s on the screen:");
    println!("alone {alone:.1}, together {:.1} and {:.1}", both[0], both[1]);
    let slower = both[0].min(both[1]) / alone;
    limit::at_least("the slower of two windows against one alone", slower, LEAST)
}

/// Pictures a second in each of so many windows.
fn shown(sim: &Camsim, display: &Xorg, count: usize) -> Vec<f64> {
    let walls = &WALLS[..count];
    let wall =
        |(name, monitor, _): &(&str, &str, _)| format!("{name:?}: (monitor: Name({monitor:?})), ");
    let rest = format!("{BARE}, walls: {{ {} }}", walls.iter().map(wall).collect::<String>());
    let file = WallFile::new(&[("c", rtsp(&sim.url("cam1/main")))], &rest);
    let run = display.prepare(Run::bare([file.path()])).status_file(file.file("status.jsonl"));
    let mut camwall = run.start();
    camwall.wait_for("the camera is live", 2 * SOON, |line| line.all_live());
    let watch = |(_, _, at): &(&str, &str, (i16, i16))| {
        let eye = Eye::on(&display.screen.name(), *at, 1280);
        let end = std::time::Instant::now() + SOON;
        while eye.number().is_none() {
            assert!(std::time::Instant::now() < end, "no picture at {at:?}");
            thread::sleep(SECOND / 50);
        }
        // What comes at once at the beginning is not counted.
        thread::sleep(2 * SECOND);
        eye.watch(SPAN, usize::MAX, PAUSE).len() as f64 / SPAN.as_secs_f64()
    };
    thread::scope(|scope| {
        let watched: Vec<_> = walls.iter().map(|wall| scope.spawn(move || watch(wall))).collect();
        watched.into_iter().map(|it| it.join().expect("an eye")).collect()
    })
}
