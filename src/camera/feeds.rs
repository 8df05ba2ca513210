//! A camera's main and sub stream: which are connected, which are decoded, which is on the wall.
//!
//! Main world, plain state: the systems in [`super::live`] decide. Policy: a stream is connected
//! while it is shown, about to be shown, or held for its recorder, and decoded only for the wall:
//! while somebody sees the camera, or the wall file wants it warm. What a stream showed before it
//! was hidden is forgotten, so that no old picture can look live. Its status is copied once an
//! update; all that is decided and told in that update is so by that copy.

use std::sync::Arc;

use bevy::prelude::*;

use super::stream_choice::Choice;
use super::stream_trouble::{Condition, MainTrouble, SubTrouble};
use super::waker::Waker;
use crate::camera::{LivePicture, StreamKind, Totals};
use camwall_media::{CameraShare, Feed, FeedState, FeedStatus, OutageKind, RouteMemory};

/// How each stream of a camera is reached, and what they have in common; kept while the program runs:
/// streams come and go with the size of their tile.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    main: RouteMemory,
    sub: RouteMemory,
    share: CameraShare,
}

impl Routes {
    /// What was learned of one stream.
    pub fn of(&self, kind: StreamKind) -> &RouteMemory {
        match kind {
            StreamKind::Main => &self.main,
            StreamKind::Sub => &self.sub,
        }
    }

    /// What the camera's streams share.
    pub fn share(&self) -> &CameraShare {
        &self.share
    }

    /// One stream is another one, or reached in another way.
    fn renew(&mut self, kind: StreamKind) {
        let memory = match kind {
            StreamKind::Main => &mut self.main,
            StreamKind::Sub => &mut self.sub,
        };
        *memory = memory.of_another_address();
        self.share = self.share.of_another_way();
    }
}

/// One connected stream.
struct Stream {
    feed: Feed,
    /// Whether its packets are decoded.
    decoded: bool,
    /// How it was doing when this update began; of one that was opened since, nothing.
    status: FeedStatus,
}

impl Stream {
    fn new(feed: Feed) -> Self {
        Self { feed, decoded: true, status: FeedStatus::default() }
    }

    /// Has it decoded, or not.
    fn decode(&mut self, on: bool) {
        if self.decoded != on {
            self.decoded = on;
            self.feed.set_decode(on);
        }
    }
}

/// A camera's running streams, and which of them is on the wall.
#[derive(Component)]
pub struct Feeds {
    /// The main stream: shown, about to be, or kept for its recorder.
    main: Option<Stream>,
    /// The sub stream: shown or about to be.
    sub: Option<Stream>,
    pub(super) shown: StreamKind,
    /// The picture of the stream on the wall: another one each time that it is decoded anew.
    pub picture: Arc<LivePicture>,
    /// Frames shown of pictures that were on the wall before.
    pub(super) shown_before: u64,
    /// The stream that is to take the place of the shown one.
    pub(super) next: Option<StreamKind>,
    /// Decides which stream is to be shown.
    pub(super) choice: Choice,
    /// Which stream does not serve.
    pub(super) sub_trouble: SubTrouble,
    pub(super) main_trouble: MainTrouble,
    /// The main stream stays connected whatever is shown.
    pub(super) main_held: bool,
    /// Somebody looks at the camera more than at others.
    important: bool,
    /// Counts the main streams opened.
    mains: u64,
    /// Counters of the streams that are closed.
    closed: Totals,
    /// What the camera's streams, closed ones too, have learned of the way to the camera.
    pub(super) routes: Routes,
    /// What its streams wake the wall by.
    pub(super) waker: Waker,
}

impl Feeds {
    /// One stream, which is on the wall, and whether it is decoded.
    pub(super) fn new(
        kind: StreamKind,
        feed: Feed,
        decoded: bool,
        routes: Routes,
        waker: Waker,
    ) -> Self {
        let picture = Arc::new(LivePicture::new(Arc::clone(feed.frame_queue())));
        let mut this = Self {
            main: None,
            sub: None,
            shown: kind,
            picture,
            shown_before: 0,
            next: None,
            choice: Choice::default(),
            sub_trouble: SubTrouble::default(),
            main_trouble: MainTrouble::default(),
            main_held: false,
            important: false,
            mains: 0,
            closed: Totals::default(),
            routes,
            waker,
        };
        this.put(kind, feed, decoded);
        this
    }

