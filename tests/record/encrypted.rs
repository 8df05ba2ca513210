//! Cameras with TLS: the real wall shows and records them, and says nothing to who shows another
//! certificate.

use super::rig::{SHORT, recorded};
use camwall_media::fixtures::tls_front::{Identity, TlsFront};
use testkit::archive::Archive;
use testkit::{Camsim, Run, SOON, WallFile, half_turn};

/// Version 1 and of its own making; `crates/media/src/source/tls/tests.rs` says how it was made, and
/// openssl prints this fingerprint.
const CERTIFICATE: &[u8] = include_bytes!("../../crates/media/src/source/tls/tests/version1.der");
const KEY: &[u8] = include_bytes!("../../crates/media/src/source/tls/tests/version1.key.der");
const OTHER: &[u8] = include_bytes!("../../crates/media/src/source/tls/tests/other.key.der");

#[test]
fn an_encrypted_camera_is_shown_and_recorded_until_its_certificate_is_another() {
    let _turn = half_turn();
    let server = Camsim::start(&["--login", "viewer:canary-right"]);
    let plain = server.url("cam1/sub");
    let (place, path) = plain["rtsp://".len()..].split_once('/').expect("a path");
    let port = place.rsplit(':').next().expect("a port").parse().expect("a number");
    let identity = Identity { certificate: CERTIFICATE.into(), key: KEY.into(), newest: true };
    let front = TlsFront::start(port, identity.clone());
    let main = format!("rtsps://127.0.0.1:{}/{path}", front.port);
    let camera = |trust: &str| {
        format!(r#"main: {main:?}, trust: {trust}, login: File("login"), record: Always"#)
    };
    let recording = format!(r#"recording: (dir: "rec", {SHORT})"#);
    let wall = |trust: &str| {
        let wall = WallFile::new(&[("cam1", camera(trust))], &recording);
        std::fs::write(wall.file("login"), "viewer:canary-right\n").expect("written");
        wall
    };
    // What to pin is printed of a camera that nobody trusts yet.
    let strange = wall("System");
    let probed = Run::bare(["check", "--probe"]).args([strange.path()]).finish(3 * SOON);
    assert_eq!(probed.code, Some(4), "{probed:?}");
    assert_eq!(front.heard(), 0, "and nothing was said to it");
    let pin = probed.stdout.split_whitespace().find(|word| word.starts_with("sha256:"));
    let pin = pin.unwrap_or_else(|| panic!("{probed:?}"));
    assert!(probed.stdout.contains("CN=IPCamera"), "{probed:?}");

    let wall = wall(&format!("Fingerprint({pin:?})"));
    let archive = Archive::of(&wall);
    let mut camwall = Run::offscreen_of("320x180", &wall).start();
    let line = camwall.wait_for("recorded", SOON, |line| recorded(line, "cam1"));
    assert_eq!(line.camera("cam1").warnings, [""; 0]);
    camwall.wait_for("live", SOON, |line| line.is("cam1", "live"));
    front.show(Identity { key: OTHER.into(), ..identity });
    front.hang_up();
    camwall.wait_for("not trusted", SOON, |line| line.is("cam1", "not_trusted"));
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
    archive.assert_sound(&["cam1"]);
}
