//! The times of the blocks in a Matroska file, for its duration.

use std::io;

use super::bytes::Bytes;
use super::ebml::{id, number, unsigned, whole_element};

/// What is known of a track's end.
#[derive(Clone, Debug, Default)]
pub(super) struct TrackEnd {
    pub(super) number: u64,
    /// Nanoseconds each block lasts, 0 where unknown.
    pub(super) default: u64,
    /// The latest block's time, in ticks, and its length where it says so.
    last: Option<(i64, Option<u64>)>,
    /// The time of the one shown before.
    before: Option<i64>,
}

impl TrackEnd {
    pub(super) fn add(&mut self, time: i64, length: Option<u64>) {
        match self.last {
            Some((last, _)) if time < last => self.before = self.before.max(Some(time)),
            Some((last, _)) if time == last => {}
            last => {
                self.before = last.map(|(last, _)| last);
                self.last = Some((time, length));
            }
        }
    }

    /// When the last block is over, in ticks. Without a stated length it lasts as long as the one
    /// before.
    pub(super) fn end(&self, scale: u64) -> Option<f64> {
        let (last, length) = self.last?;
        let length = match (length, self.default) {
            (Some(length), _) => length as f64,
            (None, 0) => self.before.map_or(0, |before| last.saturating_sub(before)) as f64,
            // In whole ticks, as demuxers round it.
            (None, nanos) => (nanos as f64 / scale as f64).round(),
        };
        Some(last as f64 + length)
    }
}

/// Notes a block's time: track number, then 16 bits relative to the cluster's.
pub(super) fn take_block(
    bytes: &mut Bytes<'_>,
    tracks: &mut [TrackEnd],
    time: i64,
    (from, to): (u64, u64),
    length: Option<u64>,
) -> io::Result<()> {
    let Some((number, size)) = number(bytes.get(from, 8)?) else { return Ok(()) };
    if let Some(&relative) = bytes.get(from + size, 2)?.first_chunk()
        && from + size + 3 <= to
        && let Some(track) = tracks.iter_mut().find(|track| Some(track.number) == number)
    {
        track.add(time.saturating_add(i16::from_be_bytes(relative).into()), length);
    }
    Ok(())
}

pub(super) fn take_group(
    bytes: &mut Bytes<'_>,
    tracks: &mut [TrackEnd],
    time: i64,
    (from, to): (u64, u64),
) -> io::Result<()> {
    let (mut at, mut block, mut length) = (from, None, None);
    while let Some((child, end)) = whole_element(bytes, at, to)? {
        match child.id {
            id::BLOCK => block = Some((child.body, end)),
            id::BLOCK_DURATION => length = Some(unsigned(bytes, child.body, end)?),
            _ => {}
        }
        at = end;
    }
    block.map_or(Ok(()), |block| take_block(bytes, tracks, time, block, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(default: u64, blocks: &[(i64, Option<u64>)]) -> Option<f64> {
        let mut track = TrackEnd { default, ..TrackEnd::default() };
        for &(time, length) in blocks {
            track.add(time, length);
        }
        track.end(1_000_000)
    }

    #[test]
    fn a_track_ends_with_its_last_picture_shown() {
        assert_eq!(end(0, &[]), None);
        assert_eq!(end(0, &[(5, None)]), Some(5.0));
        assert_eq!(end(0, &[(0, None), (120, None), (40, None), (80, None)]), Some(160.0));
        assert_eq!(end(33_366_667, &[(0, None), (33, None)]), Some(66.0));
        assert_eq!(end(40_000_000, &[(0, None), (40, Some(7))]), Some(47.0));
        assert!(end(u64::MAX, &[(i64::MIN, None), (i64::MAX, Some(u64::MAX))]).is_some());
    }
}
