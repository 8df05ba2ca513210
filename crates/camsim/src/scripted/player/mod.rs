//! What one viewer is sent: the film, its sound and the sender reports, at their times.
//!
//! Pure but for the sink: times are told. A viewer's film begins when it says PLAY and runs in
//! real time. While it is held the camera films on, so all that follows is late by as much.
//! Policy: what is random is seeded, and the same for every run.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::reel::{NalKind, Picture, Reel};
use super::script::film::Film;
use super::script::phase::Fault;
use super::wire::packets::{Packet, Packetiser};
use super::wire::reports::sender_report;
use crate::codec::Codec;

/// From one sender report to the next, the shortest that RFC 3550 recommends (section 6.2).
const REPORTS: Duration = Duration::from_secs(5);
/// A packet of G.711: 20 ms at 8 kHz, a byte a sample (RFC 3551, section 4.5.14).
const SOUND_STEP: Duration = Duration::from_millis(20);
const SOUND_BYTES: usize = 160;
const VIDEO_CLOCK: u128 = 90_000;
const SOUND_CLOCK: u128 = 8000;

/// All that can be played.
#[derive(Debug)]
pub struct Shelf {
    pub reels: Vec<Arc<Reel>>,
    /// G.711 µ-law.
    pub sound: Vec<u8>,
}

impl Shelf {
    /// The reel of a film; `None` was not loaded.
    pub fn reel(&self, film: Film) -> Option<&Arc<Reel>> {
        self.reels.iter().find(|reel| reel.film == film)
    }
}

/// A track and where its time begins.
#[derive(Debug)]
pub struct Track {
    /// Its place in the description.
    pub place: usize,
    pub packets: Packetiser,
    pub timestamp: u32,
}

/// One packet on its way.
#[derive(Clone, Copy, Debug)]
pub struct Out<'a> {
    /// The track's place in the description.
    pub track: usize,
    pub rtcp: bool,
    pub bytes: &'a [u8],
}

/// The film of one viewer.
#[derive(Debug)]
pub struct Player {
    pub video: Option<Track>,
    pub audio: Option<Track>,
    /// What it plays where no phase says otherwise, and what it plays now.
    own: Arc<Reel>,
    reel: Arc<Reel>,
    /// The number of the reel's first picture.
    reel_begins: u64,
    step: Duration,
    origin: Duration,
    wall: SystemTime,
    lag: Duration,
    held_since: Option<Duration>,
    /// Of the next picture, piece of sound and report.
    picture: u64,
    sound: u64,
    report: u64,
    jump: i32,
    random: fastrand::Rng,
    /// A packet that lets the next one pass.
    overtaken: Option<Vec<u8>>,
    /// The timestamp of a picture without an end, once it has begun.
    endless: Option<u32>,
    /// When the first picture left.
    pub first_sent: Option<Duration>,
}

impl Player {
    /// Begins at `now`, when the clock says `wall`.
    pub fn new(reel: &Arc<Reel>, seed: u64, now: Duration, wall: SystemTime) -> Self {
        Self {
            video: None,
            audio: None,
            own: Arc::clone(reel),
            reel: Arc::clone(reel),
            reel_begins: 0,
            step: reel.film.step,
            origin: now,
            wall,
            lag: Duration::ZERO,
            held_since: None,
            picture: 0,
            sound: 0,
            report: 0,
            jump: 0,
            random: fastrand::Rng::with_seed(seed),
            overtaken: None,
            endless: None,
            first_sent: None,
        }
    }

    /// When something is to be sent again; `None` while everything is held.
    pub fn due(&self) -> Option<Duration> {
        if self.held_since.is_some() {
            return None;
        }
        let picture = self.video.as_ref().map(|_| times(self.step, self.picture));
        let sound = self.audio.as_ref().map(|_| times(SOUND_STEP, self.sound));
        let next = [picture, sound, Some(times(REPORTS, self.report))].into_iter().flatten().min();
        next.map(|time| self.origin + self.lag + time)
    }

