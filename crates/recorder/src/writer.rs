//! A camera's recording as a state machine: what becomes of packets, wishes and time.
//!
//! Run by the camera's thread, and by `mend` for cameras that are no longer on the wall. Policy: `rules`
//! decides, `state` carries it out on a system of clocks, disk and storage, so that all of it runs in simulated time.

pub(crate) mod packet_reader;
pub(crate) mod rules;
pub(crate) mod segment;
pub(crate) mod stall_detector;
pub(crate) mod state;
#[cfg(test)]
mod tests;
