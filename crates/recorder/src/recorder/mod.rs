//! A camera's recorder as the rest of the program sees it, and its thread.
//!
//! Owns the thread `ID.record`, which alone touches the camera's files. Whoever holds the
//! [`Recorder`] never waits for it: wishes are stored or queued, the status is read. Policies:
//! - the thread proves by its heartbeat that the disk answers; without one, REC goes out;
//! - a panic costs the file its trailer, which is mended, and no more;
//! - at the end of the program what still waits is written for at most [`FAREWELL`], and then the
//!   file is finished.

pub(crate) mod clock;
pub(crate) mod prebuffer;
pub(crate) mod snapshot;
pub(crate) mod stall;
pub(crate) mod state;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, never, select};

use super::recorder::prebuffer::Ring;
use super::segment::Plan;
use super::storage::lazy::LazyVault;

use super::recorder::state::{Report, Want, Writer};
use super::{Cause, RecorderStatus};
use camwall_media as stream;
use camwall_media::{BestEffort, ByteQuota, ConnectionState, Subscription};

/// How often the thread looks at the clock when no packets come.
const TICK: Duration = Duration::from_millis(100);
/// A heartbeat older than this, and the disk hangs.
const STUCK: Duration = Duration::from_millis(2500);
/// How long a recording that was just wanted, or just broke, may take before it is a fault.
const GRACE: Duration = Duration::from_secs(3);
/// How long the packets that still wait may take to be written at the end.
const FAREWELL: Duration = Duration::from_secs(3);
/// Orders that may wait.
const ORDERS: usize = 8;
/// Words to the operator that may wait.
const NOTES: usize = 4;

/// What a recorder is made for.
#[derive(Clone, Debug)]
pub struct RecorderSpec {
    /// Where and how.
    pub plan: Plan,
    /// How far back a recording begins.
    pub pre_roll: Duration,
    /// Bytes it may hold: pre-roll and queue together.
    pub memory: usize,
    /// Whether to open the folder at once and finish what an earlier run left there, rather than
    /// when something is to be recorded.
    pub eager: bool,
}

/// What to do.
enum Order {
    Source(Option<Subscription>),
    Keep,
    Still,
}

/// What the thread and its holder share.
struct Shared {
    report: Report,
    /// When the thread last said so.
    beat: Instant,
    /// When all was well.
    well: Instant,
    /// None until told.
    want: Option<Want>,
    finish: bool,
}

/// One camera's recorder.
pub struct Recorder {
    id: Arc<str>,
    budget: Arc<ByteQuota>,
    orders: Sender<Order>,
    shared: Arc<Mutex<Shared>>,
    notes: Receiver<String>,
    /// Hung up by the thread when it ends.
    alive: Receiver<()>,
}

