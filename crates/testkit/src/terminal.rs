//! A terminal (pty) with somebody who types.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::SECOND;

/// A terminal: what a program says in it is read, and what is typed reaches the program.
pub struct Terminal {
    keys: File,
    program: File,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Opens one.
    pub fn open() -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keys).and_then(|()| unlockpt(&keys)).expect("our own terminal");
        let name = ptsname(&keys, Vec::new()).expect("a name");
        let name = name.to_str().expect("a plain name");
        let program = OpenOptions::new().read(true).write(true).open(name).expect("its other side");
        let keys = File::from(keys);
        let said = Arc::new(Mutex::new(Vec::new()));
        let (mut screen, sink) = (keys.try_clone().expect("a descriptor"), Arc::clone(&said));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Ends with the last who has the other side open.
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                let mut said = sink.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend_from_slice(&bytes[..count]);
            }
        });
        Self { keys, program, said }
    }

    /// The program's side, for one of its streams.
    pub(crate) fn stream(&self) -> Stdio {
        self.program.try_clone().expect("a descriptor").into()
    }

    /// What stands on it: what the program said, and what was echoed of the keys.
    pub fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Waits until this stands on it.
    pub fn expect(&self, text: &str, within: Duration) {
        let until = Instant::now() + within;
        while !self.said().contains(text) {
            assert!(Instant::now() < until, "no {text:?} in time, but: {}", self.said());
            std::thread::sleep(SECOND / 50);
        }
    }

    /// Types.
    pub fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("a terminal that takes keys");
    }

    /// Whether it echoes what is typed.
    pub fn echoes(&self) -> bool {
        let modes = tcgetattr(self.program.as_fd()).expect("a terminal").local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }
}
