//! The search among installed fonts.
//!
//! Owns fontconfig (through fontique, which opens the library when it is there) and the list of the
//! fonts that were read. Runs on the thread `fonts`, or on the main thread of `camwall check`.
//! Policy: fontconfig's order for the script and language is followed, then its order for
//! sans-serif text, then any; Han characters are drawn by a font of the reader's region if there is
//! one; a font that is broken is logged and passed over, and a panic in
//! reading one costs only the character it was read for.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use fontique::{
    Collection, CollectionOptions, FallbackKey, FamilyId, FontInfo, FontStyle, FontWeight,
    FontWidth, GenericFamily, SourceCache, SourceKind,
};
use glyph_brush::{FontId, ab_glyph::FontArc};
use tracing::{info, warn};

use super::{
    WantedChar, built_in,
    catch_panic::quietly,
    face::{Face, Metrics, draws},
    language::{beside_han, iso_15924, script},
    region::{rank, region},
};

/// Fonts that are read, broken ones included.
const FONTS: usize = 32;

/// Bytes of all fonts that are kept.
const BYTES: u64 = 192_000_000;

/// Families that are asked for one character.
const FAMILIES: usize = 256;

/// Fonts of a family that are asked for one character.
const WEIGHTS: usize = 16;

/// A font file, and the number of the face in it.
type FaceLocation = (Arc<Path>, u32);

/// Fonts found and read.
pub struct Search {
    /// `None` where fontconfig broke down.
    collection: Option<Collection>,
    /// `None` for those that can't be used.
    read: HashMap<FaceLocation, Option<usize>>,
    /// Font number `n` of the brush is number `n - 1` here.
    faces: Vec<FontArc>,
    /// The families of the faces.
    #[cfg(test)]
    pub(super) names: Vec<String>,
    /// Faces that were taken already.
    taken: usize,
    bytes: u64,
    /// Maps font files while a character is looked for, as fontconfig does.
    maps: SourceCache,
    metrics: Option<Metrics>,
}

impl Search {
    /// Asks fontconfig for the installed fonts.
    pub fn new() -> Self {
        let options = CollectionOptions { shared: false, system_fonts: true };
        let mut collection = quietly(|| Collection::new(options));
        if collection.as_mut().is_none_or(|fonts| fonts.family_names().next().is_none()) {
            info!("fontconfig knows no fonts, so only the built-in one draws");
            collection = None;
        }
        let metrics = built_in().ok().map(|font| Metrics::of(&font));
        let (read, faces, maps) = (HashMap::new(), Vec::new(), SourceCache::default());
        Self {
            collection,
            read,
            faces,
            #[cfg(test)]
            names: Vec::new(),
            taken: 0,
            bytes: 0,
            maps,
            metrics,
        }
    }

    /// Whether there is no installed font at all.
    pub fn is_empty(&self) -> bool {
        self.collection.is_none()
    }

    /// The font for a character, read now if need be.
    pub fn find(&mut self, wanted: WantedChar) -> Option<FontId> {
        let found = quietly(|| self.look(wanted));
        self.maps.prune(0, true);
        let Some(number) = found else {
            warn!("reading fonts for {} broke down", wanted.character);
            return None;
        };
        number.map(|number| FontId(number + 1))
    }

    /// The fonts that were read since the last call, in the order of their numbers.
    pub fn take_fresh(&mut self) -> Vec<FontArc> {
        let fresh = self.faces[self.taken..].to_vec();
        self.taken = self.faces.len();
        fresh
    }

    fn look(&mut self, wanted: WantedChar) -> Option<usize> {
        for family in self.families(wanted) {
            let Some(family) = self.collection.as_mut()?.family(family) else { continue };
            // As bold as the built-in font, if there is a choice; the others where that is broken.
            let (width, style) = (FontWidth::NORMAL, FontStyle::Normal);
            let best = family.match_index(width, style, FontWeight::BOLD, false);
            let rest = (0..family.fonts().len()).filter(|index| Some(*index) != best);
            for index in best.into_iter().chain(rest).take(WEIGHTS) {
                let font = &family.fonts()[index];
                if self.covers(font, wanted.character)
                    && let Some(number) = self.open(font, family.name())
                    && draws(&self.faces[number], wanted.character)
                {
                    return Some(number);
                }
            }
        }
        None
    }

    /// The families that may have a character, the best first.
    fn families(&mut self, wanted: WantedChar) -> Vec<FamilyId> {
        let Some(fonts) = &mut self.collection else { return Vec::new() };
        let script = script(wanted.character);
        let mut families = Vec::new();
        let mut names: Vec<String> = fonts.family_names().map(str::to_owned).collect();
        names.sort_unstable();
        if beside_han(script) {
            // One font for the whole name where that is possible.
            let han = fontique::Script::from_bytes(*b"Hani");
            families.extend(fonts.fallback_families((han, wanted.language.tag())));
            // Fontconfig does not offer all of the region for text without serifs.
            let own =
                names.iter().filter(|name| region(name).is_some_and(|it| it == wanted.language));
            families.extend(own.filter_map(|name| fonts.family_id(name)));
            families.sort_by_cached_key(|family| {
                fonts.family_name(*family).map_or(u8::MAX, |name| rank(name, wanted.language))
            });
        }
        if let Some(name) = iso_15924(script) {
            let script = fontique::Script::from_bytes(name);
            families.extend(fonts.fallback_families(FallbackKey::new(script, None)));
        }
        // Ordered by fontconfig, without those that add no character to the ones before.
        families.extend(fonts.generic_families(GenericFamily::SansSerif));
        // All others, for where one of those before is broken.
        families.extend(names.iter().filter_map(|name| fonts.family_id(name)));
        let mut seen = HashSet::new();
        families.retain(|family| seen.insert(*family));
        families.truncate(FAMILIES);
        families
    }

    fn covers(&mut self, font: &FontInfo, character: char) -> bool {
        let Some(data) = font.load(Some(&mut self.maps)) else { return false };
        let map = font.charmap_index().charmap(data.as_ref());
        map.and_then(|map| map.map(character)).is_some_and(|glyph| glyph != 0)
    }

    /// The number of a font among those that were read; reads the font if need be.
    fn open(&mut self, font: &FontInfo, family: &str) -> Option<usize> {
        let SourceKind::Path(path) = font.source().kind() else { return None };
        let place = (Arc::clone(path), font.index());
        if let Some(known) = self.read.get(&place) {
            return *known;
        }
        if self.read.len() >= FONTS || self.bytes >= BYTES {
            return None;
        }
        // Until it is known to be good: a panic must not lead here again.
        self.read.insert(place.clone(), None);
        let face = match Face::read(path, font.index(), self.metrics?) {
            Ok((face, bytes)) => {
                self.bytes += bytes;
                face
            }
            Err(error) => {
                warn!("font {family} is not used: {} {error}", path.display());
                return None;
            }
        };
        info!("font {family} ({}) draws what the built-in font lacks", path.display());
        self.faces.push(FontArc::new(face));
        #[cfg(test)]
        self.names.push(family.to_owned());
        let number = self.faces.len() - 1;
        self.read.insert(place, Some(number));
        Some(number)
    }
}
