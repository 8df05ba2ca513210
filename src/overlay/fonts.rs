//! Fonts: which one draws a character.
//!
//! Owns what is known of each character, and the link to the thread `fonts`, which looks for
//! characters among the installed fonts and reads those that are needed. Main world. Policy: the
//! built-in font comes first, so a wall whose texts it can write looks the same everywhere and
//! reads no font; what it lacks is asked for once, a batch at a time; until the answer, and where
//! no installed font has a character, the built-in font's box is drawn instead.

mod catch_panic;
mod face;
mod language;
mod missing;
mod region;
mod search;

use std::{
    collections::{HashMap, hash_map::Entry},
    thread,
    time::Duration,
};

use camwall_media::BestEffort;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use glyph_brush::{
    FontId,
    ab_glyph::{Font, FontArc, FontRef, InvalidFont},
};
use tracing::warn;

use self::missing::Missing;
pub use self::{
    catch_panic::quietly,
    face::{FAR, is_sane},
    missing::lacking,
};
use self::{
    language::{Language, ignorable, language},
    search::Search,
};

/// The font of the wall: always there, always asked first.
pub const BUILT_IN: FontId = FontId(0);

/// Characters that are remembered, those no font has included. The texts of a wall have some
/// hundreds; what a camera makes up beyond this stays a box.
const REMEMBERED: usize = 16_384;

/// Batches of missing characters that are logged: names come with the first one.
const REPORTS: usize = 8;

/// A character, and the language that it is drawn for: Han characters look different in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WantedChar {
    character: char,
    language: Language,
}

/// The thread's answer to a batch.
struct Found {
    /// Fonts that the thread read for this batch; in the order in which they are numbered, from 1.
    fonts: Vec<FontArc>,
    /// The font of each character of the batch; the built-in one for those that no font has.
    drawn: Vec<(WantedChar, FontId)>,
}

/// The thread that looks for characters; the thread ends when this is dropped.
struct Link {
    wanted: Sender<Vec<WantedChar>>,
    found: Receiver<Found>,
    /// A batch is under way.
    busy: bool,
}

/// Which font draws what.
pub struct Fonts {
    built_in: FontRef<'static>,
    /// Language of the person at the wall.
    locale: Language,
    known: HashMap<WantedChar, FontId>,
    /// Characters that the thread has not been asked for yet.
    unknown: Vec<WantedChar>,
    /// Whether installed fonts are looked for; no longer once their thread is gone.
    installed: bool,
    link: Option<Link>,
}

impl Fonts {
    /// The built-in font and, if `installed`, those of this computer.
    ///
    /// # Errors
    /// When the built-in font is not readable.
    pub fn new(installed: bool) -> Result<Self, InvalidFont> {
        Ok(Self {
            built_in: built_in()?,
            locale: Language::of_environment(),
            known: HashMap::new(),
            unknown: Vec::new(),
            installed,
            link: None,
        })
    }

    /// Han characters look as readers of this language (a BCP 47 tag) expect it, if it has any; else as
    /// the locale says. Whether that is another language than before.
    pub fn read_in(&mut self, tag: &str) -> bool {
        let locale = Language::of_tag(tag).unwrap_or_else(Language::of_environment);
        std::mem::replace(&mut self.locale, locale) != locale
    }

    /// The built-in font, for the brush.
    pub fn first(&self) -> FontArc {
        FontArc::new(self.built_in.clone())
    }

    /// The fonts that draw `text`: the built-in one, then the others in the order in which they are
    /// needed.
    pub fn stack(&mut self, text: &str) -> Vec<FontId> {
        let mut stack = vec![BUILT_IN];
        for (_, font) in self.runs(text) {
            if !stack.contains(&font) {
                stack.push(font);
            }
        }
        stack
    }

