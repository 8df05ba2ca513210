//! Cameras with TLS: the real wall shows and records those that the wall file trusts, and says nothing to
//! all others.

mod identities;
mod servers;

use camwall_media::fixtures::tls_front::TlsFront;
use testkit::archive::Archive;
use testkit::{Ended, Run, SECOND, SOON, WallFile, half_turn};

use self::identities::{FINGERPRINT, copied, in_days, issued, self_signed, version_1};
use self::servers::{Server, http, rtmp, rtsp};
use super::rig::{SHORT, recorded};

/// A camera behind a front, and how it is trusted.
struct Camera {
    id: String,
    fields: String,
    front: TlsFront,
    _server: Server,
}

impl Camera {
    fn new(
        id: &str,
        scheme: &str,
        trust: &str,
        identity: camwall_media::fixtures::tls_front::Identity,
    ) -> Self {
        let server = match scheme {
            "rtsps" => rtsp(),
            "https" => http(),
            _ => rtmp(),
        };
        let front = TlsFront::start(server.port, identity);
        let login = if scheme == "rtmps" { "" } else { "login: File(\"login\"), " };
        let url = format!("{scheme}://127.0.0.1:{}/{}", front.port, server.path);
        let fields = format!("main: {url:?}, {login}trust: {trust}");
        Self { id: format!("{id}-{scheme}"), fields, front, _server: server }
    }
}

fn wall(cameras: &[Camera], more: &str) -> WallFile {
    let cameras: Vec<_> =
        cameras.iter().map(|it| (&it.id, format!("{}, {more}", it.fields))).collect();
    let wall = WallFile::new(&cameras, &format!(r#"recording: (dir: "rec", {SHORT})"#));
    wall.write_login("me:secret");
    wall
}

fn probe(wall: &WallFile) -> Ended {
    Run::bare(["check", "--probe"]).args([wall.path()]).finish(3 * SOON)
}

/// Checks that a line of the log is about this camera and says this.
fn assert_said(log: &str, id: &str, what: &str) {
    let begin = format!(" {id}: ");
    let said = log.lines().any(|line| line.contains(&begin) && line.contains(what));
    assert!(said, "{id}: {what}\n{log}");
}

const SCHEMES: [&str; 3] = ["rtsps", "https", "rtmps"];

#[test]
fn cameras_are_shown_and_recorded_only_as_far_as_the_wall_file_trusts_them() {
    let _turn = half_turn();
    let later = in_days(1000);
    let (by_site, site) = issued();
    let pin = format!("Fingerprint(\"sha256:{FINGERPRINT}\")");
    let of = |id, trust: &str, identity: &dyn Fn() -> _| {
        SCHEMES.map(|scheme| Camera::new(id, scheme, trust, identity()))
    };
    let pinned = of("pinned", &pin, &version_1);
    let by_authority = of("authority", "Ca(\"site.pem\")", &|| by_site.clone());
    let anyone = of("anyone", "Anyone", &|| self_signed(later));
    let nobody = of("nobody", "System", &|| self_signed(later));
    let changed = of("changed", &pin, &|| self_signed(later));
    let thief = of("thief", "Anyone", &copied);
    let good: Vec<Camera> = pinned.into_iter().chain(by_authority).chain(anyone).collect();
    let bad: Vec<Camera> = nobody.into_iter().chain(changed).chain(thief).collect();
    let good_ids: Vec<String> = good.iter().map(|it| it.id.clone()).collect();
    let bad_ids: Vec<String> = bad.iter().map(|it| it.id.clone()).collect();
    let all: Vec<Camera> = good.into_iter().chain(bad).collect();
    let wall = wall(&all, "");
    std::fs::write(wall.file("site.pem"), site).unwrap();
    let mut camwall = Run::offscreen(&wall).start();
    let line = camwall.wait_for("all is as it is to be", 2 * SOON, |line| {
        good_ids.iter().all(|id| line.camera(id).is_live())
            && bad_ids.iter().all(|id| line.is(id, "not_trusted"))
    });
    for id in &good_ids {
        let unverified = line.camera(id).warnings.iter().any(|it| it == "unverified");
        assert_eq!(unverified, id.starts_with("anyone"), "{id}");
    }
    let ended = camwall.terminate();
    let log = &ended.stderr;
    for id in &bad_ids {
        let what = match id.split('-').next().unwrap_or_default() {
            "nobody" => "the camera is not trusted: nobody who is trusted issued the certificate: ",
            "changed" => "the camera is not trusted: another certificate than the pinned one: ",
            _ => "the camera is not trusted: the camera does not hold the key of its certificate",
        };
        assert_said(log, id, what);
    }
    assert!(!log.contains("secret") && !log.contains("canary"), "{log}");
    for camera in &all {
        assert_eq!(camera.front.in_clear(), 0, "{}", camera.id);
        let trusted = good_ids.contains(&camera.id);
        assert_eq!(camera.front.heard() > 0, trusted, "{}: what is said", camera.id);
    }
}

#[test]
fn encrypted_cameras_are_recorded_until_their_certificate_is_another() {
    let _turn = half_turn();
    let pin = format!("Fingerprint(\"sha256:{FINGERPRINT}\")");
    let cameras = SCHEMES.map(|scheme| Camera::new("cam", scheme, &pin, version_1()));
    let wall = wall(&cameras, "record: Always");
    let archive = Archive::of(&wall);
    let mut camwall = Run::offscreen(&wall).start();
    camwall.wait_for("all are shown and recorded", 2 * SOON, |line| {
        cameras.iter().all(|it| line.is(&it.id, "live") && recorded(line, &it.id))
    });
    for camera in &cameras {
        camera.front.show(self_signed(in_days(1000)));
        camera.front.hang_up();
    }
    camwall.wait_for("not trusted", SOON, |line| {
        cameras.iter().all(|it| line.is(&it.id, "not_trusted"))
    });
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0));
    for camera in &cameras {
        let another = "the camera is not trusted: another certificate than the pinned one: sha256:";
        assert_said(&ended.stderr, &camera.id, another);
        let (heard, clear) = (camera.front.heard_as_shown(), camera.front.in_clear());
        assert_eq!((heard, clear), (0, 0), "{}: nothing is said to the other", camera.id);
    }
    archive.assert_sound(&cameras.each_ref().map(|it| it.id.as_str()));
}

