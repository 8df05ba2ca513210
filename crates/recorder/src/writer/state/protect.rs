//! The protect key: protects a span of what is recorded from retention.
//!
//! Run by the thread `ID.record`. Policies:
//! - a press begins a span, the next ends it; all that is recorded in between is protected, over
//!   rotations, kills and restarts, and stays so when the span is over;
//! - what an operator wants kept has mostly just happened: a segment that ended a moment ago is kept
//!   together with the open one;
//! - nothing is released by the press that ends a span, whatever is on the air: only by a press within
//!   [`QUICK`] of another (the one before is undone, or the span that ended goes), or where nothing is
//!   being written and no span is open;
//! - the storage is told of what was released once the ledger has it: a limit may wait for that;
//! - each segment has its own line, so that retention needs to know of no spans; a span has its own as
//!   well, once a day, so that the newest ledgers tell the next start of it.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, civil};

use super::Writer;
use crate::clock::WallClock;
use crate::events::Note;
use crate::ledger::chain::{NamedSegment as Marked, newest_hold, newest_segments};
use crate::ledger::entry::LedgerEntry;
use crate::ledger::records::Hold;
use crate::paths;
use crate::system::RecorderSystem;
use crate::writer::segment::SegmentSettings;

/// How long ago counts as just now.
const JUST: SignedDuration = SignedDuration::from_secs(60);
/// A press so soon after another takes back what that did.
const QUICK: Duration = Duration::from_secs(3);
/// Days back in which a run of protected segments is looked for.
const MONTH: usize = 31;
/// Days on which files were begun in which an open span is looked for: each tells of it, but for one in
/// which a kill came between.
const TELLING: usize = 2;

/// The span that the key marks.
#[derive(Default)]
pub(super) struct Span {
    /// Whether one is open.
    pub on: bool,
    /// In the ledger of which day that stands last.
    day: Option<civil::Date>,
    /// The press before.
    last: Option<Press>,
    /// What was released, until the storage is told.
    released: Vec<PathBuf>,
}

/// A press of the key.
struct Press {
    at: Instant,
    /// What it protected, to be taken back; none where it released or ended something.
    marked: Option<Vec<Marked>>,
}

impl<S: RecorderSystem> Writer<S> {
    /// Does what a press calls for. Says what was done.
    pub(super) fn toggle_protection(&mut self, now: &WallClock) -> Note {
        let at = crate::clock::to_millis(now.timestamp());
        let quick = |press: &Press| now.instant().duration_since(press.at) < QUICK;
        let before = self.span.last.take().filter(quick).map(|press| press.marked);
        let (note, marked) = match before {
            Some(Some(marked)) => (self.take_back(&marked, at), None),
            _ if self.span.on => {
                self.hold(false, at);
                (Note::SpanEnded, None)
            }
            Some(None) => self.toggle_newest(true, at).unwrap_or_else(|| self.protect(at)),
            None => self.protect(at),
        };
        self.span.last = Some(Press { at: now.instant(), marked });
        note
    }

    /// Begins a span; where nothing is being written, protects or releases the newest.
    fn protect(&mut self, at: Timestamp) -> (Note, Option<Vec<Marked>>) {
        let Some(segment) = &self.segment else {
            return self.toggle_newest(false, at).unwrap_or((Note::NothingToProtect, None));
        };
        let opened = segment.progress.record.start;
        let mut marked = Vec::new();
        if !segment.progress.kept {
            marked.push((segment.file().to_owned(), segment.day()));
        }
        let is_just = |(_, end): &mut (Marked, Timestamp)| {
            opened.duration_since(*end).abs() < JUST && at.duration_since(opened) < JUST
        };
        marked.extend(self.previous.take_if(is_just).map(|(before, _)| before));
        self.keep(&marked, true, at);
        self.hold(true, at);
        (Note::Protected, Some(marked))
    }

