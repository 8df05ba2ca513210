//! In which language the wall and `check` speak.
//!
//! Plain data but for reading the environment; read on the caller's thread. Policy: what the file says,
//! else the locale's; also of a file that has mistakes, as long as it can be followed.

use std::path::Path;

use camwall_words::Words;
use serde::Deserialize;

use super::{Wall, spanned::scanner};

/// The language of the wall and of `camwall check`. Log lines are English in all of them, and so are
/// `camwall new`, `import`, `recordings` and the question for a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Language {
    /// That of the locale, by `LC_ALL`, `LC_MESSAGES` and `LANG`; English where it is another.
    #[default]
    Auto,
    /// English.
    English,
    /// German.
    German,
    /// Japanese.
    Japanese,
    /// Traditional Chinese.
    TraditionalChinese,
}

impl Language {
    /// What it calls everything.
    #[must_use]
    pub fn words(self) -> &'static Words {
        use camwall_words::Language as L;
        match self {
            Self::Auto => L::of_environment(),
            Self::English => L::English,
            Self::German => L::German,
            Self::Japanese => L::Japanese,
            Self::TraditionalChinese => L::TraditionalChinese,
        }
        .words()
    }

    /// What a text says that is no sound wall file; `Auto` where that can't be found.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let tree = scanner::tree(text.strip_prefix('\u{feff}').unwrap_or(text));
        let written = tree.map(|tree| tree.spot().key("language").text().to_owned());
        written.ok().and_then(|text| ron::from_str(&text).ok()).unwrap_or_default()
    }

    /// The same of a file.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        match Wall::read(path) {
            Ok(bytes) => Self::of_text(&String::from_utf8_lossy(&bytes)),
            Err(_why) => Self::Auto,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_says_its_language() {
        for (text, language) in [
            ("(language: German, cameras: {}, colour: 3)", Language::German),
            ("\u{feff}(camera: {}, language: TraditionalChinese)", Language::TraditionalChinese),
            ("Wall(language: Japanese)", Language::Japanese),
            ("(cameras: { \"a\": (language: German) })", Language::Auto),
            ("(language: Klingon)", Language::Auto),
            ("(language: \"German\")", Language::Auto),
            ("(language: German", Language::Auto),
            ("", Language::Auto),
        ] {
            assert_eq!(Language::of_text(text), language, "{text}");
        }
    }
}
