//! The runtime on which all feeds wait for their cameras.
//!
//! One for the process, made when the first feed is opened and never taken down: two threads named
//! `io`, on which each feed and each relay is a task. Policies:
//! - nothing on these threads sleeps, reads a file or calls into FFmpeg's input: what may block runs
//!   elsewhere (`lookup`, `ID.login`, `ID.demux`) and is awaited here;
//! - a runtime that can't be made is asked for again by the next feed.

use std::io;
use std::sync::Mutex;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::lock::lock;

/// Threads that wait for the network and make packets. A connection of 4 Mbit/s takes 0.24 % of one
/// (`what_the_relay_costs`); the second is there so that one camera's key frame delays no other's.
const THREADS: usize = 2;
/// Threads for what may block after all: only retina's lookup of a name that a camera calls itself by,
/// to which TEARDOWN is sent once more.
const BLOCKING_THREADS: usize = 1;

static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

/// The process's runtime.
///
/// # Errors
/// The system's, if it gives no thread or no descriptor.
pub(crate) fn handle() -> io::Result<Handle> {
    let mut slot = lock(&RUNTIME);
    if let Some(runtime) = &*slot {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("io")
        .enable_all()
        .build()?;
    Ok(slot.insert(runtime).handle().clone())
}

/// Waits on the test's own thread.
#[cfg(test)]
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    handle().expect("a runtime").block_on(future)
}
