//! What the next picture of the wall is made of: the contract between the ECS and the pass.
//!
//! [`Scene`] is written by systems in the main world and copied into the render world when it asks
//! to be drawn. Policy: it names tiles and pictures, never pixels of video; the newest frame is
//! taken from each frame queue in the render world, as late as possible.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

use bevy::{math::UVec2, prelude::*};

use super::quad::{GlyphPatch, Quad};
use crate::camera::{Camera, CameraOrder, CameraState, CameraStatus, Feeds, LivePicture};
use crate::wall::layout::{PxRect, Zoom};
use crate::wall::{WallView, layout};
use camwall_config::Fit;

/// One tile to draw.
#[derive(Debug, Clone)]
pub struct TileDraw {
    /// The picture of the camera that the tile shows.
    pub picture: Arc<LivePicture>,
    /// The tile, in pixels of the target.
    pub rect: PxRect,
    /// How the picture fills the tile.
    pub fit: Fit,
    /// Digital zoom of the picture.
    pub zoom: Zoom,
    /// Darkened and hatched: not live.
    pub stale: bool,
}

/// The wall as it should look now.
#[derive(Resource, Default, Debug)]
pub struct Scene {
    /// Size of the target, width × height in pixels.
    pub size: UVec2,
    /// Tiles in drawing order.
    pub tiles: Vec<TileDraw>,
    /// Text and shapes in drawing order.
    pub quads: Arc<Vec<Quad>>,
    /// Scale of the interface: 1 at 1080 lines.
    pub ui_scale: f32,
    /// Size of the glyph texture, width × height in texels.
    pub glyph_size: UVec2,
    /// What changed in the glyph texture since it was last drawn.
    pub glyph_patches: Vec<GlyphPatch>,
    /// Draw in this update. Taken by the pass.
    pub draw: bool,
    /// How often the pass has drawn: does not grow when the window could not take a picture.
    pub drawn: Arc<AtomicU64>,
    /// Write what the wall shows to these files. Taken by the pass.
    pub snapshots: Vec<PathBuf>,
}

/// Writes the tiles into the scene.
pub fn fill_scene(
    view: Res<WallView>,
    order: Res<CameraOrder>,
    cameras: Query<(&Camera, &Feeds, &CameraStatus)>,
    mut scene: ResMut<Scene>,
) {
    let scene = scene.bypass_change_detection();
    scene.size = view.size();
    scene.ui_scale = layout::ui_scale(view.size());
    scene.tiles.clear();
    for (tile, rect) in view.visible() {
        let entity = order.0.get(view.tiles[tile].camera).copied();
        let found = entity.and_then(|entity| cameras.get(entity).ok());
        let Some((camera, feeds, status)) = found else { continue };
        scene.tiles.push(TileDraw {
            picture: feeds.picture.clone(),
            rect,
            fit: camera.config.fit,
            zoom: view.zoom_of(camera.index),
            stale: status.state() != CameraState::Live,
        });
    }
}
