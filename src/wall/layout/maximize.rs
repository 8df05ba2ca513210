//! The short flight of a tile to full screen and back.
//!
//! Owns the curve and its duration. Runs on the caller's thread; time is handed in, any monotonic
//! count will do. Policy: fast enough not to be waited for, slow enough to see which tile it was;
//! turning round half way starts from where the tile is, so nothing ever jumps.

use std::time::Duration;

use super::PxRect;

/// A rectangle on its way from one place to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maximize {
    from: PxRect,
    to: PxRect,
    started: Duration,
    duration: Duration,
}

impl Maximize {
    /// How long a flight takes.
    pub const DURATION: Duration = Duration::from_millis(120);

    /// A flight that starts at `now` and takes [`Maximize::DURATION`]. Rectangles in pixels.
    pub const fn new(from: PxRect, to: PxRect, now: Duration) -> Self {
        Self { from, to, started: now, duration: Self::DURATION }
    }

    /// At rest at `rect` (pixels): done at any time. For a resized window, where a flight would
    /// only show the old size.
    pub const fn at(rect: PxRect) -> Self {
        Self { from: rect, to: rect, started: Duration::ZERO, duration: Duration::ZERO }
    }

    /// Where it ends, in pixels.
    #[cfg(test)]
    pub const fn target(&self) -> PxRect {
        self.to
    }

    /// Where the tile is at `now`, in pixels. Before the start it is at the start.
    pub fn rect_at(&self, now: Duration) -> PxRect {
        if self.done(now) {
            return self.to;
        }
        // Not done, so the duration is more than zero.
        let elapsed = now.saturating_sub(self.started);
        lerp_rect(self.from, self.to, elapsed.as_secs_f32() / self.duration.as_secs_f32())
    }

    /// Whether it has arrived and needs no further redraw.
    pub fn done(&self, now: Duration) -> bool {
        self.from == self.to || now.saturating_sub(self.started) >= self.duration
    }

    /// Flies to `to` (pixels) from wherever the tile is at `now`. Already heading there, it goes
    /// on: a key that repeats must not hold the tile in the air.
    pub fn retarget(&mut self, now: Duration, to: PxRect) {
        if self.to != to {
            *self = Self::new(self.rect_at(now), to, now);
        }
    }
}

/// The rectangle at time `t` (0 to 1, limited to that) of a flight between two, in pixels.
///
/// Edges move each on their own and are rounded each on their own: between two rectangles that
/// share an edge it stands still, and a rectangle flying to one that contains it only grows.
fn lerp_rect(from: PxRect, to: PxRect, t: f32) -> PxRect {
    let way = f64::from(ease_out(t));
    let edge = |a: u32, b: u32| {
        let (a, b) = (f64::from(a), f64::from(b));
        (a + (b - a) * way).round() as u32
    };
    let (x, y) = (edge(from.x, to.x), edge(from.y, to.y));
    let (right, bottom) = (edge(from.right(), to.right()), edge(from.bottom(), to.bottom()));
    PxRect { x, y, width: right.saturating_sub(x), height: bottom.saturating_sub(y) }
}

/// How far a flight has come, 0 to 1, at time `t`, 0 to 1 (limited to that; NaN counts as the
/// end). Fast at first, so that a key press shows at once, and gentle at the end.
fn ease_out(t: f32) -> f32 {
    if t.is_nan() {
        return 1.0;
    }
    1.0 - (1.0 - t.clamp(0.0, 1.0)).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILE: PxRect = PxRect::new(640, 360, 640, 360);
    const WALL: PxRect = PxRect::new(0, 0, 1920, 1080);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn flies_in_time_and_eases_out() {
        assert!(Maximize::DURATION <= ms(150), "longer than the issue allows");
        let animation = Maximize::new(TILE, WALL, ms(1000));
        assert_eq!(animation.rect_at(ms(1000)), TILE);
        assert_eq!(animation.rect_at(ms(1060)), PxRect::new(80, 45, 1760, 990));
        assert!(!animation.done(ms(1119)));
        assert!(animation.done(ms(1120)));
        assert_eq!(animation.rect_at(ms(1120)), WALL);
        assert_eq!(animation.rect_at(ms(99_999)), WALL);
        assert_eq!(animation.rect_at(ms(3)), TILE, "before the start");
    }

    #[test]
    fn turning_round_starts_where_the_tile_is() {
        let mut animation = Maximize::new(TILE, WALL, ms(0));
        let half = animation.rect_at(ms(60));
        animation.retarget(ms(60), TILE);
        assert_eq!(animation.rect_at(ms(60)), half);
        assert_ne!(half, WALL);
        assert_eq!(animation.rect_at(ms(180)), TILE);
    }

    #[test]
    fn repeating_the_target_does_not_start_again() {
        let mut animation = Maximize::new(TILE, WALL, ms(0));
        for now in 0..120 {
            animation.retarget(ms(now), WALL);
        }
        assert!(animation.done(ms(120)));
        assert_eq!(animation.target(), WALL);
    }

    #[test]
    fn at_rest_it_has_arrived() {
        let rest = Maximize::at(TILE);
        assert!(rest.done(ms(0)));
        assert_eq!(rest.rect_at(ms(0)), TILE);
        assert!(Maximize::new(TILE, TILE, ms(0)).done(ms(0)), "nowhere to go");
    }

    #[test]
    fn shared_edges_stand_still() {
        let left = PxRect::new(0, 0, 333, 111);
        for step in 0..=100 {
            let rect = lerp_rect(left, WALL, step as f32 / 100.0);
            assert_eq!((rect.x, rect.y), (0, 0));
        }
    }

    #[test]
    fn the_curve_is_limited() {
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 9.0].map(ease_out), [0.0, 0.0, 0.875, 1.0, 1.0]);
        assert_eq!(lerp_rect(TILE, WALL, f32::NAN), WALL);
        let near = PxRect::new(641, 360, 640, 360);
        assert_eq!(lerp_rect(TILE, near, 0.5), near, "seven eighths round up");
    }
}
