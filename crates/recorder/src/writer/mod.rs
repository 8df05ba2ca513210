//! A camera's recorder as the rest of the program sees it, and its thread.
//!
//! Owns the thread `ID.record`, which alone touches the camera's files. Whoever holds the
//! [`Recorder`] never waits for it: wishes are stored or queued, the status is read. Policies:
//! - the thread sleeps until something is to be done: it is rung for, or a time comes that its rules
//!   know beforehand; a recorder that is off sleeps for ever;
//! - it says when it goes to work and when that is done; where it does not come back from the disk, REC
//!   is no longer lit;
//! - a panic costs the file its trailer, which is repaired, and no more; one that comes again and again
//!   is given longer and longer pauses;
//! - at the end of the program what still is on its way from the camera is waited for, a moment; what
//!   waits then is written for at most three seconds, and the file is finished.

pub(crate) mod packet_reader;
pub(crate) mod rules;
pub(crate) mod segment;
pub(crate) mod snapshot;
pub(crate) mod stall_detector;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod system;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, never, select};
use jiff::Timestamp;

use self::segment::SegmentSettings;
use super::keeper::storage::lazy::LazyStorage;

use self::packet_reader::PacketReader;
use self::rules::Intent;
use self::snapshot::SnapshotTaker;
use self::state::{Event, Writer, WriterStatus};
use self::status::PublishedStatus;
use self::system::RealSystem;
use super::clock::WallClock;
use super::events::{Note, RecorderEvent, RecorderHandler};
use super::{Cause, RecorderStatus};
use camwall_media::{BestEffort, Keep, Subscription};

/// Orders that may wait.
const COMMANDS: usize = 8;
/// Words to the operator that may wait.
const NOTES: usize = 4;
/// At the end, nothing more is on its way when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(100);
/// How long that is waited for at most: a camera never ceases to send.
const LAST_WAIT: Duration = Duration::from_millis(300);
/// The pause after a panic, which doubles where the next follows within [`SOUND`], up to [`SOUND`].
const BREATH: Duration = Duration::from_secs(1);
/// The longest pause after a panic, and how long without one makes the next the first again.
const SOUND: Duration = Duration::from_secs(60);

/// What a recorder is made for.
#[derive(Clone, Debug)]
pub struct RecorderSpec {
    /// What all segments have in common.
    pub settings: SegmentSettings,
    /// How far back a recording begins.
    pub pre_roll: Duration,
    /// Bytes that its feed may keep for it: the pre-roll, and what waits for the disk.
    pub memory: usize,
    /// Whether to open the folder at once and finish what an earlier run left there, rather than
    /// when something is to be recorded.
    pub eager: bool,
}

/// What to do.
enum Command {
    Source(Option<Subscription>),
    Protect,
    TakeSnapshot,
}

/// What the thread is woken for.
enum Wake {
    /// To look at wish, packets and clock.
    Work,
    /// An order.
    Command(Command),
    /// A snapshot is done, with what to tell the operator.
    Snapshot(Option<Note>),
    /// Nobody is there any more who could want anything.
    HolderGone,
}

/// What the thread and its holder share.
struct RecorderShared {
    published: PublishedStatus,
    /// None until told.
    intent: Option<Intent>,
    /// Nothing that arrived before is recorded.
    not_before: Option<Instant>,
    finish: bool,
}

/// One camera's recorder.
pub struct Recorder {
    id: Arc<str>,
    folder: String,
    storage: Arc<LazyStorage>,
    keep: Keep,
    commands: Sender<Command>,
    /// Rung when the wish is another, or when it is to finish.
    bell: Sender<()>,
    shared: Arc<Mutex<RecorderShared>>,
    notes: Receiver<Note>,
    /// Hung up by the thread when it ends.
    alive: Receiver<()>,
}

