//! Starts the thread `ID.decode`, and another one where it hangs.
//!
//! The demux thread asks for it. Policy: a thread whose decoder does not come back cannot be ended.
//! It is left behind: it is told to publish nothing any more, its queue is hung up, and nobody waits
//! for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Sender, bounded};

use super::thread_name;
use crate::decode::{self, Job, Outputs};
use crate::lock::lock;

/// Packets that may wait for the decoder: two seconds at 30 fps, which is what a burst after a
/// stall of the network may bring. Lag is bounded elsewhere, by the packets' age.
const QUEUE: usize = 64;

/// Starts decode threads of one feed, one at a time.
pub(super) struct DecodeThreads {
    outputs: Outputs,
    hold: Sender<()>,
    /// The thread at work: what it is told when it is left behind, and what it holds up to its end.
    present: Mutex<Option<Present>>,
}

struct Present {
    abandoned: Arc<AtomicBool>,
    held: Arc<Mutex<Option<Sender<()>>>>,
}

impl DecodeThreads {
    /// For threads with these outputs, each of which holds a clone of `hold`.
    pub fn new(outputs: Outputs, hold: &Sender<()>) -> Self {
        Self { outputs, hold: hold.clone(), present: Mutex::default() }
    }

    /// Starts a thread that takes jobs from the channel's other end; the one before is left behind.
    pub fn start(&self) -> std::io::Result<Sender<Job>> {
        let mut present = lock(&self.present);
        if let Some(before) = present.take() {
            before.abandoned.store(true, Ordering::Release);
            lock(&before.held).take();
        }
        let (jobs, queue) = bounded(QUEUE);
        let abandoned = Arc::new(AtomicBool::new(false));
        let held = Arc::new(Mutex::new(Some(self.hold.clone())));
        let outputs = Outputs { abandoned: abandoned.clone(), ..self.outputs.clone() };
        let name = thread_name(&outputs.id, "decode");
        let holds = held.clone();
        std::thread::Builder::new().name(name).spawn(move || {
            decode::run(&queue, &outputs);
            lock(&holds).take();
        })?;
        *present = Some(Present { abandoned, held });
        Ok(jobs)
    }
}
