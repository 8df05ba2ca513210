//! Keys that come within one update: each is for the camera that was selected when it was pressed.

use std::time::{Duration, Instant};

use bevy::{
    input::{
        ButtonState,
        keyboard::{Key, KeyboardInput},
    },
    math::UVec2,
    prelude::*,
    time::TimePlugin,
    window::WindowEvent,
};
use tempfile::TempDir;

use super::{Recorder, Recording};
use crate::camera::{Camera, CameraPlugin, CameraSystems, Notice, RecordingStatus, WallFile};
use crate::input::{InputSystems, OperatorPlugin};
use crate::operation::{Operation, Phase, operate};
use crate::pacing::{FramePacer, PacingPlugin};
use crate::wall::WallPlugin;
use camwall_config::{Action, Bindings, Wall};

/// Three cameras `a`, `b`, `c` in the first layout, `c` and `b` in the second; `a` is selected.
struct Desk {
    app: App,
    _folder: TempDir,
}

impl Desk {
    fn new(keys: &str) -> Self {
        let text = format!(
            r#"(
                cameras: {{ "a": (main: "./a"), "b": (main: "./b"), "c": (main: "./c") }},
                layouts: {{
                    "all": Grid(columns: 3, cameras: ["a", "b", "c"]),
                    "rest": Grid(columns: 2, cameras: ["c", "b"]),
                }},
                keys: {{{keys}}},
            )"#
        );
        let wall = Wall::parse(&text, "wall.ron").unwrap().wall;
        let folder = tempfile::tempdir().unwrap();
        let mut app = App::new();
        app.add_plugins((
            TimePlugin,
            OperatorPlugin(Bindings::resolve(&wall)),
            WallPlugin::of(&wall, Some(UVec2::new(640, 360)), None),
            CameraPlugin(WallFile { wall, folder: folder.path().to_owned() }),
            PacingPlugin(FramePacer::start(|| {}).unwrap()),
        ))
        .configure_sets(Update, (CameraSystems::Read, InputSystems).chain());
        app.update();
        Self { app, _folder: folder }
    }

    /// All of these keys within one update.
    fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let logical_key = match *key {
                "Right" => Key::ArrowRight,
                "Left" => Key::ArrowLeft,
                "Enter" => Key::Enter,
                "Tab" => Key::Tab,
                letter => Key::Character(letter.into()),
            };
            for state in [ButtonState::Pressed, ButtonState::Released] {
                self.app.world_mut().write_message(WindowEvent::KeyboardInput(KeyboardInput {
                    key_code: KeyCode::Unidentified(
                        bevy::input::keyboard::NativeKeyCode::Unidentified,
                    ),
                    logical_key: logical_key.clone(),
                    state,
                    text: None,
                    repeat: false,
                    window: Entity::PLACEHOLDER,
                }));
            }
        }
        self.app.update();
    }

    /// The cameras of which something is true.
    fn those(&mut self, wanted: impl Fn(&Recorder, bool) -> bool) -> String {
        let mut cameras = self.app.world_mut().query::<(&Camera, &Recorder, Has<Recording>)>();
        let mut ids: Vec<&str> = cameras
            .iter(self.app.world())
            .filter(|(_, recorder, recording)| wanted(recorder, *recording))
            .map(|(camera, ..)| &*camera.id)
            .collect();
        ids.sort_unstable();
        ids.concat()
    }

    fn recorded(&mut self) -> String {
        self.those(|_, recording| recording)
    }

    fn camera(&mut self, number: usize) -> Entity {
        let mut cameras = self.app.world_mut().query::<(Entity, &Camera)>();
        let mut cameras = cameras.iter(self.app.world());
        cameras.find(|(_, camera)| camera.number == number).unwrap().0
    }
}

#[track_caller]
fn assert_recorded(keys: &[&str], ids: &str) {
    let mut desk = Desk::new("");
    desk.press(keys);
    assert_eq!(desk.recorded(), ids, "{keys:?}");
}

#[test]
fn r_records_the_camera_that_was_selected_when_it_was_pressed() {
    assert_recorded(&["r", "Right"], "a");
    assert_recorded(&["Right", "r"], "b");
    assert_recorded(&["r", "Right", "r", "Left", "r"], "b");
    assert_recorded(&["Right", "r", "Right", "r", "Left", "Left"], "bc");
}

