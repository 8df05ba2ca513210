//! Starts the thread `ID.decode`, and another one where it hangs.
//!
//! The demux thread asks for it. Policies:
//! - a thread whose decoder does not come back cannot be ended. It is left behind: it is told to
//!   publish nothing any more, its queue is hung up, and nobody waits for it;
//! - it is left behind once another one works, so that a thread that can't be started costs nothing;
//! - it takes one of the stream's places among [`HungDecoders`] up to its end; also one that is
//!   still at work when its feed ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Sender, bounded};

use super::thread_name;
use crate::decode::{self, Job, Outputs};
use crate::hung_decoders::{HungDecoders, Place};
use crate::lock::lock;

/// Packets that may wait for the decoder: two seconds at 30 fps, which is what a burst after a
/// stall of the network may bring. Lag is bounded elsewhere, by the packets' age.
const QUEUE: usize = 64;

/// Starts decode threads of one feed, one at a time.
pub(super) struct DecodeThreads {
    outputs: Outputs,
    hold: Sender<()>,
    hung: HungDecoders,
    /// The thread at work: what it is told when it is left behind, and what it holds up to its end.
    present: Mutex<Option<Present>>,
}

struct Present {
    abandoned: Arc<AtomicBool>,
    held: Arc<Mutex<Option<Sender<()>>>>,
    place: Place,
}

impl DecodeThreads {
    /// For threads with these outputs, each of which holds a clone of `hold`, of a stream on which
    /// these hang.
    pub fn new(outputs: Outputs, hold: &Sender<()>, hung: HungDecoders) -> Self {
        Self { outputs, hold: hold.clone(), hung, present: Mutex::default() }
    }

    /// Starts a thread that takes jobs from the channel's other end; the one before is left behind.
    pub fn start(&self) -> std::io::Result<Sender<Job>> {
        let (jobs, queue) = bounded(QUEUE);
        let abandoned = Arc::new(AtomicBool::new(false));
        let held = Arc::new(Mutex::new(Some(self.hold.clone())));
        let place = Place::default();
        let outputs = Outputs { abandoned: abandoned.clone(), ..self.outputs.clone() };
        let name = thread_name(&outputs.id, "decode");
        let (holds, takes) = (held.clone(), place.clone());
        std::thread::Builder::new().name(name).spawn(move || {
            let _place = takes;
            decode::run(&queue, &outputs);
            lock(&holds).take();
        })?;
        let next = Present { abandoned, held, place };
        if let Some(before) = lock(&self.present).replace(next) {
            before.abandoned.store(true, Ordering::Release);
            lock(&before.held).take();
            self.hung.leave(&before.place);
        }
        Ok(jobs)
    }
}

impl Drop for DecodeThreads {
    fn drop(&mut self) {
        // It ends with its channel, and gives its place back, if it does not hang.
        if let Some(present) = lock(&self.present).take() {
            self.hung.leave(&present.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossbeam_channel::RecvTimeoutError;

    use super::*;
    use crate::fixtures::fake;
    use crate::health::feed_health::FeedHealth;
    use crate::source::spec::Watch;

    fn job() -> Job {
        let packet = fake(0, true);
        Job {
            packet,
            restart: true,
            first: true,
            reopen: false,
            blind: false,
            whole: true,
            lossy: false,
            gradual: false,
        }
    }

    #[test]
    fn nobody_waits_for_a_thread_that_is_left_behind_and_it_says_nothing_more() {
        crate::init();
        let outputs = Outputs {
            id: "cam".into(),
            health: Arc::new(FeedHealth::new(Duration::from_secs(2))),
            frame_queue: Arc::default(),
            scale: Arc::default(),
            deep_textures: true,
            watch: Watch::default(),
            abandoned: Arc::default(),
            wake: Arc::new(|| {}),
            fault: Arc::default(),
        };
        let (hold, alive) = bounded(0);
        let hung_decoders = HungDecoders::default();
        let threads = DecodeThreads::new(outputs, &hold, hung_decoders.clone());
        drop(hold);
        let hung = threads.start().expect("a thread");
        // One that waits for a packet stands in for one that hangs: neither ends by itself.
        let next = threads.start().expect("another thread");
        drop(threads);
        // Both have begun by then.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(
            hung_decoders.count(),
            2,
            "one that is at work when its feed ends may hang, too"
        );
        drop(next);
        let ended = alive.recv_timeout(Duration::from_secs(5));
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected), "the first thread still hangs");
        let until = Instant::now() + Duration::from_secs(5);
        while hung.send(job()).is_ok() {
            assert!(Instant::now() < until, "it ends as soon as it comes back");
            std::thread::sleep(Duration::from_millis(10));
        }
        while hung_decoders.count() > 0 {
            assert!(Instant::now() < until, "it gives its place back");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
