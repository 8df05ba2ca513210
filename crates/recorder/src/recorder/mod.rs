//! A camera's recorder as the rest of the program sees it, and its thread.
//!
//! Owns the thread `ID.record`, which alone touches the camera's files. Whoever holds the
//! [`Recorder`] never waits for it: wishes are stored or queued, the status is read. Policies:
//! - the thread proves by its heartbeat that the disk answers; without one, REC is no longer lit;
//! - a panic costs the file its trailer, which is repaired, and no more;
//! - at the end of the program what still waits is written for at most [`FINISH_TIMEOUT`], and then the
//!   file is finished.

pub(crate) mod prebuffer;
pub(crate) mod rules;
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

use self::prebuffer::Prebuffer;
use super::segment::SegmentSettings;
use super::storage::lazy::LazyStorage;

use self::rules::Intent;
use self::state::{Event, Writer, WriterStatus};
use self::status::PublishedStatus;
use self::system::RealSystem;
use super::clock::WallClock;
use super::events::{Note, RecorderEvent, RecorderHandler};
use super::{Cause, RecorderStatus};
use camwall_media::{BestEffort, ByteQuota, ConnectionState, Subscription};

/// How often the thread looks at the clock when no packets come.
const TICK: Duration = Duration::from_millis(100);
/// How long the packets that still wait may take to be written at the end.
const FINISH_TIMEOUT: Duration = Duration::from_secs(3);
/// Orders that may wait.
const COMMANDS: usize = 8;
/// Words to the operator that may wait.
const NOTES: usize = 4;

/// What a recorder is made for.
#[derive(Clone, Debug)]
pub struct RecorderSpec {
    /// What all segments have in common.
    pub settings: SegmentSettings,
    /// How far back a recording begins.
    pub pre_roll: Duration,
    /// Bytes it may hold: pre-roll and queue together.
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

/// What the thread and its holder share.
struct RecorderShared {
    published: PublishedStatus,
    /// None until told.
    intent: Option<Intent>,
    finish: bool,
}

/// One camera's recorder.
pub struct Recorder {
    id: Arc<str>,
    budget: Arc<ByteQuota>,
    commands: Sender<Command>,
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
        let (commands, received) = bounded(COMMANDS);
        let (send_notes, notes) = bounded(NOTES);
        let (hold, alive) = bounded::<()>(0);
        let shared = Arc::new(Mutex::new(RecorderShared {
            published: PublishedStatus::new(Instant::now()),
            intent: None,
            finish: false,
        }));
        let worker = Worker {
            spec,
            storage,
            handler,
            commands: received,
            notes: send_notes,
            shared: shared.clone(),
        };
        let budget = ByteQuota::new(worker.spec.memory);
        let name = camwall_media::thread_name(&id, "record");
        std::thread::Builder::new().name(name).spawn(move || {
            worker.run();
            drop(hold);
        })?;
        Ok(Self { id, budget, commands, shared, notes, alive })
    }

    /// The bound to subscribe with.
    #[must_use]
    pub fn budget(&self) -> &Arc<ByteQuota> {
        &self.budget
    }

    /// From where packets come; none while the camera is not connected for it.
    pub fn connect(&self, source: Option<Subscription>) -> bool {
        self.send(Command::Source(source))
    }

    /// Whether to record, and if not, why.
    pub fn set_intent(&self, intent: Intent) {
        self.lock().intent = Some(intent);
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

    /// Whether the camera was being recorded when an earlier run of the program was killed. Known
    /// a moment after the start.
    pub fn was_interrupted(&self) -> bool {
        self.lock().published.interrupted()
    }

    /// The state of the recording, at this instant.
    pub fn status(&self) -> RecorderStatus {
        let now = Instant::now();
        let shared = self.lock();
        shared.published.read(shared.intent, now)
    }

    /// Tells the thread to finish its file and end; returns at once.
    pub fn finish(&self) {
        self.lock().finish = true;
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
    notes: Sender<Note>,
    shared: Arc<Mutex<RecorderShared>>,
}

impl Worker {
    /// The thread's whole life.
    fn run(self) {
        let id = self.spec.settings.id.clone();
        let _scope = camwall_media::log_scope(id.clone());
        let mut source = None;
        loop {
            let turn = catch_unwind(AssertUnwindSafe(|| self.session(&mut source)));
            match turn {
                Ok(()) => return,
                Err(panic) => {
                    let detail = camwall_media::panic_message(&*panic);
                    tracing::error!("{id}: the recorder panicked and begins anew: {detail}");
                    self.publish(WriterStatus {
                        wanted: true,
                        writing: false,
                        cause: Some(Cause::Internal),
                        ..WriterStatus::default()
                    });
                }
            }
        }
    }

    /// Records until told to finish.
    fn session(&self, source: &mut Option<Subscription>) {
        // Half of the memory for what was, so that the queue always has the other.
        let prebuffer = Prebuffer::new(self.spec.pre_roll, self.spec.memory / 2);
        let (settings, handler) = (self.spec.settings.clone(), self.handler.clone());
        let system = RealSystem { storage: self.storage.clone() };
        let mut writer = Writer::new(settings, system, handler, prebuffer);
        if self.spec.eager {
            self.step(&mut writer, Event::Open);
        }
        let mut due = Instant::now();
        let mut snapshots = snapshot::SnapshotTaker::new(&self.spec.settings, self.handler.clone());
        loop {
            let packets = source.as_ref().map_or_else(never, |source| source.packets.clone());
            select! {
                recv(self.commands) -> command => match command {
                    Ok(Command::Source(new)) => *source = new,
                    Ok(Command::Protect) => self.step(&mut writer, Event::Protect),
                    Ok(Command::TakeSnapshot) => snapshots.ask(Instant::now()),
                    Err(_holder_gone) => break,
                },
                recv(packets) -> packet => match packet {
                    Ok(packet) => self.step(&mut writer, Event::Packet(packet)),
                    Err(_hung_up) => *source = None,
                },
                default(TICK) => {}
            }
            if Instant::now() >= due {
                due = Instant::now() + TICK;
                let (intent, finish) = {
                    let shared = self.lock();
                    (shared.intent, shared.finish)
                };
                if finish {
                    break;
                }
                if let Some(intent) = intent {
                    self.step(&mut writer, Event::Intend(intent));
                }
                let link =
                    source.as_ref().map_or(ConnectionState::Connecting, Subscription::connection);
                let behind = source.as_ref().is_some_and(|source| !source.packets.is_empty());
                self.step(&mut writer, Event::Tick { link, behind });
                if let Some(note) = snapshots.tick(&writer.prebuffer, Instant::now()) {
                    self.send_note(note);
                }
                self.publish(writer.status(&WallClock::now()));
            }
        }
        self.drain(source.as_ref(), &mut writer);
        self.step(&mut writer, Event::Finish);
        self.publish(writer.status(&WallClock::now()));
    }

    /// Writes what still waits.
    fn drain(&self, source: Option<&Subscription>, writer: &mut Writer<RealSystem>) {
        let Some(source) = source else { return };
        let until = Instant::now() + FINISH_TIMEOUT;
        for packet in source.packets.try_iter().take_while(|_| Instant::now() < until) {
            self.step(writer, Event::Packet(packet));
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
