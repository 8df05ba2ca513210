//! That an X server tells when monitors come and go.
//!
//! Main thread, once. winit asks the server for RandR's events and reads them through Xlib, but Xlib
//! drops the events of an extension that no library has announced to it, so that winit would list the
//! monitors of the start for ever. libXrandr announces RandR. Policy: where it is not installed the wall
//! runs on, and that is said once.

use bevy::{ecs::system::NonSendMarker, prelude::*, window::RawHandleWrapper};
use raw_window_handle::RawDisplayHandle;
use tracing::warn;
use x11_dl::xrandr::Xrandr;

/// Announces RandR on the connection of the first window; there is one for all of them.
pub fn announce(
    windows: Query<&RawHandleWrapper, With<Window>>,
    mut done: Local<bool>,
    _main_thread: NonSendMarker,
) {
    if *done {
        return;
    }
    let Some(window) = windows.iter().next() else { return };
    *done = true;
    let RawDisplayHandle::Xlib(handle) = window.get_display_handle() else { return };
    let Some(display) = handle.display else { return };
    let xrandr = match Xrandr::open() {
        Ok(xrandr) => xrandr,
        Err(error) => {
            warn!("monitors that are plugged in later are not seen: {error}");
            return;
        }
    };
    let (mut events, mut errors) = (0, 0);
    #[expect(unsafe_code, reason = "Xlib and its extensions are C")]
    // SAFETY: `display` is winit's connection, which lives as long as the event loop, and with it as this
    // system; this is the thread that reads it; the two numbers live for the call.
    let known =
        unsafe { (xrandr.XRRQueryExtension)(display.as_ptr().cast(), &mut events, &mut errors) };
    if known == 0 {
        warn!("monitors that are plugged in later are not seen: the X server does not speak RandR");
    }
}
