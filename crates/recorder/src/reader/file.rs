//! One file of an archive, read by groups of pictures.
//!
//! Any thread; opened to read. Policies: what is read of a file being written is what its writer gave
//! to the system, whole chunk by whole chunk, and the next look goes on where the last ended; the file
//! is held by its descriptor, which follows it where it gets its name; memory holds where its groups
//! begin, and one group.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use camwall_media::{RecordedStreams, recorded_streams};

use super::blocks::Format;
use crate::container::Unit;
use crate::paths::{name_of, part_of};

/// Most bytes of a group that is read: as many as a camera's packets may take in memory.
const LARGEST: u64 = 256 << 20;

/// Where a group begins: a chunk, and which of its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    chunk: u64,
    unit: usize,
}

/// An open file.
#[derive(Debug)]
pub(super) struct SegmentReader {
    file: File,
    format: Format,
    /// Pictures and sound in it.
    pub streams: RecordedStreams,
    groups: Vec<Place>,
    /// Up to where it was looked through.
    end: u64,
    /// The file's time of its first picture, nanoseconds.
    zero: Option<i64>,
}

/// A packet, and its place in time behind the first picture, nanoseconds.
pub(super) struct ReadPacket {
    pub unit: Unit,
    pub after: i64,
    pub data: Vec<u8>,
}

impl SegmentReader {
    /// Opens the file that is, or will be, at `path`; none where its head is not written yet, or it is
    /// gone.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let part = part_of(path);
        // It may get its name between the first and the second.
        let tries: [&PathBuf; 3] = [&part, &path.to_owned(), &part];
        let mut found = None;
        for name in tries {
            match File::open(name) {
                Ok(file) => {
                    found = Some(file);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let Some(file) = found else { return Ok(None) };
        let Some((format, end)) = Format::read(&file)? else { return Ok(None) };
        // It may have another name by now.
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        let streams = recorded_streams(Path::new(&open), &name_of(path));
        let streams = streams.map_err(io::Error::other)?;
        let mut this = Self { file, format, streams, groups: Vec::new(), end, zero: None };
        this.look()?;
        Ok(Some(this))
    }

    /// Looks at what came since it was looked at last.
    pub fn look(&mut self) -> io::Result<()> {
        while let Some(chunk) = self.format.chunk(&self.file, self.end)? {
            for (unit, it) in chunk.units.iter().enumerate().filter(|(_, it)| it.is_key()) {
                self.zero.get_or_insert(it.time);
                self.groups.push(Place { chunk: self.end, unit });
            }
            self.end = chunk.next;
        }
        Ok(())
    }

    /// Groups that were found so far, the last of which may go on.
    pub fn count(&self) -> usize {
        self.groups.len()
    }

    /// The group in which `after` lies, nanoseconds behind the first picture; the first where that is
    /// before it.
    pub fn group_at(&self, after: i64) -> io::Result<usize> {
        let (mut low, mut high) = (0, self.groups.len());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let place = self.groups[middle];
            let chunk = self.format.chunk(&self.file, place.chunk)?.unwrap_or_default();
            let key = chunk.units.get(place.unit).map_or(i64::MAX, |unit| unit.time);
            if key.saturating_sub(self.zero.unwrap_or(0)) <= after {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The packets of a group; the first has those as well that lie before its key frame.
    pub fn group(&self, index: usize) -> io::Result<Vec<ReadPacket>> {
        let Some(&begin) = self.groups.get(index) else { return Ok(Vec::new()) };
        let end = self.groups.get(index + 1).copied();
        let mut at = if index == 0 { Place { unit: 0, ..begin } } else { begin };
        let (mut packets, mut bytes) = (Vec::new(), 0_u64);
        while at.chunk < self.end {
            let Some(chunk) = self.format.chunk(&self.file, at.chunk)? else { break };
            for (number, unit) in chunk.units.iter().enumerate().skip(at.unit) {
                if end.is_some_and(|end| Place { chunk: at.chunk, unit: number } >= end) {
                    return Ok(packets);
                }
                bytes = bytes.saturating_add(unit.bytes);
                if bytes > LARGEST {
                    return Err(io::Error::other("a group of pictures is too large"));
                }
                packets.push(self.read(*unit)?);
            }
            at = Place { chunk: chunk.next, unit: 0 };
        }
        Ok(packets)
    }

    fn read(&self, unit: Unit) -> io::Result<ReadPacket> {
        use std::os::unix::fs::FileExt;
        let mut data = vec![0; usize::try_from(unit.bytes).unwrap_or(usize::MAX)];
        self.file.read_exact_at(&mut data, unit.at)?;
        Ok(ReadPacket { unit, after: unit.time.saturating_sub(self.zero.unwrap_or(0)), data })
    }
}
