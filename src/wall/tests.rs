//! Walls under operations: scenarios. Random operations are in `app`.

use std::path::PathBuf;

use bevy::math::{UVec2, Vec2};

use super::*;
use crate::camera::{Camera, PictureShape, TileLines, WallFile, spawn_cameras};
use crate::operation::{Operation, Phase, operate};
use crate::pacing::FramePacer;
use camwall_config::Action;

const SIZE: UVec2 = UVec2::new(1280, 720);

/// One wall, and a clock that stands still.
pub(super) struct Bench {
    pub(super) app: App,
    pub(super) wall: Entity,
}

impl Bench {
    fn new() -> Self {
        let text = r#"(
            cameras: { "a": (main: "./a"), "b": (main: "./b"), "c": (main: "./c"), "d": (main: "./d") },
            layouts: {
                "four": Grid(columns: 2, cameras: ["a", "b", "c", "d"]),
                "big": Tiles(columns: 3, rows: 3, tiles: [
                    (camera: "b", column: 0, row: 0, width: 2, height: 2),
                    (camera: "a", column: 2, row: 2),
                ]),
            },
        )"#;
        Self::of(text)
    }

    /// The wall of this file.
    pub(super) fn of(text: &str) -> Self {
        let wall = camwall_config::Wall::parse(text, "wall.ron").unwrap().wall;
        let mut app = App::new();
        let walls = WallPlugin::of(&wall, Some(SIZE), None);
        app.insert_resource(WallFile { wall, folder: PathBuf::new() })
            .insert_resource(FramePacer::start(|| {}).unwrap())
            .init_resource::<Time<Real>>()
            .add_systems(PreStartup, spawn_cameras)
            .add_plugins(walls);
        app.update();
        // The first reading of the clock moves nothing.
        app.world_mut().resource_mut::<Time<Real>>().update_with_duration(Duration::ZERO);
        let mut walls = app.world_mut().query_filtered::<Entity, With<Wall>>();
        let wall = walls.single(app.world()).unwrap();
        Self { app, wall }
    }

    pub(super) fn act(&mut self, action: Action) -> &mut Self {
        let operation = Operation { entity: self.wall, action, phase: Phase::Pressed };
        operate(self.app.world_mut(), operation);
        self
    }

    pub(super) fn pass(&mut self, time: Duration) -> &mut Self {
        self.app.world_mut().resource_mut::<Time<Real>>().update_with_duration(time);
        self.app.update();
        self
    }

    /// Lets every animation end.
    pub(super) fn rest(&mut self) -> &mut Self {
        self.pass(Maximize::DURATION)
    }

    pub(super) fn get<C: Component + Clone>(&self) -> C {
        self.app.world().get::<C>(self.wall).unwrap().clone()
    }

    /// What is drawn: number of the camera, and where.
    pub(super) fn drawn(&mut self) -> Vec<(usize, PxRect)> {
        self.pass(Duration::ZERO);
        let world = self.app.world();
        let tiles = world.get::<Tiles>(self.wall);
        in_drawing_order(tiles, world.get::<Maximized>(self.wall).unwrap())
            .filter_map(|tile| {
                let rect = world.get::<TileRect>(tile)?.drawn?;
                let camera = world.get::<Camera>(world.get::<Shows>(tile)?.0)?;
                Some((camera.number, rect))
            })
            .collect()
    }

    pub(super) fn shown(&mut self) -> Vec<usize> {
        self.drawn().into_iter().map(|(camera, _)| camera).collect()
    }

    pub(super) fn zoom(&mut self, camera: usize) -> Zoom {
        let mut tiles = self.app.world_mut().query::<(&Shows, &TileZoom)>();
        let world = self.app.world();
        let of = |shows: &Shows| world.get::<Camera>(shows.0).unwrap().number;
        tiles.iter(world).find(|(shows, _)| of(shows) == camera).unwrap().1.0
    }

    /// The lines that each camera was told, by number.
    fn lines(&mut self) -> Vec<Option<u32>> {
        self.pass(Duration::ZERO);
        let mut cameras = self.app.world_mut().query::<(&Camera, &TileLines)>();
        let sorted = cameras.iter(self.app.world()).sort_by_key::<&Camera, _>(|it| it.number);
        sorted.map(|(_, lines)| lines.0).collect()
    }
}

fn at(x: f32, y: f32) -> [f32; 2] {
    [x, y]
}