#[test]
fn what_to_pin_is_printed_of_a_camera_that_nobody_trusts_yet() {
    let _turn = half_turn();
    let strange = [Camera::new("gate", "rtsps", "System", version_1())];
    let probed = probe(&wall(&strange, ""));
    assert_eq!(probed.code, Some(4), "{probed:?}");
    assert_eq!(strange[0].front.heard(), 0, "and nothing was said to it");
    let fingerprint = FINGERPRINT.replace(':', "").to_lowercase();
    let told = format!(
        "\ngate-rtsps main: sha256:{fingerprint}\n    of \"O=Example,CN=IPCamera\", until 2126-11-02, \
         issued by itself\n"
    );
    assert!(probed.stdout.ends_with(&told), "{}", probed.stdout);
    assert!(probed.stdout.contains(": renew or pin it"), "{}", probed.stdout);
    // Which is then what makes it trusted.
    let pinned = [Camera::new(
        "gate",
        "rtsps",
        &format!("Fingerprint(\"sha256:{fingerprint}\")"),
        version_1(),
    )];
    let probed = probe(&wall(&pinned, ""));
    assert_eq!(probed.code, Some(0), "{probed:?}");
    assert!(probed.stdout.ends_with(&told), "{}", probed.stdout);
}

#[test]
fn a_certificate_that_runs_out_within_thirty_days_is_a_warning() {
    let _turn = half_turn();
    // The day is over at its end, and 31 days from its beginning may be less than 31 from now.
    let (soon, later) = (in_days(20), in_days(32));
    let cameras = [
        Camera::new("soon", "rtsps", "Anyone", self_signed(soon)),
        Camera::new("soon", "https", "Anyone", self_signed(soon)),
        Camera::new("later", "rtsps", "Anyone", self_signed(later)),
    ];
    let wall = wall(&cameras, "");
    let probed = probe(&wall);
    assert_eq!(probed.code, Some(0), "{probed:?}");
    let warned = format!("until {soon}, issued by itself, runs out in 19 days (warning)\n");
    assert_eq!(probed.stdout.matches(&warned).count(), 2, "{}", probed.stdout);
    let quiet = format!("until {later}, issued by itself\n");
    assert!(probed.stdout.contains(&quiet), "{}", probed.stdout);

    let mut camwall = Run::offscreen_of("320x180", &wall).start();
    camwall.wait_for("all are live", SOON, |line| line.all_live());
    // A connection that is made anew is no reason to say it again.
    cameras.iter().for_each(|it| it.front.hang_up());
    camwall.wait_for("all are back", SOON, |line| {
        line.all_live() && line.cameras.iter().all(|it| it.reconnects > 0)
    });
    std::thread::sleep(SECOND);
    let ended = camwall.terminate();
    for id in ["soon-rtsps", "soon-https"] {
        let warned = format!(" {id}: the camera's certificate runs out in 19 days ({soon})");
        assert_eq!(ended.stderr.matches(&warned).count(), 1, "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("later-rtsps: the camera's certificate"), "{}", ended.stderr);
}
