//! A hundred random edits, valid and invalid, while cameras are watched and recorded.

use std::fmt::Write;

use camwall_config::Wall;
use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::Archive;
use testkit::{Camsim, Camwall, SOON, StatusLine, WallFile, turn};

use super::site::{Log, Save, config, opened, save_sound, start_logged};

/// Edits that are played.
const EDITS: u32 = 100;
/// Of ten edits so many are wrong.
const WRONG: u32 = 4;
/// Mistakes of a file that the log says.
const MOST_LINES: usize = 20;
/// `CAMWALL_SEED` asks for other edits.
const SEED: u64 = 1;

/// Cameras that no edit touches: they are watched, and the first is recorded.
const UNTOUCHED: [&str; 3] = ["cam10", "cam1", "cam2"];
/// Cameras that come, go and change.
const TOUCHED: [&str; 4] = ["cam3", "cam4", "cam6", "cam7"];

/// A wall file as data.
#[derive(Clone)]
struct Site {
    url: String,
    /// By place in [`TOUCHED`]: what the file says of it, if it has it.
    touched: [Option<Touched>; 4],
    /// The order of the cameras.
    order: Vec<&'static str>,
    /// Layouts by name, each with its cameras.
    layouts: Vec<(u32, Vec<&'static str>)>,
    clock: bool,
    stale: u32,
    segment: u32,
    pre_roll: u32,
    rebound: bool,
    /// A tour of all layouts, and one in a tile.
    tour: bool,
    /// A layout with a hotspot.
    hotspot: bool,
    /// What the wall begins with: a layout by its place, or the tour.
    show: Option<usize>,
    orbit: Option<u32>,
    language: &'static str,
    /// Makes each text another one.
    number: u32,
}

#[derive(Clone, Copy, Default)]
struct Touched {
    name: u32,
    main: bool,
    sub: bool,
    udp: bool,
    fit: bool,
    record: bool,
    interval: bool,
}

impl Site {
    fn new(server: &Camsim) -> Self {
        let order: Vec<&str> = UNTOUCHED.into_iter().chain(TOUCHED).collect();
        Self {
            url: server.url(""),
            touched: [Some(Touched::default()); 4],
            layouts: vec![(0, order.clone()), (1, UNTOUCHED.to_vec())],
            order,
            clock: true,
            stale: 5,
            segment: 6,
            pre_roll: 1,
            rebound: false,
            tour: false,
            hotspot: false,
            show: None,
            orbit: None,
            language: "Auto",
            number: 0,
        }
    }

    fn has(&self, id: &str) -> bool {
        let touched = TOUCHED.iter().position(|known| *known == id);
        touched.is_none_or(|touched| self.touched[touched].is_some())
    }

