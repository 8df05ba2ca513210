//! How texts are cut into runs, and how often a character is asked for.

use proptest::prelude::*;

use super::*;

/// Font 1 has Han characters, font 2 kana; joiners are not drawn; the first has the rest.
fn font_of(character: char) -> Option<FontId> {
    match character {
        '\u{200b}'..='\u{200f}' => None,
        '\u{3040}'..='\u{30ff}' => Some(FontId(2)),
        '\u{4e00}'..='\u{9fff}' => Some(FontId(1)),
        _ => Some(BUILT_IN),
    }
}

fn cut(text: &str) -> Vec<(&str, usize)> {
    runs(text, font_of).into_iter().map(|(run, font)| (run, font.0)).collect()
}

#[test]
fn a_text_is_cut_where_another_font_begins() {
    assert_eq!(cut(""), []);
    assert_eq!(cut("gate"), [("gate", 0)]);
    assert_eq!(cut("1  正門 A"), [("1  ", 0), ("正門", 1), (" A", 0)]);
    assert_eq!(cut("入口カメラ"), [("入口", 1), ("カメラ", 2)]);
    assert_eq!(cut("\u{200e}正\u{200b}門\u{200f}"), [("正", 1), ("門", 1)]);
    assert_eq!(cut("\u{200e}"), []);
}

proptest! {
    #[test]
    fn nothing_is_lost_or_moved(text in "[a-c正門カ\u{200b}…]{0,24}") {
        let runs = cut(&text);
        let drawn: String = text.chars().filter(|c| font_of(*c).is_some()).collect();
        prop_assert_eq!(runs.iter().map(|(run, _)| *run).collect::<String>(), drawn);
        for (run, font) in runs {
            prop_assert!(!run.is_empty());
            prop_assert!(run.chars().all(|c| font_of(c) == Some(FontId(font))));
        }
    }
}

#[test]
fn without_installed_fonts_the_first_stands_for_all() {
    let mut fonts = Fonts::new(false).unwrap();
    assert_eq!(fonts.runs("正門\u{200b} A"), [("正門", BUILT_IN), (" A", BUILT_IN)]);
    assert!(fonts.learn(Duration::ZERO).is_none() && fonts.link.is_none());
    assert!(fonts.known.is_empty() && fonts.unknown.is_empty());
}

/// Every character is asked for once, found or not.
#[test]
fn what_no_font_has_is_asked_for_once() {
    let mut fonts = Fonts::new(true).unwrap();
    // Not assigned, so in no font.
    let name = "\u{378}\u{379}門\u{378}";
    assert_eq!(fonts.runs(name), [(name, BUILT_IN)]);
    assert_eq!(fonts.unknown.len(), 3);
    fonts.learn(Duration::ZERO);
    let fresh = fonts.learn(Duration::from_secs(60)).unwrap_or_default();
    assert_eq!(fresh.len(), 1, "make setup installs a font");
    assert_eq!(
        fonts.runs(name),
        [("\u{378}\u{379}", BUILT_IN), ("門", FontId(1)), ("\u{378}", BUILT_IN)]
    );
    assert!(fonts.unknown.is_empty());
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut fonts = Fonts::new(true).unwrap();
    let flood: String = ('\u{20000}'..'\u{28000}').collect();
    fonts.runs(&flood);
    assert_eq!((fonts.known.len(), fonts.unknown.len()), (REMEMBERED, REMEMBERED));
}

/// The family of the font that draws a character for readers of a language, and its drawing.
fn drawn_for(language: Language, character: char) -> (String, Vec<u8>) {
    let mut search = Search::new();
    let wanted = WantedChar { character, language };
    let number = search.find(wanted).expect("make setup installs a font");
    let family = search.names[number.0 - 1].clone();
    let fonts = search.take_fresh();
    let font = &fonts[number.0 - 1];
    let glyph = font.glyph_id(character).with_scale(64.0);
    let mut drawing = vec![0; 96 * 96];
    if let Some(outline) = font.outline_glyph(glyph) {
        outline.draw(|x, y, cover| {
            if let Some(texel) = drawing.get_mut((y * 96 + x) as usize) {
                *texel = (cover * 255.0) as u8;
            }
        });
    }
    (family, drawing)
}

/// Both fonts are installed, and fontconfig offers the other one first. In the collection of UMing,
/// China's face stands before Taiwan's.
#[test]
fn han_is_drawn_as_in_taiwan() {
    for character in ['直', '骨'] {
        let (family, taiwan) = drawn_for(Language::Taiwan, character);
        assert!(family.starts_with("AR PL UMing TW"), "{character}: {family}");
        assert!(taiwan.iter().any(|texel| *texel > 0));
        let (family, china) = drawn_for(Language::China, character);
        assert!(!family.contains("TW"), "{character}: {family}");
        assert_ne!(taiwan, china, "{character} looks different there");
    }
    // The whole name in one font, also what is not Han.
    let (family, _) = drawn_for(Language::Taiwan, '。');
    assert!(family.starts_with("AR PL UMing TW"), "{family}");
}

/// UMing's faces differ in these characters: the one that was asked for is drawn, not the first one
/// of its file.
#[test]
fn the_face_of_a_collection_counts_and_not_its_file() {
    let path = "/usr/share/fonts/truetype/arphic/uming.ttc";
    let metrics = face::Metrics::of(&built_in().unwrap());
    let outline = |index| {
        let (face, _) = face::Face::read(std::path::Path::new(path), index, metrics)
            .expect("make setup installs it");
        let glyph = face.glyph_id('骨');
        let curves = face.outline(glyph).unwrap().curves;
        // What others read from these bytes is the same face.
        let alone = FontRef::try_from_slice_and_index(face.font_data(), 0).unwrap();
        assert_eq!(alone.glyph_id('骨'), glyph);
        assert!(FontRef::try_from_slice_and_index(face.font_data(), 1).is_err());
        format!("{curves:?}")
    };
    assert_ne!(outline(0), outline(2), "China's and Taiwan's");
}
