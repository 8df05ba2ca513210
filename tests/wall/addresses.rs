//! A wall of addresses, without a file: it opens, and asks for a login where a camera wants one.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::{Camsim, Run, SOON, Terminal, half_turn};

/// In every password here.
const CANARY: &str = "k4nari";

/// An offscreen wall of these addresses, which runs in `folder`.
fn wall(folder: &Path, addresses: &[String]) -> Run {
    Run::bare(addresses)
        .args(["--headless", "--for", "150s", "--size", "640x360"])
        .status_file(folder.join("status.jsonl"))
        .in_folder(folder)
}

fn holds_none(text: &str) {
    assert!(!text.contains(CANARY), "a password in:\n{text}");
}

#[test]
fn addresses_open_a_grid() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let server = Camsim::start(&["--cameras", "2"]);
    let addresses = ["cam1/sub", "cam2/sub"].map(|path| server.url(path));
    let mut camwall = wall(folder.path(), &addresses).start();
    let line = camwall.wait_for("both live", SOON, |line| {
        ["cam1", "cam2"].iter().all(|id| line.cameras.len() == 2 && line.camera(id).is_live())
    });
    assert_eq!(line.cameras.len(), 2);
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("sandbox: files by Landlock"), "{}", ended.stderr);
    assert!(!folder.path().join("recordings").exists());
}

#[test]
fn a_login_in_an_address_is_refused_and_not_repeated() {
    let login = format!("rtsp://admin:{CANARY}@127.0.0.1/x");
    let key = format!("rtsp://127.0.0.1/x?token={CANARY}");
    for (args, why) in [
        (vec![login.as_str()], "no login in an address"),
        (vec!["rtsp://127.0.0.1/y", &login], "no login in an address"),
        (vec![&key], "no key in an address"),
        (vec!["wall.ron", "rtsp://127.0.0.1/y"], "either a wall file or addresses"),
        (vec!["rtsp://127.0.0.1/y", "--login", "GATE"], "Env(NAME)"),
        (vec!["wall.ron", "--login", "Env(GATE)"], "`--login` is for addresses"),
        (vec!["rtsp://"], "is not all"),
    ] {
        let ended = Run::bare(&args).finish(SOON);
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(why), "{args:?}: {}", ended.stderr);
        holds_none(&format!("{}{}", ended.stdout, ended.stderr));
    }
}

#[test]
fn a_login_that_is_named_serves_all_addresses() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let login = format!("operator:{CANARY} 1");
    let server = Camsim::start(&["--cameras", "2", "--login", &login]);
    let addresses = ["cam1/sub", "cam2/sub"].map(|path| server.url(path));
    std::fs::write(folder.path().join("gate"), &login).unwrap();
    for named in ["Env(CAMWALL_TEST_GATE)", "File(gate)"] {
        let run = wall(folder.path(), &addresses).args(["--login", named]);
        let mut camwall = run.env("CAMWALL_TEST_GATE", &login).start();
        camwall.wait_for("both live", SOON, |line| line.all_live());
        let ended = camwall.terminate();
        assert_eq!(ended.code, Some(0), "{named}: {}", ended.stderr);
        holds_none(&ended.stderr);
    }
}

#[test]
fn where_nobody_can_be_asked_the_tile_says_no_login() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let login = format!("operator:{CANARY}");
    let (server, open) = (Camsim::start(&["--login", &login]), Camsim::start(&[]));
    let addresses = [server.url("cam1/sub"), open.url("cam1/sub")];
    let mut camwall = wall(folder.path(), &addresses).start();
    camwall.wait_for("one live, one without a login", SOON, |line| {
        line.is("cam1", "no_login") && line.camera("cam2").is_live()
    });
    let ended = camwall.terminate();
    assert!(ended.stderr.contains("`--login` says where one is"), "{}", ended.stderr);
}

/// Far below what so many silent cameras would cost that are waited for one after another, or 32 at a
/// time for 3 s each.
const AT_ONCE: Duration = Duration::from_secs(10);