    fn text(&self) -> String {
        let url = &self.url;
        let mut text = format!("/* {} */ (cameras: {{\n", self.number);
        for id in self.order.iter().filter(|id| self.has(id)) {
            write!(text, "  {id:?}: (main: ").expect("memory");
            match TOUCHED.iter().position(|known| known == id) {
                Some(touched) => {
                    self.touched[touched].unwrap_or_default().write(&mut text, url, id)
                }
                None if *id == UNTOUCHED[0] => {
                    write!(text, "\"{url}{id}/main\", record: Always").expect("memory");
                }
                None => write!(text, "\"{url}{id}/sub\"").expect("memory"),
            }
            text.push_str("),\n");
        }
        text.push_str("}, layouts: {\n");
        for (name, cameras) in &self.layouts {
            let cameras: Vec<&&str> = cameras.iter().filter(|id| self.has(id)).collect();
            writeln!(text, "  \"l{name}\": Grid(cameras: {cameras:?}),").expect("memory");
        }
        let tiles = |first: &str| {
            let [one, two, three] = UNTOUCHED;
            format!(
                "Tiles(columns: 4, rows: 1, tiles: [({first}, column: 0, row: 0), \
                 (camera: {one:?}, column: 1, row: 0), (camera: {two:?}, column: 2, row: 0), \
                 (camera: {three:?}, column: 3, row: 0)])"
            )
        };
        if self.hotspot {
            writeln!(text, "  \"spot\": {},", tiles("hotspot: true")).expect("memory");
        }
        if self.tour {
            let [one, two, _] = UNTOUCHED;
            let steps = format!("tour: (every: \"2s\", steps: [(show: {one:?}), (show: {two:?})])");
            writeln!(text, "  \"desk\": {},", tiles(&steps)).expect("memory");
        }
        text.push_str("}, ");
        if self.tour {
            let names = self.layouts.iter().map(|(name, _)| format!("(show: \"l{name}\")"));
            let steps = names.chain(["(show: \"desk\", for: \"3s\")".to_owned()]);
            let steps = steps.collect::<Vec<_>>().join(", ");
            writeln!(text, "tours: {{ \"rounds\": (every: \"2s\", steps: [{steps}]) }},")
                .expect("memory");
        }
        match self.show.map(|place| self.layouts.get(place)) {
            Some(Some((name, _))) => writeln!(text, "show: \"l{name}\",").expect("memory"),
            Some(None) if self.tour => text.push_str("show: \"rounds\",\n"),
            _ => {}
        }
        if let Some(orbit) = self.orbit {
            writeln!(text, "burn_in: (orbit: {orbit}),").expect("memory");
        }
        writeln!(text, "language: {},", self.language).expect("memory");
        let Self { clock, stale, segment, pre_roll, .. } = self;
        let keys = if self.rebound { r#""record": ["X"]"# } else { "" };
        write!(
            text,
            "overlay: (clock: {clock}, stale_after: \"{stale}s\"), keys: {{ {keys} }},\n\
             recording: (dir: \"video\", segment: \"{segment}s\", pre_roll: \"{pre_roll}s\", \
             keep: (free: \"20MB\")))\n"
        )
        .expect("memory");
        text
    }

    /// One to three changes.
    fn edit(&mut self, rng: &mut fastrand::Rng) {
        self.number += 1;
        for _ in 0..rng.u32(1..4) {
            let touched = rng.usize(..4);
            match rng.u32(..12) {
                0 => {
                    let there = &mut self.touched[touched];
                    *there = if there.is_some() { None } else { Some(Touched::random(rng)) };
                }
                1 | 2 => {
                    if let Some(camera) = &mut self.touched[touched] {
                        *camera = Touched::random(rng);
                    }
                }
                3 => rng.shuffle(&mut self.order),
                4 => {
                    let layout = rng.usize(..self.layouts.len());
                    rng.shuffle(&mut self.layouts[layout].1);
                }
                5 if self.layouts.len() > 1 => {
                    self.layouts.remove(rng.usize(..self.layouts.len()));
                }
                5 | 6 => {
                    let (cameras, newest) =
                        (self.order.clone(), self.layouts.iter().map(|it| it.0));
                    let name = newest.max().unwrap_or(0) + 1;
                    self.layouts.push((name, cameras));
                }
                7 => {
                    self.clock = rng.bool();
                    self.stale = rng.u32(3..9);
                    self.rebound = rng.bool();
                }
                8 => (self.tour, self.hotspot) = (rng.bool(), rng.bool()),
                9 => self.show = rng.bool().then(|| rng.usize(..4)),
                10 => {
                    self.orbit = rng.bool().then(|| rng.u32(1..3));
                    let languages = ["Auto", "English", "German", "Japanese", "TraditionalChinese"];
                    self.language = languages[rng.usize(..languages.len())];
                }
                _ => {
                    self.segment = rng.u32(2..9);
                    self.pre_roll = rng.u32(..3);
                }
            }
        }
    }

    /// A text that is wrong.
    fn wrong(&self, rng: &mut fastrand::Rng) -> Vec<u8> {
        let text = self.text();
        let with = |field: &str| text.replacen("overlay:", &format!("{field}, overlay:"), 1);
        match rng.u32(..11) {
            // Torn: without its end.
            0 => {
                let end = rng.usize(1..text.rfind(')').expect("an end"));
                text.as_bytes()[..end].to_vec()
            }
            1 => text.replacen("layouts", "layuots", 1).into_bytes(),
            2 => text.replacen("Grid(cameras: [", "Grid(cameras: [\"nobody\", ", 1).into_bytes(),
            3 => Vec::new(),
            4 => with("tours: { \"astray\": (steps: [(show: \"nowhere\")]) }").into_bytes(),
            5 => with("show: \"nowhere\"").into_bytes(),
            6 => with("burn_in: (orbit: 4000)").into_bytes(),
            7 => with("language: Klingon").into_bytes(),
            8 => with("walls: { \"left\": (show: \"nowhere\") }").into_bytes(),
            9 => {
                let two = "hotspot: true, camera: \"cam1\", column: 0, row: 0";
                let tile =
                    format!("layouts: {{\n  \"x\": Tiles(columns: 1, rows: 1, tiles: [({two})]),");
                text.replacen("layouts: {", &tile, 1).into_bytes()
            }
            _ => [text.as_bytes(), b"/* \xff\xfe */"].concat(),
        }
    }
}

impl Touched {
    fn random(rng: &mut fastrand::Rng) -> Self {
        Self {
            name: rng.u32(..5),
            main: rng.bool(),
            sub: rng.bool(),
            udp: rng.bool(),
            fit: rng.bool(),
            record: rng.bool(),
            interval: rng.bool(),
        }
    }