impl Recorder {
    /// Starts the thread; never blocks. `wake` is called from it after each change of the status.
    pub fn open(
        spec: RecorderSpec,
        vault: Arc<LazyVault>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> std::io::Result<Self> {
        let id = spec.plan.id.clone();
        let (orders, todo) = bounded(ORDERS);
        let (say, notes) = bounded(NOTES);
        let (hold, alive) = bounded::<()>(0);
        let now = Instant::now();
        let report = Report::default();
        let shared = Arc::new(Mutex::new(Shared {
            report,
            beat: now,
            well: now,
            want: None,
            finish: false,
        }));
        let worker = Worker { spec, vault, wake, orders: todo, say, shared: shared.clone() };
        let budget = ByteQuota::new(worker.spec.memory);
        let name = stream::thread_name(&id, "record");
        std::thread::Builder::new().name(name).spawn(move || {
            worker.run();
            drop(hold);
        })?;
        Ok(Self { id, budget, orders, shared, notes, alive })
    }

    /// The bound to subscribe with.
    #[must_use]
    pub fn budget(&self) -> &Arc<ByteQuota> {
        &self.budget
    }

    /// From where packets come; none while the camera is not connected for it.
    pub fn connect(&self, source: Option<Subscription>) -> bool {
        self.order(Order::Source(source))
    }

    /// Whether to record, and if not, why.
    pub fn want(&self, want: Want) {
        self.lock().want = Some(want);
    }

    /// Protects what is being recorded, or releases it.
    pub fn keep(&self) -> bool {
        self.order(Order::Keep)
    }

    /// Saves the newest picture in full source resolution.
    pub fn still(&self) -> bool {
        self.order(Order::Still)
    }

    /// Something to tell the operator, if there is.
    pub fn note(&self) -> Option<String> {
        self.notes.try_recv().ok()
    }

    /// Whether the camera was being recorded when an earlier run of the program was killed. Known
    /// a moment after the start.
    pub fn was_interrupted(&self) -> bool {
        self.lock().report.interrupted
    }

    /// How it goes, at this instant.
    pub fn status(&self) -> RecorderStatus {
        let now = Instant::now();
        let shared = self.lock();
        let report = shared.report;
        let wanted = shared.want == Some(Want::On);
        let stuck = now.saturating_duration_since(shared.beat) > STUCK;
        let writing = wanted && report.writing && !stuck;
        let late = now.saturating_duration_since(shared.well) > GRACE;
        let fault = match (wanted && !writing, stuck) {
            (false, _) => None,
            (true, true) => Some(Cause::DiskSlow),
            (true, false) => report.cause.filter(|_| late),
        };
        RecorderStatus { wanted, writing, fault, kept: report.kept }
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

    fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread works with.
struct Worker {
    spec: RecorderSpec,
    vault: Arc<LazyVault>,
    wake: Arc<dyn Fn() + Send + Sync>,
    orders: Receiver<Order>,
    say: Sender<String>,
    shared: Arc<Mutex<Shared>>,
}

impl Worker {
    /// The thread's whole life.
    fn run(self) {
        let id = self.spec.plan.id.clone();
        let _scope = stream::log_scope(id.clone());
        let mut source = None;
        loop {
            let turn = catch_unwind(AssertUnwindSafe(|| self.session(&mut source)));
            match turn {
                Ok(()) => return,
                Err(panic) => {
                    let detail = stream::panic_message(&*panic);
                    tracing::error!("{id}: the recorder panicked and begins anew: {detail}");
                    self.tell(Report {
                        wanted: true,
                        writing: false,
                        cause: Some(Cause::Internal),
                        ..Report::default()
                    });
                }
            }
        }
    }

    /// Records until told to finish.
    fn session(&self, source: &mut Option<Subscription>) {
        // Half of the memory for what was, so that the queue always has the other.
        let ring = Ring::new(self.spec.pre_roll, self.spec.memory / 2);
        let mut writer = Writer::new(self.spec.plan.clone(), self.vault.clone(), ring);
        if self.spec.eager {
            writer.open();
        }
        let mut due = Instant::now();
        let mut still = snapshot::Camera::new(&self.spec.plan);
        loop {
            let packets = source.as_ref().map_or_else(never, |source| source.packets.clone());
            select! {
                recv(self.orders) -> order => match order {
                    Ok(Order::Source(new)) => *source = new,
                    Ok(Order::Keep) => self.say(writer.keep().to_owned()),
                    Ok(Order::Still) => still.ask(),
                    Err(_holder_gone) => break,
                },
                recv(packets) -> packet => match packet {
                    Ok(packet) => writer.deliver(packet),
                    Err(_hung_up) => *source = None,
                },
                default(TICK) => {}
            }
            if Instant::now() >= due {
                due = Instant::now() + TICK;
                let (want, finish) = {
                    let shared = self.lock();
                    (shared.want, shared.finish)
                };
                if finish {
                    break;
                }
                if let Some(want) = want {
                    writer.set_want(want);
                }
                let link =
                    source.as_ref().map_or(ConnectionState::Connecting, Subscription::connection);
                let behind = source.as_ref().is_some_and(|source| !source.packets.is_empty());
                writer.tick(link, behind);
                if let Some(note) = still.tick(&writer.ring) {
                    self.say(note);
                }
                self.tell(writer.report());
            }
        }
        self.drain(source.as_ref(), &mut writer);
        writer.finish();
        self.tell(writer.report());
    }

    /// Writes what still waits.
    fn drain(&self, source: Option<&Subscription>, writer: &mut Writer) {
        let Some(source) = source else { return };
        let until = Instant::now() + FAREWELL;
        for packet in source.packets.try_iter().take_while(|_| Instant::now() < until) {
            writer.deliver(packet);
        }
    }

    fn say(&self, note: String) {
        // A word that nobody reads in time is not worth waiting for.
        self.say.try_send(note).best_effort();
        (self.wake)();
    }

    /// Says how it goes.
    fn tell(&self, report: Report) {
        let now = Instant::now();
        let changed = {
            let mut shared = self.lock();
            shared.beat = now;
            if !report.wanted || report.writing {
                shared.well = now;
            }
            std::mem::replace(&mut shared.report, report) != report
        };
        if changed {
            (self.wake)();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
