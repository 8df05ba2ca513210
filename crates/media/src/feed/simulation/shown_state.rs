//! Which state must be shown, and when the wall must be woken to look at it.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::time::{Duration, Instant};

use crate::source::{OutageKind, SourceError};
use crate::status::FeedState;

/// The connection as it must be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    New,
    Up {
        since: Instant,
    },
    Down(OutageKind),
    /// Hung up by us.
    Late,
    Undecodable,
    Ended,
}

/// Follows one feed.
pub(super) struct ShownState {
    stale_after: Duration,
    link: Link,
    /// The latest picture, and the latest packet of the video stream.
    frame: Option<Instant>,
    packet: Option<Instant>,
    /// Of the present connection's packets.
    previous: Option<Instant>,
    /// The nine latest times between two packets of a connection.
    gaps: VecDeque<Duration>,
    /// Whether anybody sees the camera, and since when again.
    visible: bool,
    visible_again: Option<Instant>,
    /// The state as the wall last saw it.
    seen: FeedState,
}

impl ShownState {
    pub fn new(stale_after: Duration) -> Self {
        Self {
            stale_after,
            link: Link::New,
            frame: None,
            packet: None,
            previous: None,
            gaps: VecDeque::new(),
            visible: true,
            visible_again: None,
            seen: FeedState::Connecting,
        }
    }

    pub fn up(&mut self, since: Instant) {
        self.link = Link::Up { since };
        self.previous = None;
    }

    pub fn down(&mut self, error: &SourceError) {
        let kind = match error {
            SourceError::Late { .. } => return self.link = Link::Late,
            SourceError::Undecodable { .. } => return self.link = Link::Undecodable,
            SourceError::Auth { .. } => OutageKind::LoginRefused,
            SourceError::NoLogin { .. } => OutageKind::NoLogin,
            SourceError::Busy { .. } => OutageKind::Busy,
            _ => OutageKind::Offline,
        };
        self.link = Link::Down(kind);
    }

    pub fn ended(&mut self) {
        self.link = Link::Ended;
    }

    pub fn has_ended(&self) -> bool {
        self.link == Link::Ended
    }

    pub fn packet(&mut self, now: Instant) {
        self.packet = Some(now);
        if let Some(previous) = self.previous.replace(now) {
            self.gaps.push_front(now - previous);
            self.gaps.truncate(9);
        }
    }

    /// Three intervals, where the interval is known: the middle one of those seen.
    fn stale_after(&self) -> Duration {
        let mut gaps: Vec<Duration> = self.gaps.iter().copied().collect();
        gaps.sort();
        let middle = if gaps.len() < 2 { Duration::ZERO } else { gaps[(gaps.len() - 1) / 2] };
        self.stale_after.max(3 * middle)
    }

    /// Whether a packet that comes now shows that the connection brings pictures: one was decoded,
    /// or where nobody looks this is a key frame.
    pub fn proven_by(&self, keyframe: bool) -> bool {
        match self.link {
            Link::Up { since } if self.visible => self.frame.is_some_and(|frame| frame >= since),
            Link::Up { .. } => keyframe,
            _ => false,
        }
    }

    pub fn frame(&mut self, now: Instant) {
        self.frame = Some(now);
    }

    pub fn is_visible(&self) -> bool {
        self.visible
    }

    pub fn show(&mut self, now: Instant, on: bool) {
        if on && !self.visible {
            self.visible_again = Some(now);
        }
        self.visible = on;
    }

    /// The wall looked.
    pub fn woken(&mut self, state: &FeedState) {
        self.seen = state.clone();
    }

    /// Whether the wall saw this state.
    pub fn is_known(&self, state: &FeedState) -> bool {
        discriminant(&self.seen) == discriminant(state)
    }

    /// At any time. `open`: what comes after a failure is not decided yet.
    pub fn look(&self, now: Instant, state: &FeedState, open: bool) -> Vec<String> {
        // Hidden, it lives by its packets; shown again, it has time to come up with a picture, if
        // packets come.
        let sign = if self.visible { self.frame } else { self.packet };
        let since = if self.visible { sign.max(self.visible_again) } else { sign };
        let age = since.map(|since| now.saturating_duration_since(since));
        let young = |age: Option<Duration>| age.is_some_and(|age| age <= self.stale_after());
        // Of old packets no picture is young.
        let packet = self.packet.map(|packet| now.saturating_duration_since(packet));
        let fresh = sign.is_some() && young(age) && young(packet);
        // Shown again, and no picture came since.
        let begins = self.visible && self.visible_again.is_some_and(|again| sign < Some(again));
        let signed = |since: Instant| sign.is_some_and(|sign| sign >= since);
        let right = match (self.link, state) {
            (Link::New, FeedState::Connecting) | (Link::Ended, FeedState::Ended) => true,
            (Link::Late, FeedState::Late { .. }) => true,
            (Link::Undecodable, FeedState::Undecodable { .. }) => true,
            (Link::Down(kind), FeedState::Down(outage)) => outage.error.outage() == kind,
            (Link::Up { since }, FeedState::Connecting) => !signed(since) || (fresh && begins),
            (Link::Up { since }, FeedState::Live) => signed(since) && fresh && !begins,
            (Link::Up { since }, FeedState::Stale) => signed(since) && !fresh,
            _ => false,
        };
        let mut broken = Vec::new();
        if *state == FeedState::Live && !fresh {
            broken.push("what is old is not live".to_owned());
        }
        if !right && !open {
            broken.push(format!("{:?} is shown as {state:?}", self.link));
        }
        broken
    }
}
