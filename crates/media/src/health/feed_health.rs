//! What a feed and its threads share about themselves: the threads write it, anyone reads it.
//!
//! Counters are atomics; [`Health`] and the stream's description are behind mutexes that are held
//! for one event or a copy. That a picture is old is not stored but computed when asked, so it is
//! right even when every thread of the feed hangs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::census::Counted;
use super::content::Findings;
use super::decoding::Decoded;
use super::{Arrival, Census, Health, Remedy};
use crate::hung_decoders::HungDecoders;
use crate::lock::lock;
use crate::overload::effort::Effort;
use crate::overload::load::{Load, Overload};
use crate::source::SenderReport;
use crate::source::spec::FeedSpec;
use crate::status::{Connection, FeedState, FeedStatus, StreamSummary};
use crate::undecodable::Undecodable;

/// The counters and states that a feed and its threads share.
pub(crate) struct FeedHealth {
    machine: Mutex<Machine>,
    census: Arc<Census>,
    /// Decode threads of the stream that hang.
    hung: HungDecoders,
    summary: Mutex<StreamSummary>,
    /// Whether packets are decoded; off while nobody sees the camera.
    pub decode: AtomicBool,
    /// How much of the stream is decoded.
    pub load: Load,
    pub frames_decoded: AtomicU64,
    pub packets_dropped: AtomicU64,
    /// RTP packets of the video stream lost on the way.
    pub lost: AtomicU64,
    pub decode_errors: AtomicU64,
    pub bytes: AtomicU64,
    pub reconnects: AtomicU64,
}

struct Machine {
    health: Health,
    counted: Counted,
}

impl FeedHealth {
    /// For a feed of this description, beside all others of the process.
    pub fn of(spec: &FeedSpec, now: Instant) -> Self {
        let health = Health::new(spec.stale_after, spec.interval, now);
        let load = Load::new(Overload::of_the_process(), now);
        Self::with(health, Census::of_the_process(), spec.routes.hung_decoders().clone(), load)
    }

