//! What the operator does, and how the view changes by it.
//!
//! Main world. Owns [`OperatorInput`]. Policy: input applies at once; where it makes no sense (a
//! zoom beside every tile, a number that no camera has) nothing happens.

use std::time::Duration;

use bevy::{math::Vec2, prelude::*};

use super::{Maximized, WallView};
use crate::camera::WallFile;
use crate::wall::layout;
use crate::wall::layout::{Direction, Maximize, PxRect, Zoom};
use camwall_config::Action;

/// What an operator did, in the words of the wall.
#[derive(Message, Debug, Clone, PartialEq)]
pub enum OperatorInput {
    /// A bound key.
    Key(Action),
    /// A digit of a camera number, and what the key does while no number is being typed.
    Digit(u32, Option<Action>),
    /// A click at this pixel.
    Click(Vec2),
    /// Digital zoom by a factor at this pixel.
    ZoomAt(Vec2, f32),
    /// The picture under the first pixel was dragged by the second, in pixels.
    Drag(Vec2, Vec2),
}

/// Pause after which a typed camera number is forgotten.
const TYPING: Duration = Duration::from_secs(3);

/// One step of the zoom keys.
const ZOOM_STEP: f32 = 1.25;

impl WallView {
    /// Shows layout number `layout`, if there is one; full-screen ends.
    fn show_layout(&mut self, layout: usize, file: &WallFile) {
        if layout < file.wall.layouts.len() {
            self.layout = layout;
            self.maximized = None;
            self.arrange(file);
        }
    }

    /// Opens the selected tile full-screen.
    fn open(&mut self, tile: usize) {
        let Some(rect) = self.tiles.get(tile).map(|tile| tile.rect) else { return };
        self.selected = tile;
        let full = self.full();
        match &mut self.maximized {
            Some(maximized) if maximized.tile == tile => {
                maximized.animation.retarget(self.now, full);
                maximized.closing = false;
            }
            maximized => {
                *maximized = Some(Maximized {
                    tile,
                    animation: Maximize::new(rect, full, self.now),
                    closing: false,
                });
            }
        }
    }

    /// Back from full-screen to the layout.
    fn back(&mut self) {
        let Some(maximized) = &mut self.maximized else { return };
        let Some(tile) = self.tiles.get(maximized.tile) else { return };
        if !maximized.closing {
            maximized.animation.retarget(self.now, tile.rect);
            maximized.closing = true;
            self.zooms.remove(&tile.camera);
        }
    }

    /// Does what a key says, or returns it where that does not concern the view.
    fn key(&mut self, action: Action, file: &WallFile) -> Option<Action> {
        let count = file.wall.layouts.len();
        match action {
            Action::OpenOrBack => self.enter(),
            Action::Back => {
                if self.help {
                    self.help = false;
                } else {
                    self.back();
                }
            }
            Action::Left => self.step(Direction::Left),
            Action::Right => self.step(Direction::Right),
            Action::Up => self.step(Direction::Up),
            Action::Down => self.step(Direction::Down),
            Action::Home => self.select(layout::first(&self.tiles)),
            Action::End => self.select(layout::last(&self.tiles)),
            Action::NextLayout => self.show_layout((self.layout + 1) % count, file),
            Action::PreviousLayout => self.show_layout((self.layout + count - 1) % count, file),
            Action::Layout(number) => self.show_layout(usize::from(number).saturating_sub(1), file),
            Action::ZoomIn => self.zoom_pointed(ZOOM_STEP),
            Action::ZoomOut => self.zoom_pointed(1.0 / ZOOM_STEP),
            Action::ZoomReset => {
                if let Some((tile, ..)) = self.pointed() {
                    self.zooms.remove(&self.tiles[tile].camera);
                }
            }
            Action::Help => self.help = !self.help,
            Action::Stats => self.stats = !self.stats,
            // The window, the program and the recordings are no part of the view.
            Action::Fullscreen
            | Action::Quit
            | Action::Record
            | Action::RecordAll
            | Action::Protect
            | Action::Snapshot => return Some(action),
        }
        None
    }

