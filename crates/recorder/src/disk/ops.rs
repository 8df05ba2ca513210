//! What is done to the archive in several calls, in the order that survives a power cut.
//!
//! Runs on whichever thread writes there. Policies: a folder's entry is on the disk before anything is
//! put into the folder, and the recording folder itself is never made here: where it is missing, its
//! disk may be; a line is in a ledger whole or not at all.

use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::Path;

use camwall_media::BestEffort;

use super::{Disk, OpenFile};

/// Longer than any line of a ledger, bytes.
const LINE: u64 = 64 << 10;

/// Makes the folders below `root` down to `folder`, each on the disk before the next.
///
/// # Errors
/// If `root` is missing, or the system's.
pub fn make_below(disk: &impl Disk, root: &Path, folder: &Path) -> io::Result<()> {
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let mut at = root.to_owned();
    for name in below {
        let above = at.clone();
        at.push(name);
        match disk.make_dir(&at) {
            Ok(()) => disk.sync_dir(&above).inspect_err(|_| {
                // Who finds it there the next time believes that it is on the disk.
                disk.remove_dir(&at).best_effort();
            })?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Renames a file, down to the disk; an existing file is never replaced.
///
/// # Errors
/// The system's. The file may have its new name then, which a power cut can still undo.
pub fn rename(disk: &impl Disk, from: &Path, to: &Path) -> io::Result<()> {
    disk.rename(from, to)?;
    to.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))
}

/// Removes a file, down to the disk: no power cut brings it back.
///
/// # Errors
/// The system's. The file may be gone then, and a power cut can still bring it back.
pub fn remove(disk: &impl Disk, path: &Path) -> io::Result<()> {
    disk.remove(path)?;
    path.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))
}

/// Appends whole lines to a file, down to the disk, making the file where it is missing. A line that
/// a kill, a power cut or a full disk left torn never counted, and is cut off first.
///
/// # Errors
/// The system's. The file is then as it was.
pub fn append(disk: &impl Disk, path: &Path, lines: &[u8]) -> io::Result<()> {
    let open = disk.open_append(path)?;
    // A camera's thread and retention write the same file, and neither may cut off the other's
    // line. Where the file system knows no locks, the append itself still keeps them apart.
    open.file().lock().best_effort();
    let length = open.file().metadata()?.len();
    if length == 0 {
        path.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))?;
    }
    let (before, ended) = end_of_lines(disk, &open, length)?;
    if before < length {
        disk.set_len(&open, before)?;
        // Or a power cut could mix what is cut off with what is written in its place.
        disk.sync(&open)?;
    }
    // Where what is torn is too long to be looked through, it at least ends.
    let ended = if ended { Cow::Borrowed(lines) } else { [b"\n", lines].concat().into() };
    let written = append_all(disk, &open, &ended).and_then(|()| disk.sync(&open));
    if written.is_err() {
        // If even this fails, the next append cuts the torn line off.
        disk.set_len(&open, before).best_effort();
    }
    written
}

/// Cuts a file at `end`, clears what can't be read, overwrites what is to be written where, and brings it
/// to the disk.
///
/// # Errors
/// The system's; what is to be done may be done in part, and can be done again.
pub fn mend(
    disk: &impl Disk,
    file: &OpenFile,
    end: u64,
    bad: &[Range<u64>],
    patches: &[(u64, Vec<u8>)],
) -> io::Result<()> {
    disk.set_len(file, end)?;
    for bad in bad.iter().filter(|bad| bad.start < end) {
        let length = bad.end.min(end) - bad.start;
        if disk.clear(file, bad.start, length).is_err() {
            // A disk puts another place there for what it is to write.
            let zeros = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
            write_all_at(disk, file, &zeros, bad.start)?;
        }
    }
    for (offset, data) in patches {
        write_all_at(disk, file, data, *offset)?;
    }
    disk.sync(file)
}

fn append_all(disk: &impl Disk, file: &OpenFile, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        let written = disk.append(file, data)?;
        data = &data[some(written)?..];
    }
    Ok(())
}

/// Writes all of `data` at byte `at`.
///
/// # Errors
/// The system's; some of it may be written.
pub fn write_all_at(
    disk: &impl Disk,
    file: &OpenFile,
    mut data: &[u8],
    mut at: u64,
) -> io::Result<()> {
    while !data.is_empty() {
        let written = some(disk.write_at(file, data, at)?)?;
        (data, at) = (&data[written..], at + written as u64);
    }
    Ok(())
}

/// That there was some, so that nobody writes for ever.
fn some(written: usize) -> io::Result<usize> {
    if written == 0 { Err(ErrorKind::WriteZero.into()) } else { Ok(written) }
}

/// Where the last whole line ends; where there is none so near the end, the file's own end, and whether a
/// line ends there. A line
/// with a zero in it is one of which a power cut left a part: no line of a ledger holds one.
fn end_of_lines(disk: &impl Disk, file: &OpenFile, length: u64) -> io::Result<(u64, bool)> {
    let start = length.saturating_sub(LINE);
    let mut tail = vec![0; usize::try_from(length - start).unwrap_or(0)];
    if length > 0 {
        disk.read_at(file, &mut tail, start)?;
    }
    let newline = |tail: &[u8]| tail.iter().rposition(|byte| *byte == b'\n');
    let mut end = newline(&tail).map(|at| at + 1);
    while let Some(at) = end.filter(|at| *at > 0) {
        let begin = newline(&tail[..at - 1]).map_or(0, |at| at + 1);
        if !tail[begin..at].contains(&0) {
            break;
        }
        // Where it begins is not known if that is so far away.
        end = (begin > 0 || start == 0).then_some(begin);
    }
    Ok(match end {
        Some(at) => (start + at as u64, true),
        None if start == 0 => (0, true),
        None => (length, tail.last() == Some(&b'\n')),
    })
}
