//! Which frames a draw takes.

use std::collections::HashMap;

use super::*;
use crate::wall::PicturePlacement;
use crate::wall::layout::{PxRect, Zoom};
use camwall_config::Fit;
use camwall_media::FrameQueue;

/// A wall with a tile of each of these pictures.
fn wall(pictures: &[&Arc<LivePicture>]) -> RenderWall {
    let tile = |picture: &&Arc<LivePicture>| TileDraw {
        picture: Arc::clone(picture),
        rect: PxRect::default(),
        placement: PicturePlacement::default(),
        fit: (Fit::Contain, Zoom::default()),
        stale: false,
    };
    let mut wall = RenderWall::new(Entity::PLACEHOLDER);
    wall.tiles = pictures.iter().map(tile).collect();
    (wall.draw, wall.anew) = (true, true);
    wall
}

#[test]
fn a_draw_takes_one_frame_of_a_camera_however_many_tiles_show_it() {
    let [twice, once] = [(); 2].map(|()| Arc::new(LivePicture::new(Arc::<FrameQueue>::default())));
    let mut walls = [wall(&[&twice, &once, &twice]), wall(&[&twice])];
    // Two frames wait of either.
    let mut waiting = HashMap::from([(twice.id(), 2), (once.id(), 2)]);
    let mut arrivals = Vec::new();
    let mut draw = |walls: &[RenderWall]| {
        take_frames(walls, &mut arrivals, |picture| {
            let left: &mut u32 = waiting.get_mut(&picture.id())?;
            *left = left.checked_sub(1)?;
            Some(Instant::now())
        });
        let shown: Vec<u64> = arrivals.drain(..).map(|(picture, _)| picture.id()).collect();
        (shown, [&twice, &once].map(|picture| waiting[&picture.id()]))
    };
    assert_eq!(draw(&walls), (vec![twice.id(), once.id()], [1, 1]));
    // What its window could not take is drawn once more, and takes nothing.
    walls[0].anew = false;
    assert_eq!(draw(&walls), (vec![twice.id()], [0, 1]));
    assert_eq!(draw(&walls), (vec![], [0, 1]));
}
