//! Everything but plain RTSP, and RTSP where asked for, through FFmpeg's libavformat.
//!
//! FFmpeg's input blocks, so it has a thread of its own, `ID.demux`, which opens, reads and closes it and
//! hands packets over through a bounded channel; the feed's task waits for them. Policies:
//! - what the task does not take holds the thread up, and with it FFmpeg: that is how a file is paced;
//! - the thread is told to end and has [`CLOSE_LIMIT`] for it. One that hangs where nothing interrupts it
//!   (a name that FFmpeg looks up once more, a device, a dead disk) is left behind, and while it
//!   hangs the stream has no other input;
//! - the task trusts no deadline of FFmpeg's: it gives up [`CLOSE_LIMIT`] after the thread should have.

mod allowed;
mod front;
mod input;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use camwall_address::Scheme;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{OwnedMutexGuard, mpsc, oneshot};
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::front::Front;
use self::input::{Input, OPEN_TIMEOUT};
use super::file_pacing::FilePacer;
use super::route::Route;
use super::{ANSWER_TIMEOUT, Source, SourceContext, SourceError};
use crate::best_effort::BestEffort;
use crate::log_scope;
use crate::packet::{MediaType, Packet, StreamInfo};
use crate::thread_name::thread_name;

/// Packets on their way to the task: a quarter of a second at 60 a second, so that a task that is late by
/// less holds up nobody.
const WAITING: usize = 16;
/// How long the thread's end is waited for: FFmpeg's farewell takes 500 ms at most, and looks every 100 ms
/// whether it is to end.
const CLOSE_LIMIT: Duration = Duration::from_millis(700);

type Item = Result<Packet, SourceError>;

/// What the thread tells of an input that is open: its pictures and its sound.
type Opened = (Arc<StreamInfo>, Option<Arc<StreamInfo>>);

/// The task's end of an FFmpeg input.
pub(crate) struct LibavSource {
    packets: mpsc::Receiver<Item>,
    info: Arc<StreamInfo>,
    audio: Option<Arc<StreamInfo>>,
    /// Only for files.
    pacer: Option<FilePacer>,
    /// What is not due yet, and until when.
    held: Option<(Packet, Pin<Box<Sleep>>)>,
    context: SourceContext,
    route: Route,
    /// Whether a picture came, and when the latest did; of a file any packet.
    started: bool,
    last: Instant,
    /// Has the thread end.
    guard: DropGuard,
    ended: Ended,
}

/// Hung up by the thread when it is gone, and with it the input.
type Ended = oneshot::Receiver<()>;

/// What the task has of a thread that begins.
struct Begun {
    opened: oneshot::Receiver<Result<Opened, SourceError>>,
    packets: mpsc::Receiver<Item>,
    ended: Ended,
}

impl LibavSource {
    /// Opens the input on a thread of its own.
    pub async fn open(context: SourceContext, route: Route) -> Result<Self, SourceError> {
        let stopped = context.cancellation.clone();
        let only = timeout(ANSWER_TIMEOUT, context.spec.routes.ffmpeg().clone().lock_owned());
        let only = match stopped.run_until_cancelled(only).await {
            Some(Ok(only)) => only,
            Some(Err(_elapsed)) => {
                let step = "the end of the last input";
                return Err(SourceError::Timeout { step, after: ANSWER_TIMEOUT });
            }
            None => return Err(SourceError::Stopped),
        };
        let is_file = context.address.scheme == Scheme::File;
        let context = SourceContext { cancellation: stopped.child_token(), ..context };
        let guard = context.cancellation.clone().drop_guard();
        let front = Front::start(&context).await?;
        let Begun { opened, packets, ended } = begin(context.clone(), route, front, only)?;
        let limit = OPEN_TIMEOUT + CLOSE_LIMIT;
        match stopped.run_until_cancelled(timeout(limit, opened)).await {
            Some(Ok(Ok(Ok((info, audio))))) => {
                let pacer = is_file.then(FilePacer::default);
                let (held, started, last) = (None, false, Instant::now());
                Ok(Self {
                    packets,
                    info,
                    audio,
                    pacer,
                    held,
                    context,
                    route,
                    started,
                    last,
                    guard,
                    ended,
                })
            }
            Some(Ok(Ok(Err(error)))) => Err(error),
            Some(Ok(Err(_panicked))) => Err(gone()),
            Some(Err(_elapsed)) => Err(SourceError::Timeout { step: "opening", after: limit }),
            None => {
                end(&guard.disarm(), packets, ended).await;
                Err(SourceError::Stopped)
            }
        }
    }

