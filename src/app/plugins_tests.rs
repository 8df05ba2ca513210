//! A plugin that is forgotten is missed at the first update, and not when somebody needs it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bevy::time::TimePlugin;
use clap::Parser;

use super::*;
use crate::cli::Cli;

type Add = Box<dyn FnOnce(&mut App)>;

/// The parts of a wall whose resources others need, by name.
fn parts() -> Vec<(&'static str, Add)> {
    let text = r#"(cameras: { "a": (main: "./a") })"#;
    let wall = Wall::parse(text, "wall.ron").unwrap().wall;
    let bindings = Bindings::resolve(&wall.keys);
    let file = WallFile { wall, folder: PathBuf::new() };
    let reporter = StatusReporter::new(&Cli::parse_from(["camwall"]).run).unwrap();
    let pacer = FramePacer::start(|| {}).unwrap();
    let shutdown = Shutdown::new(None, None, &pacer).unwrap();
    fn add(plugin: impl Plugin) -> Add {
        Box::new(move |app| {
            app.add_plugins(plugin);
        })
    }
    vec![
        ("time", add(TimePlugin)),
        ("operator", add(OperatorPlugin(bindings))),
        ("camera", add(CameraPlugin(file))),
        ("status", add(StatusPlugin::new(reporter))),
        ("scene", add(ScenePlugin)),
        ("pacing", add(PacingPlugin(pacer))),
        ("wall", add(WallPlugin { size: UVec2::new(64, 64), layout: 0, stats: false })),
        ("overlay", add(OverlayPlugin)),
        ("shutdown", add(ShutdownPlugin(shutdown))),
    ]
}

/// Whether an app without this part comes through its first update.
fn runs_without(left_out: &str) -> bool {
    let mut app = App::new();
    for (name, add) in parts() {
        if name != left_out {
            add(&mut app);
        }
    }
    set_order(&mut app);
    catch_unwind(AssertUnwindSafe(|| app.update())).is_ok()
}

#[test]
fn a_forgotten_plugin_is_missed_at_the_first_update() {
    assert!(runs_without(""), "nothing is missing");
    for name in ["time", "operator", "camera", "status", "scene", "pacing"] {
        assert!(!runs_without(name), "{name} is not missed");
    }
}