    /// `text` cut where another font begins, without what is never drawn.
    pub fn runs<'t>(&mut self, text: &'t str) -> Vec<(&'t str, FontId)> {
        if text.is_ascii() {
            return vec![(text, BUILT_IN)];
        }
        let language = language(text, self.locale);
        runs(text, |character| self.font(WantedChar { character, language }))
    }

    /// Whether a character of `text` would be a box: no font is known to have it.
    pub fn lacks(&self, text: &str) -> bool {
        let language = language(text, self.locale);
        let is_box = |character: char| {
            let wanted = WantedChar { character, language };
            let beyond = !ignorable(character) && !has(&self.built_in, character);
            beyond && self.known.get(&wanted).is_none_or(|font| *font == BUILT_IN)
        };
        text.chars().any(is_box)
    }

    /// As if the thread had found this font for a character.
    #[cfg(test)]
    pub fn know(&mut self, character: char, font: FontId) {
        let language = language(&character.to_string(), self.locale);
        self.known.insert(WantedChar { character, language }, font);
    }

    fn font(&mut self, wanted: WantedChar) -> Option<FontId> {
        if ignorable(wanted.character) {
            return None;
        }
        if has(&self.built_in, wanted.character) {
            return Some(BUILT_IN);
        }
        let room = self.known.len() < REMEMBERED;
        match self.known.entry(wanted) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(place) => {
                if self.installed && room {
                    self.unknown.push(wanted);
                    place.insert(BUILT_IN);
                }
                Some(BUILT_IN)
            }
        }
    }

    /// What the thread found since the last call, waiting for at most `patience` if the thread is
    /// at work: fonts for the brush, in the order of their numbers; `None` if it found nothing. Then
    /// hands the thread the next batch.
    pub fn learn(&mut self, patience: Duration) -> Option<Vec<FontArc>> {
        let mut fresh = None;
        if let Some(link) = self.link.as_mut().filter(|link| link.busy) {
            match link.found.recv_timeout(patience) {
                Ok(Found { fonts, drawn }) => {
                    link.busy = false;
                    self.known.extend(drawn);
                    fresh = Some(fonts);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.give_up("its thread is gone"),
            }
        }
        self.ask();
        fresh
    }

    /// Whether characters are being looked for.
    pub fn is_looking(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.busy)
    }

    /// Whether characters are being looked for, or are to be.
    pub fn is_wanting(&self) -> bool {
        self.is_looking() || self.link.is_some() && !self.unknown.is_empty()
    }

    /// Hands the thread the unknown characters, unless the thread is at work.
    fn ask(&mut self) {
        if self.unknown.is_empty() || self.is_looking() {
            return;
        }
        if self.link.is_none() {
            match Link::start() {
                Ok(link) => self.link = Some(link),
                Err(error) => return self.give_up(&error.to_string()),
            }
        }
        let batch = std::mem::take(&mut self.unknown);
        if let Some(link) = &mut self.link {
            // The thread took the batch before, so there is room, unless the thread is gone: then
            // the answer says so.
            link.wanted.try_send(batch).best_effort();
            link.busy = true;
        }
    }

    fn give_up(&mut self, why: &str) {
        warn!(
            "no installed fonts on the wall: {why}; characters the built-in font lacks are boxes"
        );
        (self.installed, self.link) = (false, None);
        self.unknown = Vec::new();
    }
}

impl Link {
    fn start() -> std::io::Result<Self> {
        let (wanted, asked) = bounded::<Vec<WantedChar>>(1);
        let (answers, found) = bounded(1);
        let search = move || {
            let mut search = Search::new();
            let mut reports = 0;
            for batch in asked {
                let drawn: Vec<_> =
                    batch.iter().map(|wanted| (*wanted, search.find(*wanted))).collect();
                let lost =
                    drawn.iter().filter(|(_, font)| font.is_none()).map(|(wanted, _)| *wanted);
                if let Some(missing) = Missing::of(lost, search.is_empty())
                    && reports < REPORTS
                {
                    reports += 1;
                    warn!("names on the wall have boxes in them: {missing}, then start again");
                }
                let drawn =
                    drawn.into_iter().map(|(wanted, font)| (wanted, font.unwrap_or(BUILT_IN)));
                let found = Found { fonts: search.take_fresh(), drawn: drawn.collect() };
                if answers.send(found).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("fonts".into()).spawn(search)?;
        Ok(Self { wanted, found, busy: false })
    }
}

/// The font that is part of the program.
fn built_in() -> Result<FontRef<'static>, InvalidFont> {
    FontRef::try_from_slice(dejavu::sans::bold())
}

fn has(font: &impl Font, character: char) -> bool {
    // ASCII is in every font and most of what is asked.
    character.is_ascii() || font.glyph_id(character).0 != 0
}

/// Cuts a text where another font begins; leaves out what `font_of` gives no font.
fn runs(text: &str, mut font_of: impl FnMut(char) -> Option<FontId>) -> Vec<(&str, FontId)> {
    let mut runs: Vec<(&str, FontId)> = Vec::new();
    let mut open: Option<(usize, FontId)> = None;
    for (at, character) in text.char_indices() {
        let font = font_of(character);
        if open.map(|(_, font)| font) == font && font.is_some() {
            continue;
        }
        if let Some((start, last)) = open.take() {
            runs.push((&text[start..at], last));
        }
        open = font.map(|font| (at, font));
    }
    runs.extend(open.map(|(start, font)| (&text[start..], font)));
    runs
}

#[cfg(test)]
mod tests;
