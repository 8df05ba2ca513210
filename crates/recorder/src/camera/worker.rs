//! The thread `ID.record`.
//!
//! Policies:
//! - it sleeps until something is to be done: it is rung for, or a time comes that its rules know
//!   beforehand; a recorder that is off sleeps for ever, but for a look each minute whether there is a folder
//!   of the camera's, where none was yet: its disk may be mounted late, and a kill have interrupted it;
//! - it says when it goes to work and when that is done; where it does not come back from the disk, REC
//!   is no longer lit;
//! - a panic costs the file its trailer, which is repaired, and no more; one that comes again and again
//!   is given longer and longer pauses;
//! - at the end of the program what still is on its way from the camera is waited for, a moment; what
//!   waits then is written for at most three seconds, and the file is finished; files that are being mended
//!   are waited for as well, and so is a snapshot that was asked for: two seconds at most.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, never, select};

use super::snapshot::SnapshotTaker;
use super::status::PublishedStatus;
use super::{Command, RecorderSpec};
use crate::backoff::Backoff;
use crate::clock::WallClock;
use crate::events::{Note, RecorderEvent, RecorderHandler};
use crate::keeper::storage::{Storage, StorageShared};
use crate::reader::live::{LiveEnd, LiveWriter};
use crate::writer::packet_reader::PacketReader;
use crate::writer::rules::Intent;
use crate::writer::segment::SegmentSettings;
use crate::writer::state::{Event, Writer};
use crate::{Cause, RecorderStatus};
use camwall_media::BestEffort;

/// At the end, nothing more is on its way when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(100);
/// How long that is waited for at most: a camera never ceases to send.
const LAST_WAIT: Duration = Duration::from_millis(300);
/// How long files that are being mended, and snapshots, are waited for at the end, and how often is looked
/// for them.
const LAST_WORK: Duration = Duration::from_secs(2);
const LAST_LOOK: Duration = Duration::from_millis(20);
/// How long without a panic makes the next the first again, after which the pause is short.
const SOUND: Duration = Duration::from_secs(60);

/// What it records into.
type System = Arc<StorageShared>;
type Snapshots = SnapshotTaker<System>;

/// What the thread works with.
pub(super) struct Worker {
    pub spec: RecorderSpec,
    pub storage: Arc<Storage>,
    pub handler: RecorderHandler,
    pub commands: Receiver<Command>,
    /// Orders that came while it rested after a panic.
    pub waiting: VecDeque<Command>,
    /// What was wished last.
    pub wish: Option<(Intent, Option<Instant>)>,
    /// When it is looked next whether the camera was ever recorded, while nobody opened the folder.
    pub look: Backoff,
    pub notes: Sender<Note>,
    pub status: Arc<Mutex<PublishedStatus>>,
    pub live: LiveEnd,
}

impl Worker {
    /// The thread's whole life.
    pub fn run(mut self) {
        let id = self.spec.settings.id.clone();
        let _scope = camwall_media::log_scope(id.clone());
        let mut writer = self.writer(PacketReader::new(self.spec.keep.span));
        let mut again = Backoff::new(Instant::now());
        loop {
            let began = Instant::now();
            let turns = catch_unwind(AssertUnwindSafe(|| self.session(&mut writer)));
            match turns {
                Ok(()) => return,
                Err(panic) => {
                    let detail = camwall_media::panic_message(&*panic);
                    tracing::error!("{id}: the recorder panicked and begins anew: {detail}");
                    let nothing = PacketReader::new(self.spec.keep.span);
                    let mut packets = std::mem::replace(&mut writer.packets, nothing);
                    packets.forget();
                    writer = self.writer(packets);
                    self.publish_panic();
                    let now = Instant::now();
                    if began.elapsed() > SOUND {
                        again = Backoff::new(now);
                    }
                    again.failed(now);
                    if !self.rest(again.at) {
                        return;
                    }
                }
            }
        }
    }

    /// Says that nothing is recorded because of a mistake; whoever listens may make another.
    fn publish_panic(&self) {
        let fault = Some(Cause::Internal);
        let status = RecorderStatus { wanted: true, fault, ..RecorderStatus::default() };
        if catch_unwind(AssertUnwindSafe(|| self.publish(status))).is_err() {
            tracing::error!("{}: the recorder's handler panicked", self.spec.settings.id);
        }
    }