    /// Hands a packet over, which may be a sign of life: sound alone is none.
    fn deliver(&mut self, packet: Packet) -> Poll<Item> {
        let picture = packet.media_type() == MediaType::Video;
        self.started |= picture;
        if picture || self.pacer.is_some() {
            self.last = Instant::now();
        }
        Poll::Ready(Ok(packet))
    }

    /// While nothing comes: whether the thread should have given up long ago.
    fn wait(&self) -> Poll<Item> {
        let after = self.context.patience(self.route, self.started);
        if self.last.elapsed() < after + CLOSE_LIMIT {
            return Poll::Pending;
        }
        Poll::Ready(Err(SourceError::Idle { after, started: self.started, over: self.route.over }))
    }

    /// Holds a file's packet back until it is due.
    fn hold(&mut self, packet: Packet) -> Option<Packet> {
        let now = Instant::now();
        let wait = self
            .pacer
            .as_mut()
            .and_then(|pacer| pacer.wait(packet.dts.or(packet.pts), packet.info.time_base, now));
        match wait {
            Some(wait) => {
                self.held = Some((packet, Box::pin(sleep(wait))));
                None
            }
            None if self.pacer.is_some() => Some(Packet { arrived: now, ..packet }),
            None => Some(packet),
        }
    }
}

impl Source for LibavSource {
    fn info(&self) -> &Arc<StreamInfo> {
        &self.info
    }

    fn audio(&self) -> Option<&Arc<StreamInfo>> {
        self.audio.as_ref()
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        loop {
            if let Some((_, due)) = &mut self.held {
                ready!(due.as_mut().poll(cx));
                if let Some((packet, _)) = self.held.take() {
                    return self.deliver(Packet { arrived: Instant::now(), ..packet });
                }
            }
            let Poll::Ready(item) = self.packets.poll_recv(cx) else { return self.wait() };
            let packet = item.unwrap_or_else(|| Err(gone()))?;
            if let Some(packet) = self.hold(packet) {
                return self.deliver(packet);
            }
        }
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        let Self { packets, guard, ended, .. } = *self;
        async move { end(&guard.disarm(), packets, ended).await }.boxed()
    }
}

/// A thread that ends without a word panicked, and said so.
fn gone() -> SourceError {
    SourceError::Internal { detail: "FFmpeg's thread panicked".to_owned() }
}

/// Starts the thread, which tells first of the input and then hands over packets; `only` is held up to
/// its end.
fn begin(
    context: SourceContext,
    route: Route,
    front: Front,
    only: OwnedMutexGuard<()>,
) -> Result<Begun, SourceError> {
    let (tells, opened) = oneshot::channel();
    let (hands_over, packets) = mpsc::channel(WAITING);
    let (ends, ended) = oneshot::channel();
    let name = thread_name(&context.spec.id, "demux");
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        // Dropped last: who waits for it may open the next input.
        let _ends = ends;
        let _only = only;
        let _scope = log_scope::scope_of(context.spec.id.clone(), context.censor());
        match Input::open(context, route, &front) {
            Ok(input) => {
                // Who waited for it may be gone, and then the first packet finds that out.
                tells.send(Ok((input.info().clone(), input.audio().cloned()))).best_effort();
                read(input, &hands_over, &front);
            }
            Err(error) => tells.send(Err(front.explain(error))).best_effort(),
        }
        front.linger();
    });
    match thread {
        Ok(_detached) => Ok(Begun { opened, packets, ended }),
        Err(error) => Err(SourceError::Internal { detail: format!("no thread: {error}") }),
    }
}

/// Hands packets over up to the input's end, or until nobody takes them.
fn read(mut input: Input, packets: &mpsc::Sender<Item>, front: &Front) {
    loop {
        let item = input.next().map_err(|error| front.explain(error));
        if item.as_ref().is_ok_and(|packet| packet.media_type() == MediaType::Video) {
            front.picture();
        }
        let over = item.is_err();
        if packets.blocking_send(item).is_err() || over {
            return;
        }
    }
}

