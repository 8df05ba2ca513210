//! The display a window can be opened on, asked before Bevy opens it.

use std::env;

use x11rb::{
    connection::Connection,
    errors::{ConnectError, ReplyOrIdError},
    protocol::xproto::{AtomEnum, ConnectionExt},
    rust_connection::RustConnection,
};

/// What there is to show a window on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// A window manager runs. Without one nobody makes a window full-screen but we.
    pub managed: bool,
}

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
pub fn find() -> Result<Display, NoDisplay> {
    let name = env::var("DISPLAY").ok().filter(|name| !name.is_empty()).ok_or(NoDisplay::Unset)?;
    match x11rb::connect(Some(&name)) {
        // A server that does not answer is treated as one with a window manager: the usual case.
        Ok((server, screen)) => {
            Ok(Display { managed: is_managed(&server, screen).unwrap_or(true) })
        }
        Err(error) => Err(NoDisplay::Unreachable(name, error)),
    }
}

/// A window manager names its window in this property of the root (EWMH 1.5).
fn is_managed(server: &RustConnection, screen: usize) -> Result<bool, ReplyOrIdError> {
    let root = server.setup().roots[screen].root;
    let atom = server.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK")?.reply()?.atom;
    let property = server.get_property(false, root, atom, AtomEnum::WINDOW, 0, 1)?.reply()?;
    Ok(property.value_len > 0)
}
