//! `camwall check --diff`: what a running wall would do if one file took the place of another.
//!
//! Runs on the main thread, without Bevy; opens nothing but the two files. Policy: by the rules of a
//! reload and no others; cameras that stay connected are counted, because they are what matters.

use std::{io, path::PathBuf, process::ExitCode};

use super::check::{print_mistakes, say};
use crate::opening::OpenedPair;
use crate::sandbox::Lacking;
use camwall_config::{Camera, CameraChange, CameraFields, Change, ConfigErrors, Diff, Wall};

/// Says what a reload of a wall that runs with the first file would do.
#[must_use]
pub fn diff(opened: Result<OpenedPair, ConfigErrors>) -> ExitCode {
    let OpenedPair { old, new, lacking, files } = match opened {
        Ok(opened) => opened,
        Err(errors) => return print_mistakes(&errors),
    };
    for warning in &new.warnings {
        say(&mut io::stderr(), &format!("{warning} (warning)"));
    }
    say(&mut io::stdout(), told(&files, &old.wall, &new.wall, &lacking).trim_end());
    ExitCode::SUCCESS
}

/// All of it, a line each.
fn told(files: &[PathBuf; 2], old: &Wall, new: &Wall, lacking: &[Lacking]) -> String {
    // As a reload takes it over.
    let mut taken = new.clone().over(old);
    lacking.iter().filter_map(|it| it.camera.as_ref()).for_each(|it| taken.keep_camera(it, old));
    let diff = Diff::of(old, &taken);
    let waiting = Diff::of(old, new).rest.into_iter().filter(Change::needs_restart);
    let waiting: Vec<Change> = waiting.collect();
    let [from, to] = files.each_ref().map(|file| file.display());
    if diff.is_empty() && waiting.is_empty() && lacking.is_empty() {
        return format!("{from} → {to}: nothing changes");
    }
    let mut text = format!("{from} → {to}:\n");
    let mut line = |words: String| {
        text.push_str("  ");
        text.push_str(&words);
        text.push('\n');
    };
    let mut connected = new.cameras.len();
    for camera in &diff.cameras {
        let id = &camera.id;
        match camera.what {
            CameraChange::Added => {
                connected -= 1;
                line(format!("camera {id}: is new, and connects"));
            }
            CameraChange::Removed => {
                line(format!("camera {id}: goes; what is recorded of it is finished"));
            }
            CameraChange::Moved { from, to } => {
                line(format!("camera {id}: is number {to} instead of {from}"));
            }
            CameraChange::Changed(fields) => {
                connected -= usize::from(fields.main || fields.sub);
                if let (Some(old), Some(new)) = (old.cameras.get(id), new.cameras.get(id)) {
                    line(format!("camera {id}: {}", fields_told(id, fields, old, new)));
                }
            }
        }
    }
    diff.rest.iter().chain(&waiting).map(change_told).for_each(&mut line);
    for Lacking { whose, path, .. } in lacking {
        line(format!("RESTART NEEDED: {whose}: {}: out of the sandbox's reach", path.display()));
    }
    let all = new.cameras.len();
    text.push_str(&format!("{connected} of {all} cameras stay connected as they are\n"));
    text
}

fn fields_told(id: &str, fields: CameraFields, old: &Camera, new: &Camera) -> String {
    let CameraFields { main, sub, tuning, label, fit, record } = fields;
    let both = main && sub && old.sub.is_some() && new.sub.is_some();
    let sub_told = match (&old.sub, &new.sub) {
        (None, _) => "the sub stream is new",
        (_, None) => "the sub stream goes",
        _ if both => "both streams connect anew",
        _ => "the sub stream connects anew",
    };
    let all = [
        (main && !both, "the main stream connects anew".to_owned()),
        (sub, sub_told.to_owned()),
        (tuning, "what is looked for in its pictures".to_owned()),
        (label, format!("is called `{}` instead of `{}`", new.label(id), old.label(id))),
        (fit, "how its picture fills the tile".to_owned()),
        (record, "when it is recorded".to_owned()),
    ];
    let said: Vec<String> =
        all.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect();
    said.join("; ")
}

