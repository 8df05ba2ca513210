//! What a wall says as a whole, in German.

use crate::Walls;

pub const WALLS: Walls = Walls {
    tour: |name, step, steps| format!("RUNDGANG {name} {step}/{steps}"),
    tour_paused: |name, seconds| format!("RUNDGANG {name} PAUSIERT, {seconds} s"),
    tour_stopped: |name| format!("RUNDGANG {name} PAUSIERT"),
    tile_tour: |step, steps| format!("RUNDGANG {step}/{steps}"),
    picture_saved: |file| format!("WANDBILD {file}"),
    picture_failed: |why| format!("KEIN WANDBILD: {why}"),
};
