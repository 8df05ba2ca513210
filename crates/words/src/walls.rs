//! What a wall says as a whole: its tour, and the picture that was made of it.

use crate::texts::texts;

texts! {
    /// What a wall says as a whole, in capitals where a script has them.
    Walls {
        /// A tour, and which step of how many is shown.
        tour(name: &str = "rounds", step: usize = 2, steps: usize = 5),
        /// A tour that somebody paused; it goes on by itself in so many seconds.
        tour_paused(name: &str = "rounds", seconds: u64 = 43),
        /// A tour that is paused, and no time runs.
        tour_stopped(name: &str = "rounds"),
        /// A tile shows this step of its tour.
        tile_tour(step: usize = 2, steps: usize = 5),
        /// A picture of the whole wall was saved under this name.
        picture_saved(file: &str = "2026-12-31T23-59-58.250Z.png"),
        /// It was not saved; the reason is one of the causes, or a sentence.
        picture_failed(why: &str = "…"),
    }
}