#[test]
fn enter_opens_the_selected_camera_and_goes_back() {
    let mut bench = Bench::new();
    bench.act(Action::Right).act(Action::OpenOrBack);
    assert!(bench.get::<Maximized>().is_animating(Duration::ZERO), "on its way");
    assert_eq!(bench.shown(), [1, 3, 4, 2], "the tile on its way lies over the others");
    bench.rest();
    assert_eq!(bench.drawn(), [(2, PxRect::of_window(SIZE))]);
    bench.act(Action::OpenOrBack);
    assert_eq!(bench.get::<Maximized>().open(), None);
    bench.rest();
    assert_eq!(bench.drawn().iter().map(|(_, rect)| rect.width).max(), Some(640));
    assert_eq!(bench.get::<Maximized>(), Maximized(None));
}

#[test]
fn with_reduced_motion_there_is_no_frame_between() {
    let mut bench = Bench::new();
    bench.app.world_mut().resource_mut::<WallFile>().wall.overlay.reduced_motion = true;
    let before = bench.drawn();
    bench.act(Action::Right).act(Action::OpenOrBack);
    assert_eq!(bench.drawn(), [(2, PxRect::of_window(SIZE))]);
    assert!(!bench.get::<Maximized>().is_animating(Duration::ZERO));
    bench.act(Action::Back);
    assert_eq!(bench.drawn(), before);
    assert!(!bench.get::<Maximized>().is_animating(Duration::ZERO));
}

#[test]
fn the_key_of_the_help_turns_its_pages() {
    let mut bench = Bench::new();
    let shown = |bench: &Bench| (bench.get::<Panels>().help, bench.get::<Panels>().page);
    bench.act(Action::Help);
    assert_eq!(shown(&bench), (true, 0));
    bench.act(Action::Help);
    assert_eq!(shown(&bench), (false, 0), "one page");
    bench.app.world_mut().get_mut::<HelpPages>(bench.wall).unwrap().0 = 3;
    for page in 0..3 {
        bench.act(Action::Help);
        assert_eq!(shown(&bench), (true, page));
    }
    bench.act(Action::Help);
    assert_eq!(shown(&bench), (false, 0));
    bench.act(Action::Help).act(Action::Help).act(Action::Back).act(Action::Help);
    assert_eq!(shown(&bench), (true, 0), "from the first again");
}

#[test]
fn esc_folds_the_strip_before_it_goes_back() {
    let mut bench = Bench::new();
    bench.app.world_mut().get_mut::<StripShown>(bench.wall).unwrap().0 = true;
    bench.act(Action::OpenOrBack).rest().act(Action::Back);
    assert!(bench.get::<Panels>().folded && bench.get::<Maximized>().open().is_some());
    bench.act(Action::Back);
    assert_eq!(bench.get::<Maximized>().open(), None);
}

#[test]
fn a_flight_turns_round_without_a_jump() {
    let mut bench = Bench::new();
    bench.act(Action::Click { at: at(900.0, 500.0) }).pass(Maximize::DURATION / 3);
    let before = bench.drawn();
    bench.act(Action::Back);
    assert_eq!(bench.drawn(), before);
}

#[test]
fn digits_then_enter_open_a_camera() {
    let mut bench = Bench::new();
    bench.act(Action::Digit(3)).act(Action::OpenOrBack).rest();
    assert_eq!(bench.shown(), [3]);
}

#[test]
fn a_forgotten_number_does_not_open_a_camera_later() {
    let mut bench = Bench::new();
    bench.act(Action::Digit(2));
    bench
        .app
        .world_mut()
        .resource_mut::<Time<Real>>()
        .update_with_duration(Duration::from_secs(60));
    bench.act(Action::Digit(3));
    assert_eq!(bench.get::<NumberEntry>().digits, "3");
    bench.pass(Duration::from_secs(4));
    assert_eq!(bench.get::<NumberEntry>().digits, "");
}

#[test]
fn layouts_follow_each_other_and_wrap() {
    let mut bench = Bench::new();
    bench.act(Action::NextLayout);
    assert_eq!((bench.get::<ActiveLayout>().0, bench.shown()), (1, vec![2, 1]));
    for (action, layout) in [
        (Action::NextLayout, 0),
        (Action::PreviousLayout, 1),
        // There is no ninth.
        (Action::Layout(9), 1),
    ] {
        bench.act(action);
        assert_eq!(bench.get::<ActiveLayout>().0, layout, "{action:?}");
    }
}

#[test]
fn a_layout_keeps_the_selected_camera_and_the_zoom() {
    let mut bench = Bench::new();
    bench.act(Action::ZoomAt { at: at(1000.0, 600.0), factor: 2.0 });
    let zoom = bench.zoom(4);
    assert_ne!(zoom, Zoom::FIT);
    bench.act(Action::Right).act(Action::NextLayout).pass(Duration::ZERO);
    let tile = bench.get::<Selected>().0.unwrap();
    let camera = bench.app.world().get::<Shows>(tile).unwrap().0;
    assert_eq!(bench.app.world().get::<Camera>(camera).unwrap().number, 2);
    bench.act(Action::NextLayout);
    assert_eq!(bench.zoom(4), zoom, "although the second layout does not show it");
}

