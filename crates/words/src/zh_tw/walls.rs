//! What a wall says as a whole, in Traditional Chinese.

use crate::Walls;

pub const WALLS: Walls = Walls {
    tour: |name, step, steps| format!("輪播 {name} {step}/{steps}"),
    tour_paused: |name, seconds| format!("輪播 {name} 已暫停，{seconds} 秒"),
    tour_stopped: |name| format!("輪播 {name} 已暫停"),
    tile_tour: |step, steps| format!("輪播 {step}/{steps}"),
    picture_saved: |file| format!("電視牆快照 {file}"),
    picture_failed: |why| format!("無電視牆快照：{why}"),
};
