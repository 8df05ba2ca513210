//! The keys and what they do, in a panel over the pictures.
//!
//! Pure. Policy: what is shown comes from the bindings, a topic at a time; the panel has as many
//! columns as make its letters largest, and no topic is torn. Where letters that can be read do not
//! fit, the help has pages, and the key that opened it turns them. The tiles beside the panel go on
//! saying how they are, and nothing shows through what is to be read.

use bevy::math::{Rect, Vec2};

use super::canvas;
use super::canvas::Canvas;
use super::text::{Align, GlyphCache, TextLine};
use camwall_config::HelpTopic;
use camwall_words::Help;

/// Ground of the panel.
const PANEL: [f32; 4] = [0.04, 0.045, 0.055, 0.97];

/// Height of a line, in heights of its letters.
const LINE: f32 = 1.45;

/// Height of the letters at scale 1, in pixels.
const LETTERS: f32 = 26.0;

/// The smallest letters that can be told apart, in pixels.
const LEAST: f32 = 8.0;

/// The most columns.
const COLUMNS: usize = 6;

/// The panel takes at most this part of the wall.
const OF_WALL: f32 = 0.95;

/// Between keys and texts, between two columns, and around them all, in heights of the letters.
const GAP: f32 = 1.2;
const BETWEEN: f32 = 2.2;
const MARGIN: f32 = 1.2;

/// What is written in one line.
#[derive(Debug, Clone)]
enum Row {
    Heading(&'static str),
    Key(String, String),
    Blank,
}

/// Rows below one another, and how wide they are, in heights of their letters.
#[derive(Debug, Default)]
struct Column {
    rows: Vec<Row>,
    keys: f32,
    texts: f32,
}

impl Column {
    /// In heights of the letters.
    fn width(&self) -> f32 {
        self.keys + GAP + self.texts
    }
}

/// A page of the help, ready to be written.
#[derive(Debug, Default)]
struct Page {
    columns: Vec<Column>,
}

impl Page {
    /// Width and height, in heights of the letters; `foot` is a line more at the bottom.
    fn size(&self, foot: bool) -> Vec2 {
        let gaps = BETWEEN * self.columns.len().saturating_sub(1) as f32;
        let width: f32 = self.columns.iter().map(Column::width).sum();
        let rows = self.columns.iter().map(|column| column.rows.len()).max().unwrap_or_default();
        let lines = (rows + usize::from(foot)) as f32 * LINE;
        Vec2::new(width + gaps, lines) + 2.0 * MARGIN
    }

    /// The height of the letters in which the page fits a wall of `size` pixels.
    fn px(&self, size: Vec2, foot: bool) -> f32 {
        (size * OF_WALL / self.size(foot)).min_element()
    }
}

/// Writes page `page` of the help on a panel in the middle of a wall of `size` pixels, in letters of
/// the scale `letters` at most. `keys` turn the page. Gives the number of pages.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    (topics, words, keys): (Vec<HelpTopic>, &Help, &str),
    (size, letters): (Vec2, f32),
    page: usize,
) -> usize {
    let topics: Vec<Vec<Row>> = topics.into_iter().map(rows_of).collect();
    let pages = pages(glyphs, &topics, size);
    let number = page.min(pages.len().saturating_sub(1));
    let foot = (pages.len() > 1).then(|| (words.page)(number + 1, pages.len(), keys));
    if let Some(page) = pages.get(number) {
        let px = page.px(size, foot.is_some()).min(LETTERS * letters).max(1.0);
        draw(canvas, glyphs, page, foot, (size, px));
    }
    pages.len()
}

fn rows_of(topic: HelpTopic) -> Vec<Row> {
    let rows = topic.rows.into_iter().map(|(keys, text)| Row::Key(keys, text));
    std::iter::once(Row::Heading(topic.heading)).chain(rows).collect()
}

/// All topics on one page if they can be read there, else on as few as it takes.
fn pages(glyphs: &mut GlyphCache, topics: &[Vec<Row>], size: Vec2) -> Vec<Page> {
    let arranged: Vec<Page> =
        (1..=COLUMNS).map(|columns| arrange(glyphs, topics, columns)).collect();
    let best = arranged.into_iter().max_by(|a, b| a.px(size, false).total_cmp(&b.px(size, false)));
    match best {
        Some(page) if page.px(size, false) >= LEAST => vec![page],
        _ => turned(glyphs, topics, size),
    }
}

