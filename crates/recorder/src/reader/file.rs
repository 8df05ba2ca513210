//! One file of an archive, read by groups of pictures.
//!
//! Any thread; opened to read. Policies: what is read of a file being written is what its writer gave
//! to the system, whole chunk by whole chunk, and the next look goes on where the last ended; the file
//! is held by its descriptor, which follows it where it gets its name; memory holds where its groups
//! begin, and one group.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

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
    /// Its groups, and the file's time of each key frame, nanoseconds.
    groups: Vec<(Place, i64)>,
    /// Up to where it was looked through.
    end: u64,
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
        let part: &Path = &part_of(path);
        let open = |name| match File::open(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            open => Some(open),
        };
        // It may get its name between the first and the second.
        let found = [part, path, part].into_iter().find_map(open).transpose()?;
        let Some(file) = found else { return Ok(None) };
        let Some((format, end)) = Format::read(&file)? else { return Ok(None) };
        // It may have another name by now.
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        let streams = recorded_streams(Path::new(&open), &name_of(path));
        let streams = streams.map_err(io::Error::other)?;
        let mut this = Self { file, format, streams, groups: Vec::new(), end };
        this.look()?;
        Ok(Some(this))
    }

    /// Looks at what came since it was looked at last.
    pub fn look(&mut self) -> io::Result<()> {
        while let Some(chunk) = self.format.chunk(&self.file, self.end)? {
            for (unit, it) in chunk.units.iter().enumerate().filter(|(_, it)| it.is_key()) {
                self.groups.push((Place { chunk: self.end, unit }, it.time));
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
    pub fn group_at(&self, after: i64) -> usize {
        let begun = |(_, time): &(Place, i64)| self.after(*time) <= after;
        self.groups.partition_point(begun).saturating_sub(1)
    }

    /// How long behind the first picture a time of the file is.
    fn after(&self, time: i64) -> i64 {
        time.saturating_sub(self.groups.first().map_or(0, |(_, zero)| *zero))
    }

    /// The packets of a group; the first has those as well that lie before its key frame.
    pub fn group(&self, index: usize) -> io::Result<Vec<ReadPacket>> {
        let place = |index| self.groups.get(index).map(|(place, _)| *place);
        let Some(begin) = place(index) else { return Ok(Vec::new()) };
        let end = place(index + 1);
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
        Ok(ReadPacket { unit, after: self.after(unit.time), data })
    }
}
