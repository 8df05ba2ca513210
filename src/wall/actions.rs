//! What the operator does, and what becomes of the stage.
//!
//! Main world. Owns [`Act`]. Policy: an act applies at once; where it makes no sense (a zoom beside
//! every tile, a number that no camera has) nothing happens.

use std::time::Duration;

use bevy::{math::Vec2, prelude::*};

use super::{Focused, Stage};
use crate::camera::WallFile;
use crate::wall::layout;
use crate::wall::layout::{Direction, Focus, PxRect, View};
use camwall_config::Action;

/// What an operator did, in the words of the wall.
#[derive(Message, Debug, Clone, PartialEq)]
pub enum Act {
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

/// A key that the stage does not answer, with the camera that was selected when it was pressed:
/// acts that follow it within the same update must not change which camera it means.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What the key does.
    pub action: Action,
    /// The selected camera; none where the layout has no tile or the camera is gone.
    pub camera: Option<Entity>,
}

/// Pause after which a typed camera number is forgotten.
const TYPING: Duration = Duration::from_secs(3);

/// One step of the zoom keys.
const ZOOM_STEP: f32 = 1.25;

impl Stage {
    /// Shows layout number `layout`, if there is one; full-screen ends.
    fn show_layout(&mut self, layout: usize, file: &WallFile) {
        if layout < file.wall.layouts.len() {
            self.layout = layout;
            self.focus = None;
            self.arrange(file);
        }
    }

    /// Opens the selected tile full-screen.
    fn open(&mut self, place: usize) {
        let Some(rect) = self.places.get(place).map(|place| place.rect) else { return };
        self.selected = place;
        let full = self.full();
        match &mut self.focus {
            Some(focus) if focus.place == place => {
                focus.anim.retarget(self.now, full);
                focus.closing = false;
            }
            focus => {
                *focus =
                    Some(Focused { place, anim: Focus::new(rect, full, self.now), closing: false });
            }
        }
    }

    /// Back from full-screen to the layout.
    fn back(&mut self) {
        let Some(focus) = &mut self.focus else { return };
        let Some(place) = self.places.get(focus.place) else { return };
        if !focus.closing {
            focus.anim.retarget(self.now, place.rect);
            focus.closing = true;
            self.views.remove(&place.camera);
        }
    }

    /// Does what a key says, or returns it where that is not the stage's to do.
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
            Action::Home => self.select(layout::first(&self.places)),
            Action::End => self.select(layout::last(&self.places)),
            Action::NextLayout => self.show_layout((self.layout + 1) % count, file),
            Action::PreviousLayout => self.show_layout((self.layout + count - 1) % count, file),
            Action::Layout(number) => self.show_layout(usize::from(number).saturating_sub(1), file),
            Action::ZoomIn => self.zoom_pointed(ZOOM_STEP),
            Action::ZoomOut => self.zoom_pointed(1.0 / ZOOM_STEP),
            Action::ZoomReset => {
                if let Some((place, ..)) = self.pointed() {
                    self.views.remove(&self.places[place].camera);
                }
            }
            Action::Help => self.help = !self.help,
            Action::Stats => self.stats = !self.stats,
            // The window, the program and the recordings are not the stage's.
            Action::Fullscreen
            | Action::Quit
            | Action::Record
            | Action::RecordAll
            | Action::Keep
            | Action::Snapshot => return Some(action),
        }
        None
    }

    /// Enter: the typed camera, or the selected tile, full-screen; back from there.
    fn enter(&mut self) {
        let typed: Option<usize> = std::mem::take(&mut self.typed).parse().ok();
        if let Some(number) = typed {
            if let Some(place) = layout::by_number(&self.places, number) {
                self.open(place);
            }
        } else if self.is_focused() {
            self.back();
        } else {
            self.open(self.selected);
        }
    }

    fn select(&mut self, place: Option<usize>) {
        let Some(place) = place else { return };
        self.selected = place;
        // In full-screen the arrows go to the neighbour's picture at once.
        if self.is_focused() {
            let anim = Focus::at(self.full());
            self.focus = Some(Focused { place, anim, closing: false });
        }
    }

    fn step(&mut self, direction: Direction) {
        self.select(layout::neighbour(&self.places, self.selected, direction));
    }

    /// What the zoom keys are about, and the pixel that stays where it is: the tile under the
    /// pointer while that can be seen, else the middle of the selected one.
    fn pointed(&self) -> Option<(usize, PxRect, Vec2)> {
        let under = self.pointer.and_then(|at| self.tile_at(at).map(|(i, rect)| (i, rect, at)));
        under.or_else(|| {
            let mut visible = self.visible();
            let (place, rect) = visible.find(|(place, _)| *place == self.selected)?;
            Some((place, rect, rect.to_rect().center()))
        })
    }

    fn zoom_pointed(&mut self, factor: f32) {
        if let Some((place, rect, pixel)) = self.pointed() {
            self.zoom(place, rect, pixel, factor);
        }
    }

    /// The pixels of a tile that a camera's picture covers: less than the tile where bars are.
    fn covered(&self, camera: usize, tile: PxRect) -> PxRect {
        let source = self.sources.get(&camera);
        let picture = source
            .and_then(|(size, fit)| layout::picture(tile, (*size).into(), (1, 1), *fit, View::FIT));
        picture.map_or(tile, |picture| picture.dst)
    }

    fn zoom(&mut self, place: usize, rect: PxRect, pixel: Vec2, factor: f32) {
        let Some(camera) = self.places.get(place).map(|place| place.camera) else { return };
        let pointer = self.covered(camera, rect).unit(pixel);
        let view = self.view(camera).zoom_at(pointer, factor);
        self.views.insert(camera, view);
    }

    fn drag(&mut self, from: Vec2, by: Vec2) {
        let Some((place, rect)) = self.tile_at(from) else { return };
        let Some(camera) = self.places.get(place).map(|place| place.camera) else { return };
        let size = self.covered(camera, rect).size().as_vec2();
        let view = self.view(camera).pan(-by / size);
        self.views.insert(camera, view);
    }

    /// Applies one act; returns what of it the stage can't do.
    pub(super) fn act(&mut self, act: &Act, file: &WallFile) -> Option<Action> {
        let mut left = None;
        match *act {
            Act::Digit(digit, otherwise) => {
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
            Act::Key(action) => left = self.key(action, file),
            Act::Click(pixel) => {
                if self.is_focused() {
                    self.back();
                } else if let Some((place, _)) = self.tile_at(pixel) {
                    self.open(place);
                }
            }
            Act::ZoomAt(pixel, factor) => {
                if let Some((place, rect)) = self.tile_at(pixel) {
                    self.zoom(place, rect, pixel, factor);
                }
            }
            Act::Drag(from, by) => self.drag(from, by),
        }
        if !matches!(act, Act::Digit(..)) {
            self.typed.clear();
        }
        left
    }
}
