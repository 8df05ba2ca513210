//! The screens of a monitor of OpenSurv: YAML, a file for each monitor.
//!
//! Pure. `essentials: screens:` is a list of screens, which follow one another every `duration`
//! seconds (30) unless `disable_autorotation` says not to; a screen has `streams` with a `url` each,
//! stands in `nr_of_columns` columns (2), and a stream may have a place of its own in points,
//! `force_coordinates: [left, top, right, bottom]`, and lie above others, `showontop`. Policies: a
//! screen is a layout, several that follow one another are a tour, a monitor among others is a wall;
//! places in points become cells, by what divides all of them; a stream that is a picture
//! (`imageurl`) is told and left out; of options that say how to play, those that name a transport are
//! taken over, and the others are told by their names.

use std::time::Duration;

use camwall_config::{Layout, Monitor, Screen, Step, Tile, Tour, Transport};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::cctv_viewer::layout;
use super::{Format, ImportError, List};
use crate::draft::Given;
use crate::remark::{Place, What};

/// Most cells across or down.
const MOST: u32 = 64;

/// As many columns as OpenSurv takes where none are said.
const COLUMNS: u32 = 2;

/// As long as OpenSurv shows a screen where no time is said, seconds.
const DURATION: u32 = 30;

/// Whether OpenSurv looks at streams before it shows them.
const UNPROBED: &str = "disable_probing_for_all_streams";

/// More points than any monitor has.
const MOST_POINTS: i64 = 100_000;

/// A file. What is not named here OpenSurv does not know either.
#[derive(Deserialize)]
struct File {
    essentials: Essentials,
}

#[derive(Deserialize)]
struct Essentials {
    #[serde(default)]
    screens: Vec<Streams>,
    #[serde(default)]
    disable_autorotation: bool,
    interval_check_status: Option<IgnoredAny>,
}

/// A screen: what is on the monitor at a time.
#[derive(Deserialize)]
struct Streams {
    #[serde(default)]
    streams: Vec<Stream>,
    nr_of_columns: Option<u32>,
    duration: Option<f64>,
    #[serde(default)]
    rotate90: bool,
    disable_probing_for_all_streams: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Stream {
    url: String,
    #[serde(default)]
    imageurl: bool,
    #[serde(default)]
    showontop: bool,
    #[serde(default)]
    force_coordinates: Option<Vec<i64>>,
    #[serde(default)]
    enableaudio: Loose,
    #[serde(default)]
    rtsp_over_tcp: Loose,
    #[serde(default)]
    freeform_advanced_mpv_options: Loose,
    probe_timeout: Option<IgnoredAny>,
    timeout_waiting_for_init_stream: Option<IgnoredAny>,
}

/// What may be written in several ways.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Loose {
    Flag(bool),
    Text(String),
    Other(IgnoredAny),
    #[default]
    #[serde(skip)]
    Missing,
}

impl Loose {
    fn is_on(&self) -> bool {
        matches!(self, Self::Flag(true) | Self::Text(_))
    }
}

impl Stream {
    /// How it is to be asked for its pictures, if that is said; notes what else is said of playing.
    fn transport(&self, list: &mut List) -> Option<Transport> {
        let mut transport = self.rtsp_over_tcp.is_on().then_some(Transport::Tcp);
        let mut others = false;
        if let Loose::Text(options) = &self.freeform_advanced_mpv_options {
            for option in options.split_whitespace() {
                match option {
                    "--rtsp-transport=tcp" => transport = Some(Transport::Tcp),
                    "--rtsp-transport=udp" => transport = Some(Transport::Udp),
                    _ => others = true,
                }
            }
        }
        for (is, name) in [
            (self.enableaudio.is_on(), "enableaudio"),
            (others, "freeform_advanced_mpv_options"),
            (self.probe_timeout.is_some(), "probe_timeout"),
            (self.timeout_waiting_for_init_stream.is_some(), "timeout_waiting_for_init_stream"),
        ] {
            list.left_out.extend(is.then_some(name));
        }
        transport
    }
}

/// Whether a text looks like one.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "essentials:")
}

