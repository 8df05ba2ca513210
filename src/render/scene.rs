//! What the next picture of a wall is made of: the contract between the ECS and the pass.
//!
//! [`Scene`] is written by systems in the main world and copied into the render world when it is to
//! be drawn. Policy: it names tiles and pictures, never pixels of video, and is written only where
//! it differs, so that a changed scene is what calls for a new picture; the newest frame is taken
//! from each frame queue in the render world, as late as possible.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use bevy::{math::UVec2, prelude::*};

use super::quad::{GlyphPatch, Quad};
use super::snapshot::Snapshot;
use crate::burn_in::{Brightness, ScreenCare};
use crate::camera::{Camera, CameraState, Feeds, Health, LivePicture};
use crate::wall::layout::{PxRect, Sight, Zoom};
use crate::wall::{
    Maximized, PicturePlacement, Shows, TileRect, TileZoom, Tiles, Turned, Wall, in_drawing_order,
    layout,
};
use camwall_config::Fit;

/// One tile to draw.
#[derive(Debug, Clone)]
pub struct TileDraw {
    /// The picture of the camera that the tile shows.
    pub picture: Arc<LivePicture>,
    /// The tile, in pixels of the target.
    pub rect: PxRect,
    /// Where the picture is in it.
    pub placement: PicturePlacement,
    /// How the picture fills the tile, and how far it is enlarged: for a picture whose shape has
    /// just changed, which is not placed yet.
    pub fit: (Fit, Zoom),
    /// Darkened and hatched: not live.
    pub stale: bool,
}

impl PartialEq for TileDraw {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Self| (a.picture.id(), a.rect, a.placement, a.fit, a.stale);
        same(self) == same(other)
    }
}

/// A wall as it should look now.
#[derive(Component, Default, Debug)]
pub struct Scene {
    /// Size of the wall, width × height in pixels.
    pub size: UVec2,
    /// How the wall is in its window, where it has one.
    pub sight: Sight,
    /// How bright it is there.
    pub light: Brightness,
    /// Tiles in drawing order.
    pub tiles: Vec<TileDraw>,
    /// Text and shapes in drawing order.
    pub quads: Arc<Vec<Quad>>,
    /// Scale of the interface: 1 at 1080 lines.
    pub ui_scale: f32,
}

/// What is asked of the pass for one wall.
#[derive(Component, Debug)]
pub struct DrawRequest {
    /// Draw in this update. Taken by the pass.
    pub draw: bool,
    /// Pictures of what the wall shows. Taken by the pass.
    pub snapshots: Vec<Snapshot>,
    /// How often the pass has drawn: does not grow when the window could not take a picture.
    pub(super) drawn: Arc<AtomicU64>,
    /// How often it had drawn when it was last asked to; none where that is known to be done.
    pub(super) drawn_before: Option<u64>,
    /// Something is to be drawn, at the next turn.
    pub(super) due: bool,
    /// What is drawn is something new, and not what the window could not take before.
    pub(super) anew: bool,
}

impl Default for DrawRequest {
    fn default() -> Self {
        Self {
            draw: false,
            snapshots: Vec::new(),
            drawn: Arc::default(),
            drawn_before: None,
            // Nothing is on the screen yet.
            due: true,
            anew: true,
        }
    }
}

impl DrawRequest {
    /// How often the wall was drawn and handed to the display.
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.drawn.load(Relaxed)
    }

    /// As the pass does.
    #[cfg(test)]
    pub fn count_drawn(&self) {
        self.drawn.fetch_add(1, Relaxed);
    }
}

/// The texture of all glyphs, for all walls.
#[derive(Resource, Default, Debug)]
pub struct GlyphTexture {
    /// Width × height in texels.
    pub size: UVec2,
    /// What changed since it was last drawn from. Taken by the pass.
    pub patches: Vec<GlyphPatch>,
}

/// Writes the tiles into the scenes.
pub fn fill_scenes(
    mut walls: Query<(&Wall, &Turned, &Maximized, Option<&Tiles>, &mut Scene)>,
    tiles: Query<(&TileRect, &PicturePlacement, &TileZoom, &Shows)>,
    cameras: Query<(&Camera, &Feeds, &Health)>,
    care: Res<ScreenCare>,
    mut fresh: Local<Vec<TileDraw>>,
) {
    for (wall, turned, maximized, of_wall, mut scene) in &mut walls {
        fresh.clear();
        for tile in in_drawing_order(of_wall, maximized) {
            let Ok((rect, placement, zoom, shows)) = tiles.get(tile) else { continue };
            let (Some(rect), Ok((camera, feeds, health))) = (rect.drawn, cameras.get(shows.0))
            else {
                continue;
            };
            fresh.push(TileDraw {
                picture: feeds.picture.clone(),
                rect,
                placement: *placement,
                fit: (camera.config.fit, zoom.0),
                stale: health.state() != CameraState::Live,
            });
        }
        if scene.size != wall.size {
            scene.size = wall.size;
            scene.ui_scale = layout::ui_scale(wall.size);
        }
        let sight = Sight { rotation: turned.0, moved: care.moved };
        let light = care.brightness();
        if (scene.sight, scene.light) != (sight, light) {
            (scene.sight, scene.light) = (sight, light);
        }
        if scene.tiles != *fresh {
            std::mem::swap(&mut scene.tiles, &mut *fresh);
        }
    }
    // Nothing here may keep a picture from being freed.
    fresh.clear();
}
