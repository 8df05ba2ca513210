//! The ledger: what is told of a camera's recording, one line a segment, a gap, a mark.
//!
//! `appender` writes lines, `timeline` says which a recording needs; `day` reads one file, `history` all
//! that a camera has, `index` what all of them come to, and `chain` what an earlier run of the program left. Policy: a line is one `write` at
//! the end of the file, synced before it counts, and never stays half written. The recording folder itself
//! is not made here: where it is missing, so is its disk.

pub(crate) mod appender;
pub(crate) mod archive;
pub mod chain;
pub mod day;
pub mod entry;
pub(crate) mod eras;
pub(crate) mod folders;
pub mod history;
pub(crate) mod index;
mod queue;
pub mod records;
pub(crate) mod timeline;

use std::io::{self, ErrorKind};
use std::path::Path;

pub use self::appender::Ledger;
use self::entry::LedgerEntry;
use super::disk::{Disk, ops};

/// Appends lines to a ledger of `root` by one `write`, and brings them to the disk; the folder of the day
/// is made where it is missing.
///
/// # Errors
/// Those of the file system; the ledger is then as it was.
pub(crate) fn append_in(
    disk: &impl Disk,
    root: &Path,
    path: &Path,
    lines: &[&LedgerEntry],
) -> io::Result<()> {
    let mut text = Vec::new();
    for entry in lines {
        serde_json::to_writer(&mut text, entry)?;
        text.push(b'\n');
    }
    match ops::append(disk, path, &text) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            ops::make_below(disk, root, path.parent().unwrap_or(root))?;
            ops::append(disk, path, &text)
        }
        outcome => outcome,
    }
}

