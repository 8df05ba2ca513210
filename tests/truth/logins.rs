//! Logins that are not there yet, and logins that change while the wall runs.

use testkit::{Run, SECOND, Scripted, WallFile, half_turn};

#[test]
fn a_login_file_may_come_later_and_may_change() {
    let _turn = half_turn();
    let mut server = Scripted::start(&["auth-changed"]);
    let login = server.login("auth-changed").expect("a login");
    let (user, password) = (login.0.to_owned(), login.1.to_owned());
    let old = format!("{user}:{password}\n");
    let url = server.url("auth-changed");
    let fields = format!("main: {url:?}, login: File(\"login\")");
    let wall = WallFile::new(&[("gate", fields)], "overlay: (clock: false)");
    let mut camwall = Run::offscreen(&wall).start();
    camwall.wait_for("no login", 5 * SECOND, |line| line.is("gate", "no_login"));
    assert_eq!(server.drain("connect", "auth-changed").len(), 0, "nobody tries without a login");

    std::fs::write(wall.file("login"), old).unwrap();
    // Asked for each 10 s.
    camwall.wait_for("live with it", 14 * SECOND, |line| line.is("gate", "live"));

    // The camera gets another password, and cuts off who has the old one.
    server.again("auth-changed");
    server.next("auth-changed");
    camwall.wait_for("refused", 20 * SECOND, |line| line.is("gate", "auth_failed"));
    std::fs::write(wall.file("login"), format!("{user}:another-one\n")).unwrap();
    // Not after a minute: what is read is another login than the one that was refused.
    camwall.wait_for("live with the new one", 14 * SECOND, |line| line.is("gate", "live"));
    let ended = camwall.terminate();
    for secret in [password.as_str(), "another-one"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}
