//! An X server of its own for each test: what is on it, and the hands on its keyboard and mouse.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use image::RgbImage;
use x11rb::connection::Connection;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, Window,
};
use x11rb::rust_connection::RustConnection;

use super::display::{Display, Rect};
use crate::{Run, SOON};

/// Width and height of every screen and monitor here, in pixels.
pub const SIZE: (u16, u16) = (1280, 720);

/// A running X server; ends when dropped.
pub struct Screen {
    server: Child,
    number: String,
    pub x: RustConnection,
    pub root: Window,
}

/// Some rows of what can be seen now, so wide from the left edge and from this row on.
pub(super) fn rows(
    x: &RustConnection,
    root: Window,
    (width, first): (u16, i16),
    count: u16,
) -> RgbImage {
    let part = x.get_image(ImageFormat::Z_PIXMAP, root, 0, first, width, count, !0);
    let pixels = part.unwrap().reply().expect("a screenshot").data;
    // 24 bits deep: blue, green, red and an unused byte.
    let rgb = pixels.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]).collect();
    RgbImage::from_raw(width.into(), count.into(), rgb).expect("as many pixels as said")
}

/// A window's place on the screen, in pixels.
pub type Geometry = (i16, i16, u16, u16);

/// A server that is held; goes on when this is dropped.
pub struct Held(u32);

impl Held {
    pub(super) fn hold(server: u32) -> Self {
        let held = Self(server);
        held.signal("-STOP");
        held
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.0.to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()), "kill {signal} {}", self.0);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

impl Screen {
    /// Starts one without any monitor: Xvfb.
    pub fn start() -> Self {
        let size = format!("{}x{}x24", SIZE.0, SIZE.1);
        Self::run(Command::new("Xvfb").args(["-screen", "0", &size]))
    }

    /// Starts a server on a free display.
    pub(super) fn run(server: &mut Command) -> Self {
        let mut server = server
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("the tests need {server:?}: {error}"));
        let stdout = server.stdout.take().expect("stdout is a pipe");
        let (said, hear) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let mut line = String::new();
            // An empty line makes the connection fail, with a message.
            BufReader::new(stdout).read_line(&mut line).unwrap_or_default();
            said.send(line.trim().to_owned()).ok();
        });
        let number = hear.recv_timeout(SOON).expect("the server says which display it is");
        let (x, root) = x11rb::connect(Some(&format!(":{number}"))).expect("the server answers");
        let root = x.setup().roots[root].root;
        x.xfixes_query_version(5, 0).unwrap().reply().expect("XFIXES");
        Self { server, number, x, root }
    }

    /// What `DISPLAY` is to be.
    pub fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// Everything that can be seen now.
    pub fn shot(&self) -> RgbImage {
        let (.., height) = self.geometry(self.root);
        self.rows(0, height)
    }

    /// Some rows of what can be seen now, which takes less time than all of them.
    pub fn rows(&self, first: i16, count: u16) -> RgbImage {
        let (.., width, _) = self.geometry(self.root);
        rows(&self.x, self.root, (width, first), count)
    }

    /// Whether the pointer can be seen: its picture has a pixel that is not transparent.
    pub fn pointer_shows(&self) -> bool {
        let cursor = self.x.xfixes_get_cursor_image().unwrap().reply().expect("the pointer");
        cursor.cursor_image.iter().any(|pixel| pixel >> 24 != 0)
    }

    /// Holds the server: it takes no more requests until the guard is dropped.
    pub fn hold(&self) -> Held {
        Held::hold(self.server.id())
    }

    /// Runs xdotool: `xdotool(["key", "Return"])`.
    pub fn xdotool<'a>(&self, args: impl IntoIterator<Item = &'a str>) {
        let mut command = Command::new("xdotool");
        command.args(args).env("DISPLAY", self.name());
        let status = command.status().expect("the tests need the program xdotool");
        assert!(status.success(), "{command:?}");
    }

    /// The window of that class, once there is one that can be seen.
    pub fn window(&self, class: &str) -> Option<Window> {
        let tree = self.x.query_tree(self.root).ok()?.reply().ok()?;
        tree.children.into_iter().find(|window| self.shows(*window, class))
    }

    /// Whether a window is of that class and can be seen.
    fn shows(&self, window: Window, class: &str) -> bool {
        let (any, string) = (AtomEnum::WM_CLASS, AtomEnum::STRING);
        let found = self.x.get_property(false, window, any, string, 0, 64);
        let shown = self.x.get_window_attributes(window);
        let named = found.ok().and_then(|found| found.reply().ok()).is_some_and(|property| {
            property.value.split(|byte| *byte == 0).any(|part| part == class.as_bytes())
        });
        let shown = shown.ok().and_then(|shown| shown.reply().ok());
        named && shown.is_some_and(|shown| u8::from(shown.map_state) == 2)
    }

    /// Where a window is.
    pub fn geometry(&self, window: Window) -> Geometry {
        let found = self.x.get_geometry(window).unwrap().reply().expect("the window's place");
        (found.x, found.y, found.width, found.height)
    }

    /// The window that has the input focus, or 0 (nobody), 1 (whichever the pointer is over).
    pub fn focused(&self) -> Window {
        self.x.get_input_focus().unwrap().reply().expect("who has the focus").focus
    }

    /// Whether a window has the input focus; an error says which other has.
    pub fn is_focused(&self, window: Window) -> Result<(), Window> {
        let focused = self.focused();
        if focused == window { Ok(()) } else { Err(focused) }
    }

    /// Asks a window to close, as the button in its frame does.
    pub fn close(&self, window: Window) {
        let atom = |name: &[u8]| self.x.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let event = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
        self.x.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
        self.x.flush().unwrap();
    }

    /// The server dies without a word.
    pub fn die(&mut self) {
        // Fails only if it is gone already.
        self.server.kill().ok();
        self.server.wait().ok();
    }

    /// Keeps what is on the screen as `target/window-shots/NAME.png`, for people to look at.
    pub fn keep(&self, name: &str) {
        keep(&self.shot(), name);
    }
}

