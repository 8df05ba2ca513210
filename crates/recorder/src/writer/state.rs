//! One camera's recording: what becomes of each event, and what the ledger says of it.
//!
//! Run by the thread `ID.record`. A state machine of three states: off, recording, or waiting for
//! what a recording needs (camera, key frame, disk). What an event calls for is decided by
//! [`Rules`] as data; here it is carried out on a [`RecorderSystem`], step by step, because what
//! comes next depends on what came of it: a segment that could not be closed ends at its last good
//! sync, and the next begins behind that. A queue of actions and results would need an
//! allocation for each packet and cut these steps apart; a narrow trait that is called in order
//! needs neither. Both clocks come with each event; after an effect, which may have waited for the
//! disk, the system is asked for them anew. Policies:
//! - a file begins with what is in the hub's memory and in no other file; it ends where something is
//!   missing, and the ledger names that gap;
//! - files that follow one another join: the packet that ends one begins the next;
//! - of a camera that is not connected when a recording is asked for, nothing of before is recorded;
//! - trouble with the disk is tried again every two seconds, for ever.

mod begin;
mod close;
mod finish;
mod left;
mod mending;
mod naming;
mod protect;
mod reading;
mod resume;

use std::time::{Duration, Instant};

use jiff::{Timestamp, civil};

use self::naming::Naming;
use self::protect::Span;
use super::packet_reader::PacketReader;
use super::rules::{FLUSH, Intent, Rules, SYNC, TickAction};
use crate::backoff::Backoff;
use crate::clock::{WallClock, phase_of};
use crate::error::Error;
use crate::events::{Note, RecorderEvent, RecorderHandler, Trouble};
use crate::ledger::Ledger;
use crate::ledger::chain::NamedSegment;
use crate::ledger::timeline::Timeline;
use crate::reader::live::LiveWriter;
use crate::system::RecorderSystem;
use crate::writer::segment::{SegmentSettings, SegmentWriter};
use crate::{Cause, Doubts, RecorderStatus};
use camwall_media::{Keep, Subscription};

/// How long the packets that still wait may take to be written at the end.
const FINISH_TIMEOUT: Duration = Duration::from_secs(3);

/// What happens to a recording.
pub enum Event {
    /// To open the folder and take up what an earlier run left behind, before anything is wished.
    Open,
    /// Whether to record, and that nothing that arrived before is recorded by that wish.
    Intend(Intent, Option<Instant>),
    /// From where packets come; none while the camera is not connected for it.
    Source(Option<Subscription>),
    /// Packets may have come.
    Read,
    /// Time passes.
    Tick,
    /// The protect key.
    Protect,
    /// Files of the same camera in the same place are to be others, and as much is to be kept in memory; the
    /// span is the pre-roll.
    Reconfigure(SegmentSettings, Keep),
    /// The program ends.
    Finish,
}

/// The state machine.
pub struct Writer<S: RecorderSystem> {
    settings: SegmentSettings,
    system: S,
    handler: RecorderHandler,
    timeline: Timeline<S::Disk>,
    /// From where packets come; snapshots are taken from it.
    pub packets: PacketReader,
    /// Told what is in the open file, for those who read it meanwhile.
    pub live: LiveWriter,
    rules: Rules,
    /// No file begins with a packet that arrived before.
    not_before: Option<Instant>,
    /// When a file is begun with what came, although the order of its pictures is not clear yet.
    begin_at: Option<Instant>,
    /// Whether reading was broken off, to look at the clock.
    unfinished: bool,
    /// Since when the folder is open.
    opened: Option<Instant>,
    /// When it is looked next for what rings no bell.
    look_at: Instant,
    /// When a ledger that could not be read is tried again.
    unread: Option<Backoff>,
    /// When an earlier run was killed that was to record it.
    interrupted: Option<Timestamp>,
    segment: Option<SegmentWriter<S::Disk>>,
    /// The one before it, unless that is protected, and its end; for the protect key.
    previous: Option<(NamedSegment, Timestamp)>,
    /// What that marks.
    span: Span,
    naming: Naming,
    /// A day, and the latest start of a file that its ledger tells of.
    told_until: (civil::Date, Timestamp),
    warned_sound: bool,
}

impl<S: RecorderSystem> Writer<S> {
    /// Nothing is touched before the first event.
    pub fn new(
        settings: SegmentSettings,
        system: S,
        handler: RecorderHandler,
        packets: PacketReader,
    ) -> Self {
        let now = system.now();
        let (disk, at) = (system.disk().clone(), now.instant());
        let phase = phase_of(&settings.id, SYNC);
        let ledger = Ledger::new(disk, system.archive(), &settings.id, &settings.folder);
        Self {
            timeline: Timeline::new(ledger),
            settings,
            system,
            handler,
            packets,
            live: LiveWriter::default(),
            rules: Rules::new(now, phase),
            not_before: None,
            begin_at: None,
            unfinished: false,
            opened: None,
            look_at: at,
            unread: None,
            interrupted: None,
            segment: None,
            previous: None,
            span: Span::default(),
            naming: Naming::new(at),
            told_until: (civil::Date::MIN, Timestamp::MAX),
            warned_sound: false,
        }
    }

