//! What the help says, and that it fits.

use super::*;
use camwall_config::{Action, Bindings, Wall};
use camwall_words::{EN, Language};

fn topics_of(keys: &str, words: &Help, layouts: usize) -> Vec<HelpTopic> {
    let layout = |number| format!(r#""{number}": Grid(cameras: ["a"])"#);
    let layouts: Vec<String> = (0..layouts).map(layout).collect();
    let file = format!(
        r#"(
            cameras: {{"a": (main: "rtsp://a/")}},
            layouts: {{{}}},
            tours: {{"rounds": (steps: [(show: "0")])}},
            keys: {{{keys}}},
        )"#,
        layouts.join(", ")
    );
    let wall = Wall::parse(&file, "wall.ron").unwrap().wall;
    Bindings::resolve(&wall).help(words, &wall)
}

fn rows_of(keys: &str, layouts: usize) -> Vec<(String, String)> {
    topics_of(keys, &EN.help, layouts).into_iter().flat_map(|topic| topic.rows).collect()
}

fn keys_of<'r>(rows: &'r [(String, String)], text: &str) -> Option<&'r str> {
    rows.iter().find(|row| row.1 == text).map(|row| row.0.as_str())
}

#[test]
fn shows_the_keys_of_the_wall_file() {
    let rows = rows_of(r#""help": ["X", "Ctrl+F1"], "stats": [], "quit": ["Alt+q"]"#, 2);
    assert_eq!(keys_of(&rows, "Show or hide this help"), Some("X  Ctrl+F1"));
    assert_eq!(keys_of(&rows, "End camwall"), Some("Alt+Q"));
    assert_eq!(keys_of(&rows, "Show or hide rate, bitrate and frame age"), None);
    assert_eq!(keys_of(&rows, "Next layout"), Some("Tab  PageDown"));
}

#[test]
fn every_action_that_can_be_done_is_listed_once() {
    let rows = rows_of("", 2);
    for action in Action::all() {
        let times = rows.iter().filter(|row| row.1 == action.describe(&EN.help)).count();
        // What has no key is not listed.
        let there = !matches!(action, Action::Layout(3..) | Action::TrustClock);
        assert_eq!(times, usize::from(there), "{action:?}");
    }
    let bound = rows_of(r#""trust_clock": ["Ctrl+T"]"#, 2);
    assert_eq!(keys_of(&bound, "The clock is right: remove by age again"), Some("Ctrl+T"));
    assert_eq!(rows_of("", 12).len() - rows.len(), 9, "layout 11 has no key");
}

/// Writes a page of the help of twelve layouts over a label beside the panel and one below it.
fn written(
    glyphs: &mut GlyphCache,
    words: &Help,
    size: Vec2,
    letters: f32,
    page: usize,
) -> (Canvas, usize) {
    let mut canvas = Canvas::default();
    let label = |at: Vec2| TextLine {
        text: "OFFLINE".into(),
        at,
        px: 4.0,
        align: Align::Left,
        width: 50.0,
        color: canvas::TEXT,
    };
    canvas.lines = vec![label(Vec2::new(0.0, 3.0)), label(size / 2.0)];
    let help = (topics_of("", words, 12), words, "H  ?");
    let pages = write(&mut canvas, glyphs, help, (size, letters), page);
    (canvas, pages)
}

#[test]
fn the_help_fits_any_wall_in_every_language() {
    let sizes = [
        (320.0, 240.0),
        (400.0, 900.0),
        (640.0, 360.0),
        (1080.0, 1920.0),
        (1280.0, 720.0),
        (1920.0, 1080.0),
        (5120.0, 1440.0),
        (7680.0, 4320.0),
    ];
    for language in Language::ALL {
        let words = &language.words().help;
        let mut glyphs = GlyphCache::new(true).unwrap();
        let all: Vec<String> = words.each().into_iter().map(|(_, text)| text).collect();
        glyphs.read_in(language.words().tag);
        glyphs.prepare(all.iter().map(String::as_str), std::time::Duration::from_secs(60));
        for ((width, height), letters) in
            sizes.into_iter().flat_map(|size| [(size, 1.0), (size, 2.0)])
        {
            let what = format!("{language:?} {width}x{height} {letters}");
            let size = Vec2::new(width, height);
            let (mut said, mut chords) = (String::new(), String::new());
            let (_, pages) = written(&mut glyphs, words, size, letters, 0);
            assert!(pages == 1 || width * height <= 640.0 * 360.0, "{what}: {pages} pages");
            for page in 0..pages {
                let (canvas, _) = written(&mut glyphs, words, size, letters, page);
                let below = canvas.lines.iter().filter(|line| line.text == "OFFLINE").count();
                assert_eq!(below, 1, "{what}: beside the panel, not below it");
                let mut painted: Vec<Rect> = Vec::new();
                for line in canvas.lines.iter().filter(|line| line.text != "OFFLINE") {
                    let Rect { min, max } = glyphs.bounds(line);
                    let within = min.x >= 0.0 && max.x <= width && min.y >= 0.0 && max.y <= height;
                    assert!(within, "{what}: {line:?}");
                    assert!(line.px >= LEAST - 0.01, "{what}: {line:?}");
                    assert!(glyphs.width(&line.text, line.px) <= line.width, "{what}: {line:?}");
                    let inset = Vec2::new(0.0, line.px * 0.2);
                    let ink = Rect::from_corners(min + inset, max - inset);
                    assert!(
                        painted.iter().all(|it| it.intersect(ink).is_empty()),
                        "{what}: {line:?}"
                    );
                    painted.push(ink);
                    let of = if line.color == canvas::SELECTED { &mut chords } else { &mut said };
                    *of += &plain(&line.text);
                }
            }
            // Texts may lie on several lines.
            for topic in topics_of("", words, 12) {
                let rows = topic.rows.iter();
                for (keys, text) in rows.map(|(keys, text)| (plain(keys), plain(text))) {
                    assert!(said.contains(&text), "{what}: {text} is not said");
                    assert!(chords.contains(&keys), "{what}: {keys} is not said");
                }
                assert!(said.contains(&plain(topic.heading)), "{what}: {}", topic.heading);
            }
        }
    }
}

/// A text without its blanks.
fn plain(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn headings_stand_above_their_keys_and_no_topic_is_torn() {
    let mut glyphs = GlyphCache::new(false).unwrap();
    let (canvas, _) = written(&mut glyphs, &EN.help, Vec2::new(1920.0, 1080.0), 1.0, 0);
    let at = |text: &str| canvas.lines.iter().find(|line| line.text == text).expect(text).at;
    for (heading, text) in [
        (EN.help.look, EN.help.right),
        (EN.help.picture, EN.help.wheel_does),
        (EN.help.recordings, EN.help.snapshot),
        (EN.help.program, EN.help.quit),
    ] {
        let (above, below) = (at(heading), at(text));
        assert!(above.y < below.y && above.x <= below.x, "{heading}");
    }
    // The layouts take a column by themselves.
    let columns = |topic: &str| (at(topic).x * 10.0) as i64;
    assert_ne!(columns(EN.help.look), columns(EN.help.program));
}

#[test]
fn where_letters_do_not_fit_there_are_pages_that_say_everything() {
    let mut glyphs = GlyphCache::new(false).unwrap();
    let size = Vec2::new(320.0, 240.0);
    let (first, pages) = written(&mut glyphs, &EN.help, size, 2.0, 0);
    assert!(pages > 1, "{pages}");
    assert!(first.lines.iter().any(|line| line.text.starts_with(&format!("1 of {pages}"))));
    let mut said = String::new();
    for page in 0..pages {
        let (canvas, _) = written(&mut glyphs, &EN.help, size, 2.0, page);
        for line in &canvas.lines {
            said += &line.text.split_whitespace().collect::<String>();
        }
    }
    for (keys, text) in rows_of("", 12) {
        for word in keys.split_whitespace().chain(text.split_whitespace()) {
            assert!(said.contains(word), "{word}");
        }
    }
}
