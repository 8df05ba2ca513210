//! One camera's day as its ledger tells it: the one reader of ledger lines.
//!
//! Any thread; reads, writes nothing. Policies:
//! - lines are taken in the order of the file, which is the order in which things happened; those that
//!   came late (a segment that was mended, the gap behind it) are put where they belong;
//! - a line counts when it is ended; one that can't be read costs that line alone, and what a full disk
//!   or a kill left before a line on the same line costs nothing of it; one with a zero in it is what a
//!   power cut left of a line that never counted;
//! - memory is bounded by what a day can hold: a line is never longer than [`LONGEST_LINE`];
//! - an entry that names a file of another camera is refused, so that nobody is led out of its folder.
//!
//! Time within a ledger goes forward but where the clock was set back: there one [`Run`] ends and
//! another begins. A gap back into another day stands in both ledgers: in that of its end, where it
//! counts, and in that of its start, where it only says how it goes on.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, civil};

use super::entry::{LedgerEntry, SegmentRecord};
use super::records::{BadEntry, EntryPosition, Gap, OpenSegment, RecordedSegment, RecordingOff};
use crate::paths::{self, FileName};

mod lines;
mod runs;
#[cfg(test)]
mod tests;

use self::lines::{LONGEST_LINE, next_line, parse};
pub use self::runs::Run;

/// Lines of one ledger that are told to be bad; what is beyond is only counted.
const TOLD: usize = 1000;

/// A camera's day.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DayId {
    /// The camera's folder.
    pub folder: Arc<str>,
    /// The day, in UTC.
    pub date: civil::Date,
}

/// What a day comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaySummary {
    /// Start of the earliest segment that is there, by the clock.
    pub first: Option<Timestamp>,
    /// End of the latest.
    pub last: Option<Timestamp>,
    /// Closed segments that retention did not take.
    pub segments: u32,
    /// Size of their files, bytes.
    pub bytes: u64,
    /// Of these, the bytes of those that are protected.
    pub kept: u64,
    /// Bytes of the ledger that were read: up to the end of its last whole line.
    pub ledger_len: u64,
}

/// What is known of a file by its name.
#[derive(Clone, Debug, Default)]
struct NamedFile {
    /// Its start, its line and its run, where a line begins it.
    begun: Option<(Timestamp, usize, usize)>,
    kept: bool,
    removed: Option<Timestamp>,
    closed: bool,
}

/// A day, as far as its ledger was read.
#[derive(Clone, Debug)]
pub struct Day {
    id: DayId,
    /// The day's folder.
    path: PathBuf,
    segments: Vec<RecordedSegment>,
    /// The run of each segment.
    places: Vec<usize>,
    gaps: Vec<Gap>,
    offs: Vec<RecordingOff>,
    holds: Vec<(Timestamp, bool)>,
    begun: Vec<OpenSegment>,
    files: HashMap<String, NamedFile>,
    runs: Vec<Run>,
    bad: Vec<BadEntry>,
    /// Lines that are bad beyond those told.
    bad_beyond: usize,
    /// A line that is there again was written again, because nobody could say whether it had reached
    /// the disk.
    seen: HashSet<[u8; 16]>,
    /// Up to which byte the ledger was read, and how many lines that is.
    read_to: u64,
    lines: usize,
    /// The last whole line, with its end.
    last_line: Vec<u8>,
}

impl Day {
    /// Reads the ledger of a day; an empty day where it has none.
    ///
    /// # Errors
    /// Where it can't be read; the error names it.
    pub fn read(root: &Path, id: &DayId) -> io::Result<Self> {
        let mut this = Self::empty(root, id);
        this.catch_up(root)?;
        Ok(this)
    }

    /// The same, and a last line counts too that is whole but for its end. Such a line is cut off by
    /// the next that is written: this is for those who only look.
    ///
    /// # Errors
    /// As [`Day::read`].
    pub fn look(root: &Path, id: &DayId) -> io::Result<Self> {
        let mut this = Self::empty(root, id);
        let rest = this.read_on(root)?;
        if parse(&rest).whole && !rest.contains(&0) {
            this.take_line(&rest, true);
        } else if !rest.trim_ascii().is_empty() {
            this.lines += 1;
            this.tell_bad(why_bad(&rest));
        }
        Ok(this)
    }

    fn empty(root: &Path, id: &DayId) -> Self {
        Self {
            path: paths::day_folder(root, &id.folder, id.date),
            id: id.clone(),
            segments: Vec::new(),
            places: Vec::new(),
            gaps: Vec::new(),
            offs: Vec::new(),
            holds: Vec::new(),
            begun: Vec::new(),
            files: HashMap::new(),
            runs: Vec::new(),
            bad: Vec::new(),
            bad_beyond: 0,
            seen: HashSet::new(),
            read_to: 0,
            lines: 0,
            last_line: Vec::new(),
        }
    }

