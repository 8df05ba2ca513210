//! Starts the thread `ID.decode` where a feed is shown, ends it where it is not, and starts another
//! one where it hangs.
//!
//! Called by whoever shows and hides the feed, and by the feed's task. Policies:
//! - a feed that nobody sees has no decode thread, no decoder and no pictures;
//! - a thread whose decoder does not come back cannot be ended. It is left behind: it is told to
//!   publish nothing any more, it reads nothing more, and nobody waits for it;
//! - it is left behind once another one works, so that a thread that can't be started costs nothing;
//! - it takes one of the stream's places among [`HungDecoders`] up to its end; also one that is
//!   still at work when its feed is hidden or ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_channel::Sender;

use super::thread_name;
use crate::decode::jobs::JobReader;
use crate::decode::{self, Outputs};
use crate::hub::{PacketHub, ReaderStop};
use crate::hung_decoders::{HungDecoders, Place};
use crate::lock::lock;

/// Starts decode threads of one feed, one at a time.
pub(super) struct DecodeThreads {
    hub: PacketHub,
    outputs: Outputs,
    hung: HungDecoders,
    state: Mutex<State>,
}

struct State {
    /// Held by each thread up to its end; none once the feed is over.
    hold: Option<Sender<()>>,
    present: Option<Present>,
}

/// The thread at work: what it is told when it is to end, and what it holds up to its end.
struct Present {
    abandoned: Arc<AtomicBool>,
    reader: ReaderStop,
    held: Arc<Mutex<Option<Sender<()>>>>,
    place: Place,
}

impl Present {
    /// Tells it to end. It does so with the packet at hand, if it does not hang.
    fn end(&self, hung: &HungDecoders) {
        self.abandoned.store(true, Ordering::Release);
        self.reader.stop();
        hung.leave(&self.place);
    }
}

impl DecodeThreads {
    /// For threads that read this hub and have these outputs, each of which holds a clone of `hold`,
    /// of a stream on which these hang.
    pub fn new(hub: PacketHub, outputs: Outputs, hold: &Sender<()>, hung: HungDecoders) -> Self {
        let state = Mutex::new(State { hold: Some(hold.clone()), present: None });
        Self { hub, outputs, hung, state }
    }

    /// Starts a thread; the one before is left behind.
    pub fn start(&self) -> std::io::Result<()> {
        let mut state = lock(&self.state);
        let abandoned = Arc::new(AtomicBool::new(false));
        let held = Arc::new(Mutex::new(state.hold.clone()));
        let place = Place::default();
        let outputs = Outputs { abandoned: abandoned.clone(), ..self.outputs.clone() };
        let reader = self.hub.reader();
        let present =
            Present { abandoned, reader: reader.stop(), held: held.clone(), place: place.clone() };
        let name = thread_name(&outputs.id, "decode");
        std::thread::Builder::new().name(name).spawn(move || {
            decode::run(JobReader::new(reader), &outputs);
            drop(place);
            lock(&held).take();
        })?;
        if let Some(before) = state.present.replace(present) {
            before.end(&self.hung);
            // Nobody waits for it.
            lock(&before.held).take();
        }
        Ok(())
    }

    /// Ends the thread, if there is one, without waiting for it.
    pub fn stop(&self) {
        if let Some(present) = lock(&self.state).present.take() {
            present.end(&self.hung);
        }
    }

    /// The feed is over: a thread that is at work ends once it has read what came.
    pub fn finish(&self) {
        lock(&self.state).hold = None;
    }
}

impl Drop for DecodeThreads {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossbeam_channel::{RecvTimeoutError, bounded};

    use super::*;
    use crate::health::feed_health::FeedHealth;
    use crate::source::spec::Watch;

    fn threads(hold: &Sender<()>, hung: &HungDecoders) -> (PacketHub, DecodeThreads) {
        crate::init();
        let outputs = Outputs {
            id: "cam".into(),
            health: Arc::new(FeedHealth::new(Duration::from_secs(2))),
            frame_queue: Arc::default(),
            scale: Arc::default(),
            deep_textures: true,
            watch: Watch::default(),
            reopen: Arc::default(),
            abandoned: Arc::default(),
            wake: Arc::new(|| {}),
            fault: Arc::default(),
        };
        let hub = PacketHub::default();
        (hub.clone(), DecodeThreads::new(hub, outputs, hold, hung.clone()))
    }

    fn ends(alive: &crossbeam_channel::Receiver<()>) -> bool {
        alive.recv_timeout(Duration::from_secs(5)) == Err(RecvTimeoutError::Disconnected)
    }

    /// Waits until no thread has a place any more.
    fn wait_for_places(hung: &HungDecoders) {
        let until = Instant::now() + Duration::from_secs(5);
        while hung.count() > 0 {
            assert!(Instant::now() < until, "it gives its place back");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn nobody_waits_for_a_thread_that_is_left_behind() {
        let (hold, alive) = bounded(0);
        let hung = HungDecoders::default();
        let (_hub, threads) = threads(&hold, &hung);
        drop(hold);
        // What it holds is held by one that hangs until its end.
        let hangs = {
            threads.start().expect("a thread");
            let state = lock(&threads.state);
            let present = state.present.as_ref().expect("a thread");
            present.place.clone()
        };
        threads.start().expect("another thread");
        assert_eq!(hung.count(), 1, "it counts until it ends");
        threads.finish();
        threads.stop();
        assert!(ends(&alive), "the first thread is waited for");
        drop(hangs);
        wait_for_places(&hung);
    }

    #[test]
    fn a_feed_that_is_hidden_has_no_thread_and_one_that_is_over_reads_to_the_end() {
        let (hold, alive) = bounded(0);
        let hung = HungDecoders::default();
        let (hub, threads) = threads(&hold, &hung);
        drop(hold);
        threads.start().expect("a thread");
        threads.stop();
        wait_for_places(&hung);
        threads.start().expect("a thread");
        hub.close();
        threads.finish();
        assert!(ends(&alive), "it ends with the hub, and nobody ended it");
    }
}
