//! `camwall check --diff`: what a running wall would do if one file took the place of another.
//!
//! Runs on the main thread, without Bevy; opens nothing but the two files. Policy: by the rules of a
//! reload and no others; cameras that stay connected are counted, because they are what matters.

use std::{io, path::PathBuf, process::ExitCode};

use indexmap::IndexMap;

use super::check::{print_mistakes, say};
use crate::opening::OpenedPair;
use crate::sandbox::Lacking;
use camwall_config::{Camera, CameraChange, CameraFields, Change, ConfigErrors, Diff, Wall};
use camwall_words::{Difference, Words};

/// Says what a reload of a wall that runs with the first file would do.
#[must_use]
pub fn diff(opened: Result<OpenedPair, ConfigErrors>) -> ExitCode {
    let OpenedPair { old, new, lacking, files } = match opened {
        Ok(opened) => opened,
        Err(errors) => return print_mistakes(&errors),
    };
    let words = new.wall.language.words();
    for warning in &new.warnings {
        say(&mut io::stderr(), &(words.check.warning)(&warning.say(words)));
    }
    say(&mut io::stdout(), told(words, &files, &old.wall, &new.wall, &lacking).trim_end());
    ExitCode::SUCCESS
}

/// All of it, a line each.
fn told(
    words: &Words,
    files: &[PathBuf; 2],
    old: &Wall,
    new: &Wall,
    lacking: &[Lacking],
) -> String {
    let diff_words = &words.diff;
    // As a reload takes it over.
    let mut taken = new.clone().over(old);
    lacking.iter().filter_map(|it| it.camera.as_ref()).for_each(|it| taken.keep_camera(it, old));
    let diff = Diff::of(old, &taken);
    let waiting = Diff::of(old, new).rest.into_iter().filter(Change::needs_restart);
    let waiting: Vec<Change> = waiting.collect();
    let [from, to] = files.each_ref().map(|file| file.display().to_string());
    if diff.is_empty() && waiting.is_empty() && lacking.is_empty() {
        return (diff_words.nothing)(&from, &to);
    }
    let mut text = (diff_words.head)(&from, &to) + "\n";
    let mut line = |said: String| {
        text.push_str("  ");
        text.push_str(&said);
        text.push('\n');
    };
    let mut connected = new.cameras.len();
    for camera in &diff.cameras {
        let id = &camera.id;
        match camera.what {
            CameraChange::Added => {
                connected -= 1;
                line((diff_words.camera)(id, diff_words.camera_added));
            }
            CameraChange::Removed => {
                line((diff_words.camera)(id, diff_words.camera_removed));
            }
            CameraChange::Moved { from, to } => {
                line((diff_words.camera)(id, &(diff_words.camera_moved)(to, from)));
            }
            CameraChange::Changed(fields) => {
                connected -= usize::from(fields.main || fields.sub);
                if let (Some(old), Some(new)) = (old.cameras.get(id), new.cameras.get(id)) {
                    line((diff_words.camera)(id, &fields_told(diff_words, id, fields, old, new)));
                }
            }
        }
    }
    for change in diff.rest.iter().chain(&waiting) {
        match change {
            Change::Tours => tours_told(diff_words, old, &taken).into_iter().for_each(&mut line),
            Change::Walls => walls_told(diff_words, old, &taken).into_iter().for_each(&mut line),
            change => line(change_told(diff_words, change)),
        }
    }
    for Lacking { whose, path, .. } in lacking {
        let (whose, path) = (whose.say(&words.check), path.display().to_string());
        line((diff_words.out_of_reach)(&whose, &path));
    }
    let all = new.cameras.len();
    text.push_str(&((diff_words.connected)(connected, all) + "\n"));
    text
}

fn fields_told(
    words: &Difference,
    id: &str,
    fields: CameraFields,
    old: &Camera,
    new: &Camera,
) -> String {
    let CameraFields { main, sub, tuning, label, fit, record } = fields;
    let both = main && sub && old.sub.is_some() && new.sub.is_some();
    let sub_told = match (&old.sub, &new.sub) {
        (None, _) => words.sub_added,
        (_, None) => words.sub_removed,
        _ if both => words.both_anew,
        _ => words.sub_anew,
    };
    let all = [
        (main && !both, words.main_anew.to_owned()),
        (sub, sub_told.to_owned()),
        (tuning, words.watch.to_owned()),
        (label, (words.label)(new.label(id), old.label(id))),
        (fit, words.fit.to_owned()),
        (record, words.record.to_owned()),
    ];
    let said: Vec<String> =
        all.into_iter().filter_map(|(is_so, said)| is_so.then_some(said)).collect();
    said.join(words.between)
}

