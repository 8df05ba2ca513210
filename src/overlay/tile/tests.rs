//! What is written on a tile, in all its states and sizes.

use std::sync::Arc;

use super::*;
use crate::camera::messages::recording;
use camwall_config::Wall;
use camwall_media::{FeedStatus, LowerTransport, Outage, SourceError, Undecodable};
use camwall_recorder::{Cause, Doubts, RecorderStatus, RetentionRule};
use camwall_words::EN;

mod fits;

/// A camera at an instant.
struct Case {
    camera: Camera,
    health: Health,
    warnings: Warnings,
    stats: StreamStats,
    recording: RecorderStatus,
    notice: Notice,
    tour: Option<(usize, usize)>,
    words: &'static Words,
    clock_keys: Vec<Chord>,
    show: config::Overlay,
    scale: f32,
    now: Instant,
}

impl Case {
    /// `age` is that of the newest frame.
    fn new(state: FeedState, age: Duration, record: RecorderStatus) -> Self {
        let wall = Wall::parse(r#"(cameras: {"gate": (main: "./a")})"#, "wall.ron").unwrap().wall;
        let now = Instant::now() + Duration::from_secs(60);
        let camera = Camera {
            number: 1,
            id: Arc::from("gate"),
            name: "Main gate".to_owned(),
            config: wall.cameras["gate"].clone(),
        };
        let feed = FeedStatus { last_frame_at: Some(now - age), ..FeedStatus::default() };
        let stats = StreamStats { feed, ..StreamStats::default() };
        let (health, notice) = (Health(state), Notice::default());
        let warnings = Warnings::default();
        let (clock_keys, show, words) = (Vec::new(), wall.overlay, &EN);
        let recording = record;
        let tour = None;
        Self {
            camera,
            health,
            warnings,
            stats,
            recording,
            notice,
            tour,
            words,
            clock_keys,
            show,
            scale: layout::ui_scale(bevy::math::UVec2::new(1920, 1080)),
            now,
        }
    }

    fn live(record: RecorderStatus) -> Self {
        Self::new(FeedState::Live, FRESH, record)
    }

    fn offline(record: RecorderStatus) -> Self {
        Self::failed(SourceError::Unreachable { detail: "no route to host".to_owned() }, record)
    }

    fn failed(error: SourceError, record: RecorderStatus) -> Self {
        let now = Instant::now();
        let error = Arc::new(error);
        Self::new(FeedState::Down(Outage { since: now, error, retry_at: now }), OLDER, record)
    }

    fn noted(mut self, text: &str, left: Duration) -> Self {
        self.notice.0 = Some((text.to_owned(), self.now + left));
        self
    }

    fn shown(&self, rect: PxRect) -> ShownTile<'_> {
        ShownTile {
            camera: &self.camera,
            health: &self.health,
            warnings: self.warnings,
            stats: &self.stats,
            recording: &self.recording,
            notice: &self.notice,
            tour: self.tour,
            words: self.words,
            clock_keys: &self.clock_keys,
            rect,
            scale: self.scale,
            now: self.now,
        }
    }

    fn paint(&self, rect: PxRect) -> (Canvas, GlyphCache) {
        let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
        write(&mut canvas, &mut glyphs, &self.shown(rect), &self.show, false);
        (canvas, glyphs)
    }

    /// What the label of a tile so wide says.
    fn label(&self, width: u32) -> Vec<String> {
        let text = |span| match span {
            LabelSpan::Text(text, _) | LabelSpan::Name(text, _) => Some(text),
            LabelSpan::Mark(..) => None,
        };
        let shown = self.shown(PxRect::new(0, 0, width, width * 9 / 16));
        label(&shown, &self.show).into_iter().filter_map(text).collect()
    }
}

const FRESH: Duration = Duration::from_millis(40);
const OLDER: Duration = Duration::from_millis(1500);

/// From the wall of one camera to tiles in which nothing can be read.
const SIZES: [(u32, u32); 10] = [
    (1920, 1080),
    (960, 540),
    (640, 360),
    (480, 270),
    (240, 135),
    (160, 90),
    (100, 80),
    (96, 54),
    (1280, 240),
    (300, 700),
];

fn recorded() -> RecorderStatus {
    RecorderStatus { wanted: true, writing: true, ..RecorderStatus::default() }
}

fn failed(cause: Cause) -> RecorderStatus {
    RecorderStatus { wanted: true, fault: Some(cause), ..RecorderStatus::default() }
}

