//! The display a window can be opened on, asked before Bevy opens it.

use std::env;

use x11rb::{
    connection::Connection,
    errors::{ConnectError, ReplyError},
    protocol::xproto::{AtomEnum, ConnectionExt, EventMask, Window},
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

/// Connects to the display once and disconnects.
///
/// # Errors
/// When there is no display, or the display does not answer.
pub fn find_display() -> Result<Display, NoDisplay> {
    let name = env::var("DISPLAY").ok().filter(|name| !name.is_empty()).ok_or(NoDisplay::Unset)?;
    match x11rb::connect(Some(&name)) {
        // A server that does not answer is treated as one with a window manager: the usual case.
        Ok((server, screen)) => {
            Ok(Display { managed: speaks_ewmh(&server, screen).unwrap_or(true) })
        }
        Err(error) => Err(NoDisplay::Unreachable(name, error)),
    }
}

/// Whether a window manager runs that speaks EWMH 1.5: one that answers a request for full-screen.
fn speaks_ewmh(server: &RustConnection, screen: usize) -> Result<bool, ReplyError> {
    let root = server.setup().roots[screen].root;
    let atom = server.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK")?.reply()?.atom;
    let property = server.get_property(false, root, atom, AtomEnum::WINDOW, 0, 1)?.reply()?;
    // The property stays behind when the window manager dies.
    Ok(property.value_len > 0 && is_managed(server, root)?)
}

/// Whether a window manager runs, of whatever kind: it is the one client that may redirect the root
/// window's children (ICCCM 4.1.10 and 4.3).
pub fn is_managed(server: &RustConnection, root: Window) -> Result<bool, ReplyError> {
    let selected = server.get_window_attributes(root)?.reply()?.all_event_masks;
    Ok(selected.contains(EventMask::SUBSTRUCTURE_REDIRECT))
}
