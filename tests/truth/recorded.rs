//! How far the wall gets with the answers that real cameras gave, as the retina crate ships them:
//! each is served at its step, the rest of the dialogue is ours.

use std::collections::BTreeMap;

use testkit::{Run, SECOND, Scripted, WallFile, recorded_answers, turn};

/// Steps of the dialogue, in their order.
const STEPS: [&str; 4] = ["describe", "setup", "play", "media"];

#[test]
fn recorded_cameras_get_as_far_as_they_did() {
    let _turn = turn();
    let files = std::fs::read_dir(recorded_answers()).unwrap().map(|file| file.unwrap().path());
    let text = files.filter(|file| file.extension().is_some_and(|end| end == "txt"));
    let rows: Vec<String> = text
        .map(|file| format!("recorded/{}", file.file_stem().unwrap().to_string_lossy()))
        .collect();
    assert!(rows.len() >= 40, "{} recorded answers", rows.len());
    let names: Vec<&str> = rows.iter().map(String::as_str).collect();
    let server = Scripted::with_answers(&names);
    let cameras: Vec<(String, String)> =
        names.iter().map(|row| (id(row), camera(&server, row))).collect();
    let wall = WallFile::new(&cameras, "overlay: (clock: false)");
    let mut camwall = Run::offscreen_of("1280x720", &wall).start();
    camwall.wait_until("fifteen seconds", 40 * SECOND, |lines| {
        lines.last().is_some_and(|line| line.t > 15.0)
    });
    let last = camwall.lines().pop().unwrap();
    camwall.terminate();

    let mut table = BTreeMap::new();
    for row in names {
        let reached = server.drain("reached", row).into_iter();
        let steps =
            reached.filter_map(|(_, event)| STEPS.iter().position(|step| event["step"] == **step));
        let farthest = steps.max().map_or("nothing", |step| STEPS[step]);
        let camera = last.camera(&id(row));
        let size = format!("{}×{}", camera.width, camera.height);
        let codec = camera.codec.as_deref().unwrap_or("-");
        table.insert(id(row), format!("{farthest:<9} {:<12} {codec:<6} {size}", camera.state));
    }
    let lines: Vec<String> =
        table.iter().map(|(name, line)| format!("{name:<36} {line}")).collect();
    insta::assert_snapshot!("recorded", lines.join("\n"));
}

/// An id without a slash.
fn id(row: &str) -> String {
    row.trim_start_matches("recorded/").to_owned()
}

fn camera(server: &Scripted, row: &str) -> String {
    let url = format!("main: {:?}", server.url(row));
    match server.login(row) {
        Some((user, password)) => url.replace("rtsp://", &format!("rtsp://{user}:{password}@")),
        None => url,
    }
}
