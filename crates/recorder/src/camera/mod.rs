//! A camera's recorder as the rest of the program sees it.
//!
//! Owns the thread `ID.record` (in `worker`), which alone touches the camera's files. Policy: whoever
//! holds the [`Recorder`] never waits for it: wishes are stored or queued, the status is read.

pub(crate) mod snapshot;
pub(crate) mod status;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use self::status::PublishedStatus;
use self::worker::Worker;
use crate::RecorderStatus;
use crate::backoff::Backoff;
use crate::events::{Note, RecorderHandler};
use crate::keeper::storage::Storage;
use crate::reader::LiveEnd;
use crate::writer::rules::Intent;
use crate::writer::segment::SegmentSettings;
use crate::writer::state::Event;
use camwall_media::{BestEffort, Keep, Subscription};

/// Orders that may wait.
const COMMANDS: usize = 8;
/// Words to the operator that may wait.
const NOTES: usize = 4;

/// What a recorder is made for.
#[derive(Clone, Debug)]
pub struct RecorderSpec {
    /// What all segments have in common.
    pub settings: SegmentSettings,
    /// What its feed is to keep for it: the span is the pre-roll, and what waits for the disk takes of the
    /// bytes as well.
    pub keep: Keep,
    /// Whether to open the folder at once and finish what an earlier run left there, rather than
    /// when something is to be recorded, or when it is seen that the camera was recorded.
    pub eager: bool,
}

/// What the thread is woken for, in the order in which it was ordered; who hangs up has it finish.
enum Command {
    /// To look at packets and clock.
    Look,
    /// Something happens to the recording.
    Step(Event),
    TakeSnapshot,
}

/// One camera's recorder.
pub struct Recorder {
    spec: RecorderSpec,
    storage: Arc<Storage>,
    /// None once it is to finish.
    commands: Option<Sender<Command>>,
    status: Arc<Mutex<PublishedStatus>>,
    live: LiveEnd,
    /// What there is to tell the operator: the next recorder of the camera goes on with it.
    notes: (Sender<Note>, Receiver<Note>),
    /// Hung up by the thread when it ends.
    alive: Receiver<()>,
}

impl Recorder {
    /// Starts the thread; never blocks. It calls `handler`, and so does a snapshot's thread. Where the camera
    /// was recorded until now, `before` is told to finish, and waited for on the new thread, so that the
    /// camera never has two writers. What is ordered meanwhile waits; what `before` has to tell the operator
    /// yet is told by this one.
    pub fn open(
        before: Option<Self>,
        spec: RecorderSpec,
        storage: Arc<Storage>,
        handler: RecorderHandler,
    ) -> std::io::Result<Self> {
        let (before, notes) = before.map(|it| (it.alive, it.notes)).unzip();
        let notes = notes.unwrap_or_else(|| bounded(NOTES));
        let (commands, received) = bounded(COMMANDS);
        let (hold, alive) = bounded::<()>(0);
        let status = Arc::new(Mutex::new(PublishedStatus::new(Instant::now())));
        let live = LiveEnd::default();
        let worker = Worker {
            spec: spec.clone(),
            storage: storage.clone(),
            handler,
            commands: received,
            waiting: VecDeque::new(),
            wish: None,
            look: Backoff::new(Instant::now()),
            notes: notes.0.clone(),
            status: status.clone(),
            live: live.clone(),
        };
        let name = camwall_media::thread_name(&spec.settings.id, "record");
        std::thread::Builder::new().name(name).spawn(move || {
            // Nothing is ever sent there.
            before.into_iter().for_each(|before| before.recv().best_effort());
            worker.run();
            drop(hold);
        })?;
        let commands = Some(commands);
        Ok(Self { spec, storage, commands, status, live, notes, alive })
    }

    /// What a feed is to keep for it, to subscribe with.
    #[must_use]
    pub fn keep(&self) -> Keep {
        self.spec.keep
    }

    /// Takes over what another wall file says: `keep` at once, `title` from the next file
    /// on; where files are to be others the next begins with the next key frame, and nothing is lost.
    /// It is the same camera, and its files stay where they are. False where it has no time to listen:
    /// then it is to be asked again.
    pub fn reconfigure(&mut self, spec: RecorderSpec) -> bool {
        let taken = self.step(Event::Reconfigure(spec.settings.clone(), spec.keep));
        if taken {
            self.spec = spec;
        }
        taken
    }

    /// From where packets come; none while the camera is not connected for it.
    pub fn connect(&self, source: Option<Subscription>) -> bool {
        self.step(Event::Source(source))
    }

    /// Whether to record, and if not, why. Nothing that arrived before `not_before` is recorded then,
    /// however far the pre-roll reaches. False where it has no time to listen: then it is to be told again.
    pub fn set_intent(&self, intent: Intent, not_before: Option<Instant>) -> bool {
        let taken = self.step(Event::Intend(intent, not_before));
        if taken {
            self.lock().wanted = intent == Intent::On;
        }
        taken
    }

    /// Protects what is being recorded, or releases it.
    pub fn protect(&self) -> bool {
        self.step(Event::Protect)
    }

    /// Saves the newest picture in full source resolution.
    pub fn snapshot(&self) -> bool {
        self.send(Command::TakeSnapshot)
    }

    /// Something to tell the operator, if there is.
    pub fn note(&self) -> Option<Note> {
        self.notes.1.try_recv().ok()
    }

    /// Where its archive goes on in memory, for those who read it.
    #[must_use]
    pub fn live_end(&self) -> LiveEnd {
        self.live.clone()
    }

    /// The state of the recording, at this instant.
    pub fn status(&self) -> RecorderStatus {
        let status = self.lock().read(Instant::now());
        RecorderStatus { doubts: self.storage.doubts(&self.spec.settings.folder), ..status }
    }

    /// Tells the thread to finish its file and end, behind what it was ordered before; returns at once.
    pub fn finish(&mut self) {
        self.commands = None;
    }

    /// Whether its thread has ended: the file is finished.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.alive.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected)
    }

    /// Waits for the thread's end until `deadline`; false if it hangs on the disk.
    pub fn close(mut self, deadline: Instant) -> bool {
        self.finish();
        let ended = self.alive.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected);
        if !ended {
            let id = &self.spec.settings.id;
            tracing::error!("{id}: the recording could not be finished: the disk does not answer");
        }
        ended
    }

    fn step(&self, event: Event) -> bool {
        self.send(Command::Step(event))
    }

    fn send(&self, command: Command) -> bool {
        self.commands.as_ref().is_some_and(|commands| commands.try_send(command).is_ok())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, PublishedStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