    /// A day whose ledger is these bytes, which come in two parts, the second with the first.
    ///
    /// # Errors
    /// None: memory can be read.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn of_bytes(id: &DayId, parts: [&[u8]; 2]) -> io::Result<Self> {
        let mut this = Self::empty(Path::new(""), id);
        for part in parts {
            this.read_lines(&mut io::Cursor::new(part))?;
        }
        Ok(this)
    }

    /// Reads what was added since; whether anything changed. Where lines are gone that were read, all
    /// is read anew.
    ///
    /// # Errors
    /// As [`Day::read`]; the day is then as far as it was read.
    pub fn catch_up(&mut self, root: &Path) -> io::Result<bool> {
        let before = (self.read_to, self.last_line.clone());
        self.read_on(root)?;
        Ok((self.read_to, &self.last_line) != (before.0, &before.1))
    }

    /// Which day it is.
    #[must_use]
    pub fn id(&self) -> &DayId {
        &self.id
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its closed segments in the order of the file, with those that retention took away.
    #[must_use]
    pub fn segments(&self) -> &[RecordedSegment] {
        &self.segments
    }

    /// The same, each with its run.
    pub fn placed(&self) -> impl Iterator<Item = (usize, &RecordedSegment)> {
        self.places.iter().copied().zip(&self.segments)
    }

    /// Its gaps in the order of the file.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Since when nothing was recorded, each time that this was told, in the order of the file.
    #[must_use]
    pub fn offs(&self) -> &[RecordingOff] {
        &self.offs
    }

    /// When all that follows was to be protected, and when no longer, in the order of the file.
    #[must_use]
    pub fn holds(&self) -> &[(Timestamp, bool)] {
        &self.holds
    }

    /// All files that were begun, open or not, in the order of the file.
    #[must_use]
    pub fn begun(&self) -> &[OpenSegment] {
        &self.begun
    }

    /// Segments that no line of this day closes or explains, in the order of the file.
    pub fn opens(&self) -> impl Iterator<Item = OpenSegment> {
        let mine = self.begun.iter().filter(|open| {
            let file = self.files.get(&paths::name_of(&open.path));
            let known = file.is_some_and(|file| file.closed || file.removed.is_some());
            // Whether a gap of another run of this day covers it is for those who know its era.
            let here = |gap: &Gap| self.run_at(gap.position) == self.run_at(open.position);
            let later = |gap: &&Gap| gap.position > open.position;
            !known && !self.gaps.iter().filter(later).any(|gap| gives_up(gap, open, here(gap)))
        });
        mine.map(|open| OpenSegment {
            kept: self.is_kept(&paths::name_of(&open.path)),
            ..open.clone()
        })
    }

    /// Where the time goes forward.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The run in which a file was begun, where a line of this day begins it.
    #[must_use]
    pub fn run_of(&self, file: &str) -> Option<usize> {
        self.files.get(file)?.begun.map(|(.., run)| run)
    }

    /// Whether any line names this file.
    #[must_use]
    pub fn names(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// The run that has this line.
    fn run_at(&self, position: EntryPosition) -> Option<usize> {
        self.runs.iter().rposition(|run| run.lines.start <= position.line)
    }

    /// Whether a line closes this file.
    #[must_use]
    pub fn closes(&self, file: &str) -> bool {
        self.files.get(file).is_some_and(|file| file.closed)
    }

    /// Whether a file is protected, by the last word.
    #[must_use]
    pub fn is_kept(&self, file: &str) -> bool {
        self.files.get(file).is_some_and(|file| file.kept)
    }

    /// Whether retention has taken any file.
    #[must_use]
    pub fn is_thinned(&self) -> bool {
        self.files.values().any(|file| file.removed.is_some())
    }

    /// Bytes of the ledger that were read: up to the end of its last whole line.
    #[must_use]
    pub fn read_to(&self) -> u64 {
        self.read_to
    }

    /// When retention said that it takes a file away.
    #[must_use]
    pub fn removed(&self, file: &str) -> Option<Timestamp> {
        self.files.get(file)?.removed
    }

    /// Lines that could not be read, in the order of the file: the first [`TOLD`].
    #[must_use]
    pub fn bad_lines(&self) -> &[BadEntry] {
        &self.bad
    }

    /// How many more lines could not be read.
    #[must_use]
    pub fn bad_beyond(&self) -> usize {
        self.bad_beyond
    }

    /// What it comes to.
    #[must_use]
    pub fn summary(&self) -> DaySummary {
        let mut sum = DaySummary { ledger_len: self.read_to, ..DaySummary::default() };
        for it in self.segments.iter().filter(|it| !it.removed) {
            let SegmentRecord { start, end, bytes, .. } = it.segment;
            sum.first = Some(sum.first.map_or(start, |first| first.min(start)));
            sum.last = sum.last.max(Some(end));
            sum.segments = sum.segments.saturating_add(1);
            sum.bytes = sum.bytes.saturating_add(bytes);
            sum.kept = sum.kept.saturating_add(if it.kept { bytes } else { 0 });
        }
        sum
    }

    /// Reads on; gives what stands behind the last whole line.
    fn read_on(&mut self, root: &Path) -> io::Result<Vec<u8>> {
        let path = paths::ledger_path(root, &self.id.folder, self.id.date);
        self.read_from(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("can't read {}: {error}", path.display()))
        })
    }

    fn read_from(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.forget();
                return Ok(Vec::new());
            }
            file => BufReader::new(file?),
        };
        if self.read_to > 0 && !self.stands(&mut file)? {
            self.forget();
        }
        self.read_lines(&mut file)
    }

    /// Reads on from where it was read to; gives what stands behind the last whole line.
    fn read_lines(&mut self, file: &mut (impl BufRead + Seek)) -> io::Result<Vec<u8>> {
        file.seek(SeekFrom::Start(self.read_to))?;
        let mut line = Vec::new();
        loop {
            let length = next_line(file, &mut line)?;
            if line.last() != Some(&b'\n') {
                return Ok(line);
            }
            self.read_to = self.read_to.saturating_add(length);
            self.take_line(&line, length == line.len() as u64);
            std::mem::swap(&mut self.last_line, &mut line);
        }
    }

    /// Whether the last line that was read still stands where it stood: an append that fails takes its
    /// line back, and another may have been written there by now.
    fn stands(&self, file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
        let start = self.read_to.saturating_sub(self.last_line.len() as u64);
        file.seek(SeekFrom::Start(start))?;
        let mut there = vec![0; self.last_line.len()];
        match file.read_exact(&mut there) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            read => read.map(|()| there == self.last_line),
        }
    }

    fn forget(&mut self) {
        let path = std::mem::take(&mut self.path);
        *self = Self { path, ..Self::empty(Path::new(""), &self.id) };
    }

    /// One line of the ledger, `whole` unless its beginning was too long to be kept.
    fn take_line(&mut self, line: &[u8], whole: bool) {
        self.lines += 1;
        let text = line.trim_ascii();
        if text.is_empty() {
            return;
        }
        if text.contains(&0) {
            // A power cut left a part of it, and the next that is written takes its place.
            return self.tell_bad(why_bad(text));
        }
        let found = parse(text);
        if !found.whole || !whole {
            self.tell_bad(why_bad(text));
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(text).as_bytes()[..16]);
        if !self.seen.insert(digest) {
            return;
        }
        for entry in found.entries {
            if self.is_ours(&entry) {
                self.take(entry);
            } else {
                self.tell_bad("names a file that is not this camera's, skipped".to_owned());
            }
        }
    }

    fn tell_bad(&mut self, why: String) {
        let position = self.position();
        if self.bad.last().is_some_and(|last| last.position == position) {
            return;
        }
        if self.bad.len() < TOLD {
            self.bad.push(BadEntry { position, why });
        } else {
            self.bad_beyond += 1;
        }
    }

    fn position(&self) -> EntryPosition {
        EntryPosition { day: self.id.date, line: self.lines }
    }

    /// Whether the file that a line names, if any, is a segment of this camera's: whoever follows a
    /// ledger must not be led out of its folder.
    fn is_ours(&self, line: &LedgerEntry) -> bool {
        let (LedgerEntry::Open { file, .. }
        | LedgerEntry::Segment(SegmentRecord { file, .. })
        | LedgerEntry::Keep { file, .. }
        | LedgerEntry::Removed { file, .. }) = line
        else {
            return true;
        };
        FileName::parse(file).is_some_and(|name| {
            name.folder == *self.id.folder && !name.part && name.extension != paths::SNAPSHOT
        })
    }

    fn take(&mut self, entry: LedgerEntry) {
        let position = self.position();
        match entry {
            LedgerEntry::Open { file, start } => {
                let run = runs::opened(&mut self.runs, start, position.line);
                let path = self.path.join(&file);
                self.files.entry(file).or_default().begun = Some((start, position.line, run));
                self.begun.push(OpenSegment { path, start, kept: false, position });
            }
            LedgerEntry::Segment(segment) => self.close(segment, position),
            LedgerEntry::Gap { start, end, cause, detail } => {
                self.gap(Gap { start, end, cause, detail, position });
            }
            LedgerEntry::Off { at, cause } => {
                runs::off(&mut self.runs, at, position.line);
                self.offs.push(RecordingOff { at, cause, position });
            }
            LedgerEntry::Keep { file, keep, .. } => {
                self.mark(&file, |it| it.kept = keep);
                self.files.entry(file).or_default().kept = keep;
            }
            LedgerEntry::Hold { on, at } => self.holds.push((at, on)),
            LedgerEntry::Removed { file, at, .. } => {
                self.mark(&file, |it| it.removed = true);
                self.files.entry(file).or_default().removed = Some(at);
            }
        }
    }

    fn close(&mut self, segment: SegmentRecord, position: EntryPosition) {
        let file = self.files.entry(segment.file.clone()).or_default();
        file.closed = true;
        let (kept, removed) = (file.kept, file.removed.is_some());
        let begun = file.begun.map(|(.., run)| run);
        let run = runs::closed(&mut self.runs, begun, &segment, position.line);
        let path = self.path.join(&segment.file);
        self.segments.push(RecordedSegment { segment, path, kept, removed, position });
        self.places.push(run);
    }

    fn gap(&mut self, gap: Gap) {
        let late = |open: &&OpenSegment| gap.is_backward() && open.start == gap.end;
        if let Some(line) = self.begun.iter().rfind(late).map(|open| open.position.line) {
            self.cut_run(line);
        }
        let place = self.place_of(&gap);
        if runs::gap(&mut self.runs, &gap, self.id.date, place) {
            self.gaps.push(gap);
        }
    }

    /// The run that a gap which goes forward belongs to, as far as lines tell: it begins where something
    /// ended in the newest run, or it ends where something of an earlier one begins, and was told late.
    fn place_of(&self, gap: &Gap) -> Option<usize> {
        let ends = self.segments.iter().zip(&self.places);
        let ends = ends.filter(|(it, _)| it.segment.end == gap.start).map(|(_, run)| *run);
        let begun = |at: Timestamp| {
            let files = self.begun.iter().filter(move |open| open.start == at);
            let files = files.filter_map(|open| self.run_of(&paths::name_of(&open.path)));
            let offs = self.offs.iter().filter(move |off| off.at == at);
            files.chain(offs.filter_map(|off| self.run_at(off.position))).max()
        };
        let from = ends.max().max(begun(gap.start));
        let newest = self.runs.len().checked_sub(1);
        from.filter(|_| from == newest).or_else(|| begun(gap.end)).or(from)
    }

    /// The file that was begun by this line begins a run, as a gap told late that the clock had been
    /// set back before it.
    fn cut_run(&mut self, line: usize) {
        let begun = self.files.values().filter_map(|file| file.begun);
        let Some((start, _, run)) = begun.clone().find(|(_, at, _)| *at == line) else { return };
        if self.runs[run].first == start {
            return;
        }
        for file in self.files.values_mut() {
            if let Some((_, at, place)) = &mut file.begun
                && (*place > run || (*place == run && *at >= line))
            {
                *place += 1;
            }
        }
        let mut ends = [None; 2];
        for (segment, place) in self.segments.iter().zip(&mut self.places) {
            let file = self.files.get(&segment.segment.file);
            *place = file.and_then(|file| file.begun).map_or(*place, |(.., place)| place);
            if let Some(end) = place.checked_sub(run).and_then(|at| ends.get_mut(at)) {
                *end = (*end).max(Some(segment.segment.end));
            }
        }
        runs::cut(&mut self.runs, run, (start, line), ends);
    }

    /// A mark on a segment that is closed already: found from the end, where it mostly is.
    fn mark(&mut self, file: &str, change: impl Fn(&mut RecordedSegment)) {
        if self.files.get(file).is_some_and(|known| known.closed) {
            let found = self.segments.iter_mut().filter(|it| it.segment.file == file);
            found.for_each(change);
        }
    }
}

/// Whether a gap that was told after a file was begun says that there is nothing in it: a later start
/// found it so, and made it a part of its gap, or began its gap where the file begins, whichever way the
/// clock was set then. What another era covers is another time.
pub fn gives_up(gap: &Gap, open: &OpenSegment, same_era: bool) -> bool {
    gap.start == open.start || (same_era && (gap.start..gap.end).contains(&open.start))
}

/// What is wrong with a line.
fn why_bad(line: &[u8]) -> String {
    match serde_json::from_slice::<LedgerEntry>(line) {
        Err(error) if error.is_data() => format!("unknown kind of line, skipped: {error}"),
        Err(error) => format!("torn or damaged line, skipped: {error}"),
        Ok(_) => format!("a line of more than {LONGEST_LINE} bytes"),
    }
}
