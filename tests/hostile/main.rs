//! Cameras that want our memory, our screen or our log, one after the other beside three good ones: the
//! program's resident memory stays within 100 MB of the quiet wall's, the good ones lose no picture, and the
//! wall says what is wrong.
//!
//! Each is a row of `camsim --scripted` (`attack`) and a line of [`ATTACKS`]; its words are typed by hand.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod elsewhere;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use testkit::access_units::Clip;
use testkit::archive::{Archive, DIR};
use testkit::{Camwall, Run, SECOND, Scripted, WallFile, turn};

/// Good cameras and their clips.
const GOOD: [(&str, &str); 3] =
    [("good", "cam1-360.h264"), ("good-2", "cam2-360.h264"), ("good-3", "cam3-360.h264")];

/// How much more than the quiet wall's the resident memory may be, in KiB.
const LIMIT: u64 = 100 * 1024;
/// How long each attack lasts once the good cameras are live: each row has begun by then.
const LASTS: Duration = Duration::from_secs(10);
/// Lines of the log in an attack: those of three scopes of a camera, and the wall's own.
const LINES: usize = 150;

/// One attack, and what is to be seen of it.
struct Attack {
    row: &'static str,
    /// A state that it comes to.
    state: &'static str,
    /// What the log says.
    says: &'static str,
}

const fn attack(row: &'static str, state: &'static str, says: &'static str) -> Attack {
    Attack { row, state, says }
}

const ATTACKS: [Attack; 9] = [
    attack("endless-header", "offline", "too long a header"),
    attack("endless-sdp", "offline", "too long a body"),
    attack("many-streams", "offline", "more than 8 streams"),
    attack("many-complaints", "live", "h264 640x360"),
    attack("endless-picture", "offline", "an access unit of more than 16 MiB"),
    attack("wide-picture", "undecodable", "16400x64 is more than"),
    attack("vast-picture", "undecodable", "16000x16000 is more than"),
    attack("grows-vast", "undecodable", "16000x16000 is more than"),
    // Retina passes on one set of each kind; what FFmpeg passes on is refused by `PictureLimits`.
    attack("many-sets", "live", "h264"),
];

/// What was seen in one run.
struct Seen {
    /// The most that was resident, in KiB.
    resident: u64,
    states: BTreeSet<String>,
    log: String,
    wrong: Vec<String>,
}

#[test]
fn no_attack_takes_memory_or_pictures_of_others() {
    let _turn = turn();
    // Nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let quiet = run(&format!("rtsp://{nobody}/x"), &Scripted::start(&GOOD.map(|(row, _)| row)));
    assert!(quiet.wrong.is_empty(), "the quiet wall: {:?}", quiet.wrong);
    let mut wrong = Vec::new();
    for Attack { row, state, says } in ATTACKS {
        let rows: Vec<&str> = GOOD.iter().map(|(row, _)| *row).chain([row]).collect();
        let server = Scripted::start(&rows);
        let seen = run(server.url(row), &server);
        let more = seen.resident.saturating_sub(quiet.resident);
        eprintln!("{row}: {} MB more than {} MB", more / 1024, quiet.resident / 1024);
        if more > LIMIT {
            wrong.push(format!("{row}: {} MB more than the quiet wall", more / 1024));
        }
        if !seen.states.contains(state) {
            wrong.push(format!("{row}: never {state}, but {:?}", seen.states));
        }
        if !seen.log.contains(says) {
            wrong.push(format!("{row}: nobody says {says:?}:\n{}", seen.log));
        }
        let lines = seen.log.lines().count();
        if lines > LINES {
            wrong.push(format!("{row}: {lines} lines of log"));
        }
        wrong.extend(seen.wrong.into_iter().map(|what| format!("{row}: {what}")));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Runs a wall of the good cameras and one at `url`.
fn run(url: &str, server: &Scripted) -> Seen {
    let fields = |url: &str| format!("main: {url:?}, record: Always");
    let mut cameras: Vec<(String, String)> =
        GOOD.iter().map(|(row, _)| ((*row).to_owned(), fields(server.url(row)))).collect();
    cameras.push(("odd".to_owned(), fields(url)));
    let recording = format!("(dir: {DIR:?}, pre_roll: \"0s\", keep: (free: \"20MB\"))");
    let rest = format!("overlay: (clock: false), recording: {recording}");
    let wall = WallFile::new(&cameras, &rest);
    let mut camwall = Run::offscreen(&wall).args(["--status-every", "100ms"]).start();
    camwall.wait_for("the good ones are live", 20 * SECOND, |line| {
        GOOD.iter().all(|(row, _)| line.camera(row).is_live())
    });
    let resident = most_resident(&camwall);
    let lines = camwall.lines();
    let ended = camwall.terminate();
    let mut seen = Seen { resident, states: BTreeSet::new(), log: ended.stderr, wrong: Vec::new() };
    let live = lines.iter().skip_while(|line| !GOOD.iter().all(|(row, _)| line.is(row, "live")));
    for line in live {
        for (row, _) in GOOD {
            let camera = line.camera(row);
            if camera.lost + camera.reconnects > 0 || camera.state != "live" {
                seen.wrong.push(format!("{row} is {} at {} s", camera.state, line.t));
            }
        }
    }
    seen.states.extend(lines.iter().map(|line| line.camera("odd").state.clone()));
    let archive = Archive::of(&wall);
    for (row, clip) in GOOD {
        seen.wrong.extend(holes(&archive, row, clip));
    }
    seen
}

/// The most that is resident over the time of an attack.
fn most_resident(camwall: &Camwall) -> u64 {
    let until = Instant::now() + LASTS;
    let mut most = 0;
    while Instant::now() < until {
        most = most.max(camwall.resident_kb());
        std::thread::sleep(SECOND / 100);
    }
    most
}

/// Pictures that are missing in what was recorded of a good camera.
fn holes(archive: &Archive, name: &str, clip: &str) -> Option<String> {
    let timeline = archive.camera(name);
    let clip = Clip::read(clip);
    let units: Vec<usize> =
        timeline.segments.iter().flat_map(|it| clip.units_of(&timeline.path(it))).collect();
    let holes = units.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % clip.count()).count();
    let few = units.len() < 20 * LASTS.as_secs() as usize;
    (holes > 0 || few || !timeline.gaps.is_empty()).then(|| {
        format!("{holes} holes in {} pictures of {name}, {:?}", units.len(), timeline.gaps)
    })
}
