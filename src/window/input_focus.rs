//! The input focus, where no window manager gives it.
//!
//! The X server sends keys to the window that has the input focus. To give a window the focus is a
//! window manager's task; a kiosk has none, and then nobody has the focus and no key does anything.
//! Owns the thread `focus`, which looks once a second over an X connection of its own: a server
//! that hangs holds up this thread and no other. It ends with [`FocusKeeper`].
//! Policy: while no window manager runs, the active wall takes the focus that nobody has. It never takes
//! the focus from a window that exists, and while a window manager runs it leaves the focus alone.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bevy::{prelude::*, window::RawHandleWrapper};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use raw_window_handle::RawWindowHandle;
use tracing::{debug, error, info, warn};
use x11rb::{
    connection::Connection,
    errors::{ConnectError, ReplyError, ReplyOrIdError},
    protocol::{
        ErrorKind, Event,
        xproto::{
            AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, InputFocus, MapState,
            PropMode, Timestamp, Window as XWindow, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use crate::wall::{ActiveWall, OnWindow};
use crate::window::display;

/// How often the focus is looked at while all is well.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How soon the focus is looked at again while nobody has it.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);
/// Longest pause after the X server could not be asked.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How long after the thread could not be started the next attempt is.
const RESTART_INTERVAL: Duration = Duration::from_secs(10);

/// The walls' windows, the one that is to have the focus first.
#[derive(Debug, Clone, Default)]
struct Windows(Arc<Mutex<Vec<XWindow>>>);

impl Windows {
    /// Says which they are. Allocates only where they are others.
    fn set(&self, windows: impl Iterator<Item = XWindow> + Clone) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().copied().eq(windows.clone()) {
            known.clear();
            known.extend(windows);
        }
    }

    fn get(&self) -> Vec<XWindow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The thread that makes keys reach the walls' windows; the thread ends when this is dropped.
#[derive(Resource)]
pub struct FocusKeeper {
    windows: Windows,
    /// Hung up when this is dropped, which ends the thread.
    _stop: Sender<()>,
}

impl FocusKeeper {
    fn start(windows: Windows) -> io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let known = windows.clone();
        thread::Builder::new().name("focus".into()).spawn(move || keep(&known, &stopped))?;
        Ok(Self { windows, _stop: stop })
    }
}

/// Starts the keeper once there is a window, and tells it which windows there are.
pub fn keep_focus(
    mut commands: Commands,
    walls: Query<(Entity, &OnWindow)>,
    handles: Query<&RawHandleWrapper>,
    active: Res<ActiveWall>,
    keeper: Option<Res<FocusKeeper>>,
    mut tried: Local<Option<Instant>>,
) {
    let active = active.0;
    let of = |is_active: bool| {
        let walls = walls.iter().filter(move |(wall, _)| (Some(*wall) == active) == is_active);
        walls.filter_map(|(_, on)| handles.get(on.0).ok().and_then(x_window))
    };
    let windows = of(true).chain(of(false));
    if let Some(keeper) = keeper {
        keeper.windows.set(windows);
        return;
    }
    if windows.clone().next().is_none() || tried.is_some_and(|at| at.elapsed() < RESTART_INTERVAL) {
        return;
    }
    let known = Windows::default();
    known.set(windows);
    match FocusKeeper::start(known) {
        Ok(keeper) => {
            *tried = None;
            commands.insert_resource(keeper);
        }
        Err(error) => {
            *tried = Some(Instant::now());
            error!("no thread to watch the input focus: {error}; trying again");
        }
    }
}

/// The window's number at the X server; none on another window system.
fn x_window(handle: &RawHandleWrapper) -> Option<XWindow> {
    match handle.get_window_handle() {
        RawWindowHandle::Xlib(handle) => XWindow::try_from(handle.window).ok(),
        RawWindowHandle::Xcb(handle) => Some(handle.window.get()),
        _ => None,
    }
}

/// Who has the input focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// No window, or whichever the pointer is over, or a root window.
    Nobody,
    Wall,
    /// A window that exists.
    Another,
}

/// What the X server says at one moment.
#[derive(Debug, Clone, Copy)]
struct Situation {
    managed: bool,
    /// The window that is to have the focus: it and all above it are mapped; another can't have the
    /// focus (BadMatch).
    viewable: Option<XWindow>,
    holder: Holder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Leave,
    /// Nobody has the focus, but no window can have it yet.
    Wait,
    Give(XWindow),
}

impl Situation {
    fn step(self) -> Step {
        match self {
            Self { managed: true, .. } | Self { holder: Holder::Wall | Holder::Another, .. } => {
                Step::Leave
            }
            Self { viewable: None, .. } => Step::Wait,
            Self { viewable: Some(window), .. } => Step::Give(window),
        }
    }
}

/// Why the focus could not be looked at.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    SetUp(#[from] ReplyOrIdError),
    #[error(transparent)]
    Ask(#[from] ReplyError),
}

impl From<x11rb::errors::ConnectionError> for Failed {
    fn from(error: x11rb::errors::ConnectionError) -> Self {
        Self::Ask(error.into())
    }
}

/// The thread: looks again and again, until it is stopped.
fn keep(windows: &Windows, stopped: &Receiver<()>) {
    let mut server = None;
    let mut failed = Duration::ZERO;
    let mut said = false;
    loop {
        let pause = match look(&mut server, &windows.get()) {
            Ok(step) => {
                failed = Duration::ZERO;
                if matches!(step, Step::Give(_)) && !said {
                    said = true;
                    info!(
                        "no window manager runs and no window has the keyboard: the wall takes it"
                    );
                }
                if step == Step::Leave { CHECK_INTERVAL } else { RETRY_INTERVAL }
            }
            Err(error) => {
                server = None;
                if failed.is_zero() {
                    warn!(
                        "the X server can't be asked who has the keyboard: {error}; trying again"
                    );
                }
                failed = (failed * 2).clamp(CHECK_INTERVAL, MAX_PAUSE);
                failed
            }
        };
        if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Looks once and gives the focus where it is to be given. Without a window there is nothing to do.
fn look(server: &mut Option<Server>, windows: &[XWindow]) -> Result<Step, Failed> {
    if windows.is_empty() {
        return Ok(Step::Leave);
    }
    let server = match server {
        Some(server) => server,
        none => none.insert(Server::connect()?),
    };
    let (situation, now) = server.situation(windows)?;
    let step = situation.step();
    if let Step::Give(window) = step {
        server.give(window, now)?;
    }
    Ok(step)
}

/// A connection to the X server.
struct Server {
    x: RustConnection,
    root: XWindow,
    /// A window that nobody sees, to read the server's clock with.
    clock: XWindow,
}

impl Server {
    fn connect() -> Result<Self, Failed> {
        // The display that the window was opened on.
        let (x, screen) = x11rb::connect(None)?;
        let root = x.setup().roots[screen].root;
        let clock = x.generate_id()?;
        let (copy, only) = (x11rb::COPY_FROM_PARENT, WindowClass::INPUT_ONLY);
        let told = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        x.create_window(0, clock, root, -1, -1, 1, 1, 0, only, copy, &told)?.check()?;
        Ok(Self { x, root, clock })
    }

    /// The situation now, and the server's time of just before.
    fn situation(&self, walls: &[XWindow]) -> Result<(Situation, Timestamp), Failed> {
        let (append, name) = (PropMode::APPEND, AtomEnum::WM_NAME);
        self.x.change_property8(append, self.clock, name, AtomEnum::STRING, &[])?;
        let focus = self.x.get_input_focus()?.reply()?.focus;
        let mut now = None;
        // The property's event precedes the answer.
        while let Some(event) = self.x.poll_for_event()? {
            if let Event::PropertyNotify(event) = event {
                now = Some(event.time);
            }
        }
        let holder = self.holder(focus, walls)?;
        let nobody = holder == Holder::Nobody;
        let managed = nobody && display::is_managed(&self.x, self.root)?;
        let mut viewable = None;
        // Without a time nothing may be given.
        for wall in walls.iter().filter(|_| nobody && now.is_some()) {
            let window = existing(self.x.get_window_attributes(*wall)?.reply())?;
            if window.is_some_and(|window| window.map_state == MapState::VIEWABLE) {
                viewable = Some(*wall);
                break;
            }
        }
        let situation = Situation { managed, viewable, holder };
        Ok((situation, now.unwrap_or(x11rb::CURRENT_TIME)))
    }

    fn holder(&self, focus: XWindow, walls: &[XWindow]) -> Result<Holder, Failed> {
        let nobody = [InputFocus::NONE, InputFocus::POINTER_ROOT].map(u32::from).contains(&focus);
        // The focus of a window that died may go to its parent: the root, where no key is read.
        if nobody || self.x.setup().roots.iter().any(|screen| screen.root == focus) {
            return Ok(Holder::Nobody);
        }
        if walls.contains(&focus) {
            return Ok(Holder::Wall);
        }
        let window = self.x.get_window_attributes(focus)?;
        Ok(existing(window.reply())?.map_or(Holder::Nobody, |_| Holder::Another))
    }

    /// Gives the focus to a window, unless another got it after `now`: the server then ignores a
    /// request with an earlier time.
    fn give(&self, window: XWindow, now: Timestamp) -> Result<(), Failed> {
        match self.x.set_input_focus(InputFocus::POINTER_ROOT, window, now)?.check() {
            // The window was just hidden or closed.
            Err(ReplyError::X11Error(error)) => debug!("the wall can't have the focus: {error:?}"),
            other => other?,
        }
        Ok(())
    }
}

/// An answer about a window, or `None` where that window does not exist.
fn existing<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ReplyError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(error)) if error.error_kind == ErrorKind::Window => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_is_taken_only_where_nobody_has_it_and_nobody_manages() {
        let wall = Some(7);
        for (managed, viewable, holder, step) in [
            (false, wall, Holder::Nobody, Step::Give(7)),
            (false, None, Holder::Nobody, Step::Wait),
            (false, wall, Holder::Another, Step::Leave),
            (false, None, Holder::Another, Step::Leave),
            (false, wall, Holder::Wall, Step::Leave),
            (true, wall, Holder::Nobody, Step::Leave),
            (true, None, Holder::Nobody, Step::Leave),
            (true, wall, Holder::Another, Step::Leave),
            (true, wall, Holder::Wall, Step::Leave),
        ] {
            let situation = Situation { managed, viewable, holder };
            assert_eq!(situation.step(), step, "{situation:?}");
        }
    }
}
