//! One camera's connection as the rest of the program sees it.
//!
//! A [`Feed`] owns a task on the runtime that all share and, while it is shown, the thread `ID.decode`,
//! and shares with them what they produce. Dropping it tells them to end and returns at once; they are
//! gone within a second, whatever they were waiting for. What nobody can interrupt is left behind with
//! its thread and ends on its own: a login file on a disk that hangs, FFmpeg where it looks a name up once
//! more or waits for a device, a decoder that hangs.

pub(crate) mod backoff;
mod clock_watch;
pub(crate) mod connect_limit;
pub(crate) mod connect_queue;
pub(crate) mod connection_policy;
mod decode_threads;
pub(crate) mod key_distance;
pub(crate) mod log_entry;
#[cfg(test)]
mod simulation;
pub(crate) mod supervisor;
pub(crate) mod system;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use self::decode_threads::DecodeThreads;
use self::supervisor::Supervisor;
use self::system::RealSystem;
use super::decode::{Outputs, ScaleCell, WatchCell};
use super::frame::queue::FrameQueue;
use super::health::feed_health::FeedHealth;
use super::hub::{Keep, PacketHub, Subscription};
use super::log_scope;
use super::runtime;
use super::source::SourceError;
use super::source::spec::{FeedSpec, ScaleTarget, Tuning};
use super::status::{Connection, FeedState, FeedStatus, Outage};
use super::thread_name::thread_name;

/// One camera: its task and its thread, and what they produce.
pub struct Feed {
    id: Arc<str>,
    /// Whether nobody checks whom the pictures come from, though they come encrypted.
    unverified: bool,
    cancellation: CancellationToken,
    health: Arc<FeedHealth>,
    frame_queue: Arc<FrameQueue>,
    scale: Arc<ScaleCell>,
    watch: Arc<WatchCell>,
    hub: PacketHub,
    decoders: Option<Arc<DecodeThreads>>,
    /// Hung up by the task and the thread when they end, or are left behind.
    alive: Receiver<()>,
}

impl Feed {
    /// Starts to connect, on other threads; never blocks. `wake` is called from those threads after each
    /// picture and each change of state, and must return quickly.
    pub fn open(spec: FeedSpec, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        super::init();
        let (hold, alive) = bounded(0);
        let mut feed = Self {
            id: spec.id.clone(),
            unverified: spec.is_unverified(),
            cancellation: CancellationToken::new(),
            health: Arc::new(FeedHealth::of(&spec, Instant::now())),
            frame_queue: Arc::default(),
            scale: Arc::default(),
            watch: Arc::new(WatchCell::new(spec.watch.clone())),
            hub: PacketHub::default(),
            decoders: None,
            alive,
        };
        if let Err(error) = feed.start(spec, wake, &hold) {
            feed.cancellation.cancel();
            let now = Instant::now();
            let error = Arc::new(SourceError::NoThread { detail: error.to_string() });
            tracing::error!("{}: {error}", feed.id);
            let outage = Outage { since: now, error, retry_at: now };
            feed.health.set_connection(Connection::Down(outage), now);
        }
        feed
    }

    fn start(
        &mut self,
        spec: FeedSpec,
        wake: Arc<dyn Fn() + Send + Sync>,
        hold: &Sender<()>,
    ) -> std::io::Result<()> {
        let runtime = runtime::handle()?;
        let outputs = Outputs {
            id: self.id.clone(),
            health: self.health.clone(),
            frame_queue: self.frame_queue.clone(),
            scale: self.scale.clone(),
            deep_textures: spec.deep_textures,
            largest_side: spec.largest_side,
            watch: self.watch.clone(),
            reopen: Arc::default(),
            abandoned: Arc::default(),
            wake: wake.clone(),
            fault: Arc::default(),
        };
        let hung = spec.routes.hung_decoders().clone();
        let decoders = DecodeThreads::new(self.hub.clone(), outputs.clone(), hold, hung);
        let decoders = Arc::new(decoders);
        self.decoders = Some(decoders.clone());
        self.start_decoder();
        let (health, threads) = (self.health.clone(), decoders.clone());
        let supervisor = Supervisor {
            spec: Arc::new(spec),
            cancellation: self.cancellation.clone(),
            health: self.health.clone(),
            hub: self.hub.clone(),
            fault: outputs.fault,
            wake,
            reopen: outputs.reopen,
            replace_decoder: Box::new(move || {
                threads.replace()?;
                health.replaced(Instant::now());
                Ok(())
            }),
            system: Arc::new(RealSystem),
        };
        let (id, held) = (self.id.clone(), hold.clone());
        let hub = self.hub.clone();
        let task = async move {
            // A panic of a session is caught where it ends: this would be one of ours.
            let run = AssertUnwindSafe(supervisor::run(supervisor)).catch_unwind();
            if run.await.is_err() {
                tracing::error!("{id}: the feed's task panicked");
            }
            hub.close();
            decoders.finish();
            drop(held);
        };
        runtime.spawn(log_scope::scoped(self.id.clone(), task));
        Ok(())
    }

    /// Where the pictures are.
    pub fn frame_queue(&self) -> &Arc<FrameQueue> {
        &self.frame_queue
    }

    /// A snapshot; cheap enough to be taken every frame.
    pub fn status(&self) -> FeedStatus {
        let mut status = self.health.status(self.frame_queue.replaced(), Instant::now());
        let comes = matches!(status.state, FeedState::Live | FeedState::Late { .. });
        status.warnings.unverified = self.unverified && comes;
        FeedStatus { memory: self.hub.bytes(), ..status }
    }

