//! Texts that are longer than their tile.
//!
//! Pure. Policy: no text is cut, but for names, which end in an ellipsis then. A word is written in
//! smaller letters where it is too long, down to those that can just be read; a sentence takes two or
//! three lines and somewhat smaller letters; what is too long even then is left out as a whole, and
//! mark, colour and frame stand for it.

use crate::overlay::canvas::{GAP, MARK, PAD};
use crate::overlay::text::GlyphCache;

/// The smallest letters that can be told apart, in pixels.
pub const LEAST: f32 = 8.0;

/// How far the letters of a sentence shrink before it is left out.
const SENTENCE: [f32; 5] = [1.0, 0.85, 0.7, 0.6, 0.5];

/// The height of letters, at most `px`, in which a mark and a word fit a label of `width` pixels;
/// `None` if they could not be read.
pub fn word(glyphs: &mut GlyphCache, word: &str, px: f32, width: f32) -> Option<f32> {
    // Letters scale: what is measured once holds for all sizes.
    let wide = glyphs.width(word, 100.0) / 100.0 + MARK + GAP + 2.0 * PAD;
    // A pixel for what is rounded.
    let fits = px.min((width - 1.0) / wide);
    (fits >= LEAST).then_some(fits)
}

/// Where a sentence stands.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Width of the labels, in pixels.
    pub width: f32,
    /// Height of all lines, in pixels.
    pub height: f32,
    /// Height of a line, in heights of its letters.
    pub line: f32,
    /// The most lines.
    pub most: usize,
}

/// The lines of a sentence, and the height of their letters, at most `px`; `None` if it has no room.
pub fn sentence(
    glyphs: &mut GlyphCache,
    text: &str,
    px: f32,
    room: Room,
) -> Option<(Vec<String>, f32)> {
    let sizes = SENTENCE.map(|share| (px * share).max(LEAST.min(px)));
    sizes.into_iter().find_map(|px| {
        let lines = glyphs.lines(text, px, room.width - 2.0 * PAD * px - 1.0, room.most)?;
        (lines.len() as f32 * px * room.line <= room.height).then_some((lines, px))
    })
}

/// A name as it stands in a line that begins at the left: one that is read from the right keeps its
/// own order and leaves that of what stands beside it.
pub fn isolated(name: &str) -> String {
    let from_right = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    if name.chars().any(from_right) { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_takes_two_lines_or_smaller_letters_or_none() {
        let mut glyphs = GlyphCache::new(false).unwrap();
        let mut lines = |text: &str, width| {
            let room = Room { width, height: 70.0, line: 1.6, most: 2 };
            sentence(&mut glyphs, text, 20.0, room)
        };
        assert_eq!(lines("short", 400.0), Some((vec!["short".to_owned()], 20.0)));
        let long = "the camera ended the stream (retina over TCP, port 554)";
        let (two, px) = lines(long, 420.0).expect("two lines");
        assert_eq!((two.len(), two.join(" ").as_str(), px), (2, long, 20.0));
        let (two, px) = lines(long, 300.0).expect("two smaller lines");
        assert_eq!((two.len(), two.join(" ").as_str()), (2, long));
        assert!((LEAST..20.0).contains(&px), "{px}");
        assert_eq!(lines(long, 150.0), None);
        assert_eq!(lines("oneverylongwordwithoutablank", 150.0), None);
        let low = Room { width: 330.0, height: 40.0, line: 1.6, most: 2 };
        let (two, px) = sentence(&mut glyphs, long, 20.0, low).expect("two low lines");
        assert!(two.len() == 2 && px * 1.6 * 2.0 <= 40.0, "{px}");
    }

    #[test]
    fn a_word_shrinks_to_its_tile_and_is_left_out_below_what_can_be_read() {
        let mut glyphs = GlyphCache::new(false).unwrap();
        assert_eq!(word(&mut glyphs, "OFFLINE", 20.0, 400.0), Some(20.0));
        let px = word(&mut glyphs, "OFFLINE", 20.0, 100.0).expect("smaller");
        assert!((LEAST..20.0).contains(&px), "{px}");
        assert_eq!(word(&mut glyphs, "OFFLINE", 20.0, 40.0), None);
    }

    #[test]
    fn only_what_is_read_from_the_right_is_set_apart() {
        assert_eq!(isolated("Gate 門"), "Gate 門");
        assert_eq!(isolated("שער"), "\u{2068}שער\u{2069}");
    }
}
