//! Makes the timestamps of a recording from the camera's timestamps and the times of arrival.
//!
//! Pure; the thread that writes a recording uses it. A camera's own clock is kept to the tick, for
//! it alone says how pictures follow one another; arrival only helps out. Policies:
//! - 32-bit wraps are undone; a jump of more than [`JUMP`] against the arrival is bridged by the
//!   arrival, and the file is called broken, so that the caller begins another one;
//! - a stall of the network with a burst behind it is no jump: the camera's times stay even, or
//!   come back to the delay they had before;
//! - two pictures at one time, or slightly backwards, are set apart by one tick;
//! - decoding times are always rebuilt: RTSP has none, and those of others are not trusted.

use std::collections::VecDeque;
use std::time::Instant;

use crate::packet::Packet;

/// A distance of the camera's times that differs from the arrival's by more is a jump, seconds.
const JUMP: i64 = 5;
/// Pictures by which showing may lag behind decoding: H.264 and H.265 allow no more.
pub(crate) const MAX_DEPTH: usize = 16;
/// Steps of up to this many frames are even, whenever they arrive.
const EVEN: i64 = 3;
/// But no longer than this, seconds: the slowest cameras send a picture a minute.
const MAX_STEP: i64 = 60;
/// No camera is so fast: what is no further apart was meant to be at one time, milliseconds.
const AT_ONCE_MS: i64 = 1;
/// What a counter of 32 bits (RTP) or 33 bits (MPEG-TS) loses or, a little out of order around it,
/// gains when it wraps.
const WRAPS: [i64; 4] = [1 << 32, -(1 << 32), 1 << 33, -(1 << 33)];
/// Times beyond this are nonsense; cut so that sums never overflow.
const LIMIT: i64 = 1 << 58;

/// Seconds of one tick, as numerator and denominator.
pub(crate) type TimeBase = (i32, i32);

/// Converts ticks, rounding to the nearest.
pub(crate) fn rescale(ticks: i64, from: TimeBase, to: TimeBase) -> i64 {
    let up = i128::from(from.0.max(1)) * i128::from(to.1.max(1));
    let down = i128::from(from.1.max(1)) * i128::from(to.0.max(1));
    let scaled = i128::from(ticks) * up;
    let half = if scaled < 0 { -down / 2 } else { down / 2 };
    clamp((scaled + half) / down)
}

fn clamp(ticks: i128) -> i64 {
    i64::try_from(ticks.clamp(i128::from(-LIMIT), i128::from(LIMIT))).unwrap_or(0)
}

/// From `from` to `to` in ticks.
fn ticks_between(from: Instant, to: Instant, base: TimeBase) -> i64 {
    const NANOS: i128 = 1_000_000_000;
    let nanos = match to.checked_duration_since(from) {
        Some(ahead) => i128::try_from(ahead.as_nanos()).unwrap_or(i128::MAX / NANOS),
        None => -i128::try_from(from.duration_since(to).as_nanos()).unwrap_or(i128::MAX / NANOS),
    };
    let limit = i128::from(LIMIT) * NANOS;
    let ticks = nanos.clamp(-limit, limit) * i128::from(base.1.max(1));
    let one = i128::from(base.0.max(1)) * NANOS;
    clamp((ticks + one / 2).div_euclid(one))
}

/// A packet's timestamps as received, and when it arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObservedTime {
    pub pts: Option<i64>,
    pub dts: Option<i64>,
    pub arrived: Instant,
}

impl From<&Packet> for ObservedTime {
    fn from(packet: &Packet) -> Self {
        Self { pts: packet.pts, dts: packet.dts, arrived: packet.arrived }
    }
}

/// Makes one stream's presentation times even. In ticks of the camera; the first stays as said.
#[derive(Debug)]
pub(crate) struct PtsTracker {
    base: TimeBase,
    /// Pictures by which showing lags behind decoding.
    depth: usize,
    /// Whether any step back is a flaw, however long.
    in_order: bool,
    /// Length of a packet until distances are known.
    nominal: i64,
    origin: Option<Instant>,
    /// Added to what the camera says.
    adjust: i64,
    /// Whether the camera said anything yet.
    anchored: bool,
    /// The packet before: its time and its arrival.
    last: (i64, i64),
    /// The latest times, in order of decoding.
    recent: VecDeque<i64>,
    low: i64,
    high: i64,
    /// The least that arrival was behind the camera's time.
    delay: i64,
    broken: bool,
}

impl PtsTracker {
    /// For packets that last `nominal` ticks as long as nothing else is known.
    pub fn new(base: TimeBase, depth: usize, nominal: i64) -> Self {
        Self {
            base,
            depth,
            in_order: false,
            nominal: nominal.clamp(1, LIMIT),
            origin: None,
            adjust: 0,
            anchored: false,
            last: (0, 0),
            recent: VecDeque::with_capacity(MAX_DEPTH + 2),
            low: 0,
            high: 0,
            delay: 0,
            broken: false,
        }
    }

