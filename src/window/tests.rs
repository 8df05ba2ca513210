//! Walls whose monitors come and go, without a system that has windows.

use bevy::{
    app::AppExit,
    window::{
        Monitor, MonitorSelection, OnMonitor, PrimaryWindow, WindowCloseRequested, WindowMode,
    },
};

use super::*;
use crate::wall::{OnWindow, Waiting};
use camwall_config as config;

/// The walls of a wall file, and monitors as the system lists them.
struct Room {
    app: App,
    walls: Vec<Entity>,
}

impl Room {
    /// Each wall with its name and what the wall file says of its monitor.
    fn new(managed: bool, walls: &[(&str, Screen)]) -> Self {
        let mut app = App::new();
        let desktop = Desktop { managed, size: None, file: PathBuf::from("wall.ron") };
        app.add_message::<WindowCloseRequested>()
            .add_message::<AppExit>()
            .add_plugins(PlacementPlugin(desktop));
        let mut spawn = |(number, (name, screen)): (usize, &(&str, Screen))| {
            let name = WallName { number, name: (*name).to_owned() };
            let wall = Wall { size: UVec2::ONE };
            app.world_mut().spawn((wall, name, OnScreen(screen.clone()))).id()
        };
        let walls = walls.iter().enumerate().map(&mut spawn).collect();
        Self { app, walls }
    }

    fn plug(&mut self, name: &str, x: i32) -> Entity {
        let monitor = Monitor {
            name: Some(name.to_owned()),
            physical_width: 1920,
            physical_height: 1080,
            physical_position: IVec2::new(x, 0),
            refresh_rate_millihertz: None,
            scale_factor: 1.0,
            video_modes: Vec::new(),
        };
        self.app.world_mut().spawn(monitor).id()
    }

    fn unplug(&mut self, monitor: Entity) {
        self.app.world_mut().despawn(monitor);
    }

    fn window_of(&self, wall: usize) -> Option<Entity> {
        self.app.world().get::<OnWindow>(self.walls[wall]).map(|on| on.0)
    }

    fn window(&self, wall: usize) -> &Window {
        let window = self.window_of(wall).expect("a window");
        self.app.world().get::<Window>(window).expect("which is there")
    }

