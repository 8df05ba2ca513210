//! Every text of every language on tiles of every size, in letters of every size.

use std::time::Duration;

use super::*;
use crate::camera::Rates;
use crate::overlay::tests::prepared;
use crate::overlay::text::TextLine;
use camwall_words::Language;

/// Widths of tiles, in pixels; heights follow by [`SHAPES`].
const WIDTHS: [u32; 12] = [16, 48, 80, 96, 128, 160, 240, 320, 480, 640, 960, 1920];

/// Heights of tiles, in parts of their widths.
const SHAPES: [f32; 5] = [0.25, 0.5625, 0.75, 1.0, 1.7778];

/// A name that is longer than any tile, and one that is read from the right.
const NAMES: [&str; 2] = [
    "The gate at the far end of the yard behind the house, where lorries turn, seen from the mast in the \
     north-west, beside the old weighbridge and the shed in which the grit for the winter is kept dry",
    "שער צפון ושער דרום, החצר שמאחורי הבית והדרך אל המחסן הישן",
];

/// Long enough ago to be another day.
const DAYS: Duration = Duration::from_secs(2 * 86_400);

/// Cases with long times: a picture from another day, and a camera that is called again in a while.
fn long_times() -> Vec<Case> {
    let mut cases = Vec::new();
    let error = SourceError::Unreachable { detail: "no route to host".to_owned() };
    for state in [FeedState::Stale, FeedState::Ended, FeedState::Live] {
        cases.push(Case::new(state, FRESH, recorded()));
    }
    cases.push(Case::failed(error.clone(), failed(Cause::CameraOffline)));
    cases.push(Case::failed(error, RecorderStatus::default()));
    for late in [FeedState::Late { by: DAYS }, FeedState::Live] {
        let mut case = Case::new(late, FRESH, recorded());
        case.stats.feed.late_is_ours = true;
        case.warnings.frozen = Some(case.now);
        cases.push(case);
    }
    for case in &mut cases {
        // Instants begin with the computer: the time of the tile moves instead.
        let began = case.now;
        case.now += DAYS;
        case.stats.feed.last_frame_at = Some(began);
        case.stats.state_since = Some(began);
        if let FeedState::Down(outage) = &mut case.health.0 {
            outage.retry_at = case.now + Duration::from_secs(59);
        }
    }
    cases
}

/// Tiles on which everything is said at once, under names of all kinds.
fn named() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in NAMES {
        let kept = RecorderStatus { kept: true, ..recorded() };
        let mut case = Case::live(kept);
        case.tour = Some((12, 64));
        cases.push(case);
        cases.push(Case::new(FeedState::Live, OLDER, recorded()));
        cases.push(Case::offline(failed(Cause::DiskFull)));
        let mut doubted = Case::live(recorded());
        doubted.warnings.dark = Some(doubted.now - OLDER);
        doubted.recording.doubts = Doubts { clock: true, limit: Some(RetentionRule::Age) };
        cases.push(doubted);
        for case in cases.iter_mut().rev().take(4) {
            case.camera.name = name.to_owned();
        }
    }
    cases
}

