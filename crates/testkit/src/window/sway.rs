//! Sway without hardware: a Wayland compositor of its own for each test, whose monitors, keyboard and
//! pointer exist in memory only. What is on it is read back with grim, keys are pressed with wtype.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use image::RgbImage;
use rustix::process::geteuid;
use serde_json::Value;
use tempfile::TempDir;

use super::display::{Display, Eye, Monitors, Rect};
use super::screen::{Held, SIZE};
use super::session::until;
use super::virtual_pointer::VirtualPointer;
use crate::{Preloaded, Run, SOON};

/// Two monitors beside each other, `HEADLESS-1` and `HEADLESS-2`; ends when dropped.
pub struct Sway {
    children: Vec<Child>,
    /// Its process id.
    sway: u32,
    pointer: Option<VirtualPointer>,
    control: PathBuf,
    socket: PathBuf,
    folder: TempDir,
}

const LEFT: &str = "HEADLESS-1";
const RIGHT: &str = "HEADLESS-2";

/// Sway does not run as root: it is `nobody` then.
const NOBODY: u32 = 65534;

/// Windows without a frame, on monitors that lie beside each other; the keyboard is where the pointer is,
/// also where that came by a jump.
fn config() -> String {
    let [width, height] = [SIZE.0, SIZE.1];
    format!(
        "focus_follows_mouse always\n\
         default_border none\n\
         default_floating_border none\n\
         output * resolution {width}x{height}\n\
         output {LEFT} position 0 0\n\
         output {RIGHT} position {width} 0\n"
    )
}

impl Sway {
    /// Starts one with both monitors.
    pub fn start() -> Self {
        Self::start_with(2)
    }

