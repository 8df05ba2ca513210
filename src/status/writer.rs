//! Text for a reader outside: status lines and the table.
//!
//! Owns the thread `status`, which alone writes them. Policy: who hands text in never waits. At
//! most [`WAITING`] texts wait for the reader; while no more fit, new ones are left out. A reader
//! that is gone, or takes nothing for [`TIMEOUT`] more, ends the text and nothing else; the log
//! says so once. Only a file on a disk that is full, or does not answer, is worth waiting for: its
//! lines pause, and go on as whole lines.

use std::{
    convert::Infallible,
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    os::{fd::AsFd, unix::fs::FileTypeExt},
    path::Path,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use camwall_media::BestEffort;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use tracing::{error, warn};

/// Texts that wait for the reader: status lines of as many seconds.
const WAITING: usize = 4;

/// How long a reader may take nothing while texts wait.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long the end waits for the reader.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// Hands texts to the thread that writes them.
pub struct TextWriter {
    /// The log's word for the texts.
    what: &'static str,
    queue: Sender<Vec<u8>>,
    /// Hung up when the thread ends.
    done: Receiver<Infallible>,
    thread: JoinHandle<()>,
    reader: Reader,
}

impl TextWriter {
    /// Writes to standard output.
    ///
    /// # Errors
    /// When standard output can't be duplicated, or the thread can't be started.
    pub fn standard(what: &'static str) -> io::Result<Self> {
        // Not through std's handle: a write that hangs would hold its lock.
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Self::start(what, false, move || Ok(Sink { file, what, whole: None, missed: 0 }))
    }

    /// Writes to a file, which is made anew, a device or a FIFO.
    ///
    /// # Errors
    /// When the file can't be created, or the thread can't be started.
    pub fn file(what: &'static str, path: &Path) -> io::Result<Self> {
        if fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo()) {
            // To open it is to wait for a reader.
            let path = path.to_owned();
            let open = move || Ok(Sink { file: File::create(path)?, what, whole: None, missed: 0 });
            return Self::start(what, false, open);
        }
        let file = File::create(path)?;
        let disk = file.metadata()?.is_file();
        Self::start(what, disk, move || {
            Ok(Sink { file, what, whole: disk.then_some(0), missed: 0 })
        })
    }

    fn start(
        what: &'static str,
        disk: bool,
        open: impl FnOnce() -> io::Result<Sink> + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, texts) = bounded::<Vec<u8>>(WAITING);
        let (alive, done) = bounded(0);
        let thread = thread::Builder::new().name("status".into()).spawn(move || {
            let _alive: Sender<Infallible> = alive;
            let result = open().and_then(|mut sink| texts.iter().try_for_each(|t| sink.put(&t)));
            if let Err(error) = result {
                error!("the {what} end here, they can't be written: {error}");
            }
        })?;
        Ok(Self { what, queue, done, thread, reader: Reader { disk, ..Reader::default() } })
    }

    /// Hands a text in; whether the text will be written.
    ///
    /// # Errors
    /// When no text will be written any more; the log says why.
    pub fn send(&mut self, text: Vec<u8>) -> Result<bool, WriterEnded> {
        let verdict = match self.queue.try_send(text) {
            Ok(()) => self.reader.took(),
            Err(TrySendError::Full(_)) => self.reader.missed(Instant::now()),
            Err(TrySendError::Disconnected(_)) => return Err(WriterEnded),
        };
        let what = self.what;
        match verdict {
            Verdict::Taken => return Ok(true),
            Verdict::GoesOn(missed) => {
                warn!("the {what} go on; {missed} were left out while nobody took them");
                return Ok(true);
            }
            Verdict::LeftOut => {}
            Verdict::Pauses => warn!("the {what} pause: the disk does not answer"),
            Verdict::GivenUp => {
                warn!("the {what} end here: nobody has read them for {} s", TIMEOUT.as_secs());
                return Err(WriterEnded);
            }
        }
        Ok(false)
    }

    /// Has what waits written, as far as the reader takes it within [`CLOSE_TIMEOUT`].
    pub fn close(self) {
        drop(self.queue);
        if self.done.recv_timeout(CLOSE_TIMEOUT) == Err(RecvTimeoutError::Disconnected) {
            // The thread has ended. A panic has been logged already.
            self.thread.join().best_effort();
        }
    }
}

