//! What no ledger and no file may do, however damaged, for the targets in `fuzz/`.
//!
//! Runs on the caller's thread. Policy: a promise that is broken is a panic, which is what a fuzzer
//! looks for. The tests below replay the corpora, so that what was found once is never lost.

use std::fs;
use std::path::Path;

use jiff::{Timestamp, civil};

use crate::Cause;
use crate::disk::RealDisk;
use crate::ledger::append_in;
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::LedgerEntry;
use crate::ledger::history::History;
use crate::paths;
use crate::repair::planned;

/// The camera and the day of a fuzzer's ledger.
const GATE: &str = "gate";
const DATE: civil::Date = civil::date(2026, 11, 22);

/// A ledger of these bytes is read, as it is in two parts, and what is appended to it counts. The first
/// two bytes say where it is parted.
pub fn ledger(bytes: &[u8]) {
    let Some((cut, text)) = bytes.split_first_chunk::<2>() else { return };
    let cut = usize::from(u16::from_le_bytes(*cut)).min(text.len());
    let id = DayId { folder: GATE.into(), date: DATE };
    thread_local! {
        static ROOT: tempfile::TempDir =
            tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    }
    ROOT.with(|root| {
        let once = read_in_two(root.path(), &id, [b"", text]);
        let parted = read_in_two(root.path(), &id, [&text[..cut], text]);
        assert_eq!(shape(&once), shape(&parted), "read in two parts");
        sound(&once);
        appended(root.path(), &once);
    });
}

/// A day whose ledger was this and became that.
fn read_in_two(root: &Path, id: &DayId, [first, then]: [&[u8]; 2]) -> Day {
    let path = paths::ledger_path(root, GATE, DATE);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, first).expect("a file");
    let mut day = Day::read(root, id).expect("readable");
    fs::write(&path, then).expect("a file");
    day.catch_up(root).expect("readable");
    day
}

/// All that a day tells.
fn shape(day: &Day) -> String {
    let opens: Vec<_> = day.opens().collect();
    let rest = (&day.segments, &day.gaps, &day.offs, &day.holds, &day.runs, &day.bad);
    format!("{opens:?} {rest:?}")
}

fn sound(day: &Day) {
    assert!(day.segments.iter().all(|it| it.run < day.runs.len()), "a segment in no run");
    for run in &day.runs {
        assert!(run.first <= run.last && run.line > 0, "{run:?}");
        assert!(run.told.is_none_or(|told| told <= run.last), "{run:?}");
    }
    for path in day.segments.iter().map(|it| &it.path).chain(day.begun.iter().map(|it| &it.path)) {
        assert_eq!(path.parent(), Some(&*day.path), "led out of the folder");
    }
    let history = History::of(Path::new(""), GATE, [day].into_iter());
    let told = history
        .segments()
        .iter()
        .map(|it| it.segment.end)
        .chain(history.gaps().iter().map(|it| it.end))
        .chain(history.opens().iter().map(|it| it.start));
    assert!(history.until().is_none() == told.max().is_none(), "told of, and not accounted for");
    let bytes: u64 = history.present().map(|it| it.segment.bytes).fold(0, u64::saturating_add);
    let here = day.segments.iter().filter(|it| !it.removed).map(|it| it.segment.bytes);
    assert_eq!(here.fold(0, u64::saturating_add), bytes);
}

/// What is appended behind any damage is read, once, and costs nothing that was read `before`.
fn appended(root: &Path, before: &Day) {
    let at = Timestamp::from_millisecond(1_795_333_333_333).unwrap_or_default();
    let entry = LedgerEntry::Off { at, cause: Cause::Internal };
    let path = paths::ledger_path(root, GATE, DATE);
    let count = |day: &Day| (day.segments.len(), day.gaps.len(), day.begun.len());
    let known = before.offs.iter().filter(|off| off.at == at).count();
    append_in(&RealDisk, root, &path, &[&entry]).expect("appended");
    let mut after = before.clone();
    after.catch_up(root).expect("readable");
    let found = after.offs.iter().filter(|off| off.at == at).count();
    // One that was there already is the same again.
    assert!(found == known + 1 || known > 0, "what was appended is not read");
    let (before, after) = (count(before), count(&after));
    assert!(after.0 >= before.0 && after.1 >= before.1 && after.2 >= before.2, "lost");
}

