//! Every text of every language on tiles of every size, in letters of every size.

use std::time::Duration;

use super::*;
use crate::overlay::text::TextLine;
use camwall_words::Language;

/// Widths of tiles, in pixels; heights follow by [`SHAPES`].
const WIDTHS: [u32; 12] = [16, 48, 80, 96, 128, 160, 240, 320, 480, 640, 960, 1920];

/// Heights of tiles, in parts of their widths.
const SHAPES: [f32; 5] = [0.25, 0.5625, 0.75, 1.0, 1.7778];

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
    let changes: [fn(&mut Case); 9] = [
        |case| case.tour = Some((12, 64)),
        |case| case.warnings.frozen = Some(case.now - OLDER),
        |case| case.warnings.dark = Some(case.now - OLDER),
        |case| case.warnings.damaged = true,
        |case| case.warnings.reduced = true,
        |case| case.warnings.unverified = true,
        |case| case.recording.doubts.clock = true,
        |case| case.recording.doubts.limit = Some(RetentionRule::Total),
        |case| {
            case.warnings.damaged = true;
            case.clock_keys = vec!["Ctrl+T".parse().unwrap()];
            case.recording.doubts = Doubts { clock: true, limit: Some(RetentionRule::PerCamera) };
        },
    ];
    cases.extend(changes.map(warned));
    for case in &mut cases {
        case.words = words;
    }
    cases
}

/// The built-in font, and what is installed for these texts.
fn prepared(words: &Words) -> GlyphCache {
    let mut glyphs = GlyphCache::new(true).unwrap();
    let all: Vec<String> = words.each().into_iter().map(|(_, text)| text).collect();
    glyphs.prepare(all.iter().map(String::as_str), Duration::from_secs(60));
    glyphs
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
    let small = layout::label_px(rect, size as f32 / 100.0).is_none();
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

#[test]
fn every_text_fits_every_tile() {
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let words = language.words();
        let (mut glyphs, mut canvas) = (prepared(words), Canvas::default());
        for mut case in cases(words) {
            for size in [75, 100, 150, 200] {
                case.show.letter_size = size;
                for (width, share) in
                    WIDTHS.iter().flat_map(|width| SHAPES.map(|share| (*width, share)))
                {
                    let height = ((width as f32 * share) as u32).max(9);
                    let rect = PxRect::new(7, 5, width, height);
                    canvas.clear();
                    write(&mut canvas, &mut glyphs, &case.shown(rect), &case.show, false);
                    for fault in faults(&canvas, &mut glyphs, (&case, rect), size) {
                        let tag = words.tag;
                        wrong.push(format!("{tag} {width}x{height} at {size} %: {fault}"));
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
        let mut glyphs = prepared(words);
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
