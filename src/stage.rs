//! What stands where now: layout, selection, full-screen zoom, digital zoom.
//!
//! Main world. Owns [`Stage`], the operator's view of the wall, and turns actions into changes of
//! it; [`crate::layout`] does the geometry. Policy: an action applies at once, animations only show
//! it; a camera keeps its place whatever its state; nothing here waits for a camera.

use std::{collections::HashMap, time::Duration};

use bevy::{
    math::{UVec2, Vec2},
    prelude::*,
};
use tracing::info;

use crate::{
    camera::{Camera, CameraStatus, Roster, StateWord, WallFile},
    config::{Action, Fit},
    ingest::Ingest,
    layout::{self, Direction, Focus, Place, PxRect, View},
    pace::{Pacer, Redraw},
    video::{Scene, TileDraw},
};

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

/// The tile that is, or is becoming, or was just full-screen.
#[derive(Debug, Clone)]
pub struct Focused {
    /// Index into [`Stage::places`].
    pub place: usize,
    anim: Focus,
    closing: bool,
}

/// The operator's view of the wall.
#[derive(Resource, Debug)]
pub struct Stage {
    size: UVec2,
    layout: usize,
    layouts: usize,
    /// Tiles of the layout, in its order.
    pub places: Vec<Place>,
    /// Index of the selected tile.
    pub selected: usize,
    /// Full-screen tile.
    pub focus: Option<Focused>,
    views: HashMap<usize, View>,
    /// Size of each camera's picture and how it fills its tile, by camera.
    sources: HashMap<usize, ((u32, u32), Fit)>,
    /// Where the pointer is, in pixels, while it can be seen.
    pub pointer: Option<Vec2>,
    /// Camera number that is being typed.
    pub typed: String,
    /// The keys are shown.
    pub help: bool,
    /// Rates and frame age are shown.
    pub stats: bool,
    now: Duration,
    /// When the next digit starts a new number.
    typed_until: Duration,
}

/// Pause after which a typed camera number is forgotten.
const TYPING: Duration = Duration::from_secs(3);

/// Pixels between tiles: none. The overlay draws the seams, and a tile of 960×540 is half of
/// 1920×1080 both ways, which is cheap to make; one of 959×539 is not.
const GAP: u32 = 0;

/// One step of the zoom keys.
const ZOOM_STEP: f32 = 1.25;

impl Stage {
    /// A stage of `size` pixels that begins with layout number `layout`.
    #[must_use]
    pub fn new(size: UVec2, layout: usize, stats: bool) -> Self {
        Self {
            size,
            layout,
            layouts: 0,
            places: Vec::new(),
            selected: 0,
            focus: None,
            views: HashMap::new(),
            sources: HashMap::new(),
            pointer: None,
            typed: String::new(),
            help: false,
            stats,
            now: Duration::ZERO,
            typed_until: Duration::ZERO,
        }
    }

    /// Size of the wall, width × height in pixels.
    #[must_use]
    pub fn size(&self) -> UVec2 {
        self.size
    }

    /// Number of the layout, from 0.
    #[must_use]
    pub fn layout(&self) -> usize {
        self.layout
    }

    /// How many layouts there are.
    #[must_use]
    pub fn layouts(&self) -> usize {
        self.layouts
    }

    /// The whole wall as a rectangle.
    fn full(&self) -> PxRect {
        PxRect::of_window(self.size)
    }

    /// Places anew after a change of size or layout.
    fn arrange(&mut self, file: &WallFile) {
        self.layouts = file.wall.layouts.len();
        let Some((name, layout)) = file.wall.layouts.get_index(self.layout) else { return };
        let index = |id: &str| file.wall.cameras.get_index_of(id);
        let focused = self.focus.take().filter(|focus| !focus.closing);
        let camera = focused.and_then(|focus| self.places.get(focus.place)).map(|p| p.camera);
        let selected = self.places.get(self.selected).map(|place| place.camera);
        self.places = layout::place(layout, index, self.size, GAP);
        let find = |camera: Option<usize>| {
            self.places.iter().position(|place| Some(place.camera) == camera)
        };
        self.selected = find(selected).unwrap_or(0);
        let anim = Focus::at(self.full());
        self.focus = find(camera).map(|place| Focused { place, anim, closing: false });
        info!("layout {name}: {} tiles on {}x{}", self.places.len(), self.size.x, self.size.y);
    }

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

    /// A tile is full-screen or on its way there.
    #[must_use]
    pub fn is_focused(&self) -> bool {
        self.focus.as_ref().is_some_and(|focus| !focus.closing)
    }

    /// The animation is running.
    #[must_use]
    pub fn is_animating(&self) -> bool {
        self.focus.as_ref().is_some_and(|focus| !focus.anim.done(self.now))
    }

    /// Tiles in drawing order, with their rectangles of this instant.
    pub fn visible(&self) -> impl Iterator<Item = (usize, PxRect)> {
        let alone = self.is_focused() && !self.is_animating();
        let moving = self.focus.as_ref().map(|focus| (focus.place, focus.anim.rect_at(self.now)));
        let at_rest = self.places.iter().enumerate().map(|(i, place)| (i, place.rect));
        at_rest.filter(move |(i, _)| !alone && moving.is_none_or(|(m, _)| m != *i)).chain(moving)
    }

