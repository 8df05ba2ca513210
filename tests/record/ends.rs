//! However the wall is ended, all files are finished within five seconds.

use std::time::Instant;

use super::rig::{Rig, SHORT};
use testkit::access_units::{Clip, noted, pieces};
use testkit::archive::Archive;
use testkit::probed_file::ProbedFile;
use testkit::window::session::WindowSession;
use testkit::{Camwall, SECOND, SOON, half_turn};

const STREAMS: [&str; 4] = ["cam1/main", "cam5/main", "cam7/main", "cam10/sub"];
const CAMERAS: [&str; 4] = ["cam1", "cam5", "cam7", "cam10"];

/// Ends a wall that records, and checks what is left.
fn ends(mut camwall: Camwall, archive: &Archive, end: impl FnOnce(&Camwall)) {
    for camera in CAMERAS {
        camwall.wait_that(camera, SOON, || archive.growing(camera).is_some());
    }
    let asked = Instant::now();
    end(&camwall);
    let ended = camwall.finish(10 * SECOND);
    let took = asked.elapsed();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(took < 5 * SECOND, "{took:?}");
    archive.assert_sound(&CAMERAS);
    for camera in CAMERAS {
        let timeline = archive.camera(camera);
        assert!(timeline.segments.iter().all(|segment| !segment.recovered), "{timeline:#?}");
        assert_eq!(timeline.gaps, []);
    }
}

#[test]
fn signals_finish_the_files() {
    let _turn = half_turn();
    for (signal, container) in [(libc::SIGTERM, "Matroska"), (libc::SIGINT, "Mp4")] {
        let rig = Rig::new(&STREAMS, &format!("container: {container}, {SHORT}"));
        ends(rig.record(), &rig.archive, |camwall| camwall.signal(signal));
    }
}

#[test]
fn ctrl_q_and_closing_the_window_finish_the_files() {
    let _turn = half_turn();
    for (by_key, container) in [(true, "Mp4"), (false, "Matroska")] {
        let rig = Rig::new(&STREAMS, &format!("container: {container}, {SHORT}"));
        let Rig { wall, archive, server: _server, .. } = rig;
        let session = WindowSession::open_with(wall, &["--size", "640x360"], false);
        let (screen, window) = (&session.screen, session.window);
        ends(session.camwall, &archive, |_| {
            if by_key {
                screen.xdotool(["key", "ctrl+q"]);
            } else {
                screen.close(window);
            }
        });
    }
}

/// Cameras, what they send, and whether with sound (in AAC, whose pieces all differ).
const SOURCES: [(&str, &str, bool); 6] = [
    ("cam1", "cam1-1080.h264", false),
    ("cam2", "cam2-1080.h264", false),
    ("cam5", "cam5-720.h264", true),
    ("cam7", "cam7-1080.h265", true),
    ("cam10", "cam10-360.h264", false),
    ("cam11", "cam11-360.mjpeg", false),
];

/// Checks that a camera's recording ends with the last picture and the last sound that it sent. That
/// nothing is missing before them is checked elsewhere.
fn assert_ends_with_the_last(rig: &Rig, (camera, clip, sound): (&str, &str, bool)) {
    let films = rig.archive.camera(camera).films();
    let last = films.last().expect("a file");
    let (units, sent) = (Clip::read(clip).units_of(last), noted(&rig.trace(), camera, "main"));
    let missing = sent.iter().rev().take_while(|unit| units.last() != Some(*unit)).count();
    assert_eq!(missing, 0, "{camera}: the last pictures that were sent are missing");
    if sound {
        // The last file may be too young to have any.
        let newest = &films[films.len().saturating_sub(2)..];
        let bytes = newest.iter().flat_map(|path| ProbedFile::read(path).sound_bytes());
        let bytes: Vec<u8> = bytes.collect();
        let (pieces, sent) = (pieces("tone.aac"), noted(&rig.trace(), camera, "main.sound"));
        let missing = sent.iter().rev().take_while(|piece| !bytes.ends_with(&pieces[**piece]));
        assert_eq!(missing.count(), 0, "{camera}: the last sound that was sent is missing");
    }
}

/// Waits for the moment at which a camera sends something.
fn wait_sent(rig: &Rig) {
    let size = || rig.trace().metadata().expect("the trace of sent frames").len();
    let (before, until) = (size(), Instant::now() + SOON);
    while size() == before {
        assert!(Instant::now() < until, "nothing is sent");
    }
}

#[test]
fn the_last_picture_and_sound_before_the_end_are_in_the_file() {
    let _turn = half_turn();
    for (transport, container) in [("Tcp", "Matroska"), ("Udp", "Mp4")] {
        let names = SOURCES.map(|(camera, ..)| (camera, format!("{camera}/main")));
        let cameras: Vec<(&str, &str)> =
            names.iter().map(|(camera, stream)| (*camera, stream.as_str())).collect();
        let fields = format!("record: Always, transport: {transport}");
        let mut rig =
            Rig::named(&cameras, &fields, &format!("container: {container}, {SHORT}"), "");
        let mut camwall = rig.record();
        camwall.wait_for("a line later", SOON, |_| true);
        wait_sent(&rig);
        // No waiting in between: what was sent last is still under way when the signal comes.
        let freezes = SOURCES.map(|(camera, ..)| format!("freeze {camera}"));
        freezes.iter().for_each(|freeze| rig.server.order(freeze));
        camwall.signal(libc::SIGTERM);
        freezes.iter().for_each(|freeze| {
            rig.server.obeyed(freeze);
        });
        assert_eq!(camwall.finish(10 * SECOND).code, Some(0));
        rig.archive.assert_sound(&SOURCES.map(|(camera, ..)| camera));
        for source in SOURCES {
            assert_ends_with_the_last(&rig, source);
        }
    }
}
