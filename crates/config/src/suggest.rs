//! The "did you mean" and "allowed are" halves of a message.
//!
//! Runs on the caller's thread. Policy: a suggestion is made only when the words are close enough
//! that a person would call it a slip; otherwise what is allowed is listed. A word in the wrong
//! case is the nearest slip of all.

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

/// `; did you mean …?`, or what `otherwise` says where nothing is near.
pub(super) fn nearest_or<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(word, candidates).map_or_else(otherwise, |name| format!("; did you mean `{name}`?"))
}

/// For names that the file declares: the near one, or those there are.
pub(super) fn nearest_in_file<'c>(
    word: &str,
    names: impl ExactSizeIterator<Item = &'c str> + Clone,
) -> String {
    nearest_or(word, names.clone(), || match names.len() {
        0 => "; the file has none".to_owned(),
        1..=LISTED => format!("; the file has {}", list(names)),
        more => {
            let more = more - LISTED;
            format!("; the file has {} and {more} more", list(names.take(LISTED)))
        }
    })
}

/// For short fixed sets: the near one, and always all that is allowed.
pub(super) fn nearest_and_list<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> String {
    let allowed = list(candidates.clone());
    match nearest(word, candidates) {
        Some(name) => format!("; did you mean `{name}`? Allowed: {allowed}"),
        None => format!("; allowed: {allowed}"),
    }
}

/// Names in quotes with commas.
pub(super) fn list<'c>(names: impl IntoIterator<Item = &'c str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