    /// Sends what is due, under the faults of a phase that began at `since`.
    pub fn play(
        &mut self,
        now: Duration,
        faults: &[Fault],
        since: Duration,
        shelf: &Shelf,
        out: &mut impl FnMut(Out<'_>),
    ) {
        if faults.contains(&Fault::Held) {
            self.held_since.get_or_insert(since.max(self.origin));
            return;
        }
        if let Some(held) = self.held_since.take() {
            self.lag += since.saturating_sub(held);
        }
        self.change(faults, shelf);
        let film_time = now.saturating_sub(self.origin + self.lag);
        while times(self.step, self.picture) <= film_time {
            if self.video.is_some() && !faults.contains(&Fault::NoPictures) {
                self.first_sent.get_or_insert(now);
                self.send_picture(faults, out);
            }
            self.picture += 1;
        }
        while times(SOUND_STEP, self.sound) <= film_time {
            if !faults.contains(&Fault::NoSound) {
                self.send_sound(&shelf.sound, out);
            }
            self.sound += 1;
        }
        while times(REPORTS, self.report) <= film_time {
            if !faults.contains(&Fault::NoReports) {
                self.send_reports(out);
            }
            self.report += 1;
        }
    }

    /// Another film begins with its first picture.
    fn change(&mut self, faults: &[Fault], shelf: &Shelf) {
        let film = faults.iter().find_map(|fault| match fault {
            Fault::Shows(film) => Some(*film),
            _ => None,
        });
        let wanted = film.and_then(|film| shelf.reel(film));
        let wanted = wanted.unwrap_or(&self.own);
        if wanted.film != self.reel.film {
            self.reel_begins = self.picture;
            self.reel = Arc::clone(wanted);
        }
        let jump = faults.iter().find_map(|fault| match fault {
            Fault::Jump(seconds) => Some(*seconds),
            _ => None,
        });
        self.jump = jump.unwrap_or(0);
    }

    fn send_picture(&mut self, faults: &[Fault], out: &mut impl FnMut(Out<'_>)) {
        let timestamp = self.video_time(times(self.step, self.picture));
        let Some(track) = &mut self.video else { return };
        let endless = faults.iter().find_map(|fault| match fault {
            Fault::Endless(count) => Some(*count),
            _ => None,
        });
        if let Some(count) = endless {
            let place = track.place;
            for _ in 0..count {
                let begins = self.endless.is_none();
                let timestamp = *self.endless.get_or_insert(timestamp);
                track.packets.endless(begins, timestamp, &mut |packet: Packet<'_>| {
                    out(Out { track: place, rtcp: false, bytes: packet.bytes });
                });
            }
            return;
        }
        let film = self.reel.film;
        let number = self.picture - self.reel_begins + film.first as u64;
        let picture = self.reel.picture(number);
        let scrambled;
        let kept = faults.iter().find_map(|fault| match fault {
            Fault::Scrambled(kept) => Some(*kept),
            _ => None,
        });
        let picture = if let Some(kept) = kept {
            scrambled = scramble(picture, film.codec, kept, &mut self.random);
            &scrambled
        } else {
            picture
        };
        let place = track.place;
        let nals = picture.nals.iter().map(Vec::as_slice);
        let (random, overtaken) = (&mut self.random, &mut self.overtaken);
        track.packets.unit(film.codec, nals, timestamp, &mut |packet: Packet<'_>| {
            if is_lost(faults, packet.fragment, random) {
                return;
            }
            let swaps = per_mille(faults, |fault| match fault {
                Fault::Swaps(share) => Some(*share),
                _ => None,
            });
            if overtaken.is_none() && swaps > 0 && random.u32(..1000) < swaps {
                *overtaken = Some(packet.bytes.to_vec());
                return;
            }
            out(Out { track: place, rtcp: false, bytes: packet.bytes });
            if let Some(late) = overtaken.take() {
                out(Out { track: place, rtcp: false, bytes: &late });
            }
        });
    }

    fn send_sound(&mut self, samples: &[u8], out: &mut impl FnMut(Out<'_>)) {
        let timestamp = self.sound_time(times(SOUND_STEP, self.sound));
        let Some(track) = &mut self.audio else { return };
        let count = (samples.len() / SOUND_BYTES) as u64;
        // The remainder is below the number of pieces in memory.
        let start = (self.sound % count.max(1)) as usize * SOUND_BYTES;
        let place = track.place;
        let piece = samples.get(start..start + SOUND_BYTES).unwrap_or_default();
        track.packets.sound(piece, timestamp, &mut |packet| {
            out(Out { track: place, rtcp: false, bytes: packet.bytes });
        });
    }

    fn send_reports(&mut self, out: &mut impl FnMut(Out<'_>)) {
        let time = times(REPORTS, self.report);
        let (video, sound) = (self.video_time(time), self.sound_time(time));
        for (track, timestamp) in [(&self.video, video), (&self.audio, sound)] {
            if let Some(Track { place, packets, .. }) = track {
                let report = sender_report(packets.ssrc, self.wall + time, timestamp, packets.sent);
                out(Out { track: *place, rtcp: true, bytes: &report });
            }
        }
    }

    fn video_time(&self, film_time: Duration) -> u32 {
        let start = self.video.as_ref().map_or(0, |track| track.timestamp);
        start.wrapping_add(ticks(film_time, VIDEO_CLOCK)).wrapping_add_signed(self.jump * 90_000)
    }

    fn sound_time(&self, film_time: Duration) -> u32 {
        let start = self.audio.as_ref().map_or(0, |track| track.timestamp);
        start.wrapping_add(ticks(film_time, SOUND_CLOCK)).wrapping_add_signed(self.jump * 8000)
    }
}

/// An RTP clock after so long; it wraps, as it does.
fn ticks(time: Duration, clock: u128) -> u32 {
    (time.as_nanos() * clock).div_ceil(1_000_000_000) as u32
}

fn times(step: Duration, count: u64) -> Duration {
    let nanoseconds = step.as_nanos().saturating_mul(u128::from(count));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

fn per_mille(faults: &[Fault], share: impl Fn(&Fault) -> Option<u32>) -> u32 {
    faults.iter().find_map(share).unwrap_or(0)
}

fn is_lost(faults: &[Fault], fragment: bool, random: &mut fastrand::Rng) -> bool {
    let share = per_mille(faults, |fault| match fault {
        Fault::LosesPackets(share) => Some(*share),
        Fault::LosesFragments(share) if fragment => Some(*share),
        _ => None,
    });
    share > 0 && random.u32(..1000) < share
}

/// Random bytes behind the first of slices; none is zero, so that no start code arises.
fn scramble(picture: &Picture, codec: Codec, kept: usize, random: &mut fastrand::Rng) -> Picture {
    let mut nals = picture.nals.clone();
    for nal in nals.iter_mut().filter(|nal| NalKind::of(codec, nal) == NalKind::Slice) {
        nal.iter_mut().skip(kept).for_each(|byte| *byte = random.u8(1..));
    }
    Picture { nals }
}

#[cfg(test)]
mod tests;
