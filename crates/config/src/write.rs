//! A wall as the text of a wall file: the way back from [`Wall`] to RON.
//!
//! Pure; runs on the caller's thread. Policies: what [`Wall::parse`] makes of the text is the wall
//! that was written; what has its default is left out, so that the file stays one that a person
//! reads; and each structure is taken apart by all its fields, so that a setting that is not
//! written does not compile. Who hands over a wall whose addresses hold logins gets them back.

mod cameras;
mod forms;
mod layouts;

use camwall_address::CameraAddress;
use indexmap::IndexMap;

use self::cameras::write_camera;
use self::forms::{
    Fields, comment, list, map, path_of, quote, section, write_duration, write_size,
};
use self::layouts::{write_layout, write_tour};
use super::{
    Auth, BurnIn, Camera, Fit, Keys, Language, Layout, Monitor, Night, Overlay, Record, Recording,
    Retention, Sandbox, Screen, Transport, Trust, Via, Wall, Watch, Window,
};

/// What stands above the cameras.
const CAMERAS: &str = "Each camera has an id, which names its folder of recordings, and a number: \
                       its place here. `camwall check --probe` connects to all of them.";

/// What stands above the layouts.
const LAYOUTS: &str = "F1 shows the first layout, F2 the second.";

/// What stands above the tours.
const TOURS: &str =
    "Layouts that are shown one after another. `T` pauses a tour and goes on with it.";

/// What stands above several walls.
const WALLS: &str = "Walls, each with a window on a monitor of its own.";

/// What stands above the recordings.
const RECORDING: &str = "Where and how cameras are recorded. The oldest files go first.";

impl Camera {
    /// A camera of which nothing is said but where it is.
    #[must_use]
    pub fn at(main: CameraAddress) -> Self {
        Self {
            name: None,
            main,
            sub: None,
            login: None,
            auth: Auth::default(),
            trust: Trust::default(),
            transport: Transport::default(),
            via: Via::default(),
            fit: Fit::default(),
            options: IndexMap::new(),
            hls: false,
            interval: None,
            watch: Watch::default(),
            record: Record::default(),
        }
    }
}

impl Wall {
    /// A wall of these cameras and layouts, of which nothing else is said.
    #[must_use]
    pub fn of(cameras: IndexMap<String, Camera>, layouts: IndexMap<String, Layout>) -> Self {
        Self {
            cameras,
            layouts,
            tours: IndexMap::new(),
            show: None,
            walls: IndexMap::new(),
            prewarm: Vec::new(),
            language: Language::Auto,
            window: Window::default(),
            overlay: Overlay::default(),
            burn_in: BurnIn::default(),
            keys: Keys::default(),
            recording: None,
            sandbox: Sandbox::default(),
        }
    }

    /// The text of a wall file that says the same, with comments; `head` stands above it. A login
    /// that was typed is nowhere to be found later, and is left out.
    #[must_use]
    pub fn write(&self, head: &str) -> String {
        let Self {
            cameras,
            layouts,
            tours,
            show,
            walls,
            prewarm,
            language,
            window,
            overlay,
            burn_in,
            keys,
            recording,
            sandbox,
        } = self;
        let mut text = comment(head, "");
        text.push_str("(\n");
        section(&mut text, CAMERAS, "cameras", &map(cameras, write_camera));
        section(&mut text, LAYOUTS, "layouts", &map(layouts, write_layout));
        if !tours.is_empty() {
            section(&mut text, TOURS, "tours", &map(tours, write_tour));
        }
        if let Some(show) = show {
            section(&mut text, "What to begin with.", "show", &quote(show));
        }
        if !walls.is_empty() {
            section(&mut text, WALLS, "walls", &map(walls, write_screen));
        }
        if !prewarm.is_empty() {
            let why = "Layouts whose cameras are decoded also while nobody sees them.";
            section(&mut text, why, "prewarm", &list(prewarm));
        }
        if *language != Language::Auto {
            let why = "In which language the wall speaks.";
            section(&mut text, why, "language", &format!("{language:?}"));
        }
        if *window != Window::default() {
            section(&mut text, "The window.", "window", &write_window(window));
        }
        if *overlay != Overlay::default() {
            let why = "What is written over the pictures.";
            section(&mut text, why, "overlay", &write_overlay(overlay));
        }
        if *burn_in != BurnIn::default() {
            let why = "Care for screens that show the same for years.";
            section(&mut text, why, "burn_in", &write_burn_in(burn_in));
        }
        if let Some(recording) = recording {
            section(&mut text, RECORDING, "recording", &write_recording(recording));
        }
        let Keys(keys) = keys;
        if !keys.is_empty() {
            let keys = map(keys, |chords| list(chords));
            section(&mut text, "Keys that differ from the defaults.", "keys", &keys);
        }
        if *sandbox != Sandbox::default() {
            let why = "Whether the program may reach only what the wall needs.";
            section(&mut text, why, "sandbox", &format!("{sandbox:?}"));
        }
        text.push_str(")\n");
        text
    }
}