impl Recorder {
    /// Starts the thread; never blocks. It calls `handler`, and so does a snapshot's thread.
    pub fn open(
        spec: RecorderSpec,
        storage: Arc<LazyStorage>,
        handler: RecorderHandler,
    ) -> std::io::Result<Self> {
        let id = spec.settings.id.clone();
        let keep = Keep { span: spec.pre_roll, bytes: spec.memory };
        let (commands, received) = bounded(COMMANDS);
        let (bell, rung) = bounded(1);
        let (send_notes, notes) = bounded(NOTES);
        let (hold, alive) = bounded::<()>(0);
        let shared = Arc::new(Mutex::new(RecorderShared {
            published: PublishedStatus::new(Instant::now()),
            intent: None,
            not_before: None,
            finish: false,
        }));
        let folder = spec.settings.folder.clone();
        let worker = Worker {
            spec,
            storage: storage.clone(),
            handler,
            commands: received,
            rung,
            notes: send_notes,
            shared: shared.clone(),
        };
        let name = camwall_media::thread_name(&id, "record");
        std::thread::Builder::new().name(name).spawn(move || {
            worker.run();
            drop(hold);
        })?;
        Ok(Self { id, folder, storage, keep, commands, bell, shared, notes, alive })
    }

    /// What a feed is to keep for it, to subscribe with.
    #[must_use]
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// From where packets come; none while the camera is not connected for it.
    pub fn connect(&self, source: Option<Subscription>) -> bool {
        self.send(Command::Source(source))
    }

    /// Whether to record, and if not, why. Nothing that arrived before `not_before` is recorded then,
    /// however far the pre-roll reaches.
    pub fn set_intent(&self, intent: Intent, not_before: Option<Instant>) {
        let mut shared = self.lock();
        (shared.intent, shared.not_before) = (Some(intent), not_before);
        drop(shared);
        self.ring();
    }

    /// Protects what is being recorded, or releases it.
    pub fn protect(&self) -> bool {
        self.send(Command::Protect)
    }

    /// Saves the newest picture in full source resolution.
    pub fn snapshot(&self) -> bool {
        self.send(Command::TakeSnapshot)
    }

    /// Something to tell the operator, if there is.
    pub fn note(&self) -> Option<Note> {
        self.notes.try_recv().ok()
    }

    /// When an earlier run of the program was killed that was recording the camera: up to when it is
    /// recorded. Known a moment after the start.
    pub fn was_interrupted(&self) -> Option<Timestamp> {
        self.lock().published.interrupted()
    }

    /// The state of the recording, at this instant.
    pub fn status(&self) -> RecorderStatus {
        let now = Instant::now();
        let shared = self.lock();
        let status = shared.published.read(shared.intent, now);
        RecorderStatus { doubts: self.storage.doubts(&self.folder), ..status }
    }

    /// Tells the thread to finish its file and end; returns at once.
    pub fn finish(&self) {
        self.lock().finish = true;
        self.ring();
    }