    /// Waits until then; false where it is to finish. What is ordered meanwhile waits.
    fn rest(&mut self, until: Instant) -> bool {
        loop {
            match self.commands.recv_deadline(until) {
                Ok(command) => self.waiting.push_back(command),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn writer(&self, packets: PacketReader) -> Writer<System> {
        let (settings, handler) = (self.spec.settings.clone(), self.handler.clone());
        let mut writer = Writer::new(settings, self.storage.system(), handler, packets);
        writer.live = LiveWriter::new(self.live.clone());
        writer
    }

    /// Records until told to finish.
    fn session(&mut self, writer: &mut Writer<System>) {
        let system = self.storage.system();
        let (settings, handler) = (self.spec.settings.clone(), self.handler.clone());
        let mut snapshots = Snapshots::new(system, settings, handler);
        self.lock().busy(Instant::now());
        if let Some((intent, not_before)) = self.wish {
            self.step(writer, Event::Intend(intent, not_before));
        }
        loop {
            self.look_for_folder(writer);
            self.step(writer, Event::Read);
            self.step(writer, Event::Tick);
            let now = Instant::now();
            if let Some(note) = snapshots.tick(|| writer.packets.newest_gop(), now, false) {
                self.send_note(note);
            }
            self.publish(writer.status(&WallClock::now()));
            let command = self.waiting.pop_front().or_else(|| self.sleep(writer, &snapshots));
            self.lock().busy(Instant::now());
            match command {
                None => break,
                Some(Command::Look) => {}
                Some(Command::Step(event)) => {
                    self.remember(&event);
                    self.step(writer, event);
                }
                Some(Command::TakeSnapshot) => {
                    self.storage.open();
                    snapshots.ask(Instant::now());
                }
            }
        }
        self.read_on(writer);
        self.step(writer, Event::Finish);
        self.wait_for_last_work(writer, &mut snapshots);
        writer.say_rest();
        self.publish(writer.status(&WallClock::now()));
    }

    /// What is being mended has its name in a moment, while the disk answers; and what was to be a snapshot
    /// becomes one, or never will.
    fn wait_for_last_work(&self, writer: &mut Writer<System>, snapshots: &mut Snapshots) {
        let until = Instant::now() + LAST_WORK;
        loop {
            let newest_gop = || writer.packets.newest_gop();
            let note = snapshots.tick(newest_gop, Instant::now(), true);
            let (busy, late) = (snapshots.is_busy(), Instant::now() >= until);
            let note = note.or_else(|| if late { snapshots.give_up() } else { None });
            note.into_iter().for_each(|note| self.send_note(note));
            if late || !(busy || writer.awaits_mends()) {
                return;
            }
            std::thread::sleep(LAST_LOOK);
            writer.settle_rest();
        }
    }

    /// Opens the folder, if nobody did yet, where that is asked for or the camera was recorded before.
    fn look_for_folder(&mut self, writer: &mut Writer<System>) {
        let now = Instant::now();
        if writer.is_opened() || now < self.look.at {
            return;
        }
        let SegmentSettings { root, folder, .. } = &self.spec.settings;
        if self.spec.eager || root.join(folder).is_dir() {
            self.step(writer, Event::Open);
        } else {
            self.look.failed(now);
        }
    }

    /// Keeps what a writer that begins anew after a panic must know.
    fn remember(&mut self, event: &Event) {
        match event {
            Event::Intend(intent, not_before) => self.wish = Some((*intent, *not_before)),
            Event::Reconfigure(settings, keep) => {
                self.spec.settings = settings.clone();
                self.spec.keep = *keep;
            }
            _ => {}
        }
    }

    /// Reads until nothing more comes, into the file that is open.
    fn read_on(&self, writer: &mut Writer<System>) {
        let until = Instant::now() + LAST_WAIT;
        while writer.is_recording() {
            self.step(writer, Event::Read);
            let quiet = Instant::now() + QUIET;
            let Some(bell) = writer.packets.bell() else { return };
            if quiet.min(until) <= Instant::now() || bell.recv_deadline(quiet.min(until)).is_err() {
                return;
            }
        }
    }

    /// Waits until something is to be done; none where it is to finish.
    fn sleep(&self, writer: &Writer<System>, snapshots: &Snapshots) -> Option<Command> {
        let nothing = never();
        let now = Instant::now();
        let look = (!writer.is_opened()).then_some(self.look.at);
        let dues = writer.next_due(now).into_iter().chain(snapshots.next_due(now));
        let due = dues.chain(look).min();
        // The longest there is, is for ever.
        let time = due.map_or(Duration::MAX, |due| due.saturating_duration_since(now));
        select! {
            recv(self.commands) -> command => command.ok(),
            // What it is, or that nothing follows, is found where it is read.
            recv(writer.bell(now).unwrap_or(&nothing)) -> _rung => Some(Command::Look),
            default(time) => Some(Command::Look),
        }
    }

    /// Hands an event to the state machine, with the time of now.
    fn step(&self, writer: &mut Writer<System>, event: Event) {
        if matches!(event, Event::Open | Event::Intend(Intent::On, _)) {
            self.storage.open();
        }
        if let Some(note) = writer.step(event, &WallClock::now()) {
            self.send_note(note);
        }
    }

    fn send_note(&self, note: Note) {
        // A word that nobody reads in time is not worth waiting for.
        self.notes.try_send(note).best_effort();
        (self.handler)(RecorderEvent::Changed);
    }

    /// Publishes the state of the recording.
    fn publish(&self, status: RecorderStatus) {
        let changed = self.lock().publish(status, Instant::now());
        if changed {
            (self.handler)(RecorderEvent::Changed);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, PublishedStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
