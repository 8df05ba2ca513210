//! The feeders: one thread per stream that somebody watches, pushing its units in real time.
//!
//! A feeder starts when the server sets up a media and ends when the media is taken down, so the
//! number of threads follows the number of watched streams. It holds its sources weakly: if the
//! server throws a media away half built, the sources and with them the senders of the order
//! channel vanish, and the feeder ends too.
//!
//! Policy: a unit leaves at an absolute due time, so nothing drifts. A camera never sends a
//! backlog: what could not leave in time is left out, and after a gap the stream goes on at a
//! keyframe with the timestamp of now, as a real camera's would.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use gstreamer::prelude::*;
use gstreamer::{ClockTime, glib};
use gstreamer_app::AppSrc;

use crate::camera::{Camera, Order};
use crate::clips::Clip;

/// Units a running stream may queue before the feeder takes it for stuck or paused.
const MAX_BACKLOG: u64 = 25;
/// A feeder that wakes this late (a stopped process, a sleeping laptop) does not catch up.
const MAX_LATENESS: Duration = Duration::from_secs(1);

/// What the probe behind the payloader needs to know which frame a packet belongs to.
#[derive(Debug)]
pub struct InFlight {
    /// Timestamp and frame number of the frames pushed and not yet seen leaving; `None` when
    /// nobody looks, as the list would only grow.
    frames: Option<Mutex<VecDeque<(ClockTime, usize)>>>,
    /// Packets go through to the viewers. Before PLAY the server holds the first frame back.
    pub flowing: AtomicBool,
}

impl InFlight {
    /// Nothing is in flight yet; `traced` if a probe will take the frames out again.
    pub fn new(traced: bool) -> Arc<Self> {
        Arc::new(Self { frames: traced.then(Mutex::default), flowing: AtomicBool::new(false) })
    }

    fn add(&self, pts: ClockTime, number: usize) {
        if let Some(frames) = &self.frames {
            let mut frames = frames.lock().unwrap_or_else(PoisonError::into_inner);
            frames.push_back((pts, number));
        }
    }

    /// The number of the frame with this timestamp, once; frames before it are forgotten.
    pub fn take(&self, pts: ClockTime) -> Option<usize> {
        let frames = self.frames.as_ref()?;
        let mut frames = frames.lock().unwrap_or_else(PoisonError::into_inner);
        // That of H.265 ends with each of its parts, and frames behind it may have been pushed since.
        let place = frames.iter().position(|(at, _)| *at == pts)?;
        frames.drain(..=place).next_back().map(|(_, number)| number)
    }
}

/// One track of the stream.
#[derive(Debug)]
struct Lane {
    source: glib::WeakRef<AppSrc>,
    in_flight: Arc<InFlight>,
    clip: Arc<Clip>,
    index: usize,
    /// `None` until the source asks for its first unit.
    pace: Option<Pace>,
    /// The latest timestamp sent.
    last: Option<ClockTime>,
    /// Units were left out since the last one sent.
    gap: bool,
}

/// The mapping from unit counts to the wall and to the stream's running time.
#[derive(Clone, Copy, Debug)]
struct Pace {
    since: Instant,
    base: ClockTime,
    ticks: u32,
}

/// A feeder before its thread runs.
#[derive(Debug)]
pub struct Feeder {
    camera: Arc<Camera>,
    stream: usize,
    orders: Receiver<Order>,
    lanes: Vec<Lane>,
}

impl Feeder {
    /// A feeder for the stream with this index; the sources are in the order of its tracks.
    pub fn new(
        camera: Arc<Camera>,
        stream: usize,
        orders: Receiver<Order>,
        sources: &[(AppSrc, Arc<InFlight>)],
    ) -> Self {
        let tracks = &camera.streams[stream].tracks;
        let lanes = sources
            .iter()
            .zip(tracks)
            .map(|((source, in_flight), track)| Lane {
                source: source.downgrade(),
                in_flight: Arc::clone(in_flight),
                clip: Arc::clone(track.clip()),
                index: 0,
                pace: None,
                last: None,
                gap: false,
            })
            .collect();
        Self { camera, stream, orders, lanes }
    }

