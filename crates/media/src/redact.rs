//! Keeps what is secret out of everything a person may read: logs, errors, the status line.
//!
//! Pure. Policy: of an address the origin is left, see [`redact`]; what is known to be secret of the
//! camera is taken out as well, see [`Censor`].

pub(crate) use camwall_address::Censor;
pub use camwall_address::redact;
