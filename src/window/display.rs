//! The display a window can be opened on, asked before Bevy opens it: Bevy would panic.
//!
//! Pure but for asking; main thread, at the start. Wayland needs nothing of what [`input_focus`] and
//! [`place_windows`] do by hand: a compositor gives the keyboard and makes windows full-screen.
//!
//! [`input_focus`]: super::input_focus
//! [`place_windows`]: super::place::place_windows

use std::{
    env,
    ffi::OsString,
    io,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

use x11rb::{
    connection::Connection,
    errors::{ConnectError, ReplyError},
    protocol::xproto::{AtomEnum, ConnectionExt, EventMask, Window},
    rust_connection::RustConnection,
};

/// What there is to show a window on.
#[derive(Debug)]
pub struct Display {
    /// A window manager runs, or a Wayland compositor. Without one nobody makes a window full-screen
    /// but we.
    pub managed: bool,
    /// Kept until the window's own connection is there: an X server that loses its last client starts
    /// anew, and refuses whoever connects meanwhile.
    _server: Option<RustConnection>,
}

/// A Wayland compositor, which makes windows full-screen.
const COMPOSITOR: Display = Display { managed: true, _server: None };

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum NoDisplay {
    /// No display is named.
    #[error("there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)")]
    Unset,
    /// The X display does not answer.
    #[error("the display {0} can't be opened: {1}")]
    Unreachable(String, ConnectError),
    /// Nobody listens where the Wayland display is said to be.
    #[error(
        "the Wayland display {0} can't be opened: {1} (without WAYLAND_DISPLAY an X display is looked for)"
    )]
    NoCompositor(String, io::Error),
    /// The Wayland display is named, but not the folder that it lies in.
    #[error("the Wayland display {0} can't be opened: XDG_RUNTIME_DIR is not set")]
    NoFolder(String),
}

/// The displays that the environment names.
#[derive(Debug, Default)]
struct Named {
    wayland: Option<OsString>,
    /// A connection to a Wayland display that whoever started us made.
    socket: Option<OsString>,
    runtime: Option<OsString>,
    x: Option<OsString>,
}

impl Named {
    fn of_environment() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            wayland: set("WAYLAND_DISPLAY"),
            socket: set("WAYLAND_SOCKET"),
            runtime: set("XDG_RUNTIME_DIR"),
            x: set("DISPLAY"),
        }
    }
}

/// Connects to the display. Which it is follows winit, which opens the window:
/// the Wayland display where one is named, else the X display.
///
/// # Errors
/// When there is no display, or the display does not answer.
pub fn find_display() -> Result<Display, NoDisplay> {
    find(Named::of_environment())
}

fn find(named: Named) -> Result<Display, NoDisplay> {
    let text = |name: &OsString| name.to_string_lossy().into_owned();
    match named {
        // It can be used once only.
        Named { socket: Some(_), .. } => Ok(COMPOSITOR),
        Named { wayland: Some(name), runtime, .. } => {
            // An absolute path stays as it is.
            let place = match (Path::new(&name).is_absolute(), runtime) {
                (true, _) => PathBuf::from(&name),
                (false, Some(folder)) => Path::new(&folder).join(&name),
                (false, None) => return Err(NoDisplay::NoFolder(text(&name))),
            };
            UnixStream::connect(place)
                .map_err(|error| NoDisplay::NoCompositor(text(&name), error))?;
            Ok(COMPOSITOR)
        }
        Named { x: Some(name), .. } => find_x(&text(&name)),
        _ => Err(NoDisplay::Unset),
    }
}

fn find_x(name: &str) -> Result<Display, NoDisplay> {
    match x11rb::connect(Some(name)) {
        // A server that does not answer is treated as one with a window manager: the usual case.
        Ok((server, screen)) => {
            let managed = speaks_ewmh(&server, screen).unwrap_or(true);
            Ok(Display { managed, _server: Some(server) })
        }
        Err(error) => Err(NoDisplay::Unreachable(name.to_owned(), error)),
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

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn the_wayland_display_comes_first_and_must_answer() {
        let folder = tempfile::tempdir().unwrap();
        let named = |wayland: &str, runtime: &Path, x: &str| Named {
            wayland: Some(wayland.into()),
            runtime: Some(runtime.into()),
            x: Some(x.into()),
            ..Named::default()
        };
        let nobody = || named("wayland-1", folder.path(), ":77");
        let error = find(nobody()).unwrap_err();
        assert!(
            matches!(&error, NoDisplay::NoCompositor(name, _) if name == "wayland-1"),
            "{error}"
        );
        let listener = UnixListener::bind(folder.path().join("wayland-1")).unwrap();
        assert!(find(nobody()).unwrap().managed);
        assert!(listener.accept().is_ok());
        let absolute = folder.path().join("wayland-1");
        assert!(find(named(absolute.to_str().unwrap(), Path::new("/nowhere"), ":77")).is_ok());
        let homeless = Named { runtime: None, ..nobody() };
        assert!(matches!(find(homeless), Err(NoDisplay::NoFolder(_))));
        let socket = Named { socket: Some("3".into()), ..Named::default() };
        assert!(find(socket).unwrap().managed);
    }

    #[test]
    fn without_wayland_the_x_display_is_asked() {
        let x = Named { x: Some(":no-such-display".into()), ..Named::default() };
        assert!(
            matches!(find(x), Err(NoDisplay::Unreachable(name, _)) if name == ":no-such-display")
        );
        assert!(matches!(find(Named::default()), Err(NoDisplay::Unset)));
    }
}
