//! The settings of cctv-viewer: an INI file of Qt's, in which presets are kept as JSON.
//!
//! Pure. A preset is a grid of places, row by row: `{"size": {"width", "height"}, "items": [{"url",
//! "columnSpan", "rowSpan"}]}`. A place may span others, which are then hidden and have spans that
//! are not positive; older files say `division` for both sides of a square and `model` for `items`.
//! `currentIndex` is the number of the preset that is shown, from 0; what a place has in
//! `avFormatOptions` is FFmpeg's. Policy: each preset is a layout, and an address that stands in
//! several places is one camera; of FFmpeg's options `rtsp_transport` is taken over, and others are
//! told, as sound is.

use camwall_config::{Layout, Tile, Transport};
use serde_json::Value;

use super::qt_settings::setting;
use super::{Format, ImportError, List};
use crate::draft::Given;
use crate::remark::Place;

/// Where the presets are.
const SECTION: &str = "ViewportsLayoutsCollection";

/// Their key, and that of older versions.
const KEYS: [&str; 2] = ["models", "collection"];

/// Most places across or down.
const MOST: u64 = 64;

/// Whether a text looks like one.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.trim() == "[ViewportsLayoutsCollection]")
}

/// Reads the presets.
pub(super) fn read(text: &str, list: &mut List) -> Result<(), ImportError> {
    let found = KEYS.iter().find_map(|key| {
        setting(text, SECTION, key).filter(|(presets, _)| !presets.trim().is_empty())
    });
    let Some((presets, line)) = found else { return Ok(()) };
    let presets: Vec<Value> = serde_json::from_str(&presets)
        .map_err(|_may_repeat_it| ImportError::Broken { format: Format::CctvViewer, line })?;
    let current = setting(text, SECTION, "currentIndex");
    let current = current.and_then(|(index, _)| index.trim().parse::<usize>().ok());
    for (preset, index) in presets.iter().zip(0..) {
        let Some(name) = add_preset(preset, index + 1, list)? else { continue };
        if current == Some(index) {
            list.draft.begin_with(name);
        }
    }
    list.tell_options();
    Ok(())
}

/// Adds a layout; what it is called. None where there is no camera.
fn add_preset(
    preset: &Value,
    number: usize,
    list: &mut List,
) -> Result<Option<String>, ImportError> {
    let side = |name| preset["size"][name].as_u64().or(preset["division"].as_u64()).unwrap_or(0);
    let (columns, rows) = (side("width"), side("height"));
    let items = [&preset["items"], &preset["model"]].into_iter().find_map(Value::as_array);
    if !(1..=MOST).contains(&columns) || !(1..=MOST).contains(&rows) {
        return Ok(None);
    }
    let (columns, rows) = (columns as u32, rows as u32);
    let mut tiles: Vec<Tile> = Vec::new();
    let mut covered = vec![false; (columns * rows) as usize];
    for (index, item) in items.into_iter().flatten().enumerate().take(covered.len()) {
        let (column, row) = (index as u32 % columns, index as u32 / columns);
        if covered[index] {
            continue;
        }
        let (width, height) = span(item, (column, row), (columns, rows), &covered);
        for y in row..row + height {
            for x in column..column + width {
                covered[(y * columns + x) as usize] = true;
            }
        }
        let url = item["url"].as_str().unwrap_or_default().trim();
        if url.is_empty() {
            continue;
        }
        let id = list.show(Place::Preset(number, index + 1), Given::at(url.into()))?;
        let transport = transport(item, list);
        if let (Some(id), Some(transport)) = (&id, transport) {
            list.ask_over(id, transport);
        }
        let tile = |camera| Tile { camera, column, row, width, height, ..Tile::default() };
        tiles.extend(id.map(tile));
    }
    let name = format!("preset {number}");
    let made = (!tiles.is_empty()).then(|| layout(columns, rows, tiles));
    Ok(made.map(|made| list.draft.add_layout(&name, made)))
}

/// How a camera is to be asked for its pictures, if that is said; notes what else is said of playing.
fn transport(item: &Value, list: &mut List) -> Option<Transport> {
    let mut transport = None;
    for (name, value) in item["avFormatOptions"].as_object().into_iter().flatten() {
        match (name.as_str(), value.as_str()) {
            ("rtsp_transport", Some("tcp")) => transport = Some(Transport::Tcp),
            ("rtsp_transport", Some("udp")) => transport = Some(Transport::Udp),
            _ => list.left_out.extend(["avFormatOptions"]),
        }
    }
    let sounds = item["volume"].as_f64().is_some_and(|volume| volume > 0.0);
    list.left_out.extend(sounds.then_some("volume"));
    transport
}

/// How many places an item covers: as many as it says where they are there and free, else its own.
fn span(
    item: &Value,
    (column, row): (u32, u32),
    (columns, rows): (u32, u32),
    covered: &[bool],
) -> (u32, u32) {
    let cells = |name: &str, most: u32| {
        let cells = item[name].as_i64().unwrap_or(1).clamp(1, most.into());
        u32::try_from(cells).unwrap_or(1)
    };
    let (width, height) = (cells("columnSpan", columns - column), cells("rowSpan", rows - row));
    let free = (row..row + height)
        .all(|y| (column..column + width).all(|x| !covered[(y * columns + x) as usize]));
    if free { (width, height) } else { (1, 1) }
}

/// A grid where all places are single ones, else tiles.
pub(super) fn layout(columns: u32, rows: u32, tiles: Vec<Tile>) -> Layout {
    let single = |tile: &Tile| (tile.width, tile.height, tile.overlap) == (1, 1, false);
    if !tiles.iter().all(single) {
        return Layout::Tiles { columns, rows, tiles };
    }
    let place = |index: u32| {
        let (column, row) = (index % columns, index / columns);
        let tile = tiles.iter().find(|tile| (tile.column, tile.row) == (column, row));
        tile.map_or_else(String::new, |tile| tile.camera.clone())
    };
    Layout::Grid { columns: Some(columns), cameras: (0..columns * rows).map(place).collect() }
}