    /// Whether its thread has ended.
    #[cfg(test)]
    fn is_over(&self) -> bool {
        self.alive.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected)
    }

    /// Waits for the thread's end until `deadline`; false if it hangs on the disk.
    pub fn close(self, deadline: Instant) -> bool {
        let ended = self.alive.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected);
        if !ended {
            let id = &self.id;
            tracing::error!("{id}: the recording could not be finished: the disk does not answer");
        }
        ended
    }

    fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    fn ring(&self) {
        // Where it is full the thread was rung for already.
        self.bell.try_send(()).best_effort();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RecorderShared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread works with.
struct Worker {
    spec: RecorderSpec,
    storage: Arc<LazyStorage>,
    handler: RecorderHandler,
    commands: Receiver<Command>,
    rung: Receiver<()>,
    notes: Sender<Note>,
    shared: Arc<Mutex<RecorderShared>>,
}

impl Worker {
    /// The thread's whole life.
    fn run(self) {
        let id = self.spec.settings.id.clone();
        let _scope = camwall_media::log_scope(id.clone());
        let mut writer = self.writer(PacketReader::new(self.spec.pre_roll));
        let mut pause = BREATH;
        loop {
            let began = Instant::now();
            let turns = catch_unwind(AssertUnwindSafe(|| self.session(&mut writer)));
            match turns {
                Ok(()) => return,
                Err(panic) => {
                    let detail = camwall_media::panic_message(&*panic);
                    tracing::error!("{id}: the recorder panicked and begins anew: {detail}");
                    let nothing = PacketReader::new(self.spec.pre_roll);
                    let mut packets = std::mem::replace(&mut writer.packets, nothing);
                    packets.forget();
                    writer = self.writer(packets);
                    self.publish_panic();
                    let again = began.elapsed() < SOUND;
                    pause = if again { pause } else { BREATH };
                    if !self.rest(pause) {
                        return;
                    }
                    pause = (pause * 2).min(SOUND);
                }
            }
        }
    }

    /// Says that nothing is recorded because of a mistake; whoever listens may make another.
    fn publish_panic(&self) {
        let status = WriterStatus {
            wanted: true,
            writing: false,
            cause: Some(Cause::Internal),
            ..WriterStatus::default()
        };
        if catch_unwind(AssertUnwindSafe(|| self.publish(status))).is_err() {
            tracing::error!("{}: the recorder's handler panicked", self.spec.settings.id);
        }
    }

    /// Waits for so long; false where it is to finish. What is ordered meanwhile waits.
    fn rest(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            if self.lock().finish {
                return false;
            }
            match self.rung.recv_deadline(until) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn writer(&self, packets: PacketReader) -> Writer<RealSystem> {
        let (settings, handler) = (self.spec.settings.clone(), self.handler.clone());
        let system = RealSystem { storage: self.storage.clone() };
        Writer::new(settings, system, handler, packets)
    }

    /// Records until told to finish.
    fn session(&self, writer: &mut Writer<RealSystem>) {
        let system = RealSystem { storage: self.storage.clone() };
        let mut snapshots = SnapshotTaker::new(system, &self.spec.settings, self.handler.clone());
        let mut wish = None;
        self.lock().published.busy(Instant::now());
        if self.spec.eager {
            self.step(writer, Event::Open);
        }
        loop {
            let (intent, not_before, finish) = {
                let shared = self.lock();
                (shared.intent, shared.not_before, shared.finish)
            };
            if finish {
                break;
            }
            if let Some(intent) = intent.filter(|intent| wish != Some((*intent, not_before))) {
                wish = Some((intent, not_before));
                self.step(writer, Event::Intend(intent, not_before));
            }
            self.step(writer, Event::Read);
            self.step(writer, Event::Tick);
            let now = Instant::now();
            if let Some(note) = snapshots.tick(|| writer.packets.newest_gop(), now) {
                self.send_note(note);
            }
            self.publish(writer.status(&WallClock::now()));
            let command = self.sleep(writer, &snapshots);
            self.lock().published.busy(Instant::now());
            match command {
                Wake::Work => {}
                Wake::Command(Command::Source(new)) => self.step(writer, Event::Source(new)),
                Wake::Command(Command::Protect) => self.step(writer, Event::Protect),
                Wake::Command(Command::TakeSnapshot) => snapshots.ask(Instant::now()),
                Wake::Snapshot(note) => self.send_note(snapshots.finished(note)),
                Wake::HolderGone => break,
            }
        }
        self.read_on(writer);
        self.step(writer, Event::Finish);
        self.publish(writer.status(&WallClock::now()));
    }

    /// Reads until nothing more comes, into the file that is open.
    fn read_on(&self, writer: &mut Writer<RealSystem>) {
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

    /// Waits until something is to be done.
    fn sleep(&self, writer: &Writer<RealSystem>, snapshots: &SnapshotTaker<RealSystem>) -> Wake {
        let (nothing, no_note) = (never(), never());
        let now = Instant::now();
        let due = writer.next_due(now).into_iter().chain(snapshots.next_due(now)).min();
        // The longest there is, is for ever.
        let time = due.map_or(Duration::MAX, |due| due.saturating_duration_since(now));
        select! {
            recv(self.commands) -> command => command.map_or(Wake::HolderGone, Wake::Command),
            // Hung up with the commands.
            recv(self.rung) -> rung => rung.map_or(Wake::HolderGone, |()| Wake::Work),
            // What it is, or that nothing follows, is found where it is read.
            recv(writer.bell(now).unwrap_or(&nothing)) -> _rung => Wake::Work,
            recv(snapshots.done().unwrap_or(&no_note)) -> note => Wake::Snapshot(note.ok()),
            default(time) => Wake::Work,
        }
    }

    /// Hands an event to the state machine, with the time of now.
    fn step(&self, writer: &mut Writer<RealSystem>, event: Event) {
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
    fn publish(&self, status: WriterStatus) {
        let changed = self.lock().published.publish(status, Instant::now());
        if changed {
            (self.handler)(RecorderEvent::Changed);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RecorderShared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
