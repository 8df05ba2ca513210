//! What is told of each call that changes the disk, to compare the program with what the system saw.
//!
//! On the thread that makes the call. Policy: one event at trace level a call, of the target
//! `camwall_recorder::disk`, with the system's name of the call and its own numbers; where nobody asked
//! for that target nothing is put together.

use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use super::OpenFile;

/// The target of these events.
const TARGET: &str = "camwall_recorder::disk";

/// A call and what it was asked.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The system's name of it.
    name: &'static str,
    /// The file or folder; of an open file, the path under which it was opened.
    path: &'a Path,
    /// The new name, of a renaming.
    to: Option<&'a Path>,
    /// Byte at which is written.
    offset: Option<u64>,
    /// Bytes to write, or the length at which is cut.
    length: Option<u64>,
}

impl<'a> Call<'a> {
    pub fn new(name: &'static str, path: &'a Path) -> Self {
        Self { name, path, to: None, offset: None, length: None }
    }

    pub fn to(self, to: &'a Path) -> Self {
        Self { to: Some(to), ..self }
    }

    pub fn offset(self, offset: u64) -> Self {
        Self { offset: Some(offset), ..self }
    }

    pub fn length(self, length: u64) -> Self {
        Self { length: Some(length), ..self }
    }

    /// Tells what came of it, and hands that on.
    pub fn done<T: Answer>(self, done: io::Result<T>) -> io::Result<T> {
        let Self { name, path, to, offset, length } = self;
        tracing::trace!(
            target: TARGET,
            call = name,
            ?path,
            to = to.map(tracing::field::debug),
            offset,
            length,
            result = done.as_ref().ok().map(Answer::number),
            errno = done.as_ref().err().map(|error| error.raw_os_error().unwrap_or(0)),
            "disk"
        );
        done
    }
}

/// What a call of the system gives back.
pub trait Answer {
    /// As the system gave it.
    fn number(&self) -> i64;
}

impl Answer for () {
    fn number(&self) -> i64 {
        0
    }
}

impl Answer for usize {
    fn number(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}

impl Answer for OpenFile {
    fn number(&self) -> i64 {
        self.file().as_raw_fd().into()
    }
}
