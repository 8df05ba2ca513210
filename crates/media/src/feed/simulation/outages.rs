//! What the log must say of outages: each failure once, an outage once when it begins and once when
//! it is over.

use std::time::Instant;

use tracing::Level;

/// Follows the lines of one feed.
#[derive(Default)]
pub(super) struct Outages {
    /// Since when, and the cause that was last said.
    outage: Option<(Instant, String)>,
    over: u32,
    /// When a try failed of which the log has not said anything yet.
    unsaid: Option<Instant>,
    /// When packets came during an outage, of which the log has not said anything yet.
    back: Option<Instant>,
}

impl Outages {
    pub fn began(&self) -> Option<Instant> {
        self.outage.as_ref().map(|(since, _)| *since)
    }

    /// Outages that are over.
    pub fn over(&self) -> u32 {
        self.over
    }

    pub fn failed(&mut self, now: Instant) {
        self.unsaid = Some(now);
    }

    pub fn packet(&mut self, now: Instant) {
        if self.outage.is_some() {
            self.back = Some(now);
        }
    }

    pub fn logged(&mut self, level: Level, line: &str) -> Vec<String> {
        let mut broken = Vec::new();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                broken.push(format!("{what}: {level} {line}"));
            }
        };
        let Some(line) = line.strip_prefix("cam: ") else {
            must(false, "a line without the camera");
            return broken;
        };
        let tried = line.ends_with(" over TCP, rtsp://cam)")
            || line.ends_with(" over TCP, rtsps://cam)")
            || line.ends_with(" over UDP, rtsp://cam)")
            || line.contains(" (FFmpeg");
        if let Some((cause, _)) = line.split_once("; next try in ") {
            must(tried, "what was tried is said");
            let failed = self.unsaid.take();
            must(failed.is_some(), "one line a failure");
            let known = self.outage.as_ref().is_some_and(|(_, known)| known == cause);
            // Silence from the start and silence after pictures are two causes in the same words.
            let silence = level == Level::WARN && cause.starts_with("no picture data");
            let right = level == if known { Level::DEBUG } else { Level::WARN };
            must(right || silence, "news is a warning");
            let since = self.began().or(failed);
            self.outage = since.map(|since| (since, cause.to_owned()));
        } else if let Some(seconds) = line.strip_prefix("back after ") {
            must(level == Level::INFO, "an end is no warning");
            let (began, back) = (self.outage.take(), self.back.take());
            let Some(((since, _), back)) = began.zip(back) else {
                must(false, "back from no outage");
                return broken;
            };
            self.over += 1;
            let length = format!("{:.1} s", (back - since).as_secs_f32());
            must(seconds == length, &format!("it was {length}"));
        } else if line.contains("; trying ") {
            must(tried, "what was tried is said");
            must(self.unsaid.take().is_some(), "one line a failure");
            let known = self.outage.is_some();
            must(level == if known { Level::DEBUG } else { Level::WARN }, "news is a warning");
        } else if line.starts_with("pictures came ") && line.ends_with(" s late: connecting anew") {
            must(level == Level::WARN, "late is a warning");
            must(self.unsaid.take().is_some(), "one line a failure");
        } else if line.starts_with("the demuxer panicked: ") {
            must(level == Level::ERROR, "a panic is an error");
        } else if line == "the file came to its end" {
            must(self.unsaid.take().is_some(), "one line a failure");
        } else {
            let connected =
                line.starts_with("h264 by retina ") || line.starts_with("h264 by FFmpeg");
            must(connected && level == Level::INFO, "an unknown line");
        }
        broken
    }

    /// Before time passes, all is said.
    pub fn look(&mut self) -> Vec<String> {
        let mut broken = Vec::new();
        if self.unsaid.take().is_some() {
            broken.push("a failure was not logged".to_owned());
        }
        if self.back.take().is_some() {
            broken.push("that the camera is back was not logged".to_owned());
        }
        broken
    }
}