fn write_window(window: &Window) -> String {
    let mut fields = Fields::default();
    add_window(&mut fields, window);
    fields.within("")
}

fn write_screen(screen: &Screen) -> String {
    let mut fields = Fields::default();
    if let Some(show) = &screen.show {
        fields.add("show", quote(show));
    }
    add_window(&mut fields, &screen.window());
    fields.within("")
}

fn add_window(fields: &mut Fields, window: &Window) {
    let (Window { monitor, fullscreen, size, rotation }, plain) = (window, Window::default());
    match monitor {
        Some(Monitor::Name(name)) => fields.add("monitor", format!("Name({})", quote(name))),
        Some(Monitor::Index(index)) => fields.add("monitor", format!("Index({index})")),
        None => fields,
    }
    .differing("fullscreen", (fullscreen, &plain.fullscreen), ToString::to_string)
    .differing("size", (size, &plain.size), |(width, height)| format!("({width}, {height})"))
    .differing("rotation", (rotation, &plain.rotation), |it| format!("{it:?}"));
}

fn write_burn_in(burn_in: &BurnIn) -> String {
    let BurnIn { orbit, night } = burn_in;
    let mut fields = Fields::default();
    fields.differing("orbit", (orbit, &0), ToString::to_string);
    if let Some(Night { from, to, dim, swap }) = night {
        let time = |time: &jiff::civil::Time| quote(&time.strftime("%H:%M").to_string());
        let mut night = Fields::default();
        night
            .add("from", time(from))
            .add("to", time(to))
            .differing("dim", (dim, &0), ToString::to_string)
            .differing("swap", (swap, &false), ToString::to_string);
        fields.add("night", night.within(""));
    }
    fields.within("")
}

fn write_overlay(overlay: &Overlay) -> String {
    let Overlay {
        name,
        state,
        stats,
        clock,
        stale_after,
        high_contrast,
        letter_size,
        reduced_motion,
    } = overlay;
    let plain = Overlay::default();
    let mut fields = Fields::default();
    fields
        .differing("name", (name, &plain.name), ToString::to_string)
        .differing("state", (state, &plain.state), ToString::to_string)
        .differing("stats", (stats, &plain.stats), ToString::to_string)
        .differing("clock", (clock, &plain.clock), ToString::to_string)
        .differing("stale_after", (stale_after, &plain.stale_after), |it| write_duration(*it))
        .differing("high_contrast", (high_contrast, &plain.high_contrast), ToString::to_string)
        .differing("letter_size", (letter_size, &plain.letter_size), ToString::to_string)
        .differing("reduced_motion", (reduced_motion, &plain.reduced_motion), ToString::to_string);
    fields.within("")
}

fn write_recording(recording: &Recording) -> String {
    let Recording { dir, must_exist, container, segment, segment_size, pre_roll, memory, keep } =
        recording;
    let plain = Recording::default();
    let mut fields = Fields::default();
    // The folder is said in any case: who reads the file wants to know it.
    fields
        .add("dir", path_of(dir))
        .differing("must_exist", (must_exist, &plain.must_exist), ToString::to_string)
        .differing("container", (container, &plain.container), |it| format!("{it:?}"))
        .differing("segment", (segment, &plain.segment), |it| write_duration(*it))
        .differing("segment_size", (segment_size, &plain.segment_size), |it| write_size(*it))
        .differing("pre_roll", (pre_roll, &plain.pre_roll), |it| write_duration(*it))
        .differing("memory", (memory, &plain.memory), |it| write_size(*it))
        .differing("keep", (keep, &plain.keep), write_keep);
    fields.within("")
}

fn write_keep(keep: &Retention) -> String {
    let (Retention { age, total, per_camera, free }, plain) = (keep, Retention::default());
    let mut fields = Fields::default();
    if let Some(age) = age {
        fields.add("age", write_duration(*age));
    }
    for (name, size) in [("total", total), ("per_camera", per_camera)] {
        if let Some(size) = size {
            fields.add(name, write_size(*size));
        }
    }
    fields.differing("free", (free, &plain.free), |it| write_size(*it));
    fields.within("")
}