    /// The left edge of each wall's window; none where it waits.
    fn places(&mut self) -> Vec<Option<i32>> {
        self.app.update();
        let mut windows = self.app.world_mut().query::<&Window>();
        let open = windows.iter(self.app.world()).len();
        let places: Vec<Option<i32>> = (0..self.walls.len())
            .map(|wall| {
                let waits = self.app.world().get::<Waiting>(self.walls[wall]).is_some();
                assert_eq!(waits, self.window_of(wall).is_none(), "wall {wall}");
                self.window_of(wall)?;
                match self.window(wall).position {
                    WindowPosition::At(corner) => Some(corner.x),
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(open, places.iter().flatten().count(), "windows without a wall");
        places
    }

    fn set(&mut self, wall: usize, change: impl Fn(&mut Screen)) {
        let wall = self.walls[wall];
        change(&mut self.app.world_mut().get_mut::<OnScreen>(wall).expect("a screen").0);
    }

    fn fullscreen(&mut self, wall: usize) {
        let (entity, action) = (self.walls[wall], Action::Fullscreen);
        let operation = Operation { entity, action, phase: Phase::Pressed };
        crate::operation::operate(self.app.world_mut(), operation);
    }

    fn exits(&mut self) -> usize {
        let world = self.app.world_mut();
        world.resource_mut::<bevy::prelude::Messages<AppExit>>().drain().count()
    }
}

fn on(name: &str) -> Screen {
    Screen { monitor: Some(config::Monitor::Name(name.into())), ..Screen::default() }
}

#[test]
fn without_a_window_manager_the_window_is_the_monitor() {
    let mut room = Room::new(false, &[("", on("right"))]);
    room.plug("left", 0);
    room.plug("right", 1920);
    assert_eq!(room.places(), [Some(1920)]);
    assert_eq!(room.window(0).physical_size(), UVec2::new(1920, 1080));
    assert_eq!(room.window(0).title, "camwall – wall.ron");
    room.fullscreen(0);
    assert_eq!(room.places(), [Some(1920 + 320)]);
    assert_eq!(room.window(0).physical_size(), UVec2::new(1280, 720));
}

#[test]
fn a_window_manager_is_asked_for_full_screen_on_the_named_monitor() {
    let mut room = Room::new(true, &[("", on("right"))]);
    room.plug("left", 0);
    let right = room.plug("right", 1920);
    room.app.update();
    let mode = WindowMode::BorderlessFullscreen(MonitorSelection::Entity(right));
    assert_eq!(room.window(0).mode, mode);
    room.fullscreen(0);
    room.app.update();
    assert_eq!(room.window(0).mode, WindowMode::Windowed);
    room.fullscreen(0);
    room.app.update();
    assert_eq!(room.window(0).mode, mode);
}

#[test]
fn a_wall_whose_monitor_is_unplugged_waits_until_it_is_back() {
    let mut room = Room::new(false, &[("left", on("DP-1")), ("right", on("DP-2"))]);
    let left = room.plug("DP-1", 0);
    let right = room.plug("DP-2", 1920);
    assert_eq!(room.places(), [Some(0), Some(1920)]);
    assert_eq!(room.window(1).title, "camwall – wall.ron – right");
    let (kept, closed) = (room.window_of(0), room.window_of(1));
    room.unplug(right);
    assert_eq!(room.places(), [Some(0), None]);
    assert_eq!(room.window_of(0), kept, "the other has no other window");
    assert!(room.app.world().get_entity(closed.unwrap()).is_err(), "its window is closed");
    // The first goes as well, and both come back the other way round.
    let right = room.plug("DP-2", 0);
    assert_eq!(room.places(), [Some(0), Some(0)]);
    room.unplug(left);
    assert_eq!(room.places(), [None, Some(0)]);
    room.plug("DP-1", 1920);
    assert_eq!(room.places(), [Some(1920), Some(0)]);
    // Another monitor is none of theirs.
    room.unplug(right);
    room.plug("HDMI-1", 0);
    assert_eq!(room.places(), [Some(1920), None]);
}

#[test]
fn monitors_that_are_listed_anew_close_nothing() {
    let mut room = Room::new(false, &[("left", on("DP-1")), ("right", on("DP-2"))]);
    let monitors = [room.plug("DP-1", 0), room.plug("DP-2", 1920)];
    room.places();
    let windows = [room.window_of(0), room.window_of(1)];
    // As Bevy does, which despawns the windows of a monitor together with it.
    let on = |(window, monitor): (&Option<Entity>, &Entity)| {
        room.app.world_mut().entity_mut(window.unwrap()).insert(OnMonitor(*monitor));
    };
    windows.iter().zip(&monitors).for_each(on);
    monitors.into_iter().for_each(|monitor| room.unplug(monitor));
    room.app.insert_resource(monitors::ListedAnew(true));
    assert_eq!(room.places(), [Some(0), Some(1920)]);
    // One has moved.
    room.app.insert_resource(monitors::ListedAnew(false));
    room.plug("DP-1", 0);
    room.plug("DP-2", 1280);
    assert_eq!(room.places(), [Some(0), Some(1280)]);
    assert_eq!([room.window_of(0), room.window_of(1)], windows);
}

#[test]
fn all_walls_wait_while_all_monitors_are_switched_off() {
    let mut room = Room::new(false, &[("left", on("DP-1")), ("right", on("DP-2"))]);
    let monitors = [room.plug("DP-1", 0), room.plug("DP-2", 1920)];
    assert_eq!(room.places(), [Some(0), Some(1920)]);
    monitors.into_iter().for_each(|monitor| room.unplug(monitor));
    assert_eq!(room.places(), [None, None]);
    room.plug("DP-2", 0);
    assert_eq!(room.places(), [None, Some(0)]);
    room.plug("DP-1", 1920);
    assert_eq!(room.places(), [Some(1920), Some(0)]);
    assert_eq!(room.exits(), 0);
}

#[test]
fn there_is_a_window_where_the_system_tells_of_no_monitor() {
    let mut room = Room::new(false, &[("left", on("DP-1")), ("right", on("DP-2"))]);
    room.app.update();
    assert_eq!(room.window(0).position, WindowPosition::Centered(MonitorSelection::Primary));
    assert_eq!(room.window_of(1), None);
    room.plug("DP-2", 0);
    assert_eq!(room.places(), [None, Some(0)]);
    room.plug("DP-1", 1920);
    assert_eq!(room.places(), [Some(1920), Some(0)]);
}

#[test]
fn an_index_stays_with_the_monitor_that_it_found() {
    let index =
        |index| Screen { monitor: Some(config::Monitor::Index(index)), ..Screen::default() };
    let mut room = Room::new(false, &[("first", index(0)), ("second", index(1))]);
    let first = room.plug("A", 0);
    room.plug("B", 1920);
    assert_eq!(room.places(), [Some(0), Some(1920)]);
    room.unplug(first);
    assert_eq!(room.places(), [None, Some(1920)]);
    room.plug("A", 3840);
    assert_eq!(room.places(), [Some(3840), Some(1920)]);
}

#[test]
fn walls_that_do_not_cover_their_monitor_share_it_side_by_side() {
    let part = Screen { fullscreen: false, size: (640, 360), ..Screen::default() };
    let mut room = Room::new(false, &[("a", part.clone()), ("b", part)]);
    room.plug("A", 0);
    assert_eq!(room.places(), [Some(0), Some(1280)]);
    room.fullscreen(1);
    assert_eq!(room.places(), [Some(640), Some(0)]);
}

#[test]
fn a_window_follows_the_wall_file() {
    let mut room = Room::new(false, &[("", on("A"))]);
    room.plug("A", 0);
    room.plug("B", 1920);
    assert_eq!(room.places(), [Some(0)]);
    let window = room.window_of(0);
    room.set(0, |screen| screen.monitor = Some(config::Monitor::Name("B".into())));
    assert_eq!((room.places(), room.window_of(0)), (vec![Some(1920)], window));
    // What an operator says stays where the file says nothing new of it.
    room.fullscreen(0);
    room.set(0, |screen| screen.size = (640, 360));
    assert_eq!(room.places(), [Some(1920 + 640)]);
    room.set(0, |screen| screen.fullscreen = false);
    room.set(0, |screen| screen.fullscreen = true);
    room.places();
    assert_eq!(room.window(0).physical_size(), UVec2::new(640, 360));
}

#[test]
fn a_window_that_is_closed_takes_its_wall_along_and_the_last_one_the_program() {
    let mut room = Room::new(false, &[("a", on("A")), ("b", on("B")), ("c", on("C"))]);
    room.plug("A", 0);
    room.plug("B", 1920);
    assert_eq!(room.places(), [Some(0), Some(1920), None]);
    let mut primary = room.app.world_mut().query_filtered::<Entity, With<PrimaryWindow>>();
    assert_eq!(primary.single(room.app.world()).ok(), room.window_of(0));
    let window = room.window_of(0).unwrap();
    room.app.world_mut().write_message(WindowCloseRequested { window });
    room.app.update();
    assert!(room.app.world().get_entity(room.walls[0]).is_err());
    assert!(room.app.world().get_entity(window).is_err());
    assert_eq!(room.exits(), 0);
    let window = room.window_of(1).unwrap();
    room.app.world_mut().write_message(WindowCloseRequested { window });
    room.app.update();
    assert_eq!(room.exits(), 1, "who waits keeps no program");
}
