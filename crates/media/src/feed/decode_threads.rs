//! Starts the thread `ID.decode` where a feed is shown, ends it where it is not, and starts another
//! one where it hangs.
//!
//! Called by whoever shows and hides the feed, and by the feed's task. Policies:
//! - a feed that nobody sees has no decode thread, no decoder and no pictures, and their memory is the
//!   system's again;
//! - a thread whose decoder does not come back cannot be ended. It is left behind: it is told to
//!   publish nothing any more, it reads nothing more, and nobody waits for it;
//! - it is left behind once another one works, so that a thread that can't be started costs nothing;
//! - it takes one of the stream's places among [`HungDecoders`] up to its end; also one that does not
//!   end soon when its feed is hidden or ends;
//! - whether there is to be a thread is decided under the lock, so that none is started for a feed that
//!   was hidden just now;
//! - a thread that panics outside its decoder is said to be none, and another one is started.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::thread_name;
use crate::decode::jobs::JobReader;
use crate::decode::{self, Outputs};
use crate::ffmpeg::allocator::return_memory;
use crate::hub::{PacketHub, ReaderStop};
use crate::hung_decoders::{HungDecoders, Place, Room};
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
    /// Whether there is to be a thread.
    wanted: bool,
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
    fn end(&self) {
        self.abandoned.store(true, Ordering::Release);
        self.reader.stop();
    }
}

impl DecodeThreads {
    /// For threads that read this hub and have these outputs, each of which holds a clone of `hold`,
    /// of a stream on which these hang.
    pub fn new(hub: PacketHub, outputs: Outputs, hold: &Sender<()>, hung: HungDecoders) -> Self {
        let state = Mutex::new(State { hold: Some(hold.clone()), wanted: false, present: None });
        Self { hub, outputs, hung, state }
    }

    /// Starts a thread, and has others started in its place where need be; the one before is left behind.
    pub fn start(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.wanted = true;
        self.begin(&mut state)
    }

    /// Starts another thread, if there is to be one; the one before is left behind.
    pub fn replace(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        if state.wanted { self.begin(&mut state) } else { Ok(()) }
    }

    fn begin(&self, state: &mut State) -> io::Result<()> {
        if self.hung.room(Instant::now()) != Room::Free {
            return Err(io::Error::other("too many decode threads of the stream don't end"));
        }
        let abandoned = Arc::new(AtomicBool::new(false));
        let held = Arc::new(Mutex::new(state.hold.clone()));
        let place = Place::default();
        let outputs = Outputs { abandoned: abandoned.clone(), ..self.outputs.clone() };
        let reader = self.hub.reader();
        let present =
            Present { abandoned, reader: reader.stop(), held: held.clone(), place: place.clone() };
        let name = thread_name(&outputs.id, "decode");
        std::thread::Builder::new().name(name).spawn(move || {
            to_its_end(&outputs, || decode::run(JobReader::new(reader), &outputs));
            drop(place);
            lock(&held).take();
            return_memory();
        })?;
        if let Some(before) = state.present.replace(present) {
            before.end();
            self.hung.leave(&before.place);
            // Nobody waits for it.
            lock(&before.held).take();
        }
        Ok(())
    }

    /// Ends the thread, if there is one, without waiting for it.
    pub fn stop(&self) {
        let mut state = lock(&self.state);
        state.wanted = false;
        if let Some(present) = state.present.take() {
            present.end();
            self.hung.end(&present.place, Instant::now());
        }
    }

    /// The feed is over: a thread that is at work ends once it has read what came.
    pub fn finish(&self) {
        lock(&self.state).hold = None;
    }
}

/// A thread's whole life. Where that panics there is no thread any more, unless it was told to end.
fn to_its_end(outputs: &Outputs, run: impl FnOnce()) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else { return };
    if !outputs.abandoned.load(Ordering::Acquire) {
        outputs.panicked("the decode thread", &*panic);
        outputs.health.no_thread();
    }
}

impl Drop for DecodeThreads {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crossbeam_channel::{RecvTimeoutError, bounded};

    use super::*;
    use crate::health::Remedy;
    use crate::health::feed_health::FeedHealth;
    use crate::status::Connection;

    fn threads(hold: &Sender<()>, hung: &HungDecoders) -> (PacketHub, DecodeThreads) {
        crate::init();
        let outputs = Outputs {
            id: "cam".into(),
            health: Arc::new(FeedHealth::new(Duration::from_secs(2))),
            frame_queue: Arc::default(),
            scale: Arc::default(),
            deep_textures: true,
            largest_side: crate::limits::MAX_SIDE,
            watch: Arc::default(),
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
        while hung.count(Instant::now()) > 0 {
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
        assert_eq!(hung.count(Instant::now()), 1, "it counts until it ends");
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

    #[test]
    fn who_hides_and_shows_quickly_gets_a_thread_and_who_is_hidden_none() {
        let (hold, _alive) = bounded(0);
        let hung = HungDecoders::default();
        let (_hub, threads) = threads(&hold, &hung);
        // They wait for their turn.
        let places: Vec<Place> = std::iter::repeat_with(|| {
            threads.start().expect("a thread");
            let place = lock(&threads.state).present.as_ref().expect("a thread").place.clone();
            threads.stop();
            place
        })
        .take(3)
        .collect();
        threads.replace().expect("nothing to do");
        assert!(lock(&threads.state).present.is_none());
        threads.start().expect("a thread");
        drop(places);
        threads.stop();
        wait_for_places(&hung);
    }

    #[test]
    fn a_thread_that_panics_is_said_to_be_none_unless_it_was_to_end() {
        let (hold, _alive) = bounded(0);
        let (_hub, threads) = threads(&hold, &HungDecoders::default());
        let Outputs { health, fault, abandoned, .. } = &threads.outputs;
        health.set_connection(Connection::Up, Instant::now());
        for (ended, remedy) in [(true, None), (false, Some(Remedy::StartDecoder))] {
            abandoned.store(ended, Ordering::Release);
            // Without a word on standard error.
            to_its_end(&threads.outputs, || std::panic::resume_unwind(Box::new("of a rule")));
            assert_eq!(lock(fault).take().is_none(), ended);
            assert_eq!(health.remedy(Instant::now()), remedy);
        }
    }
}