fn texts(canvas: &Canvas) -> Vec<&str> {
    canvas.lines.iter().map(|line| line.text.as_str()).collect()
}

fn rect_of(quad: &Quad) -> Rect {
    let [x, y, width, height] = quad.dst;
    Rect::new(x, y, x + width, y + height)
}

/// The red ground of the recording banner.
fn alarm(canvas: &Canvas) -> Option<Rect> {
    let grounds = canvas.shapes.iter().filter(|quad| quad.color == canvas::ALARM);
    grounds.map(rect_of).max_by(|a, b| a.width().total_cmp(&b.width()))
}

#[test]
fn a_label_says_what_is_so() {
    let words = |state, record, age| Case::new(state, age, record).label(640);
    let off = RecorderStatus::default();
    assert_eq!(words(FeedState::Live, off, FRESH), ["1  Main gate", "LIVE"]);
    assert_eq!(words(FeedState::Live, recorded(), FRESH), ["1  Main gate", "REC", "LIVE"]);
    assert_eq!(words(FeedState::Live, off, OLDER), ["1  Main gate", "LIVE", "1.5 s old"]);
    assert_eq!(words(FeedState::Stale, recorded(), OLDER), ["1  Main gate", "REC"]);
    let kept = RecorderStatus { kept: true, ..recorded() };
    assert_eq!(words(FeedState::Live, kept, FRESH), ["1  Main gate", "REC", "KEPT", "LIVE"]);
    assert_eq!(words(FeedState::Late { by: OLDER }, recorded(), FRESH), ["1  Main gate", "REC"]);
}

/// The table of docs/trouble.md tells each word that an operator may read, and no other.
#[test]
fn the_page_about_trouble_says_every_word() {
    use CameraState as S;
    let page = include_str!("../../../docs/trouble.md");
    let (_, rest) = page.split_once("## When things fail").expect("the section");
    let table = rest.split("\n## ").next().unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let told: String = rows.map(|row| row.split('|').skip(2).collect::<String>()).collect();
    let states = [
        S::Late,
        S::Stale,
        S::Undecodable,
        S::Busy,
        S::AuthFailed,
        S::NoLogin,
        S::NotTrusted,
        S::Offline,
        S::Ended,
    ];
    let warned = ["FROZEN", "DARK", "DAMAGED", "REDUCED", EN.warned.clock, EN.warned.keep];
    let words: Vec<&str> = states
        .map(|state| canvas::state_label(&EN.states, state))
        .into_iter()
        .chain(warned)
        .collect();
    for word in &words {
        assert!(told.contains(word), "the page does not say {word}");
    }
    let known = words.join(" ") + " TCP UDP RTCP GPU TLS";
    let loud = told.split(|c: char| !c.is_alphabetic() && c != '\'');
    for word in loud.filter(|word| word.len() > 2 && !word.contains(char::is_lowercase)) {
        assert!(known.contains(word), "the page shouts {word}, which no tile says");
    }
}

/// What a tile so wide and high says.
fn said(case: &Case, (width, height): (u32, u32)) -> String {
    texts(&case.paint(PxRect::new(0, 0, width, height)).0).join(" ")
}

/// The colours of what frames the tile.
fn framed(case: &Case, color: [f32; 4]) -> bool {
    let (canvas, _) = case.paint(PxRect::new(0, 0, 640, 360));
    canvas.shapes.iter().any(|quad| quad.color == color && rect_of(quad).width() == 640.0)
}

