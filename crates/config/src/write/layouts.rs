//! Layouts and tours as text.
//!
//! Pure. Policy: what has its default is left out; of a tile its place is said in any case.

use super::forms::{Fields, items, list, quote, write_duration};
use crate::{Layout, Step, Tile, Tour};

pub(super) fn write_layout(layout: &Layout) -> String {
    let mut fields = Fields::default();
    match layout {
        Layout::Grid { columns, cameras } => {
            if let Some(columns) = columns {
                fields.add("columns", columns.to_string());
            }
            fields.add("cameras", list(cameras));
            fields.within("Grid")
        }
        Layout::Tiles { columns, rows, tiles } => {
            let tiles = items(tiles.iter().map(write_tile));
            fields.add("columns", columns.to_string()).add("rows", rows.to_string());
            fields.add("tiles", tiles).within("Tiles")
        }
    }
}

fn write_tile(tile: &Tile) -> String {
    let Tile { camera, tour, hotspot, column, row, width, height, overlap } = tile;
    let mut fields = Fields::default();
    if let Some(tour) = tour {
        fields.add("tour", write_tour(tour));
    }
    fields
        .differing("camera", (camera, &String::new()), |camera| quote(camera))
        .differing("hotspot", (hotspot, &false), ToString::to_string)
        .add("column", column.to_string())
        .add("row", row.to_string())
        .differing("width", (width, &1), ToString::to_string)
        .differing("height", (height, &1), ToString::to_string)
        .differing("overlap", (overlap, &false), ToString::to_string);
    fields.within("")
}

pub(super) fn write_tour(tour: &Tour) -> String {
    let Tour { steps, every, resume_after } = tour;
    let mut fields = Fields::default();
    fields
        .differing("every", (every, &Tour::EVERY), |it| write_duration(*it))
        .differing("resume_after", (resume_after, &Tour::RESUME_AFTER), |it| write_duration(*it))
        .add("steps", items(steps.iter().map(write_step)));
    fields.within("")
}

fn write_step(step: &Step) -> String {
    let Step { show, time } = step;
    let mut fields = Fields::default();
    fields.add("show", quote(show));
    if let Some(time) = time {
        fields.add("for", write_duration(*time));
    }
    fields.within("")
}
