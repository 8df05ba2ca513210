//! Makes frames of decoded pictures, looks at them, and puts them into the frame queue.
//!
//! Part of the decoder; the decode thread runs it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use ffmpeg_next as ffmpeg;

use super::pixel_format::{self, Converter};
use super::{Decoder, Outputs};
use crate::frame::color::ColorInfo;
use crate::frame::{Frame, Pixels, PlaneLayout, decoded_plane};
use crate::health::content::Findings;
use crate::packet::StreamInfo;

impl Decoder {
    /// Puts one picture into the frame queue.
    pub(super) fn publish(
        &mut self,
        video: ffmpeg::frame::Video,
        info: &StreamInfo,
        out: &Outputs,
    ) {
        if out.abandoned.load(Ordering::Acquire) {
            return;
        }
        let (width, height) = (video.width(), video.height());
        if width == 0 || height == 0 {
            return self.failed(out);
        }
        if let Err(refusal) = self.limits.size(width, height) {
            // Some decoders have buffers of their own.
            self.tell_refusal(Some(Some(refusal)), out);
            return self.failed(out);
        }
        let damaged = video.is_corrupt() || video.has_decode_errors() || self.complaints(info);
        if damaged {
            self.failed(out);
        } else {
            self.outcome.clean = true;
        }
        if self.silent {
            return;
        }
        let key = video.is_key();
        let Some((video, layout, color)) = self.presentable(video, info, out) else { return };
        let pts = video.timestamp();
        let arrived = self.arrival_of(pts);
        let at = arrived.unwrap_or_else(Instant::now);
        let findings = if damaged {
            // What was guessed tells nothing of the scene.
            self.content.findings(at)
        } else {
            self.look(&video, layout, color.full_range, key, at)
        };
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
        self.announce(frame, findings, out);
        self.tell_gap(out, decoded);
    }

    /// Looks at what a picture shows, by the time of its arrival.
    fn look(
        &mut self,
        video: &ffmpeg::frame::Video,
        layout: PlaneLayout,
        full_range: bool,
        key: bool,
        now: Instant,
    ) -> Findings {
        if self.content.wants(key, now)
            && let Some(luma) = decoded_plane(video, layout, 0)
        {
            let bits = if let PlaneLayout::Planar { bits, .. } = layout { bits } else { 8 };
            self.content.look(&luma, bits, full_range, key, now);
        }
        self.content.findings(now)
    }

    fn announce(&self, frame: Frame, findings: Findings, out: &Outputs) {
        let health = &out.health;
        health.frames_decoded.fetch_add(1, Ordering::Relaxed);
        let (size, sar) = ((frame.width, frame.height), frame.sar);
        let (arrived, decoded) = (frame.arrived, frame.decoded);
        {
            let mut summary = health.summary();
            (summary.size, summary.sar) = (size, sar);
            // One that came before is of an earlier connection.
            let started = summary.started.filter(|started| arrived >= *started);
            if let (None, Some(started)) = (summary.first_frame_after, started) {
                summary.first_frame_after = Some(decoded.saturating_duration_since(started));
            }
        }
        health.load.picture(out.frame_queue.put(frame));
        health.picture(findings, arrived, decoded);
        (out.wake)();
    }

    /// The picture in a format renderers know.
    fn presentable(
        &mut self,
        video: ffmpeg::frame::Video,
        info: &StreamInfo,
        out: &Outputs,
    ) -> Option<(ffmpeg::frame::Video, PlaneLayout, ColorInfo)> {
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
