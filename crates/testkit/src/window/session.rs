//! A window session: a display with camwall on it, hands on keyboard and mouse, and screenshots.

use std::time::{Duration, Instant};

use image::RgbImage;

use super::display::{Display, Rect};
use super::manager::Manager;
use super::screen::{SIZE, Screen, keep};
use super::test_pattern::{self, Seen};
use crate::{Camwall, Run, SECOND, SOON, StatusLine, WallFile};

/// A wall in one window or more. Fields are dropped in this order: camwall ends before its screen.
pub struct WindowSession<On: Display = Screen> {
    pub camwall: Camwall,
    /// The window that has the keyboard at the start.
    pub window: On::Window,
    pub screen: On,
    pub wall: WallFile,
    _manager: Option<Manager>,
}

/// Nothing is written over the pictures: what is seen is picture, or what the test is about.
pub const BARE: &str = "overlay: (name: false, state: false, clock: false),";

/// Three layouts of six cameras: `all`, three by two; `four`, two by two; `big`, camera 1 large.
pub const LAYOUTS: &str = r#"layouts: {
    "all": Grid(columns: 3, cameras: ["cam1", "cam2", "cam3", "cam4", "cam5", "cam6"]),
    "four": Grid(columns: 2, cameras: ["cam1", "cam2", "cam3", "cam4"]),
    "big": Tiles(columns: 3, rows: 3, tiles: [
        (camera: "cam1", column: 0, row: 0, width: 2, height: 2),
        (camera: "cam2", column: 2, row: 0), (camera: "cam3", column: 2, row: 1),
        (camera: "cam4", column: 2, row: 2), (camera: "cam5", column: 0, row: 2),
        (camera: "cam6", column: 1, row: 2),
    ]),
},"#;

/// A wall file of six test patterns that fill their tiles.
pub fn patterns(rest: &str) -> WallFile {
    patterns_fitted("Stretch", rest)
}

/// A wall file of six test patterns.
pub fn patterns_fitted(fit: &str, rest: &str) -> WallFile {
    let wall = WallFile::verbatim("");
    let line = |number| {
        let file = test_pattern::make(wall.folder(), number);
        format!("\"cam{number}\": (main: {file:?}, fit: {fit}),\n")
    };
    let cameras: String = (1..=6).map(line).collect();
    let text = format!("(cameras: {{\n{cameras}}},\n{LAYOUTS}\n{rest}\n)\n");
    std::fs::write(wall.path(), text).expect("a wall file");
    wall
}

impl WindowSession<Screen> {
    /// Opens `wall` in a window that covers the screen, and waits until all cameras are live.
    pub fn open(wall: WallFile) -> Self {
        Self::open_with(wall, &["--size", "1280x720"], false)
    }

    /// Opens `wall` with these arguments, on a screen with or without a window manager.
    pub fn open_with(wall: WallFile, args: &[&str], managed: bool) -> Self {
        Self::open_on(Screen::start(), wall, args, managed)
    }

    /// The same on this screen.
    pub fn open_on(screen: Screen, wall: WallFile, args: &[&str], managed: bool) -> Self {
        Self::open_until(screen, (wall, args), managed, StatusLine::all_live)
    }

    /// The same of a wall with these arguments, and waits for such a status line instead.
    pub fn open_until(
        screen: Screen,
        (wall, args): (WallFile, &[&str]),
        managed: bool,
        wanted: impl Fn(&StatusLine) -> bool,
    ) -> Self {
        let manager = managed.then(|| Manager::start(&screen));
        Self::open_run((screen, manager), (wall, args), |run| run, wanted)
    }

    /// The same without a window manager, as `prepare` has it run.
    pub fn open_as(
        (wall, args): (WallFile, &[&str]),
        prepare: impl FnOnce(Run) -> Run,
        wanted: impl Fn(&StatusLine) -> bool,
    ) -> Self {
        Self::open_run((Screen::start(), None), (wall, args), prepare, wanted)
    }

    fn open_run(
        (screen, manager): (Screen, Option<Manager>),
        (wall, args): (WallFile, &[&str]),
        prepare: impl FnOnce(Run) -> Run,
        wanted: impl Fn(&StatusLine) -> bool,
    ) -> Self {
        let session = Self::open_windows(screen, 1, (wall, args), prepare, wanted);
        Self { _manager: manager, ..session }
    }