fn change_told(change: &Change) -> String {
    match change {
        Change::LayoutAdded(name) => format!("layout {name}: is new"),
        Change::LayoutRemoved(name) => {
            format!("layout {name}: goes; who looks at it sees the one to begin with")
        }
        Change::LayoutChanged(name) => format!("layout {name}: its places"),
        Change::LayoutOrder => "layouts: their order, and with it their keys".to_owned(),
        Change::Show => "show: from the next start on".to_owned(),
        Change::Prewarm => "prewarm: which cameras are decoded all the time".to_owned(),
        Change::Overlay => "overlay: what is written over the pictures".to_owned(),
        Change::Stats => "overlay: whether the figures are shown".to_owned(),
        Change::StaleAfter => {
            "overlay: when a picture counts as old; nothing connects anew".to_owned()
        }
        Change::Keys => "keys".to_owned(),
        Change::Window => "window: its place and size".to_owned(),
        Change::RecordingFolder => {
            "RESTART NEEDED: recording: the folder; the wall goes on with the one it has".to_owned()
        }
        Change::RecordingFiles => "recording: from the next file of each camera on".to_owned(),
        Change::PreRoll => "recording: how much is kept in memory".to_owned(),
        Change::Retention => "recording: when old recordings are removed".to_owned(),
        Change::Language => "language".to_owned(),
        Change::Sandbox => "RESTART NEEDED: sandbox: it can't be entered or left".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_is_told_in_words() {
        let wall = |text: &str| Wall::parse(text, "wall.ron").unwrap().wall;
        let old = r#"(
            cameras: {
                "gate": (name: "Gate", main: "rtsp://h/1", sub: "rtsp://h/2"),
                "dock": (main: "rtsp://k/1"),
                "yard": (main: "rtsp://l/1"),
                "hall": (main: "rtsp://m/1", login: Env("HALL"), sub: "rtsp://m/2"),
                "pier": (main: "rtsp://p/1", sub: "rtsp://p/2"),
            },
            layouts: { "all": Grid(cameras: ["gate"]), "old": Grid(cameras: ["dock"]) },
            recording: (dir: "video"),
        )"#;
        let new = r#"(
            cameras: {
                "door": (main: "rtsp://n/1"),
                "gate": (name: "Door", main: "rtsp://h/3", sub: "rtsp://h/2", record: Always),
                "dock": (main: "rtsp://k/1", fit: Cover, interval: "1s", sub: "rtsp://k/2"),
                "hall": (main: "rtsp://m/1", login: File("/login"), sub: "rtsp://m/2"),
                "pier": (main: "rtsp://p/1", sub: "rtsp://p/2", via: Ffmpeg),
            },
            layouts: { "all": Grid(cameras: ["gate", "hall"]) },
            recording: (dir: "films", segment: "1min"),
            sandbox: Off,
        )"#;
        let files = ["old.ron", "new.ron"].map(PathBuf::from);
        let whose = "camera hall: the login".to_owned();
        let lacking = [Lacking { camera: Some("hall".into()), whose, path: "/login".into() }];
        let text = told(&files, &wall(old), &wall(new), &lacking);
        insta::assert_snapshot!(text, @r"
        old.ron → new.ron:
          camera door: is new, and connects
          camera gate: is number 2 instead of 1
          camera gate: the main stream connects anew; is called `Door` instead of `Gate`; when it is recorded
          camera dock: is number 3 instead of 2
          camera dock: the sub stream is new; what is looked for in its pictures; how its picture fills the tile
          camera pier: both streams connect anew
          camera yard: goes; what is recorded of it is finished
          layout all: its places
          layout old: goes; who looks at it sees the one to begin with
          recording: from the next file of each camera on
          RESTART NEEDED: recording: the folder; the wall goes on with the one it has
          RESTART NEEDED: sandbox: it can't be entered or left
          RESTART NEEDED: camera hall: the login: /login: out of the sandbox's reach
        1 of 5 cameras stay connected as they are
        ");
        let same = told(&files, &wall(old), &wall(old), &[]);
        assert_eq!(same, "old.ron → new.ron: nothing changes");
    }
}
