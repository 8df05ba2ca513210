//! What is said of a wall file that was changed while the wall runs.

use crate::texts::texts;

texts! {
    /// What is said of a wall file that was changed while the wall runs.
    Reload {
        /// It has mistakes, so the wall goes on as it was.
        not_taken_over(mistakes: usize = 9),
        /// It can't be read, so the wall goes on as it was.
        unreadable,
        /// There are more mistakes than are shown.
        and_more(mistakes: usize = 3),
        /// What the file asks for comes only with a new start.
        restart_needed,
        /// The sandbox does not allow what this names: a camera, if it is for one, and a path.
        out_of_reach(whose: &str = "gate: /etc/gate.pem"),
        /// Recordings are to be in another folder.
        recording_folder,
        /// The sandbox is to be on or off.
        sandbox,
    }
}
