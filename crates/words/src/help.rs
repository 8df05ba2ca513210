//! What keys and mouse do, as in the help.

use crate::texts::texts;

texts! {
    /// What keys and mouse do.
    Help {
        /// Heading: which camera is looked at.
        look,
        /// Heading: the layouts.
        walls,
        /// Heading: the picture of a camera.
        picture,
        /// Heading: recordings and snapshots.
        recordings,
        /// Heading: the program and its window.
        program,
        /// Which page of the help this is, and the key for the next one.
        page(number: usize = 2, pages: usize = 3, keys: &str = "H  ?"),
        /// Show the selected camera alone, or go back.
        open,
        /// Back to the layout.
        back,
        /// Select the camera to the left.
        left,
        /// Select the camera to the right.
        right,
        /// Select the camera above.
        up,
        /// Select the camera below.
        down,
        /// Select the first camera.
        home,
        /// Select the last camera.
        end,
        /// Next camera.
        next_camera,
        /// Previous camera.
        previous_camera,
        /// Next layout.
        next_layout,
        /// Previous layout.
        previous_layout,
        /// Pause the tour, go on with it, or start one.
        tour,
        /// Full-screen on or off.
        fullscreen,
        /// Zoom in.
        zoom_in,
        /// Zoom out.
        zoom_out,
        /// Show the whole picture.
        zoom_reset,
        /// Record the selected camera, or stop.
        record,
        /// Record all cameras, or stop.
        record_all,
        /// Keep what is recorded from now on, or stop keeping.
        protect,
        /// Save the selected camera's picture.
        snapshot,
        /// Save a picture of the whole wall.
        wall_snapshot,
        /// The clock is right.
        trust_clock,
        /// Show or hide the help.
        help,
        /// Show or hide the figures.
        stats,
        /// Read the wall file anew.
        reload,
        /// End camwall.
        quit,
        /// Show the layout of this number.
        layout(number: u8 = 12),
        /// What a key does, where it does so on this wall whichever has the keyboard.
        on_wall(does: &str = "…", wall: &str = "left"),
        /// A click of the mouse.
        click,
        /// What a click does.
        click_does,
        /// Digits, then Enter.
        digits,
        /// What digits do.
        digits_do,
        /// The mouse's wheel.
        wheel,
        /// What the wheel does.
        wheel_does,
        /// Moving the mouse with its button held.
        drag,
        /// What that does.
        drag_does,
    }
}
