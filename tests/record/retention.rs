//! Old files go so that new ones have room: the oldest first, and only those that may.

use std::path::PathBuf;
use std::time::Duration;

use super::rig::{Rig, all_recorded, wait_lines};
use testkit::window::session::WindowSession;
use testkit::{SOON, StatusLine, half_turn};

/// Bytes that the camera may use: some four segments of 2 s.
const LIMIT: u64 = 300_000;

#[test]
fn the_oldest_go_and_what_is_kept_or_foreign_stays() {
    let _turn = half_turn();
    let recording = r#"segment: "2s", pre_roll: "0s", keep: (free: "20MB", per_camera: "300kB")"#;
    let rig = Rig::new(&["cam1/sub"], recording);
    let archive = rig.archive.clone();
    let Rig { wall, server: _server, .. } = rig;
    let mut session = WindowSession::open_with(wall, &["--size", "640x360"], false);
    session.camwall.wait_for("recorded", SOON, all_recorded);
    let open = archive.growing("cam1").or_else(|| archive.parts().pop()).expect("a file");
    let day = open.parent().expect("a folder");
    // Not ours, whatever they are called.
    let foreign: Vec<PathBuf> =
        ["holiday.mkv", "cam1_holiday.mkv", "cam1_2020-01-01T00-00-00Z.mkv"]
            .iter()
            .map(|name| day.join(name))
            .chain([archive.root().join("notes.txt")])
            .collect();
    foreign.iter().for_each(|path| std::fs::write(path, [0; 100_000]).expect("written"));
    session.keys(&["k"]);
    session.camwall.wait_that("it is kept", SOON, || !archive.camera("cam1").kept().is_empty());
    // Until the key is pressed again.
    wait_lines(&mut session.camwall, 4);
    session.keys(&["k"]);
    let (mut most, mut largest) = (0, 0);
    let ours = |path: &PathBuf| !foreign.contains(path);
    let long = Duration::from_secs(100);
    let until = std::time::Instant::now() + long;
    while archive.camera("cam1").removed().len() < 4 {
        assert!(std::time::Instant::now() < until, "{:#?}", archive.camera("cam1"));
        let files = archive.files_of("mkv").into_iter().filter(ours);
        let sizes: Vec<u64> =
            files.filter_map(|path| path.metadata().ok()).map(|meta| meta.len()).collect();
        most = most.max(sizes.iter().sum());
        largest = largest.max(sizes.iter().copied().max().unwrap_or_default());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(most <= LIMIT + largest, "{most} bytes, of segments of up to {largest}");
    assert!(
        session.camwall.lines().iter().skip_while(|line| !all_recorded(line)).all(all_recorded)
    );
    assert_eq!(session.camwall.terminate().code, Some(0));
    for path in &foreign {
        assert_eq!(std::fs::read(path).expect("it is still there").len(), 100_000);
        // `verify` would ask whose they are.
        std::fs::remove_file(path).expect("removed");
    }
    archive.assert_sound(&["cam1"]);
    let timeline = archive.camera("cam1");
    let (removed, kept) = (timeline.removed(), timeline.kept());
    // Names sort by time. All that went are older than all that stayed, but for those kept.
    assert!(removed.is_sorted(), "{removed:#?}");
    assert!(!kept.is_empty() && kept.iter().all(|file| !removed.contains(file)), "{kept:#?}");
    let newest = removed.last().expect("some are removed");
    let older: Vec<_> = timeline.present().filter(|segment| segment.file < *newest).collect();
    assert!(older.iter().all(|segment| kept.contains(&segment.file)), "{removed:#?}, {kept:#?}");
    assert!(!older.is_empty(), "what is kept stays while younger ones go: {removed:#?}");
}

#[test]
fn a_limit_that_what_is_kept_exceeds_is_said_until_it_is_released() {
    let _turn = half_turn();
    let recording = r#"segment: "2s", pre_roll: "0s", keep: (free: "20MB", per_camera: "300kB")"#;
    let rig = Rig::new(&["cam1/sub"], recording);
    let archive = rig.archive.clone();
    let Rig { wall, server: _server, .. } = rig;
    let mut session = WindowSession::open_with(wall, &["--size", "640x360"], false);
    session.camwall.wait_for("recorded", SOON, all_recorded);
    let unmet =
        |line: &StatusLine| line.camera("cam1").warnings.iter().any(|warning| warning == "keep");
    session.keys(&["k"]);
    session.camwall.wait_for("KEEP NOT MET", 4 * SOON, unmet);
    assert!(archive.camera("cam1").kept().len() >= 3, "{:#?}", archive.camera("cam1"));
    assert!(session.camwall.lines().iter().skip_while(|it| !all_recorded(it)).all(all_recorded));
    // The end of the span; what it kept stays, and the limit is exceeded by that.
    session.keys(&["k"]);
    wait_lines(&mut session.camwall, 4);
    let last = session.camwall.lines().pop().expect("lines");
    assert!(unmet(&last), "{last:#?}");
    let kept = archive.camera("cam1").kept();
    let removed = archive.camera("cam1").removed();
    assert!(kept.iter().all(|file| !removed.contains(file)), "{kept:#?}, {removed:#?}");
    // While nothing is recorded the key releases what was kept last, once nothing newer is there.
    session.keys(&["r"]);
    session.camwall.wait_for("nothing is recorded", SOON, |line| !line.camera("cam1").recording);
    session.camwall.wait_that("all that is there is kept", 3 * SOON, || {
        let timeline = archive.camera("cam1");
        let kept = timeline.kept();
        timeline.present().all(|segment| kept.contains(&segment.file))
    });
    session.keys(&["k"]);
    session.camwall.wait_for("the limit is met", SOON, |line| !unmet(line));
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
    assert!(!archive.camera("cam1").removed().is_empty(), "what was released goes");
}