    /// For packets that are never out of order, as those of sound: a step back is bridged.
    pub fn in_order(base: TimeBase, nominal: i64) -> Self {
        Self { in_order: true, ..Self::new(base, 0, nominal) }
    }

    /// The next packet's time, in order of decoding.
    pub fn read(&mut self, observed: ObservedTime) -> i64 {
        let told = observed.pts.or(observed.dts).map(|told| told.clamp(-LIMIT, LIMIT));
        let Some(origin) = self.origin else {
            self.origin = Some(observed.arrived);
            self.anchored = told.is_some();
            let first = told.unwrap_or(0);
            (self.low, self.high, self.delay) = (first, first, -first);
            return self.take(first, 0);
        };
        let at = ticks_between(origin, observed.arrived, self.base);
        let pts = match told {
            Some(told) if self.anchored => self.judge(told, at),
            _ => {
                let pts = self.high + self.elapsed(at).max(1);
                if let Some(told) = told {
                    (self.anchored, self.adjust) = (true, pts - told);
                }
                pts
            }
        };
        self.take(pts, at)
    }

    /// A usual packet's length.
    pub fn frame(&self) -> i64 {
        let steps = self.steps();
        steps.get(steps.len() / 2).copied().unwrap_or(self.nominal)
    }

    /// The length of a short packet: right where others are still missing in between.
    pub fn short_frame(&self) -> i64 {
        self.steps().first().copied().unwrap_or(self.nominal)
    }

    /// Distances of the latest times, the shortest first.
    fn steps(&self) -> Vec<i64> {
        let mut times: Vec<_> = self.recent.iter().copied().collect();
        times.sort_unstable();
        let mut steps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let least = rescale(AT_ONCE_MS, (1, 1000), self.base);
        steps.retain(|step| *step > least);
        steps.sort_unstable();
        steps
    }

    /// From the start of the first shown to the end of the last, ticks.
    pub fn length(&self) -> i64 {
        if self.origin.is_none() { 0 } else { self.high - self.low + self.frame() }
    }

    /// Whether a jump was bridged, or pictures came further out of order than announced.
    pub fn broken(&self) -> bool {
        self.broken
    }

    fn take(&mut self, pts: i64, at: i64) -> i64 {
        if self.recent.len() > MAX_DEPTH {
            self.recent.pop_front();
        }
        self.recent.push_back(pts);
        self.low = self.low.min(pts);
        self.high = self.high.max(pts);
        self.delay = self.delay.min(at - pts);
        self.last = (pts, at);
        pts
    }

    /// Ticks since the packet before arrived.
    fn elapsed(&self, at: i64) -> i64 {
        (at - self.last.1).max(0)
    }

    /// Takes what the camera says, where it can be true.
    fn judge(&mut self, told: i64, at: i64) -> i64 {
        let plain = told + self.adjust;
        let by_arrival = self.high + self.elapsed(at);
        let wrapped = || WRAPS.map(|wrap| plain + wrap).into_iter();
        let candidates = std::iter::once(plain).chain(wrapped());
        let Some(pts) = candidates.into_iter().find(|pts| self.plausible(*pts, at)) else {
            return self.bridge(told, at, by_arrival);
        };
        self.adjust = pts - told;
        let later = self.recent.iter().filter(|seen| **seen >= pts).count();
        let behind = self.high - pts;
        let frame = self.frame();
        if later <= self.depth {
            pts
        } else if self.in_order || (self.depth == 0 && behind <= frame / 3) {
            // Less than any B frame would be, half-way between its neighbours at the latest.
            // A clock that does not advance is followed for a while only.
            let next = self.high + 1;
            if self.is_on_time(next, at) { next } else { self.bridge(told, at, at - self.delay) }
        } else if later <= MAX_DEPTH && behind / frame <= MAX_DEPTH as i64 {
            // Out of order, and nobody knew that they would be.
            self.broken = true;
            pts
        } else {
            self.bridge(told, at, by_arrival)
        }
    }

    fn plausible(&self, pts: i64, at: i64) -> bool {
        let step = pts - self.last.0;
        (step - self.elapsed(at)).abs() <= self.jump()
            || step.abs() <= self.frames(EVEN)
            || self.is_on_time(pts, at)
    }

    /// What so many frames may take, with some out of order between them.
    fn frames(&self, count: i64) -> i64 {
        let places = count * (self.depth as i64 + 1);
        self.frame().saturating_mul(places).min(rescale(MAX_STEP, (1, 1), self.base))
    }

