//! The rules of a camera's recording: what a wish, a packet or a tick calls for, and when the next
//! tick is due.
//!
//! Owned by the thread `ID.record`. Pure: each rule is told the event, both clocks and what is known
//! of the open segment, and answers with an action as data. It asks no clock, touches no file, and
//! allocates nothing for a packet. The state machine (`state`) carries the actions out and tells
//! the rules what came of them. Policies:
//! - a segment ends where something is missing, and the cause is the first that holds;
//! - what came late but evenly by the camera's own clock was only held up on the way;
//! - everything received is flushed and synced on its own beat, and the first bytes at once; the beats
//!   of cameras lie beside each other, whenever their files were begun;
//! - trouble is tried again after [`RETRY`], and is news only where its cause is another.

pub(super) mod due;
mod packets;

use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_media::{ConnectionState, ReorderDepth, Session};

pub use self::packets::{PacketAction, Rotation};
use super::stall_detector::StallDetector;
use crate::Cause;
use crate::backoff::RETRY;
use crate::clock::WallClock;
use crate::error::Error;

/// How often received packets are handed to the system: with the time that takes, less than a second
/// is lost in a kill.
pub const FLUSH: Duration = Duration::from_millis(200);
/// How often they are brought to the disk: at every fourth flush, so at least once a second.
pub const SYNC: Duration = Duration::from_millis(800);
/// A file is closed when nothing came for this long; before, the connection may still catch up.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a file waits for the order of the first pictures to become clear.
const ORDER: Duration = Duration::from_millis(500);

/// Whether a camera is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Yes.
    On,
    /// No, and why.
    Off(Cause),
}

/// What is due at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickAction {
    /// Nothing.
    Nothing,
    /// To hand everything received to the system.
    Flush,
    /// To bring it to the disk.
    Sync,
    /// To end the open segment.
    End(Cause),
    /// To follow the cause of the gap, and to begin a segment where that is possible.
    Wait,
}

/// What the rules remember.
pub struct Rules {
    /// None until told.
    intent: Option<Intent>,
    link: ConnectionState,
    /// The clocks by which it beats.
    clock: WallClock,
    session: Option<Arc<Session>>,
    /// The first packet that was not observed yet.
    unseen: u64,
    reorder: ReorderDepth,
    stall_detector: StallDetector,
    trouble: Option<Error>,
    retry_at: Instant,
    flushed: Instant,
    /// When it is synced next, if anything was written.
    sync_at: Instant,
    /// Where in the beat of [`SYNC`] by the wall clock that is.
    phase: Duration,
    /// Whether something was written since.
    unflushed: bool,
    unsynced: bool,
    ticked: Instant,
}

impl Rules {
    /// Nothing is wished and nothing came yet. What is recorded is synced at this `phase` of [`SYNC`].
    pub fn new(now: WallClock, phase: Duration) -> Self {
        let at = now.instant();
        Self {
            intent: None,
            link: ConnectionState::Connecting,
            clock: now,
            session: None,
            unseen: 0,
            reorder: ReorderDepth::new(),
            stall_detector: StallDetector::default(),
            trouble: None,
            retry_at: at,
            flushed: at,
            sync_at: at,
            phase,
            unflushed: false,
            unsynced: false,
            ticked: at,
        }
    }

    /// Whether it is to be recorded.
    pub fn wanted(&self) -> bool {
        self.intent == Some(Intent::On)
    }

    /// Why it is not to be recorded, where somebody said so.
    pub fn off(&self) -> Option<Cause> {
        match self.intent {
            Some(Intent::Off(cause)) => Some(cause),
            _ => None,
        }
    }

    /// A wish at `now`; whether it is another than before. What is wished anew is tried at once.
    pub fn intend(&mut self, intent: Intent, now: Instant) -> bool {
        let other = self.intent.replace(intent) != Some(intent);
        match intent {
            Intent::On if other => self.retry_at = now,
            Intent::Off(_) if other => self.trouble = None,
            _ => {}
        }
        other
    }

    /// Packets come from another feed, which counts anew.
    pub fn reconnected(&mut self) {
        self.unseen = 0;
    }