    /// Releases the newest run of protected segments, where that is the newest of all or with `kept` alone;
    /// else protects the newest segment. None where there is nothing to do that to.
    fn toggle_newest(&mut self, kept: bool, at: Timestamp) -> Option<(Note, Option<Vec<Marked>>)> {
        match self.newest_run(kept) {
            Ok((_, run)) if run.is_empty() => None,
            Ok((is_kept, run)) => {
                self.keep(&run, !is_kept, at);
                let note = if is_kept { Note::NewestReleased } else { Note::NewestProtected };
                Some((note, (!is_kept).then_some(run)))
            }
            Err(error) => {
                tracing::error!("{}: can't look what to keep: {error}", self.settings.id);
                Some((Note::NotProtected, None))
            }
        }
    }

    /// Takes back what the press before protected.
    fn take_back(&mut self, marked: &[Marked], at: Timestamp) -> Note {
        self.keep(marked, false, at);
        if !self.span.on {
            return Note::NewestReleased;
        }
        self.hold(false, at);
        Note::Released
    }

    /// Whether the newest segment is protected, and it with those before it that are; it alone where it is
    /// not. With `kept` only protected ones are looked at.
    fn newest_run(&self, kept: bool) -> io::Result<(bool, Vec<Marked>)> {
        let SegmentSettings { root, folder, .. } = &self.settings;
        let newest = newest_segments(root, folder, MONTH)?;
        let mut newest = newest.skip_while(|(_, is_kept)| kept && !is_kept);
        let Some((first, is_kept)) = newest.next() else { return Ok((false, Vec::new())) };
        let rest = newest.take_while(|(_, next)| is_kept && *next).map(|(it, _)| it);
        Ok((is_kept, std::iter::once(first).chain(rest).collect()))
    }

    /// Protects segments, or releases them.
    fn keep(&mut self, segments: &[Marked], keep: bool, at: Timestamp) {
        for (file, day) in segments {
            if !keep {
                let SegmentSettings { root, folder, .. } = &self.settings;
                self.span.released.push(paths::day_folder(root, folder, *day).join(file));
            }
            self.timeline.write(*day, LedgerEntry::Keep { file: file.clone(), keep, at });
            if let Some(open) = self.segment.as_mut().filter(|open| open.file() == file) {
                open.progress.kept = keep;
            }
        }
    }

    /// Has retention look at what was released.
    pub(super) fn tell_released(&mut self) {
        if !self.span.released.is_empty() && self.timeline.pending() == 0 {
            self.span.released.drain(..).for_each(|path| self.system.closed(path));
        }
    }

    /// Tells that a span begins or ends.
    fn hold(&mut self, on: bool, at: Timestamp) {
        let day = self.segment.as_ref().map_or(paths::day_of(at), |segment| segment.day());
        self.timeline.write(day, LedgerEntry::Hold { on, at });
        (self.span.on, self.span.day) = (on, Some(day));
    }

    /// A segment was opened: it is protected where a span is open.
    pub(super) fn keep_opened(&mut self, now: &WallClock) {
        let Some(segment) = self.segment.as_ref().filter(|_| self.span.on) else { return };
        let marked = (segment.file().to_owned(), segment.day());
        let at = crate::clock::to_millis(now.timestamp());
        if self.span.day != Some(marked.1) {
            self.hold(true, at);
        }
        self.keep(std::slice::from_ref(&marked), true, at);
        if let Some(Press { at, marked: Some(taken) }) = &mut self.span.last
            && now.instant().duration_since(*at) < QUICK
        {
            taken.push(marked);
        }
    }

    /// Goes on with a span that an earlier run of the program left open, by the newest ledgers: also
    /// with what it left unfinished of it.
    pub(super) fn resume_span(&mut self, now: Timestamp) {
        if self.span.last.is_some() {
            return;
        }
        let SegmentSettings { root, folder, .. } = &self.settings;
        let newest = newest_hold(root, folder, now, (TELLING, MONTH)).unwrap_or_else(|error| {
            tracing::error!("{}: can't look what is kept: {error}", self.settings.id);
            None
        });
        if let Some(Hold { on: true, at: since, position }) = newest {
            (self.span.on, self.span.day) = (true, Some(position.day));
            let within = self.timeline.unsettled.iter().filter(|file| file.start >= since);
            let marked = within.map(|file| (paths::name_of(&file.path), paths::day_of(file.start)));
            let marked: Vec<_> = marked.collect();
            self.keep(&marked, true, now);
        }
    }
}
