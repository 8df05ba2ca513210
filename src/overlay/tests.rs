//! When the overlay is written anew: for each component that it tells of, and by time where time
//! changes what it says.

use std::path::PathBuf;

use bevy::time::TimePlugin;

use super::strip::Said;
use super::*;
use crate::camera::{StreamStats, spawn_cameras};
use crate::input::OperatorPlugin;
use crate::operation::{Operation, Phase, operate};
use crate::pacing::{FramePacer, PacingPlugin};
use crate::render::{Quad, ScenePlugin};
use crate::wall::{WallPlugin, WallSystems};
use camwall_config::{Action, Bindings};
use camwall_media::FeedState;
use camwall_recorder::RecorderStatus;

const TEXT: &str = r#"(
    cameras: { "a": (main: "./a"), "b": (main: "./b") },
    overlay: (clock: false),
)"#;

/// Walls from the smallest on, upright ones too: width and height in pixels.
pub(super) const WALLS: [(f32, f32); 9] = [
    (320.0, 180.0),
    (320.0, 240.0),
    (360.0, 640.0),
    (640.0, 360.0),
    (720.0, 1280.0),
    (1280.0, 720.0),
    (1920.0, 1080.0),
    (5120.0, 1440.0),
    (7680.0, 4320.0),
];

/// The built-in font, and what is installed for the texts of a language and for `more`.
pub(super) fn prepared(words: &camwall_words::Words, more: &[&str]) -> GlyphCache {
    let mut glyphs = GlyphCache::new(true).unwrap();
    glyphs.read_in(words.tag);
    let all: Vec<String> = words.each().into_iter().map(|(_, text)| text).collect();
    let all = all.iter().map(String::as_str).chain(more.iter().copied());
    glyphs.prepare(all, Duration::from_secs(60));
    glyphs
}

/// A wall of two cameras, all of which but the overlay is the test's.
struct Bench(App);

impl Bench {
    fn new() -> Self {
        let wall = camwall_config::Wall::parse(TEXT, "wall.ron").unwrap().wall;
        let mut app = App::new();
        app.add_plugins((
            TimePlugin,
            OperatorPlugin(Bindings::resolve(&wall)),
            WallPlugin::of(&wall, None, None),
            ScenePlugin,
            OverlayPlugin,
            PacingPlugin(FramePacer::start(|| {}).unwrap()),
        ))
        .insert_resource(WallFile { wall, folder: PathBuf::new() })
        .add_systems(PreStartup, spawn_cameras)
        .configure_sets(Update, (WallSystems::Place, OverlaySystems).chain());
        app.update();
        let mut bench = Self(app);
        bench.cameras(|health, _| health.0 = FeedState::Live);
        bench.0.update();
        bench
    }

    fn cameras(&mut self, mut change: impl FnMut(&mut Health, &mut StreamStats)) {
        let mut cameras = self.0.world_mut().query::<(&mut Health, &mut StreamStats)>();
        for (mut health, mut stats) in cameras.iter_mut(self.0.world_mut()) {
            change(&mut health, &mut stats);
        }
    }

    fn quads(&mut self) -> Vec<Quad> {
        let mut scenes = self.0.world_mut().query::<&Scene>();
        scenes.single(self.0.world()).unwrap().quads.to_vec()
    }

    fn written(&self) -> Instant {
        self.0.world().resource::<Overlay>().written.unwrap().at
    }

    /// Changes a component of the wall or of the first camera: the next update must tell of it.
    #[track_caller]
    fn changed<C: Component<Mutability = bevy::ecs::component::Mutable>>(
        &mut self,
        change: impl FnOnce(&mut C),
    ) {
        let before = self.quads();
        let mut found = self.0.world_mut().query::<&mut C>();
        let first = found.iter_mut(self.0.world_mut()).next().expect("one has it");
        change(first.into_inner());
        self.0.update();
        assert!(self.quads() != before, "{}", std::any::type_name::<C>());
    }