    /// For a feed that goes stale after the given time and is counted nowhere.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn new(stale_after: Duration) -> Self {
        // Packets of tests may have arrived before.
        let now = Instant::now();
        let epoch = now.checked_sub(Duration::from_secs(3600)).unwrap_or(now);
        let health = Health::new(stale_after, None, epoch);
        Self::with(health, Arc::default(), HungDecoders::default(), alone())
    }

    fn with(health: Health, census: Arc<Census>, hung: HungDecoders, load: Load) -> Self {
        let counted = Counted::default();
        Self {
            machine: Mutex::new(Machine { health, counted }),
            census,
            hung,
            summary: Mutex::default(),
            decode: AtomicBool::new(true),
            load,
            frames_decoded: AtomicU64::new(0),
            packets_dropped: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            decode_errors: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            reconnects: AtomicU64::new(0),
        }
    }

    /// Tells the rules something, and counts the camera as what it is then.
    fn tell<T>(&self, now: Instant, event: impl FnOnce(&mut Health) -> T) -> T {
        let machine = &mut *lock(&self.machine);
        let answer = event(&mut machine.health);
        let counted = machine.health.counted(now);
        self.census.change(machine.counted, counted);
        machine.counted = counted;
        answer
    }

    /// Stores the connection's state.
    pub fn set_connection(&self, connection: Connection, now: Instant) {
        self.tell(now, |health| health.connection(connection, now));
    }

    /// Takes over what another wall file says of it.
    pub fn retune(&self, stale_after: Duration, interval: Option<Duration>, now: Instant) {
        self.tell(now, |health| health.retune(stale_after, interval, now));
    }

    /// Time between two pictures by the wall file.
    pub fn given_interval(&self) -> Option<Duration> {
        lock(&self.machine).health.given_interval()
    }

    /// The connection's state.
    pub fn connection(&self) -> Connection {
        lock(&self.machine).health.present_connection().clone()
    }

    /// What is known of the stream, for a quick change.
    pub fn summary(&self) -> MutexGuard<'_, StreamSummary> {
        lock(&self.summary)
    }

    /// Notes that a packet of the video stream was received.
    pub fn arrived(&self, arrival: Arrival) {
        self.tell(arrival.at, |health| health.arrived(arrival));
    }

    /// Notes that RTCP was received.
    pub fn rtcp(&self, report: Option<&SenderReport>) {
        let health = &mut lock(&self.machine).health;
        health.rtcp();
        if let Some(report) = report {
            health.report(report);
        }
    }

    /// Notes that the decoder begins with a packet.
    pub fn decoding(&self, now: Instant) {
        lock(&self.machine).health.decoding(now);
    }

    /// Notes that the decoder is done with it.
    pub fn decoded(&self, packet: &Decoded, now: Instant) {
        let works_well = self.tell(now, |health| {
            health.decoded(packet, now);
            health.works_well(now)
        });
        if works_well {
            self.hung.forget();
        }
    }

    /// Notes that there is no decode thread.
    pub fn no_thread(&self) {
        lock(&self.machine).health.no_thread();
    }

    /// Notes that another decode thread was started.
    pub fn replaced(&self, now: Instant) {
        self.tell(now, |health| health.replaced(now));
    }

    /// Decode threads of the stream that hang.
    #[cfg(test)]
    pub fn hung_decoders(&self) -> &HungDecoders {
        &self.hung
    }

    /// Notes that the decoder is done with a packet that it skipped.
    pub fn skipped(&self) {
        lock(&self.machine).health.skipped();
    }

    /// Notes that pictures may be so far apart because packets are left out on purpose; `None`: none
    /// are any more.
    pub fn thinned(&self, gap: Option<Duration>, now: Instant) {
        self.tell(now, |health| health.thinned(gap, now));
    }

    /// Notes that the stream can't be decoded, which is known at once.
    pub fn undecodable(&self, why: Undecodable, now: Instant) {
        self.tell(now, |health| health.undecodable(why, now));
    }

    /// Notes that a picture was published whose packet arrived then, and what it shows.
    pub fn picture(&self, findings: Findings, arrived: Instant, now: Instant) {
        self.tell(now, |health| health.picture(findings, arrived, now));
    }

    /// Whether a picture was published since the present connection came up.
    pub fn has_picture(&self) -> bool {
        lock(&self.machine).health.has_picture()
    }

    /// Switches decoding on or off; true where that is new.
    pub fn show(&self, on: bool, now: Instant) -> bool {
        let new = self.decode.swap(on, Ordering::Relaxed) != on;
        if new {
            self.load.show(on, now);
            self.tell(now, |health| health.show(on, now));
        }
        new
    }

    /// How long a silent connection is kept.
    pub fn patience(&self) -> Duration {
        lock(&self.machine).health.patience()
    }

    /// What is to be done, if anything. What is given is taken to be done.
    pub fn remedy(&self, now: Instant) -> Option<Remedy> {
        let ours = self.census.is_ours();
        self.tell(now, |health| health.remedy(ours, || self.hung.room(now), now))
    }

    /// The state of the camera at `now`.
    pub fn state(&self, now: Instant) -> FeedState {
        lock(&self.machine).health.state(now)
    }

    /// A snapshot.
    pub fn status(&self, frames_replaced: u64, now: Instant) -> FeedStatus {
        let summary = self.summary().clone();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let effort = self.load.effort();
        let ours = self.census.is_ours();
        let machine = lock(&self.machine);
        let health = &machine.health;
        FeedStatus {
            state: health.state(now),
            state_since: health.since(now),
            warnings: health.warnings(ours, effort > Effort::Full, now),
            late: health.late(now),
            late_is_ours: ours,
            wants_smaller: health.wants_smaller(now) || effort == Effort::SubStream,
            codec: summary.codec,
            width: summary.size.0,
            height: summary.size.1,
            sar: summary.sar,
            frames_decoded: count(&self.frames_decoded),
            frames_replaced,
            packets_dropped: count(&self.packets_dropped),
            frames_lost: count(&self.lost),
            decode_errors: count(&self.decode_errors),
            bytes: count(&self.bytes),
            memory: 0,
            reconnects: count(&self.reconnects),
            last_frame_at: health.last_frame(),
            audio: summary.audio,
            gop_ms: summary.gop_ms,
            fps: summary.fps,
            via: summary.via,
            transport: summary.transport,
            first_frame_after: summary.first_frame_after,
            converted_from: summary.converted_from,
        }
    }
}

