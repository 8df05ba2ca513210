//! Which languages there are, and which one a locale asks for.
//!
//! Pure but for reading the environment. Policy: who asks for a language that is not there gets English,
//! also who writes Chinese with simplified characters.

use crate::{DE, EN, JA, Words, ZH_TW};

/// A language of the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// Japanese.
    Japanese,
    /// Chinese with traditional characters, in Taiwan's words.
    TraditionalChinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::English, Self::German, Self::Japanese, Self::TraditionalChinese];

    /// Its texts.
    #[must_use]
    pub const fn words(self) -> &'static Words {
        match self {
            Self::English => &EN,
            Self::German => &DE,
            Self::Japanese => &JA,
            Self::TraditionalChinese => &ZH_TW,
        }
    }

    /// The language of the locale that the environment asks for: `LC_ALL`, else `LC_MESSAGES`, else
    /// `LANG`.
    #[must_use]
    pub fn of_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        Self::of_locale(&locale.unwrap_or_default())
    }

    /// The language of a locale such as `zh_TW.UTF-8` or `zh-Hant-HK`.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let name = locale.split(['.', '@']).next().unwrap_or_default();
        let mut parts = name.split(['_', '-']);
        match parts.next().unwrap_or_default() {
            "de" => Self::German,
            "ja" => Self::Japanese,
            "zh" => {
                let parts: Vec<&str> = parts.collect();
                let traditional = |part: &&str| matches!(*part, "Hant" | "TW" | "HK" | "MO");
                if parts.first().is_some_and(traditional) {
                    Self::TraditionalChinese
                } else {
                    Self::English
                }
            }
            _ => Self::English,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_asks_for_a_language() {
        for (locale, language) in [
            ("de_DE.UTF-8", Language::German),
            ("de", Language::German),
            ("de_AT@euro", Language::German),
            ("ja_JP.eucJP", Language::Japanese),
            ("zh_TW.UTF-8", Language::TraditionalChinese),
            ("zh_HK", Language::TraditionalChinese),
            ("zh_MO.UTF-8", Language::TraditionalChinese),
            ("zh-Hant", Language::TraditionalChinese),
            ("zh_Hant_HK", Language::TraditionalChinese),
            ("zh_Hans_HK", Language::English),
            ("zh_CN.UTF-8", Language::English),
            ("zh", Language::English),
            ("den_CA", Language::English),
            ("fr_FR.UTF-8", Language::English),
            ("C.UTF-8", Language::English),
            ("POSIX", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn each_language_has_its_own_table() {
        let tags = Language::ALL.map(|language| language.words().tag);
        assert_eq!(tags, ["en", "de", "ja", "zh-TW"]);
    }
}
