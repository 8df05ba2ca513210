//! How texts of each script are shaped, and that nothing breaks over a broken font.

use std::time::{Duration, Instant};

use glyph_brush::ab_glyph::{CodepointIdIter, FontRef, Outline, v2::GlyphImage};
use proptest::prelude::*;

use super::*;

/// Shapes with the built-in font and, if `installed`, with those of this computer.
struct Bench {
    fonts: Fonts,
    shaper: Shaper,
}

impl Bench {
    fn new(installed: bool) -> Self {
        let fonts = Fonts::new(installed).unwrap();
        let shaper = Shaper::new(fonts.first());
        Self { fonts, shaper }
    }

    /// With the fonts that these texts need.
    fn installed(texts: &[&str]) -> Self {
        let mut bench = Self::new(true);
        for text in texts {
            bench.fonts.stack(text);
        }
        bench.fonts.learn(Duration::ZERO);
        for font in bench.fonts.learn(Duration::from_secs(60)).unwrap_or_default() {
            bench.shaper.add(font);
        }
        bench
    }

    fn shape(&mut self, text: &str) -> Arc<Shaped> {
        self.shaper.shape(text, &mut self.fonts)
    }

    /// The glyph of a character by itself, and the font that has it.
    fn nominal(&mut self, character: char) -> (FontId, GlyphId) {
        let text = character.to_string();
        let font = *self.fonts.stack(&text).last().unwrap();
        (font, self.shaper.drawn_by[font.0].glyph_id(character))
    }
}

/// The glyphs from left to right that leave ink.
fn from_left(bench: &Bench, shaped: &Shaped) -> Vec<Placed> {
    let inked =
        |placed: &&Placed| bench.shaper.drawn_by[placed.font.0].outline(placed.glyph).is_some();
    let mut placed: Vec<Placed> = shaped.glyphs.iter().filter(inked).copied().collect();
    placed.sort_by(|a, b| a.x.total_cmp(&b.x));
    placed
}

#[test]
fn arabic_is_joined_and_runs_from_the_right() {
    let mut bench = Bench::new(false);
    let shaped = bench.shape("بيت");
    let placed = from_left(&bench, &shaped);
    assert_eq!(placed.len(), 3, "{placed:?}");
    let alone: Vec<GlyphId> = "بيت".chars().map(|character| bench.nominal(character).1).collect();
    assert!(placed.iter().all(|placed| !alone.contains(&placed.glyph)), "joined: {placed:?}");
    // Twice the same letter: at the left the last one, which nothing is joined to, at the right the
    // first one, which is joined.
    let shaped = bench.shape("باب");
    let placed = from_left(&bench, &shaped);
    let alone = bench.nominal('ب').1;
    assert_eq!((placed.len(), placed[0].glyph), (3, alone));
    assert_ne!(placed[2].glyph, alone);
    let lam_alef = bench.shape("لا");
    assert_eq!(from_left(&bench, &lam_alef).len(), 1, "one glyph for both");
}

#[test]
fn a_name_from_the_right_leaves_number_and_name_in_their_order() {
    let mut bench = Bench::new(false);
    for name in ["שער", "باب"] {
        let shaped = bench.shape(&format!("1  {name} LIVE"));
        let placed = from_left(&bench, &shaped);
        let [one, live] = ['1', 'L'].map(|character| bench.nominal(character).1);
        assert_eq!(placed[0].glyph, one, "the number is the first");
        let latin = &placed[placed.len() - 4..];
        assert_eq!(latin[0].glyph, live, "LIVE is the last and runs from the left");
    }
    let shaped = bench.shape("שער");
    let placed = from_left(&bench, &shaped);
    let letters: Vec<GlyphId> = "רעש".chars().map(|character| bench.nominal(character).1).collect();
    assert_eq!(placed.iter().map(|placed| placed.glyph).collect::<Vec<_>>(), letters);
    // A name among others is read by its own rule.
    let shaped = bench.shape("1  \u{2068}שער B\u{2069}");
    let placed = from_left(&bench, &shaped);
    let letters: Vec<GlyphId> =
        "1Bרעש".chars().map(|character| bench.nominal(character).1).collect();
    assert_eq!(placed.iter().map(|placed| placed.glyph).collect::<Vec<_>>(), letters);
}

