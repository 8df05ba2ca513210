//! A plugin whose resources others need is missed at the first update, and not when somebody comes to
//! need it. Walls, status, overlay and shutdown are needed by nobody.

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
    let bindings = Bindings::resolve(&wall);
    let walls = WallPlugin::of(&wall, Some(UVec2::new(64, 64)), None);
    let file = WallFile { wall, folder: PathBuf::new() };
    let reporter = StatusReporter::new(&Cli::parse_from(["camwall"]).run).unwrap();
    let pacer = FramePacer::start(|| {}).unwrap();
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
        ("wall", add(walls)),
        ("overlay", add(OverlayPlugin)),
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
fn a_plugin_that_others_need_is_missed_at_the_first_update() {
    assert!(runs_without(""), "nothing is missing");
    for name in ["time", "operator", "camera", "scene", "pacing"] {
        assert!(!runs_without(name), "{name} is not missed");
    }
}
