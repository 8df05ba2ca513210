//! Files that are in order: the examples, the defaults, and random walls.

use std::{path::Path, time::Duration};

use camwall_address::CameraAddress;
use indexmap::IndexMap;
use proptest::{collection::vec, option, prelude::*};

use super::recording::{any_record, any_recording, write_record, write_recording};
use super::{sound, warnings};
use crate::{
    Action, Area, Auth, Bindings, BurnIn, Camera, Fit, Language, Layout, Login, Monitor, Night,
    Recording, Rotation, Sandbox, Screen, Step, Tile, Tour, Transport, Trust, Via, Wall, Watch,
    Window,
};

fn asset(name: &str) -> Wall {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(name);
    let loaded = Wall::load(&path).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    loaded.wall
}

#[test]
fn the_commented_example_shows_the_defaults() {
    let example = asset("wall.ron");
    let bare = sound("(cameras: { \"dock\": (main: \"rtsp://10.0.0.12/live\") })").wall;
    assert_eq!((&example.window, &example.overlay), (&bare.window, &bare.overlay));
    assert_eq!((&example.prewarm, &example.burn_in), (&bare.prewarm, &bare.burn_in));
    let Tour { every, resume_after, .. } = example.tours["rounds"];
    assert_eq!((every, resume_after), (Tour::EVERY, Tour::RESUME_AFTER));
    assert_eq!((example.sandbox, bare.sandbox), (Sandbox::On, Sandbox::On));
    assert_eq!((example.language, bare.language), (Language::Auto, Language::Auto));
    assert_eq!(example.recording, Some(Recording::default()));
    let Camera { auth, trust, transport, via, fit, options, watch, record, .. } =
        &example.cameras["gate"];
    let defaults = &bare.cameras["dock"];
    assert_eq!((transport, via, fit), (&defaults.transport, &defaults.via, &defaults.fit));
    assert_eq!((options, record), (&defaults.options, &defaults.record));
    assert_eq!((auth, trust), (&defaults.auth, &defaults.trust));
    assert_eq!(watch, &defaults.watch);
    assert_eq!(example.cameras["dock"], *defaults);
    let (shown, keys) = (Bindings::resolve(&example), Bindings::resolve(&bare));
    for action in Action::all() {
        assert_eq!(shown.chords(action), keys.chords(action), "{}", action.name());
        let numbered = action.name().starts_with("layout_");
        assert!(numbered || example.keys.0.contains_key(action.name()), "{}", action.name());
    }
}

#[test]
fn the_demo_wall_has_nine_cameras() {
    let demo = asset("demo.ron");
    assert_eq!(demo.cameras.len(), 9);
    for (index, camera) in demo.cameras.values().enumerate() {
        let url = format!("rtsp://127.0.0.1:8554/cam{}", index + 1);
        assert_eq!(camera.main.expose(), format!("{url}/main"));
        assert_eq!(camera.sub, Some(format!("{url}/sub").into()));
        assert!(camera.name.is_some());
    }
    let names: Vec<&str> = demo.layouts.keys().map(String::as_str).collect();
    assert_eq!(names, ["overview", "gate-big", "four"]);
    assert_eq!(demo.first_layout(), 0);
}

#[test]
fn the_format_of_the_issue() {
    let text = r#"(
    cameras: {
        "gate": (name: "Main gate", main: "rtsp://10.0.0.11/stream1", sub: "rtsp://10.0.0.11/stream2", login: Env("GATE_LOGIN")),
        "dock": (main: "rtsp://10.0.0.12/live"),
    },
    layouts: {
        "overview": Grid(columns: 2, cameras: ["gate", "dock"]),
        "gate-big": Tiles(columns: 4, rows: 4, tiles: [
            (camera: "gate", column: 0, row: 0, width: 3, height: 3),
            (camera: "dock", column: 3, row: 0),
        ]),
    },
    show: "gate-big",
)"#;
    assert_eq!(warnings(text), "");
    let wall = sound(text).wall;
    assert_eq!(wall.cameras["gate"].login, Some(Login::Env("GATE_LOGIN".into())));
    let gate = Tile { camera: "gate".into(), width: 3, height: 3, ..Tile::default() };
    let dock = Tile { camera: "dock".into(), column: 3, width: 1, height: 1, ..gate.clone() };
    let tiles = Layout::Tiles { columns: 4, rows: 4, tiles: vec![gate, dock] };
    assert_eq!(wall.layouts["gate-big"], tiles);
    assert_eq!(wall.first_layout(), 1);
}

