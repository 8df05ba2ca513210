//! What is wrong with the wall file, along the upper edge of the wall.
//!
//! Pure. Policy: it stands there for as long as it is true and takes a third of the wall at most: the
//! first mistakes, each with its line and column, and how many more there are, on whatever wall, in the
//! last line; folded, it is one line. Only of a mistake, which may be longer than any wall, the end is cut.
//! Nothing shows through it, and of what is written below it no part sticks out.

use bevy::prelude::*;

use super::canvas;
use super::canvas::Canvas;
use super::text::{Align, GlyphCache, TextLine};
use crate::interface::Interface;
use crate::reload::{NeedsRestart, Reload};
use crate::wall::{Panels, StripShown};
use camwall_config::ConfigErrors;
use camwall_words::Words;

/// Mistakes that are said; of more the number is.
const SAID: usize = 6;

/// Height of the letters at scale 1, in pixels, and of those that can just be read.
const LETTERS: f32 = 22.0;
const LEAST: f32 = 8.0;

/// Height of a line, in heights of its letters.
const LINE: f32 = 1.45;

/// Left and right of the text, in heights of its letters.
const MARGIN: f32 = 0.8;

/// The strip takes at most this part of the wall's height.
const OF_WALL: f32 = 1.0 / 3.0;

/// The most lines of one mistake.
const LINES: usize = 3;

/// What the strip says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What this is about.
    pub heading: String,
    /// Each with where it stands.
    pub mistakes: Vec<String>,
}

/// What stands on the strip; nothing where the wall file is in order.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Strip(pub Option<Said>);

/// Puts on the strip what came of the wall file.
pub fn tell(reload: Option<Res<Reload>>, interface: Res<Interface>, mut strip: ResMut<Strip>) {
    let Some(reload) = reload else { return };
    if reload.is_changed() || interface.is_changed() {
        strip.set_if_neq(Strip(said(interface.0, &reload)));
    }
}

/// What there is to say: mistakes before what only a new start brings about.
fn said(words: &Words, reload: &Reload) -> Option<Said> {
    let table = &words.reload;
    if let Some(errors) = reload.mistakes.as_deref() {
        let heading = match errors {
            ConfigErrors::Unreadable { .. } => table.unreadable.to_owned(),
            ConfigErrors::Wrong(mistakes) => (table.not_taken_over)(mistakes.len()),
        };
        let mistakes = errors.say(words).lines().map(str::to_owned).collect();
        return Some(Said { heading, mistakes });
    }
    let missing = |it: &NeedsRestart| match it {
        NeedsRestart::OutOfReach(lacking) => {
            let path = lacking.path.display().to_string();
            let camera = lacking.camera.as_ref();
            (table.out_of_reach)(&camera.map_or(path.clone(), |camera| format!("{camera}: {path}")))
        }
        NeedsRestart::RecordingFolder => table.recording_folder.to_owned(),
        NeedsRestart::Sandbox => table.sandbox.to_owned(),
    };
    let mistakes: Vec<String> = reload.restart.iter().map(missing).collect();
    let heading = table.restart_needed.to_owned();
    (!mistakes.is_empty()).then_some(Said { heading, mistakes })
}

/// Tells the walls whether there is a strip that can be folded, and unfolds it where it says something
/// else.
pub fn follow(strip: Res<Strip>, mut walls: Query<(&mut Panels, &mut StripShown)>) {
    for (mut panels, mut shown) in &mut walls {
        if strip.is_changed() || shown.is_added() {
            shown.set_if_neq(StripShown(strip.0.is_some()));
        }
        if strip.is_changed() {
            panels.set_if_neq(Panels { folded: false, ..*panels });
        }
    }
}

/// The strip as it is going to be written.
pub struct LaidOut {
    /// Where it is on the wall, in pixels.
    pub rect: Rect,
    lines: Vec<String>,
    /// Height of the letters, in pixels.
    px: f32,
}

/// Lays the strip out for a wall of `size` pixels, in letters of the scale `letters` at most.
pub fn lay_out(
    glyphs: &mut GlyphCache,
    words: &camwall_words::Reload,
    (said, folded): (&Said, bool),
    (size, letters): (Vec2, f32),
) -> LaidOut {
    // And a little for what is rounded.
    let heading = glyphs.width(&said.heading, 1.0) + 2.0 * MARGIN + 0.1;
    let px = (LETTERS * letters).min(size.y * OF_WALL / LINE / 2.0).min(size.x / heading);
    let mut px = px.max(LEAST.min(size.y * OF_WALL / LINE));
    let rows = |px: f32| ((size.y * OF_WALL / (px * LINE)) as usize).max(1);
    let mut lines = lines_of(glyphs, words, (said, folded), (px, size.x), usize::MAX);
    while px > LEAST && lines.len() > rows(px) {
        px = (px * 0.9).max(LEAST);
        lines = lines_of(glyphs, words, (said, folded), (px, size.x), usize::MAX);
    }
    if lines.len() > rows(px) {
        lines = lines_of(glyphs, words, (said, folded), (px, size.x), rows(px));
    }
    LaidOut { rect: Rect::new(0.0, 0.0, size.x, lines.len() as f32 * px * LINE), lines, px }
}