#[test]
fn a_number_or_a_layout_before_r_counts_and_after_it_does_not() {
    assert_recorded(&["3", "Enter", "r"], "c");
    assert_recorded(&["r", "3", "Enter"], "a");
    assert_recorded(&["9", "Enter", "r"], "a");
    assert_recorded(&["Tab", "r"], "c");
    assert_recorded(&["r", "Tab"], "a");
    assert_recorded(&["Tab", "r", "Tab", "Right", "Right"], "c");
}

#[test]
fn record_all_takes_its_turn() {
    let mut desk = Desk::new(r#""record_all": ["A"]"#);
    desk.press(&["r", "a", "Right", "r"]);
    assert_eq!(desk.recorded(), "ac", "all, then not the second");
}

#[test]
fn s_saves_the_camera_that_was_selected_when_it_was_pressed() {
    for (keys, id) in [(["s", "Right"], "a"), (["Right", "s"], "b")] {
        let mut desk = Desk::new("");
        desk.press(&keys);
        assert_eq!(desk.those(|recorder, _| recorder.snapshot_until.is_some()), id, "{keys:?}");
    }
}

#[test]
fn k_keeps_the_camera_that_was_selected_when_it_was_pressed() {
    for (keys, id) in [(["k", "Right"], "a"), (["Right", "k"], "b")] {
        let mut desk = Desk::new("");
        desk.press(&keys);
        let until = Instant::now() + Duration::from_secs(20);
        let answered = loop {
            // Nothing was recorded: the recorder that was asked says so.
            let answered = desk.those(|recorder, _| recorder.recorder.note().is_some());
            if !answered.is_empty() || Instant::now() > until {
                break answered;
            }
            std::thread::yield_now();
        };
        assert_eq!(answered, id, "{keys:?}");
    }
}

#[test]
fn zero_can_be_bound_to_record() {
    let mut desk = Desk::new(r#""zoom_reset": [], "record": ["0"]"#);
    desk.press(&["Right", "0", "Right"]);
    assert_eq!(desk.recorded(), "b");
    desk.press(&["2", "0", "Right"]);
    assert_eq!(desk.recorded(), "b", "a digit of a number");
}

/// Doubts the clock of all cameras but the first, as the recorders would.
fn doubt(mut cameras: Query<(&Camera, &mut RecordingStatus)>) {
    for (camera, mut status) in &mut cameras {
        status.0.doubts.clock = camera.number > 1;
    }
}

#[test]
fn who_confirms_the_clock_is_answered_on_the_tiles_that_doubt_it() {
    let noticed = |desk: &mut Desk| {
        let mut cameras = desk.app.world_mut().query::<(&Camera, &Notice)>();
        let mut said: Vec<(String, String)> = cameras
            .iter(desk.app.world())
            .filter_map(|(camera, notice)| Some((camera.id.to_string(), notice.0.clone()?.0)))
            .collect();
        said.sort_unstable();
        said
    };
    let mut desk = Desk::new(r#""trust_clock": ["T"]"#);
    desk.press(&["t"]);
    assert_eq!(noticed(&mut desk), [], "nobody doubts it");
    let between = doubt.after(CameraSystems::Read).before(InputSystems);
    desk.app.add_systems(Update, between);
    desk.press(&["t"]);
    let trusted = |id: &str| (id.to_owned(), "CLOCK TRUSTED".to_owned());
    assert_eq!(noticed(&mut desk), [trusted("b"), trusted("c")]);
}

#[test]
fn a_camera_that_is_gone_is_not_recorded_and_no_other_in_its_place() {
    let mut desk = Desk::new("");
    let gone = desk.camera(1);
    desk.app.world_mut().despawn(gone);
    desk.press(&["r"]);
    assert_eq!(desk.recorded(), "");
    for action in [Action::Record, Action::Protect, Action::Snapshot] {
        let operation = Operation { entity: gone, action, phase: Phase::Pressed };
        operate(desk.app.world_mut(), operation);
    }
    desk.press(&["Right", "r"]);
    assert_eq!(desk.recorded(), "b");
}
