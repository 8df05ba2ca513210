//! The protect key: protects what is being recorded from retention.
//!
//! Run by the thread `ID.record`. Policy: what an operator wants kept has mostly just happened, so
//! a segment that ended a moment ago is kept together with the open one.

use jiff::{SignedDuration, Timestamp};

use super::Writer;
use crate::clock::WallClock;
use crate::events::Note;
use crate::ledger::entry::LedgerEntry;
use crate::ledger::history;
use crate::ledger::history::NewestSegment;
use crate::paths;
use crate::writer::system::RecorderSystem;

/// How long ago counts as just now.
const JUST: SignedDuration = SignedDuration::from_secs(60);

impl<S: RecorderSystem> Writer<S> {
    /// Protects the open segment, or releases it; without one, the newest. Says what was done.
    pub(super) fn toggle_protection(&mut self, now: &WallClock) -> Note {
        let at = crate::clock::to_millis(now.timestamp());
        let Some(segment) = &mut self.segment else { return self.toggle_newest(at) };
        segment.progress.kept = !segment.progress.kept;
        let (opened, keep) = (segment.progress.start, segment.progress.kept);
        let mut files = vec![(segment.file(), segment.day())];
        if let Some((file, start, end)) = self.previous.take_if(|_| keep)
            && opened.duration_since(end).abs() < JUST
            && now.timestamp().duration_since(opened) < JUST
        {
            files.push((file, paths::day_of(start)));
        }
        for (file, day) in files {
            self.timeline.write(day, LedgerEntry::Keep { file, keep, at });
        }
        if keep { Note::Protected } else { Note::Released }
    }

    fn toggle_newest(&mut self, at: Timestamp) -> Note {
        match history::newest_segment(&self.settings.root, &self.settings.folder) {
            Ok(Some(NewestSegment { file, day, kept })) => {
                self.timeline.write(day, LedgerEntry::Keep { file, keep: !kept, at });
                if kept { Note::NewestReleased } else { Note::NewestProtected }
            }
            Ok(None) => Note::NothingToProtect,
            Err(error) => {
                tracing::error!(
                    "{}: can't look for a recording to keep: {error}",
                    self.settings.id
                );
                Note::NotProtected
            }
        }
    }
}