#[test]
fn a_camera_that_is_gone_leaves_its_place_empty() {
    let mut bench = Bench::new();
    let before = bench.drawn();
    let tile = bench.get::<Selected>().0.unwrap();
    let camera = bench.app.world().get::<Shows>(tile).unwrap().0;
    bench.app.world_mut().despawn(camera);
    assert_eq!(bench.drawn(), before[1..]);
    bench.act(Action::NextLayout).act(Action::NextLayout);
    assert_eq!(bench.drawn(), before[1..]);
}

#[test]
fn a_picture_is_made_as_large_as_its_tile_unless_it_is_zoomed() {
    let mut bench = Bench::new();
    let size_of = |bench: &mut Bench, size: (u32, u32)| {
        let shape = PictureShape { size: size.into(), sar: (1, 1) };
        let mut cameras = bench.app.world_mut().query::<(&Camera, &mut PictureShape)>();
        for (_, mut it) in cameras.iter_mut(bench.app.world_mut()) {
            *it = shape;
        }
        bench.pass(Duration::ZERO);
        let mut tiles = bench.app.world_mut().query::<&PicturePlacement>();
        largest_picture(shape.size, tiles.iter(bench.app.world()).copied())
    };
    assert_eq!(size_of(&mut bench, (1920, 1080)), Some((640, 360)));
    assert_eq!(size_of(&mut bench, (640, 360)), None);
    assert_eq!(size_of(&mut bench, (320, 180)), Some((640, 360)));
    assert_eq!(size_of(&mut bench, (0, 0)), None, "not known yet");
    for place in [(100.0, 100.0), (740.0, 100.0), (100.0, 460.0), (740.0, 460.0)] {
        bench.act(Action::ZoomAt { at: at(place.0, place.1), factor: 2.0 });
    }
    assert_eq!(size_of(&mut bench, (320, 180)), None, "only a quarter would be seen");
    assert_eq!(size_of(&mut bench, (1920, 1080)), Some((1280, 720)));
}

#[test]
fn full_screen_and_zoom_call_for_more_lines() {
    let mut bench = Bench::new();
    assert_eq!(bench.lines(), [Some(360); 4]);
    bench.act(Action::ZoomAt { at: at(100.0, 100.0), factor: 2.0 });
    assert_eq!(bench.lines()[..2], [Some(720), Some(360)]);
    bench.act(Action::Click { at: at(900.0, 100.0) });
    assert_eq!(bench.lines()[..2], [Some(720), Some(720)]);
    bench.act(Action::Layout(2));
    assert_eq!(bench.lines(), [Some(480), Some(480), None, None], "two are not in it");
}

#[test]
fn a_release_is_for_the_camera_of_its_press() {
    #[derive(Resource, Default)]
    struct Seen(Vec<(usize, Phase)>);
    let mut bench = Bench::new();
    bench.app.init_resource::<Seen>().add_observer(
        |on: On<Operation>, cameras: Query<&Camera>, mut seen: ResMut<Seen>| {
            if let Ok(camera) = cameras.get(on.entity) {
                seen.0.push((camera.number, on.phase));
            }
        },
    );
    bench.act(Action::Protect).act(Action::Right);
    let released =
        Operation { entity: bench.wall, action: Action::Protect, phase: Phase::Released };
    for _ in 0..2 {
        operate(bench.app.world_mut(), released);
    }
    bench.act(Action::Protect);
    let seen = &bench.app.world().resource::<Seen>().0;
    assert_eq!(*seen, [(1, Phase::Pressed), (1, Phase::Released), (2, Phase::Pressed)]);
}

#[test]
fn the_pointer_says_where_the_zoom_keys_zoom() {
    let mut bench = Bench::new();
    let wall = bench.wall;
    bench.app.world_mut().entity_mut(wall).insert(PointedAt(Some(Vec2::new(900.0, 500.0))));
    bench.act(Action::ZoomIn);
    assert!(bench.zoom(4) != Zoom::FIT && bench.zoom(1) == Zoom::FIT);
    bench.app.world_mut().entity_mut(wall).insert(PointedAt(None));
    bench.act(Action::ZoomIn);
    assert!(bench.zoom(1) != Zoom::FIT);
    bench.act(Action::ZoomReset);
    assert_eq!(bench.zoom(1), Zoom::FIT);
}