#[test]
fn what_is_wrong_with_a_live_picture_is_said_and_a_doubtful_one_is_not_called_live() {
    let mut case = Case::live(RecorderStatus::default());
    assert_eq!(said(&case, (640, 360)), "1  Main gate LIVE");
    assert!(!framed(&case, canvas::WARNING));
    let at = case.now - Duration::from_secs(30);
    let time = time_of_day(&EN.dates, case.now, at).expect("a time of day");
    case.warnings.damaged = true;
    assert_eq!(said(&case, (640, 360)), "1  Main gate LIVE DAMAGED");
    assert!(!framed(&case, canvas::WARNING), "it is live");
    case.warnings.reduced = true;
    assert_eq!(said(&case, (640, 360)), "1  Main gate LIVE DAMAGED REDUCED");
    case.health = Health(FeedState::Late { by: 3 * OLD });
    let late = said(&case, (640, 360));
    assert!(late.contains("DAMAGED REDUCED") && late.contains("LATE 3 s"), "{late}");
    assert!(!late.contains(EN.advice.overloaded), "its own link may be to blame: {late}");
    case.stats.feed.late_is_ours = true;
    let late = said(&case, (640, 360));
    assert!(late.contains(EN.advice.overloaded), "the camera is not to blame: {late}");
    case.health = Health(FeedState::Live);
    case.warnings = Warnings { frozen: Some(at), ..Warnings::default() };
    assert_eq!(said(&case, (640, 360)), format!("1  Main gate FROZEN since {time}"));
    assert!(framed(&case, canvas::WARNING));
    case.warnings = Warnings { dark: Some(at), damaged: true, ..Warnings::default() };
    assert_eq!(said(&case, (640, 360)), format!("1  Main gate DARK since {time} DAMAGED"));
    case.show.state = false;
    assert_eq!(said(&case, (640, 360)), format!("1  Main gate DARK since {time} DAMAGED"));
    // A long name does not push it off the tile.
    case.camera.name = "The gate at the far end of the yard behind the house".to_owned();
    for size in SIZES.into_iter().filter(|(width, _)| *width >= 240) {
        assert!(said(&case, size).contains("DARK since"), "{size:?}: {}", said(&case, size));
    }
    // What is not live says so, and nothing else.
    case.health = Health(FeedState::Stale);
    assert!(!said(&case, (640, 360)).contains("DARK"), "{}", said(&case, (640, 360)));
}

#[test]
fn a_doubtful_archive_is_told_with_or_without_a_picture_and_what_to_do_where_there_is_room() {
    let doubts = Doubts { clock: true, limit: Some(RetentionRule::Total) };
    let doubted = RecorderStatus { doubts, ..recorded() };
    let mut case = Case::live(doubted);
    let words = "CLOCK KEEP NOT MET";
    assert_eq!(said(&case, (640, 360)), format!("1  Main gate REC LIVE {words}"));
    let unbound = "the time may be wrong until it is synchronised, or trust_clock is pressed";
    let whole = format!("1  Main gate REC LIVE {words} {unbound}");
    assert_eq!(said(&case, (1920, 1080)), whole);
    case.clock_keys = vec!["Ctrl+T".parse().unwrap()];
    let text = said(&case, (1920, 1080));
    assert!(text.contains("the time may be wrong: press Ctrl+T if it is right"), "{text}");
    let limit = RecorderStatus {
        doubts: Doubts { limit: Some(RetentionRule::Total), clock: false },
        ..recorded()
    };
    let text = said(&Case::live(limit), (1920, 1080));
    assert!(text.ends_with("REC LIVE KEEP NOT MET what is kept exceeds total"), "{text}");
    // After what the picture hides, before what it lacks.
    case.warnings = Warnings { damaged: true, unverified: true, ..Warnings::default() };
    let text = said(&case, (1920, 1080));
    assert!(text.contains(&format!("DAMAGED {words} ENCRYPTED, NOT VERIFIED")), "{text}");
    for doubted in [Case::offline(doubted), Case::new(FeedState::Stale, OLDER, doubted)] {
        for size in SIZES.into_iter().filter(|(width, height)| *width >= 240 && *height >= 240) {
            let text = said(&doubted, size);
            assert!(text.contains("CLOCK"), "{size:?}: {text}");
        }
    }
}

#[test]
fn what_is_late_or_cannot_be_decoded_says_how_and_why() {
    let mut late = Case::new(FeedState::Late { by: 6 * OLD }, FRESH, RecorderStatus::default());
    let since = late.now - Duration::from_secs(30);
    late.stats.state_since = Some(since);
    let time = time_of_day(&EN.dates, late.now, since).expect("a time of day");
    let text = said(&late, (640, 360));
    assert!(text.contains(&format!("since {time}")), "{text}");
    assert!(text.contains("LATE 6 s pictures come too late: check the network's speed"), "{text}");
    let why = Undecodable::BrokenKeyFrames;
    let case = Case::new(FeedState::Undecodable { why }, 9 * OLD, RecorderStatus::default());
    let text = said(&case, (640, 360));
    assert!(text.contains("CAN'T DECODE its key frames are broken: restart the camera"), "{text}");
    assert!(text.contains("last picture ") && text.contains(", 9 s ago"), "{text}");
}

