//! The GPU side of the wall: planes, the one pass, the target. The only place that names wgpu.
//!
//! ```text
//! Scene ──extract──▶ RenderScenes ─┬▶ FrameQueue::take → write_texture → plane textures
//! (main world)      (render world) └▶ one pass a wall: tiles, quads → window or texture → present
//! ```
//! Runs in the render sub-app, on the main thread (nothing is pipelined: it would cost a frame of
//! delay). Policy: nothing is drawn and no texture acquired unless the scene asks for it; a render
//! error never ends the program.

mod adapter;
mod color;
mod extract;
mod pass;
mod pipeline;
mod quad;
mod resources;
mod scene;
mod schedule;
mod snapshot;
mod target;
mod textures;

use bevy::{
    prelude::*,
    render::{
        ExtractSchedule, GpuResourceAppExt, Render, RenderApp, RenderSystems,
        error_handler::{ErrorType, RenderErrorHandler, RenderErrorPolicy},
        settings::{RenderCreation, WgpuSettings},
        view::window::create_surfaces,
    },
};
use wgpu::Backends;

use crate::burn_in::ScreenCare;
use crate::pacing::RedrawState;
use crate::wall::Wall;

pub use quad::{GlyphPatch, Quad, Shape};
pub use scene::{DrawRequest, GlyphTexture, Scene};
pub use snapshot::{Snapshot, SnapshotError, check_writable};

/// What the wall asks of wgpu.
#[must_use]
pub fn render_creation() -> RenderCreation {
    let backends = Backends::from_env().unwrap_or(Backends::PRIMARY);
    RenderCreation::from(WgpuSettings { backends: Some(backends), ..default() })
}

/// The steps of one update.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SceneSystems {
    /// Decoders are told how large their pictures are; after walls are placed.
    Scale,
    /// Tiles are written into the scenes.
    Fill,
    /// Whether the pass draws the scenes is decided; after everything that is seen.
    Present,
}

/// Draws the [`Scene`] of each wall. Without a renderer the scenes are written all the same.
pub struct ScenePlugin;

impl Plugin for ScenePlugin {
    fn build(&self, app: &mut App) {
        app.register_required_components::<Wall, Scene>();
        app.register_required_components::<Wall, DrawRequest>();
        app.init_resource::<GlyphTexture>()
            .init_resource::<ScreenCare>()
            .init_resource::<RedrawState>()
            .insert_resource(RenderErrorHandler(recover))
            .add_systems(
                Update,
                (
                    adapter::scale_on_cpu.in_set(SceneSystems::Scale),
                    scene::fill_scenes.in_set(SceneSystems::Fill),
                    schedule::decide.in_set(SceneSystems::Present),
                ),
            );
        let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
        render
            .init_resource::<extract::RenderScenes>()
            .init_resource::<target::ClaimedWindows>()
            .init_gpu_resource::<resources::GpuResources>()
            .add_systems(ExtractSchedule, extract::extract_scenes)
            .add_systems(Render, target::claim_windows.before(create_surfaces))
            .add_systems(Render, pass::draw_walls.in_set(RenderSystems::Render));
        app.add_systems(Startup, adapter::announce).add_systems(
            Update,
            schedule::choose_interval.before(schedule::decide).in_set(SceneSystems::Present),
        );
    }
}

/// Of how many pictures there are textures.
#[cfg(test)]
pub fn textured(app: &App) -> usize {
    let resources = app.sub_app(RenderApp).world().get_resource::<resources::GpuResources>();
    resources.map_or(0, |resources| resources.pictures.len())
}

/// A lost device is made anew; anything else is one bad frame. Bevy has logged the error already.
fn recover(
    error: &bevy::render::error_handler::RenderError,
    _main: &mut World,
    _render: &mut World,
) -> RenderErrorPolicy {
    match error.ty {
        ErrorType::DeviceLost => RenderErrorPolicy::Recover(render_creation()),
        _ => RenderErrorPolicy::Ignore,
    }
}
