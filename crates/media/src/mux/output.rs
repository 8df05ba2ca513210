//! Hands packets to FFmpeg and what it lets go of to the sink: where a file begins, and where its
//! clusters and fragments end.
//!
//! Called by the thread that writes a recording. Policy: FFmpeg decides what is in a cluster or a
//! fragment, and we when it ends; what it keeps back at such an end is pushed out by an empty packet.
//! A cluster that FFmpeg ends by itself, for its size or as the file's last, has FFmpeg's CRC-32; all
//! others have ours.

use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;

use super::header::{Container, PIECE_MS, ticks_of};
use super::timestamps::rescale;
use super::{MuxError, Muxer, cluster};
use crate::packet::MediaType;

/// Bytes below which a cluster is not ended by a key frame.
const TINY: usize = 4 << 10;

impl Muxer {
    /// Decides where the file begins, and writes what waited for that.
    pub(super) fn release(&mut self) -> Result<(), MuxError> {
        let pictures = || self.held.iter().filter(|held| held.media_type == MediaType::Video);
        let Some(key) = pictures().next() else { return Ok(()) };
        let earliest = pictures().map(|held| held.pts).min().unwrap_or(key.pts);
        // Pictures not seen yet may be shown before the key frame.
        let missing = (self.needed / 2 + 1).saturating_sub(pictures().count());
        let missing = i64::try_from(missing).unwrap_or(0);
        let floor = earliest - self.video.tracker.short_frame() * missing;
        let zero = match self.container {
            // Knows no negative times.
            Container::Matroska => floor,
            // Its edit list begins with the key frame; nothing before can be decoded.
            Container::FragmentedMp4 => key.pts,
        };
        self.video.begin(zero, floor);
        let lead = rescale(key.pts - zero, self.video.base(), (1, 1_000_000_000));
        let lead = Duration::from_nanos(u64::try_from(lead).unwrap_or(0));
        let start = key.arrived.checked_sub(lead).unwrap_or(key.arrived);
        self.zero = Some((zero, start));
        for mut held in std::mem::take(&mut self.held) {
            self.emit(&mut held.av, held.media_type, held.pts, held.arrived)?;
        }
        Ok(())
    }

    /// Writes a packet whose payload is in `av`.
    pub(super) fn emit(
        &mut self,
        av: &mut ffmpeg::Packet,
        media_type: MediaType,
        pts: i64,
        arrived: Instant,
    ) -> Result<(), MuxError> {
        let stamp = match (media_type, &mut self.audio) {
            (MediaType::Video, _) => self.video.stamp(pts),
            (MediaType::Audio, Some(track)) => {
                if let Some((zero, start)) = self.zero.filter(|_| !track.has_begun()) {
                    let shared = rescale(zero, self.video.base(), track.base());
                    track.join(pts, arrived, start, shared);
                }
                track.stamp(pts)
            }
            (MediaType::Audio, None) => return Ok(()),
        };
        let is_video = media_type == MediaType::Video;
        let time = match self.container {
            Container::Matroska => Some(stamp.pts),
            Container::FragmentedMp4 => is_video.then_some(stamp.dts),
        };
        if let Some(time) = time {
            let piece = rescale(PIECE_MS, (1, 1000), ticks_of(&self.output, 0));
            let is_key = is_video && av.is_key();
            // No fragment has packets of two GOPs, so that sound stays on its side of a key frame;
            // a cluster only where they are tiny.
            let is_tiny = self.container == Container::Matroska && self.unflushed < TINY;
            if (is_key && !is_tiny) || time - *self.piece.get_or_insert(time) >= piece {
                self.cut()?;
                self.piece = Some(time);
            }
        }
        self.unflushed += av.size();
        self.newest[index_of(media_type)] = Some(stamp.dts);
        av.set_stream(index_of(media_type));
        av.set_pts(Some(stamp.pts));
        av.set_dts(Some(stamp.dts));
        av.set_duration(stamp.duration);
        av.set_position(-1);
        self.put(Some(av))
    }

    /// Ends the cluster or fragment and hands it to the sink.
    pub(super) fn cut(&mut self) -> Result<(), MuxError> {
        let [video, audio] = std::mem::take(&mut self.newest);
        match (self.container, video, audio) {
            // FFmpeg's Matroska muxer keeps the newest sound until something follows.
            (Container::Matroska, _, Some(dts)) => self.put_empty(MediaType::Audio, dts)?,
            // Its MP4 muxer believes a packet's time behind a cut only if it was told so before
            // the cut; otherwise the packet is moved to where the durations of those before end.
            (Container::FragmentedMp4, Some(dts), _) => {
                self.output.expect_gap();
                self.put_empty(MediaType::Video, dts + 1)?;
            }
            (Container::FragmentedMp4, None, Some(dts)) => {
                self.output.expect_gap();
                self.put_empty(MediaType::Audio, dts + 1)?;
            }
            (_, None, None) => return Ok(()),
            (Container::Matroska, Some(_), None) => {}
        }
        // The first one only writes the header.
        if std::mem::take(&mut self.header_due) {
            self.put(None)?;
        }
        let size = std::mem::take(&mut self.unflushed);
        if self.container == Container::Matroska && size <= cluster::MOST {
            let flushed = self.output.flush_without_crc();
            self.buffer.edit(cluster::seal);
            self.hand_over(flushed)?;
        } else {
            self.put(None)?;
        }
        self.piece = None;
        Ok(())
    }

    /// Gives FFmpeg a packet without contents, which reaches no file. It may refuse.
    fn put_empty(&mut self, media_type: MediaType, time: i64) -> Result<(), MuxError> {
        let mut empty = ffmpeg::Packet::empty();
        empty.set_stream(index_of(media_type));
        empty.set_pts(Some(time));
        empty.set_dts(Some(time));
        match self.put(Some(&mut empty)) {
            Err(MuxError::Internal { detail }) => {
                tracing::debug!("FFmpeg refuses an empty packet: {detail}");
                Ok(())
            }
            put => put,
        }
    }

    /// Gives a packet to FFmpeg, or none to flush.
    fn put(&mut self, packet: Option<&mut ffmpeg::Packet>) -> Result<(), MuxError> {
        let result = match packet {
            Some(packet) => self.output.write(packet),
            None => self.output.flush(),
        };
        self.hand_over(result)
    }

    /// Hands to the sink what FFmpeg let go of, which are whole clusters and fragments only.
    fn hand_over(&self, result: Result<(), ffmpeg::Error>) -> Result<(), MuxError> {
        self.buffer.write()?;
        result.map_err(MuxError::internal)
    }
}

/// The file's stream for it.
pub(super) fn index_of(media_type: MediaType) -> usize {
    usize::from(media_type == MediaType::Audio)
}