#[test]
fn figures_name_the_transport_of_rtsp_only() {
    let figures = |transport| {
        let mut case = Case::live(RecorderStatus::default());
        case.stats.feed.codec = Some("h264");
        case.stats.feed.transport = transport;
        figures(&case.shown(PxRect::new(0, 0, 640, 360)))
    };
    assert!(figures(Some(LowerTransport::Udp)).starts_with("main 0×0 h264 udp  "));
    assert!(figures(Some(LowerTransport::Tcp)).starts_with("main 0×0 h264 tcp  "));
    assert!(figures(None).starts_with("main 0×0 h264  0/s  "));
}

#[test]
fn why_there_is_no_picture_is_said_whole_and_without_the_protocols_words() {
    for (error, _) in messages::tests::every_error() {
        let case = Case::failed(error.clone(), RecorderStatus::default());
        for (width, height) in [(1920, 1080), (640, 360), (480, 270)] {
            let (canvas, _) = case.paint(PxRect::new(0, 0, width, height));
            let said = texts(&canvas).join(" ");
            let sentence = messages::source(&EN.advice, &error);
            assert!(said.contains(sentence), "{width}x{height}: {sentence:?} is not in {said:?}");
            assert!(!said.contains(messages::tests::DETAIL), "{said}");
            // The last line, for which a small tile may have no room.
            let again = said.contains("trying again");
            assert!(again != error.is_final() || (!again && height < 1080), "{said}");
        }
    }
}

#[test]
fn rec_is_lit_only_while_bytes_reach_the_disk() {
    let wanted = RecorderStatus { wanted: true, ..RecorderStatus::default() };
    assert!(!Case::live(wanted).label(640).contains(&"REC".to_owned()));
    let (canvas, _) = Case::live(failed(Cause::DiskFull)).paint(PxRect::new(0, 0, 640, 360));
    assert!(!texts(&canvas).contains(&"REC"));
}

#[test]
fn a_long_name_makes_room_for_rec() {
    let mut case = Case::live(recorded());
    case.camera.name = "The gate at the far end of the yard behind the house".to_owned();
    for (width, height) in SIZES {
        let (canvas, mut glyphs) = case.paint(PxRect::new(0, 0, width, height));
        let rec = canvas.lines.iter().find(|line| line.text == "REC").expect("REC");
        assert!(glyphs.bounds(rec).max.x <= width as f32, "{width}: {rec:?}");
        assert!(canvas.lines[0].text.starts_with("1  T"), "{:?}", canvas.lines[0]);
    }
}

#[test]
fn not_recording_says_why_in_letters_as_large_as_the_states() {
    for (width, height) in SIZES {
        let rect = PxRect::new(30, 20, width, height);
        let (offline, _) = Case::offline(RecorderStatus::default()).paint(rect);
        let state = offline.lines.iter().find(|line| line.text == "OFFLINE").expect("a state");
        for cause in [Cause::DiskFull, Cause::CameraStalled] {
            let (canvas, mut glyphs) = Case::live(failed(cause)).paint(rect);
            let words = canvas.lines.iter().find(|line| line.text == "NOT RECORDING");
            let words = words.expect("the words");
            // In a narrow tile the words are as wide as it.
            let wide = glyphs.bounds(words).width() > 0.7 * width as f32;
            let large = words.px >= state.px * 0.85 || words.px >= (height as f32 * 0.138).floor();
            assert!(wide || large, "{width}x{height}: {} px beside {} px", words.px, state.px);
            let said = |text: &&str| {
                recording::cause(&EN.causes, cause).starts_with(text.trim_end_matches('…'))
            };
            let why = texts(&canvas).into_iter().find(|text| said(text));
            assert!(why.is_some() || height < 90, "{width}x{height}: {:?}", texts(&canvas));
            assert!(
                why == Some(recording::cause(&EN.causes, cause)) || width < 300,
                "{width}x{height}: {why:?}"
            );
            let ground = alarm(&canvas).expect("a ground");
            assert_eq!(ground.width(), width as f32, "from side to side");
            assert_eq!(ground.max, rect.to_rect().max, "at the bottom");
            assert!(ground.height() <= height as f32 * 0.33, "{width}x{height}: {ground:?}");
            // By shape, too.
            let disc =
                |quad: &&Quad| quad.shape == Shape::Disc as u32 && quad.color == canvas::ON_ALARM;
            assert!(canvas.shapes.iter().any(|quad| disc(&quad)));
        }
    }
}

