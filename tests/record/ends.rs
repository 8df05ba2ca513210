//! However the wall is ended, all files are finished within five seconds.

use std::time::Instant;

use super::rig::{Rig, SHORT};
use testkit::archive::Archive;
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
