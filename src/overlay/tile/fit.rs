//! Texts that are longer than their tile.

use crate::overlay::text::GlyphCache;

/// Breaks a text that is too long into two lines, between words; cuts what is longer still.
pub fn wrap(glyphs: &mut GlyphCache, text: &str, px: f32, width: f32) -> Vec<String> {
    if glyphs.width(text, px) <= width - px {
        return vec![text.to_owned()];
    }
    let breaks = text.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at);
    let fitting = breaks.take_while(|at| glyphs.width(&text[..*at], px) <= width - px).last();
    let (first, rest) = text.split_at(fitting.unwrap_or_default());
    let lines = [first, rest].map(str::trim).into_iter().filter(|line| !line.is_empty());
    lines.map(|line| fit(glyphs, line, px, width)).collect()
}

/// Cuts a text that is too long, with an ellipsis.
pub fn fit(glyphs: &mut GlyphCache, text: &str, px: f32, width: f32) -> String {
    let room = width - px;
    if glyphs.width(text, px) <= room {
        return text.to_owned();
    }
    // Begin with the share that fits on average, then take off what is wider than average.
    let share = room / glyphs.width(text, px);
    let mut cut: Vec<char> = text.chars().collect();
    cut.truncate((cut.len() as f32 * share.max(0.0)) as usize);
    loop {
        let shorter: String = cut.iter().chain(['…'].iter()).collect();
        if cut.pop().is_none() || glyphs.width(&shorter, px) <= room {
            return shorter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_reasons_take_two_lines_and_no_more() {
        let mut glyphs = GlyphCache::new(false).unwrap();
        let mut wrap = |text: &str, width| wrap(&mut glyphs, text, 20.0, width);
        assert_eq!(wrap("short", 400.0), ["short"]);
        let long = "the camera ended the stream (retina over TCP, port 554)";
        assert_eq!(wrap(long, 400.0).join(" "), long);
        assert_eq!(wrap(long, 400.0).len(), 2);
        let cut = wrap(long, 200.0);
        assert!(cut.len() == 2 && cut[1].ends_with('…'), "{cut:?}");
        assert_eq!(wrap("oneverylongwordwithoutablank", 200.0).len(), 1);
        assert!(wrap("", 200.0).len() == 1);
    }
}
