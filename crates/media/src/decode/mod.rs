//! Turns packets into pictures.
//!
//! Runs on the thread `ID.decode`, one per feed, fed by the demux thread through a bounded
//! channel, and puts pictures into the frame queue. Policies:
//! - damaged data is counted, concealed by the decoder and shown;
//! - what comes too late is not shown: packets older than [`MAX_AGE`] are dropped up to the next
//!   key frame, so that an overloaded wall skips instead of lagging;
//! - pictures leave as the decoder made them; only formats that no renderer knows go through
//!   swscale, which is said once;
//! - a panic ends the decoder and the connection, not the process.

pub(crate) mod keyframe_gate;
pub(crate) mod pixel_format;
pub(crate) mod scale;
pub(crate) mod snapshot;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use ffmpeg_next as ffmpeg;

use self::pixel_format::Converter;
use self::scale::Scaler;
use super::ffmpeg::log;
use super::ffmpeg::{OpenDecoder, decode_packet, open_decoder};
use super::frame::queue::FrameQueue;
use super::frame::{Frame, Pixels};
use super::packet::{Packet, StreamInfo};
use super::panic::panic_message;
use super::source::spec::ScaleTarget;
use super::status::FeedHealth;

use crate::lock::lock;

/// Packets older than this when their turn comes are not worth decoding.
const MAX_AGE: Duration = Duration::from_secs(1);
/// How many packets' arrival times are remembered; more than any decoder holds back.
const REMEMBERED: usize = 32;

/// One packet for the decoder.
pub(crate) struct Job {
    pub packet: Arc<Packet>,
    /// Whether packets are missing before it: the decoder forgets what came before.
    pub restart: bool,
}

/// A scale target that can be changed while pictures are being decoded; 0 is none.
#[derive(Default)]
pub(crate) struct ScaleCell(AtomicU64);

impl ScaleCell {
    pub fn set(&self, target: Option<ScaleTarget>) {
        let packed =
            target.map_or(0, |target| u64::from(target.width) << 32 | u64::from(target.height));
        self.0.store(packed, Ordering::Relaxed);
    }

    fn get(&self) -> Option<ScaleTarget> {
        let packed = self.0.load(Ordering::Relaxed);
        let (width, height) = ((packed >> 32) as u32, packed as u32);
        (packed != 0).then_some(ScaleTarget { width, height })
    }
}

/// What the decode thread shares with others.
#[derive(Clone)]
pub(crate) struct Outputs {
    pub id: Arc<str>,
    pub health: Arc<FeedHealth>,
    pub frame_queue: Arc<FrameQueue>,
    pub scale: Arc<ScaleCell>,
    /// Whether the renderer takes planes of more than 8 bits a sample.
    pub deep_textures: bool,
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// A panic's message, for the demux thread to hang up on.
    pub fault: Arc<Mutex<Option<String>>>,
}

/// The thread's whole life: ends when the demux thread hangs up the channel.
pub(crate) fn run(jobs: &Receiver<Job>, out: &Outputs) {
    let _scope = log::scope(out.id.clone());
    let mut decoder = Decoder::default();
    while let Ok(job) = jobs.recv() {
        let decoded = catch_unwind(AssertUnwindSafe(|| decoder.job(&job, out)));
        if let Err(panic) = decoded {
            let detail = panic_message(&*panic).to_owned();
            tracing::error!("{}: the decoder panicked: {detail}", out.id);
            *lock(&out.fault) = Some(detail);
            decoder = Decoder { sequence: decoder.sequence, ..Decoder::default() };
        }
    }
}

/// A decoder, and what is remembered from one packet to the next.
#[derive(Default)]
struct Decoder {
    open: Option<(OpenDecoder, Arc<StreamInfo>)>,
    /// Parameters no decoder could be opened for, so that it is said once only.
    refused: Option<Arc<StreamInfo>>,
    scaler: Scaler,
    converter: Option<Converter>,
    /// Presentation and arrival times of the latest packets.
    arrivals: VecDeque<(Option<i64>, Instant)>,
    catching_up: bool,
    /// An empty frame left over from asking in vain.
    spare: Option<ffmpeg::frame::Video>,
    sequence: u64,
}

