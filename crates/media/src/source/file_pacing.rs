//! Paces files: they play in real time, and loop.
//!
//! Pure: the time is passed in. The thread `ID.demux` moves the timestamps, the feed's task holds packets
//! back. Policy: packets are due by their decoding timestamps, and where there are none by the frame
//! rate; each round's timestamps follow on the
//! last round's, so that nobody downstream sees a jump; a clock that is too late by a second, or
//! a gap of more than five, is set again instead of being caught up with.

use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;

/// A gap in the timestamps beyond this is not waited for.
const MAX_GAP: Duration = Duration::from_secs(5);
/// Behind by this much, the clock is set anew.
const MAX_LAG: Duration = Duration::from_secs(1);

/// Makes one line of a file's timestamps, loop after loop.
pub(crate) struct FileClock {
    /// Seconds added to the file's own timestamps: the length of the loops so far.
    offset: f64,
    /// First and latest end in this loop, in the file's own seconds.
    first: Option<f64>,
    end: f64,
    /// Length of a picture in seconds, where the file does not say.
    frame: f64,
}

/// Plays timestamps against the clock.
#[derive(Default)]
pub(crate) struct FilePacer {
    /// When second 0 is due.
    origin: Option<Instant>,
}

impl FileClock {
    /// For a file with this many pictures per second; 25 where it does not say.
    pub fn new(fps: Option<f32>) -> Self {
        let frame = fps.map_or(0.04, |fps| 1.0 / f64::from(fps));
        Self { offset: 0.0, first: None, end: 0.0, frame }
    }

    /// Moves a packet's timestamps behind the loops before.
    pub fn shift(&mut self, av: &mut ffmpeg::Packet, time_base: (i32, i32)) {
        let unit = f64::from(time_base.0) / f64::from(time_base.1.max(1));
        if av.dts().or(av.pts()).is_none() {
            // A bare elementary stream: one picture after the other.
            av.set_dts(Some((self.end / unit).round() as i64));
        }
        if let Some(time) = av.dts().or(av.pts()) {
            let time = time as f64 * unit;
            let length = if av.duration() > 0 { av.duration() as f64 * unit } else { self.frame };
            self.first.get_or_insert(time);
            self.end = self.end.max(time + length);
        }
        let offset = (self.offset / unit).round() as i64;
        av.set_pts(av.pts().map(|pts| pts.saturating_add(offset)));
        av.set_dts(av.dts().map(|dts| dts.saturating_add(offset)));
    }

    /// The next loop begins.
    pub fn rewind(&mut self) {
        self.offset += (self.end - self.first.unwrap_or(self.end)).max(self.frame);
        self.first = None;
        self.end = 0.0;
    }
}

impl FilePacer {
    /// How long to hold a packet back, if at all.
    pub fn wait(
        &mut self,
        time: Option<i64>,
        (num, den): (i32, i32),
        now: Instant,
    ) -> Option<Duration> {
        let time = time? as f64 * f64::from(num) / f64::from(den.max(1));
        let time = Duration::try_from_secs_f64(time.max(0.0)).ok()?;
        let set_clock = || now.checked_sub(time).unwrap_or(now);
        let origin = *self.origin.get_or_insert_with(set_clock);
        let due = origin + time;
        let wait = due.saturating_duration_since(now);
        if wait > MAX_GAP || now.saturating_duration_since(due) > MAX_LAG {
            self.origin = Some(set_clock());
            return None;
        }
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: (i32, i32) = (1, 100);

    fn shifted(clock: &mut FileClock, dts: i64) -> i64 {
        let mut av = ffmpeg::Packet::empty();
        av.set_dts(Some(dts));
        av.set_pts(Some(dts + 8));
        av.set_duration(4);
        clock.shift(&mut av, BASE);
        assert_eq!(av.pts(), av.dts().map(|dts| dts + 8));
        av.dts().expect("a timestamp")
    }

    #[test]
    fn rounds_follow_on_each_other() {
        let mut clock = FileClock::new(Some(25.0));
        let mut times = Vec::new();
        for _ in 0..3 {
            times.extend([140, 144, 148].map(|dts| shifted(&mut clock, dts)));
            clock.rewind();
        }
        assert_eq!(times, [140, 144, 148, 152, 156, 160, 164, 168, 172]);
    }

    #[test]
    fn pictures_without_timestamps_follow_at_the_frame_rate() {
        let mut clock = FileClock::new(Some(25.0));
        let mut next = || {
            let mut av = ffmpeg::Packet::empty();
            clock.shift(&mut av, BASE);
            av.dts()
        };
        assert_eq!([next(), next(), next()], [Some(0), Some(4), Some(8)]);
    }

    #[test]
    fn packets_wait_until_they_are_due() {
        let mut clock = FilePacer::default();
        let start = Instant::now() + Duration::from_secs(100);
        assert_eq!(clock.wait(Some(140), BASE, start), None);
        assert_eq!(clock.wait(Some(144), BASE, start), Some(Duration::from_millis(40)));
        // Late by less than a second: no wait, and the clock stays.
        let late = start + Duration::from_millis(500);
        assert_eq!(clock.wait(Some(148), BASE, late), None);
        assert_eq!(clock.wait(Some(200), BASE, late), Some(Duration::from_millis(100)));
    }

    #[test]
    fn gaps_and_stalls_set_the_clock_anew() {
        let mut clock = FilePacer::default();
        let start = Instant::now() + Duration::from_secs(100);
        assert_eq!(clock.wait(Some(0), BASE, start), None);
        assert_eq!(clock.wait(Some(1000), BASE, start), None, "a gap of ten seconds");
        assert_eq!(clock.wait(Some(1004), BASE, start), Some(Duration::from_millis(40)));
        let stalled = start + Duration::from_secs(3);
        assert_eq!(clock.wait(Some(1008), BASE, stalled), None);
        assert_eq!(clock.wait(Some(1012), BASE, stalled), Some(Duration::from_millis(40)));
    }
}