/// Appends a line to a ledger in a folder that is there.
#[cfg(test)]
pub fn append(path: &Path, entry: &LedgerEntry) -> io::Result<()> {
    append_in(&crate::disk::RealDisk, path.parent().unwrap_or(path), path, &[entry])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::civil;

    use super::archive::Archive;
    use super::queue::WAITING;
    use super::*;
    use crate::Cause;
    use crate::disk::RealDisk;
    use crate::paths;

    const DAY: civil::Date = civil::date(2026, 11, 22);

    fn off(second: i64) -> LedgerEntry {
        LedgerEntry::Off {
            at: jiff::Timestamp::from_second(second).unwrap(),
            cause: Cause::DiskFull,
        }
    }

    fn gap(start: i64, end: i64, cause: Cause) -> LedgerEntry {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        LedgerEntry::Gap { start: at(start), end: at(end), cause, detail: None }
    }

    fn read(path: &Path) -> Vec<LedgerEntry> {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn lines_stand_in_the_ledger_of_their_day() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::new(RealDisk, &Archive::new(dir.path()), "gate", "gate");
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "nothing touched");
        ledger.write(DAY, off(1));
        ledger.write(DAY, off(2));
        ledger.write(DAY.tomorrow().unwrap(), off(3));
        assert_eq!(ledger.pending(), 0);
        let path = dir.path().join("gate/2026/11/22/gate_2026-11-22.ledger.jsonl");
        assert_eq!(read(&path), [off(1), off(2)]);
        let path = dir.path().join("gate/2026/11/23/gate_2026-11-23.ledger.jsonl");
        assert_eq!(read(&path), [off(3)]);
    }

    #[test]
    fn a_torn_line_is_cut_off_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        append(&path, &off(1)).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], b"{\"type\":\"o"].concat()).unwrap();
        append(&path, &off(2)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(serde_json::from_str::<LedgerEntry>(lines[1]).unwrap(), off(2));
        assert!(text.ends_with('\n'));
        fs::write(&path, b"torn").unwrap();
        append(&path, &off(3)).unwrap();
        assert_eq!(read(&path), [off(3)], "torn from its beginning");
    }

    #[test]
    fn a_disk_without_room_takes_no_half_line() {
        // The limit on file sizes stands in for a full disk; it holds for a process, so a child
        // sets it and runs this test again.
        if let Some(path) = std::env::var_os("CAMWALL_TEST_FULL") {
            assert_eq!(
                append(Path::new(&path), &off(2)).unwrap_err().kind(),
                ErrorKind::FileTooLarge
            );
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        append(&path, &off(1)).unwrap();
        // `ulimit -f 1` allows 1024 bytes: the line would begin below and end above.
        let mut text = fs::read(&path).unwrap();
        text.resize(999, b' ');
        text.push(b'\n');
        fs::write(&path, &text).unwrap();
        let name = "ledger::tests::a_disk_without_room_takes_no_half_line";
        let out = std::process::Command::new("bash")
            .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" --exact \"$1\""])
            .arg(std::env::current_exe().unwrap())
            .arg(name)
            .env("CAMWALL_TEST_FULL", &path)
            .output()
            .unwrap();
        assert!(out.status.success(), "{out:?}");
        assert!(String::from_utf8_lossy(&out.stdout).contains("1 passed"), "{out:?}");
        assert_eq!(fs::read(&path).unwrap(), text);
    }

    #[test]
    fn what_the_disk_does_not_take_waits_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = paths::ledger_path(dir.path(), "gate", DAY);
        fs::create_dir_all(&path).unwrap();
        let mut ledger = Ledger::new(RealDisk, &Archive::new(dir.path()), "gate", "gate");
        for second in 1..=3 {
            ledger.write(DAY, off(second));
            assert_eq!(ledger.pending(), usize::try_from(second).unwrap());
        }
        ledger.retry();
        assert_eq!(ledger.pending(), 3);
        fs::remove_dir(&path).unwrap();
        ledger.retry();
        let next = DAY.tomorrow().unwrap();
        ledger.write(next, off(4));
        assert_eq!(ledger.pending(), 0);
        assert_eq!(read(&path), [off(1), off(2), off(3)]);
        assert_eq!(read(&paths::ledger_path(dir.path(), "gate", next)), [off(4)]);
    }

    #[test]
    fn a_missing_recording_folder_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("disk");
        let mut ledger = Ledger::new(RealDisk, &Archive::new(&root), "gate", "gate");
        ledger.write(DAY, off(1));
        assert!(ledger.pending() == 1 && !root.exists());
        fs::create_dir(&root).unwrap();
        ledger.retry();
        assert_eq!(ledger.pending(), 0);
    }

    #[test]
    fn what_waits_is_bounded_and_still_adds_up() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("disk");
        let mut ledger = Ledger::new(RealDisk, &Archive::new(&root), "gate", "gate");
        let count = 3 * i64::try_from(WAITING).unwrap();
        for second in 0..count {
            ledger.write(DAY, off(second));
            let cause = if second == 0 { Cause::DiskFull } else { Cause::CameraOffline };
            ledger.write(DAY, gap(second, second + 1, cause));
            assert!(ledger.pending() <= WAITING);
        }
        fs::create_dir(&root).unwrap();
        ledger.retry();
        let mut until = jiff::Timestamp::UNIX_EPOCH;
        for entry in read(&paths::ledger_path(&root, "gate", DAY)) {
            if let LedgerEntry::Gap { start, end, .. } = entry {
                assert_eq!(start, until);
                until = end;
            }
        }
        assert_eq!(until.as_second(), count);
    }

    #[test]
    fn the_oldest_lines_go_where_nothing_can_be_joined() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::new(&dir.path().join("disk"));
        let mut ledger = Ledger::new(RealDisk, &archive, "gate", "gate");
        let count = i64::try_from(WAITING).unwrap() + 5;
        for second in 0..count {
            ledger.write(DAY, gap(10 * second, 10 * second + 1, Cause::DiskFull));
        }
        assert_eq!(ledger.pending(), WAITING);
        assert_eq!(ledger.oldest(), Some(gap(50, 51, Cause::DiskFull)));
    }
}
