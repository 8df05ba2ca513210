//! From the key to the picture: how soon a hidden camera is on the screen.
//!
//! Two cameras of 1280×720p25 are recorded and hidden, one with a key frame each 2 s, the other each
//! 10 s. A key changes to their layout; the time ends when the screen has a frame that is current,
//! by its barcode and by what the simulated camera has sent. An old picture does not end it.

use std::{
    thread,
    time::{Duration, Instant},
};

use testkit::{Camsim, SECOND, SOON, WallFile, rtsp, trend::quantile};

use super::{
    barcode::{Eye, Sent, trace_in},
    click, clips,
    keys::{self, Keyboard},
    limit,
    stage::Stage,
};

/// Times that each is shown.
const TRIES: u32 = 15;

/// A picture is current where no more frames than these were sent after it: 0.2 s.
const CURRENT: u32 = 5;

/// Median for a key frame each 2 s, ms.
const LIMIT_MS: f64 = 200.0;

/// Nobody waits longer: more than the longest group.
const PATIENCE: Duration = SOON;

/// The cameras' names on the wall, and the seconds between their key frames.
const CAMERAS: [(&str, u32); 2] = [("gop2", 2), ("gop10", 10)];

/// Prints both, and what looking at every camera once leaves in memory.
pub fn measure(_: Option<&str>) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, trace_arg) = trace_in(folder.path());
    let films = clips::of_group_lengths();
    let args = ["--cameras", "3", "--subs", "720", "--trace-sent", &trace_arg];
    let sim = Camsim::start_with_clips(films.path(), &args);
    let main = |number: u32| rtsp(&sim.url(&format!("cam{number}/main")));
    let wall = WallFile::new(
        &[
            (CAMERAS[0].0, format!("{}, record: Always", main(1))),
            (CAMERAS[1].0, format!("{}, record: Always", main(2))),
            ("bars", format!("{}, watch: (frozen: false, dark: false)", main(3))),
        ],
        r#"layouts: {
            "bars": Grid(columns: 1, cameras: ["bars"]),
            "gop2": Grid(columns: 1, cameras: ["gop2"]),
            "gop10": Grid(columns: 1, cameras: ["gop10"]),
        },
        overlay: (name: false, state: false, clock: false),
        recording: (dir: "rec", keep: (free: "1MB")),"#,
    );
    let stage = Stage::open(&wall);
    stage.until("all are connected and recorded", 2 * SOON, |line| {
        line.camera("bars").is_live() && CAMERAS.iter().all(|(id, _)| line.camera(id).recording)
    });
    let mut bench = Bench {
        keyboard: Keyboard::on(&stage.screen.display),
        // Above the word REC.
        eye: Eye::on(&stage.screen.display, (0, 6), 1920),
        sent: Sent::open(&trace),
        random: fastrand::Rng::with_seed(1),
    };
    println!("\nfrom the key to the current picture of a hidden, recorded camera of 1280x720p25:");
    let medians = [0, 1].map(|which| {
        let mut times: Vec<f64> = (0..TRIES).map(|_| bench.show(which)).collect();
        let median = quantile(&mut times, 0.5);
        let worst = quantile(&mut times, 1.0);
        let every = CAMERAS[which].1;
        println!(
            "key frame each {every:>2} s: median {median:.0} ms, worst {worst:.0} ms of {TRIES}"
        );
        median
    });
    drop(stage);
    let met = limit::at_most("median with a key frame each 2 s, ms", medians[0], LIMIT_MS);
    click::measure() && met
}

struct Bench {
    keyboard: Keyboard,
    eye: Eye,
    sent: Sent,
    random: fastrand::Rng,
}

impl Bench {
    /// Shows one of [`CAMERAS`] and hides it again; milliseconds until it was there.
    fn show(&mut self, which: usize) -> f64 {
        self.keyboard.press(keys::layout(1));
        wait("it is hidden", || self.eye.number().is_none());
        // Anywhere in a group of pictures.
        thread::sleep(SECOND.mul_f64(2.0 + 3.0 * self.random.f64()));
        let stream = format!("cam{} main", which + 1);
        let number = u32::try_from(which).unwrap_or_default() + 2;
        let start = Instant::now();
        self.keyboard.press(keys::layout(number));
        wait(CAMERAS[which].0, || {
            let Some(number) = self.eye.number() else { return false };
            self.sent.read_on();
            let newest = self.sent.newest(&stream).expect("it is being sent").0 % clips::PICTURES;
            (newest + clips::PICTURES - number) % clips::PICTURES <= CURRENT
        });
        start.elapsed().as_secs_f64() * 1000.0
    }
}

/// Looks each millisecond whether something is as it should be.
fn wait(what: &str, mut is_there: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_there() {
        assert!(Instant::now() < end, "not on the screen in time: {what}");
        thread::sleep(SECOND / 1000);
    }
}
