//! Reads a day's ledger from where it was read to.
//!
//! Policy: a line counts when it is ended; where lines that were read are gone, or a late one says
//! where the clock was set back before others, all is read anew.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::Path;

use super::lines::{next_line, parse, why_bad};
use super::{Day, DayId};
use crate::ledger::entry::LedgerEntry;
use crate::ledger::folders::naming;
use crate::paths;

impl Day {
    /// Reads the ledger of a day; an empty day where it has none.
    ///
    /// # Errors
    /// Where it can't be read; the error names it.
    pub fn read(root: &Path, id: &DayId) -> io::Result<Self> {
        Self::read_as(root, id, false, None)
    }

    /// The same, and a last line counts too that is whole but for its end. Such a line is cut off by
    /// the next that is written: this is for those who only look.
    ///
    /// # Errors
    /// As [`Day::read`].
    pub fn look(root: &Path, id: &DayId) -> io::Result<Self> {
        Self::read_as(root, id, true, None)
    }

    /// A ledger as it was before this line was written, if it was; of what was told since, files' names count.
    ///
    /// # Errors
    /// As [`Day::read`].
    pub fn read_before(root: &Path, id: &DayId, line: Option<&Vec<u8>>) -> io::Result<Self> {
        Self::read_as(root, id, false, line.cloned())
    }

    fn read_as(root: &Path, id: &DayId, looks: bool, stop: Option<Vec<u8>>) -> io::Result<Self> {
        let path = paths::day_folder(root, &id.folder, id.date);
        let mut this = Self { id: id.clone(), path, stop, ..Self::default() };
        this.read_on(root, looks)?;
        Ok(this)
    }

    /// Reads what was added since; whether anything changed. Where lines are gone that were read, all
    /// is read anew.
    ///
    /// # Errors
    /// As [`Day::read`]; the day is then as far as it was read.
    pub fn catch_up(&mut self, root: &Path) -> io::Result<bool> {
        let before = (self.read_to, self.last_line.clone());
        self.read_on(root, false)?;
        Ok((self.read_to, &self.last_line) != (before.0, &before.1))
    }

    /// Reads on; one who `looks` takes what stands behind the last line that is ended, too.
    fn read_on(&mut self, root: &Path, looks: bool) -> io::Result<()> {
        let path = paths::ledger_path(root, &self.id.folder, self.id.date);
        let read = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.read_lines(&mut io::empty(), looks)
            }
            file => file.and_then(|file| self.read_lines(&mut BufReader::new(file), looks)),
        };
        read.map_err(|error| naming(&path, error))
    }

    /// Reads on from where it was read to.
    fn read_lines(&mut self, file: &mut (impl BufRead + Seek), looks: bool) -> io::Result<()> {
        if !self.stands(file)? {
            self.cuts.clear();
            self.forget();
        }
        let mut line = Vec::new();
        file.seek(SeekFrom::Start(self.read_to))?;
        loop {
            let length = next_line(file, &mut line)?;
            if line.last() == Some(&b'\n') {
                self.read_to = self.read_to.saturating_add(length);
                self.take_line(&line, length == line.len() as u64);
                std::mem::swap(&mut self.last_line, &mut line);
                continue;
            }
            if looks {
                self.take_rest(&line);
            }
            if self.read_by == self.cuts.len() {
                self.mark();
                return Ok(());
            }
            self.forget();
            file.rewind()?;
        }
    }

    /// What stands behind the last line that is ended: it counts if it is whole. But nothing is removed before
    /// the line that says so is ended.
    fn take_rest(&mut self, rest: &[u8]) {
        let (entries, is_whole) = parse(rest);
        let is_whole = is_whole && !rest.contains(&0);
        if is_whole && matches!(entries[..], [LedgerEntry::Removed { .. }]) {
            return;
        }
        if is_whole {
            self.take_line(rest, true);
        } else if !rest.trim_ascii().is_empty() {
            self.lines += 1;
            self.tell_bad(why_bad(rest));
        }
    }

    /// Puts the last words on files to the segments that they are about.
    fn mark(&mut self) {
        for it in &mut self.segments {
            if let Some(file) = self.files.get(&it.segment.file) {
                (it.kept, it.removed) = (file.kept, file.removed.is_some());
            }
        }
        for it in &mut self.begun {
            it.kept = self.files.get(&paths::name_of(&it.path)).is_some_and(|file| file.kept);
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

    /// Forgets all but where a late line cuts the ledger.
    fn forget(&mut self) {
        let Self { id, path, stop, cuts, .. } = std::mem::take(self);
        *self = Self { id, path, stop, read_by: cuts.len(), cuts, ..Self::default() };
    }
}
