//! What the kernel says of the clock.
//!
//! Called by the thread `retention`. Policy: asked, never set.

#![expect(unsafe_code, reason = "no crate of ours has a safe call for the kernel's clock state")]

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
}
