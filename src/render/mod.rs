//! The GPU side of the wall: planes, the one pass, the target. The only place that names wgpu.
//!
//! ```text
//! Scene ──extract──▶ RenderScene ─┬▶ FrameQueue::take → write_texture → plane textures
//! (main world)     (render world) └▶ one pass: tiles, quads → window or texture → present
//! ```
//! Runs in the render sub-app, on the main thread (nothing is pipelined: it would cost a frame of
//! delay). Policy: nothing is drawn and no texture acquired unless the scene asks for it; a render
//! error never ends the program.

mod adapter;
mod color;
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

pub use adapter::{announce, scale_on_cpu};
pub use quad::{GlyphPatch, Quad, Shape};
pub use scene::{Scene, fill_scene};
pub use schedule::{choose_interval, decide};
pub use snapshot::check_writable;

/// What the wall asks of wgpu.
#[must_use]
pub fn render_creation() -> RenderCreation {
    let backends = Backends::from_env().unwrap_or(Backends::PRIMARY);
    RenderCreation::from(WgpuSettings { backends: Some(backends), ..default() })
}

/// Draws [`Scene`].
pub fn plugin(app: &mut App) {
    app.init_resource::<Scene>().insert_resource(RenderErrorHandler(recover));
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_resource::<pass::RenderScene>()
        .init_resource::<target::ClaimedWindow>()
        .init_gpu_resource::<resources::GpuResources>()
        .add_systems(ExtractSchedule, pass::extract_scene)
        .add_systems(Render, target::claim_window.before(create_surfaces))
        .add_systems(Render, pass::draw_wall.in_set(RenderSystems::Render));
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