#[test]
fn cameras_that_never_answer_keep_nobody_waiting() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let server = Camsim::start(&["--login", "operator:x"]);
    // Takes calls, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let silent = (1..=130).map(|number| format!("rtsp://127.0.0.1:{port}/{number}"));
    let addresses: Vec<String> = [server.url("cam1/sub")].into_iter().chain(silent).collect();
    let began = Instant::now();
    let mut camwall = wall(folder.path(), &addresses).start();
    camwall.wait_for("the wall is there", SOON, |line| line.cameras.len() == addresses.len());
    assert!(began.elapsed() < AT_ONCE, "nobody can be asked: {:?}", began.elapsed());
    camwall.wait_for("and says what is missing", SOON, |line| line.is("cam1", "no_login"));
    assert_eq!(camwall.terminate().code, Some(0));
    std::fs::remove_file(folder.path().join("status.jsonl")).unwrap();
    let mut terminal = Terminal::open();
    let began = Instant::now();
    let mut camwall = wall(folder.path(), &addresses).start_in(&terminal);
    terminal.expect("User: ", SOON);
    assert!(began.elapsed() < AT_ONCE, "somebody is asked: {:?}", began.elapsed());
    terminal.keys("\n");
    camwall.wait_for("the wall is there", SOON, |line| line.cameras.len() == addresses.len());
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert_eq!(camwall.terminate().code, Some(0));
}

#[test]
fn who_is_reached_later_and_wants_a_login_says_that_there_is_none() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let terminal = Terminal::open();
    let address = format!("rtsp://127.0.0.1:{port}/cam1/sub");
    let mut camwall = wall(folder.path(), &[address]).start_in(&terminal);
    camwall.wait_for("nobody there", SOON, |line| line.is("cam1", "offline"));
    let _server = Camsim::start(&["--login", "operator:x", "--port", &port.to_string()]);
    camwall.wait_for("no login", 2 * SOON, |line| {
        assert!(!line.is("cam1", "auth_failed"), "none was given: {line:?}");
        line.is("cam1", "no_login")
    });
    assert!(!terminal.said().contains("User"), "{}", terminal.said());
    camwall.terminate();
    assert!(terminal.said().contains("`--login` says where one is"), "{}", terminal.said());
}

#[test]
fn who_sits_at_a_terminal_is_asked_once_and_the_password_is_not_seen() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let login = format!("operator:{CANARY}:ü");
    let (server, open) =
        (Camsim::start(&["--cameras", "2", "--login", &login]), Camsim::start(&[]));
    let addresses = [server.url("cam1/sub"), open.url("cam1/sub"), server.url("cam2/sub")];
    let mut terminal = Terminal::open();
    let mut camwall = wall(folder.path(), &addresses).start_in(&terminal);
    terminal.expect("Login for 127.0.0.1 and 1 more", SOON);
    terminal.expect("User: ", SOON);
    terminal.keys("operator\n");
    terminal.expect("Password: ", SOON);
    // Who types wrongly takes it back, a whole character at a time.
    terminal.keys(&format!("x\u{15}{CANARY}:üö\u{7f}\r"));
    camwall.wait_for("all three live", SOON, |line| line.all_live());
    assert!(terminal.echoes(), "the terminal is as it was");
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", terminal.said());
    assert_eq!(terminal.said().matches("Password: ").count(), 1);
    holds_none(&format!("{}{}", terminal.said(), ended.stdout));
    let status = std::fs::read_to_string(folder.path().join("status.jsonl")).unwrap();
    holds_none(&status);
}

#[test]
fn ctrl_c_at_the_password_ends_it_and_leaves_the_terminal_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = Camsim::start(&["--login", "operator:x"]);
    let mut terminal = Terminal::open();
    let camwall = wall(folder.path(), &[server.url("cam1/sub")]).start_in(&terminal);
    terminal.expect("User: ", SOON);
    terminal.keys("operator\n");
    terminal.expect("Password: ", SOON);
    terminal.keys("x\u{3}");
    // By the signal: there is no exit code.
    assert_eq!(camwall.finish(SOON).code, None, "{}", terminal.said());
    assert!(terminal.echoes());
}

#[test]
fn who_presses_enter_gives_no_login() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let server = Camsim::start(&["--login", "operator:x"]);
    let mut terminal = Terminal::open();
    let mut camwall = wall(folder.path(), &[server.url("cam1/sub")]).start_in(&terminal);
    terminal.expect("User: ", SOON);
    terminal.keys("\n");
    camwall.wait_for("no login", SOON, |line| line.is("cam1", "no_login"));
    assert!(!terminal.said().contains("Password"), "{}", terminal.said());
}
