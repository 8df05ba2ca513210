//! What is wrong with the wall file, along the upper edge of the wall.
//!
//! Pure. Policy: it stands there for as long as it is true and takes a third of the wall at most: the
//! first mistakes, each with its line and column, and how many more there are; folded, it is one line.
//! Nothing shows through it.

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

/// Writes the strip over a wall of `size` pixels, in letters of the scale `letters` at most.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    words: &camwall_words::Reload,
    (said, folded): (&Said, bool),
    (size, letters): (Vec2, f32),
) {
    let px = (LETTERS * letters).min(size.y * OF_WALL / LINE / 2.0);
    let mut px = px.max(LEAST.min(size.y * OF_WALL / LINE));
    let mut lines = lines_of(glyphs, words, (said, folded), px, size.x);
    while px > LEAST && lines.len() as f32 * px * LINE > size.y * OF_WALL {
        px = (px * 0.9).max(LEAST);
        lines = lines_of(glyphs, words, (said, folded), px, size.x);
    }
    let line = px * LINE;
    lines.truncate(((size.y * OF_WALL / line) as usize).max(1));
    let rect = Rect::new(0.0, 0.0, size.x, lines.len() as f32 * line);
    // Text is drawn over all shapes, so what stood where the strip is has to go.
    canvas.lines.retain(|line| rect.intersect(glyphs.bounds(line)).is_empty());
    canvas.fill(rect, canvas::ALARM);
    let mut y = line / 2.0;
    for text in lines {
        let at = Vec2::new(px * MARGIN, y);
        let width = size.x - px * MARGIN;
        let color = canvas::ON_ALARM;
        canvas.lines.push(TextLine { text, at, px, align: Align::Left, width, color });
        y += line;
    }
}

/// The heading, and what is wrong where it is not folded, as lines of the wall.
fn lines_of(
    glyphs: &mut GlyphCache,
    words: &camwall_words::Reload,
    (said, folded): (&Said, bool),
    px: f32,
    width: f32,
) -> Vec<String> {
    let room = width - 2.0 * MARGIN * px;
    let mut lines = vec![glyphs.fit(&said.heading, px, room)];
    if folded {
        return lines;
    }
    for mistake in said.mistakes.iter().take(SAID) {
        // What a person wrote into the file may be longer than any wall.
        let whole = glyphs.lines(mistake, px, room, LINES);
        lines.extend(whole.unwrap_or_else(|| vec![glyphs.fit(mistake, px, room)]));
    }
    if let Some(more) = said.mistakes.len().checked_sub(SAID).filter(|more| *more > 0) {
        lines.push((words.and_more)(more));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let under = TextLine {
            text: "1  Main gate".to_owned(),
            at: Vec2::new(4.0, 5.0),
            px: 8.0,
            align: Align::Left,
            width: 90.0,
            color: canvas::TEXT,
        };
        canvas.lines.push(under);
        write(&mut canvas, &mut glyphs, &EN.reload, (said, folded), (size, 1.0));
        (canvas, glyphs)
    }

    #[test]
    fn the_first_six_are_said_and_how_many_more_there_are() {
        let (canvas, _) = written(&said(9), false, Vec2::new(1920.0, 1080.0));
        let texts: String = canvas.lines.iter().map(|line| line.text.as_str()).collect();
        for number in 1..=6 {
            assert!(texts.contains(&format!("wall.ron:{number}:12")), "{texts}");
        }
        assert!(!texts.contains("wall.ron:7"), "{texts}");
        assert!(texts.contains("and 3 more"), "{texts}");
        let (canvas, _) = written(&said(6), false, Vec2::new(1920.0, 1080.0));
        assert!(!canvas.lines.iter().any(|line| line.text.contains("more")));
        let (canvas, _) = written(&said(9), true, Vec2::new(1920.0, 1080.0));
        assert_eq!(canvas.lines.len(), 1, "folded");
    }

    #[test]
    fn it_takes_a_third_of_any_wall_at_most_and_hides_what_is_below() {
        for (width, height) in [(320.0, 240.0), (640.0, 360.0), (1280.0, 720.0), (7680.0, 4320.0)] {
            for folded in [false, true] {
                let (canvas, mut glyphs) = written(&said(9), folded, Vec2::new(width, height));
                let strip = canvas.shapes.iter().find(|quad| quad.color == canvas::ALARM).unwrap();
                assert!(strip.dst[3] <= height / 3.0 + 0.5, "{width}x{height}");
                assert!(!canvas.lines.iter().any(|line| line.text == "1  Main gate"));
                for line in &canvas.lines {
                    let Rect { min, max } = glyphs.bounds(line);
                    assert!(
                        min.x >= 0.0 && max.x <= width && max.y <= height / 3.0 + 2.0,
                        "{line:?}"
                    );
                }
            }
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
