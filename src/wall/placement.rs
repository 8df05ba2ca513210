//! Where tiles and their pictures are at this instant, and where they come to rest.
//!
//! Main world. What is drawn is placed here alone, once a tile: the pass draws by it, the decoder
//! sizes pictures, streams are chosen by it. Only a picture whose shape has just changed
//! is placed by the pass itself. Policy: what rests is computed again only when a
//! rectangle, a zoom or the shape of a picture changed.

use std::time::Duration;

use bevy::{math::UVec2, prelude::*};

use super::{Maximized, MaximizedTile, ShownBy, Shows, Tile, TileZoom, Tiles, Waiting, Wall};
use crate::camera::{Camera, PictureShape, TileLines};
use crate::wall::layout;
use crate::wall::layout::{Placement, PxRect};

/// Where a tile is, in pixels of its wall.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TileRect {
    /// Its place in the layout.
    pub rest: PxRect,
    /// Where it is once animations have ended: the whole wall for the full-screen tile.
    pub end: PxRect,
    /// Where it is now; none while the full-screen tile hides it.
    pub drawn: Option<PxRect>,
}

/// Where the picture of a tile is.
#[derive(Component, Debug, Clone, Copy, PartialEq, Default)]
pub struct PicturePlacement {
    /// The shape of the picture that was placed.
    pub of: PictureShape,
    /// Once animations have ended; none where there is no picture.
    pub end: Option<Placement>,
    /// Now; none where there is no picture or the tile is hidden.
    pub drawn: Option<Placement>,
}

impl PicturePlacement {
    /// How large the whole picture is on the wall once animations have ended, width × height in
    /// pixels: more than its tile where it is enlarged.
    #[must_use]
    pub fn whole(&self) -> Option<(u32, u32)> {
        self.end.map(whole)
    }

    /// Whether a picture that the decoder made as large as [`whole`](Self::whole) is now shown
    /// texel for pixel.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.drawn.is_some() && self.drawn == self.end
    }
}

fn whole(picture: Placement) -> (u32, u32) {
    let span = picture.src.size();
    let whole = |dst: u32, span: f32| (dst as f32 / span.max(1e-3)).round() as u32;
    (whole(picture.dst.width, span.x), whole(picture.dst.height, span.y))
}

/// The tiles of a wall in drawing order: the full-screen one lies over all others.
pub fn in_drawing_order<'t>(
    tiles: Option<&'t Tiles>,
    maximized: &Maximized,
) -> impl Iterator<Item = Entity> + use<'t> {
    let last = maximized.0.map(|maximized| maximized.tile);
    let tiles = || tiles.into_iter().flat_map(|tiles| tiles.iter());
    tiles()
        .filter(move |tile| Some(*tile) != last)
        .chain(tiles().filter(move |tile| Some(*tile) == last))
}

/// Where a tile that rests at `rest` is at `now`.
pub(super) fn drawn_rect(
    tile: Entity,
    rest: PxRect,
    maximized: &Maximized,
    now: Duration,
) -> Option<PxRect> {
    match maximized.0 {
        None => Some(rest),
        Some(MaximizedTile { tile: on_top, animation, .. }) if on_top == tile => {
            Some(animation.rect_at(now))
        }
        Some(_) => {
            let alone = maximized.open().is_some() && !maximized.is_animating(now);
            (!alone).then_some(rest)
        }
    }
}

/// Places the tiles of all walls. Those of a wall that waits for its monitor are hidden.
pub fn place_tiles(
    walls: Query<(&Wall, &Maximized, &Tiles, Has<Waiting>)>,
    mut tiles: Query<&mut TileRect, With<Tile>>,
    time: Res<Time<Real>>,
) {
    for (wall, maximized, of_wall, waits) in &walls {
        for tile in of_wall.iter() {
            let Ok(mut rect) = tiles.get_mut(tile) else { continue };
            let rest = rect.rest;
            let end = if maximized.open() == Some(tile) { wall.rect() } else { rest };
            let drawn = drawn_rect(tile, rest, maximized, time.elapsed()).filter(|_| !waits);
            rect.set_if_neq(TileRect { rest, end, drawn });
        }
    }
}

/// Places the pictures in their tiles.
pub fn place_pictures(
    mut tiles: Query<(Ref<TileRect>, Ref<TileZoom>, Option<&Shows>, &mut PicturePlacement)>,
    cameras: Query<(Ref<Camera>, &PictureShape)>,
) {
    for (rect, zoom, shows, mut placement) in &mut tiles {
        let shown = shows.and_then(|shows| cameras.get(shows.0).ok());
        let Some((camera, shape)) = shown else {
            placement.set_if_neq(PicturePlacement::default());
            continue;
        };
        let same = !rect.is_changed() && !zoom.is_changed() && !camera.is_changed();
        if same && placement.of == *shape {
            continue;
        }
        let place = |rect| layout::place(rect, shape.size, shape.sar, camera.config.fit, zoom.0);
        let end = place(rect.end);
        let drawn = match rect.drawn {
            Some(drawn) if drawn == rect.end => end,
            Some(drawn) => place(drawn),
            None => None,
        };
        placement.set_if_neq(PicturePlacement { of: *shape, end, drawn });
    }
}

/// Tells each camera how many lines its picture needs to be sharp in its largest tile, where
/// animations end: those of the tile, times the digital zoom. Only tiles that are drawn now count,
/// but while one flies to full screen or back, all are.
pub fn tell_cameras(
    mut cameras: Query<(&mut TileLines, Option<&ShownBy>), With<Camera>>,
    tiles: Query<(&TileRect, &TileZoom)>,
) {
    for (mut lines, shown_by) in &mut cameras {
        let shown = shown_by.into_iter().flat_map(|shown| tiles.iter_many(shown.iter()));
        let needed = shown
            .filter(|(rect, _)| rect.drawn.is_some())
            .map(|(rect, zoom)| (rect.end.height as f32 * zoom.0.factor()).round() as u32)
            .max();
        lines.set_if_neq(TileLines(needed));
    }
}

/// How large the decoder is to make a camera's pictures where they are made as large as they are
/// drawn: as large as its largest picture on any wall. `None` where it is not shown or has that size
/// already, and where a digital zoom enlarges it, because most of it would be made in vain.
pub fn largest_picture(
    source: UVec2,
    placements: impl Iterator<Item = PicturePlacement>,
) -> Option<(u32, u32)> {
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let largest = placements
        .filter_map(|placement| placement.end)
        .map(|placement| (whole(placement), placement.dst))
        .max_by_key(|(size, _)| area(*size));
    let (size, seen) =
        largest.filter(|(size, _)| source != UVec2::ZERO && *size != source.into())?;
    let smaller = size.0 < source.x && size.1 < source.y;
    (smaller || area(size) <= 2 * area((seen.width, seen.height))).then_some(size)
}
