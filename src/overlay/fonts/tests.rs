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
    assert!(fonts.learn(Duration::ZERO).is_empty() && fonts.link.is_none());
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
    assert_eq!(fonts.learn(Duration::from_secs(60)).len(), 1, "make setup installs a font");
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
