//! Reads a file of which nothing is known: what is in it, and its hash.
//!
//! Runs on the thread `mend`. Policy: the disk reads it once, and the system keeps none of it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::error::Why;
use crate::hash::TreeHash;
use crate::ledger::entry::SegmentRecord;
use crate::pace::{self, Pace};
use crate::paths;
use camwall_media::{InspectError, Inspection, inspect_along};

/// Read at once for the hash.
const PIECE: usize = 1 << 20;

/// What a file holds that begins at `start`, and its hash: the disk reads it once, because the hash is made
/// of what FFmpeg has just read.
pub(super) fn read_once(
    path: &Path,
    start: Timestamp,
    end: u64,
    pace: &mut dyn Pace,
) -> Result<(SegmentRecord, TreeHash), Why> {
    let file = File::open(path)?;
    pace::in_sequence(&file);
    let mut reader = HashReader { file, hash: TreeHash::new(), at: 0, pace, buffer: Vec::new() };
    let mut failed = None;
    let found = inspect_along(path, &mut |place| {
        failed = reader.read_to(place.min(end), false).err();
        failed.is_none()
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    // FFmpeg does not tell a disk that fails from a file that is no film: this does.
    reader.read_to(end, true)?;
    let found = match found {
        Err(InspectError::Open(_) | InspectError::Read { .. }) => {
            inspect_along(path, &mut |_| true)
        }
        found => found,
    };
    Ok((record_of(path, start, end, found?), reader.hash))
}

/// Reads along for the hash.
struct HashReader<'a> {
    file: File,
    hash: TreeHash,
    at: u64,
    pace: &'a mut dyn Pace,
    buffer: Vec<u8>,
}

impl HashReader<'_> {
    /// Reads on up to `end` in whole pieces, and what is left where it is the `last` time.
    fn read_to(&mut self, end: u64, last: bool) -> io::Result<()> {
        self.buffer.resize(PIECE, 0);
        while self.at < end {
            let count = PIECE.min(usize::try_from(end - self.at).unwrap_or(PIECE));
            if count < PIECE && !last {
                break;
            }
            self.file.read_exact_at(&mut self.buffer[..count], self.at)?;
            self.hash.write(self.at, &self.buffer[..count]);
            // FFmpeg is a little ahead of what it tells, and has that in its own memory.
            pace::forget(&self.file, self.at, count as u64);
            self.at += count as u64;
            self.pace.took(count as u64)?;
        }
        Ok(())
    }
}

/// The line of a file that begins at `start` and holds this in so many bytes, but for its hash; it ends
/// as the camera's clock says.
fn record_of(path: &Path, start: Timestamp, bytes: u64, found: Inspection) -> SegmentRecord {
    let length = SignedDuration::try_from(found.duration).unwrap_or_default();
    let end = crate::clock::to_millis(start.checked_add(length).unwrap_or(start)).max(start);
    SegmentRecord {
        file: paths::name_of(&paths::whole_of(path)),
        start,
        end,
        duration_ms: u64::try_from(found.duration.as_millis()).unwrap_or(u64::MAX),
        packets: found.packets,
        audio_packets: found.audio_packets,
        bytes,
        keyframes: found.keyframes,
        lost: 0,
        hash: String::new(),
        video: found.video,
        audio: found.audio,
        recovered: true,
    }
}