#[test]
fn a_bare_wall_gets_the_defaults() {
    let wall = sound("(cameras: { \"b\": (main: \"/b\"), \"a\": (main: \"/a\") })").wall;
    let all = Layout::Grid { columns: None, cameras: vec!["b".into(), "a".into()] };
    assert_eq!(wall.layouts, IndexMap::from([("all".to_owned(), all)]));
    let camera = &wall.cameras["b"];
    assert_eq!(
        (camera.transport, camera.via, camera.fit),
        (Transport::Auto, Via::Auto, Fit::Contain)
    );
    let window =
        Window { monitor: None, fullscreen: true, size: (1280, 720), rotation: Rotation::None };
    assert_eq!(wall.window, window);
    let overlay = &wall.overlay;
    assert_eq!(
        (overlay.name, overlay.state, overlay.stats, overlay.clock),
        (true, true, false, true)
    );
    assert_eq!(overlay.stale_after, Duration::from_secs(2));
    assert_eq!(
        (overlay.high_contrast, overlay.letter_size, overlay.reduced_motion),
        (false, 100, false)
    );
    assert!(wall.keys.0.is_empty());
    assert_eq!(wall.show, None);
    assert!(wall.prewarm.is_empty() && !wall.is_prewarmed("a"));
}

#[test]
fn the_cameras_of_a_prewarmed_layout_are_prewarmed() {
    let text = r#"(
        cameras: { "a": (main: "/a"), "b": (main: "/b"), "c": (main: "/c") },
        layouts: {
            "one": Grid(cameras: ["a", ""]),
            "two": Tiles(columns: 1, rows: 1, tiles: [(camera: "b", column: 0, row: 0)]),
            "three": Grid(cameras: ["c"]),
        },
        prewarm: ["two", "one"],
    )"#;
    let wall = sound(text).wall;
    assert_eq!(["a", "b", "c"].map(|id| wall.is_prewarmed(id)), [true, true, false]);
    // A file without layouts has one.
    let wall = sound("(cameras: { \"a\": (main: \"/a\") }, prewarm: [\"all\"])").wall;
    assert!(wall.is_prewarmed("a"));
}

#[test]
fn words_may_be_written_in_other_ways() {
    let text = r##"#![enable(implicit_some)]
    // a comment ) with brackets
    Wall(cameras: { r#"a"#: Camera(main: r"/a", via: Ffmpeg, sub: Some("/b"), name: None), /* /* ( */ */
        "\u{62}": (main: "/\"b", transport: Udp, fit: Cover, via: Ffmpeg, login: Some(File("x"))), },
        show: "all", window: (), r#keys: {}, overlay: (stale_after: "1s 500ms"))"##;
    let wall = sound(text).wall;
    assert_eq!(wall.cameras["a"].via, Via::Ffmpeg);
    assert_eq!(wall.cameras["a"].sub, Some("/b".into()));
    assert_eq!(wall.cameras["b"].main.expose(), "/\"b");
    assert_eq!(wall.overlay.stale_after, Duration::from_millis(1500));
}

#[test]
fn tiles_may_lie_over_others_where_they_say_so() {
    let text = r#"(cameras: { "a": (main: "/a") }, layouts: { "pip": Tiles(columns: 4, rows: 4, tiles: [
        (camera: "a", column: 0, row: 0, width: 4, height: 4),
        (camera: "a", column: 3, row: 3, overlap: true),
    ]) })"#;
    assert_eq!(warnings(text), "");
}

