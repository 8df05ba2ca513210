//! What every display can do, whatever window system it is.

use image::RgbImage;

use crate::Run;

/// A rectangle of what can be seen: x, y, width and height in pixels.
pub type Rect = [u32; 4];

/// A display of its own, on which a wall opens its windows. What can be seen on it is one picture,
/// in which its monitors lie beside each other.
pub trait Display {
    /// How a window is named there.
    type Window: Copy + std::fmt::Debug;

    /// Has a run open its windows here.
    fn prepare(&self, run: Run) -> Run;

    /// The wall's windows that can be seen, from left to right, and where they are.
    fn windows(&self) -> Vec<(Self::Window, Rect)>;

    /// Whether a window has the keyboard; an error says who has.
    fn has_keyboard(&self, window: Self::Window) -> Result<(), String>;

    /// Everything that can be seen now.
    fn shot(&self) -> RgbImage;

    /// Presses keys one after the other, without a pause: `"Return"`, `"ctrl+q"`, `"1"`.
    fn keys(&self, keys: &[&str]);

    /// Moves the pointer.
    fn point(&self, x: u32, y: u32);

    /// Clicks with the left button where the pointer is.
    fn press(&self);
}

/// A display of several monitors that come and go.
pub trait Monitors: Display {
    /// The names of those that are plugged in at the start, from left to right.
    fn names(&self) -> [&'static str; 2];

    /// Unplugs a monitor. One that is to the right of it does not move.
    fn unplug(&self, name: &str);

    /// Plugs a monitor in, with its left edge there.
    fn plug(&self, name: &str, x: u32);

    /// Looks at the first rows of the monitor on the left, again and again and from any thread; none where
    /// it could not look just then.
    fn eye(&self, rows: u16) -> Eye;
}

/// See [`Monitors::eye`].
pub type Eye = Box<dyn FnMut() -> Option<RgbImage> + Send>;
