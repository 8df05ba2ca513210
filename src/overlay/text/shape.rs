//! Text → glyphs and their places: joined, ordered and stacked as its script asks, in the order in
//! which it is read.
//!
//! Main world. Owns the shaper (parley), which knows no fonts but those that [`Fonts`] has read and
//! vetted, and what was shaped lately. Policy: a text is shaped once, at one size, because letters
//! scale; the built-in font comes first, then the fonts in the order in which the text needs them. A
//! line begins at the left, whatever script its first letter has: number and name stay in their
//! order. The fonts are strangers' data: what breaks down over one is written a glyph a character,
//! and glyphs of insane size are left out.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use glyph_brush::{
    FontId,
    ab_glyph::{Font, FontArc, GlyphId},
};
use parley::{
    FontContext, FontFamily, FontFamilyName, FontWeight, Layout, LayoutContext,
    PositionedLayoutItem, StyleProperty,
    fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, SourceCache},
};
use tracing::warn;

use crate::overlay::fonts::{BUILT_IN, FAR, Fonts, is_sane, quietly};

/// Height of the letters for which a text is shaped, in pixels.
pub const HEIGHT: f32 = 100.0;

/// Texts of one generation of those that were shaped lately; there are two. The clock alone makes
/// 86,400 a day.
const GENERATION: usize = 2048;

/// Tells that a line begins at the left.
const LEFT_TO_RIGHT: char = '\u{200e}';

/// A glyph and its place: how far right of the line's beginning and below its base line, in pixels
/// where letters are [`HEIGHT`] high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The font that draws the glyph.
    pub font: FontId,
    /// The glyph's number in the font.
    pub glyph: GlyphId,
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// What can't be cut: a letter with its marks.
#[derive(Debug, Clone, Copy)]
struct Cluster {
    /// Where it ends in the text, in bytes.
    end: usize,
    /// How wide the text is up to here.
    width: f32,
    /// How wide it is up to here without blanks at the end.
    inked: f32,
    /// A line may end here.
    breaks: bool,
}

/// A text that was shaped, in pixels where letters are [`HEIGHT`] high.
#[derive(Debug, Default)]
pub struct Shaped {
    /// Its glyphs.
    pub glyphs: Vec<Placed>,
    /// Its width.
    pub width: f32,
    /// In the order of the text.
    clusters: Vec<Cluster>,
}

impl Shaped {
    /// Where the longest beginning ends that is at most `room` wide, in bytes.
    pub fn cut_at(&self, room: f32) -> usize {
        let fitting = self.clusters.iter().take_while(|cluster| cluster.width <= room);
        fitting.last().map_or(0, |cluster| cluster.end)
    }

    /// Where the cluster before `at` ends, in bytes.
    pub fn before(&self, at: usize) -> usize {
        let before = self.clusters.iter().take_while(|cluster| cluster.end < at);
        before.last().map_or(0, |cluster| cluster.end)
    }

    /// Where the longest line ends that is at most `room` wide, blanks at its end not counted, in
    /// bytes; `None` if no line that is so narrow can be broken off.
    pub fn break_at(&self, room: f32) -> Option<usize> {
        let fitting = self.clusters.iter().take_while(|cluster| cluster.inked <= room);
        fitting.filter(|cluster| cluster.breaks).last().map(|cluster| cluster.end)
    }
}

/// Shapes texts.
pub struct Shaper {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    /// As [`FontId`] numbers them.
    drawn_by: Vec<FontArc>,
    /// By which parley knows them.
    names: Vec<u64>,
    /// Height of an em where letters are [`HEIGHT`] high.
    em: f32,
    lately: HashMap<Box<str>, Arc<Shaped>>,
    before: HashMap<Box<str>, Arc<Shaped>>,
    broke_down: bool,
}

/// A font's file as both parley and the brush hold it.
struct Shared(FontArc);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.font_data()
    }
}

