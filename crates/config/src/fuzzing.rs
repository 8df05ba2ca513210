//! What no text of a wall file may do, for the targets in `fuzz/`.
//!
//! Runs on the caller's thread. Policy: a promise that is broken is a panic, which is what a fuzzer
//! looks for. The tests below replay the corpora, so that what was found once is never lost.

use std::time::Duration;

use ron::{Options, extensions::Extensions};

use crate::diagnostic::Diagnostic;
use crate::spanned::explain::explain;
use crate::spanned::scanner;
use crate::spanned::tree::Node;
use crate::{Chord, ConfigErrors, Loaded, Shown, Wall};

/// A password that may stand in an address and in no message.
const CANARY: &str = "Zq7canary";
/// Chords are short; longer texts are wall files only.
const CHORD_BYTES: usize = 32;

/// A wall file is read or refused; every remark has a place in the text and takes one line; what is
/// read in two ways is the same both times.
///
/// # Panics
/// Where that is not so.
pub fn wall_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.len() <= CHORD_BYTES {
        chord(text);
    }
    let outcome = Wall::parse(text, "wall.ron");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    spans(text);
    read_twice(text);
    match outcome {
        Ok(loaded) => remarks_of_a_sound_wall(text, &loaded),
        Err(ConfigErrors::Wrong(mistakes)) => {
            assert!(!mistakes.is_empty(), "refused without a reason");
            remarks(text, &mistakes);
        }
        Err(ConfigErrors::Unreadable { .. }) => unreachable!("nothing is read from a disk"),
    }
}

fn remarks_of_a_sound_wall(text: &str, loaded: &Loaded) {
    let wall = &loaded.wall;
    for screen in wall.screens().values() {
        let layout = wall.layout_of(wall.first_shown(screen));
        assert!(layout < wall.layouts.len(), "no layout to begin with");
    }
    for (name, tour) in &wall.tours {
        let layout = |shown| matches!(wall.shown(shown), Some(Shown::Layout(_)));
        assert!(tour.shows().next().is_some() && tour.shows().all(layout), "tour {name} is none");
        let times = (0..tour.steps.len()).map(|step| tour.time(step));
        assert!(times.min() > Some(Duration::from_secs(1)), "tour {name} races");
    }
    assert_eq!(Wall::parse(&wall.write(""), "wall.ron").map(|it| it.wall), Ok(wall.clone()));
    remarks(text, &loaded.warnings);
    let mut others = vec![loaded.about_recordings("x\ny")];
    others.extend(loaded.labels().iter().map(|label| loaded.about_label(label, "x")));
    others.iter().for_each(|remark| inside(text, remark));
}

/// Remarks are sorted, in the text, and hold no password of an address.
fn remarks(text: &str, remarks: &[Diagnostic]) {
    let place = |remark: &Diagnostic| (remark.line, remark.column);
    assert!(remarks.is_sorted_by_key(place), "not sorted: {remarks:?}");
    let secret = holds_canary_in_addresses_only(text);
    for remark in remarks {
        inside(text, remark);
        assert!(!(secret && remark.message().contains(CANARY)), "a password in: {remark}");
    }
}

fn inside(text: &str, remark: &Diagnostic) {
    let line = remark.line.checked_sub(1).and_then(|index| text.split('\n').nth(index));
    let line = line.unwrap_or_else(|| panic!("no such line: {remark}"));
    // Behind the last character, too.
    let columns = 1..=line.chars().count() + 1;
    assert!(columns.contains(&remark.column), "no such column: {remark}");
    assert!(!remark.to_string().contains(char::is_control), "more than a line: {remark:?}");
}

/// Whether the canary is a password in the addresses of cameras, and stands nowhere else.
fn holds_canary_in_addresses_only(text: &str) -> bool {
    let Ok(tree) = scanner::tree(text) else { return false };
    let password = format!(":{CANARY}@");
    let cameras = tree.entries().iter().filter(|entry| entry.key == "cameras");
    let settings = cameras.flat_map(|cameras| cameras.value.entries());
    let addresses = settings
        .flat_map(|camera| camera.value.entries())
        .filter(|setting| matches!(setting.key.as_str(), "main" | "sub"))
        .map(|setting| setting.value.text)
        .filter(|address| address.starts_with("\"rtsp://"));
    let known: usize = addresses.map(|address| address.matches(&password).count()).sum();
    known > 0 && known == text.matches(CANARY).count()
}

/// The tree lies within the text, each value within the one that holds it and behind the one before.
fn spans(text: &str) {
    match scanner::tree(text) {
        Ok(tree) => {
            node(text, &tree, 0, text.len());
        }
        Err(Some(at)) => {
            let open = text.get(at..).is_some_and(|rest| rest.starts_with(['(', '[', '{']));
            assert!(open, "no bracket at {at}");
        }
        Err(None) => {}
    }
}

/// Checks a value between two offsets; gives its end.
fn node(text: &str, node_: &Node<'_>, from: usize, to: usize) -> usize {
    let end = node_.at + node_.text.len();
    assert!(from <= node_.at && end <= to, "{}..{end} is not within {from}..{to}", node_.at);
    assert_eq!(text.get(node_.at..end), Some(node_.text), "another text at {}", node_.at);
    assert!(!node_.text.is_empty(), "nothing at {}", node_.at);
    let mut behind = node_.at;
    for entry in node_.entries() {
        assert!(behind <= entry.at, "an entry at {} before {behind}", entry.at);
        behind = node(text, &entry.value, entry.at, end);
    }
    for element in node_.elements() {
        behind = node(text, element, behind, end);
    }
    end
}

/// What `ron` reads, the tree with places reads alike.
fn read_twice(text: &str) {
    let ron = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    let Ok(read) = ron.from_str::<Wall>(text) else { return };
    let Ok(mut tree) = scanner::tree(text) else {
        // `ron` takes `Some"x"` for `Some("x")`; such a file is refused as too unusual.
        assert!(text.contains("Some"), "not followed");
        return;
    };
    let mut found = Vec::new();
    tree.remove_duplicates(text, None, &mut found);
    if found.is_empty() {
        let again = explain::<Wall>(&mut tree, &mut found);
        assert!(found.is_empty(), "`ron` finds nothing wrong: {found:?}");
        assert_eq!(again, Some(read), "read as another wall");
    }
}

/// What a chord is shown as is the same chord again.
fn chord(text: &str) {
    if let Ok(chord) = text.parse::<Chord>() {
        let shown = chord.to_string();
        assert_eq!(shown.parse(), Ok(chord), "{text:?} is shown as {shown:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_corpus_of_wall_files_keeps_every_promise() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/wall_file");
        let files: Vec<_> = std::fs::read_dir(folder).expect("the corpus").collect();
        assert!(files.len() >= 20, "the corpus is gone");
        for file in files {
            let path = file.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("readable");
            let kept = std::panic::catch_unwind(|| wall_file(&bytes)).is_ok();
            assert!(kept, "{}", path.display());
        }
    }

    #[test]
    fn brackets_without_end_are_no_depth_without_end() {
        // What `ron` refuses near the beginning, the scanner reads on.
        for start in ["(1x, ", "(a: 1x, b: ", "[\"\\q\", "] {
            let text = format!("{start}{}", "(".repeat(1_000_000));
            assert!(Wall::parse(&text, "wall.ron").is_err());
        }
    }
}
