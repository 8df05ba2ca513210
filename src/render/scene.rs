//! What the next picture of the wall is made of: the contract between the ECS and the pass.
//!
//! [`Scene`] is written by systems in the main world and copied into the render world when it asks
//! to be drawn. Policy: it names places, never pixels of video; the newest frame is taken from each
//! mailbox in the render world, as late as possible.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bevy::{ecs::resource::Resource, math::UVec2};

use super::quad::{GlyphPatch, Quad};
use crate::wall::layout::{PxRect, Zoom};
use camwall_config::Fit;
use camwall_media::Mailbox;

/// A camera's live picture: where frames come from, and the proof that they reached the screen.
#[derive(Debug)]
pub struct Picture {
    id: u64,
    /// Newest decoded frame.
    pub mailbox: Arc<Mailbox>,
    shown: AtomicU64,
    delay_us: AtomicU64,
}

impl Picture {
    /// A picture fed by `mailbox`.
    #[must_use]
    pub fn new(mailbox: Arc<Mailbox>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            mailbox,
            shown: AtomicU64::new(0),
            delay_us: AtomicU64::new(0),
        }
    }

    /// Tells pictures apart, also when one takes another's place.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Frames that were drawn and handed to the display.
    #[must_use]
    pub fn shown(&self) -> u64 {
        self.shown.load(Relaxed)
    }

    /// From the last packet's arrival to the hand-over to the display, for the newest frame shown.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_micros(self.delay_us.load(Relaxed))
    }

    pub(super) fn mark_shown(&self, arrived: Instant) {
        self.shown.fetch_add(1, Relaxed);
        let us = u64::try_from(arrived.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.delay_us.store(us, Relaxed);
    }
}

/// One tile to draw.
#[derive(Debug, Clone)]
pub struct TileDraw {
    /// Whose picture.
    pub picture: Arc<Picture>,
    /// The tile, in pixels of the target.
    pub rect: PxRect,
    /// How the picture fills it.
    pub fit: Fit,
    /// Digital zoom.
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
    /// How often the pass has drawn: stands still when the window could not take a picture.
    pub drawn: Arc<AtomicU64>,
    /// Write what the wall shows to these files. Taken by the pass.
    pub snapshots: Vec<PathBuf>,
}
