//! Whether the program gives up what it does not need.
//!
//! Plain data, read on the caller's thread. Policy: on, as far as the kernel can.

use serde::Deserialize;

/// Whether the program may reach only what the wall needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Sandbox {
    /// As far as the kernel can: files outside the folders that the wall needs, other programs and
    /// the kernel's rarer services are out of reach.
    #[default]
    On,
    /// It may do what its user may.
    Off,
}
