//! What a hidden camera costs: 36 cameras of which nine are shown, against a wall of the nine alone.
//!
//! The two take turns, because the machines that this runs on drift. The simulated cameras are a
//! process of their own, so what they use is not counted.

use testkit::{Camsim, SECOND, SOON, WallFile, rtsp};

use super::{
    ROUNDS, limit, load,
    stage::{self, Stage},
};

/// Cameras of the large wall, and of each of its layouts.
const CAMERAS: usize = 36;
const SHOWN: usize = 9;

/// Of all cameras, 1/s.
const RATE: f64 = 25.0;

/// What may be used more than by the shown cameras alone: this times theirs, and this part of a
/// core for each hidden one.
const FACTOR: f64 = 1.1;
const EACH: f64 = 0.004;

/// What one wall was found to use.
struct Found {
    cores: f64,
    /// Threads that decode.
    decoders: f64,
    /// Cameras that sent something all the time.
    connected: f64,
    /// Frames a second on the tile that shows fewest.
    shown: f64,
}

/// Prints both walls and what a hidden camera costs.
pub fn measure(_: Option<&str>) -> bool {
    let sim = Camsim::start(&["--cameras", "36", "--size", "720", "--codec", "h264"]);
    let rounds: Vec<_> = (0..ROUNDS).map(|_| [SHOWN, CAMERAS].map(|n| wall(&sim, n))).collect();
    let median = |which: usize, field: fn(&Found) -> f64| {
        load::median(rounds.iter().map(|round| field(&round[which])))
    };
    println!("\nwall of 1280x720p25          cores  decoding threads  connected  shown/s");
    for (which, cameras) in [SHOWN, CAMERAS].into_iter().enumerate() {
        println!(
            "{cameras:>2} cameras, {SHOWN} of them shown {:>6.3} {:>17} {:>10} {:>8.2}",
            median(which, |it| it.cores),
            median(which, |it| it.decoders),
            median(which, |it| it.connected),
            median(which, |it| it.shown),
        );
    }
    let of_round = |figure: fn(f64, f64) -> f64| {
        load::median(rounds.iter().map(|[alone, all]| figure(alone.cores, all.cores)))
    };
    let hidden = (CAMERAS - SHOWN) as f64;
    let each = 100.0 * of_round(|alone, all| all - alone) / hidden;
    println!("a hidden camera costs {each:.2} % of a core; ratio {:.3}", of_round(|a, b| b / a));
    let most = FACTOR * median(0, |it| it.cores) + EACH * hidden;
    let in_time = median(0, |it| it.shown).min(median(1, |it| it.shown));
    [
        limit::at_most("cores of all", median(1, |it| it.cores), most),
        limit::at_least("cameras connected", median(1, |it| it.connected), CAMERAS as f64),
        limit::at_most("decoding threads", median(1, |it| it.decoders), SHOWN as f64),
        limit::at_least("shown/s, else cores can't be compared", in_time, 0.9 * RATE),
    ]
    .into_iter()
    .all(|met| met)
}

/// A wall of the first `cameras`, nine to a layout.
fn wall(sim: &Camsim, cameras: usize) -> Found {
    let id = |number: usize| format!("c{number}");
    let list: Vec<(String, String)> = (1..=cameras)
        .map(|number| (id(number), rtsp(&sim.url(&format!("cam{number}/main")))))
        .collect();
    let layouts: String = (1..=cameras)
        .step_by(SHOWN)
        .map(|first| {
            let ids: Vec<String> = (first..first + SHOWN).map(id).collect();
            format!("\"from {first}\": Grid(columns: 3, cameras: {ids:?}), ")
        })
        .collect();
    let wall = WallFile::new(&list, &format!("layouts: {{ {layouts} }}"));
    let stage = Stage::open(&wall);
    let all = format!("{SHOWN} of {cameras} cameras shown, all connected");
    stage.until(&all, 2 * SOON, |line| {
        let shown = line.cameras.iter().take(SHOWN).all(|camera| camera.is_live());
        shown && line.cameras.iter().all(|camera| camera.bitrate_kbps > 0)
    });
    std::thread::sleep(load::WARM_UP);
    let (cores, from) = stage.cores(load::SPAN);
    let decoders = stage.process().threads();
    let decoders = decoders.iter().filter(|name| name.ends_with(".decode")).count() as f64;
    let mut silent = vec![false; cameras];
    stage.lines(from + SECOND.as_secs_f64(), |line| {
        for (silent, camera) in silent.iter_mut().zip(&line.cameras) {
            *silent |= camera.bitrate_kbps == 0;
        }
    });
    let connected = silent.iter().filter(|silent| !**silent).count() as f64;
    let shown = stage::least(stage::shown(&stage, from).into_iter().take(SHOWN));
    Found { cores, decoders, connected, shown }
}
