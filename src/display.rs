//! Whether there is a display to open a window on.

use std::env;

use x11rb::errors::ConnectError;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum NoDisplay {
    /// No display is named.
    #[error("there is no display (DISPLAY is not set)")]
    Unset,
    /// The display does not answer.
    #[error("the display {0} can't be opened: {1}")]
    Unreachable(String, ConnectError),
}

/// Connects to the display once and lets go of it.
///
/// # Errors
/// When there is none, or it does not answer.
pub fn find() -> Result<(), NoDisplay> {
    let name = env::var("DISPLAY").ok().filter(|name| !name.is_empty()).ok_or(NoDisplay::Unset)?;
    match x11rb::connect(Some(&name)) {
        Ok(_) => Ok(()),
        Err(error) => Err(NoDisplay::Unreachable(name, error)),
    }
}