    /// Whether the way of the packets takes about as long as it did before.
    fn is_on_time(&self, pts: i64, at: i64) -> bool {
        (at - pts - self.delay).abs() <= self.jump()
    }

    fn jump(&self) -> i64 {
        rescale(JUMP, (1, 1), self.base)
    }

    /// Goes on at `pts`, but behind what was.
    fn bridge(&mut self, told: i64, at: i64, pts: i64) -> i64 {
        // Ticks may be longer than any step.
        let pts = pts.max(self.high + self.frames(1).max(1));
        self.adjust = pts - told;
        self.delay = at - pts;
        self.recent.clear();
        self.broken = true;
        pts
    }
}

/// A packet's times in the ticks of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamps {
    pub pts: i64,
    pub dts: i64,
    /// Until the next, as far as can be told.
    pub duration: i64,
}

/// Rebuilds decoding times: each picture is decoded at the time at which the one `depth` places
/// before it in order of showing is shown.
#[derive(Debug)]
pub(crate) struct DtsGenerator {
    depth: usize,
    /// Least distance of two decoding times.
    gap: i64,
    /// Times not yet given out, the latest first.
    window: Vec<i64>,
    last: Option<i64>,
}

impl DtsGenerator {
    pub fn new(depth: usize, gap: i64) -> Self {
        Self { depth, gap, window: Vec::with_capacity(depth + 1), last: None }
    }

    /// Nothing is shown before `floor`; pictures are `frame` apart.
    pub fn begin(&mut self, floor: i64, frame: i64) {
        let frame = frame.clamp(1, LIMIT / 32);
        self.window.clear();
        self.window.extend((1..).take(self.depth).map(|place| floor - frame * place));
    }

    /// The decoding time of the next picture, shown at `pts`, or later if it can't be decoded by
    /// then.
    pub fn next(&mut self, pts: i64) -> (i64, i64) {
        let place = self.window.partition_point(|seen| *seen > pts);
        self.window.insert(place, pts);
        let earliest = self.window.pop().unwrap_or(pts);
        let dts = match self.last {
            Some(last) => earliest.max(last.saturating_add(self.gap)),
            None => earliest,
        };
        self.last = Some(dts);
        (pts.max(dts), dts)
    }
}

/// One stream on its way into a file.
#[derive(Debug)]
pub(crate) struct Track {
    pub tracker: PtsTracker,
    generator: DtsGenerator,
    from: TimeBase,
    to: TimeBase,
    /// The camera's time at which the file begins.
    zero: Option<i64>,
    /// No time in the file is before.
    least: i64,
    late: bool,
}

impl Track {
    /// From the camera's ticks to those of the file.
    pub fn new(tracker: PtsTracker, generator: DtsGenerator, to: TimeBase) -> Self {
        let from = tracker.base;
        Self { tracker, generator, from, to, zero: None, least: -LIMIT, late: false }
    }

    /// The file begins at the camera's time `zero`; nothing is shown before `floor`, and what would
    /// be is moved there.
    pub fn begin(&mut self, zero: i64, floor: i64) {
        self.zero = Some(zero);
        self.least = rescale(floor - zero, self.from, self.to);
        let frame = rescale(self.tracker.short_frame(), self.from, self.to);
        self.generator.begin(self.least, frame);
    }

    /// A packet of the camera's time `pts` arrived at `arrived`, and the file begins with what
    /// arrived at `start` and has the time `shared` on the other stream's clock. That clock holds
    /// where both about agree. What would be before the file is moved to its start.
    pub fn join(&mut self, pts: i64, arrived: Instant, start: Instant, shared: i64) {
        let by_arrival = pts - ticks_between(start, arrived, self.from);
        let second = rescale(1, (1, 1), self.from);
        let zero = if (by_arrival - shared).abs() <= second { shared } else { by_arrival };
        self.begin(zero, zero);
    }

    /// Whether [`Self::begin`] or [`Self::join`] was called.
    pub fn has_begun(&self) -> bool {
        self.zero.is_some()
    }

    /// The camera's ticks.
    pub fn base(&self) -> TimeBase {
        self.from
    }

    /// Puts a time of the clock into the file.
    pub fn stamp(&mut self, pts: i64) -> Timestamps {
        let wanted = rescale(pts - self.zero.unwrap_or(0), self.from, self.to).max(self.least);
        let (pts, dts) = self.generator.next(wanted);
        self.late |= pts != wanted && self.generator.depth > 0;
        let duration = rescale(self.tracker.frame(), self.from, self.to).max(1);
        Timestamps { pts, dts, duration }
    }

    /// Whether the file goes on, but not by the camera's times.
    pub fn broken(&self) -> bool {
        self.late || self.tracker.broken()
    }
}

#[cfg(test)]
mod tests;
