//! Turns packets into pictures.
//!
//! Runs on the thread `ID.decode`, one for each feed that is shown, which reads the feed's packet hub
//! and puts pictures into the frame queue. Policies:
//! - damaged data is counted, concealed by the decoder and shown; a picture is clean where FFmpeg
//!   neither marks it nor complains while it makes it, see [`Decoder::complaints`];
//! - what comes too late is not shown, see [`jobs`]; a periodic intra refresh that goes on after that
//!   lacks its references, and is not whole;
//! - what is larger than the renderer takes, or needs too much memory, is refused before it costs any, see
//!   [`limits`];
//! - pictures leave as the decoder made them; only formats that no renderer knows go through
//!   swscale, which is said once;
//! - the thread is less urgent than those that draw, receive and record ([`NICE`]): where there is too much to
//!   do it is decoding that falls behind, which is seen, and reduced;
//! - a panic ends the decoder and the connection, not the process;
//! - a thread that is no longer wanted, or is left behind because a packet never came back, publishes
//!   nothing any more.

pub(crate) mod jobs;
mod limits;
pub(crate) mod pixel_format;
mod publishing;
pub(crate) mod scale;
mod share;
pub(crate) mod snapshot;

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;

use self::jobs::JobReader;
use self::pixel_format::Converter;
use self::scale::Scaler;
use super::ffmpeg::log;
use super::ffmpeg::{OpenDecoder, decode_packet, open_decoder, reduce};
use super::frame::queue::FrameQueue;
use super::health::content::Content;
use super::health::decoding::Decoded;
use super::health::feed_health::FeedHealth;
use super::packet::picture_limits::PictureLimits;
use super::packet::{Packet, StreamInfo};
use super::panic::panic_message;
use super::source::spec::{ScaleTarget, Watch};

use crate::lock::lock;
use crate::log_scope;
use crate::overload::thinning::Thinning;
use crate::undecodable::Undecodable;

/// How much less urgent than the rest of the program decoding is (`nice(2)`, on Linux a thread's own); see
/// `PER_CPU` of [`turns`](crate::overload) for what it does.
const NICE: i32 = 4;
/// How many packets' arrival times are remembered; more than any decoder holds back.
const REMEMBERED: usize = 32;

/// One packet for the decoder.
pub(crate) struct Job {
    pub packet: Arc<Packet>,
    /// Whether packets are missing before it: the decoder forgets what came before.
    pub restart: bool,
    /// Whether it is the first of a connection, or since the camera is shown again.
    pub first: bool,
    /// Whether a decoder that was opened before is of no use.
    pub reopen: bool,
    /// Whether decoding began without a key frame, and none came since.
    pub blind: bool,
    /// Whether nothing was lost before it.
    pub whole: bool,
    /// Whether something may have been lost without a word: what fails then was not whole.
    pub lossy: bool,
    /// Whether it is the beginning of a periodic intra refresh.
    pub gradual: bool,
    /// Whether its pictures are not to be shown: they are old.
    pub silent: bool,
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

/// What is looked for in the pictures, which can be changed while they are being decoded.
#[derive(Default)]
pub(crate) struct WatchCell(Mutex<Arc<Watch>>);

impl WatchCell {
    pub fn new(watch: Watch) -> Self {
        Self(Mutex::new(Arc::new(watch)))
    }

    /// The same again is no change: what was seen so far still counts.
    pub fn set(&self, watch: Watch) {
        let mut present = lock(&self.0);
        if **present != watch {
            *present = Arc::new(watch);
        }
    }