/// A load that no other feed has a part in.
#[cfg(any(test, feature = "fixtures"))]
fn alone() -> Load {
    Load::new(Arc::new(Overload::none()), Instant::now())
}

impl Drop for FeedHealth {
    fn drop(&mut self) {
        let counted = lock(&self.machine).counted;
        self.census.change(counted, Counted::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A camera that was well for four seconds and then late by so much for ten.
    fn camera(census: &Arc<Census>, start: Instant, delay: u64) -> FeedHealth {
        let health = Health::new(Duration::from_secs(2), None, start);
        let health = FeedHealth::with(health, census.clone(), HungDecoders::default(), alone());
        health.set_connection(Connection::Up, start);
        for taken in (0..14_000).step_by(40) {
            let delay = if taken < 4_000 { 0 } else { delay };
            let at = start + Duration::from_millis(taken + delay);
            health.arrived(Arrival { stream: Some(taken as f64 / 1000.0), at });
            health.picture(Findings::default(), at, at);
        }
        health
    }

    #[test]
    fn where_most_cameras_are_late_the_cause_is_ours_until_some_are_gone() {
        let (census, start) = (Arc::new(Census::default()), Instant::now());
        let now = start + Duration::from_secs(17);
        let mut late: Vec<_> = (0..3).map(|_| camera(&census, start, 3_000)).collect();
        let well = camera(&census, start, 0);
        assert_eq!(late[0].remedy(now), None);
        let status = late[0].status(0, now);
        assert!(status.warnings.reduced && matches!(status.state, FeedState::Late { .. }));
        assert!(status.late_is_ours);
        assert!(!well.status(0, now).warnings.reduced);
        // Of three that are left two are late; of four that are there then half.
        late.pop();
        assert_eq!(late[0].remedy(now), None);
        let another = camera(&census, start, 0);
        let status = late[0].status(0, now);
        assert!(!status.warnings.reduced && !status.late_is_ours);
        assert!(matches!(late[0].remedy(now), Some(Remedy::Reconnect(_))));
        drop((late, well, another));
        assert!(!census.is_ours());
    }

    #[test]
    fn decoders_that_hung_are_forgotten_after_ten_minutes_of_one_that_works() {
        use crate::hung_decoders::Place;
        let (start, health) = (Instant::now(), FeedHealth::new(Duration::ZERO));
        let place = Place::default();
        health.hung_decoders().leave(&place);
        let clean = Decoded { whole: true, clean: true, ..Decoded::default() };
        let left: Vec<usize> = [0, 300, 599, 600]
            .map(|second| {
                let now = start + Duration::from_secs(second);
                health.decoded(&clean, now);
                health.hung_decoders().count(now)
            })
            .into();
        assert_eq!(left, [1, 1, 1, 0]);
    }

    #[test]
    fn who_is_hidden_is_not_counted() {
        let (census, start) = (Arc::new(Census::default()), Instant::now());
        let now = start + Duration::from_secs(17);
        let late: Vec<_> = (0..3).map(|_| camera(&census, start, 3_000)).collect();
        assert!(census.is_ours());
        late[2].show(false, now);
        assert!(!census.is_ours(), "two that are shown prove nothing");
        // Another feed of the camera, hidden and in time, does not outvote them either.
        late[2].show(true, now);
        let hidden: Vec<_> = (0..3).map(|_| camera(&census, start, 0)).collect();
        assert!(!census.is_ours());
        assert!(hidden.iter().all(|feed| feed.show(false, now)));
        assert!(census.is_ours());
    }

    #[test]
    fn counters_go_on_and_the_newest_picture_is_told() {
        let start = Instant::now();
        let health = camera(&Arc::default(), start, 0);
        let now = start + Duration::from_secs(14);
        let status = health.status(3, now);
        assert_eq!((status.frames_replaced, status.late, status.wants_smaller), (3, None, false));
        assert_eq!(status.last_frame_at, Some(start + Duration::from_millis(13_960)));
        assert_eq!((status.state, status.state_since), (FeedState::Live, Some(start)));
    }
}
