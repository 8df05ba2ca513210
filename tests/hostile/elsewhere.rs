//! Cameras that send us to somebody else, each with a victim of its own and all of them in one wall: nobody
//! calls the victims, by whichever client, and the log says who was sent where, with no word of theirs.
//!
//! Each is an entry of `lies` or of `pages`; its words are typed by hand.

mod liar;
mod lies;
mod pages;
mod victim;

use std::sync::Arc;
use std::time::{Duration, Instant};

use testkit::{Run, SECOND, SOON, Scripted, StatusLine, WallFile, half_turn};

use self::lies::lies;
use self::pages::{pages, segments};
use self::victim::Victim;

/// How long it is waited for calls once all has come to what is expected: each is asked again in it.
const LASTS: Duration = Duration::from_secs(5);

/// What the log says of a camera that plays: every good one here does so in H.264.
const PLAYS: &str = "h264";

/// A camera, and what is to be seen of it.
struct Camera {
    id: String,
    fields: String,
    victim: Arc<Victim>,
    /// A state that it comes to.
    state: &'static str,
    /// What the log says of it.
    says: String,
}

#[test]
fn no_camera_has_us_call_somebody_else() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    segments(folder.path());
    let server = Scripted::start(&["good"]);
    let cameras: Vec<Camera> =
        lies(server.url("good")).into_iter().chain(pages(folder.path())).collect();
    // By FFmpeg's code a login goes along.
    let with_login =
        |it: &Camera| (it.id.clone(), format!("login: File(\"login\"), {}", it.fields));
    let wall = WallFile::new(
        &cameras.iter().map(with_login).collect::<Vec<_>>(),
        "overlay: (clock: false)",
    );
    wall.write_login("me:canary");
    let camwall = Run::offscreen(&wall).args(["--status-every", "100ms"]).start();
    let came_to =
        |lines: &[StatusLine], it: &Camera| lines.iter().any(|line| line.is(&it.id, it.state));
    let until = Instant::now() + SOON;
    // Who does not come to it may have had somebody called, which says more.
    while Instant::now() < until && !cameras.iter().all(|it| came_to(&camwall.lines(), it)) {
        std::thread::sleep(SECOND / 10);
    }
    std::thread::sleep(LASTS);
    let ended = camwall.terminate();
    let mut wrong = Vec::new();
    for camera @ Camera { id, victim, says, state, .. } in &cameras {
        if !came_to(&ended.status, camera) {
            wrong.push(format!("{id}: never {state}"));
        }
        let calls = victim.called();
        if calls > 0 {
            wrong.push(format!("{id}: somebody else was called {calls} times"));
        }
        let begin = format!(" {id}: ");
        let said = |line: &str| line.contains(&begin) && line.contains(says);
        if !ended.stderr.lines().any(said) {
            wrong.push(format!("{id}: nobody says {says:?}"));
        }
    }
    let heeds = |via| cameras.iter().find(|it| it.id == via).map(|it| it.victim.heeds());
    if heeds("source-retina") < Some(2) || heeds("source-ffmpeg") < Some(2) {
        wrong.push("datagrams were not set up".to_owned());
    }
    if ended.stderr.contains("canary") {
        wrong.push("a camera's words are in the log".to_owned());
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}\n{}", wrong.len(), wrong.join("\n"), ended.stderr);
}
