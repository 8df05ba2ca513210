//! What `camwall check --diff` says: what a reload of another wall file would do.

use crate::texts::texts;

texts! {
    /// What would change, a line each.
    Difference {
        /// Nothing would.
        nothing(from: &str = "old.ron", to: &str = "new.ron"),
        /// The head of all lines.
        head(from: &str = "old.ron", to: &str = "new.ron"),
        /// A camera, and what changes of it.
        camera(camera: &str = "gate", what: &str = "…"),
        /// Of a camera: it is new.
        camera_added,
        /// Of a camera: it goes.
        camera_removed,
        /// Of a camera: it has another number.
        camera_moved(to: usize = 3, from: usize = 2),
        /// Of a camera: its main stream connects anew.
        main_anew,
        /// Of a camera: its sub stream connects anew.
        sub_anew,
        /// Of a camera: both do.
        both_anew,
        /// Of a camera: it has a sub stream now.
        sub_added,
        /// Of a camera: it has no sub stream any more.
        sub_removed,
        /// Of a camera: what is looked for in its pictures.
        watch,
        /// Of a camera: its name.
        label(new: &str = "Gate", old: &str = "Door"),
        /// Of a camera: how its picture fills the tile.
        fit,
        /// Of a camera: when it is recorded.
        record,
        /// What stands between two changes of a camera.
        between,
        /// A layout is new.
        layout_added(layout: &str = "all"),
        /// A layout goes.
        layout_removed(layout: &str = "all"),
        /// A layout has other places.
        layout_changed(layout: &str = "all"),
        /// Layouts stand in another order.
        layout_order,
        /// A tour is new.
        tour_added(tour: &str = "rounds"),
        /// A tour goes.
        tour_removed(tour: &str = "rounds"),
        /// A tour has other steps or times.
        tour_changed(tour: &str = "rounds"),
        /// Tours stand in another order.
        tours,
        /// What to begin with.
        show,
        /// A wall is new.
        wall_added(wall: &str = "left"),
        /// A wall goes.
        wall_removed(wall: &str = "left"),
        /// A wall is elsewhere, or begins with something else.
        wall_changed(wall: &str = "left"),
        /// Walls stand in another order.
        walls,
        /// Which cameras are decoded all the time.
        prewarm,
        /// What is written over the pictures.
        overlay,
        /// Whether figures are shown.
        stats,
        /// When a picture counts as old.
        stale_after,
        /// The language.
        language,
        /// The keys.
        keys,
        /// The window.
        window,
        /// Care for the screens.
        burn_in,
        /// The folder of recordings.
        recording_folder,
        /// How recordings are made.
        recording_files,
        /// How much is kept in memory.
        pre_roll,
        /// When old recordings are removed.
        retention,
        /// Whether there is a sandbox.
        sandbox,
        /// A path that the sandbox does not allow.
        out_of_reach(whose: &str = "…", path: &str = "/login"),
        /// How many cameras stay connected.
        connected(connected: usize = 3, all: usize = 4),
    }
}