impl Display for Screen {
    type Window = Window;

    fn prepare(&self, run: Run) -> Run {
        run.env("DISPLAY", self.name())
    }

    fn windows(&self) -> Vec<(Window, Rect)> {
        let tree = self.x.query_tree(self.root).unwrap().reply().expect("the windows");
        let ours = tree.children.into_iter().filter(|window| self.shows(*window, "camwall"));
        let place = |window| {
            // It may be closed meanwhile.
            let found = self.x.get_geometry(window).ok()?.reply().ok()?;
            let corner = [found.x, found.y].map(|edge| u32::try_from(edge).unwrap_or_default());
            Some((window, [corner[0], corner[1], found.width.into(), found.height.into()]))
        };
        let mut windows: Vec<_> = ours.filter_map(place).collect();
        windows.sort_by_key(|(_, [x, ..])| *x);
        windows
    }

    fn has_keyboard(&self, window: Window) -> Result<(), String> {
        self.is_focused(window).map_err(|other| format!("window {other} has it"))
    }

    fn shot(&self) -> RgbImage {
        Self::shot(self)
    }

    fn keys(&self, keys: &[&str]) {
        self.xdotool(["key", "--delay", "0"].into_iter().chain(keys.iter().copied()));
    }

    fn point(&self, x: u32, y: u32) {
        self.xdotool(["mousemove", &x.to_string(), &y.to_string()]);
    }

    fn press(&self) {
        self.xdotool(["click", "1"]);
    }
}

/// Keeps a screenshot for people to look at.
pub fn keep(shot: &RgbImage, name: &str) {
    let bin = crate::program("camwall");
    let target = bin.ancestors().nth(2).expect("the program lies in target/release");
    let folder = target.join("window-shots");
    std::fs::create_dir_all(&folder).expect("a folder for screenshots");
    shot.save(folder.join(format!("{name}.png"))).expect("a screenshot is written");
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.die();
    }
}