#[test]
fn thai_marks_stand_above_one_another() {
    let mut bench = Bench::installed(&["ที่"]);
    let (base, marks) = (bench.shape("ท"), bench.shape("ที่"));
    let inked = from_left(&bench, &marks);
    assert_eq!(inked.len(), 3);
    assert!((base.width - marks.width).abs() < 0.5, "marks take no room");
    let font = bench.nominal('ท').0;
    assert!(inked.iter().all(|placed| placed.font == font && font != BUILT_IN));
    // The tone mark is raised above the vowel, or a glyph made for there.
    let mut tops: Vec<f32> = inked.iter().map(|placed| top(&bench, placed)).collect();
    tops.sort_by(f32::total_cmp);
    assert!(tops[0] < tops[1] - 2.0 && tops[1] < tops[2] - 2.0, "{tops:?}");
}

/// The highest point of a glyph, downwards from the base line.
fn top(bench: &Bench, placed: &Placed) -> f32 {
    let font = &bench.shaper.drawn_by[placed.font.0];
    let outline = font.outline(placed.glyph).expect("ink");
    let highest = outline.bounds.min.y.max(outline.bounds.max.y);
    placed.y - highest * bench.shaper.em / font.units_per_em().unwrap()
}

#[test]
fn devanagari_is_ordered_and_bound() {
    let mut bench = Bench::installed(&["किक्ष"]);
    let (font, sign) = bench.nominal('ि');
    let (_, letter) = bench.nominal('क');
    let shaped = bench.shape("कि");
    let placed = from_left(&bench, &shaped);
    assert_eq!(placed.len(), 2, "{placed:?}");
    assert!(placed.iter().all(|placed| placed.font == font && font != BUILT_IN));
    // The sign may have a form for this letter, which itself stays as it is.
    assert_eq!(placed[1].glyph, letter, "the sign stands before its letter");
    assert!(placed[0].glyph == sign || placed[0].glyph != letter);
    let shaped = bench.shape("क्ष");
    assert_eq!(from_left(&bench, &shaped).len(), 1, "three characters, one glyph");
}

/// Number, name and state are three texts, so no script moves the state; within one text Latin
/// letters and figures are those of the built-in font.
#[test]
fn scripts_stand_beside_one_another_in_one_text() {
    let text = "Gate 7 門 ประตู फाटक باب שער 9";
    let mut bench = Bench::installed(&[text]);
    let shaped = bench.shape(text);
    let boxes = shaped.glyphs.iter().filter(|placed| placed.glyph.0 == 0).count();
    assert_eq!(boxes, 0, "every character has a glyph");
    let placed = from_left(&bench, &shaped);
    let latin: Vec<GlyphId> = "Gate7".chars().map(|c| bench.nominal(c).1).collect();
    assert_eq!(placed[..5].iter().map(|it| it.glyph).collect::<Vec<_>>(), latin);
    assert!(placed[..5].iter().all(|it| it.font == BUILT_IN));
    let mut fonts: Vec<usize> = placed.iter().map(|it| it.font.0).collect();
    fonts.sort_unstable();
    fonts.dedup();
    assert!(fonts.len() >= 4, "{fonts:?}");
    assert!(placed.windows(2).all(|pair| pair[0].x <= pair[1].x));
}

#[test]
fn a_text_is_shaped_once_while_it_is_used() {
    let mut bench = Bench::new(false);
    let first = bench.shape("gate");
    assert!(Arc::ptr_eq(&first, &bench.shape("gate")));
    // Two generations later it is gone, unless it was used meanwhile.
    for second in 0..GENERATION {
        bench.shape(&format!("{second}"));
    }
    assert!(Arc::ptr_eq(&first, &bench.shape("gate")), "of the generation before");
    for second in 0..2 * GENERATION {
        bench.shape(&format!("{second} s"));
    }
    assert!(!Arc::ptr_eq(&first, &bench.shape("gate")));
    assert!(bench.shaper.lately.len() + bench.shaper.before.len() <= 2 * GENERATION);
}

#[test]
fn what_is_shaped_already_costs_no_memory() {
    let mut bench = Bench::new(false);
    bench.shape("1  باب");
    let counted = allocation_counter::measure(|| drop(bench.shape("1  باب")));
    assert_eq!(counted.count_total, 0);
}

