//! The storage's threads: how one is started and ended.
//!
//! Used by the storage. Policy: nobody waits for a thread that hangs on the disk.

use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

/// A thread that is waited for only so long.
pub(super) struct RunningThread {
    name: &'static str,
    handle: JoinHandle<()>,
    /// Disconnected when the thread is over.
    over: Receiver<()>,
}

impl RunningThread {
    /// None where there is no thread to be had.
    pub fn start(name: &'static str, work: impl FnOnce() + Send + 'static) -> Option<Self> {
        let (alive, over) = bounded::<()>(0);
        let work = move || {
            work();
            drop(alive);
        };
        match thread::Builder::new().name(name.into()).spawn(work) {
            Ok(handle) => Some(Self { name, handle, over }),
            Err(error) => {
                tracing::error!("no thread `{name}` for recordings: {error}");
                None
            }
        }
    }

    /// Waits for one that was told to end, and not for a disk that hangs.
    pub fn end(self, until: Instant, root: &Path) {
        let (name, root) = (self.name, root.display());
        if self.over.recv_deadline(until) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("{root}: the disk holds the thread `{name}` up; not waiting");
        } else if self.handle.join().is_err() {
            tracing::error!("{root}: the thread `{name}` ended in a panic");
        }
    }
}