impl LaidOut {
    /// Writes it over a wall on which nothing is written where it is, see [`Canvas::hidden`]: text is
    /// drawn over all shapes.
    pub fn write(self, canvas: &mut Canvas) {
        let Self { rect, lines, px } = self;
        canvas.fill(rect, canvas::ALARM);
        let mut at = Vec2::new(px * MARGIN, px * LINE / 2.0);
        let width = rect.width() - px * MARGIN;
        for text in lines {
            let color = canvas::ON_ALARM;
            canvas.lines.push(TextLine { text, at, px, align: Align::Left, width, color });
            at.y += px * LINE;
        }
    }
}

/// The heading, and what is wrong where it is not folded, as `rows` lines of the wall at most, the last
/// of which counts what is not said.
fn lines_of(
    glyphs: &mut GlyphCache,
    words: &camwall_words::Reload,
    (said, folded): (&Said, bool),
    (px, width): (f32, f32),
    rows: usize,
) -> Vec<String> {
    let room = width - 2.0 * MARGIN * px;
    let most = if folded { 1 } else { rows.saturating_sub(1).clamp(1, 2) };
    let heading = glyphs.lines(&said.heading, px, room, most);
    let mut lines = heading.unwrap_or_else(|| vec![glyphs.fit(&said.heading, px, room)]);
    if folded || rows < 2 {
        return lines;
    }
    let mut left = said.mistakes.len();
    for mistake in said.mistakes.iter().take(SAID) {
        // A line is for the number of those behind it.
        let most = rows.saturating_sub(lines.len() + usize::from(left > 1)).min(LINES);
        if most == 0 {
            break;
        }
        // What a person wrote into the file may be longer than any wall.
        let whole = glyphs.lines(mistake, px, room, most);
        lines.extend(whole.unwrap_or_else(|| vec![glyphs.fit(mistake, px, room)]));
        left -= 1;
    }
    if left > 0 {
        lines.push(glyphs.fit(&(words.and_more)(left), px, room));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::canvas::LabelSpan;
    use crate::overlay::tests::{WALLS, prepared};
    use crate::render::Shape;
    use crate::wall::layout;
    use camwall_words::EN;

    fn said(count: usize) -> Said {
        let mistake = |number| {
            format!(
                "wall.ron:{number}:12: camera `gate` has a `main` that is no address: `rtps://10.0.0.1/`"
            )
        };
        Said {
            heading: "wall.ron is not taken over".to_owned(),
            mistakes: (1..=count).map(mistake).collect(),
        }
    }

    fn written(said: &Said, folded: bool, size: Vec2) -> (Canvas, GlyphCache) {
        let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
        let strip = lay_out(&mut glyphs, &EN.reload, (said, folded), (size, 1.0));
        canvas.hidden = strip.rect;
        canvas.frame(Rect::from_corners(Vec2::ZERO, size), 2.0, canvas::SELECTED);
        // A label below the strip, one that it covers, and one of which it covers a part.
        for (text, row) in [("below", 0.75), ("covered", 0.0), ("half", -0.25)] {
            let spans = [
                LabelSpan::Mark(Shape::Disc, canvas::RECORDING),
                LabelSpan::Text(text.to_owned(), canvas::TEXT),
            ];
            let y = if text == "covered" { 5.0 } else { strip.rect.max.y + 10.0 * row };
            canvas.label(&mut glyphs, &spans, (Vec2::new(4.0, y), Align::Left), 10.0, 90.0);
        }
        strip.write(&mut canvas);
        (canvas, glyphs)
    }

    /// The lines of the strip.
    fn lines(canvas: &Canvas) -> impl Iterator<Item = &TextLine> {
        canvas.lines.iter().filter(|line| line.color == canvas::ON_ALARM)
    }

    #[test]
    fn the_first_six_are_said_and_how_many_more_there_are() {
        let (canvas, _) = written(&said(9), false, Vec2::new(1920.0, 1080.0));
        let texts: String = lines(&canvas).map(|line| line.text.as_str()).collect();
        for number in 1..=6 {
            assert!(texts.contains(&format!("wall.ron:{number}:12")), "{texts}");
        }
        assert!(!texts.contains("wall.ron:7"), "{texts}");
        assert!(texts.contains("and 3 more"), "{texts}");
        let (canvas, _) = written(&said(6), false, Vec2::new(1920.0, 1080.0));
        assert!(!lines(&canvas).any(|line| line.text.contains("more")));
        let (canvas, _) = written(&said(9), true, Vec2::new(1920.0, 1080.0));
        assert_eq!(lines(&canvas).count(), 1, "folded");
    }

    #[test]
    fn it_takes_a_third_of_any_wall_at_most() {
        for (width, height) in [(320.0, 240.0), (640.0, 360.0), (1280.0, 720.0), (7680.0, 4320.0)] {
            for folded in [false, true] {
                let (canvas, mut glyphs) = written(&said(9), folded, Vec2::new(width, height));
                let strip = canvas.shapes.iter().find(|quad| quad.color == canvas::ALARM).unwrap();
                assert!(strip.dst[3] <= height / 3.0 + 0.5, "{width}x{height}");
                for line in lines(&canvas) {
                    let Rect { min, max } = glyphs.bounds(line);
                    assert!(
                        min.x >= 0.0 && max.x <= width && max.y <= height / 3.0 + 2.0,
                        "{line:?}"
                    );
                }
            }
        }
    }

    /// Every heading there is, in all languages, on walls from the smallest on and in all letters.
    #[test]
    fn what_is_not_said_is_counted_in_the_last_line_of_any_wall() {
        let mut wrong = Vec::new();
        for language in camwall_words::Language::ALL {
            let (words, mut glyphs) = (language.words(), prepared(language.words(), &[]));
            let cases = [1, 2, 3, 6, 7, 40].into_iter().flat_map(|count| {
                let table = &words.reload;
                let unreadable = table.unreadable.to_owned();
                [(table.not_taken_over)(count), unreadable, table.restart_needed.to_owned()]
                    .map(|heading| Said { heading, ..said(count) })
            });
            for said in cases {
                for (width, height) in WALLS {
                    for letters in [0.75, 1.0, 2.0] {
                        let size = Vec2::new(width, height);
                        let scale = layout::ui_scale(size.as_uvec2()) * letters;
                        let table = &words.reload;
                        let strip = lay_out(&mut glyphs, table, (&said, false), (size, scale));
                        let plain = |text: &str| text.split_whitespace().collect::<String>();
                        let whole = plain(&strip.lines.concat());
                        let begins = |number: usize| format!("wall.ron:{number}:12:");
                        let told =
                            (1..=said.mistakes.len()).filter(|it| whole.contains(&begins(*it)));
                        let rest = said.mistakes.len() - told.count();
                        let last = strip.lines.last().cloned().unwrap_or_default();
                        let counted = rest == 0 || last == (table.and_more)(rest);
                        let high = strip.rect.height() <= height / 3.0 + 0.5;
                        if !counted || !high || !whole.starts_with(&plain(&said.heading)) {
                            wrong.push(format!("{width}x{height} {letters}: {:?}", strip.lines));
                        }
                    }
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn no_part_sticks_out_of_what_it_covers_and_what_is_below_stays() {
        for folded in [false, true] {
            let (canvas, _) = written(&said(2), folded, Vec2::new(1280.0, 720.0));
            let texts = canvas.lines.iter().filter(|line| line.color == canvas::TEXT);
            assert_eq!(texts.map(|line| line.text.as_str()).collect::<Vec<_>>(), ["below"]);
            let count = |color| canvas.shapes.iter().filter(|quad| quad.color == color).count();
            let found = [canvas::GROUND, canvas::RECORDING, canvas::SELECTED].map(count);
            assert_eq!(found, [1, 1, 4], "a ground, its mark, and the frame, which is as it was");
        }
    }

    #[test]
    fn mistakes_stand_with_line_and_column_in_the_walls_language() {
        let errors = camwall_config::Wall::parse("(cameras: {}, show: 3)", "wall.ron").unwrap_err();
        let mistakes = Some(std::sync::Arc::new(errors));
        let reload = Reload { mistakes, ..Reload::default() };
        for words in [&EN, &camwall_words::DE] {
            let said = super::said(words, &reload).expect("mistakes");
            assert_eq!(said.heading, (words.reload.not_taken_over)(said.mistakes.len()));
            assert!(said.mistakes.iter().all(|it| it.starts_with("wall.ron:1:")), "{said:?}");
        }
        assert_eq!(super::said(&EN, &Reload::default()), None);
        let restart = vec![NeedsRestart::Sandbox, NeedsRestart::RecordingFolder];
        let said = super::said(&EN, &Reload { restart, ..Reload::default() }).expect("a restart");
        assert!(said.heading.starts_with("RESTART NEEDED") && said.mistakes.len() == 2);
    }
}