/// A font whose tables lie: the text is written, nothing panics, nothing is endless.
#[test]
fn a_broken_font_ends_nothing() {
    let whole = dejavu::sans::bold();
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..40 {
        let mut bytes = whole.to_vec();
        for _ in 0..random.usize(1..400) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let bytes: &'static [u8] = bytes.leak();
        let Ok(font) = FontRef::try_from_slice(bytes) else { continue };
        let Some(mut shaper) = quietly(|| Shaper::new(FontArc::new(font))) else { continue };
        let mut fonts = Fonts::new(false).unwrap();
        let began = Instant::now();
        for text in ["Gate", "باب שער 3", "e\u{301}\u{302}\u{303}", "1  \u{2068}x"] {
            let shaped = shaper.shape(text, &mut fonts);
            assert!(shaped.width.is_finite(), "{text}");
        }
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}

/// A font whose letters end whoever looks at them.
struct Mine(FontRef<'static>);

impl Font for Mine {
    fn outline(&self, _: GlyphId) -> Option<Outline> {
        panic!("a stranger's font")
    }

    fn units_per_em(&self) -> Option<f32> {
        self.0.units_per_em()
    }

    fn ascent_unscaled(&self) -> f32 {
        self.0.ascent_unscaled()
    }

    fn descent_unscaled(&self) -> f32 {
        self.0.descent_unscaled()
    }

    fn line_gap_unscaled(&self) -> f32 {
        self.0.line_gap_unscaled()
    }

    fn glyph_id(&self, character: char) -> GlyphId {
        self.0.glyph_id(character)
    }

    fn h_advance_unscaled(&self, id: GlyphId) -> f32 {
        self.0.h_advance_unscaled(id)
    }

    fn h_side_bearing_unscaled(&self, id: GlyphId) -> f32 {
        self.0.h_side_bearing_unscaled(id)
    }

    fn v_advance_unscaled(&self, id: GlyphId) -> f32 {
        self.0.v_advance_unscaled(id)
    }

    fn v_side_bearing_unscaled(&self, id: GlyphId) -> f32 {
        self.0.v_side_bearing_unscaled(id)
    }

    fn kern_unscaled(&self, first: GlyphId, second: GlyphId) -> f32 {
        self.0.kern_unscaled(first, second)
    }

    fn glyph_count(&self) -> usize {
        self.0.glyph_count()
    }

    fn codepoint_ids(&self) -> CodepointIdIter<'_> {
        self.0.codepoint_ids()
    }

    fn glyph_raster_image2(&self, id: GlyphId, size: u16) -> Option<GlyphImage<'_>> {
        self.0.glyph_raster_image2(id, size)
    }

    fn font_data(&self) -> &[u8] {
        self.0.font_data()
    }
}

/// The text is written a glyph a character then, and the next one as ever.
#[test]
fn a_panic_over_a_font_ends_here() {
    let mut bench = Bench::new(false);
    let other = FontRef::try_from_slice(dejavu::sans::regular()).unwrap();
    let first = bench.fonts.first();
    let lacks =
        |character: &char| first.glyph_id(*character).0 == 0 && other.glyph_id(*character).0 != 0;
    let character = ('\u{e80}'..'\u{ffff}').find(lacks).expect("the other font has more");
    bench.fonts.know(character, FontId(1));
    bench.shaper.add(FontArc::new(Mine(other)));
    let shaped = bench.shape(&format!("a{character}b"));
    assert_eq!((shaped.glyphs.len(), shaped.glyphs[1].font), (3, FontId(1)));
    assert!(shaped.width > 0.0 && bench.shaper.broke_down);
    let next = bench.shape("بيت");
    assert_ne!(next.glyphs.iter().map(|it| it.glyph).max(), Some(GlyphId(0)));
    assert_eq!(from_left(&bench, &next).len(), 3, "joined");
}

proptest! {
    /// Whatever a camera is called: every place to cut is one between two characters, and in order.
    #[test]
    fn any_text_can_be_shaped_and_cut(text in "\\PC{0,12}|[a אب3ทีक्\u{200d}\u{2068}\u{2069}\u{301}]{0,24}") {
        let mut bench = Bench::new(false);
        let shaped = bench.shape(&text);
        prop_assert!(shaped.width.is_finite() && shaped.width >= 0.0);
        let (mut end, mut width) = (0, 0.0);
        for cluster in &shaped.clusters {
            prop_assert!(cluster.end > end && text.is_char_boundary(cluster.end));
            prop_assert!(cluster.width >= width && cluster.inked <= cluster.width);
            (end, width) = (cluster.end, cluster.width);
        }
        prop_assert!(shaped.clusters.is_empty() || end == text.len());
        prop_assert!(width.is_finite());
    }
}