/// Reads the screens of monitor number `monitor`, from 0; of the only one where it has none.
pub(super) fn read(text: &str, monitor: Option<usize>, list: &mut List) -> Result<(), ImportError> {
    let file: File = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |at| at.line() as usize);
        ImportError::Broken { format: Format::OpenSurv, line }
    })?;
    let Essentials { screens, disable_autorotation, interval_check_status } = file.essentials;
    list.left_out.extend(interval_check_status.map(|_| "interval_check_status"));
    let called = |what: &str| match monitor {
        Some(monitor) => format!("monitor {} {what}", monitor + 1),
        None => what.to_owned(),
    };
    let mut steps = Vec::new();
    for (screen, number) in screens.iter().zip(1..) {
        let name = called(&format!("screen {number}"));
        let unprobed = screen.disable_probing_for_all_streams.map(|_| UNPROBED);
        list.left_out.extend(unprobed);
        if screen.rotate90 {
            list.tell(Place::Screen(number), What::Turned);
        }
        let Some(show) = add_screen(screen, number, &name, list)? else { continue };
        if disable_autorotation || screens.len() == 1 {
            steps.push(Step { show, time: None });
        } else if steps.len() < Tour::MOST_STEPS {
            let time = Some(time(screen, number, list));
            steps.push(Step { show, time });
        } else {
            list.tell(Place::Screen(number), What::Step(Tour::MOST_STEPS));
        }
    }
    list.tell_options();
    let begins = match steps.as_slice() {
        [] => return Ok(()),
        [_, _, ..] if !disable_autorotation => list.draft.add_tour(&called("screens"), tour(steps)),
        [first, ..] => first.show.clone(),
    };
    let Some(monitor) = monitor else {
        list.draft.begin_with(begins);
        return Ok(());
    };
    let (show, at) = (Some(begins), Some(Monitor::Index(monitor)));
    let screen = Screen { show, monitor: at, ..Screen::default() };
    list.draft.add_wall(&format!("monitor {}", monitor + 1), screen);
    Ok(())
}

/// For how long a screen is shown.
fn time(screen: &Streams, number: usize, list: &mut List) -> Duration {
    let asked = screen.duration.unwrap_or(DURATION.into()).clamp(0.0, 1e6) as u32;
    let (least, most) = Tour::TIMES.into_inner();
    let taken = Duration::from_secs(asked.into()).clamp(least, most);
    let seconds = taken.as_secs();
    if seconds != u64::from(asked) {
        let taken = u32::try_from(seconds).unwrap_or(asked);
        list.tell(Place::Screen(number), What::Duration(asked, taken));
    }
    taken
}

/// Steps whose times say nothing where they are that of the first.
fn tour(mut steps: Vec<Step>) -> Tour {
    let every = steps.first().and_then(|step| step.time).unwrap_or(Tour::EVERY);
    for step in &mut steps {
        step.time = step.time.filter(|time| *time != every);
    }
    Tour { every, ..Tour::of(steps) }
}

/// A stream's place in points: left, top, right, bottom.
type Points = [u32; 4];

/// A camera, where it is to be, and whether above others.
struct Shown {
    camera: String,
    at: Option<Points>,
    on_top: bool,
}

/// Adds a layout; what it is called. None where there is no camera.
fn add_screen(
    screen: &Streams,
    number: usize,
    name: &str,
    list: &mut List,
) -> Result<Option<String>, ImportError> {
    let mut shown = Vec::new();
    for (stream, index) in screen.streams.iter().zip(1..) {
        let place = Place::Stream(number, index);
        if stream.imageurl {
            list.tell(place, What::Picture);
            continue;
        }
        let transport = stream.transport(list);
        let Some(camera) = list.show(place, Given::at(stream.url.trim().into()))? else { continue };
        if let Some(transport) = transport {
            list.ask_over(&camera, transport);
        }
        let at = stream.force_coordinates.as_ref().map(|at| points(at));
        if at == Some(None) {
            list.tell(place, What::NoPlace);
        }
        shown.push(Shown { camera, at: at.flatten(), on_top: stream.showontop });
    }
    if shown.is_empty() {
        return Ok(None);
    }
    let count = u32::try_from(shown.len()).unwrap_or(MOST);
    let columns = screen.nr_of_columns.unwrap_or(COLUMNS).clamp(1, count.min(MOST));
    let made = if shown.iter().any(|it| it.at.is_some()) {
        placed(shown, columns, Place::Screen(number), list)
    } else {
        let cameras = shown.into_iter().map(|it| it.camera).collect();
        let fits = count.div_ceil(columns) <= MOST;
        Layout::Grid { columns: fits.then_some(columns), cameras }
    };
    Ok(Some(list.draft.add_layout(name, made)))
}