    /// Feeds until told to stop. This is the whole life of the feeder's thread.
    pub fn run(mut self) {
        loop {
            match self.next_order() {
                Ok(Order::Wanted(lane)) => self.wanted(lane),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Order::End) => return self.end(),
            }
            let now = Instant::now();
            for lane in 0..self.lanes.len() {
                if self.lanes[lane].due().is_some_and(|due| due <= now) {
                    self.tick(lane, now);
                }
            }
        }
    }

    /// Waits for an order, at most until the next unit is due.
    fn next_order(&self) -> Result<Order, RecvTimeoutError> {
        match self.lanes.iter().filter_map(Lane::due).min() {
            Some(due) => {
                let wait = due.saturating_duration_since(Instant::now());
                self.orders.recv_timeout(wait)
            }
            None => self.orders.recv().map_err(|_hung_up| RecvTimeoutError::Disconnected),
        }
    }

    fn wanted(&mut self, lane: usize) {
        let frozen = self.camera.frozen.load(Ordering::Relaxed);
        let lane = &mut self.lanes[lane];
        if lane.pace.is_some() {
            lane.in_flight.flowing.store(true, Ordering::Relaxed);
            return;
        }
        let Some(source) = lane.source.upgrade() else {
            return;
        };
        lane.restart(&source, Instant::now());
        if frozen {
            // The server cannot describe a stream it has seen nothing of, so a frozen camera
            // still gives its parameter sets, but no picture.
            let headers = lane.clip.headers(&lane.clip.units[lane.index]);
            lane.push(&source, headers, 0);
        }
    }

    /// A unit is due: send it, or leave it out.
    fn tick(&mut self, index: usize, now: Instant) {
        let desired = self.camera.streams[self.stream].tracks[index].clip();
        let frozen = self.camera.frozen.load(Ordering::Relaxed);
        let lane = &mut self.lanes[index];
        let Some(source) = lane.source.upgrade() else {
            // The channel is about to report the same.
            lane.pace = None;
            return;
        };
        // Before PLAY one unit waits in the pipeline and one in the source; more would reach the
        // first viewer as stale frames.
        let flowing = lane.in_flight.flowing.load(Ordering::Relaxed);
        let limit = if flowing { MAX_BACKLOG } else { 1 };
        // A property, as the method would ask for a feature of the bindings.
        let queued: u64 = source.property("current-level-buffers");
        // Once units are left out, the queue must run empty before the stream goes on.
        if frozen || queued >= limit || (lane.gap && queued > 0) {
            lane.gap = true;
            lane.skip();
            return;
        }
        let overslept = lane.due().is_some_and(|due| now - due > MAX_LATENESS);
        if lane.gap || overslept {
            lane.index = lane.clip.next_key(lane.index);
            lane.gap = false;
            lane.restart(&source, now);
        }
        lane.switch_to(desired);
        let unit = &lane.clip.units[lane.index];
        let (buffer, delay) = (lane.clip.buffer(unit), unit.delay);
        lane.push(&source, buffer, delay);
        lane.index = (lane.index + 1) % lane.clip.units.len();
        lane.skip();
    }

    /// Ends the stream: the server says BYE to the viewers.
    fn end(self) {
        for lane in &self.lanes {
            if let Some(source) = lane.source.upgrade() {
                // Fails only if the media is already coming down, which ends the stream as well.
                source.end_of_stream().ok();
            }
        }
    }
}

impl Lane {
    fn due(&self) -> Option<Instant> {
        let pace = self.pace?;
        Some(pace.since + self.clip.step * pace.ticks)
    }

    /// Starts counting from now. Running time stands still while a media is paused, hence asked
    /// for anew, but a timestamp never repeats.
    fn restart(&mut self, source: &AppSrc, now: Instant) {
        let step = ClockTime::from_nseconds(nanoseconds(self.clip.step));
        let running = source.current_running_time().unwrap_or(ClockTime::ZERO);
        let base = self.last.map_or(running, |last| running.max(last + step));
        self.pace = Some(Pace { since: now, base, ticks: 0 });
    }

    fn skip(&mut self) {
        if let Some(pace) = &mut self.pace {
            pace.ticks += 1;
        }
    }

    /// Changes clips where a decoder can follow: at a keyframe, at the same point of the loop.
    fn switch_to(&mut self, desired: &Arc<Clip>) {
        if self.clip.units[self.index].key && !Arc::ptr_eq(&self.clip, desired) {
            self.clip = Arc::clone(desired);
            self.index = self.clip.next_key(self.index % self.clip.units.len());
        }
    }

    /// Sends a unit that is to be shown `delay` frames later. RTP tells when it is to be shown.
    fn push(&mut self, source: &AppSrc, mut buffer: gstreamer::Buffer, delay: u32) {
        let Some(pace) = self.pace else { return };
        let step = ClockTime::from_nseconds(nanoseconds(self.clip.step));
        let dts = pace.timestamp(self.clip.step);
        let pts = dts + step * u64::from(delay);
        // Fresh and not shared yet, so it can be written to.
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
            buffer.set_dts(dts);
            buffer.set_duration(step);
        }
        self.in_flight.add(pts, self.index);
        self.last = self.last.max(Some(pts));
        // Fails only while the media comes down; the order to stop is then on its way.
        source.push_buffer(buffer).ok();
    }
}

impl Pace {
    fn timestamp(self, step: Duration) -> ClockTime {
        self.base + ClockTime::from_nseconds(nanoseconds(step * self.ticks))
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    // A u64 of nanoseconds lasts for 584 years.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_whose_end_is_seen_twice_forgets_none_behind_it() {
        let frames = InFlight::new(true);
        let at = ClockTime::from_mseconds;
        // Shown in another order than sent.
        for (pts, number) in [(at(40), 7), (at(160), 8), (at(80), 9)] {
            frames.add(pts, number);
        }
        assert_eq!(frames.take(at(40)), Some(7));
        assert_eq!(frames.take(at(40)), None, "its last part");
        assert_eq!(frames.take(at(160)), Some(8));
        assert_eq!(frames.take(at(80)), Some(9));
    }
}
