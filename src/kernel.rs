//! What the kernel says of the clock, and how urgent a thread's reading is to it.
//!
//! Called by the thread `retention` and by `camwall recordings`. Policy: the clock is asked, never set.

#![expect(unsafe_code, reason = "no crate of ours has safe calls for these")]

use std::io;

/// The class of threads that get the disk when nobody else wants it, as `ioprio_set(2)` takes it.
const IDLE: libc::c_int = 3 << 13;
/// That it is about a thread; 0 is the one that calls.
const THREAD: libc::c_int = 1;

/// Has this thread, and those that it starts, wait for the disk until nobody else wants it.
///
/// # Errors
/// The system's.
pub fn read_when_idle() -> io::Result<()> {
    // SAFETY: the call takes three numbers and no memory.
    let done = unsafe { libc::syscall(libc::SYS_ioprio_set, THREAD, 0, IDLE) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Whether the kernel says that its clock is synchronised; none where it can't be asked. Many systems
/// whose clock is right say that it is not.
pub fn clock_is_synchronised() -> Option<bool> {
    // SAFETY: a `timex` is plain numbers, for which zeros are valid.
    let mut clock: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: with no mode set the call writes into the structure, which is ours, and changes nothing.
    let state = unsafe { libc::adjtimex(&raw mut clock) };
    (state >= 0).then_some(state != libc::TIME_ERROR && clock.status & libc::STA_UNSYNC == 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_answers() {
        assert!(super::clock_is_synchronised().is_some());
    }

    #[test]
    fn a_thread_that_is_to_read_when_idle_has_that_class_and_no_other_thread_has() {
        let class = || {
            // SAFETY: the call takes two numbers and no memory.
            unsafe { libc::syscall(libc::SYS_ioprio_get, super::THREAD, 0) }
        };
        let wanted = i64::from(super::IDLE);
        let idle = std::thread::spawn(move || {
            super::read_when_idle().unwrap();
            (class(), std::thread::spawn(class).join().unwrap())
        });
        let idle = idle.join().unwrap();
        assert_eq!(idle, (wanted, wanted), "those that it starts as well");
        assert_ne!(class(), wanted);
    }
}