fn tours_told(words: &Difference, old: &Wall, new: &Wall) -> Vec<String> {
    let Difference { tour_added, tour_removed, tour_changed, tours, .. } = *words;
    by_name(&old.tours, &new.tours, [tour_added, tour_removed, tour_changed], tours)
}

fn walls_told(words: &Difference, old: &Wall, new: &Wall) -> Vec<String> {
    let Difference { wall_added, wall_removed, wall_changed, walls, .. } = *words;
    by_name(&old.walls, &new.walls, [wall_added, wall_removed, wall_changed], walls)
}

/// What is new, goes and is different, a line each; else that only the order is another.
fn by_name<Value: PartialEq>(
    old: &IndexMap<String, Value>,
    new: &IndexMap<String, Value>,
    [added, removed, changed]: [fn(&str) -> String; 3],
    order: &str,
) -> Vec<String> {
    let told = |(name, value): (&String, &Value)| match old.get(name) {
        None => Some(added(name)),
        Some(before) if before != value => Some(changed(name)),
        Some(_) => None,
    };
    let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| removed(name));
    let lines: Vec<String> = new.iter().filter_map(told).chain(gone).collect();
    if lines.is_empty() { vec![order.to_owned()] } else { lines }
}

fn change_told(words: &Difference, change: &Change) -> String {
    match change {
        Change::LayoutAdded(name) => return (words.layout_added)(name),
        Change::LayoutRemoved(name) => return (words.layout_removed)(name),
        Change::LayoutChanged(name) => return (words.layout_changed)(name),
        Change::LayoutOrder => words.layout_order,
        Change::Tours => words.tours,
        Change::Show => words.show,
        Change::Walls => words.walls,
        Change::Prewarm => words.prewarm,
        Change::Overlay => words.overlay,
        Change::Stats => words.stats,
        Change::StaleAfter => words.stale_after,
        Change::Keys => words.keys,
        Change::Window => words.window,
        Change::BurnIn => words.burn_in,
        Change::RecordingFolder => words.recording_folder,
        Change::RecordingFiles => words.recording_files,
        Change::PreRoll => words.pre_roll,
        Change::Retention => words.retention,
        Change::Language => words.language,
        Change::Sandbox => words.sandbox,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use camwall_words::EN;

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
            tours: { "days": (steps: [(show: "all")]), "nights": (steps: [(show: "old")]) },
            show: "days",
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
            tours: { "days": (every: "1min", steps: [(show: "all")]), "dawn": (steps: [(show: "all")]) },
            walls: { "left": (show: "days"), "right": () },
            burn_in: (orbit: 1),
            recording: (dir: "films", segment: "1min"),
            sandbox: Off,
        )"#;
        let files = ["old.ron", "new.ron"].map(PathBuf::from);
        let whose = crate::sandbox::Whose::Login("hall".to_owned());
        let lacking = [Lacking { camera: Some("hall".into()), whose, path: "/login".into() }];
        let text = told(&EN, &files, &wall(old), &wall(new), &lacking);
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
          tour days: its steps and times
          tour dawn: is new
          tour nights: goes; a wall that shows it stays at its step
          show: from the next start on
          wall left: is new, and opens
          wall right: is new, and opens
          burn_in: care for the screens
          recording: from the next file of each camera on
          RESTART NEEDED: recording: the folder; the wall goes on with the one it has
          RESTART NEEDED: sandbox: it can't be entered or left
          RESTART NEEDED: camera hall: the login: /login: out of the sandbox's reach
        1 of 5 cameras stay connected as they are
        ");
        let same = told(&EN, &files, &wall(old), &wall(old), &[]);
        assert_eq!(same, "old.ron → new.ron: nothing changes");
        let walls = |walls: &str| {
            wall(&format!("(cameras: {{ \"a\": (main: \"rtsp://h/a\") }}, walls: {{ {walls} }})"))
        };
        let lines = |old: &str, new: &str| walls_told(&EN.diff, &walls(old), &walls(new));
        let (left, right) = (r#""left": (),"#, r#""right": (),"#);
        assert_eq!(lines(&format!("{left}{right}"), right), ["wall left: goes"]);
        assert_eq!(
            lines(left, r#""left": (rotation: Half)"#),
            ["wall left: its monitor, size or turn, or what it begins with"]
        );
        let swapped = lines(&format!("{left}{right}"), &format!("{right}{left}"));
        assert_eq!(swapped, ["walls: their order"]);
    }
}
