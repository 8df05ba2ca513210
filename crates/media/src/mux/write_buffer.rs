//! Buffers what a muxer writes, and hands it to the file in one call.
//!
//! The thread that writes a recording uses it. It has two reasons:
//! - FFmpeg writes a fragment in pieces of its buffer's size, and a program killed in between
//!   leaves half a fragment, at which players stumble. After one call to the system the fragment is
//!   complete or missing, as far as a kill is concerned;
//! - FFmpeg reduces an error to a number; the buffer keeps the error itself.
//!
//! Policy: after an error nothing more is written to the file. Bytes that were not
//! [written](WriteBuffer::write) when the muxer is dropped are lost.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// Most bytes that are buffered. A fragment is half a second long.
const MAX_BUFFERED: usize = 16 << 20;

/// A file and the bytes that are not written to it yet.
struct Buffered<W> {
    out: W,
    waiting: Vec<u8>,
    /// The first error of `out`.
    failure: Option<io::Error>,
}

impl<W: Write> Buffered<W> {
    fn check(&self) -> io::Result<()> {
        self.failure.as_ref().map_or(Ok(()), |error| Err(copy_of(error)))
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.failure.get_or_insert_with(|| copy_of(error));
            self.waiting = Vec::new();
        }
        result
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.check()?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        let written = self.out.write_all(&self.waiting).and_then(|()| self.out.flush());
        self.note(written)?;
        self.waiting.clear();
        Ok(())
    }
}

fn copy_of(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// A [`Buffered`] of any file.
trait Drain: Send {
    fn check(&self) -> io::Result<()>;
    fn write_out(&mut self) -> io::Result<()>;
    fn waiting(&mut self) -> &mut [u8];
}

impl<W: Write + Send> Drain for Buffered<W> {
    fn check(&self) -> io::Result<()> {
        Buffered::check(self)
    }

    fn write_out(&mut self) -> io::Result<()> {
        Buffered::write_out(self)
    }

    fn waiting(&mut self) -> &mut [u8] {
        &mut self.waiting
    }
}

/// What FFmpeg writes to.
pub(crate) struct BufferWriter<W>(Arc<Mutex<Buffered<W>>>);

/// What the [`Muxer`](super::Muxer) checks and empties.
pub(crate) struct WriteBuffer(Arc<Mutex<dyn Drain>>);

impl<W: Write + Send + 'static> BufferWriter<W> {
    pub fn new(out: W) -> Self {
        Self(Arc::new(Mutex::new(Buffered { out, waiting: Vec::new(), failure: None })))
    }

    pub fn buffer(&self) -> WriteBuffer {
        WriteBuffer(self.0.clone())
    }
}

impl WriteBuffer {
    /// The first error, if there was one.
    pub fn check(&self) -> io::Result<()> {
        lock(&self.0).check()
    }

    /// Has a function go over what is not written to the file yet.
    pub fn edit(&self, edit: impl FnOnce(&mut [u8])) {
        edit(lock(&self.0).waiting());
    }

    /// Writes everything that FFmpeg wrote to the file.
    pub fn write(&self) -> io::Result<()> {
        lock(&self.0).write_out()
    }
}

impl<W: Write> Write for BufferWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut buffered = lock(&self.0);
        buffered.check()?;
        if buffered.waiting.len() + data.len() > MAX_BUFFERED {
            buffered.write_out()?;
        }
        buffered.waiting.extend_from_slice(data);
        Ok(data.len())
    }

    /// Does nothing: FFmpeg flushes when it is dropped, and [`WriteBuffer::write`] decides.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write + Seek> Seek for BufferWriter<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut buffered = lock(&self.0);
        buffered.write_out()?;
        let sought = buffered.out.seek(to);
        buffered.note(sought)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::best_effort::BestEffort;

    /// Takes so many calls and remembers their lengths.
    struct Calls(Arc<Mutex<Vec<usize>>>, usize);

    impl Write for Calls {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            let mut calls = lock(&self.0);
            calls.push(data.len());
            if calls.len() > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(data.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn goes_out_in_one_piece() {
        let calls = Arc::default();
        let mut sink = BufferWriter::new(Calls(Arc::clone(&calls), 9));
        let buffer = sink.buffer();
        for _ in 0..3 {
            sink.write_all(&[7; 1000]).expect("taken");
        }
        assert_eq!(*lock(&calls), [0; 0]);
        buffer.write().expect("written");
        buffer.write().expect("nothing to do");
        assert_eq!(*lock(&calls), [3000]);
        sink.write_all(&vec![0; MAX_BUFFERED]).expect("taken");
        sink.write_all(&[1]).expect("taken");
        assert_eq!(*lock(&calls), [3000, MAX_BUFFERED]);
        drop(sink);
        assert_eq!(lock(&calls).len(), 2, "half a piece is not written");
    }

    #[test]
    fn an_error_is_the_end_and_stays_what_it_was() {
        let calls = Arc::default();
        let mut sink = BufferWriter::new(Calls(Arc::clone(&calls), 1));
        let buffer = sink.buffer();
        for _ in 0..2 {
            sink.write_all(&[7]).expect("taken");
            buffer.check().expect("no trouble yet");
            buffer.write().best_effort();
        }
        assert_eq!(buffer.check().expect_err("full").kind(), io::ErrorKind::StorageFull);
        assert_eq!(buffer.write().expect_err("full").kind(), io::ErrorKind::StorageFull);
        assert_eq!(sink.write(&[1]).expect_err("full").kind(), io::ErrorKind::StorageFull);
        assert_eq!(lock(&calls).len(), 2);
    }
}
