//! What goes on at a start because a kill interrupted it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bevy::{math::UVec2, prelude::*, time::TimePlugin};
use camwall_recorder::simulation::{GATE, SimulatedRecorder};
use jiff::{SignedDuration, ToSpan, Zoned};

use super::{Recorder, Recording, SCHEDULE_INTERVAL};
use crate::camera::{CameraPlugin, CameraSystems, WallFile};
use crate::input::{InputSystems, OperatorPlugin};
use crate::pacing::{FramePacer, PacingPlugin};
use crate::wall::WallPlugin;
use camwall_config::{Bindings, Wall};

const SECOND: Duration = Duration::from_secs(1);

/// A recording that a kill ended a few seconds ago.
fn killed() -> SimulatedRecorder {
    let wall = jiff::Timestamp::now() - SignedDuration::from_secs(20);
    let mut gate = SimulatedRecorder::starting_at(wall);
    gate.record(10 * SECOND);
    gate.kill();
    gate
}

/// A wall in `folder` without a `recording` section, whose camera has this `record`.
fn wall(record: &str, folder: &Path) -> App {
    let text = format!(r#"(cameras: {{ "{GATE}": (main: "./a", record: {record}) }})"#);
    let wall = Wall::parse(&text, "wall.ron").unwrap().wall;
    let mut app = App::new();
    app.add_plugins((
        TimePlugin,
        OperatorPlugin(Bindings::resolve(&wall)),
        WallPlugin::of(&wall, Some(UVec2::new(640, 360)), None),
        CameraPlugin(WallFile { wall, folder: folder.to_owned() }),
        PacingPlugin(FramePacer::start(|| {}).unwrap()),
    ))
    .configure_sets(Update, (CameraSystems::Read, InputSystems).chain());
    app
}

/// Whether a wall without a `recording` section, whose camera has this `record`, records it after that
/// kill, with no key pressed; so long it is waited for that.
fn goes_on(record: &str, gate: &SimulatedRecorder, patience: Duration) -> bool {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(gate.root(), folder.path().join("recordings")).unwrap();
    let mut app = wall(record, folder.path());
    let until = Instant::now() + patience;
    loop {
        app.update();
        let mut cameras = app.world_mut().query::<(&Recorder, Has<Recording>)>();
        let (recorder, recorded) = cameras.single(app.world()).unwrap();
        // What follows from it is done in the same update.
        let answered = recorder.recorder.status().interrupted.is_some() && recorder.switch.resumed;
        if recorded || answered || Instant::now() > until {
            return recorded;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_a_key_began_goes_on_after_a_kill_without_a_recording_section() {
    assert!(goes_on("Never", &killed(), 20 * SECOND));
}

#[test]
fn what_a_key_began_beside_a_schedule_goes_on_after_a_kill() {
    let in_days = |days: i64| (&Zoned::now() + days.days()).strftime("%a").to_string();
    let far = format!(r#"Weekly(["{} 12:00-12:01"])"#, in_days(3));
    assert!(goes_on(&far, &killed(), 20 * SECOND));
}

#[test]
fn what_was_ended_does_not_go_on() {
    let mut gate = killed();
    gate.record(5 * SECOND);
    gate.finish();
    assert!(!goes_on("Never", &gate, 3 * SECOND));
}

#[test]
fn a_schedule_that_turns_on_lets_nothing_before_that_be_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = wall(r#"Weekly(["Daily 00:00-24:00"])"#, folder.path());
    app.update();
    let mut cameras = app.world_mut().query::<&mut Recorder>();
    // As it was before.
    cameras.single_mut(app.world_mut()).unwrap().switch.planned = false;
    let off = Instant::now();
    std::thread::sleep(SCHEDULE_INTERVAL);
    app.update();
    let recorder = cameras.single(app.world()).unwrap();
    assert!(recorder.switch.planned);
    let since = recorder.not_before.expect("a schedule is on");
    let looked = off.duration_since(since);
    assert!(looked < SECOND, "it was seen to be off {looked:?} before");
}
