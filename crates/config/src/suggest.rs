//! The "did you mean" and "allowed are" halves of a message.
//!
//! Runs on the caller's thread. Policy: a suggestion is made only when the words are close enough
//! that a person would call it a slip; otherwise what is allowed is listed. A word in the wrong
//! case is the nearest slip of all.

use camwall_words::Hint;

/// Most names of the file in a message; a wall of a hundred cameras must not fill the terminal.
const LISTED: usize = 12;

/// The candidate that `word` probably was meant to be.
fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let slips_allowed = (length / 3).max(1);
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name))
        .filter(|(slips, _)| *slips <= slips_allowed && *slips < length)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

/// The near one, or what `otherwise` says where nothing is near.
pub(super) fn nearest_or<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    otherwise: impl FnOnce() -> Hint,
) -> Hint {
    nearest(word, candidates).map_or_else(otherwise, |name| Hint::Near(name.to_owned()))
}

/// For names that the file declares: the near one, or those there are.
pub(super) fn nearest_in_file<'c>(
    word: &str,
    names: impl ExactSizeIterator<Item = &'c str> + Clone,
) -> Hint {
    nearest_or(word, names.clone(), || match names.len() {
        0 => Hint::FileHasNone,
        count => Hint::FileHas(owned(names.take(LISTED)), count.saturating_sub(LISTED)),
    })
}

/// For short fixed sets: the near one, and always all that is allowed.
pub(super) fn nearest_and_list<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> Hint {
    match nearest(word, candidates.clone()) {
        Some(name) => Hint::both(name, candidates),
        None => Hint::allowed(candidates),
    }
}

/// Names as a message holds them.
pub(super) fn owned<'c>(names: impl IntoIterator<Item = &'c str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}
