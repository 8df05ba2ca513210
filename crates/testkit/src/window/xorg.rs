//! Xorg with the driver `dummy`: an X server with monitors that come and go as real ones do, by
//! RandR, and without any hardware. It needs neither a console nor a window manager.

use std::fs;
use std::process::Command;

use image::RgbImage;
use tempfile::TempDir;
use x11rb::connection::Connection;
use x11rb::protocol::randr::{ConnectionExt as _, Rotation};
use x11rb::protocol::xproto::Window;

use super::display::{Display, Eye, Monitors, Rect};
use super::screen::{SIZE, Screen, rows};
use crate::Run;

/// Two monitors beside each other, `DUMMY0` and `DUMMY1`.
pub struct Xorg {
    pub screen: Screen,
    _folder: TempDir,
}

/// No input devices, no blanking, one screen of one driver; its outputs are all there, and the first
/// is plugged in.
const CONFIG: &str = r#"
Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "AutoEnableDevices" "false"
    Option "AutoAddGPU" "false"
    Option "DontVTSwitch" "true"
    Option "BlankTime" "0"
    Option "StandbyTime" "0"
    Option "SuspendTime" "0"
    Option "OffTime" "0"
EndSection
Section "Device"
    Identifier "dummy"
    Driver "dummy"
    VideoRam 65536
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 1-1000
    VertRefresh 1-300
    Modeline "1280x720" 74.25 1280 1390 1430 1650 720 725 730 750 +hsync +vsync
EndSection
Section "Screen"
    Identifier "screen"
    Device "dummy"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "1280x720"
        Virtual 2560 720
    EndSubSection
EndSection
Section "ServerLayout"
    Identifier "layout"
    Screen "screen"
EndSection
"#;

const LEFT: &str = "DUMMY0";
const RIGHT: &str = "DUMMY1";

impl Xorg {
    /// Starts one on a free display.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("xorg.conf");
        fs::write(&config, CONFIG).expect("a configuration");
        let mut server = Command::new("Xorg");
        server.arg("-config").arg(config).arg("-logfile").arg(folder.path().join("log"));
        server.arg("-configdir").arg(folder.path());
        // No console of its own: several of them run at once, and where there is none.
        let screen = Screen::run(server.args(["-novtswitch", "-sharevts", "vt8"]));
        let this = Self { screen, _folder: folder };
        this.plug(RIGHT, SIZE.0.into());
        this
    }

    /// Unplugs a monitor as desktops do, which lay out anew what is left: in the corner.
    pub fn unplug_and_move(&self, name: &str) {
        self.xrandr(["--output", name, "--off"]);
    }

    /// Runs xrandr: `xrandr(["--output", "DUMMY1", "--off"])`.
    pub fn xrandr<'a>(&self, args: impl IntoIterator<Item = &'a str>) {
        let mut command = Command::new("xrandr");
        command.args(args).env("DISPLAY", self.screen.name());
        let status = command.status().expect("the tests need the program xrandr");
        assert!(status.success(), "{command:?}");
    }
}

impl Display for Xorg {
    type Window = Window;

    fn prepare(&self, run: Run) -> Run {
        self.screen.prepare(run)
    }

    fn windows(&self) -> Vec<(Window, Rect)> {
        self.screen.windows()
    }

    fn has_keyboard(&self, window: Window) -> Result<(), String> {
        self.screen.has_keyboard(window)
    }

    fn shot(&self) -> RgbImage {
        self.screen.shot()
    }

    fn keys(&self, keys: &[&str]) {
        self.screen.keys(keys);
    }

    fn point(&self, x: u32, y: u32) {
        self.screen.point(x, y);
    }

    fn press(&self) {
        self.screen.press();
    }
}

impl Monitors for Xorg {
    fn names(&self) -> [&'static str; 2] {
        [LEFT, RIGHT]
    }

    /// By hand: xrandr would move what is left into the corner.
    fn unplug(&self, name: &str) {
        let Screen { x, root, .. } = &self.screen;
        let told = x.randr_get_screen_resources_current(*root).unwrap().reply().expect("outputs");
        let output = |output| {
            let now = told.config_timestamp;
            x.randr_get_output_info(output, now).unwrap().reply().expect("an output")
        };
        let found = told.outputs.iter().map(|it| output(*it)).find(|it| it.name == name.as_bytes());
        let crtc = found.expect("a monitor of that name").crtc;
        let (stamp, upright) = (told.config_timestamp, Rotation::ROTATE0);
        let off = x.randr_set_crtc_config(crtc, x11rb::CURRENT_TIME, stamp, 0, 0, 0, upright, &[]);
        off.unwrap().reply().expect("it is switched off");
    }

    fn plug(&self, name: &str, x: u32) {
        let mode = format!("{}x{}", SIZE.0, SIZE.1);
        self.xrandr(["--addmode", name, &mode]);
        self.xrandr(["--output", name, "--mode", &mode, "--pos", &format!("{x}x0")]);
    }

    fn eye(&self, count: u16) -> Eye {
        let (x, screen) = x11rb::connect(Some(&self.screen.name())).expect("the server answers");
        let root = x.setup().roots[screen].root;
        Box::new(move || Some(rows(&x, root, (SIZE.0, 0), count)))
    }
}
