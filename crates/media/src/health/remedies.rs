//! What is done for a camera that is not well.
//!
//! Pure; the feed's task asks before it reads the next packet. Policies:
//! - for a decoder that hangs see [`Hanging`](super::hanging::Hanging);
//! - where nothing can be decoded, the decoder is opened anew at once, then the connection, which
//!   the second time leads to the other client, then the connection seldom;
//! - where a limit of ours is in the way, nothing: another decoder or connection has the same limits, and
//!   a recording need not suffer for it. It is over with the first picture that fits;
//! - where pictures are late, the connection is made anew, which drops the backlog; not where most
//!   cameras are late at once, because then the cause is ours; nor while nobody sees the camera,
//!   because the backlog is footage for the recorder.

use std::time::{Duration, Instant};

use super::{Health, seconds, whole};
use crate::hung_decoders::Room;
use crate::source::SourceError;
use crate::status::Connection;
use crate::undecodable::Undecodable;

/// How long pictures are late before the connection is made anew.
pub(super) const LATE_FOR: Duration = seconds(3);
/// Pauses between connections that are made anew because pictures are late.
pub(super) const LATE_PAUSES: [Duration; 3] = [seconds(30), seconds(120), seconds(600)];
/// After so many of them a smaller stream is wanted.
pub(super) const WANTS_SMALLER: usize = 2;
/// How long a new decoder, or a new connection, gets to come up with a clean picture.
pub(super) const TRIAL: Duration = seconds(5);
/// Pauses between connections that are made anew because nothing can be decoded: once on the same
/// way, once on the other, then seldom. Also between decoders that are opened anew, where what is
/// wrong comes and goes.
pub(super) const UNDECODABLE_PAUSES: [Duration; 4] =
    [TRIAL, seconds(30), seconds(120), seconds(600)];
/// Connections by which both clients were tried.
const BOTH_CLIENTS: usize = 2;
/// What is to be done for a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Open the decoder anew, from the next key frame on.
    ReopenDecoder,
    /// Leave the decode thread behind, and start another.
    ReplaceDecoder,
    /// Start a decode thread: there is none.
    StartDecoder,
    /// Hang up with this error, and connect anew.
    Reconnect(SourceError),
    /// Nothing: the decoder hangs, and no other may be started.
    DecodeNoMore,
}

impl Health {
    /// What is to be done at `now`, if anything. What is given is taken to be done, but for another
    /// decode thread, see [`replaced`](Self::replaced). `ours`: most cameras are late at once;
    /// `room`: whether another thread may be started.
    pub fn remedy(
        &mut self,
        ours: bool,
        room: impl FnOnce() -> Room,
        now: Instant,
    ) -> Option<Remedy> {
        if !matches!(self.connection, Connection::Up) {
            return None;
        }
        self.replace(room, now)
            .or_else(|| self.decode_again(now))
            .or_else(|| self.catch_up(ours, now))
    }

    /// For a decoder that does not come back, or a thread that is not there. Hidden there is to be none.
    fn replace(&mut self, room: impl FnOnce() -> Room, now: Instant) -> Option<Remedy> {
        if !self.shown {
            return None;
        }
        let remedy = self.hanging.remedy(room, now);
        if remedy.is_some() {
            self.tell(now);
        }
        remedy
    }

    /// For a stream that can't be decoded.
    fn decode_again(&mut self, now: Instant) -> Option<Remedy> {
        if self.hanging.since().is_some() {
            return None;
        }
        let Some((why, since)) = self.decoding.said().filter(|_| self.shown) else {
            self.reopened = None;
            return None;
        };
        if why.is_limit() {
            return None;
        }
        self.undecodable_ladder.troubled(now);
        self.reopen_ladder.troubled(now);
        let reopened = match self.reopened {
            Some(reopened) => reopened,
            None if self.reopen_ladder.is_due(now) => {
                self.reopen_ladder.used(now);
                self.reopened = Some(now);
                self.decoding.restart();
                return Some(Remedy::ReopenDecoder);
            }
            // It did not help lately.
            None => *self.reopened.insert(since),
        };
        // Each decoder and each connection gets its trial.
        let tried_since = self.up.map_or(reopened.max(since), |up| up.max(reopened).max(since));
        let tried = now.saturating_duration_since(tried_since) >= TRIAL;
        if !tried || !self.decoding.is_proven() || !self.undecodable_ladder.is_due(now) {
            return None;
        }
        // What no client brings a decoder for stays so, and a recording need not suffer for it.
        if why == Undecodable::NoDecoder && self.undecodable_ladder.times(now) >= BOTH_CLIENTS {
            return None;
        }
        self.undecodable_ladder.used(now);
        Some(Remedy::Reconnect(SourceError::Undecodable { why }))
    }

    /// For pictures that are late.
    fn catch_up(&mut self, ours: bool, now: Instant) -> Option<Remedy> {
        let since = self.lateness.since(now)?;
        let long = now.saturating_duration_since(since) >= LATE_FOR;
        if ours || !long || !self.shown || !self.late_ladder.is_due(now) {
            return None;
        }
        self.late_ladder.used(now);
        let by = self.lateness.by(now).unwrap_or_default();
        Some(Remedy::Reconnect(SourceError::Late { by: whole(by) }))
    }
}