    /// Starts one with so many of its monitors.
    pub fn start_with(monitors: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let outputs = Preloaded::build("window/sway_outputs.c");
        let (config_file, library) =
            (folder.path().join("config"), folder.path().join("outputs.so"));
        fs::write(&config_file, config()).expect("a configuration");
        fs::copy(outputs.library(), &library).expect("a library");
        let mut sway = Command::new("sway");
        sway.arg("-c").arg(&config_file);
        if geteuid().is_root() {
            for path in [folder.path(), &config_file, &library] {
                chown(path, Some(NOBODY), Some(NOBODY)).expect("a folder of nobody's");
            }
            sway.uid(NOBODY).gid(NOBODY);
        }
        // Only who it belongs to may come in, or wayland's library complains.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700))
            .expect("a private folder");
        sway.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("SWAYSOCK");
        sway.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path());
        sway.env("WLR_BACKENDS", "headless").env("WLR_HEADLESS_OUTPUTS", monitors.to_string());
        sway.env("WLR_LIBINPUT_NO_DEVICES", "1").env("WLR_RENDERER", "pixman");
        sway.env("LD_PRELOAD", &library).stdin(Stdio::null());
        let sway = sway.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let sway = sway.expect("the tests need the program sway");
        let control = folder.path().join(format!("sway-ipc.{}.{}.sock", user(), sway.id()));
        let socket = folder.path().join("wayland-1");
        let (sway, children) = (sway.id(), vec![sway]);
        let mut this = Self { children, sway, pointer: None, control, socket, folder };
        until("sway answers", SOON, || {
            let there = this.control.exists() && this.socket.exists();
            (there && this.places().len() == monitors).then_some(()).ok_or("not yet")
        });
        // Without a keyboard the windows would not listen to one, and the first key would be lost;
        // the same with the pointer.
        let keyboard = this.client("wtype").args(["-s", "100000000"]).spawn();
        this.children.insert(0, keyboard.expect("the tests need the program wtype"));
        this.pointer = Some(VirtualPointer::plug_in(&this.socket));
        until("there are a keyboard and a pointer", SOON, || {
            let seats = this.ask("get_seats");
            let abilities = seats[0]["capabilities"].as_u64().unwrap_or_default();
            if abilities & 3 == 3 { Ok(()) } else { Err(seats) }
        });
        this
    }

    /// Has sway do something: `tell("output HEADLESS-2 disable")`.
    pub fn tell(&self, command: &str) {
        let done = self.control().args(["--", command]).output().expect("the program swaymsg");
        assert!(done.status.success(), "{command}: {done:?}");
    }

    /// Asks sway for something: `ask("get_outputs")`.
    fn ask(&self, what: &str) -> Value {
        let told = self.control().args(["-r", "-t", what]).output().expect("the program swaymsg");
        serde_json::from_slice(&told.stdout).unwrap_or_default()
    }

    fn control(&self) -> Command {
        let mut command = Command::new("swaymsg");
        command.arg("-s").arg(&self.control);
        command
    }

    /// A program that is to run here.
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("XDG_RUNTIME_DIR", self.folder.path()).env("WAYLAND_DISPLAY", &self.socket);
        command
    }

    /// The monitors that are plugged in, and where their left edges are.
    fn places(&self) -> Vec<(String, i64)> {
        let outputs = self.ask("get_outputs");
        let outputs = outputs.as_array().map(Vec::as_slice).unwrap_or_default();
        let active = outputs.iter().filter(|output| output["active"] == true);
        let place = |output: &Value| {
            Some((output["name"].as_str()?.to_owned(), output["rect"]["x"].as_i64()?))
        };
        active.filter_map(place).collect()
    }

    /// What can be seen on one monitor.
    fn shot_of(&self, name: &str) -> RgbImage {
        let [width, height] = [SIZE.0, SIZE.1].map(u32::from);
        let shot = self.client("grim").args(["-t", "ppm", "-o", name, "-"]).output();
        let shot = shot.expect("the tests need the program grim");
        let head = format!("P6\n{width} {height}\n255\n");
        let pixels = shot.stdout.strip_prefix(head.as_bytes()).map(<[u8]>::to_vec);
        // One that was unplugged just now shows nothing.
        let picture = pixels.and_then(|pixels| RgbImage::from_raw(width, height, pixels));
        picture.unwrap_or_else(|| RgbImage::new(width, height))
    }

    /// What `WAYLAND_DISPLAY` is to be.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Holds the compositor: it takes no more requests until the guard is dropped.
    pub fn hold(&self) -> Held {
        Held::hold(self.sway)
    }

    /// The compositor dies without a word.
    pub fn die(&mut self) {
        for child in &mut self.children {
            // Fails only if it is gone already.
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Asks all windows of the wall to close.
    pub fn close(&self) {
        self.tell("[app_id=camwall] kill");
    }
}

/// Whose socket sway's is.
fn user() -> u32 {
    if geteuid().is_root() { NOBODY } else { geteuid().as_raw() }
}

impl Drop for Sway {
    fn drop(&mut self) {
        self.die();
    }
}

/// All windows below a node of sway's tree.
fn windows(node: &Value, found: &mut Vec<Value>) {
    if node["app_id"] == "camwall" {
        found.push(node.clone());
    }
    for list in ["nodes", "floating_nodes"] {
        for child in node[list].as_array().into_iter().flatten() {
            windows(child, found);
        }
    }
}

/// Where a window is.
fn place(window: &Value) -> Rect {
    ["x", "y", "width", "height"].map(|side| {
        window["rect"][side].as_u64().and_then(|n| n.try_into().ok()).unwrap_or_default()
    })
}

/// A chord as wtype's arguments: `ctrl+q` presses the key Ctrl, as which it also counts then, and types
/// Q. wtype alone says only what counts as held, which no keyboard of hands does.
fn chord(keys: &str) -> Vec<String> {
    let mut parts: Vec<&str> = keys.split('+').collect();
    let key = parts.pop().unwrap_or_default();
    let name = |held: &str| match held {
        "ctrl" => "Control_L".to_owned(),
        "shift" => "Shift_L".to_owned(),
        "alt" => "Alt_L".to_owned(),
        other => panic!("no modifier: {other}"),
    };
    let mut words = Vec::new();
    for held in &parts {
        words.extend(["-P".to_owned(), name(held), "-M".to_owned(), (*held).to_owned()]);
    }
    words.extend(["-k".to_owned(), key.to_owned()]);
    for held in parts.iter().rev() {
        words.extend(["-m".to_owned(), (*held).to_owned(), "-p".to_owned(), name(held)]);
    }
    words
}

impl Display for Sway {
    type Window = u64;

    fn prepare(&self, run: Run) -> Run {
        run.env("XDG_RUNTIME_DIR", self.folder.path()).env("WAYLAND_DISPLAY", &self.socket)
    }

    fn windows(&self) -> Vec<(u64, Rect)> {
        let mut found = Vec::new();
        windows(&self.ask("get_tree"), &mut found);
        let visible = found.iter().filter(|window| window["visible"] == true);
        let mut windows: Vec<_> = visible
            .map(|window| (window["id"].as_u64().unwrap_or_default(), place(window)))
            .collect();
        windows.sort_by_key(|(_, [x, ..])| *x);
        windows
    }

    fn has_keyboard(&self, window: u64) -> Result<(), String> {
        let mut found = Vec::new();
        windows(&self.ask("get_tree"), &mut found);
        let focused = found.iter().find(|window| window["focused"] == true).map(|it| &it["id"]);
        if focused.and_then(Value::as_u64) == Some(window) {
            Ok(())
        } else {
            Err(format!("{focused:?}"))
        }
    }

    /// Monitor by monitor: of several that are asked for at once sway draws only one anew.
    fn shot(&self) -> RgbImage {
        let mut whole = RgbImage::new(2 * u32::from(SIZE.0), SIZE.1.into());
        for (name, x) in self.places() {
            image::imageops::replace(&mut whole, &self.shot_of(&name), x, 0);
        }
        whole
    }

    fn keys(&self, keys: &[&str]) {
        let mut command = self.client("wtype");
        let status = command.args(keys.iter().flat_map(|keys| chord(keys))).status();
        assert!(status.is_ok_and(|status| status.success()), "{command:?}");
    }

    fn point(&self, x: u32, y: u32) {
        self.tell(&format!("seat - cursor set {x} {y}"));
        // As a hand does: only what moves takes the keyboard along.
        if let Some(pointer) = &self.pointer {
            pointer.nudge();
        }
    }

    fn press(&self) {
        self.tell("seat - cursor press button1");
        self.tell("seat - cursor release button1");
    }
}

impl Monitors for Sway {
    fn names(&self) -> [&'static str; 2] {
        [LEFT, RIGHT]
    }

    fn unplug(&self, name: &str) {
        self.tell(&format!("output {name} disable"));
    }

    fn plug(&self, name: &str, x: u32) {
        self.tell(&format!("output {name} enable position {x} 0"));
    }

    fn eye(&self, rows: u16) -> Eye {
        let (width, rows) = (u32::from(SIZE.0), u32::from(rows));
        let mut grim = self.client("grim");
        grim.args(["-t", "ppm", "-g", &format!("0,0 {width}x{rows}"), "-"]);
        grim.stderr(Stdio::null());
        Box::new(move || {
            let shot = grim.output().expect("the tests need the program grim").stdout;
            let pixels = shot.strip_prefix(format!("P6\n{width} {rows}\n255\n").as_bytes())?;
            RgbImage::from_raw(width, rows, pixels.to_vec())
        })
    }
}
