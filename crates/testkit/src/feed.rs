//! Feeds of the library, opened and watched without a wall.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_media::{Feed, FeedSpec, FeedState, FeedStatus, Frame, OutageKind, SourceError, Via};

use super::SECOND;

/// Both implementations of RTSP must pass the same tests.
pub const BOTH: [Via; 2] = [Via::Retina, Via::Ffmpeg];

/// What an RTSP camera with nothing special about it is opened with.
pub fn spec(url: String, via: Via) -> FeedSpec {
    let mut spec = FeedSpec::new("cam", url);
    spec.via = via;
    spec
}

/// Opens a feed that wakes nobody.
pub fn open(spec: FeedSpec) -> Feed {
    Feed::open(spec, Arc::new(|| {}))
}

/// Closes a feed, which must not have to wait for a time-out of the network (10 s).
pub fn close(feed: Feed) {
    assert!(feed.close(3 * SECOND), "a feed ends when it is told to");
}

/// Waits until the status is as wanted.
pub fn wait_for(
    feed: &Feed,
    what: &str,
    within: Duration,
    wanted: impl Fn(&FeedStatus) -> bool,
) -> FeedStatus {
    let until = Instant::now() + within;
    loop {
        let status = feed.status();
        if wanted(&status) {
            return status;
        }
        assert!(Instant::now() < until, "not in time: {what}; {status:#?}");
        std::thread::sleep(SECOND / 200);
    }
}

/// Waits for a picture that is as wanted.
pub fn wait_frame(feed: &Feed, within: Duration, wanted: impl Fn(&Frame) -> bool) -> Frame {
    let until = Instant::now() + within;
    loop {
        match feed.frame_queue().take() {
            Some(frame) if wanted(&frame) => return frame,
            _ => std::thread::sleep(SECOND / 500),
        }
        assert!(Instant::now() < until, "no such picture in time: {:#?}", feed.status());
    }
}

/// Waits until `bytes` have come in during which no picture was decoded.
pub fn wait_undecoded(feed: &Feed, within: Duration, bytes: u64) -> FeedStatus {
    let start = RefCell::new(feed.status());
    wait_for(feed, "bytes without pictures", within, |status| {
        let mut start = start.borrow_mut();
        if status.frames_decoded != start.frames_decoded {
            *start = status.clone();
        }
        status.bytes >= start.bytes + bytes
    })
}

pub fn is_live(status: &FeedStatus) -> bool {
    status.state == FeedState::Live
}

pub fn is_offline(status: &FeedStatus) -> bool {
    is_down(status, OutageKind::Offline)
}

pub fn is_refused(status: &FeedStatus) -> bool {
    is_down(status, OutageKind::LoginRefused)
}

fn is_down(status: &FeedStatus, kind: OutageKind) -> bool {
    matches!(&status.state, FeedState::Down(outage) if outage.error.outage() == kind)
}

/// Why a feed is offline or was refused.
pub fn reason(status: &FeedStatus) -> &SourceError {
    match &status.state {
        FeedState::Down(outage) => &outage.error,
        other => panic!("no reason is given for {other:?}"),
    }
}
