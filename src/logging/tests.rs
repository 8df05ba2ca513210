//! Readers of the log that stall, go away, or are full disks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;

/// A reader: what it has, and what it does with the next write.
#[derive(Clone, Default)]
struct Reader(Arc<Mutex<(Vec<u8>, Option<io::ErrorKind>, usize)>>);

impl Reader {
    fn get(&self) -> MutexGuard<'_, (Vec<u8>, Option<io::ErrorKind>, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8(self.get().0.clone()).unwrap()
    }
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut it = self.get();
        // Half of what comes still finds room before the disk is full.
        let room = it.1.map_or(bytes.len(), |_| it.2.min(bytes.len()));
        it.0.extend(&bytes[..room]);
        it.2 -= room.min(it.2);
        match it.1 {
            Some(kind) if room == 0 => Err(kind.into()),
            _ => Ok(room),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settle(intake: &Intake) {
    let until = Instant::now() + Duration::from_secs(30);
    while !intake.counters.is_settled() {
        assert!(Instant::now() < until, "{:?}", intake.counters);
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_reader_that_stalls_blocks_nobody_and_is_told_what_it_missed() {
    let reader = Reader::default();
    let mut intake = start(reader.clone());
    let stalled = reader.get();
    // One line may be in the hands of the thread.
    let all = LINES + 1 + 500;
    for number in 0..all {
        intake.write_all(format!("line {number}\n").as_bytes()).unwrap();
    }
    let dropped = intake.counters.dropped();
    assert!((499..=501).contains(&dropped), "{dropped}");
    assert!(!intake.counters.is_settled());
    drop(stalled);
    settle(&intake);
    let text = reader.text();
    let told = format!(" WARN log: {dropped} log lines were lost: the reader of the log is too");
    assert_eq!(text.matches("were lost").count(), 1);
    assert!(text.contains(&told), "{}", &text[..2000]);
    let whole = text.lines().filter(|line| line.starts_with("line ")).count() as u64;
    assert_eq!(whole + dropped, all as u64, "none is lost unsaid");
}

#[test]
fn a_full_disk_tears_no_second_line() {
    let reader = Reader::default();
    let mut intake = start(reader.clone());
    intake.write_all(b"first\n").unwrap();
    settle(&intake);
    (reader.get().1, reader.get().2) = (Some(io::ErrorKind::StorageFull), 3);
    intake.write_all(b"second\n").unwrap();
    intake.write_all(b"third\n").unwrap();
    settle(&intake);
    reader.get().1 = None;
    intake.write_all(b"fourth\n").unwrap();
    settle(&intake);
    let text = reader.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..3], ["first", "sec", "fourth"], "{text}");
    assert!(lines[3].contains("2 log lines were lost: they could not be written"), "{text}");
    assert_eq!(lines.len(), 4, "{text}");
}

#[test]
fn a_reader_that_is_gone_is_not_waited_for() {
    let reader = Reader::default();
    reader.get().1 = Some(io::ErrorKind::BrokenPipe);
    let mut intake = start(reader);
    intake.write_all(b"to nobody\n").unwrap();
    settle(&intake);
    assert_eq!(intake.counters.lost(), 1);
}

#[test]
fn long_lines_are_cut_between_letters() {
    let line = "ü".repeat(LONGEST) + "\n";
    let short = shortened(line.as_bytes());
    let text = std::str::from_utf8(&short).unwrap();
    assert!(text.ends_with("ü… and 8193 bytes more\n"), "{}", &text[LONGEST..]);
    let line = "x".repeat(LONGEST);
    assert_eq!(*shortened(line.as_bytes()), *line.as_bytes());
}

#[test]
fn a_thread_that_panics_does_not_wait_for_the_reader() {
    let reader = Reader::default();
    let intake = start(reader.clone());
    let stalled = reader.get();
    let before = panic::take_hook();
    log_panics(intake.clone());
    let thread = thread::Builder::new().name("gate.decode".into());
    let thread = thread.spawn(|| panic!("rtsp://me:canary@10.0.0.1/x is too much")).unwrap();
    let ended = thread.join();
    panic::set_hook(before);
    assert!(ended.is_err());
    drop(stalled);
    settle(&intake);
    let text = reader.text();
    assert!(text.contains(" ERROR gate.decode panicked at src/logging/tests.rs:"), "{text}");
    assert!(text.contains("is too much") && !text.contains("canary"), "{text}");
}
