//! Status lines and the table.

use super::mask;
use testkit::{Run, SOON, WallFile, half_turn, media::clip};

#[test]
fn status_lines_and_the_table_are_as_they_were() {
    let _turn = half_turn();
    let rest = "overlay: (clock: false)";
    let cameras = [("gate", "main: \"gate.mp4\""), ("yard", "main: \"rtsp://127.0.0.1:1/x\"")];
    let wall = WallFile::new(&cameras, rest);
    clip(&wall.file("gate.mp4"), 50);
    let run = |args: &[&str]| {
        let args = ["--headless", "--size", "320x180", "--for", "4s"].iter().chain(args);
        let ended = Run::bare([wall.path()]).args(args).finish(SOON);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout
    };
    let lines = run(&["--status", "-"]);
    insta::assert_snapshot!("status_line", mask::figures(lines.lines().last().expect("a line")));
    // Columns are padded to what is in them.
    let table = run(&["--table"]);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let table: Vec<String> = table.lines().map(|line| mask::figures(&words(line))).collect();
    insta::assert_snapshot!("table", table.join("\n"));
}

#[test]
fn walls_with_names_are_in_the_status_lines() {
    let _turn = half_turn();
    let rest = "walls: { \"left\": (monitor: Name(\"DP-1\")), \"right\": (show: \"all\") }, \
                layouts: { \"all\": Grid(cameras: [\"yard\"]) }";
    let wall = WallFile::new(&[("yard", "main: \"rtsp://127.0.0.1:1/x\"")], rest);
    let args = ["--headless", "--size", "320x180", "--for", "2s", "--status", "-"];
    let ended = Run::bare([wall.path()]).args(args).finish(SOON);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let line = ended.stdout.lines().last().expect("a line");
    let walls = r#","walls":[{"name":"left","monitor":null,"state":"open"},{"name":"right","monitor":null,"state":"open"}],"cameras":[{"#;
    assert!(line.contains(walls), "{line}");
}