    /// Width and height of the newest picture as the camera sent it, pixels; 0 before the first.
    /// Cheaper than [`status`](Self::status): copies no words.
    pub fn picture_size(&self) -> (u32, u32) {
        self.health.summary().size
    }

    /// Makes pictures of this size before publishing them, for adapters that are CPUs; `None`
    /// publishes them as decoded. Takes effect with the next picture.
    pub fn set_scale(&self, target: Option<ScaleTarget>) {
        self.scale.set(target);
    }

    /// Switches decoding off for a camera nobody sees: the connection stays and recorders get their
    /// packets, but there is no decoder and no picture. Switched on, the newest picture is there as
    /// soon as what came since the newest key frame is decoded.
    pub fn set_decode(&self, on: bool) {
        let now = Instant::now();
        if !self.health.show(on, now) {
            return;
        }
        if on {
            self.frame_queue.open();
            self.health.replaced(now);
            self.start_decoder();
        } else {
            if let Some(decoders) = &self.decoders {
                decoders.stop();
            }
            self.frame_queue.close();
        }
    }

    fn start_decoder(&self) {
        let Some(decoders) = &self.decoders else { return };
        if decoders.start().is_err() {
            // It is tried again.
            self.health.no_thread();
        }
    }

    /// Other words of the wall file about its pictures, without connecting anew: the age at which they
    /// are old counts at once, what is looked for in them from the next key picture on.
    pub fn retune(&self, tuning: Tuning) {
        let Tuning { stale_after, interval, watch } = tuning;
        self.health.retune(stale_after, interval, Instant::now());
        self.watch.set(watch);
    }

    /// Says whether somebody looks at this camera more than at others, as at one that is selected:
    /// where this computer can't keep up, it is decoded first, and reduced last.
    pub fn set_important(&self, on: bool) {
        self.health.load.set_important(on);
    }

    /// The feed's packets, as received, for recording: parked until it is started. What it wants to
    /// be kept is kept in memory, and dropped where that is not enough, because a slow disk must not
    /// stall the picture.
    pub fn subscribe(&self, keep: Keep) -> Subscription {
        Subscription::new(&self.hub, keep, &self.health)
    }

    /// Tells the feed to end and returns at once, like dropping the feed, which can still be
    /// [closed](Self::close) afterwards.
    pub fn stop(&self) {
        self.cancellation.cancel();
        if let Some(decoders) = &self.decoders {
            decoders.stop();
        }
    }

    /// Ends the feed and waits for that; false if it did not end in time, and then it ends on its own
    /// later.
    pub fn close(self, timeout: Duration) -> bool {
        self.stop();
        matches!(
            self.alive.recv_timeout(timeout),
            Err(crossbeam_channel::RecvTimeoutError::Disconnected)
        )
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hung_decoders::Place;
    use crate::source::spec::Watch;
    use crate::status::FeedState;
    use crate::undecodable::Undecodable;

    /// Waits until the feed's status is as it is to be.
    fn wait_for(feed: &Feed, what: &str, is_so: impl Fn(&FeedStatus) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !is_so(&feed.status()) {
            assert!(Instant::now() < until, "never {what}: {:?}", feed.status());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_feed_that_is_retuned_stays_connected() {
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips/cam1-360.h264");
        let feed = Feed::open(FeedSpec::new("cam", clip), Arc::new(|| {}));
        wait_for(&feed, "live", |status| status.state == FeedState::Live);
        let told = feed.health.given_interval();
        let interval = Some(Duration::from_secs(60));
        let watch = Watch { dark: false, ..Watch::default() };
        feed.retune(Tuning { stale_after: Duration::from_secs(9), interval, watch });
        assert_eq!((told, feed.health.given_interval()), (None, interval));
        assert_eq!(feed.health.patience(), Duration::from_secs(180));
        let decoded = feed.status().frames_decoded;
        wait_for(&feed, "goes on", |status| status.frames_decoded > decoded + 10);
        let status = feed.status();
        assert_eq!((status.reconnects, status.state), (0, FeedState::Live));
        assert!(feed.close(Duration::from_secs(5)));
    }

    #[test]
    fn where_two_decoders_of_the_stream_hang_a_feed_only_reads_until_one_comes_back() {
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips/cam1-360.h264");
        let spec = FeedSpec::new("cam", clip);
        let hung = spec.routes.hung_decoders().clone();
        let places: [Place; 2] = Default::default();
        places.iter().for_each(|place| hung.leave(place));
        let feed = Feed::open(spec, Arc::new(|| {}));
        let mut recorder = feed.subscribe(Keep { span: Duration::ZERO, bytes: 1 << 24 });
        recorder.start_back(Duration::ZERO, 0);
        let said = FeedState::Undecodable { why: Undecodable::HungDecoder };
        wait_for(&feed, "said", |status| status.state == said);
        for _ in 0..10 {
            while recorder.next_packet().is_none() {
                let rung = recorder.bell().recv_timeout(Duration::from_secs(10));
                assert!(rung.is_ok(), "packets are still handed on");
            }
        }
        assert_eq!((feed.status().frames_decoded, feed.status().state), (0, said));
        drop(places);
        wait_for(&feed, "live", |status| status.state == FeedState::Live);
        assert!(feed.close(Duration::from_secs(5)));
        assert_eq!(hung.count(Instant::now()), 0);
    }
}