    /// Clicks: 1 is the left button, 4 and 5 are the wheel away from and towards the hand.
    pub fn click(&self, x: u32, y: u32, button: u32, times: u32) {
        self.point(x, y);
        let (button, times) = (button.to_string(), times.to_string());
        self.screen.xdotool(["click", "--delay", "0", "--repeat", &times, &button]);
    }

    /// Drags with the left button through these points.
    pub fn drag(&self, way: &[(u32, u32)]) {
        let mut args = Vec::new();
        for (step, (x, y)) in way.iter().enumerate() {
            args.extend(["mousemove".to_owned(), x.to_string(), y.to_string()]);
            // The wall must have seen the press where it was.
            args.extend(["sleep".to_owned(), "0.15".to_owned()]);
            if step == 0 {
                args.extend(["mousedown".to_owned(), "1".to_owned()]);
                args.extend(["sleep".to_owned(), "0.15".to_owned()]);
            }
        }
        args.extend(["mouseup".to_owned(), "1".to_owned()]);
        self.screen.xdotool(args.iter().map(String::as_str));
    }
}

impl<On: Display> WindowSession<On> {
    /// Opens a wall with these arguments as `prepare` has it run, and waits until it has so many
    /// windows, such a status line, and the keyboard.
    pub fn open_windows(
        screen: On,
        windows: usize,
        (wall, args): (WallFile, &[&str]),
        prepare: impl FnOnce(Run) -> Run,
        wanted: impl Fn(&StatusLine) -> bool,
    ) -> Self {
        let run = Run::bare([wall.path()]).args(args).args(["--for", "150s"]);
        let run = screen.prepare(run).status_file(wall.file("status.jsonl"));
        let mut camwall = prepare(run).start();
        until_windows(&screen, "its windows are there", windows);
        camwall.wait_for("the cameras are there", SOON, wanted);
        let window = until_keyboard(&screen);
        Self { camwall, window, screen, wall, _manager: None }
    }

    /// Waits until the wall has so many windows that can be seen, and says where they are.
    pub fn until_windows(&self, what: &str, count: usize) -> Vec<(On::Window, Rect)> {
        until_windows(&self.screen, what, count)
    }

    /// Waits until one of its windows has the keyboard.
    pub fn until_keyboard(&self) -> On::Window {
        until_keyboard(&self.screen)
    }

    /// Presses keys one after the other, without a pause: `"Return"`, `"ctrl+q"`, `"1"`.
    pub fn keys(&self, keys: &[&str]) {
        self.screen.keys(keys);
    }

    /// Moves the pointer.
    pub fn point(&self, x: u32, y: u32) {
        self.screen.point(x, y);
    }

    /// Waits until a screenshot is as wanted; an error says why it is not.
    pub fn until_shot(
        &self,
        what: &str,
        wanted: impl Fn(&RgbImage) -> Result<(), String>,
    ) -> RgbImage {
        let mut last = RgbImage::new(0, 0);
        let seen = poll(10 * SECOND, || {
            last = self.screen.shot();
            wanted(&last)
        });
        if let Err(why) = seen {
            keep(&last, &format!("FAILED {what}"));
            panic!("not in time: {what}: {why}; see the screenshot");
        }
        last
    }

    /// Waits until the wall shows this layout: in the order of its tiles, a rectangle (x, y,
    /// width, height in pixels) and whose picture fills it.
    pub fn until_tiles(&self, what: &str, tiles: &[(Rect, u32)]) -> RgbImage {
        self.until_shot(what, |shot| {
            tiles.iter().try_for_each(|(tile, cam)| fills(shot, *tile, *cam))
        })
    }

    /// Waits until camera `number` alone fills the screen.
    pub fn until_alone(&self, what: &str, number: u32) -> RgbImage {
        self.until_tiles(what, &[([0, 0, SIZE.0.into(), SIZE.1.into()], number)])
    }

    /// Waits until layout `all` is there as it is at the start.
    pub fn until_all(&self, what: &str) -> RgbImage {
        self.until_tiles(what, &all())
    }

    /// Waits until the help is there, or gone.
    pub fn until_help(&self, what: &str, wanted: bool) -> RgbImage {
        self.until_shot(what, |shot| {
            let shows = help_shows(shot);
            if shows == wanted { Ok(()) } else { Err(format!("help shown: {shows}")) }
        })
    }