impl Shaper {
    /// Knows the built-in font.
    pub fn new(built_in: FontArc) -> Self {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let (collection, source_cache) = (Collection::new(options), SourceCache::default());
        let em = HEIGHT * built_in.units_per_em().unwrap_or(1.0) / built_in.height_unscaled();
        let mut shaper = Self {
            fonts: FontContext { collection, source_cache },
            layouts: LayoutContext::new(),
            drawn_by: Vec::new(),
            names: Vec::new(),
            em,
            lately: HashMap::new(),
            before: HashMap::new(),
            broke_down: false,
        };
        shaper.add(built_in);
        shaper
    }

    /// One more font, under the next number.
    pub fn add(&mut self, font: FontArc) {
        let blob = Blob::new(Arc::new(Shared(font.clone())));
        self.names.push(blob.id());
        let name = self.drawn_by.len().to_string();
        self.drawn_by.push(font);
        let named = FontInfoOverride { family_name: Some(&name), ..FontInfoOverride::default() };
        let known = quietly(|| self.fonts.collection.register_fonts(blob, Some(named)));
        if known.is_none_or(|families| families.is_empty()) {
            warn!("an installed font can't be shaped with: its characters are boxes");
        }
    }

    /// Forgets what was shaped: other fonts draw it now.
    pub fn forget(&mut self) {
        (self.lately, self.before) = (HashMap::new(), HashMap::new());
    }

    /// A text as glyphs.
    pub fn shape(&mut self, text: &str, fonts: &mut Fonts) -> Arc<Shaped> {
        if let Some(known) = self.lately.get(text) {
            return Arc::clone(known);
        }
        let known = self.before.remove_entry(text);
        let (key, shaped) =
            known.unwrap_or_else(|| (text.into(), Arc::new(self.shape_anew(text, fonts))));
        if self.lately.len() >= GENERATION {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(key, Arc::clone(&shaped));
        shaped
    }

    fn shape_anew(&mut self, text: &str, fonts: &mut Fonts) -> Shaped {
        let stack = fonts.stack(text);
        if let Some(shaped) = quietly(|| self.lay_out(text, &stack)) {
            if let Some(shaped) = shaped {
                return shaped;
            }
        } else {
            // It may have been left half-way.
            self.layouts = LayoutContext::new();
        }
        if !self.broke_down {
            self.broke_down = true;
            warn!("a font broke down in shaping: texts that need it are not joined or ordered");
        }
        quietly(|| self.plain(text, fonts)).unwrap_or_default()
    }

    /// The text shaped with these fonts; `None` if what came of it can't be.
    fn lay_out(&mut self, text: &str, stack: &[FontId]) -> Option<Shaped> {
        // Bytes before the text in what is shaped.
        let mark = if text.is_ascii() { 0 } else { LEFT_TO_RIGHT.len_utf8() };
        let line: Cow<'_, str> =
            if mark > 0 { format!("{LEFT_TO_RIGHT}{text}").into() } else { text.into() };
        let families: Vec<FontFamilyName<'_>> =
            stack.iter().map(|font| FontFamilyName::Named(font.0.to_string().into())).collect();
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, &line, 1.0, false);
        builder.push_default(FontFamily::List(families.into()));
        builder.push_default(StyleProperty::FontSize(self.em));
        builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        let mut layout = builder.build(&line);
        layout.break_all_lines(None);
        let mut shaped = self.placed(&layout)?;
        shaped.clusters = clusters(&layout, text, mark);
        layout.break_all_lines(Some(1.0));
        let ends: Vec<usize> = layout.lines().map(|line| line.text_range().end).collect();
        for cluster in &mut shaped.clusters {
            cluster.breaks = ends.binary_search(&(cluster.end + mark)).is_ok();
        }
        Some(shaped)
    }