fn text_strategy() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9äß漢\"\\\\,:(){}\\[\\]/*' -]{0,12}".prop_map(|text| format!("x{text}x"))
}

fn id_strategy() -> impl Strategy<Value = String> {
    text_strategy().prop_map(|text| text.replace(['/', '\\'], "_"))
}

prop_compose! {
    fn any_camera()(
        name in option::of(text_strategy()),
        main in "(rtsp|rtsps)://[a-z]{1,8}(:[1-9][0-9]{2})?/[a-z0-9]{0,9}",
        sub in option::of("/[a-z]{1,8}"),
        login in option::of(prop_oneof![
            "[A-Z_]{1,9}".prop_map(Login::Env), "[a-z.]{0,3}[a-z]".prop_map(|name| Login::Credential(name.replace("..", ""))), "[a-z/]{1,9}".prop_map(|path| Login::File(path.into())),
        ]),
        transport in prop::sample::select(vec![Transport::Tcp, Transport::Udp, Transport::Auto]),
        via in prop::sample::select(vec![Via::Auto, Via::Ffmpeg]),
        fit in prop::sample::select(vec![Fit::Contain, Fit::Cover, Fit::Stretch]),
        options in vec((text_strategy(), text_strategy()), 0..3),
        hls in proptest::bool::ANY,
        interval in option::of((100u64..=300_000).prop_map(Duration::from_millis)),
        watch in any_watch(),
        record in any_record(),
        security in (prop::sample::select(vec![Auth::Any, Auth::Digest]), prop_oneof![
            Just(Trust::System),
            Just(Trust::Anyone),
            "[a-z/]{1,9}".prop_map(|path| Trust::Ca(path.into())),
            "[0-9a-f]{64}".prop_map(|pin| Trust::Fingerprint(format!("sha256:{pin}"))),
        ])
    ) -> Camera {
        let options = options.into_iter().map(|(name, value)| (name, value.into())).collect();
        // What is encrypted goes in no datagrams, and what is not has nobody to trust.
        let ((auth, trust), encrypted) = (security, main.starts_with("rtsps"));
        let transport = if encrypted { Transport::Tcp } else { transport };
        let trust = if encrypted { trust } else { Trust::System };
        let web = |url: &String| url.starts_with("http");
        let hls = hls && web(&main) && sub.as_ref().is_none_or(web);
        let (main, sub) = (main.into(), sub.map(CameraAddress::from));
        Camera {
            name, main, sub, login, auth, trust, transport, via, fit, options, hls, interval, watch,
            record,
        }
    }
}

prop_compose! {
    fn any_watch()(
        frozen in any::<bool>(),
        dark in any::<bool>(),
        sides in vec((0u32..100, 0u32..100, 1u32..=100, 1u32..=100), 0..3)
    ) -> Watch {
        let area = |(left, top, width, height): (u32, u32, u32, u32)| {
            let (width, height) = (width.min(100 - left), height.min(100 - top));
            Area { left, top, width, height }
        };
        Watch { frozen, dark, mask: sides.into_iter().map(area).collect() }
    }
}

fn any_layout(ids: Vec<String>) -> impl Strategy<Value = Layout> {
    let mut places = ids.clone();
    places.push(String::new());
    let grid = (option::of(1u32..=8), vec(prop::sample::select(places), 1..9))
        .prop_map(|(columns, cameras)| Layout::Grid { columns, cameras });
    let tile = (prop::sample::select(ids.clone()), 0u32..8, 0u32..8, 1u32..=8, 1u32..=8).prop_map(
        |(camera, column, row, width, height)| {
            let (width, height) = (width.min(8 - column), height.min(8 - row));
            Tile { camera, column, row, width, height, overlap: true, ..Tile::default() }
        },
    );
    let tour = option::weighted(0.2, any_tour(ids.clone()));
    let tile = (tile, tour).prop_map(|(tile, tour)| match tour {
        Some(_) => Tile { camera: String::new(), tour, ..tile },
        None => tile,
    });
    let hotspot = any::<bool>();
    let tiles = (vec(tile, 1..6), hotspot).prop_map(|(mut tiles, hotspot)| {
        if hotspot {
            tiles.push(Tile { hotspot, overlap: true, ..Tile::default() });
        }
        Layout::Tiles { columns: 8, rows: 8, tiles }
    });
    prop_oneof![grid, tiles]
}

