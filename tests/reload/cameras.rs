//! Cameras that are described differently, come, go and come back: the server counts who connects.

use testkit::{Camsim, SOON, StatusLine, WallFile, half_turn, rtsp};

use super::site::{Save, opened, save_sound, save_wrong, start, text};

#[test]
fn only_who_is_reached_differently_connects_anew() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "4"]);
    let url = |path: &str| server.url(path);
    let (one, two, three) =
        (rtsp(&url("cam1/sub")), rtsp(&url("cam2/sub")), rtsp(&url("cam3/sub")));
    let four = rtsp(&url("cam4/sub"));
    let wall = WallFile::verbatim(&text(&[("a", one.clone()), ("b", two.clone())], ""));
    let mut camwall = start(&wall, "640x360");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    let with = |fields: &str| format!("{two}, {fields}");
    // Said, looked at, shown and recorded differently: the same session.
    for fields in [
        "name: \"Bee\"",
        "fit: Cover",
        "interval: \"1s\", watch: (dark: false, mask: [(left: 0, top: 0, width: 10, height: 10)])",
        "record: Weekly([\"Daily 00:00-24:00\"])",
    ] {
        let line = save_sound(
            &mut camwall,
            &wall,
            Save::Write,
            &text(&[("a", one.clone()), ("b", with(fields))], "overlay: (stale_after: \"9s\")"),
        );
        assert!(line.all_live(), "{fields}: {line:?}");
    }
    assert_eq!((opened(&mut server, "cam1/sub"), opened(&mut server, "cam2/sub")), (1, 1));
    // Another address, and another way to the same.
    save_sound(
        &mut camwall,
        &wall,
        Save::Write,
        &text(&[("a", one.clone()), ("b", three.clone())], ""),
    );
    camwall.wait_for("the third", SOON, StatusLine::all_live);
    assert_eq!((opened(&mut server, "cam1/sub"), opened(&mut server, "cam3/sub")), (1, 1));
    let udp = format!("{three}, transport: Udp");
    save_sound(&mut camwall, &wall, Save::Write, &text(&[("a", one.clone()), ("b", udp)], ""));
    camwall.wait_for("by datagrams", SOON, StatusLine::all_live);
    assert_eq!((opened(&mut server, "cam1/sub"), opened(&mut server, "cam3/sub")), (1, 2));
    // One comes in front of the others, one goes, and that comes back.
    let all = [("d", four.clone()), ("a", one.clone()), ("b", three.clone())];
    save_sound(&mut camwall, &wall, Save::Rename, &text(&all, ""));
    let line = camwall.wait_for("three", SOON, |line| line.cameras.len() == 3 && line.all_live());
    let ids: Vec<&str> = line.cameras.iter().map(|camera| camera.id.as_str()).collect();
    assert_eq!(ids, ["d", "a", "b"], "in the order of the file");
    let line = save_sound(&mut camwall, &wall, Save::Rename, &text(&all[1..2], ""));
    assert_eq!(line.cameras.len(), 1);
    save_wrong(&mut camwall, &wall, Save::Rename, b"(cameras: {})");
    save_sound(&mut camwall, &wall, Save::Rename, &text(&all, ""));
    camwall.wait_for("three again", SOON, |line| line.cameras.len() == 3 && line.all_live());
    let counts = ["cam1/sub", "cam3/sub", "cam4/sub"].map(|path| opened(&mut server, path));
    // The second: at first, by datagrams, without them, and when it came back.
    assert_eq!(counts, [1, 4, 2], "the first never noticed anything");
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    server.expect_nobody(SOON);
}

#[test]
fn a_sub_stream_comes_changes_and_goes() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "3"]);
    let main = rtsp(&server.url("cam1/main"));
    let sub = |path: &str| format!("{main}, sub: {:?}", server.url(path));
    let (first, second) = (sub("cam1/sub"), sub("cam2/sub"));
    let wall = WallFile::verbatim(&text(&[("a", main.clone())], ""));
    // Small: the sub stream is called for.
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    let is = |stream: &'static str| {
        move |line: &StatusLine| line.camera("a").stream == stream && line.all_live()
    };
    save_sound(&mut camwall, &wall, Save::Write, &text(&[("a", first)], ""));
    camwall.wait_for("on the sub stream", SOON, is("sub"));
    save_sound(&mut camwall, &wall, Save::Write, &text(&[("a", second)], ""));
    camwall.wait_for("on the other sub stream", SOON, |line| {
        is("sub")(line) && line.camera("a").reconnects == 0
    });
    save_sound(&mut camwall, &wall, Save::Write, &text(&[("a", main.clone())], ""));
    camwall.wait_for("on the main stream again", SOON, is("main"));
    let counts = ["cam1/main", "cam1/sub", "cam2/sub"].map(|path| opened(&mut server, path));
    assert_eq!(counts, [2, 1, 1]);
    assert_eq!(camwall.terminate().code, Some(0));
    server.expect_nobody(SOON);
}