/// The topics in `columns` columns of about the same height.
fn arrange(glyphs: &mut GlyphCache, topics: &[Vec<Row>], columns: usize) -> Page {
    let total: usize = topics.iter().map(|topic| topic.len() + 1).sum();
    // The least height that this many columns manage with; a topic is never torn.
    let fill = |height: usize| {
        let mut filled: Vec<Vec<Row>> = vec![Vec::new()];
        for topic in topics {
            let last = filled.last().map_or(0, |rows| rows.len() + 1);
            if last > 1 && last + topic.len() > height {
                filled.push(Vec::new());
            }
            if let Some(rows) = filled.last_mut() {
                if !rows.is_empty() {
                    rows.push(Row::Blank);
                }
                rows.extend(topic.iter().cloned());
            }
        }
        filled
    };
    let heights = total.div_ceil(columns)..=total;
    let filled = heights.map(fill).find(|filled| filled.len() <= columns);
    let filled = filled.unwrap_or_else(|| fill(total));
    Page { columns: filled.into_iter().map(|rows| column(glyphs, rows)).collect() }
}

/// One column a page in letters that can just be read, texts on more lines where they are too long.
fn turned(glyphs: &mut GlyphCache, topics: &[Vec<Row>], size: Vec2) -> Vec<Page> {
    let room = size * OF_WALL / LEAST - 2.0 * MARGIN;
    // A line is for the number of the page.
    let most = ((room.y / LINE) as usize).saturating_sub(1).max(1);
    let all = column(glyphs, topics.concat());
    let keys = all.keys.min(room.x * 0.4);
    let mut rows: Vec<Row> = Vec::new();
    let mut pages = Vec::new();
    for row in topics.concat() {
        let lines = match row {
            Row::Key(chords, text) => {
                let texts = glyphs.lines(&text, 1.0, room.x - keys - GAP, 3);
                let texts = texts.unwrap_or_else(|| vec![text]);
                let chords = glyphs.lines(&chords, 1.0, keys, 3).unwrap_or_else(|| vec![chords]);
                let line = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
                let count = texts.len().max(chords.len());
                (0..count).map(|at| Row::Key(line(&chords, at), line(&texts, at))).collect()
            }
            row => vec![row],
        };
        // A heading stands with what it is for.
        let begins = usize::from(matches!(lines.first(), Some(Row::Heading(_))));
        if !rows.is_empty() && rows.len() + lines.len() + begins > most {
            pages.push(std::mem::take(&mut rows));
        }
        rows.extend(lines);
    }
    pages.push(rows);
    pages.into_iter().map(|rows| Page { columns: vec![column(glyphs, rows)] }).collect()
}

fn column(glyphs: &mut GlyphCache, rows: Vec<Row>) -> Column {
    let (mut keys, mut texts) = (0.0f32, 0.0f32);
    // Letters scale: what is measured once holds for all sizes.
    let mut wide = |text: &str| glyphs.width(text, 100.0) / 100.0;
    for row in &rows {
        match row {
            Row::Heading(text) => keys = keys.max(wide(text) - GAP),
            Row::Key(chords, text) => {
                (keys, texts) = (keys.max(wide(chords)), texts.max(wide(text)));
            }
            Row::Blank => {}
        }
    }
    Column { rows, keys, texts }
}

fn draw(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    page: &Page,
    foot: Option<String>,
    (size, px): (Vec2, f32),
) {
    let line = px * LINE;
    let rect = Rect::from_center_size(size / 2.0, page.size(foot.is_some()) * px);
    // Text is drawn over all shapes, so what stood where the panel is has to go.
    canvas.lines.retain(|line| rect.intersect(glyphs.bounds(line)).is_empty());
    canvas.fill(rect, if canvas.high_contrast { canvas::SEAM } else { PANEL });
    canvas.frame(rect, (px / 13.0).round().max(1.0), canvas::QUIET);
    let start = rect.min + Vec2::splat(px * MARGIN);
    let mut write = |canvas: &mut Canvas, text: String, at: Vec2, color| {
        let width = glyphs.width(&text, px) + 1.0;
        canvas.write(TextLine { text, at, px, align: Align::Left, width, color });
    };
    let mut left = start.x;
    for column in &page.columns {
        let mut y = start.y + line / 2.0;
        for row in &column.rows {
            let at = Vec2::new(left, y);
            match row {
                Row::Heading(text) => {
                    write(canvas, (*text).to_owned(), at, canvas::QUIET);
                    let corner = Vec2::new(left, y + px * 0.7);
                    let rule = Vec2::new(column.width() * px, (px / 16.0).max(1.0));
                    canvas.fill(Rect::from_corners(corner, corner + rule), canvas::QUIET);
                }
                Row::Key(chords, text) => {
                    write(canvas, chords.clone(), at, canvas::SELECTED);
                    let beside = at + Vec2::new((column.keys + GAP) * px, 0.0);
                    write(canvas, text.clone(), beside, canvas::TEXT);
                }
                Row::Blank => {}
            }
            y += line;
        }
        left += (column.width() + BETWEEN) * px;
    }
    if let Some(text) = foot {
        let at = Vec2::new(start.x, rect.max.y - px * MARGIN - line / 2.0);
        write(canvas, text, at, canvas::QUIET);
    }
}

#[cfg(test)]
mod tests;
