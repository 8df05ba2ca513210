//! How wide texts are, where they are cut and broken, and what is in the texture.

use super::*;

fn line(text: &str, px: f32) -> TextLine {
    TextLine {
        text: text.to_owned(),
        at: Vec2::new(10.0, 50.0),
        px,
        align: Align::Left,
        width: 2000.0,
        color: [1.0; 4],
    }
}

fn prepared(text: &str) -> GlyphCache {
    let mut glyphs = GlyphCache::new(true).unwrap();
    glyphs.prepare([text].into_iter(), Duration::from_secs(60));
    glyphs
}

/// Han characters are squares of the height of the built-in font's em: their width counts.
#[test]
fn the_width_is_that_of_the_font_that_draws() {
    let mut glyphs = prepared("正門攝影機");
    let one = glyphs.width("門", 40.0);
    assert!((30.0..40.0).contains(&one), "{one}");
    assert!((glyphs.width("正門攝影機", 40.0) - 5.0 * one).abs() < 0.5);
    let mut boxes = GlyphCache::new(false).unwrap();
    assert!((boxes.width("門", 40.0) - one).abs() > 2.0);
}

/// Latin letters beside Chinese ones are placed as without them.
#[test]
fn another_font_does_not_move_the_line() {
    let mut glyphs = prepared("門");
    let mut places = |text: &str| -> Vec<[f32; 4]> {
        let page = [line(text, 40.0)];
        let (quads, _) = glyphs.write([page.as_slice()], &mut Vec::new());
        quads.iter().map(|(_, quad)| quad.dst).collect()
    };
    let (alone, beside) = (places("Gate"), places("Gate 門"));
    assert_eq!((alone.len(), beside.len()), (4, 5));
    assert_eq!(alone, beside[..4]);
}

/// The texture grows until everything fits; each letter keeps its own texels.
#[test]
fn the_texture_grows_with_a_hundred_chinese_names() {
    let names: Vec<String> = (0..100)
        .map(|row| (0..6).filter_map(|c| char::from_u32(0x4e00 + 31 * (6 * row + c))).collect())
        .collect();
    let mut glyphs = prepared(&names.concat());
    let small = glyphs.texture_size();
    // Half of them on either page: what was written first must still be right at the end.
    let page =
        |names: &[String]| -> Vec<TextLine> { names.iter().map(|name| line(name, 48.0)).collect() };
    let mut patches = Vec::new();
    let pages = [page(&names[..50]), page(&names[50..])];
    let (quads, side) = glyphs.write(pages.iter().map(Vec::as_slice), &mut patches);
    assert_eq!(quads.iter().filter(|(page, _)| *page == 1).count(), 300);
    let quads: Vec<Quad> = quads.iter().map(|(_, quad)| *quad).collect();
    assert!(side.x > small.x && side.y > small.y && side.max_element() <= 8192, "{side}");
    assert_eq!(quads.len(), 600);
    let mut places: Vec<[u32; 4]> = quads.iter().map(|quad| quad.src.map(|v| v as u32)).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 600);
    // What was sent to the texture is what is kept for a device that is made anew.
    let cover = glyphs.texels.iter().filter(|texel| **texel > 0).count();
    let sent = patches.iter().flat_map(|patch| patch.texels.iter()).filter(|t| **t > 0).count();
    assert_eq!(cover, sent);
}

#[test]
fn what_is_too_wide_is_cut_between_letters() {
    let mut glyphs = GlyphCache::new(false).unwrap();
    assert_eq!(glyphs.fit("gate", 20.0, 400.0), "gate");
    for text in [
        "the gate at the far end",
        "1  \u{2068}שער הכניסה הראשית\u{2069}",
        "e\u{301}e\u{301}e\u{301}",
    ] {
        for room in 0..200u8 {
            let cut = glyphs.fit(text, 20.0, f32::from(room));
            assert!(cut == text || cut == "…" || glyphs.width(&cut, 20.0) <= f32::from(room));
            let rest = &text[cut.trim_end_matches('…').len().min(text.len())..];
            assert!(cut == text || !rest.starts_with('\u{301}'), "{cut}");
        }
    }
    // It begins behind the number.
    let room = glyphs.width("12  G", 20.0);
    let cut = glyphs.fit("12  Gate", 20.0, room);
    assert!(cut.starts_with("12") && cut.ends_with('…'), "{cut}");
}

#[test]
fn lines_are_whole_or_are_not() {
    let mut glyphs = GlyphCache::new(false).unwrap();
    let mut lines = |text: &str, room, most| glyphs.lines(text, 20.0, room, most);
    assert_eq!(lines("short", 400.0, 1), Some(vec!["short".to_owned()]));
    let long = "the camera ended the stream (retina over TCP, port 554)";
    assert_eq!(lines(long, 400.0, 1), None);
    let two = lines(long, 400.0, 2).expect("two lines");
    assert_eq!((two.len(), two.join(" ")), (2, long.to_owned()));
    assert_eq!(lines(long, 200.0, 2), None);
    assert_eq!(lines("oneverylongwordwithoutablank", 200.0, 9), None);
}

/// No blanks are needed, and no line begins with a full stop.
#[test]
fn chinese_and_japanese_are_broken_between_characters() {
    let text = "無法連線到攝影機：請檢查電源、網路與位址。";
    let mut glyphs = prepared(text);
    let whole = glyphs.width(text, 20.0);
    let lines = glyphs.lines(text, 20.0, whole * 0.55, 2).expect("two lines");
    assert_eq!(lines.concat(), text);
    for share in 1..40u8 {
        let room = whole * f32::from(share) / 40.0;
        let lines = glyphs.lines(text, 20.0, room, 40).unwrap_or_default();
        let wrong = lines.iter().any(|line| line.starts_with(['。', '、', '：']));
        assert!(!wrong, "{lines:?}");
    }
}