    /// The largest tile of a camera, width × height in pixels, where animations end.
    #[must_use]
    pub fn largest(&self, camera: usize) -> Option<(u32, u32)> {
        let size = |rect: PxRect| (rect.width, rect.height);
        let full = self.is_focused().then_some(self.focus.as_ref()).flatten();
        if full.and_then(|f| self.places.get(f.place)).is_some_and(|p| p.camera == camera) {
            return Some(size(self.full()));
        }
        let tiles = self.places.iter().filter(|place| place.camera == camera);
        tiles.map(|place| size(place.rect)).max_by_key(|(w, h)| w * h)
    }

    /// How large a camera's whole picture stands on the wall, width × height in pixels; `None`
    /// where it is not shown or the source is not larger.
    #[must_use]
    pub fn picture_size(&self, camera: usize, source: (u32, u32), fit: Fit) -> Option<(u32, u32)> {
        let (width, height) = self.largest(camera)?;
        let tile = PxRect::new(0, 0, width, height);
        let picture = layout::picture(tile, source.into(), (1, 1), fit, self.view(camera))?;
        let span = picture.src.size();
        let whole = |dst: u32, span: f32| (dst as f32 / span.max(1e-3)).round() as u32;
        let size = (whole(picture.dst.width, span.x), whole(picture.dst.height, span.y));
        (size.0 < source.0 && size.1 < source.1).then_some(size)
    }

    /// The digital zoom of a camera.
    #[must_use]
    pub fn view(&self, camera: usize) -> View {
        self.views.get(&camera).copied().unwrap_or_default()
    }

    /// The topmost visible tile under a pixel: index and rectangle.
    #[must_use]
    pub fn tile_at(&self, pixel: Vec2) -> Option<(usize, PxRect)> {
        self.visible().filter(|(_, rect)| rect.contains(pixel)).last()
    }

    fn key(&mut self, action: Action, file: &WallFile) {
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
            // The window and the program are not the stage's.
            Action::Fullscreen | Action::Quit => {}
        }
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

    /// Applies one act.
    fn act(&mut self, act: &Act, file: &WallFile) {
        match *act {
            Act::Digit(digit, otherwise) => {
                if self.now > self.typed_until {
                    self.typed.clear();
                }
                if let Some(action) = otherwise.filter(|_| self.typed.is_empty()) {
                    self.key(action, file);
                } else if self.typed.len() < 4 {
                    self.typed.push_str(&digit.to_string());
                    self.typed_until = self.now + TYPING;
                }
            }
            Act::Key(action) => self.key(action, file),
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
    }
}

/// Places the tiles at the start.
pub fn arrange_first(mut stage: ResMut<Stage>, file: Res<WallFile>) {
    stage.arrange(&file);
}

/// Follows the window's size.
pub fn follow_window(
    windows: Query<&Window, (Changed<Window>, With<bevy::window::PrimaryWindow>)>,
    mut stage: ResMut<Stage>,
    file: Res<WallFile>,
    mut redraw: ResMut<Redraw>,
) {
    let Ok(window) = windows.single() else { return };
    let size = window.physical_size();
    if size != stage.size && size.x > 0 && size.y > 0 {
        stage.size = size;
        stage.arrange(&file);
        redraw.request();
    }
}

/// Applies what the operator did and lets animations run.
pub fn apply(
    mut acts: MessageReader<Act>,
    mut stage: ResMut<Stage>,
    file: Res<WallFile>,
    cameras: Query<(&Camera, &CameraStatus)>,
    time: Res<Time<Real>>,
    mut redraw: ResMut<Redraw>,
    pacer: Res<Pacer>,
) {
    let animated = stage.is_animating();
    stage.now = time.elapsed();
    for (camera, status) in &cameras {
        let size = (status.feed.width, status.feed.height);
        stage.sources.insert(camera.index, (size, camera.config.fit));
    }
    if !stage.typed.is_empty() && stage.now > stage.typed_until {
        stage.typed.clear();
        redraw.request();
    }
    for act in acts.read() {
        stage.act(act, &file);
        redraw.request();
    }
    if stage.is_animating() {
        pacer.notify();
    } else if stage.focus.as_ref().is_some_and(|focus| focus.closing) {
        stage.focus = None;
    }
    // The last picture of an animation is drawn once it has ended.
    if animated || stage.is_animating() {
        redraw.request();
    }
}

/// Writes the tiles into the scene.
pub fn stage_scene(
    stage: Res<Stage>,
    roster: Res<Roster>,
    cameras: Query<(&Camera, &Ingest, &CameraStatus)>,
    mut scene: ResMut<Scene>,
) {
    let scene = scene.bypass_change_detection();
    scene.size = stage.size;
    scene.ui_scale = layout::ui_scale(stage.size);
    scene.tiles.clear();
    for (place, rect) in stage.visible() {
        let entity = roster.0.get(stage.places[place].camera).copied();
        let found = entity.and_then(|entity| cameras.get(entity).ok());
        let Some((camera, ingest, status)) = found else { continue };
        scene.tiles.push(TileDraw {
            picture: ingest.picture.clone(),
            rect,
            fit: camera.config.fit,
            view: stage.view(camera.index),
            stale: status.word() != StateWord::Live,
        });
    }
}