#[test]
fn a_tile_too_small_for_letters_has_a_red_bar() {
    for (width, height) in [(60, 34), (16, 9), (79, 400)] {
        let rect = PxRect::new(0, 0, width, height);
        let (canvas, _) = Case::live(failed(Cause::DiskFull)).paint(rect);
        let bar = alarm(&canvas).expect("a bar");
        assert!(canvas.lines.is_empty());
        assert_eq!((bar.width(), bar.max.y), (width as f32, height as f32));
        assert!((4.0..=height as f32 / 2.0).contains(&bar.height()), "{bar:?}");
        assert_eq!(alarm(&Case::live(recorded()).paint(rect).0), None);
        let (canvas, _) = Case::offline(failed(Cause::CameraOffline)).paint(rect);
        let frame = canvas::state_color(CameraState::Offline);
        assert!(canvas.shapes.iter().any(|quad| quad.color == frame), "the state's frame is there");
    }
}

#[test]
fn a_note_is_there_until_its_time_is_over() {
    let rect = PxRect::new(0, 0, 640, 360);
    let note = "RECORDING STARTED";
    let case = |left| Case::live(recorded()).noted(note, left);
    let (canvas, mut glyphs) = case(Duration::from_millis(1)).paint(rect);
    let line = canvas.lines.iter().find(|line| line.text == note).expect("the note");
    assert!(line.at.y > 240.0 && (glyphs.bounds(line).center().x - 320.0).abs() < 20.0);
    assert!(!texts(&case(Duration::ZERO).paint(rect).0).contains(&note));
    // Above the band.
    let case = Case::live(failed(Cause::DiskFull)).noted(note, FRESH);
    let (canvas, mut glyphs) = case.paint(rect);
    let line = canvas.lines.iter().find(|line| line.text == note).expect("the note");
    assert!(glyphs.bounds(line).max.y <= alarm(&canvas).expect("a band").min.y);
}

#[test]
fn nothing_lies_over_other_text_or_beside_the_tile() {
    let kept = RecorderStatus { kept: true, ..recorded() };
    let doubts = Doubts { clock: true, limit: Some(RetentionRule::PerCamera) };
    let doubted = |record| RecorderStatus { doubts, ..record };
    let records = [
        RecorderStatus::default(),
        doubted(kept),
        doubted(failed(Cause::CameraStalled)),
        kept,
        failed(Cause::CameraStalled),
    ];
    let file = "SNAPSHOT SAVED Main_gate_2026-11-22T07-20-00Z.png";
    let states = [Case::live, Case::offline];
    let plain = || {
        let of = |record: &RecorderStatus| states.map(|state| state(*record));
        records.iter().flat_map(of).collect::<Vec<_>>()
    };
    let noted = plain().into_iter().map(|case| case.noted(file, FRESH));
    let cases: Vec<Case> = plain().into_iter().chain(noted).collect();
    for (width, height) in SIZES {
        let rect = PxRect::new(7, 5, width, height);
        for case in &cases {
            let (canvas, mut glyphs) = case.paint(rect);
            // What is drawn of a letter: less than the line's height.
            let painted: Vec<(Rect, &str)> = canvas
                .lines
                .iter()
                .map(|line| {
                    let Rect { min, max } = glyphs.bounds(line);
                    let inset = Vec2::new(0.0, line.px * 0.3);
                    (Rect::from_corners(min + inset, max - inset), line.text.as_str())
                })
                .collect();
            let what = format!("{width}x{height} {:?}: {painted:#?}", case.recording);
            for (index, (a, text)) in painted.iter().enumerate() {
                let inside = rect.to_rect().inflate(1.0);
                assert!(inside.contains(a.min) && inside.contains(a.max), "{text}: {what}");
                for (b, other) in &painted[index + 1..] {
                    assert!(a.intersect(*b).is_empty(), "{text} over {other}: {what}");
                }
            }
        }
    }
}

#[test]
fn a_time_of_another_day_says_the_day() {
    let at = |text: &str| text.parse::<jiff::civil::DateTime>().unwrap().in_tz("UTC").unwrap();
    let said = |before: &str| {
        let (before, now) = (at(before), at("2026-03-05T00:00:10"));
        let all = camwall_words::Language::ALL.map(|it| when(&it.words().dates, &before, &now));
        all.join(" | ")
    };
    assert_eq!(said("2026-03-05T00:00:09"), ["00:00:09"; 4].join(" | "));
    assert_eq!(
        said("2026-03-04T23:59:58"),
        "4 Mar 23:59:58 | 4.3. 23:59:58 | 3月4日 23:59:58 | 3月4日 23:59:58"
    );
}
