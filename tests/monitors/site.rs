//! Two monitors and the walls on them.

use testkit::StatusLine;
use testkit::window::display::{Display, Monitors, Rect};
use testkit::window::screen::SIZE;
use testkit::window::session::{BARE, WindowSession, all, framed, patterns};

/// Width of a monitor: where the right one begins.
pub const WIDTH: u32 = SIZE.0 as u32;
pub const HEIGHT: u32 = SIZE.1 as u32;

/// `walls` of a wall file: on the left monitor layout `all`, on the right one `four`, each named as
/// its monitor is said to be.
pub fn walls(left: &str, right: &str) -> String {
    format!(
        "walls: {{ \"left\": (monitor: {left}, show: \"all\"), \
         \"right\": (monitor: {right}, show: \"four\") }},"
    )
}

/// The same with the names of these monitors.
pub fn by_name(monitors: &impl Monitors) -> String {
    let [left, right] = monitors.names().map(|name| format!("Name({name:?})"));
    walls(&left, &right)
}

/// Opens test patterns on both monitors; `rest` is the rest of the wall file.
pub fn open<On: Monitors>(monitors: On, rest: &str) -> WindowSession<On> {
    let text = format!("{BARE}\n{}\n{rest}", by_name(&monitors));
    open_file(monitors, &text)
}

/// Opens test patterns in two windows; `rest` is the rest of the wall file.
pub fn open_file<On: Display>(monitors: On, rest: &str) -> WindowSession<On> {
    let wall = (patterns(rest), &[][..]);
    WindowSession::open_windows(monitors, 2, wall, |run| run, StatusLine::all_live)
}

/// Tiles of a wall that begins at `x`.
pub fn at(x: u32, tiles: &[(Rect, u32)]) -> Vec<(Rect, u32)> {
    tiles
        .iter()
        .map(|([left, y, width, height], cam)| ([left + x, *y, *width, *height], *cam))
        .collect()
}

/// The tiles of layout `four`.
pub fn four() -> [(Rect, u32); 4] {
    [
        ([0, 0, 640, 360], 1),
        ([640, 0, 640, 360], 2),
        ([0, 360, 640, 360], 3),
        ([640, 360, 640, 360], 4),
    ]
}

/// The tiles of layout `big`.
pub fn big() -> [(Rect, u32); 6] {
    [
        ([0, 0, 853, 480], 1),
        ([853, 0, 427, 240], 2),
        ([853, 240, 427, 240], 3),
        ([853, 480, 427, 240], 4),
        ([0, 480, 427, 240], 5),
        ([427, 480, 426, 240], 6),
    ]
}

/// The left wall as it is at the start.
pub fn left() -> Vec<(Rect, u32)> {
    at(0, &all())
}

/// The right wall as it is at the start.
pub fn right() -> Vec<(Rect, u32)> {
    at(WIDTH, &four())
}

/// One camera alone on the wall that begins at `x`.
pub fn alone(x: u32, camera: u32) -> Vec<(Rect, u32)> {
    vec![([x, 0, WIDTH, HEIGHT], camera)]
}

/// Waits until the tile of `camera` among these, and no other of them, has the frame of the selection.
pub fn until_selected<On: Display>(
    session: &WindowSession<On>,
    what: &str,
    tiles: &[(Rect, u32)],
    camera: u32,
) {
    session.until_shot(what, |shot| {
        let framed = tiles.iter().filter(|(tile, _)| framed(shot, *tile));
        let framed: Vec<u32> = framed.map(|(_, camera)| *camera).collect();
        if framed == [camera] { Ok(()) } else { Err(format!("selected are {framed:?}")) }
    });
}

/// Points at the middle of the wall that begins at `x`.
pub fn point_at<On: Display>(session: &WindowSession<On>, x: u32) {
    session.point(x + WIDTH / 2, HEIGHT / 2);
    // A movement counts, and the pointer may be there already.
    session.point(x + WIDTH / 2 + 7, HEIGHT / 2 + 7);
}

/// Whether the wall of this name waits for this monitor, as the status lines have it.
pub fn waits(line: &StatusLine, name: &str, monitor: &str) -> bool {
    let wall = line.walls.iter().find(|wall| wall.name == name).expect("a wall of that name");
    assert_eq!(wall.monitor.as_deref(), Some(monitor), "{wall:?}");
    wall.state == "waiting"
}
