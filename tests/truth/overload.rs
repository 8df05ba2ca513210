//! Where most cameras are late at once this computer is to blame, and nobody is called anew for it.

use testkit::{Run, SECOND, Scripted, WallFile, half_turn};

#[test]
fn where_most_cameras_are_late_they_are_reduced_and_nobody_hangs_up() {
    let _turn = half_turn();
    let rows = ["late", "late-again", "good"];
    let server = Scripted::start(&rows);
    let camera = |row: &str| (row.to_owned(), format!("main: {:?}", server.url(row)));
    let wall = WallFile::new(&rows.map(camera), "overlay: (clock: false)");
    let mut camwall = Run::offscreen(&wall).start();
    // Late from 11 and from 12 s on; one of three is not enough to blame the computer.
    let line = camwall.wait_for("two of three are late", 20 * SECOND, |line| {
        line.is("late", "late") && line.is("late-again", "late")
    });
    let begun = line.t;
    camwall.wait_until("fifteen seconds more", 25 * SECOND, |lines| {
        lines.last().is_some_and(|line| line.t > begun + 15.0)
    });
    let since = camwall.lines().into_iter().filter(|line| line.t > begun + 0.5);
    for line in since {
        for row in ["late", "late-again"] {
            let camera = line.camera(row);
            assert_eq!(
                (camera.state.as_str(), camera.warnings.join(",")),
                ("late", "reduced".into())
            );
            assert_eq!(camera.reconnects, 0, "{camera:#?}");
            assert!(
                camera.late_ms.is_some_and(|late| (5_500..7_000).contains(&late)),
                "{camera:#?}"
            );
        }
        assert!(line.camera("good").is_live(), "{line:#?}");
    }
}