    /// Updates until the overlay says something else.
    #[track_caller]
    fn changes_by_time(&mut self, what: &str) {
        let (before, deadline) = (self.quads(), Instant::now() + Duration::from_secs(10));
        while self.quads() == before {
            assert!(Instant::now() < deadline, "{what}: the overlay stays as it is");
            self.0.update();
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn what_changes_is_written_in_the_same_update() {
    let mut bench = Bench::new();
    bench.changed(|health: &mut Health| health.0 = FeedState::Stale);
    let recorded = RecorderStatus { wanted: true, writing: true, ..RecorderStatus::default() };
    bench.changed(|recording: &mut RecordingStatus| recording.0 = recorded);
    let until = Instant::now() + Duration::from_secs(60);
    bench.changed(|notice: &mut Notice| notice.0 = Some(("PROTECTED".to_owned(), until)));
    bench.changed(|notice: &mut Notice| notice.0 = None);
    bench.changed(|panels: &mut Panels| panels.help = true);
    bench.changed(|panels: &mut Panels| panels.help = false);
    bench.changed(|panels: &mut Panels| panels.stats = true);
    bench.changed(|panels: &mut Panels| panels.stats = false);
    let before = bench.quads();
    let said = Said { heading: "wrong".to_owned(), mistakes: vec!["wall.ron:1:2: x".to_owned()] };
    bench.0.world_mut().resource_mut::<Strip>().0 = Some(said);
    bench.0.update();
    assert!(bench.quads() != before, "a mistake in the wall file");
    bench.changed(|panels: &mut Panels| panels.folded = true);
    bench.0.world_mut().resource_mut::<Strip>().0 = None;
    bench.0.update();
    assert!(bench.quads() == before, "it is mended");
    bench.changed(|selected: &mut Selected| selected.0 = None);
    bench.changed(|rect: &mut TileRect| rect.rest.x += 100);
    let before = bench.quads();
    let mut walls = bench.0.world_mut().query_filtered::<Entity, With<Wall>>();
    let (entity, action) = (walls.single(bench.0.world()).unwrap(), Action::Digit(2));
    operate(bench.0.world_mut(), Operation { entity, action, phase: Phase::Pressed });
    bench.0.update();
    assert!(bench.quads() != before, "a number is typed");
    let before = bench.quads();
    let mut cameras = bench.0.world_mut().query_filtered::<Entity, With<Camera>>();
    let camera = cameras.iter(bench.0.world()).next().unwrap();
    bench.0.world_mut().despawn(camera);
    bench.0.update();
    assert!(bench.quads() != before, "a camera is gone");
}

#[test]
fn a_label_that_the_strip_covers_in_part_is_not_there_at_all() {
    let mut bench = Bench::new();
    let count = |bench: &mut Bench| {
        let live = canvas::state_color(crate::camera::CameraState::Live);
        let quads = bench.quads();
        [canvas::SEAM, canvas::GROUND, live]
            .map(|color| quads.iter().filter(|quad| quad.color == color).count())
    };
    let [seams, grounds, live] = count(&mut bench);
    assert!(seams > 0 && grounds == 2 && live > 2, "{seams} {grounds} {live}");
    let said = Said { heading: "wrong".to_owned(), mistakes: Vec::new() };
    bench.0.world_mut().resource_mut::<Strip>().0 = Some(said);
    bench.0.update();
    assert_eq!(count(&mut bench), [seams, 0, 0]);
}

#[test]
fn nothing_is_written_while_nothing_changes() {
    let mut bench = Bench::new();
    bench.cameras(|_, stats| stats.feed.last_frame_at = Some(Instant::now() + CHECK_INTERVAL * 4));
    let old = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    // Nobody sees this one.
    let config = bench.0.world().resource::<WallFile>().wall.cameras["a"].clone();
    let camera = Camera { number: 3, id: "c".into(), name: "c".to_owned(), config };
    let mut stats = StreamStats::default();
    stats.feed.last_frame_at = Some(old);
    bench.0.world_mut().spawn((camera, stats));
    bench.0.update();
    let until = Instant::now() + CHECK_INTERVAL * 2;
    // Fonts that are still looked for are a reason.
    let deadline = Instant::now() + Duration::from_secs(60);
    while bench.0.world().resource::<Overlay>().glyphs.is_wanting() {
        assert!(Instant::now() < deadline, "fonts are looked for");
        bench.0.update();
    }
    let written = bench.written();
    while Instant::now() < until {
        bench.0.update();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(bench.written(), written);
}

#[test]
fn the_age_of_a_picture_comes_and_goes_by_itself() {
    let mut bench = Bench::new();
    let old = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
    bench.cameras(|_, stats| stats.feed.last_frame_at = Some(old));
    bench.changes_by_time("an age");
    bench.changes_by_time("an age that grows");
    bench.cameras(|_, stats| {
        stats.feed.last_frame_at = Some(Instant::now() + Duration::from_secs(60));
    });
    bench.changes_by_time("a new picture");
}

/// Takes over the file with this language.
fn reload_in(bench: &mut Bench, language: &str) {
    let text = TEXT.replacen('(', &format!("(language: {language}, "), 1);
    let loaded = camwall_config::Wall::parse(&text, "wall.ron").unwrap();
    bench.0.world_mut().init_resource::<crate::reload::Reload>();
    crate::reload::take_over(bench.0.world_mut(), loaded, Vec::new());
    let deadline = Instant::now() + Duration::from_secs(60);
    bench.0.update();
    while bench.0.world().resource::<Overlay>().unproven {
        assert!(Instant::now() < deadline, "fonts are looked for");
        bench.0.update();
    }
}

fn spoken(bench: &Bench) -> &'static str {
    bench.0.world().resource::<Interface>().0.tag
}

#[test]
fn a_reload_to_a_language_whose_letters_no_font_has_speaks_english() {
    let mut bench = Bench::new();
    reload_in(&mut bench, "Japanese");
    assert_eq!(spoken(&bench), "ja", "its letters are installed");
    reload_in(&mut bench, "English");
    // As on a computer without fonts.
    bench.0.world_mut().resource_mut::<Overlay>().glyphs = GlyphCache::new(false).unwrap();
    let places = |bench: &mut Bench| bench.quads().iter().map(|quad| quad.dst).collect::<Vec<_>>();
    let before = places(&mut bench);
    reload_in(&mut bench, "TraditionalChinese");
    assert_eq!(spoken(&bench), "en");
    bench.0.update();
    assert!(places(&mut bench) == before, "it says what it said, and no boxes");
    reload_in(&mut bench, "German");
    assert_eq!(spoken(&bench), "de");
}

/// As at the start of a program on a computer without fonts.
#[test]
fn a_start_in_such_a_language_speaks_english() {
    let mut bench = Bench::new();
    bench.0.world_mut().resource_mut::<Overlay>().glyphs = GlyphCache::new(false).unwrap();
    bench.0.world_mut().insert_resource(Interface(&camwall_words::JA));
    bench.0.update();
    assert_eq!(spoken(&bench), "en");
}