/// A case for each text that a tile can say in this language.
fn cases(words: &'static Words) -> Vec<Case> {
    use Cause as C;
    let off = RecorderStatus::default;
    let mut cases: Vec<Case> = messages::tests::every_error()
        .into_iter()
        .map(|(error, _)| Case::failed(error, off()))
        .collect();
    for state in [
        FeedState::Connecting,
        FeedState::Live,
        FeedState::Late { by: Duration::from_secs(75) },
        FeedState::Stale,
        FeedState::Ended,
    ] {
        cases.push(Case::new(state, OLDER, off()));
    }
    for why in [
        Undecodable::NoDecoder,
        Undecodable::BrokenKeyFrames,
        Undecodable::BrokenPictures,
        Undecodable::HungDecoder,
        Undecodable::TooLarge { width: 12_000, height: 9000, side: 8192 },
        Undecodable::TooLarge { width: 8000, height: 8000, side: 16_384 },
        Undecodable::TooManyPictures,
        Undecodable::ParameterSets,
    ] {
        cases.push(Case::new(FeedState::Undecodable { why }, OLDER, off()));
    }
    let ours = || {
        let mut late = Case::new(FeedState::Late { by: OLDER }, FRESH, recorded());
        late.stats.feed.late_is_ours = true;
        late.stats.state_since = Some(late.now - OLDER);
        late
    };
    cases.push(ours());
    for cause in [
        C::CameraOffline,
        C::CameraStalled,
        C::LoginRefused,
        C::SourceEnded,
        C::DiskFull,
        C::DiskSlow,
        C::DiskReadOnly,
        C::NoFolder,
        C::DiskError,
        C::NotRecordable,
        C::ClockChanged,
        C::Internal,
    ] {
        cases.push(Case::live(failed(cause)));
        cases.push(Case::offline(failed(cause)));
    }
    for (_, note) in words.notes.each() {
        cases.push(Case::live(recorded()).noted(&note, FRESH));
        cases.push(Case::offline(failed(C::DiskFull)).noted(&note, FRESH));
    }
    let warned = |change: fn(&mut Case)| {
        let kept = RecorderStatus { kept: true, ..recorded() };
        let mut case = Case::live(kept);
        change(&mut case);
        case
    };
    let changes: [fn(&mut Case); 12] = [
        |case| case.tour = Some((12, 64)),
        |case| case.warnings.frozen = Some(case.now - OLDER),
        |case| case.warnings.dark = Some(case.now - OLDER),
        |case| case.warnings.damaged = true,
        |case| case.warnings.reduced = true,
        |case| case.warnings.unverified = true,
        |case| case.recording.doubts.clock = true,
        |case| case.recording.doubts.limit = Some(RetentionRule::Age),
        |case| case.recording.doubts.limit = Some(RetentionRule::Total),
        |case| case.recording.doubts.limit = Some(RetentionRule::PerCamera),
        |case| case.recording.doubts.limit = Some(RetentionRule::Free),
        |case| {
            case.warnings.damaged = true;
            case.clock_keys = vec!["Ctrl+T".parse().unwrap()];
            case.recording.doubts = Doubts { clock: true, limit: Some(RetentionRule::PerCamera) };
        },
    ];
    cases.extend(changes.map(warned));
    cases.extend(long_times().into_iter().chain(named()));
    for case in &mut cases {
        case.words = words;
        let feed = &mut case.stats.feed;
        (feed.width, feed.height, feed.codec) = (3840, 2160, Some("h265"));
        feed.transport = Some(LowerTransport::Tcp);
        case.stats.rates = Rates { decoded: 30.0, shown: 29.97, kbps: 12_345.6 };
    }
    cases
}

/// What is wrong with a tile as it is painted.
fn faults(
    canvas: &Canvas,
    glyphs: &mut GlyphCache,
    (case, rect): (&Case, PxRect),
    size: u32,
) -> Vec<String> {
    let mut faults = Vec::new();
    let whole = rect.to_rect().inflate(0.5);
    let note = case.notice.0.as_ref().map(|(text, _)| text.as_str());
    let mut painted: Vec<(Rect, &str)> = Vec::new();
    for line in &canvas.lines {
        let text = line.text.as_str();
        let Rect { min, max } = glyphs.bounds(&TextLine { width: f32::INFINITY, ..line.clone() });
        // What is drawn of a letter: less than the line's height.
        let inset = Vec2::new(0.0, line.px * 0.25);
        let ink = Rect::from_corners(min + inset, max - inset);
        if !whole.contains(ink.min) || !whole.contains(ink.max) {
            faults.push(format!("{text:?} leaves its tile"));
        }
        if glyphs.width(text, line.px) > line.width + 0.5 {
            faults.push(format!("{text:?} is cut"));
        }
        let name = text.starts_with("1  ") || text.starts_with('…');
        let begun = text.strip_suffix('…').unwrap_or_default();
        let is_note = note.is_some_and(|note| note.contains(begun));
        if text.ends_with('…') && !name && !is_note {
            faults.push(format!("{text:?} has no end"));
        }
        for (other, of) in &painted {
            if !other.intersect(ink).is_empty() {
                faults.push(format!("{text:?} lies over {of:?}"));
            }
        }
        painted.push((ink, text));
    }
    let state = case.health.state();
    let color = canvas::state_color(state);
    let doubtful = warnings::is_doubtful(case.warnings);
    let told = canvas.shapes.iter().any(|quad| quad.color == color);
    let small = layout::label_px(rect, case.scale * size as f32 / 100.0).is_none();
    let silent = state == CameraState::Live && (doubtful || small);
    if !told && !silent {
        faults.push("nothing tells the state".to_owned());
    }
    if doubtful && !canvas.shapes.iter().any(|quad| quad.color == canvas::WARNING) {
        faults.push("nothing tells the warning".to_owned());
    }
    if case.recording.fault.is_some() && alarm(canvas).is_none() {
        faults.push("nothing tells that it is not recorded".to_owned());
    }
    faults
}

/// Sizes of letters, in percent, and scales of walls of 480, 1080 and 2160 lines; with and without
/// figures.
fn looks() -> impl Iterator<Item = (u32, f32, bool)> {
    let plain = [75, 100, 150, 200].map(|size| (size, 1.0));
    let others = [0.44, 2.0].into_iter().flat_map(|scale| [(75, scale), (200, scale)]);
    plain
        .into_iter()
        .chain(others)
        .flat_map(|(size, scale)| [false, true].map(|it| (size, scale, it)))
}

