//! What no font has, and which Debian package brings it.
//!
//! Runs on the caller's thread. Policy: characters are named, not counted, because the person who
//! wrote them knows them; packages are the smallest of Debian 12 that have the whole script.

use std::fmt;

use camwall_words::{Check, EN};
use glyph_brush::ab_glyph::InvalidFont;
use icu_properties::props::Script;

use super::{
    WantedChar, built_in, has,
    language::{self, Language},
    search::Search,
};

/// Characters that are named; of more the number is said.
const NAMED: usize = 12;

/// Characters that no font has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Each once, in the order of the text.
    characters: Vec<char>,
    /// Debian packages that bring the characters.
    packages: Vec<&'static str>,
}

impl Missing {
    /// What is missing if these characters are; `None` if there are none. `no_fonts`: fontconfig
    /// knows no fonts at all, or is not there.
    pub(super) fn of(lost: impl Iterator<Item = WantedChar>, no_fonts: bool) -> Option<Self> {
        let (mut characters, mut packages) = (Vec::new(), Vec::new());
        if no_fonts {
            packages.push("libfontconfig1");
        }
        for wanted in lost {
            let package = package(wanted);
            if !characters.contains(&wanted.character) {
                characters.push(wanted.character);
            }
            if !packages.contains(&package) {
                packages.push(package);
            }
        }
        (!characters.is_empty()).then_some(Self { characters, packages })
    }
}

impl Missing {
    /// The packages that bring the characters.
    pub fn packages(&self) -> String {
        self.packages.join(" ")
    }

    /// Which characters, and which packages bring them, in the words of a language.
    pub fn say(&self, words: &Check) -> String {
        let named: Vec<String> = self.characters.iter().take(NAMED).copied().map(shown).collect();
        let more = self.characters.len().saturating_sub(NAMED);
        (words.no_font)(&named.join(", "), more, &self.packages())
    }
}

impl fmt::Display for Missing {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(&EN.check))
    }
}

/// A character as a message can hold it: those that show nothing by themselves as a number.
fn shown(character: char) -> String {
    match language::script(character) {
        Script::Unknown | Script::Inherited => format!("U+{:04X}", u32::from(character)),
        _ => character.to_string(),
    }
}

/// The Debian package with a font that has the script of a character.
fn package(WantedChar { character, language }: WantedChar) -> &'static str {
    match language::script(character) {
        Script::Hiragana | Script::Katakana => "fonts-ipafont-gothic",
        Script::Hangul => "fonts-nanum",
        Script::Bopomofo => "fonts-wqy-microhei",
        Script::Han => match language {
            Language::Japan => "fonts-ipafont-gothic",
            // Korean fonts have few Han characters.
            Language::Taiwan | Language::HongKong | Language::China | Language::Korea => {
                "fonts-wqy-microhei"
            }
        },
        Script::Thai => "fonts-thai-tlwg",
        Script::Devanagari => "fonts-lohit-deva",
        Script::Common | Script::Inherited if ('\u{3000}'..='\u{ffff}').contains(&character) => {
            "fonts-wqy-microhei"
        }
        Script::Common | Script::Inherited => "fonts-symbola",
        _ => "fonts-noto-core",
    }
}

/// What of each text no font has; reads installed fonts only if the built-in one lacks something.
///
/// # Errors
/// When the built-in font is not readable.
pub fn lacking<'t>(
    texts: impl Iterator<Item = &'t str>,
) -> Result<Vec<Option<Missing>>, InvalidFont> {
    let (built_in, locale) = (built_in()?, Language::of_environment());
    let mut search = None;
    let lacking = texts.map(|text| {
        let language = language::language(text, locale);
        let beyond = text.chars().filter(|c| !language::ignorable(*c) && !has(&built_in, *c));
        let mut lost = Vec::new();
        for character in beyond {
            let wanted = WantedChar { character, language };
            if search.get_or_insert_with(Search::new).find(wanted).is_none() {
                lost.push(wanted);
            }
        }
        let no_fonts = search.as_ref().is_some_and(Search::is_empty);
        Missing::of(lost.into_iter(), no_fonts)
    });
    Ok(lacking.collect())
}