/// Coordinates that are a place.
fn points(at: &[i64]) -> Option<Points> {
    let [left, top, right, bottom] = *<&[i64; 4]>::try_from(at).ok()?;
    let is_place = left >= 0 && top >= 0 && left < right && top < bottom;
    let on_a_screen = right <= MOST_POINTS && bottom <= MOST_POINTS;
    let point = |it: i64| u32::try_from(it).ok();
    (is_place && on_a_screen)
        .then(|| Some([point(left)?, point(top)?, point(right)?, point(bottom)?]))?
}

/// A layout of places in points. Who has none stands where OpenSurv would put him: in a grid over the
/// whole screen.
fn placed(shown: Vec<Shown>, columns: u32, place: Place, list: &mut List) -> Layout {
    let extent = |side: usize| {
        let ends = shown.iter().filter_map(|it| it.at.map(|at| at[side]));
        ends.max().unwrap_or(1).max(1)
    };
    let (width, height) = (extent(2), extent(3));
    // No monitor is narrower or wider than that: there is room that nobody took.
    if width * 9 != height * 16 {
        list.tell(place, What::Extent(width, height));
    }
    let rows = u32::try_from(shown.len()).unwrap_or(MOST).div_ceil(columns);
    let in_grid = |index: u32| {
        let (w, h) = (width / columns, height / rows);
        let (x, y) = (index % columns * w, index / columns * h);
        [x, y, x + w, y + h]
    };
    let places: Vec<Points> =
        (0..).zip(&shown).map(|(index, it)| it.at.unwrap_or_else(|| in_grid(index))).collect();
    let across = Cells::of(width, places.iter().flat_map(|at| [at[0], at[2]]));
    let down = Cells::of(height, places.iter().flat_map(|at| [at[1], at[3]]));
    if !(across.exact && down.exact) {
        list.tell(place, What::Nearest);
    }
    let tile = |(it, at): (Shown, &Points)| {
        let (column, width) = across.span(at[0], at[2]);
        let (row, height) = down.span(at[1], at[3]);
        (
            it.on_top,
            Tile {
                camera: it.camera,
                column,
                row,
                width,
                height,
                overlap: it.on_top,
                ..Tile::default()
            },
        )
    };
    let mut tiles: Vec<(bool, Tile)> = shown.into_iter().zip(&places).map(tile).collect();
    // Drawn in their order: what lies above comes last.
    tiles.sort_by_key(|(on_top, _)| *on_top);
    let mut tiles: Vec<Tile> = tiles.into_iter().map(|(_, tile)| tile).collect();
    for index in 1..tiles.len() {
        let (before, rest) = tiles.split_at_mut(index);
        if let Some(tile) = rest.first_mut() {
            tile.overlap |= before.iter().any(|other| other.meets(tile));
        }
    }
    layout(across.count, down.count, tiles)
}

/// One side of a screen in cells.
struct Cells {
    /// How many.
    count: u32,
    /// Points of the side.
    points: u32,
    /// Whether each place begins and ends with a cell.
    exact: bool,
}

impl Cells {
    /// As few as have all `marks` at their edges, at most [`MOST`].
    fn of(points: u32, marks: impl Iterator<Item = u32>) -> Self {
        let cell = marks.fold(points, divisor);
        let count = points / cell.max(1);
        let exact = count <= MOST;
        Self { count: count.clamp(1, MOST), points, exact }
    }

    /// The first cell and how many, at least one.
    fn span(&self, from: u32, to: u32) -> (u32, u32) {
        let nearest = |point: u32| {
            let cells = u64::from(point) * u64::from(self.count) * 2 / u64::from(self.points);
            u32::try_from(cells.div_ceil(2)).unwrap_or(self.count).min(self.count)
        };
        let first = nearest(from).min(self.count - 1);
        (first, nearest(to).saturating_sub(first).max(1))
    }
}

/// The greatest number that divides both.
fn divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { divisor(other, one % other) }
}
