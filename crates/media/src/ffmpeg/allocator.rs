//! How the C library's allocator gives memory back to the system.
//!
//! Set once for the process, before the first decoder; [`return_memory`] runs on the thread whose decoder
//! is gone. Policies:
//! - what is as large as a picture is mapped by itself, and is the system's again once it is freed;
//! - the thresholds stay where they are. Left alone, glibc raises them with each large piece that is
//!   freed, and then keeps as much as 16 MB free at the end of each of its arenas (measured: 64 cameras
//!   shown once left 40 MB behind, twice 115 MB);
//! - there is an arena a CPU and not eight: the gaps between what threads hold in each filled for hours, which
//!   looked like a leak of 15 MB an hour, while what was in use stayed as it was (measured with cameras that
//!   fail at random).
#![expect(unsafe_code, reason = "the allocator is spoken to in C")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Pieces of so many bytes and more are mapped by themselves: glibc's own value at the start
/// (`mallopt(3)`). The luma of 640×360 is such a piece.
#[cfg(target_env = "gnu")]
const MAPPED_FROM: libc::c_int = 128 << 10;
/// How many bytes may stay free at the end of an arena: enough for a second's packets of a small stream.
#[cfg(target_env = "gnu")]
const KEPT_AT_MOST: libc::c_int = 256 << 10;
/// Arenas, whatever the number of CPUs.
#[cfg(target_env = "gnu")]
const ARENAS: std::ops::RangeInclusive<usize> = 2..=8;

/// Has it give back what is freed. Arenas that there are stay.
pub(crate) fn configure() {
    #[cfg(target_env = "gnu")]
    let arenas = std::thread::available_parallelism()
        .map_or(*ARENAS.start(), |cpus| cpus.get().clamp(*ARENAS.start(), *ARENAS.end()));
    #[cfg(target_env = "gnu")]
    // SAFETY: each call stores one number under the allocator's own lock.
    let set = unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM) == 1
            && libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_AT_MOST) == 1
            && libc::mallopt(libc::M_ARENA_MAX, arenas as libc::c_int) == 1
    };
    #[cfg(target_env = "gnu")]
    if !set {
        tracing::debug!("the allocator keeps its own rules");
    }
}

/// Gives the memory of decoders that are gone back to the system; the C library keeps it for
/// allocations to come (measured: 45 MB after 64 cameras were shown once). One thread does it for all
/// that ask meanwhile; takes some milliseconds.
pub(crate) fn return_memory() {
    static ASKED: AtomicBool = AtomicBool::new(false);
    static BUSY: Mutex<()> = Mutex::new(());
    ASKED.store(true, Ordering::SeqCst);
    let Ok(_busy) = BUSY.try_lock() else { return };
    while ASKED.swap(false, Ordering::SeqCst) {
        #[cfg(target_env = "gnu")]
        // SAFETY: the call takes a number, and has the allocator's own locks.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}
