//! In a real window: a key has the file read, and what the operator looks at stays.

use std::fs;

use testkit::window::session::{BARE, WindowSession, patterns};
use testkit::{SECOND, half_turn};

#[test]
fn a_key_has_the_file_read_and_what_is_looked_at_stays() {
    let _turn = half_turn();
    let wall = patterns(BARE);
    let text = fs::read_to_string(wall.path()).unwrap();
    // Nobody who watches the folder is told of what is written through another name.
    let folder = tempfile::tempdir_in(wall.folder().parent().unwrap()).unwrap();
    let door = folder.path().join("door");
    fs::hard_link(wall.path(), &door).unwrap();
    let mut session = WindowSession::open(wall);
    session.until_all("six patterns");
    session.keys(&["Right", "Return"]);
    session.until_alone("the second is full-screen", 2);
    std::thread::sleep(SECOND);
    // The first camera goes, and with it its tiles: all numbers are others.
    let lines = text.lines().filter(|line| !line.starts_with("\"cam1\": "));
    let without: String = lines.map(|line| format!("{line}\n")).collect();
    let large = r#"(camera: "cam1", column: 0, row: 0, width: 2, height: 2),"#;
    let without = without.replace(large, "").replace("\"cam1\"", "\"\"");
    fs::write(&door, without).unwrap();
    session.keys(&["ctrl+r"]);
    session.camwall.wait_for("read by the key", 4 * SECOND, |line| line.config.generation == 1);
    session.until_alone("the second still is", 2);
    session.keys(&["Escape"]);
    session.until_tiles("the others in their places", &testkit::window::session::all()[1..]);
    session.until_selected("the second is selected", 2);
    session.keys(&["Return"]);
    session.until_alone("and opens", 2);
}
