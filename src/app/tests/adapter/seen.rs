//! What the wall then is, in plain numbers and words.

use bevy::prelude::*;
use camwall_config::{Action, Layout};

use super::{Adapter, World, index_of};
use crate::app::tests::tours::TourView;
use crate::app::tests::views::{DrawnView, NOBODY, Part, Px, TileView};
use crate::camera::{Camera, Feeds, Recording, WallFile};
use crate::render::Scene;
use crate::wall::layout::{Content, PxRect};
use crate::wall::{
    self, ActiveLayout, Maximized, NumberEntry, Panels, Selected, Shows, Tile, TileRect, TileTour,
    TileZoom, Tiles, Touring,
};
use crate::window::WindowPlacement;

impl Adapter {
    fn get<C: Component>(&self) -> &C {
        self.app.world().get(self.wall).expect("a component of the wall")
    }

    /// The tiles in drawing order, but for what is full-screen.
    fn entities(&self) -> Vec<Entity> {
        let tiles = self.app.world().get::<Tiles>(self.wall);
        tiles.into_iter().flat_map(|tiles| tiles.iter()).collect()
    }

    /// Which camera a tile has: that of the layout, of the step of its tour, or what a hotspot shows.
    fn camera_of(&self, tile: &Tile) -> usize {
        let wall = &self.app.world().resource::<WallFile>().wall;
        if tile.content == Content::Hotspot && tile.number == 0 {
            return NOBODY;
        }
        if tile.content != Content::Camera {
            let (id, _) = wall.cameras.get_index(tile.number - 1).expect("a camera of the file");
            return index_of(id);
        }
        let id = match &wall.layouts[self.layout()] {
            Layout::Grid { cameras, .. } => &cameras[tile.index],
            Layout::Tiles { tiles, .. } => &tiles[tile.index].camera,
        };
        index_of(id)
    }

    fn place_of(&self, tile: Entity) -> Option<usize> {
        self.entities().iter().position(|known| *known == tile)
    }

    /// The wall's size in pixels.
    pub(in crate::app::tests) fn wall_size(&self) -> (u32, u32) {
        self.get::<wall::Wall>().size.into()
    }

    /// The layout's tiles, in the order of drawing.
    pub(in crate::app::tests) fn tiles(&self) -> Vec<TileView> {
        let plain = |entity: Entity| {
            let tile = self.app.world().entity(entity);
            let (tile, rect, shows) = tile.components::<(&Tile, &TileRect, Option<&Shows>)>();
            let camera = self.camera_of(tile);
            if let Some(Shows(shown)) = shows {
                let shown = self.app.world().get::<Camera>(*shown).expect("a camera");
                assert_eq!(index_of(&shown.id), camera, "what a tile shows is not what it says");
            }
            TileView { camera, rect: px(rect.rest) }
        };
        self.entities().into_iter().map(plain).collect()
    }

    /// The wall's tour, by its name, and how it is.
    pub(in crate::app::tests) fn tour(&self) -> Option<(usize, TourView)> {
        let world = self.app.world();
        let touring = world.get::<Touring>(self.wall)?;
        let (name, _) = world.resource::<WallFile>().wall.tours.get_index(touring.tour)?;
        let (step, paused) = touring.seen();
        let name = name.strip_prefix('t').and_then(|name| name.parse().ok());
        Some((name.expect("a name of these tests"), TourView { step, paused }))
    }

    /// The tours of tiles in the order of [`Self::tiles`], with the camera that each shows.
    pub(in crate::app::tests) fn tours(&self) -> Vec<Option<(usize, TourView)>> {
        let view = |entity: Entity| {
            let tile = self.app.world().entity(entity);
            let (step, paused) = tile.get::<TileTour>()?.seen();
            Some((self.camera_of(tile.get::<Tile>()?), TourView { step, paused }))
        };
        self.entities().into_iter().map(view).collect()
    }

    /// The selected tile, by its place in [`Self::tiles`].
    pub(in crate::app::tests) fn selected(&self) -> Option<usize> {
        self.get::<Selected>().0.map(|tile| self.place_of(tile).expect("a tile of the wall"))
    }