/// No text will be written any more.
#[derive(Debug, PartialEq, Eq)]
pub struct WriterEnded;

/// Whether the reader takes the texts.
#[derive(Debug, Default)]
struct Reader {
    /// The texts go to a disk: it will go on one day.
    disk: bool,
    since: Option<Instant>,
    missed: u64,
    paused: bool,
}

/// What follows for the texts.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    /// After so many texts were left out.
    GoesOn(u64),
    LeftOut,
    /// Left out, as all will be until the disk answers.
    Pauses,
    GivenUp,
}

impl Reader {
    fn took(&mut self) -> Verdict {
        let missed = self.missed;
        *self = Self { disk: self.disk, ..Self::default() };
        if missed == 0 { Verdict::Taken } else { Verdict::GoesOn(missed) }
    }

    fn missed(&mut self, now: Instant) -> Verdict {
        self.missed += 1;
        let since = *self.since.get_or_insert(now);
        if now.duration_since(since) < TIMEOUT || self.paused {
            return Verdict::LeftOut;
        }
        self.paused = self.disk;
        if self.disk { Verdict::Pauses } else { Verdict::GivenUp }
    }
}

/// Where the thread writes.
struct Sink {
    file: File,
    what: &'static str,
    /// Length of the whole texts so far, bytes, where a disk may be full for a while.
    whole: Option<u64>,
    missed: u64,
}

impl Sink {
    fn put(&mut self, text: &[u8]) -> io::Result<()> {
        let what = self.what;
        let written = self.file.write_all(text);
        let Some(whole) = self.whole else { return written };
        match written {
            Ok(()) => {
                self.whole = Some(whole + text.len() as u64);
                if self.missed > 0 {
                    warn!("the {what} go on; {} could not be written", self.missed);
                    self.missed = 0;
                }
            }
            Err(error) => {
                if self.missed == 0 {
                    warn!("the {what} pause until they can be written: {error}");
                }
                self.missed += 1;
                // Half a line would spoil the next one.
                self.file.set_len(whole)?;
                self.file.seek(SeekFrom::Start(whole))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of texts that do not fit, one a second.
    fn verdicts(disk: bool, seconds: u64) -> (Reader, Vec<Verdict>) {
        let mut reader = Reader { disk, ..Reader::default() };
        assert_eq!(reader.took(), Verdict::Taken);
        let start = Instant::now();
        let list = (0..seconds).map(|s| reader.missed(start + Duration::from_secs(s))).collect();
        (reader, list)
    }

    #[test]
    fn a_reader_that_takes_nothing_is_given_up() {
        let (_, list) = verdicts(false, 11);
        assert!(list[..10].iter().all(|verdict| *verdict == Verdict::LeftOut), "{list:?}");
        assert_eq!(list[10], Verdict::GivenUp);
    }

    #[test]
    fn a_slow_reader_is_told_of_once() {
        let (mut reader, _) = verdicts(false, 9);
        assert_eq!(reader.took(), Verdict::GoesOn(9));
        assert_eq!(reader.took(), Verdict::Taken);
        assert_eq!(reader.missed(Instant::now()), Verdict::LeftOut, "patience begins anew");
    }

    #[test]
    fn a_disk_is_waited_for() {
        let (mut reader, list) = verdicts(true, 100);
        let pauses: Vec<usize> = (0..100).filter(|&s| list[s] == Verdict::Pauses).collect();
        assert_eq!(pauses, [10]);
        assert!(!list.contains(&Verdict::GivenUp));
        assert_eq!(reader.took(), Verdict::GoesOn(100));
    }
}