    fn stream(&self, kind: StreamKind) -> Option<&Stream> {
        match kind {
            StreamKind::Main => self.main.as_ref(),
            StreamKind::Sub => self.sub.as_ref(),
        }
    }

    fn place(&mut self, kind: StreamKind) -> &mut Option<Stream> {
        match kind {
            StreamKind::Main => &mut self.main,
            StreamKind::Sub => &mut self.sub,
        }
    }

    fn streams(&self) -> impl Iterator<Item = &Stream> {
        [&self.main, &self.sub].into_iter().flatten()
    }

    /// The streams that are connected.
    pub fn all(&self) -> impl Iterator<Item = &Feed> {
        self.streams().map(|stream| &stream.feed)
    }

    /// Gives the streams away.
    pub(super) fn into_all(self) -> impl Iterator<Item = Feed> {
        [self.main, self.sub].into_iter().flatten().map(|stream| stream.feed)
    }

    /// Copies how each stream is doing.
    pub(super) fn read(&mut self) {
        for stream in [&mut self.main, &mut self.sub].into_iter().flatten() {
            stream.status = stream.feed.status();
        }
    }

    /// How the stream on the wall is doing.
    pub(super) fn on_wall(&self) -> Option<&FeedStatus> {
        self.stream(self.shown).map(|stream| &stream.status)
    }

    /// Whether there is a picture of it that is on the wall or would be at once.
    pub fn has_picture(&self) -> bool {
        self.picture.frame_queue.has_new() || self.picture.shown() > 0
    }

    /// Whether the stream on the wall is decoded.
    pub fn is_decoded(&self) -> bool {
        self.stream(self.shown).is_some_and(|stream| stream.decoded)
    }

    /// The main stream, if it is connected.
    pub fn main(&self) -> Option<&Feed> {
        self.main.as_ref().map(|stream| &stream.feed)
    }

    /// Which main stream that is: another number, another feed.
    pub fn main_number(&self) -> Option<u64> {
        self.main.is_some().then_some(self.mains)
    }

    /// Whether the main stream is to stay connected whatever is shown.
    pub fn hold_main(&mut self, held: bool) {
        self.main_held = held;
    }

    /// Tells the streams whether somebody looks at the camera more than at others. One that was put on
    /// its sub stream while nobody did may show its main stream again.
    pub(super) fn set_important(&mut self, important: bool) {
        if important == self.important {
            return;
        }
        self.important = important;
        self.all().for_each(|feed| feed.set_important(important));
        if important {
            self.main_trouble.forgive();
            // What it was told so far is of a camera that nobody looked at.
            if let Some(main) = &mut self.main {
                main.status.wants_smaller = false;
            }
        }
    }

    /// What they were told.
    #[cfg(test)]
    pub(super) fn is_important(&self) -> bool {
        self.important
    }

    /// Whether a stream is connected.
    pub(super) fn has(&self, kind: StreamKind) -> bool {
        self.stream(kind).is_some()
    }

    /// Adds a stream that was just opened, and whether it is decoded.
    pub(super) fn put(&mut self, kind: StreamKind, feed: Feed, decoded: bool) {
        feed.set_important(self.important);
        self.mains += u64::from(kind == StreamKind::Main);
        self.place(kind).insert(Stream::new(feed)).decode(decoded);
    }

    /// Closes what is neither shown nor about to be, nor held, and has the rest decoded as far as
    /// it is for the wall, and that is seen or kept warm.
    pub(super) fn tidy(&mut self, visible: bool, warm: bool) {
        let (was_decoded, wanted) = (self.is_decoded(), visible || warm);
        for kind in [StreamKind::Main, StreamKind::Sub] {
            let on_wall = self.shown == kind || self.next == Some(kind);
            let held = kind == StreamKind::Main && self.main_held;
            if !(on_wall || held) {
                self.close(kind);
            } else if let Some(stream) = self.place(kind) {
                stream.decode(on_wall && wanted);
                stream.feed.frame_queue().set_watched(visible);
            }
        }
        if was_decoded && !wanted {
            self.renew_picture();
        }
    }

