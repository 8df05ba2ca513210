//! What a wall says as a whole, in English.

use crate::Walls;

pub const WALLS: Walls = Walls {
    tour: |name, step, steps| format!("TOUR {name} {step}/{steps}"),
    tour_paused: |name, seconds| format!("TOUR {name} PAUSED, {seconds} s"),
    tour_stopped: |name| format!("TOUR {name} PAUSED"),
    tile_tour: |step, steps| format!("TOUR {step}/{steps}"),
    picture_saved: |file| format!("WALL PICTURE {file}"),
    picture_failed: |why| format!("NO WALL PICTURE: {why}"),
};
