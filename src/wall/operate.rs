//! What the operator does, and how a wall changes by it.
//!
//! Main world, observer of [`Operation`]. Policy: input applies at once; where it makes no sense (a
//! zoom beside every tile, a number that no camera has) nothing happens. What is about a camera is
//! aimed at the camera of the selected tile.

use std::time::Duration;

use bevy::{math::Vec2, prelude::*};

use super::tiles::{Anew, TileAccess, WallState, WallStateItem};
use super::touring;
use super::{ActiveLayout, Maximized, MaximizedTile, NumberEntry, Selected};
use crate::operation::{Operation, Phase};
use crate::wall::layout;
use crate::wall::layout::{Direction, LayoutTile, Maximize, PxRect};
use camwall_config::Action;

/// Pause after which a typed camera number is forgotten.
const TYPING: Duration = Duration::from_secs(3);

/// Digits that a camera number may have.
const DIGITS: usize = 4;

/// One step of the zoom keys.
const ZOOM_STEP: f32 = 1.25;

/// Does to a wall what the operator wants.
pub fn operate(operation: On<Operation>, mut walls: Query<WallState>, mut tiles: TileAccess) {
    let Operation { entity, action, phase } = *operation.event();
    let Ok(mut view) = walls.get_mut(entity) else { return };
    if !view.number.digits.is_empty() && !view.number.is_open(tiles.now()) {
        view.number.digits.clear();
    }
    if phase.acts() && action != Action::Tour {
        let now = tiles.now();
        view.attention.operate(now);
    }
    if action.is_about_camera() {
        aim(&mut view, &mut tiles, action, phase);
    } else if phase.acts() {
        act(&mut view, &mut tiles, action);
        tiles.show_selected(&mut view);
    }
    // The window and the program are no part of the wall: a typed number stays.
    let goes_on =
        matches!(action, Action::Digit(_) | Action::Fullscreen | Action::Reload | Action::Quit);
    if phase.acts() && !goes_on && !view.number.digits.is_empty() {
        view.number.digits.clear();
    }
}

/// Aims an action at the selected camera, and its end at the camera where it began.
fn aim(
    view: &mut WallStateItem<'_, '_>,
    tiles: &mut TileAccess<'_, '_>,
    action: Action,
    phase: Phase,
) {
    let held = view.held.0.iter().position(|(held, _)| *held == action);
    let camera = match (phase, held) {
        (Phase::Released | Phase::Repeated, Some(held)) => Some(view.held.0[held].1),
        (Phase::Released | Phase::Repeated, None) => None,
        (Phase::Pressed, _) => view.selected.0.and_then(|tile| tiles.camera(tile)),
    };
    if let Some(held) = held.filter(|_| phase != Phase::Repeated) {
        view.held.0.swap_remove(held);
    }
    let Some(camera) = camera else { return };
    if phase == Phase::Pressed {
        view.held.0.push((action, camera));
    }
    tiles.commands.trigger(Operation { entity: camera, action, phase });
}

fn act(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>, action: Action) {
    let count = tiles.layouts();
    let layout = view.layout.0;
    match action {
        Action::OpenOrBack => enter(view, tiles),
        Action::Back if view.panels.help => {
            (view.panels.help, view.panels.page) = (false, 0);
        }
        Action::Back if view.strip.0 && !view.panels.folded => view.panels.folded = true,
        Action::Back => back(view, tiles),
        Action::Left => step(view, tiles, Direction::Left),
        Action::Right => step(view, tiles, Direction::Right),
        Action::Up => step(view, tiles, Direction::Up),
        Action::Down => step(view, tiles, Direction::Down),
        Action::Home => select(view, tiles, layout::first),
        Action::End => select(view, tiles, layout::last),
        Action::NextCamera => step_camera(view, tiles, true),
        Action::PreviousCamera => step_camera(view, tiles, false),
        Action::Tour => touring::toggle(view, tiles),
        Action::NextLayout => show_layout(view, tiles, (layout + 1) % count),
        Action::PreviousLayout => show_layout(view, tiles, (layout + count - 1) % count),
        Action::Layout(number) => {
            show_layout(view, tiles, usize::from(number).saturating_sub(1));
        }
        Action::ZoomIn => enlarge_pointed(view, tiles, ZOOM_STEP),
        Action::ZoomOut => enlarge_pointed(view, tiles, 1.0 / ZOOM_STEP),
        Action::ZoomReset => {
            if let Some((tile, ..)) = pointed(view, tiles) {
                tiles.show_whole(view, tile);
            }
        }
        Action::Help => turn_help(view),
        Action::Stats => view.panels.stats = !view.panels.stats,
        Action::Digit(digit) => type_digit(view, tiles, digit),
        Action::Click { at } => click(view, tiles, at.into()),
        Action::ZoomAt { at, factor } => {
            if let Some(tile) = tiles.at(view, at.into()) {
                tiles.enlarge(view, tile, at.into(), factor);
            }
        }
        Action::Pan { from, by } => {
            if let Some(tile) = tiles.at(view, from.into()) {
                tiles.pan(view, tile, by.into());
            }
        }
        // The window, the program and the recordings are no part of the wall.
        Action::Fullscreen
        | Action::Reload
        | Action::Quit
        | Action::Record
        | Action::RecordAll
        | Action::Protect
        | Action::Snapshot
        | Action::WallSnapshot
        | Action::TrustClock => {}
    }
}

