//! What a wall says as a whole, in Japanese.

use crate::Walls;

pub const WALLS: Walls = Walls {
    tour: |name, step, steps| format!("巡回 {name} {step}/{steps}"),
    tour_paused: |name, seconds| format!("巡回 {name} 一時停止、{seconds}秒"),
    tour_stopped: |name| format!("巡回 {name} 一時停止中"),
    tile_tour: |step, steps| format!("巡回 {step}/{steps}"),
    picture_saved: |file| format!("ウォール静止画 {file}"),
    picture_failed: |why| format!("ウォール静止画なし：{why}"),
};
