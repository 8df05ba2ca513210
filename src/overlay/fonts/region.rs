//! Whose shapes of Han characters a font draws.
//!
//! Pure. Taiwan, Hong Kong, China, Japan and Korea write many characters with strokes of their own
//! and share one number for them, so the font decides. Policy: fontconfig's order tells of the
//! language that a font has letters for, not of their shapes; the name does: a mark such as TW or JP,
//! else a family that is known. Fonts of a collection have a name each.

use super::language::Language;

/// Marks in the names of families.
const MARKS: [(&str, Language); 12] = [
    ("TW", Language::Taiwan),
    ("TC", Language::Taiwan),
    ("Big5", Language::Taiwan),
    ("HK", Language::HongKong),
    ("HC", Language::HongKong),
    ("CN", Language::China),
    ("SC", Language::China),
    ("GB", Language::China),
    ("JP", Language::Japan),
    ("J", Language::Japan),
    ("KR", Language::Korea),
    ("K", Language::Korea),
];

/// Beginnings of the names of families without a mark.
const FAMILIES: [(&str, Language); 14] = [
    ("WenQuanYi", Language::China),
    ("Droid Sans Fallback", Language::China),
    ("cwTeX", Language::Taiwan),
    ("IPA", Language::Japan),
    ("Takao", Language::Japan),
    ("VL ", Language::Japan),
    ("HanaMin", Language::Japan),
    ("Kochi", Language::Japan),
    ("Sazanami", Language::Japan),
    ("Nanum", Language::Korea),
    ("Baekmuk", Language::Korea),
    ("UnBatang", Language::Korea),
    ("UnDotum", Language::Korea),
    ("Eunjin", Language::Korea),
];

/// The region whose shapes a family draws, as far as its name tells.
pub fn region(family: &str) -> Option<Language> {
    let mark = |word: &str| MARKS.iter().find(|(mark, _)| *mark == word);
    let marked = family.split(|c: char| !c.is_ascii_alphanumeric()).find_map(mark);
    let known = || FAMILIES.iter().find(|(start, _)| family.starts_with(start));
    marked.or_else(known).map(|(_, region)| *region)
}

/// How well a family suits who reads `language`: 0 is best. Of equals the order of fontconfig counts.
pub fn rank(family: &str, language: Language) -> u8 {
    match (region(family), language) {
        (Some(region), _) if region == language => 0,
        // Both are traditional Chinese.
        (Some(Language::Taiwan), Language::HongKong)
        | (Some(Language::HongKong), Language::Taiwan) => 1,
        (None, _) => 2,
        (Some(_), _) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_whose_shapes_are_drawn() {
        for (family, whose) in [
            ("AR PL UMing TW", Some(Language::Taiwan)),
            ("AR PL UMing TW MBE", Some(Language::Taiwan)),
            ("AR PL UMing CN", Some(Language::China)),
            ("AR PL UMing HK", Some(Language::HongKong)),
            ("Noto Sans CJK TC", Some(Language::Taiwan)),
            ("Noto Sans Mono CJK JP", Some(Language::Japan)),
            ("Source Han Sans K", Some(Language::Korea)),
            ("WenQuanYi Micro Hei", Some(Language::China)),
            ("IPAexGothic", Some(Language::Japan)),
            ("NanumGothic", Some(Language::Korea)),
            ("DejaVu Sans", None),
            ("Loma", None),
        ] {
            assert_eq!(region(family), whose, "{family}");
        }
    }

    #[test]
    fn the_own_region_comes_first_and_another_one_last() {
        let mut families = ["WenQuanYi Micro Hei", "Some Ming", "AR PL UMing HK", "AR PL UMing TW"];
        families.sort_by_key(|family| rank(family, Language::Taiwan));
        assert_eq!(families[0], "AR PL UMing TW");
        assert_eq!(families[1], "AR PL UMing HK");
        assert_eq!(families[3], "WenQuanYi Micro Hei");
        families.sort_by_key(|family| rank(family, Language::China));
        assert_eq!(families[0], "WenQuanYi Micro Hei");
    }
}
