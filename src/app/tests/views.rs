//! What is seen of the wall, in plain numbers: the words that all of these tests share.

/// In place of a camera, where a hotspot has none to show.
pub(super) const NOBODY: usize = usize::MAX;

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Px {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A part of a picture, normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub(super) min: (f32, f32),
    pub(super) max: (f32, f32),
}

/// A place of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TileView {
    pub(super) camera: usize,
    pub(super) rect: Px,
}

/// What is drawn of a camera, in the order of drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DrawnView {
    pub(super) camera: usize,
    pub(super) rect: Px,
    /// Marked as not live.
    pub(super) stale: bool,
    /// Where the picture lies and which part of it is shown; none where its size is not known.
    pub(super) placement: Option<(Px, Part)>,
}