    /// The glyphs of a line, and how wide it is; `None` if that is insane.
    fn placed(&self, layout: &Layout<()>) -> Option<Shaped> {
        let mut shaped = Shaped::default();
        for line in layout.lines() {
            let base = line.metrics().baseline;
            for item in line.items() {
                let PositionedLayoutItem::GlyphRun(run) = item else { continue };
                let name = run.run().font().data.id();
                let font = self.names.iter().position(|known| *known == name)?;
                let drawn_by = &self.drawn_by[font];
                for glyph in run.positioned_glyphs() {
                    let id = GlyphId(u16::try_from(glyph.id).ok()?);
                    let (x, y) = (glyph.x, glyph.y - base);
                    let far = FAR * HEIGHT;
                    let near = y.abs() <= far && x >= -far && x <= shaped.width + far;
                    if !near || !(0.0..=far).contains(&glyph.advance) {
                        return None;
                    }
                    shaped.width += glyph.advance;
                    if FontId(font) == BUILT_IN || is_sane(drawn_by, id) {
                        shaped.glyphs.push(Placed { font: FontId(font), glyph: id, x, y });
                    }
                }
            }
        }
        Some(shaped)
    }

    /// A glyph a character, one behind the other.
    fn plain(&self, text: &str, fonts: &mut Fonts) -> Shaped {
        let mut shaped = Shaped::default();
        let mut clusters = Vec::new();
        for (run, font) in fonts.runs(text) {
            let Some(drawn_by) = self.drawn_by.get(font.0) else { continue };
            let scale = self.em / drawn_by.units_per_em().unwrap_or(1.0);
            for (at, character) in run.char_indices() {
                let glyph = drawn_by.glyph_id(character);
                shaped.glyphs.push(Placed { font, glyph, x: shaped.width, y: 0.0 });
                shaped.width += drawn_by.h_advance_unscaled(glyph) * scale;
                // Where the run lies in the text.
                let start = run.as_ptr() as usize - text.as_ptr() as usize;
                let blank = character.is_whitespace();
                let inked = match clusters.last() {
                    Some(Cluster { inked, .. }) if blank => *inked,
                    _ => shaped.width,
                };
                let end = start + at + character.len_utf8();
                clusters.push(Cluster { end, width: shaped.width, inked, breaks: blank });
            }
        }
        if let Some(Cluster { end, .. }) = clusters.last_mut() {
            *end = text.len();
        }
        shaped.clusters = clusters;
        shaped
    }
}

/// The clusters of a text that is shaped behind a mark of `mark` bytes, in its order.
fn clusters(layout: &Layout<()>, text: &str, mark: usize) -> Vec<Cluster> {
    let mut parts: Vec<(usize, usize, f32)> = Vec::new();
    for run in layout.lines().flat_map(|line| line.runs().collect::<Vec<_>>()) {
        for cluster in run.clusters() {
            let range = cluster.text_range();
            match parts.last_mut().filter(|_| cluster.is_ligature_continuation()) {
                // A ligature is one.
                Some((_, end, width)) => {
                    (*end, *width) = ((*end).max(range.end), *width + cluster.advance());
                }
                None => parts.push((range.start, range.end, cluster.advance())),
            }
        }
    }
    parts.sort_by_key(|(start, ..)| *start);
    let (mut width, mut inked, mut last) = (0.0, 0.0, 0);
    let mut clusters: Vec<Cluster> = Vec::with_capacity(parts.len());
    for (_, end, advance) in parts {
        width += advance;
        let end = end.saturating_sub(mark);
        // Where marks have no letter the shaper's clusters may lie over one another.
        let part = text.get(last..end).filter(|part| !part.is_empty());
        if part.is_some_and(|part| !part.chars().all(char::is_whitespace)) {
            inked = width;
        }
        match (part, clusters.last_mut()) {
            (Some(_), _) => {
                clusters.push(Cluster { end, width, inked, breaks: false });
                last = end;
            }
            (None, Some(before)) => (before.width, before.inked) = (width, inked.max(before.inked)),
            (None, None) => {}
        }
    }
    if let Some(last) = clusters.last_mut() {
        last.end = text.len();
    }
    clusters
}

#[cfg(test)]
mod tests;