/// Shows layout number `layout`, if there is one; full-screen ends.
fn show_layout(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>, layout: usize) {
    if layout < tiles.layouts() {
        view.maximized.set_if_neq(Maximized(None));
        let other = view.layout.set_if_neq(ActiveLayout(layout));
        tiles.arrange(view, if other { Anew::Layout } else { Anew::Size });
    }
}

/// Shows the help, its next page, or no longer.
fn turn_help(view: &mut WallStateItem<'_, '_>) {
    let (panels, count) = (&mut view.panels, view.pages.0);
    if panels.help && panels.page + 1 < count {
        panels.page += 1;
    } else {
        (panels.help, panels.page) = (!panels.help, 0);
    }
}

/// Opens a tile full-screen.
fn open(view: &mut WallStateItem<'_, '_>, tiles: &TileAccess<'_, '_>, tile: Entity) {
    let Some(rest) = tiles.rest(tile) else { return };
    view.selected.set_if_neq(Selected(Some(tile)));
    let (full, now) = (view.wall.rect(), tiles.now());
    let mut animation = Maximize::new(rest, full, now);
    if tiles.cuts() {
        animation = Maximize::at(full);
    } else if let Some(flying) = view.maximized.0.filter(|maximized| maximized.tile == tile) {
        animation = flying.animation;
        animation.retarget(now, full);
    }
    let opened = MaximizedTile { tile, animation, closing: false };
    view.maximized.set_if_neq(Maximized(Some(opened)));
}

/// Back from full-screen to the layout.
fn back(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>) {
    let Some(open) = view.maximized.0.filter(|maximized| !maximized.closing) else { return };
    let Some(rest) = tiles.rest(open.tile) else { return };
    let mut animation = open.animation;
    animation.retarget(tiles.now(), rest);
    if tiles.cuts() {
        animation = Maximize::at(rest);
    }
    let closing = MaximizedTile { animation, closing: true, ..open };
    view.maximized.set_if_neq(Maximized(Some(closing)));
    tiles.show_whole(view, open.tile);
}

fn click(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>, at: Vec2) {
    if view.maximized.open().is_some() {
        back(view, tiles);
    } else if let Some((tile, _)) = tiles.at(view, at) {
        open(view, tiles, tile);
    }
}

/// Enter: the typed camera, or the selected tile, full-screen; back from there.
fn enter(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>) {
    if let Ok(number) = view.number.digits.parse() {
        let (entities, geometry) = tiles.of(view.tiles);
        if let Some(tile) = layout::by_number(&geometry, number) {
            open(view, tiles, entities[tile]);
        }
    } else if view.maximized.open().is_some() {
        back(view, tiles);
    } else if let Some(tile) = view.selected.0 {
        open(view, tiles, tile);
    }
}

fn type_digit(view: &mut WallStateItem<'_, '_>, tiles: &TileAccess<'_, '_>, digit: u8) {
    let now = tiles.now();
    let mut digits =
        if view.number.is_open(now) { view.number.digits.clone() } else { String::new() };
    if digits.len() < DIGITS {
        digits.push_str(&digit.to_string());
        *view.number = NumberEntry { digits, until: now + TYPING };
    }
}

/// Selects the tile that `choose` names. In full-screen its picture is shown at once.
fn select(
    view: &mut WallStateItem<'_, '_>,
    tiles: &TileAccess<'_, '_>,
    choose: impl Fn(&[LayoutTile]) -> Option<usize>,
) {
    let (entities, geometry) = tiles.of(view.tiles);
    let Some(tile) = choose(&geometry).map(|tile| entities[tile]) else { return };
    view.selected.set_if_neq(Selected(Some(tile)));
    if view.maximized.open().is_some() {
        let animation = Maximize::at(view.wall.rect());
        let shown = MaximizedTile { tile, animation, closing: false };
        view.maximized.set_if_neq(Maximized(Some(shown)));
    }
}

fn step(view: &mut WallStateItem<'_, '_>, tiles: &TileAccess<'_, '_>, direction: Direction) {
    let (entities, _) = tiles.of(view.tiles);
    let current = entities.iter().position(|tile| Some(*tile) == view.selected.0);
    select(view, tiles, |geometry| layout::neighbour(geometry, current?, direction));
}

/// The next camera of the layout, or the one before.
fn step_camera(view: &mut WallStateItem<'_, '_>, tiles: &TileAccess<'_, '_>, forward: bool) {
    let (entities, _) = tiles.of(view.tiles);
    let current = entities.iter().position(|tile| Some(*tile) == view.selected.0);
    select(view, tiles, |geometry| layout::camera_after(geometry, current, forward));
}

/// What the zoom keys are about, and the pixel that stays where it is: the tile under the pointer
/// while that can be seen, else the middle of the selected one.
fn pointed(
    view: &WallStateItem<'_, '_>,
    tiles: &TileAccess<'_, '_>,
) -> Option<(Entity, PxRect, Vec2)> {
    let under =
        view.pointed.0.and_then(|at| tiles.at(view, at).map(|(tile, rect)| (tile, rect, at)));
    under.or_else(|| {
        let tile = view.selected.0?;
        let rect = tiles.drawn(view, tile)?;
        Some((tile, rect, rect.to_rect().center()))
    })
}

fn enlarge_pointed(view: &WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>, factor: f32) {
    if let Some((tile, rect, pixel)) = pointed(view, tiles) {
        tiles.enlarge(view, (tile, rect), pixel, factor);
    }
}