/// Has the thread end, and waits for that.
async fn end(token: &CancellationToken, packets: mpsc::Receiver<Item>, ended: Ended) {
    token.cancel();
    // A thread that waits for room in it waits no more.
    drop(packets);
    if timeout(CLOSE_LIMIT, ended).await.is_err() {
        tracing::debug!("FFmpeg does not come back; its thread is left behind");
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::runtime::block_on;
    use crate::source::IDLE_TIMEOUT;
    use crate::source::spec::{Address, FeedSpec};

    const FILE: Route = Route { ffmpeg: true, over: None, probing: false };
    const SOON: Duration = Duration::from_secs(10);
    const SHORT: Duration = Duration::from_millis(100);

    fn context(spec: &Arc<FeedSpec>) -> SourceContext {
        SourceContext {
            address: Address::parse(&**spec).expect("a path"),
            spec: spec.clone(),
            number: None,
            cancellation: CancellationToken::new(),
            rtcp: Arc::new(|_| {}),
            patience: Arc::new(|| IDLE_TIMEOUT),
        }
    }

    #[test]
    fn a_stream_has_one_input_at_a_time_and_who_is_closed_does_not_wait_for_it() {
        crate::init();
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips/cam1-360.h264");
        let spec = Arc::new(FeedSpec::new("cam", clip));
        block_on(async {
            let first = LibavSource::open(context(&spec), FILE).await.map(Box::new);
            let mut first = first.unwrap_or_else(|error| panic!("{error}"));
            assert!(timeout(SOON, poll_fn(|cx| first.poll_next(cx))).await.expect("soon").is_ok());
            // Nobody takes packets, and the thread waits.
            sleep(SHORT).await;
            assert_eq!(first.packets.len(), WAITING);
            let second = context(&spec);
            let mut opens = Box::pin(LibavSource::open(second.clone(), FILE));
            assert!(timeout(SHORT, &mut opens).await.is_err(), "the first has it open");
            second.cancellation.cancel();
            assert!(matches!(timeout(SOON, opens).await, Ok(Err(SourceError::Stopped))));
            let opens = LibavSource::open(context(&spec), FILE);
            let (opened, ()) = timeout(SOON, async { tokio::join!(opens, first.close()) })
                .await
                .expect("it is closed");
            Box::new(opened.unwrap_or_else(|error| panic!("{error}"))).close().await;
            assert!(spec.routes.ffmpeg().try_lock().is_ok(), "the thread is gone");
        });
    }

    #[test]
    fn closing_waits_for_the_thread_and_not_for_its_packets() {
        block_on(async {
            let (hands_over, packets) = mpsc::channel(WAITING);
            let (ends, ended) = oneshot::channel();
            let gone = Arc::new(AtomicBool::new(false));
            let ending = gone.clone();
            std::thread::spawn(move || {
                drop(hands_over);
                // The farewell.
                std::thread::sleep(SHORT);
                ending.store(true, Ordering::Release);
                drop(ends);
            });
            end(&CancellationToken::new(), packets, ended).await;
            assert!(gone.load(Ordering::Acquire));
        });
    }

    #[test]
    fn a_thread_that_hangs_in_a_read_counts_as_silent() {
        crate::init();
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips/cam1-360.h264");
        let spec = Arc::new(FeedSpec::new("cam", clip));
        block_on(async {
            let source = LibavSource::open(context(&spec), FILE).await.map(Box::new);
            let mut source = source.unwrap_or_else(|error| panic!("{error}"));
            let (_hangs, none) = mpsc::channel(1);
            source.packets = none;
            let mut silent = |patience| {
                source.context.patience = Arc::new(move || patience);
                source.poll_next(&mut Context::from_waker(std::task::Waker::noop()))
            };
            assert!(silent(SOON).is_pending());
            sleep(CLOSE_LIMIT).await;
            assert!(silent(SOON).is_pending());
            let idle =
                |item: &Poll<Item>| matches!(item, Poll::Ready(Err(SourceError::Idle { .. })));
            assert!(idle(&silent(Duration::ZERO)));
        });
    }
}