    /// The tile that is full-screen or on its way there.
    pub(in crate::app::tests) fn maximized(&self) -> Option<usize> {
        let tile = self.get::<Maximized>().open();
        tile.map(|tile| self.place_of(tile).expect("a tile of the wall"))
    }

    /// What the scene draws.
    pub(in crate::app::tests) fn drawn(&mut self) -> Vec<DrawnView> {
        let cameras = self.app.world_mut().query::<(&Camera, &Feeds)>();
        let world = self.app.world();
        let drawn = self.get::<Scene>().tiles.iter().map(|tile| {
            let mut cameras = cameras.iter_manual(world);
            let found = cameras.find(|(_, feeds)| feeds.picture.id() == tile.picture.id());
            let (camera, _) = found.expect("a camera's picture");
            let placement = tile.placement.drawn.map(|placed| {
                let (min, max) = (placed.src.min.into(), placed.src.max.into());
                (px(placed.dst), Part { min, max })
            });
            let (rect, stale) = (px(tile.rect), tile.stale);
            DrawnView { camera: index_of(&camera.id), rect, stale, placement }
        });
        drawn.collect()
    }

    /// How much a camera's picture is enlarged, and which part of it that is.
    pub(in crate::app::tests) fn zoom(&self, camera: usize) -> (f32, Part) {
        let place = self.tiles().iter().position(|tile| tile.camera == camera);
        let zoom = match place {
            Some(place) => {
                self.app.world().get::<TileZoom>(self.entities()[place]).expect("a zoom").0
            }
            None => wall::parked_zoom(self.app.world(), self.wall, self.cameras[camera]),
        };
        let rect = zoom.rect();
        (zoom.factor(), Part { min: rect.min.into(), max: rect.max.into() })
    }

    /// The number of the layout that is shown, from 0.
    pub(in crate::app::tests) fn layout(&self) -> usize {
        self.get::<ActiveLayout>().0
    }

    /// Whether the help is shown, and whether the figures are.
    pub(in crate::app::tests) fn help_and_stats(&self) -> (bool, bool) {
        let Panels { help, stats, .. } = *self.get();
        (help, stats)
    }

    /// Whether the window is to cover the monitor.
    pub(in crate::app::tests) fn fullscreen(&self) -> bool {
        self.get::<WindowPlacement>().fullscreen
    }

    /// The camera number that is being typed.
    pub(in crate::app::tests) fn typed(&self) -> &str {
        &self.get::<NumberEntry>().digits
    }

    /// The cameras whose stream on the wall is decoded.
    pub(in crate::app::tests) fn decoded(&mut self) -> Vec<usize> {
        let mut cameras = self.app.world_mut().query::<(&Camera, &Feeds)>();
        let cameras = cameras.iter(self.app.world());
        let decoded = cameras.filter(|(_, feeds)| feeds.is_decoded());
        let mut found: Vec<_> = decoded.map(|(camera, _)| index_of(&camera.id)).collect();
        found.sort_unstable();
        found
    }

    /// The cameras that are to be recorded.
    pub(in crate::app::tests) fn recorded(&mut self) -> Vec<usize> {
        let mut cameras = self.app.world_mut().query_filtered::<&Camera, With<Recording>>();
        let mut found: Vec<_> =
            cameras.iter(self.app.world()).map(|camera| index_of(&camera.id)).collect();
        found.sort_unstable();
        found
    }

    /// What cameras were asked to do since this was last called, by the action's name in the wall
    /// file, in order, with the camera.
    pub(in crate::app::tests) fn take_actions(&mut self) -> Vec<(&'static str, Option<usize>)> {
        let actions = std::mem::take(&mut self.app.world_mut().resource_mut::<World>().actions);
        let index = |entity| self.cameras.iter().position(|camera| *camera == entity);
        let plain =
            |(action, camera): (Action, Option<Entity>)| (action.name(), camera.and_then(index));
        actions.into_iter().map(plain).collect()
    }

    /// How often the program was asked to end.
    pub(in crate::app::tests) fn exits(&self) -> usize {
        self.app.world().resource::<World>().exits
    }
}

fn px(rect: PxRect) -> Px {
    Px { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}
