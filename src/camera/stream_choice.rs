//! Which of a camera's two streams its tile calls for, and when the change to it may begin.
//!
//! Plain data and one rule: it is told the time and knows no feed; [`super`] does what it says, on
//! the main thread. Policy: the sub stream serves a tile of up to 1.15 times its lines and the main
//! stream one of more than 1.2 times; between the two, the stream that is there or on its way
//! stays. So the streams can't each call for the other. What the sub stream's pictures said of
//! their height is remembered while the main stream is shown. The main stream is fetched at once,
//! the sub stream for a tile that has been small for a while, and nothing so soon after the last
//! change: a camera is asked for at most one stream a second, whatever its tile does.

use std::time::{Duration, Instant};

use crate::camera::StreamKind;

/// Lines of a sub stream that has not shown a picture yet: the usual 640×360.
const USUAL_LINES: u32 = 360;

/// Largest tile that the sub stream takes over, in percent of its lines: a picture enlarged by less
/// than a sixth looks no softer from where operators sit.
const TAKE_OVER: u64 = 115;

/// Largest tile that the sub stream keeps, in percent of its lines. The distance to [`TAKE_OVER`]
/// is what a window's height may change by without a change of streams.
const KEEP: u64 = 120;

/// How long a tile must be small before its sub stream is fetched, and the least time from one
/// change to the start of the next.
pub const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// What the wall asks of a camera's streams at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamDemand {
    /// Lines that the camera's largest tile needs to be sharp, pixels; `None` while nobody sees the
    /// camera and it is not kept warm for a tile either.
    pub tile: Option<u32>,
    /// The camera has a sub stream that serves.
    pub has_sub: bool,
    /// The main stream serves; where it does not, any tile is the sub stream's.
    pub has_main: bool,
    /// The stream on the wall.
    pub shown: StreamKind,
    /// The stream that replaces the shown one with its first picture.
    pub next: Option<StreamKind>,
}

/// What is to be done about a camera's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing but the shown stream is called for: one that is on its way is given up.
    Keep,
    /// The stream that is on its way is called for.
    Await,
    /// This stream is to be fetched now.
    Start(StreamKind),
    /// The other stream is called for, but not before then.
    Wait(Instant),
}

/// What is remembered of one camera from one moment to the next.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice {
    /// Lines of the sub stream's latest picture; unknown before the first.
    sub_lines: Option<u32>,
    /// The stream that is called for and not shown, and since when without a break.
    wish: Option<(StreamKind, Instant)>,
    /// When a stream was last started or put on the wall.
    changed: Option<Instant>,
}

impl Choice {
    /// The stream to begin with. Of a camera that nobody sees it is the sub stream, which costs the
    /// network less; but not where the main stream is connected anyway, since one is enough.
    pub fn first(tile: Option<u32>, has_sub: bool, main_held: bool) -> StreamKind {
        let heading = if has_sub { StreamKind::Sub } else { StreamKind::Main };
        match tile {
            Some(tile) => Self::default().called_for(tile, has_sub, heading),
            None if main_held => StreamKind::Main,
            None => heading,
        }
    }

    /// Takes note of the height of the sub stream's newest picture, in lines; 0 tells nothing.
    pub fn learn(&mut self, lines: u32) {
        if lines > 0 {
            self.sub_lines = Some(lines);
        }
    }

    /// The sub stream is another one: nothing is known of its pictures.
    pub fn forget_sub(&mut self) {
        self.sub_lines = None;
    }

    /// Takes note that another stream is on the wall.
    pub fn switched(&mut self, now: Instant) {
        self.changed = Some(now);
    }

    /// What is to be done now. Told [`Step::Start`], the caller starts that stream and names it as
    /// [`StreamDemand::next`] from then on.
    pub fn step(&mut self, demand: &StreamDemand, now: Instant) -> Step {
        let heading = demand.next.unwrap_or(demand.shown);
        let wish = demand.tile.map(|tile| match (demand.has_main, demand.has_sub) {
            (false, true) => StreamKind::Sub,
            (_, has_sub) => self.called_for(tile, has_sub, heading),
        });
        let Some(kind) = wish.filter(|kind| *kind != demand.shown) else {
            self.wish = None;
            return Step::Keep;
        };
        let since = match self.wish {
            Some((same, since)) if same == kind => since,
            _ => now,
        };
        self.wish = Some((kind, since));
        if demand.next == Some(kind) {
            return Step::Await;
        }
        let small_enough = if kind == StreamKind::Sub { since + MIN_INTERVAL } else { since };
        let earliest = self.changed.map_or(small_enough, |at| small_enough.max(at + MIN_INTERVAL));
        if now < earliest {
            return Step::Wait(earliest);
        }
        self.changed = Some(now);
        Step::Start(kind)
    }

    /// The stream for a tile of this many lines, where `heading` is there or on its way.
    fn called_for(&self, tile: u32, has_sub: bool, heading: StreamKind) -> StreamKind {
        let percent = match heading {
            StreamKind::Sub => KEEP,
            StreamKind::Main => TAKE_OVER,
        };
        let most = u64::from(self.sub_lines.unwrap_or(USUAL_LINES)) * percent;
        if has_sub && u64::from(tile) * 100 <= most { StreamKind::Sub } else { StreamKind::Main }
    }
}

#[cfg(test)]
mod tests;