    /// Enter: the typed camera, or the selected tile, full-screen; back from there.
    fn enter(&mut self) {
        let typed: Option<usize> = std::mem::take(&mut self.typed).parse().ok();
        if let Some(number) = typed {
            if let Some(tile) = layout::by_number(&self.tiles, number) {
                self.open(tile);
            }
        } else if self.is_maximized() {
            self.back();
        } else {
            self.open(self.selected);
        }
    }

    fn select(&mut self, tile: Option<usize>) {
        let Some(tile) = tile else { return };
        self.selected = tile;
        // In full-screen the arrows go to the neighbour's picture at once.
        if self.is_maximized() {
            let animation = Maximize::at(self.full());
            self.maximized = Some(Maximized { tile, animation, closing: false });
        }
    }

    fn step(&mut self, direction: Direction) {
        self.select(layout::neighbour(&self.tiles, self.selected, direction));
    }

    /// What the zoom keys are about, and the pixel that stays where it is: the tile under the
    /// pointer while that can be seen, else the middle of the selected one.
    fn pointed(&self) -> Option<(usize, PxRect, Vec2)> {
        let under = self.pointer.and_then(|at| self.tile_at(at).map(|(i, rect)| (i, rect, at)));
        under.or_else(|| {
            let mut visible = self.visible();
            let (tile, rect) = visible.find(|(tile, _)| *tile == self.selected)?;
            Some((tile, rect, rect.to_rect().center()))
        })
    }

    fn zoom_pointed(&mut self, factor: f32) {
        if let Some((tile, rect, pixel)) = self.pointed() {
            self.zoom_tile(tile, rect, pixel, factor);
        }
    }

    /// The pixels of a tile that a camera's picture covers: less than the tile where bars are.
    fn covered(&self, camera: usize, tile: PxRect) -> PxRect {
        let source = self.sources.get(&camera);
        let picture = source
            .and_then(|(size, fit)| layout::place(tile, (*size).into(), (1, 1), *fit, Zoom::FIT));
        picture.map_or(tile, |picture| picture.dst)
    }

    fn zoom_tile(&mut self, tile: usize, rect: PxRect, pixel: Vec2, factor: f32) {
        let Some(camera) = self.tiles.get(tile).map(|tile| tile.camera) else { return };
        let pointer = self.covered(camera, rect).unit(pixel);
        let zoom = self.zoom_of(camera).zoom_at(pointer, factor);
        self.zooms.insert(camera, zoom);
    }

    fn drag(&mut self, from: Vec2, by: Vec2) {
        let Some((tile, rect)) = self.tile_at(from) else { return };
        let Some(camera) = self.tiles.get(tile).map(|tile| tile.camera) else { return };
        let size = self.covered(camera, rect).size().as_vec2();
        let zoom = self.zoom_of(camera).pan(-by / size);
        self.zooms.insert(camera, zoom);
    }

    /// Applies one input; returns the action that does not concern the view.
    pub(super) fn handle(&mut self, input: &OperatorInput, file: &WallFile) -> Option<Action> {
        let mut left = None;
        match *input {
            OperatorInput::Digit(digit, otherwise) => {
                if self.now > self.typed_until {
                    self.typed.clear();
                }
                if let Some(action) = otherwise.filter(|_| self.typed.is_empty()) {
                    left = self.key(action, file);
                } else if self.typed.len() < 4 {
                    self.typed.push_str(&digit.to_string());
                    self.typed_until = self.now + TYPING;
                }
            }
            OperatorInput::Key(action) => left = self.key(action, file),
            OperatorInput::Click(pixel) => {
                if self.is_maximized() {
                    self.back();
                } else if let Some((tile, _)) = self.tile_at(pixel) {
                    self.open(tile);
                }
            }
            OperatorInput::ZoomAt(pixel, factor) => {
                if let Some((tile, rect)) = self.tile_at(pixel) {
                    self.zoom_tile(tile, rect, pixel, factor);
                }
            }
            OperatorInput::Drag(from, by) => self.drag(from, by),
        }
        if !matches!(input, OperatorInput::Digit(..)) {
            self.typed.clear();
        }
        left
    }
}
