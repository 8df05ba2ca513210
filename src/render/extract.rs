//! The scenes as the render world has them: copies of those that are to be drawn.
//!
//! Runs between an update of the main world and the pass. Policy: nothing is copied for a wall that is
//! not drawn, and nothing is allocated once the lists have grown.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Instant,
};

use bevy::{math::UVec2, prelude::*, render::MainWorld};

use super::quad::{GlyphPatch, Quad};
use super::scene::{DrawRequest, GlyphTexture, Scene, TileDraw};
use super::snapshot;
use super::snapshot::Snapshot;
use crate::burn_in::Brightness;
use crate::camera::LivePicture;
use crate::wall::OnWindow;
use crate::wall::layout::Sight;

/// The scenes as the render world has them, and what is reused from draw to draw.
#[derive(Resource, Default)]
pub struct RenderScenes {
    pub(super) walls: Vec<RenderWall>,
    pub(super) glyph_size: UVec2,
    pub(super) glyph_patches: Vec<GlyphPatch>,
    pub(super) writer: snapshot::Writer,
    /// Pictures that got a frame, and when it arrived.
    pub(super) arrivals: Vec<(Arc<LivePicture>, Instant)>,
}

/// One wall.
pub(super) struct RenderWall {
    pub(super) entity: Entity,
    pub(super) window: Option<Entity>,
    pub(super) size: UVec2,
    pub(super) sight: Sight,
    pub(super) light: Brightness,
    pub(super) tiles: Vec<TileDraw>,
    pub(super) quads: Arc<Vec<Quad>>,
    pub(super) ui_scale: f32,
    pub(super) drawn: Arc<AtomicU64>,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) uniforms: Vec<u8>,
    pub(super) draw: bool,
    /// There is something new to draw.
    pub(super) anew: bool,
}

impl RenderWall {
    pub(super) fn new(entity: Entity) -> Self {
        Self {
            entity,
            window: None,
            size: UVec2::ZERO,
            sight: Sight::default(),
            light: Brightness::default(),
            tiles: Vec::new(),
            quads: Arc::default(),
            ui_scale: 1.0,
            drawn: Arc::default(),
            snapshots: Vec::new(),
            uniforms: Vec::new(),
            draw: false,
            anew: false,
        }
    }
}

/// The walls of the main world.
type MainWalls =
    QueryState<(Entity, &'static Scene, &'static mut DrawRequest, Option<&'static OnWindow>)>;

/// Copies those scenes over that are to be drawn.
pub fn extract_scenes(
    mut main: ResMut<MainWorld>,
    mut to: ResMut<RenderScenes>,
    mut walls: Local<Option<MainWalls>>,
) {
    let RenderScenes { walls: copies, glyph_size, glyph_patches, .. } = &mut *to;
    let walls = walls.get_or_insert_with(|| main.query());
    copies.retain(|copy| walls.get(&main, copy.entity).is_ok());
    let mut any = false;
    for (entity, from, mut request, window) in walls.iter_mut(&mut main) {
        let known = copies.iter().position(|copy| copy.entity == entity);
        let index = known.unwrap_or_else(|| {
            copies.push(RenderWall::new(entity));
            copies.len() - 1
        });
        let copy = &mut copies[index];
        // Also where nothing is drawn: a window that is gone is let go of at once.
        copy.window = window.map(|window| window.0);
        (copy.draw, copy.anew) = (request.draw, request.anew);
        if !request.draw {
            continue;
        }
        any = true;
        (request.draw, request.anew) = (false, false);
        (copy.size, copy.sight, copy.light) = (from.size, from.sight, from.light);
        copy.tiles.clone_from(&from.tiles);
        copy.quads = Arc::clone(&from.quads);
        copy.drawn = Arc::clone(&request.drawn);
        copy.ui_scale = from.ui_scale;
        copy.snapshots.append(&mut request.snapshots);
    }
    if let Some(mut glyphs) = main.get_resource_mut::<GlyphTexture>().filter(|_| any) {
        *glyph_size = glyphs.size;
        glyph_patches.append(&mut glyphs.patches);
    }
}