prop_compose! {
    fn any_tour(names: Vec<String>)(
        steps in vec((prop::sample::select(names), option::of(2_000u64..=3_600_000)), 1..4),
        every in 2_000u64..=3_600_000,
        resume_after in 1_000u64..=86_400_000
    ) -> Tour {
        let step = |(show, time): (String, Option<u64>)| {
            Step { show, time: time.map(Duration::from_millis) }
        };
        let [every, resume_after] = [every, resume_after].map(Duration::from_millis);
        Tour { steps: steps.into_iter().map(step).collect(), every, resume_after }
    }
}

prop_compose! {
    fn any_window()(
        monitor in option::of(prop_oneof![
            text_strategy().prop_map(Monitor::Name), (0usize..9).prop_map(Monitor::Index),
        ]),
        fullscreen in any::<bool>(),
        size in (1u32..=16_384, 1u32..=16_384),
        rotation in prop::sample::select(Rotation::ALL.to_vec())
    ) -> Window {
        Window { monitor, fullscreen, size, rotation }
    }
}

prop_compose! {
    /// Walls on monitors that differ, beginning with one of these.
    fn any_walls(names: Vec<String>)(
        walls in vec((id_strategy(), any_window(), option::of(prop::sample::select(names))), 0..4)
    ) -> IndexMap<String, Screen> {
        let screen = |(number, (name, window, show)): (usize, (String, Window, Option<String>))| {
            let monitor = window.monitor.map(|it| match it {
                Monitor::Name(name) => Monitor::Name(format!("{name}{number}")),
                Monitor::Index(_) => Monitor::Index(number),
            });
            (name, Screen::of(Window { monitor, ..window }, show))
        };
        walls.into_iter().enumerate().map(screen).collect()
    }
}

prop_compose! {
    fn any_burn_in()(
        orbit in 0u32..=2,
        times in option::of((0i8..24, 0i8..60, 1i8..60)),
        dim in 0u32..=80,
        swap in any::<bool>()
    ) -> BurnIn {
        let night = times.map(|(hour, minute, other)| {
            let time = |minute| jiff::civil::Time::new(hour, minute, 0, 0).expect("a time");
            Night { from: time(minute), to: time((minute + other) % 60), dim, swap }
        });
        BurnIn { orbit, night }
    }
}

prop_compose! {
    /// A wall without tours.
    fn any_plain_wall()(
        cameras in vec((id_strategy(), any_camera()), 1..6)
    )(
        layouts in vec(
            (id_strategy(), any_layout(cameras.iter().map(|(id, _)| id.clone()).collect())), 1..4,
        ),
        cameras in Just(cameras),
        show in option::of(any::<prop::sample::Index>()),
        prewarm in vec(any::<prop::sample::Index>(), 0..3),
        window in any_window(),
        stats in any::<bool>(),
        (high_contrast, reduced_motion) in any::<(bool, bool)>(),
        letter_size in 75u32..=200,
        stale_after in 200u64..=60_000,
        chord in option::of("Ctrl\\+[A-P]"),
        recording in option::of(any_recording()),
        (sandbox, language) in (
            prop::sample::select(vec![Sandbox::On, Sandbox::Off]),
            prop::sample::select(vec![Language::Auto, Language::German, Language::TraditionalChinese]),
        )
    ) -> Wall {
        let mut wall = sound("(cameras: { \"x\": (main: \"/x\") })").wall;
        wall.layouts = layouts.into_iter().collect();
        wall.cameras = cameras.into_iter().collect();
        let names: Vec<String> = wall.layouts.keys().cloned().collect();
        wall.show = show.map(|index| index.get(&names).clone());
        wall.prewarm = prewarm.iter().map(|index| index.get(&names).clone()).collect();
        wall.window = window;
        wall.overlay.stats = stats;
        wall.overlay.high_contrast = high_contrast;
        wall.overlay.reduced_motion = reduced_motion;
        wall.overlay.letter_size = letter_size;
        wall.overlay.stale_after = Duration::from_millis(stale_after);
        wall.recording = recording;
        wall.sandbox = sandbox;
        wall.language = language;
        wall.keys.0.extend(chord.map(|chord| ("help".to_owned(), vec![chord])));
        wall
    }
}