impl Decoder {
    /// Decodes one packet and publishes what comes out.
    fn job(&mut self, job: &Job, out: &Outputs) {
        let packet = &*job.packet;
        if self.too_late(packet) {
            out.health.packets_dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.prepare(&packet.info, job.restart, out);
        if self.arrivals.len() == REMEMBERED {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back((packet.pts, packet.arrived));
        self.send(packet, out);
    }

    /// Whether a packet belongs to a stretch that is skipped.
    fn too_late(&mut self, packet: &Packet) -> bool {
        if packet.keyframe {
            self.catching_up = false;
        } else if packet.arrived.elapsed() > MAX_AGE {
            self.catching_up = true;
        }
        self.catching_up
    }

    /// Sees to it that the decoder fits the stream.
    fn prepare(&mut self, info: &Arc<StreamInfo>, restart: bool, out: &Outputs) {
        let changed = match &mut self.open {
            Some((decoder, known)) if !known.needs_other_decoder(info) => {
                if restart || !Arc::ptr_eq(known, info) {
                    decoder.flush();
                    self.arrivals.clear();
                }
                *known = info.clone();
                false
            }
            _ => true,
        };
        if !changed || self.refused.as_ref().is_some_and(|refused| Arc::ptr_eq(refused, info)) {
            return;
        }
        self.arrivals.clear();
        self.open = None;
        match open_decoder(&info.params, info.time_base) {
            Ok(decoder) => self.open = Some((decoder, info.clone())),
            Err(error) => {
                tracing::error!("{}: no decoder for {}: {error}", out.id, info.describe());
                self.refused = Some(info.clone());
            }
        }
    }

    /// Hands a packet to the decoder and publishes all pictures that are ready.
    fn send(&mut self, packet: &Packet, out: &Outputs) {
        let failed = || out.health.decode_errors.fetch_add(1, Ordering::Relaxed);
        let Some((mut decoder, info)) = self.open.take() else {
            failed();
            return;
        };
        let mut spare = self.spare.take();
        let sent = decode_packet(&mut decoder, &packet.av, &mut spare, |video| match video {
            Ok(video) => self.publish(video, &info, out),
            Err(error) => {
                tracing::trace!("{}: no picture: {error}", out.id);
                failed();
            }
        });
        self.spare = spare;
        self.open = Some((decoder, info));
        if let Err(error) = sent {
            tracing::trace!("{}: packet refused: {error}", out.id);
            failed();
        }
    }

    /// Puts one picture into the frame queue.
    fn publish(&mut self, video: ffmpeg::frame::Video, info: &StreamInfo, out: &Outputs) {
        let damaged = video.is_corrupt() || video.has_decode_errors();
        if damaged {
            out.health.decode_errors.fetch_add(1, Ordering::Relaxed);
        }
        let Some((video, layout, color)) = self.presentable(video, info, out) else { return };
        let pts = video.timestamp();
        let arrived = self.arrival_of(pts);
        let scaled =
            out.scale.get().and_then(|to| self.scaler.scale(&video, layout, color.siting, to));
        let decoded = Instant::now();
        let frame = Frame {
            width: video.width(),
            height: video.height(),
            layout: scaled.as_ref().map_or(layout, |(_, layout)| *layout),
            color,
            sar: pixel_format::sample_aspect(&video),
            arrived: arrived.unwrap_or(decoded),
            decoded,
            pts,
            sequence: self.sequence,
            damaged,
            pixels: match scaled {
                Some((planes, _)) => Pixels::Scaled(planes),
                None => Pixels::Decoded(video),
            },
        };
        self.sequence += 1;
        self.announce(frame, out);
    }

    fn announce(&self, frame: Frame, out: &Outputs) {
        let health = &out.health;
        health.frames_decoded.fetch_add(1, Ordering::Relaxed);
        let (size, sar) = ((frame.width, frame.height), frame.sar);
        let decoded = frame.decoded;
        {
            let mut summary = health.summary();
            (summary.size, summary.sar) = (size, sar);
            if let (None, Some(started)) = (summary.first_frame_after, summary.started) {
                summary.first_frame_after = Some(decoded.saturating_duration_since(started));
            }
        }
        out.frame_queue.put(frame);
        health.frame_at(decoded);
        (out.wake)();
    }

    /// The picture in a format renderers know.
    fn presentable(
        &mut self,
        video: ffmpeg::frame::Video,
        info: &StreamInfo,
        out: &Outputs,
    ) -> Option<(ffmpeg::frame::Video, super::PlaneLayout, super::ColorInfo)> {
        let jpeg = info.codec == "mjpeg";
        if let Some(layout) = pixel_format::layout_of(video.format(), out.deep_textures) {
            let color = pixel_format::color_of(&video, jpeg);
            return Some((video, layout, color));
        }
        let fits = self.converter.as_ref().is_some_and(|converter| converter.fits(&video));
        if !fits {
            self.converter = match Converter::new(&video) {
                Ok(converter) => {
                    let name: Arc<str> = format!("{:?}", video.format()).into();
                    let mut summary = out.health.summary();
                    if summary.converted_from.as_ref() != Some(&name) {
                        tracing::warn!("{}: {name} pictures are converted by swscale", out.id);
                    }
                    summary.converted_from = Some(name);
                    Some(converter)
                }
                Err(error) => {
                    tracing::error!("{}: cannot convert {:?}: {error}", out.id, video.format());
                    None
                }
            };
        }
        let converted = self.converter.as_mut()?.convert(&video, jpeg);
        if converted.is_none() {
            out.health.decode_errors.fetch_add(1, Ordering::Relaxed);
        }
        converted
    }

    /// When the packet of a picture arrived.
    fn arrival_of(&self, pts: Option<i64>) -> Option<Instant> {
        let same = self.arrivals.iter().rev().find(|(known, _)| known.is_some() && *known == pts);
        same.or(self.arrivals.back()).map(|(_, arrived)| *arrived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::fake;
    use crate::frame::{Chroma, PlaneLayout};

    #[test]
    fn deep_pictures_are_published_as_the_renderer_takes_them() {
        crate::init();
        for (deep_textures, bits) in [(true, 10), (false, 8)] {
            let out = Outputs {
                id: "gate".into(),
                health: Arc::new(FeedHealth::new(Duration::ZERO)),
                frame_queue: Arc::default(),
                scale: Arc::default(),
                deep_textures,
                wake: Arc::new(|| {}),
                fault: Arc::default(),
            };
            let format = ffmpeg::format::Pixel::YUV420P10LE;
            let video = ffmpeg::frame::Video::new(format, 64, 32);
            Decoder::default().publish(video, &fake(0, true).info, &out);
            let frame = out.frame_queue.take().expect("a picture");
            assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C420, bits });
        }
    }

    #[test]
    fn scale_targets_pack_into_a_word() {
        let cell = ScaleCell::default();
        assert_eq!(cell.get(), None);
        let target = Some(ScaleTarget { width: 960, height: 540 });
        cell.set(target);
        assert_eq!(cell.get(), target);
        cell.set(None);
        assert_eq!(cell.get(), None);
    }
}