/// A file of these bytes is mended or left as it is: never longer, the second time as the first, and
/// without losing a whole cluster or fragment at its end.
pub fn repair(bytes: &[u8]) {
    let Ok(mended) = planned(bytes) else { return };
    assert!(mended.len() <= bytes.len(), "longer");
    if mended.is_empty() {
        return;
    }
    let again = planned(&mended).expect("mended again");
    assert!(again == mended, "the second time does more");
    let whole =
        if mended.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) { cluster_end } else { fragment_end };
    for at in mended.len()..bytes.len() {
        let end = whole(bytes, at);
        // Below eight bytes of damage no element can stand in their place.
        let lost = end.is_some() && at - mended.len() >= 8;
        assert!(!lost, "a whole one at {at}, and the file is cut at {}", mended.len());
    }
}

/// The end of a cluster that begins there with the CRC-32 that is right and a block; found without what is
/// tested.
fn cluster_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?.strip_prefix(&[0x1f, 0x43, 0xb6, 0x75])?;
    let (size, width) = size_of(rest)?;
    let body = rest.get(width..)?.get(..size)?;
    let (crc, filled) = body.strip_prefix(&[0xbf, 0x84])?.split_first_chunk::<4>()?;
    let mut blocks = 0;
    let mut left = filled;
    while !left.is_empty() {
        let id_width = left[0].leading_zeros() as usize + 1;
        let (size, width) = size_of(left.get(id_width..)?)?;
        blocks += usize::from(id_width == 1 && left[0] == 0xa3);
        left = left.get(id_width + width..)?.get(size..).filter(|_| id_width <= 4)?;
    }
    let right = u32::from_le_bytes(*crc) == crc32(filled);
    (right && blocks > 0).then_some(at + 4 + width + size)
}

/// A size and its width.
fn size_of(bytes: &[u8]) -> Option<(usize, usize)> {
    let width = bytes.first()?.leading_zeros() as usize + 1;
    let field = bytes.get(..width).filter(|_| width <= 8)?;
    let all = field.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let ones = (1_u64 << (7 * width)) - 1;
    let size = usize::try_from(all & ones).ok()?;
    (all & ones != ones).then_some((size, width))
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// The end of a `moof` that is filled by its boxes, with a `traf` among them, and of its `mdat`.
fn fragment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let (moof, end) = box_at(bytes, at, b"moof")?;
    let (mut inner, mut tracks) = (0, 0);
    while inner < moof.len() {
        let kind = moof.get(inner + 4..inner + 8)?.first_chunk()?;
        tracks += usize::from(kind == b"traf");
        (_, inner) = box_at(moof, inner, kind)?;
    }
    let (_, last) = box_at(bytes, end, b"mdat")?;
    (tracks > 0).then_some(last)
}

fn box_at<'a>(bytes: &'a [u8], at: usize, kind: &[u8; 4]) -> Option<(&'a [u8], usize)> {
    let rest = bytes.get(at..)?;
    let size =
        usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok().filter(|size| *size >= 8)?;
    let whole = rest.get(..size)?;
    (whole[4..8] == *kind).then_some((&whole[8..], at + size))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a target on its corpus.
    fn replay(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let files: Vec<_> = fs::read_dir(folder).expect("the corpus").collect();
        assert!(files.len() >= 10, "the corpus of {target} is gone");
        for file in files {
            let path = file.expect("an entry").path();
            let bytes = fs::read(&path).expect("readable");
            let kept = std::panic::catch_unwind(|| run(&bytes)).is_ok();
            assert!(kept, "{}", path.display());
        }
    }

    #[test]
    fn the_corpus_of_ledgers_keeps_every_promise() {
        replay("ledger", ledger);
    }

    #[test]
    fn the_corpus_of_files_keeps_every_promise() {
        replay("repair", repair);
    }

    #[test]
    fn whole_clusters_and_fragments_are_found() {
        for extension in ["mkv", "mp4"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/repair");
            let whole = |bytes: &[u8]| {
                let at = 0..bytes.len();
                let find = if extension == "mkv" { cluster_end } else { fragment_end };
                at.filter(|at| find(bytes, *at).is_some()).count()
            };
            let files = fs::read_dir(folder).expect("the corpus");
            let counts =
                files.map(|file| whole(&fs::read(file.expect("one").path()).expect("read")));
            assert!(counts.max() >= Some(3), "no {extension} with whole ones");
        }
    }
}