    /// Does what an event at `now` calls for; what to tell the operator.
    pub fn step(&mut self, event: Event, now: &WallClock) -> Option<Note> {
        let mut note = None;
        match event {
            Event::Open => self.open(),
            Event::Source(source) => self.connect(source),
            Event::Intend(intent, not_before) => self.intend(intent, not_before, now),
            Event::Read => self.read(now.instant() + FLUSH),
            Event::Tick => self.tick(now),
            Event::Reconfigure(settings, keep) => self.reconfigure(settings, keep),
            Event::Protect => note = Some(self.toggle_protection(now)),
            Event::Finish => self.finish(now),
        }
        if self.segment.is_none() && !self.rules.may_try(self.system.now().instant()) {
            self.packets.park();
        }
        note
    }

    /// Takes over what another wall file says. A file that would be another ends with the next key frame,
    /// which begins one as it is to be.
    fn reconfigure(&mut self, settings: SegmentSettings, keep: Keep) {
        if !settings.makes_files_like(&self.settings)
            && let Some(segment) = &mut self.segment
        {
            segment.end_soon();
        }
        self.settings = settings;
        self.packets.keep(keep);
    }

    /// Begins or ends the recording. What came before the wish is recorded by the wish before.
    fn intend(&mut self, intent: Intent, not_before: Option<Instant>, now: &WallClock) {
        let patience = if intent == Intent::On { FLUSH } else { FINISH_TIMEOUT };
        self.read(now.instant() + patience);
        self.not_before = not_before;
        if !self.rules.intend(intent, now.instant()) {
            return;
        }
        match intent {
            Intent::On => {
                self.forget_old();
                self.open();
                self.read(self.system.now().instant() + FLUSH);
            }
            Intent::Off(cause) if self.segment.is_some() => self.end(cause),
            Intent::Off(cause) => self.timeline.not_wanted(cause, now),
        }
    }

    /// Does what is due.
    fn tick(&mut self, now: &WallClock) {
        let (link, behind) = (self.packets.connection(), self.packets.is_behind());
        let at = now.instant();
        self.look_after(at);
        let (system, open) = (&self.system, self.segment.is_some());
        let ready = || system.ready(&self.settings.folder);
        match self.rules.tick(link, behind, open, ready, at) {
            TickAction::Nothing => {}
            TickAction::Flush => {
                self.save(SegmentWriter::flush);
            }
            TickAction::Sync => {
                if let Some(bytes) = self.save(SegmentWriter::sync) {
                    self.system.wrote(&self.settings.folder, bytes);
                }
            }
            TickAction::End(cause) => self.end(cause),
            TickAction::Wait => {
                let cause = self.waiting_for();
                self.timeline.watch(cause, now);
            }
        }
        self.tell_released();
    }

    /// Whether the folder was opened, whatever is found there.
    pub fn is_opened(&self) -> bool {
        self.opened.is_some()
    }

    /// Whether a file is open.
    pub fn is_recording(&self) -> bool {
        self.segment.is_some()
    }

    /// The state of the recording, with the cause of a fault that may be none yet.
    pub fn status(&self, now: &WallClock) -> RecorderStatus {
        let wanted = self.rules.wanted();
        let moving = self.segment.as_ref().filter(|_| self.rules.moving(now.instant()));
        RecorderStatus {
            wanted,
            writing: moving.is_some_and(|segment| segment.synced() > 0),
            fault: (wanted && moving.is_none()).then(|| self.waiting_for()),
            kept: self.span.on,
            interrupted: self.interrupted,
            doubts: Doubts::default(),
        }
    }

    /// Flushes or syncs the open segment; none where that fails.
    fn save<T>(
        &mut self,
        how: impl FnOnce(&mut SegmentWriter<S::Disk>) -> Result<T, Error>,
    ) -> Option<T> {
        let saved = how(self.segment.as_mut()?);
        let saved = saved.map_err(|failure| self.abort_segment(failure)).ok()?;
        self.live.flushed();
        Some(saved)
    }

    fn tell(&self, what: Trouble, error: &Error) {
        (self.handler)(RecorderEvent::Told { what, camera: &self.settings.id, error });
    }

    /// What a recording that is wanted waits for.
    fn waiting_for(&self) -> Cause {
        self.rules.waiting_for(|| self.system.ready(&self.settings.folder))
    }
}