    fn get(&self) -> Arc<Watch> {
        lock(&self.0).clone()
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
    /// The longest side of a picture that the renderer takes, in pixels.
    pub largest_side: u32,
    /// What is looked for in the pictures.
    pub watch: Arc<WatchCell>,
    /// Whether the decoder is to be opened anew with the next key frame.
    pub reopen: Arc<AtomicBool>,
    /// Whether this thread is no longer wanted, or left behind while another one does its work.
    pub abandoned: Arc<AtomicBool>,
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// A panic's message, for the feed's task to hang up on.
    pub fault: Arc<Mutex<Option<String>>>,
}

impl Outputs {
    /// Says that something panicked, and has the feed's task hang up.
    pub fn panicked(&self, what: &str, panic: &(dyn Any + Send)) {
        let detail = panic_message(panic).to_owned();
        tracing::error!("{}: {what} panicked: {detail}", self.id);
        *lock(&self.fault) = Some(detail);
    }
}

/// The thread's whole life: ends with the hub, or when it is no longer wanted.
pub(crate) fn run(mut jobs: JobReader, out: &Outputs) {
    let _scope = log_scope::scope(out.id.clone());
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!("{}: decoding is as urgent as all else: {error}", out.id);
    }
    let mut decoder = Decoder::new(out);
    let mut over = false;
    while !out.abandoned.load(Ordering::Acquire) {
        let Some(job) = jobs.next(&out.health, &out.reopen, Instant::now()) else {
            if over {
                return;
            }
            over = !jobs.wait();
            continue;
        };
        out.health.decoding(Instant::now());
        let decoded = catch_unwind(AssertUnwindSafe(|| decoder.job(&job, out)));
        if out.abandoned.load(Ordering::Acquire) {
            return;
        }
        match decoded {
            Ok(Some(decoded)) => out.health.decoded(&decoded, Instant::now()),
            Ok(None) => out.health.skipped(),
            Err(panic) => {
                out.health.skipped();
                out.panicked("the decoder", &*panic);
                decoder = Decoder::new(out);
            }
        }
    }
}

/// A decoder, and what is remembered from one packet to the next.
struct Decoder {
    content: Content,
    open: Option<(OpenDecoder, Arc<StreamInfo>)>,
    /// Parameters no decoder could be opened for, so that it is said once only.
    refused: Option<Arc<StreamInfo>>,
    /// What the decoder may be given, and the latest reason why it was not, so that it is logged once.
    limits: PictureLimits,
    refusal: Option<Undecodable>,
    scaler: Scaler,
    converter: Option<Converter>,
    /// Presentation and arrival times of the latest packets.
    arrivals: VecDeque<(Option<i64>, Instant)>,
    /// Whether pictures are not to be shown.
    silent: bool,
    /// Which packets are left out, because this computer can't keep up.
    thinning: Thinning,
    /// Whether no picture was shown since decoding began: until then nothing is left out.
    begins: bool,
    /// How far apart pictures are said to be for what is left out.
    gap: Option<Duration>,
    /// Whether the decoder works without its loop filter, and without pictures that nothing refers to.
    reduced: bool,
    sparse: bool,
    /// An empty frame left over from asking in vain.
    spare: Option<ffmpeg::frame::Video>,
    /// What came of the packet at hand.
    outcome: Decoded,
    sequence: u64,
}

impl Decoder {
    fn new(out: &Outputs) -> Self {
        Self {
            content: Content::new(out.watch.get()),
            open: None,
            refused: None,
            limits: PictureLimits::new(out.largest_side),
            refusal: None,
            scaler: Scaler::default(),
            converter: None,
            arrivals: VecDeque::new(),
            silent: false,
            thinning: out.health.load.thinning(),
            begins: true,
            gap: None,
            reduced: false,
            sparse: false,
            spare: None,
            outcome: Decoded::default(),
            // Another decoder may have gone before.
            sequence: out.health.frames_decoded.load(Ordering::Relaxed),
        }
    }

    /// Decodes one packet and publishes what comes out. `None` where it is left out.
    fn job(&mut self, job: &Job, out: &Outputs) -> Option<Decoded> {
        let packet = &*job.packet;
        if job.reopen || (job.restart && job.blind) {
            (self.open, self.refused) = (None, None);
        }
        if job.first {
            self.content.restart();
        }
        self.silent = job.silent;
        let &Job { blind, gradual, whole, .. } = job;
        let key = packet.keyframe;
        if key {
            self.content.watch(out.watch.get());
        }
        self.outcome =
            Decoded { key, gradual, whole, blind, failed: false, garbled: false, clean: false };
        log::take_complaints();
        if self.is_left_out(job, out) {
            return self.outcome.clean.then_some(self.outcome);
        }
        let _work = out.health.load.begin(packet.arrived)?;
        self.prepare(&packet.info, job.restart, out);
        if self.arrivals.len() == REMEMBERED {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back((packet.pts, packet.arrived));
        self.send(packet, out);
        self.outcome.whole &= !(job.lossy && self.outcome.failed);
        Some(self.outcome)
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
        if !self.admits_stream(info, out) {
            self.refused = Some(info.clone());
            return;
        }
        let side = out.largest_side;
        match open_decoder(&info.params, info.time_base, self.outcome.blind, side) {
            Ok(decoder) => self.open = Some((decoder, info.clone())),
            Err(error) => {
                tracing::error!("{}: no decoder for {}: {error}", out.id, info.describe());
                out.health.undecodable(Undecodable::NoDecoder, Instant::now());
                self.refused = Some(info.clone());
            }
        }
    }

    /// Hands a packet to the decoder and publishes all pictures that are ready.
    fn send(&mut self, packet: &Packet, out: &Outputs) {
        if self.open.is_none() || !self.admits(packet, out) {
            return self.failed(out);
        }
        let Some((mut decoder, info)) = self.open.take() else { return };
        reduce(&mut decoder, self.reduced, self.sparse);
        let mut spare = self.spare.take();
        let sent = decode_packet(&mut decoder, &packet.av, &mut spare, |video| match video {
            Ok(video) => self.publish(video, &info, out),
            Err(error) => {
                tracing::trace!("{}: no picture: {error}", out.id);
                self.failed(out);
            }
        });
        self.spare = spare;
        if let Err(error) = sent {
            tracing::trace!("{}: packet refused: {error}", out.id);
            self.failed(out);
        } else if self.complaints(&info) {
            self.failed(out);
        }
        if !self.tell_refusal(decoder.take_refused(), out) {
            self.failed(out);
        }
        if self.outcome.clean {
            self.refusal = None;
        }
        self.open = Some((decoder, info));
    }

    fn failed(&mut self, out: &Outputs) {
        self.outcome.failed = true;
        out.health.decode_errors.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether FFmpeg complained since this was last asked. H.264's decoder marks its pictures, and
    /// complains of streams that break a rule and are shown well all the same.
    fn complaints(&mut self, info: &StreamInfo) -> bool {
        let complaints = log::take_complaints();
        let counts = info.codec != "h264";
        self.outcome.garbled |= counts && complaints.garbled > 0;
        counts && complaints.errors > 0
    }
}

#[cfg(test)]
mod tests;