    /// Waits until the frame of the selection is around this tile of layout `all` (from 1) and
    /// around no other.
    pub fn until_selected(&self, what: &str, number: u32) -> RgbImage {
        self.until_shot(what, |shot| {
            let framed: Vec<u32> =
                all().iter().filter(|(tile, _)| framed(shot, *tile)).map(|(_, cam)| *cam).collect();
            if framed == [number] { Ok(()) } else { Err(format!("selected are {framed:?}")) }
        })
    }
}

fn until_windows<On: Display>(screen: &On, what: &str, count: usize) -> Vec<(On::Window, Rect)> {
    until(what, SOON, || {
        let windows = screen.windows();
        if windows.len() == count { Ok(windows) } else { Err(windows) }
    })
}

/// A window manager gives it, or the wall takes it: no test does.
fn until_keyboard<On: Display>(screen: &On) -> On::Window {
    until("the wall has the keyboard", SOON, || {
        let focused = |window: &On::Window| screen.has_keyboard(*window).is_ok();
        screen.windows().into_iter().map(|(window, _)| window).find(focused).ok_or("no window")
    })
}

/// Whether the panel of the help is in the middle of the screen: nearly all of it is dark.
fn help_shows(shot: &RgbImage) -> bool {
    let dark = |x: u32, y: u32| shot.get_pixel(x, y).0.iter().all(|sample| *sample < 40);
    let points = (500..780).step_by(10).flat_map(|x| (100..620).step_by(10).map(move |y| (x, y)));
    let count = points.clone().filter(|(x, y)| dark(*x, *y)).count();
    count * 4 > points.count() * 3
}

/// The tiles of layout `all` on a window of the screen's size.
pub fn all() -> [(Rect, u32); 6] {
    let x = [0, 427, 853, 1280];
    std::array::from_fn(|i| {
        ([x[i % 3], i as u32 / 3 * 360, x[i % 3 + 1] - x[i % 3], 360], i as u32 + 1)
    })
}

/// Whether the whole picture of camera `number` fills a rectangle: its corners are there.
pub fn fills(shot: &RgbImage, tile: Rect, number: u32) -> Result<(), String> {
    let [x, y, width, height] = tile;
    // Beside frames.
    let (dx, dy) = ((width / 20).max(12), (height / 20).max(12));
    for (x, y) in [(x + dx, y + dy), (x + width - dx, y + height - dy)] {
        let ([left, top, ..], seen) = (tile, test_pattern::seen(shot, x, y));
        let want = (f64::from(x - left) / f64::from(width), f64::from(y - top) / f64::from(height));
        let near =
            |seen: Seen| (seen.at.0 - want.0).abs() < 0.03 && (seen.at.1 - want.1).abs() < 0.03;
        if !seen.is_some_and(|seen| seen.camera == number && near(seen)) {
            return Err(format!(
                "camera {number} at {want:?} wanted at {x},{y}, there is {seen:?}"
            ));
        }
    }
    Ok(())
}

/// Whether the frame of the selection is on all four edges of a tile.
pub fn framed(shot: &RgbImage, [x, y, width, height]: Rect) -> bool {
    let (middle_x, middle_y) = (x + width / 2, y + height / 2);
    // One pixel in: the position of an edge is rounded.
    let edges = [
        (middle_x, y + 1),
        (middle_x, y + height - 2),
        (x + 1, middle_y),
        (x + width - 2, middle_y),
    ];
    edges.iter().all(|(x, y)| test_pattern::is_selection(shot, *x, *y))
}

/// Asks again and again until there is an answer, or fails with the last error.
pub fn until<T, E: std::fmt::Debug>(
    what: &str,
    within: Duration,
    ask: impl FnMut() -> Result<T, E>,
) -> T {
    poll(within, ask).unwrap_or_else(|why| panic!("not in time: {what}: {why:?}"))
}

/// Asks again and again until there is an answer or the time is over.
fn poll<T, E>(within: Duration, mut ask: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let end = Instant::now() + within;
    loop {
        let answer = ask();
        if answer.is_ok() || Instant::now() > end {
            return answer;
        }
        std::thread::sleep(SECOND / 50);
    }
}