prop_compose! {
    fn any_wall()(wall in any_plain_wall())(
        tours in vec((id_strategy(), any_tour(wall.layouts.keys().cloned().collect())), 0..3),
        walls in any_walls(wall.layouts.keys().cloned().collect()),
        burn_in in any_burn_in(),
        wall in Just(wall)
    ) -> Wall {
        let mut wall = Wall { burn_in, ..wall };
        wall.tours = tours.into_iter().map(|(name, tour)| (format!("tour {name}"), tour)).collect();
        let toured = wall.tours.keys().next().cloned();
        if walls.is_empty() {
            wall.show = toured.or(wall.show);
        } else {
            (wall.walls, wall.show, wall.window) = (walls, None, Window::default());
            wall.walls[0].show = toured.or(wall.walls[0].show.take());
            let action = format!("quit@{}", wall.walls.get_index(0).map_or("", |(name, _)| name));
            wall.keys.0.insert(action, vec!["Ctrl+Z".to_owned()]);
        }
        wall
    }
}

/// The wall as a program would write it, with optional values bare or left out.
pub(super) fn write(wall: &Wall) -> String {
    let maybe = |field: &str, text: Option<String>| {
        text.map_or_else(String::new, |text| format!("{field}: {text}, "))
    };
    let quoted = |text: &String| format!("{text:?}");
    let mut text = "(\n  cameras: {\n".to_owned();
    for (id, camera) in &wall.cameras {
        let login = camera.login.as_ref().map(|login| format!("{login:?}"));
        text += &format!(
            "    {id:?}: (main: {:?}, {}{}{}auth: {:?}, trust: {:?}, transport: {:?}, via: {:?}, fit: {:?}, options: {:?}, {}{}{}record: {}),\n",
            camera.main.expose(),
            maybe("name", camera.name.as_ref().map(quoted)),
            maybe("sub", camera.sub.as_ref().map(|sub| format!("{:?}", sub.expose()))),
            maybe("login", login),
            camera.auth,
            camera.trust,
            camera.transport,
            camera.via,
            camera.fit,
            camera.options.iter().map(|(k, v)| (k, v.expose())).collect::<IndexMap<_, _>>(),
            if camera.hls { "hls: true, " } else { "" },
            maybe("interval", camera.interval.map(|it| format!("\"{}ms\"", it.as_millis()))),
            write_watch(&camera.watch),
            write_record(&camera.record),
        );
    }
    text += "  }, // end of cameras\n  layouts: {\n";
    for (name, layout) in &wall.layouts {
        text += &match layout {
            Layout::Grid { columns, cameras } => {
                let columns = maybe("columns", columns.map(|columns| columns.to_string()));
                format!("    {name:?}: Grid({columns}cameras: {cameras:?}),\n")
            }
            Layout::Tiles { columns, rows, tiles } => {
                let tiles: String = tiles.iter().map(write_tile).collect();
                format!(
                    "    {name:?}: Tiles(columns: {columns}, rows: {rows}, tiles: [{tiles}]),\n"
                )
            }
        };
    }
    text += "  },\n  tours: {\n";
    for (name, tour) in &wall.tours {
        text += &format!("    {name:?}: {},\n", write_tour(tour));
    }
    text += "  },\n  ";
    if wall.walls.is_empty() {
        let show = maybe("show", wall.show.as_ref().map(quoted));
        text += &format!("{show}window: ({}),\n  ", write_window(&wall.window));
    } else {
        let screen = |(name, screen): (&String, &Screen)| {
            let show = maybe("show", screen.show.as_ref().map(quoted));
            format!("{name:?}: ({show}{}), ", write_window(&screen.window()))
        };
        text += &format!("walls: {{{}}},\n  ", wall.walls.iter().map(screen).collect::<String>());
    }
    let BurnIn { orbit, night } = &wall.burn_in;
    let night = night.as_ref().map(|Night { from, to, dim, swap }| {
        let [from, to] = [from, to].map(|time| time.strftime("%-H:%M").to_string());
        format!("(from: {from:?}, to: {to:?}, dim: {dim}, swap: {swap})")
    });
    text += &format!("burn_in: (orbit: {orbit}, {}),\n  ", maybe("night", night));
    let overlay = &wall.overlay;
    text + &format!(
        "prewarm: {:?},\n  \
         overlay: (stats: {}, stale_after: \"{}ms\", high_contrast: {}, letter_size: {}, \
         reduced_motion: {}),\n  keys: {:?},\n  sandbox: {:?}, language: {:?}, {})\n",
        wall.prewarm,
        overlay.stats,
        overlay.stale_after.as_millis(),
        overlay.high_contrast,
        overlay.letter_size,
        overlay.reduced_motion,
        wall.keys.0,
        wall.sandbox,
        wall.language,
        maybe("recording", wall.recording.as_ref().map(write_recording)),
    )
}