    /// What is due. `link` is the state of the connection; with `behind`, packets still wait in
    /// memory, and what the camera does now says nothing about the segment. `ready` is asked where
    /// a segment is `open`.
    pub fn tick(
        &mut self,
        link: ConnectionState,
        behind: bool,
        open: bool,
        ready: impl FnOnce() -> Result<(), Cause>,
        now: Instant,
    ) -> TickAction {
        (self.link, self.ticked) = (link, now);
        if !open {
            return if self.wanted() { TickAction::Wait } else { TickAction::Nothing };
        }
        let silent = || self.stall_detector.silent_for(now) > self.silence();
        let ends = match ready() {
            Ok(()) if behind => None,
            ready => down(link)
                .or_else(|| ready.err())
                .or_else(|| silent().then_some(Cause::CameraStalled)),
        };
        ends.map_or_else(|| self.save(now), TickAction::End)
    }

    /// How long nothing comes before a file is closed; longer where the camera is slower than that.
    fn silence(&self) -> Duration {
        SILENCE.max(self.stall_detector.stall())
    }

    /// Whether it is time to flush or sync; counts as done.
    fn save(&mut self, now: Instant) -> TickAction {
        if self.unsynced && now >= self.sync_at {
            (self.flushed, self.sync_at) = (now, self.next_beat(now));
            (self.unflushed, self.unsynced) = (false, false);
            TickAction::Sync
        } else if self.unflushed && now.duration_since(self.flushed) >= FLUSH {
            (self.flushed, self.unflushed) = (now, false);
            TickAction::Flush
        } else {
            TickAction::Nothing
        }
    }

    /// The next beat after `now`: at most [`SYNC`] later.
    fn next_beat(&self, now: Instant) -> Instant {
        let beat = i64::try_from(SYNC.as_millis()).unwrap_or(i64::MAX);
        let phase = i64::try_from(self.phase.as_millis()).unwrap_or(0);
        let passed = (self.clock.wall(now).as_millisecond() - phase).rem_euclid(beat);
        now + Duration::from_millis(u64::try_from(beat - passed).unwrap_or(0))
    }

    /// A packet was written.
    pub fn wrote(&mut self) {
        (self.unflushed, self.unsynced) = (true, true);
    }

    /// From when on a segment may be begun with packets of which the `oldest` arrived then.
    pub fn may_begin_at(&self, oldest: Instant) -> Instant {
        if self.reorder.settled() { oldest } else { oldest + ORDER }
    }

    /// Whether it is wished, and time, to try to begin a segment.
    pub fn may_try(&self, now: Instant) -> bool {
        self.wanted() && now >= self.retry_at
    }

    /// Pictures by which showing may lag behind decoding.
    pub fn reorder(&self) -> usize {
        self.reorder.depth()
    }

    /// A segment was begun at `now`; the trouble that is over by that. Its first bytes go to the
    /// disk at once: REC waits for them.
    pub fn begun(&mut self, now: Instant) -> Option<Error> {
        self.wrote();
        self.sync_at = now;
        self.trouble.take()
    }

    /// Trouble with the disk at `now`, which is tried again after [`RETRY`]; whether it is to be told: once
    /// for each cause.
    pub fn failed(&mut self, trouble: Error, now: Instant) -> bool {
        self.retry_at = now + RETRY;
        let cause = trouble.cause();
        self.trouble.replace(trouble).is_none_or(|known| known.cause() != cause)
    }

    /// Whether pictures arrive.
    pub fn moving(&self, now: Instant) -> bool {
        !self.stall_detector.is_silent(now)
    }

    /// What a recording that is wanted waits for; `ready` is asked where nothing else is known.
    pub fn waiting_for(&self, ready: impl FnOnce() -> Result<(), Cause>) -> Cause {
        let trouble = || self.trouble.as_ref().map(Error::cause).or_else(|| ready().err());
        down(self.link).or_else(trouble).unwrap_or(Cause::CameraStalled)
    }
}

/// Why nothing comes by a connection; none where it is up.
fn down(link: ConnectionState) -> Option<Cause> {
    match link {
        ConnectionState::Offline | ConnectionState::Connecting => Some(Cause::CameraOffline),
        ConnectionState::LoginRefused => Some(Cause::LoginRefused),
        ConnectionState::Ended => Some(Cause::SourceEnded),
        ConnectionState::Up => None,
    }
}