#[test]
fn every_text_fits_every_tile() {
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let words = language.words();
        let (mut glyphs, mut canvas) = (prepared(words, &NAMES), Canvas::default());
        for mut case in cases(words) {
            for (size, scale, stats) in looks() {
                (case.show.letter_size, case.scale) = (size, scale);
                for (width, share) in
                    WIDTHS.iter().flat_map(|width| SHAPES.map(|share| (*width, share)))
                {
                    let height = ((width as f32 * share) as u32).max(9);
                    let rect = PxRect::new(7, 5, width, height);
                    canvas.clear();
                    write(&mut canvas, &mut glyphs, &case.shown(rect), &case.show, stats);
                    for fault in faults(&canvas, &mut glyphs, (&case, rect), size) {
                        let tag = words.tag;
                        wrong.push(format!(
                            "{tag} {width}x{height} at {size} %, {scale}, {stats}: {fault}"
                        ));
                    }
                }
            }
        }
    }
    let shown: Vec<&String> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "{} faults: {shown:#?}", wrong.len());
}

/// On a tile of a wall of nine, on a small screen, why and what to do stand there as a whole.
#[test]
fn on_a_small_tile_every_sentence_is_whole() {
    let mut lost = Vec::new();
    for language in Language::ALL {
        let words = language.words();
        let mut glyphs = prepared(words, &[]);
        for (error, name) in messages::tests::every_error() {
            let mut case = Case::failed(error.clone(), RecorderStatus::default());
            case.words = words;
            let mut canvas = Canvas::default();
            let shown = case.shown(PxRect::new(0, 0, 320, 180));
            write(&mut canvas, &mut glyphs, &shown, &case.show, false);
            let said: String = texts(&canvas).concat();
            let sentence = messages::source(&words.advice, &error);
            let plain = |text: &str| text.split_whitespace().collect::<String>();
            if !plain(&said).contains(&plain(sentence)) {
                lost.push(format!("{} {name}: {sentence}", words.tag));
            }
        }
    }
    assert_eq!(lost, [""; 0]);
}

#[test]
fn with_high_contrast_grounds_are_black_and_text_is_white() {
    let rect = PxRect::new(0, 0, 640, 360);
    let case = Case::offline(recorded());
    let (plain, mut glyphs) = case.paint(rect);
    let mut canvas = Canvas { high_contrast: true, ..Canvas::default() };
    write(&mut canvas, &mut glyphs, &case.shown(rect), &case.show, true);
    assert!(!canvas.shapes.iter().any(|quad| quad.color == canvas::GROUND));
    assert!(canvas.shapes.iter().any(|quad| quad.color == [0.0, 0.0, 0.0, 1.0]));
    let pale = [canvas::TEXT, canvas::QUIET];
    assert!(!canvas.lines.iter().any(|line| pale.contains(&line.color)));
    let frame = |canvas: &Canvas| {
        let color = canvas::state_color(CameraState::Offline);
        let edges = canvas.shapes.iter().filter(|quad| quad.color == color);
        edges.map(rect_of).find(|rect| rect.width() == 640.0).expect("a frame").height()
    };
    assert_eq!(frame(&canvas), 2.0 * frame(&plain));
}

#[test]
fn letters_grow_as_far_as_the_tile_has_room() {
    let name = |size, (width, height)| {
        let mut case = Case::live(RecorderStatus::default());
        case.show.letter_size = size;
        let (canvas, _) = case.paint(PxRect::new(0, 0, width, height));
        canvas.lines[0].px
    };
    let large = (960, 540);
    assert!((name(200, large) - 2.0 * name(100, large)).abs() < 1.1);
    assert!((name(75, large) - 0.75 * name(100, large)).abs() < 1.1);
    assert_eq!(name(200, (160, 90)), name(100, (160, 90)), "there is no room");
}

/// What the other tests draw is said: the days, the seconds to the next try and the figures.
#[test]
fn long_times_and_figures_stand_on_a_large_tile_in_every_language() {
    for language in Language::ALL {
        let words = language.words();
        let mut glyphs = prepared(words, &NAMES);
        let mut said = String::new();
        for case in cases(words) {
            let mut canvas = Canvas::default();
            write(
                &mut canvas,
                &mut glyphs,
                &case.shown(PxRect::new(0, 0, 1920, 1080)),
                &case.show,
                true,
            );
            said += &texts(&canvas).join("\n");
        }
        let day = Zoned::now().checked_sub(jiff::SignedDuration::from_hours(48)).unwrap();
        let limits = &words.recording;
        let limits = [limits.keep_age, limits.keep_free, limits.keep_per_camera, limits.keep_total];
        let pattern = words.dates.day_and_time.strip_suffix(words.dates.time).unwrap();
        let day = day.strftime(pattern).to_string();
        let again = (words.tile.trying_in)(59);
        for text in [day.as_str(), again.as_str(), "3840×2160"].into_iter().chain(limits) {
            assert!(said.contains(text), "{}: {text:?} is not said", words.tag);
        }
    }
}