    fn write(self, text: &mut String, url: &str, id: &str) {
        let stream = if self.main { "main" } else { "sub" };
        write!(text, "\"{url}{id}/{stream}\", name: \"{id} {}\"", self.name).expect("memory");
        for (is, field) in [
            (self.sub, format!("sub: \"{url}{id}/sub\"")),
            (self.udp, "transport: Udp".to_owned()),
            (self.fit, "fit: Cover".to_owned()),
            (self.record, "record: Always".to_owned()),
            (self.interval, "interval: \"1s\"".to_owned()),
        ] {
            if is {
                write!(text, ", {field}").expect("memory");
            }
        }
    }
}

/// Saves something wrong, and waits until the log says just those mistakes: where the file was wrong
/// before, a number tells nothing. The same text once more is nothing new to it.
fn save_wrong(camwall: &mut Camwall, log: &Log, wall: &WallFile, how: Save, bytes: &[u8]) {
    let (before, from) = (config(camwall), log.text().len());
    let is_new = std::fs::read(wall.path()).is_ok_and(|there| there != bytes);
    how.save(&wall.path(), bytes);
    if !is_new {
        return;
    }
    let mistakes = Wall::load(&wall.path()).expect_err("it is wrong").to_string();
    let first: Vec<&str> = mistakes.lines().take(MOST_LINES).collect();
    log.expect(&first.join("\n"), from);
    camwall.wait_for("refused", SOON, |line| line.config.mistakes > 0);
    assert_eq!(config(camwall).generation, before.generation);
}

/// The names of the program's threads but those that come and go with a camera's stream.
fn lasting(camwall: &Camwall) -> Vec<String> {
    let threads = camwall.threads();
    let mut names: Vec<String> = threads.lines().map(str::to_owned).collect();
    // The thread that looks for fonts begins with the first letter that needs one, and stays.
    let passes =
        |name: &str| name.ends_with(".login") || name.ends_with(".still") || name == "fonts";
    names.retain(|name| !passes(name));
    names.sort();
    names
}

#[test]
fn a_hundred_edits_cost_nobody_anything_who_is_not_meant() {
    let _turn = turn();
    let asked = std::env::var("CAMWALL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = asked.unwrap_or(SEED);
    eprintln!("CAMWALL_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("sent");
    let mut server = Camsim::start(&["--cameras", "10", "--trace-sent", trace.to_str().unwrap()]);
    let mut site = Site::new(&server);
    let wall = WallFile::verbatim(&site.text());
    let archive = Archive::at(wall.file("video"));
    let (mut camwall, log) = start_logged(&wall, "640x360");
    let well = |line: &StatusLine| line.all_live() && line.camera("cam10").recording;
    camwall.wait_for("live and recorded", SOON, well);
    let first = site.clone();
    let (begun, before) = (camwall.lines().len(), lasting(&camwall));
    let mut taken = 0;
    for edit in 0..EDITS {
        let how = Save::ALL[rng.usize(..Save::ALL.len())];
        if rng.u32(..10) < WRONG {
            let bytes = site.wrong(&mut rng);
            save_wrong(&mut camwall, &log, &wall, how, &bytes);
        } else {
            site.edit(&mut rng);
            let text = site.text();
            let line = save_sound(&mut camwall, &wall, how, &text);
            taken += 1;
            assert_eq!(line.config.generation, taken, "edit {edit}:\n{text}");
            let there = site.order.iter().filter(|id| site.has(id));
            let shown: Vec<&str> = line.cameras.iter().map(|it| it.id.as_str()).collect();
            assert!(there.eq(&shown), "edit {edit}: {shown:?}\n{text}");
        }
    }
    // Back to the beginning: nothing is left over.
    let text = Site { number: site.number + 1, ..first }.text();
    save_sound(&mut camwall, &wall, Save::Write, &text);
    camwall.wait_for("all live again", 2 * SOON, well);
    let until = std::time::Instant::now() + SOON;
    while lasting(&camwall) != before && std::time::Instant::now() < until {
        std::thread::sleep(testkit::SECOND / 4);
    }
    assert_eq!(lasting(&camwall), before, "threads");
    assert!(taken > 40, "{taken} edits were sound");
    for line in &camwall.lines()[begun..] {
        for id in UNTOUCHED {
            // A busy computer may be late; nobody connects, and nobody is gone.
            let there = ["live", "late", "stale"].iter().any(|state| line.is(id, state));
            assert!(there, "{id}: {line:#?}");
            assert_eq!(line.camera(id).reconnects, 0, "{id}: {line:#?}");
        }
    }
    for path in ["cam10/main", "cam1/sub", "cam2/sub"] {
        assert_eq!(opened(&mut server, path), 1, "{path}: nobody touched it");
    }
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    archive.assert_sound(&["cam10"]);
    let timeline = archive.camera("cam10");
    assert_eq!(timeline.gaps, [], "nothing is missing");
    assert!(timeline.segments.len() > 3, "{} files", timeline.segments.len());
    let clip = Clip::read("cam10-360.h264");
    let units = timeline.segments.iter().flat_map(|it| clip.units_of(&timeline.path(it)));
    assert_run(&units.collect::<Vec<usize>>(), &sent(&trace, "cam10", "main", &clip));
    server.expect_nobody(SOON);
}
