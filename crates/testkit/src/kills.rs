//! Walls killed again and again while each records four cameras.

use std::collections::HashSet;
use std::path::PathBuf;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::archive::{Archive, DIR};
use super::ledger::Line;
use super::{Camsim, Camwall, Run, SECOND, SOON, WallFile, probed_file};

/// The cameras, whose small streams are recorded.
const CAMERAS: [&str; 4] = ["cam1", "cam2", "cam3", "cam4"];

/// The most that a kill may cost.
const LOSS: Duration = SECOND;

/// A kill that comes before a file's first cluster is on disk leaves nothing to play.
const YOUNG: SignedDuration = SignedDuration::from_secs(1);

/// Walls that are killed at the same time, each with a folder of its own: most of a life is waiting
/// for key frames.
const WALLS: usize = 5;

/// Kills camwall `count` times, at random times, and checks what is left each time and in the end.
pub fn survives(count: usize) {
    let seed = std::env::var("CAMWALL_KILLS").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("the same again: CAMWALL_KILLS={seed}");
    let server = Camsim::start(&["--cameras", "4"]);
    let losses = std::thread::scope(|scope| {
        let wall = |place: usize| {
            let own = count / WALLS + usize::from(place < count % WALLS);
            let (server, rng) = (&server, Rng::with_seed(seed.wrapping_add(place as u64)));
            scope.spawn(move || survives_here(server, rng, own))
        };
        let walls: Vec<_> = (0..WALLS).map(wall).collect();
        let join = |wall: ScopedJoinHandle<'_, Vec<_>>| {
            wall.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        walls.into_iter().flat_map(join).collect()
    });
    assert_losses(losses, count);
}

/// Kills one wall `count` times; what each kill cost each camera, in seconds, and which it was.
fn survives_here(server: &Camsim, mut rng: Rng, count: usize) -> Vec<(f64, String)> {
    let wall = WallFile::verbatim("");
    let archive = Archive::of(&wall);
    let (mut kills, mut played) = (Vec::new(), 0);
    for round in 0..count {
        let container = if round < count / 2 { "Matroska" } else { "Mp4" };
        describe(&wall, server, container);
        let camwall = recording(&wall, &archive);
        // Not a wait for anything: a moment at random.
        std::thread::sleep(Duration::from_secs_f64(1.5 * rng.f64()));
        kills.push(Timestamp::now());
        camwall.kill();
        if round % 2 == 0 {
            played += parts_play(&archive, kills[round]);
        }
    }
    let camwall = recording(&wall, &archive);
    assert_eq!(camwall.terminate().code, Some(0));
    assert!(played > 0, "no file was old enough to be looked at as the kill left it");
    let losses = losses(&archive, &kills);
    assert_files_play(&archive);
    losses
}

/// Writes the wall file; segments are short, so that kills also come while files change.
fn describe(wall: &WallFile, server: &Camsim, container: &str) {
    let camera = |id: &str| {
        format!("{id:?}: (main: {:?}, record: Always),", server.url(&format!("{id}/sub")))
    };
    let cameras: String = CAMERAS.map(camera).concat();
    let text = format!(
        r#"(cameras: {{ {cameras} }}, recording: (dir: "{DIR}", container: {container},
            segment: "3s", pre_roll: "0s", memory: "8MB", keep: (free: "50MB")))"#
    );
    std::fs::write(wall.path(), text).expect("a wall file");
}

/// A wall all of whose cameras have something in a new file.
fn recording(wall: &WallFile, archive: &Archive) -> Camwall {
    let left: HashSet<PathBuf> = archive.parts().into_iter().collect();
    let mut camwall = Run::offscreen_of("320x180", wall).start();
    camwall.wait_that("all cameras are recorded", SOON, || {
        let new = |camera: &&str| archive.growing(camera).is_some_and(|p| !left.contains(&p));
        CAMERAS.iter().all(new)
    });
    camwall
}

/// Checks that what is left plays as it is, where it is not too young; how many files did.
fn parts_play(archive: &Archive, killed: Timestamp) -> usize {
    let mut played = 0;
    for camera in CAMERAS {
        let lines = archive.camera(camera).lines;
        for part in archive.parts() {
            let name = part.file_name().expect("a name").to_string_lossy().into_owned();
            let opened = lines.iter().find_map(|line| match line {
                Line::Open { file, start, .. } if name == format!("{file}.part") => Some(*start),
                _ => None,
            });
            if opened.is_some_and(|start| killed.duration_since(start) > YOUNG) {
                assert!(probed_file::count(&part) > 0, "{}", part.display());
                played += 1;
            }
        }
    }
    played
}

/// Checks that each kill is one gap in each camera's ledger; how long before the kill it begins, in
/// seconds, and which it is.
fn losses(archive: &Archive, kills: &[Timestamp]) -> Vec<(f64, String)> {
    archive.verify();
    assert_eq!(archive.parts(), Vec::<PathBuf>::new(), "all files are finished");
    let mut losses = Vec::new();
    for camera in CAMERAS {
        let timeline = archive.camera(camera);
        timeline.assert_exact();
        assert!(timeline.segments.iter().any(|segment| segment.recovered));
        let gaps: Vec<_> =
            timeline.gaps.iter().filter(|gap| gap.cause == "program_killed").collect();
        assert_eq!(gaps.len(), kills.len(), "{camera}: {:#?}", timeline.gaps);
        for (gap, killed) in gaps.iter().zip(kills) {
            assert!(gap.end > *killed, "{camera}: killed at {killed}: {gap:#?}");
            let loss = killed.duration_since(gap.start).as_secs_f64();
            losses.push((loss, format!("{camera} at {killed}")));
        }
    }
    losses
}

/// Checks that no kill costs more than [`LOSS`].
fn assert_losses(mut losses: Vec<(f64, String)>, count: usize) {
    assert_eq!(losses.len(), count * CAMERAS.len(), "each kill, and each camera");
    losses.sort_by(|a, b| b.0.total_cmp(&a.0));
    let [median, tenth] = [losses.len() / 2, losses.len() / 10].map(|place| losses[place].0);
    eprintln!("lost by a kill: median {median:.3} s, one in ten more than {tenth:.3} s; the most:");
    for (loss, which) in &losses[..losses.len().min(5)] {
        eprintln!("    {loss:.3} s by {which}");
    }
    assert!(losses[0].0 <= LOSS.as_secs_f64(), "more than {LOSS:?} is lost");
}

/// Checks that every file decodes.
fn assert_files_play(archive: &Archive) {
    let films: Vec<PathBuf> =
        ["mkv", "mp4"].iter().flat_map(|kind| archive.files_of(kind)).collect();
    for path in &films {
        probed_file::decode(path).unwrap_or_else(|why| panic!("{why}"));
    }
    eprintln!("{} files decode without a word", films.len());
}