    /// The wall file has another stream here: what was learnt of the old one counts no more.
    pub(super) fn renew(&mut self, kind: StreamKind) {
        self.routes.renew(kind);
        match kind {
            StreamKind::Main => self.main_trouble = MainTrouble::default(),
            StreamKind::Sub => {
                self.sub_trouble = SubTrouble::default();
                self.choice.forget_sub();
            }
        }
    }

    /// Puts another stream in the place of one that is connected. What that showed is off the wall at
    /// once: no old picture stands under a new address.
    pub(super) fn reopen(&mut self, kind: StreamKind, feed: Feed) {
        let decoded = self.stream(kind).is_some_and(|stream| stream.decoded);
        self.close(kind);
        self.put(kind, feed, decoded);
        if self.shown == kind {
            self.renew_picture();
        }
    }

    /// The sub stream is no more; what it showed goes at once. `open` gives the main stream.
    pub(super) fn leave_sub(&mut self, open: impl FnOnce() -> Feed) {
        let decoded = self.sub.as_ref().is_some_and(|sub| sub.decoded);
        if self.next == Some(StreamKind::Sub) {
            self.next = None;
        }
        if self.shown == StreamKind::Sub {
            match &mut self.main {
                Some(main) => main.decode(decoded),
                None => self.put(StreamKind::Main, open(), decoded),
            }
            (self.shown, self.next) = (StreamKind::Main, None);
            self.renew_picture();
        }
        self.close(StreamKind::Sub);
    }

    fn close(&mut self, kind: StreamKind) {
        if let Some(stream) = self.place(kind).take() {
            self.closed += Totals::of(&stream.feed.status());
        }
    }

    /// Counters of all streams since the start.
    pub(super) fn totals(&self) -> Totals {
        let mut totals = self.closed;
        for stream in self.streams() {
            totals += Totals::of(&stream.status);
        }
        totals
    }

    /// Bytes of packets that are kept in memory, of all streams.
    pub(super) fn memory(&self) -> usize {
        self.streams().map(|stream| stream.status.memory).sum()
    }

    /// Lines of the sub stream's newest picture; 0 before the first.
    pub(super) fn sub_lines(&self) -> u32 {
        self.sub.as_ref().map_or(0, |sub| sub.feed.picture_size().1)
    }

    /// How the sub stream does.
    pub(super) fn sub_condition(&self) -> Condition {
        let Some(sub) = &self.sub else { return Condition::Absent };
        match &sub.status.state {
            FeedState::Live | FeedState::Late { .. } => Condition::Well,
            FeedState::Connecting => Condition::Coming,
            FeedState::Ended => Condition::Absent,
            FeedState::Stale | FeedState::Undecodable { .. } => Condition::Failing,
            // The main stream has the same login, and a camera locks an account after a few tries.
            FeedState::Down(outage) => match outage.error.outage() {
                OutageKind::LoginRefused | OutageKind::NoLogin => Condition::Absent,
                OutageKind::Offline | OutageKind::Busy | OutageKind::NotTrusted => {
                    Condition::Failing
                }
            },
        }
    }

    /// Whether the main stream's pictures came too late, again and again.
    pub(super) fn main_is_too_slow(&self) -> bool {
        self.main.as_ref().is_some_and(|main| main.status.wants_smaller)
    }

    /// Whether the next stream has a picture.
    pub(super) fn is_next_ready(&self) -> bool {
        let next = self.next.and_then(|kind| self.stream(kind));
        next.is_some_and(|stream| stream.feed.frame_queue().has_new())
    }

    /// Puts the next stream on the wall, if there is one; true if there is.
    pub(super) fn switch(&mut self) -> bool {
        let Some(kind) = self.next.take() else { return false };
        self.shown = kind;
        self.renew_picture();
        true
    }

    /// Takes what was seen so far off the wall: the picture is that of the shown stream from now
    /// on, and has no frame yet.
    fn renew_picture(&mut self) {
        self.shown_before += self.picture.shown();
        if let Some(stream) = self.stream(self.shown) {
            self.picture = Arc::new(LivePicture::new(Arc::clone(stream.feed.frame_queue())));
        }
    }
}
