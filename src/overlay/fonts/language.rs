//! Which language a text's Han characters are drawn for, and which script a character belongs to.
//!
//! Pure. Policy: the text decides where it can tell (kana: Japanese, hangul: Korean, bopomofo:
//! Taiwan), else the locale, else Taiwan.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, NamedEnumeratedProperty, Script},
};

/// Languages that share Han characters and draw them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Traditional Chinese as in Taiwan.
    Taiwan,
    /// Traditional Chinese as in Hong Kong.
    HongKong,
    /// Simplified Chinese.
    China,
    /// Japanese.
    Japan,
    /// Korean.
    Korea,
}

impl Language {
    /// The language of the locale that the environment asks for.
    pub fn of_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        Self::of_locale(&locale.unwrap_or_default())
    }

    /// The language of a locale such as `zh_TW.UTF-8`.
    pub fn of_locale(locale: &str) -> Self {
        let name = locale.split(['.', '@']).next().unwrap_or_default();
        match name.split_once(['_', '-']).unwrap_or((name, "")) {
            ("ja", _) => Self::Japan,
            ("ko", _) => Self::Korea,
            ("zh", "HK" | "MO") => Self::HongKong,
            ("zh", "CN" | "SG") => Self::China,
            _ => Self::Taiwan,
        }
    }

    /// The language of a tag, if it is one of these.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let all = [Self::Taiwan, Self::HongKong, Self::China, Self::Japan, Self::Korea];
        all.into_iter().find(|language| language.tag() == tag)
    }

    /// The language's tag in BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Taiwan => "zh-TW",
            Self::HongKong => "zh-HK",
            Self::China => "zh-CN",
            Self::Japan => "ja",
            Self::Korea => "ko",
        }
    }
}

/// The language of `text`, on a computer whose locale is `locale`.
pub fn language(text: &str, locale: Language) -> Language {
    let telling = |character: char| match script(character) {
        Script::Hiragana | Script::Katakana => Some(Language::Japan),
        Script::Hangul => Some(Language::Korea),
        Script::Bopomofo => Some(Language::Taiwan),
        _ => None,
    };
    text.chars().filter(|character| !character.is_ascii()).find_map(telling).unwrap_or(locale)
}

/// The script that a character belongs to.
pub fn script(character: char) -> Script {
    CodePointMapData::<Script>::new().get(character)
}

/// The four letters by which ISO 15924 names a script.
pub fn iso_15924(script: Script) -> Option<[u8; 4]> {
    script.short_name().as_bytes().try_into().ok()
}

/// Whether fonts for Han characters have the script too.
pub fn beside_han(script: Script) -> bool {
    matches!(
        script,
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Hangul
            | Script::Bopomofo
            | Script::Common
            | Script::Inherited
    )
}

/// Whether a character is for the layout of text and leaves no mark: joiners, direction marks.
pub fn ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_tells_whose_han_characters_are_drawn() {
        for (locale, language) in [
            ("zh_TW.UTF-8", Language::Taiwan),
            ("zh_HK", Language::HongKong),
            ("zh_MO.UTF-8", Language::HongKong),
            ("zh_CN.GB18030", Language::China),
            ("zh_SG.UTF-8@pinyin", Language::China),
            ("ja_JP.eucJP", Language::Japan),
            ("ja", Language::Japan),
            ("ko_KR.UTF-8", Language::Korea),
            ("de_DE.UTF-8", Language::Taiwan),
            ("zh", Language::Taiwan),
            ("C.UTF-8", Language::Taiwan),
            ("", Language::Taiwan),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn the_text_tells_before_the_locale() {
        let of = |text| language(text, Language::China);
        assert_eq!(of("正門"), Language::China);
        assert_eq!(of("駐車場の入口"), Language::Japan);
        assert_eq!(of("カメラ 1"), Language::Japan);
        assert_eq!(of("정문 正門"), Language::Korea);
        assert_eq!(of("ㄇㄣˊ 門"), Language::Taiwan);
        assert_eq!(of("Gate"), Language::China);
    }

    #[test]
    fn scripts_have_their_iso_names() {
        assert_eq!(iso_15924(script('門')), Some(*b"Hani"));
        assert_eq!(iso_15924(script('ก')), Some(*b"Thai"));
        assert_eq!(iso_15924(script('。')), Some(*b"Zyyy"));
    }

    #[test]
    fn marks_for_layout_leave_none() {
        assert!(['\u{200b}', '\u{200e}', '\u{fe0f}', '\u{feff}'].into_iter().all(ignorable));
        assert!(!['門', ' ', '\u{3000}', '\u{e000}'].into_iter().any(ignorable));
    }
}
