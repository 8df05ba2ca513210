//! Files as cameras: one goes round, one ends and stays.

use testkit::{Picture, Run, SOON, Tile, WallFile, half_turn, media::clip, rtsp};

#[test]
fn one_loops_and_one_ends() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("short.mp4");
    clip(&path, 30);
    let round = rtsp(&path.to_string_lossy());
    let once = format!(r#"{round}, options: {{"loop": "0"}}"#);
    let wall = WallFile::new(&[("round", round), ("once", once)], "overlay: (clock: false)");
    let snapshot = wall.file("wall.png");
    let mut camwall = Run::offscreen(&wall).args(["--snapshot"]).args([&snapshot]).start();
    camwall.wait_for("the end of one", SOON, |line| line.is("once", "ended"));
    // The clip is 1.2 s long: after three more lines, the other has come round twice.
    for _ in 0..3 {
        let line = camwall.wait_for("the other goes on", SOON, |_| true);
        assert!(line.is("once", "ended") && line.is("round", "live"), "{line:#?}");
        assert!(line.camera("round").fps_shown > 5.0, "{line:#?}");
        assert_eq!(line.camera("once").fps_decoded, 0.0, "{line:#?}");
        assert!(line.cameras.iter().all(|camera| camera.reconnects == 0), "{line:#?}");
    }
    assert_eq!(camwall.terminate().code, Some(0));
    let picture = Picture::read(&snapshot);
    // Two tiles side by side, letterboxed; between label and band.
    let [live, ended] = [0, 320].map(|x| Tile { x: x + 32, y: 120, width: 256, height: 36 });
    let (live, ended) = (picture.mean(live), picture.mean(ended));
    assert!(ended > 5.0, "the last picture stays: {ended}");
    assert!(ended < 0.8 * live, "but never passes for a live one: {ended} to {live}");
}