fn write_watch(Watch { frozen, dark, mask }: &Watch) -> String {
    let area = |Area { left, top, width, height }: &Area| {
        format!("(left: {left:?}, top: {top:?}, width: {width:?}, height: {height:?}), ")
    };
    let mask: String = mask.iter().map(area).collect();
    format!("watch: (frozen: {frozen}, dark: {dark}, mask: [{mask}]), ")
}

fn write_tile(tile: &Tile) -> String {
    let Tile { camera, tour, hotspot, column, row, width, height, overlap } = tile;
    let shown = match tour {
        Some(tour) => format!("tour: {}", write_tour(tour)),
        None if *hotspot => "hotspot: true".to_owned(),
        None => format!("camera: {camera:?}"),
    };
    format!(
        "({shown}, column: {column}, row: {row}, width: {width}, height: {height}, \
         overlap: {overlap}), "
    )
}

fn write_tour(Tour { steps, every, resume_after }: &Tour) -> String {
    let step = |Step { show, time }: &Step| {
        let time = time.map_or_else(String::new, |it| format!(", for: \"{}ms\"", it.as_millis()));
        format!("(show: {show:?}{time}), ")
    };
    let steps: String = steps.iter().map(step).collect();
    let (every, pause) = (every.as_millis(), resume_after.as_millis());
    format!("(every: \"{every}ms\", resume_after: \"{pause}ms\", steps: [{steps}])")
}

fn write_window(Window { monitor, fullscreen, size, rotation }: &Window) -> String {
    let monitor = monitor.as_ref().map(|monitor| format!("monitor: {monitor:?}, "));
    let monitor = monitor.unwrap_or_default();
    format!("{monitor}fullscreen: {fullscreen}, size: {size:?}, rotation: {rotation:?}")
}

pub(super) fn any_written_wall() -> impl Strategy<Value = (Wall, String)> {
    any_wall().prop_map(|wall| {
        let text = write(&wall);
        (wall, text)
    })
}

proptest! {
    #[test]
    fn walls_read_back_as_written((wall, text) in any_written_wall()) {
        let read = sound(&text).wall;
        let order = |wall: &Wall| -> Vec<String> {
            let names = wall.cameras.keys().chain(wall.layouts.keys());
            names.chain(wall.tours.keys()).chain(wall.walls.keys()).cloned().collect()
        };
        // Maps compare equal in any order, so the order is compared too.
        prop_assert_eq!(order(&read), order(&wall));
        prop_assert_eq!(read, wall);
    }
}
