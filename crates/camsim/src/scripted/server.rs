//! The rows side by side, served by one thread with poll(2).
//!
//! Owns the clips, the rows and the clock of events. Nothing in it blocks but writing events.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::connection::Connection;
use super::player::Shelf;
use super::reel::Reel;
use super::script::row::Row;
use super::stand::Stand;
use crate::report::Events;

/// A signal that comes just before waiting is noticed after this.
const MAX_WAIT: Duration = Duration::from_millis(100);

/// All rows.
#[derive(Debug)]
pub struct Server {
    pub stands: Vec<Stand>,
    shelf: Shelf,
    events: Arc<Events>,
    started: Instant,
}

/// What poll found ready.
enum Ready {
    Input,
    Stand(usize),
    Connection(usize, usize),
}

impl Server {
    /// Binds every row to a port of its own. The message of an error is meant for the user.
    pub fn start(rows: Vec<Row>, clips: &Path, events: &Arc<Events>) -> Result<Self, String> {
        let sound = clips.join("tone.ulaw");
        let sound =
            std::fs::read(&sound).map_err(|e| format!("cannot read {}: {e}", sound.display()))?;
        let mut shelf = Shelf { reels: Vec::new(), sound };
        let mut stands = Vec::new();
        for row in rows {
            for film in row.films() {
                if shelf.reel(film).is_none() {
                    shelf.reels.push(Reel::load(clips, film)?);
                }
            }
            let reel = shelf.reel(row.film).cloned().ok_or("a row without a film")?;
            let name = row.name.clone();
            let stand = Stand::bind(row, reel);
            stands.push(stand.map_err(|e| format!("no port for {name}: {e}"))?);
        }
        let events = Arc::clone(events);
        Ok(Self { stands, shelf, events, started: Instant::now() })
    }

    /// Listens.
    pub fn listen(&mut self) {
        self.stands.iter_mut().for_each(Stand::listen);
    }

    /// The time of events begins.
    pub fn begin(&mut self) {
        self.started = Instant::now();
        for stand in &mut self.stands {
            stand.begin_by_itself(&self.events, Duration::ZERO);
        }
    }

    /// Waits until there is something to do, and does it. True if stdin has something.
    pub fn turn(&mut self, input: Option<BorrowedFd<'_>>) -> std::io::Result<bool> {
        let ready = self.wait(input)?;
        let now = self.started.elapsed();
        let mut has_input = false;
        for found in ready {
            match found {
                Ready::Input => has_input = true,
                Ready::Stand(place) => {
                    self.stands[place].accept(&self.shelf, &self.events, now);
                }
                Ready::Connection(stand, place) => {
                    let stand = &mut self.stands[stand];
                    stand.with(place, &self.shelf, &self.events, now, Connection::read);
                    stand.begin_if_played(&self.events, now);
                }
            }
        }
        for stand in &mut self.stands {
            stand.tick(&self.shelf, &self.events, now);
        }
        Ok(has_input)
    }

    fn wait(&self, input: Option<BorrowedFd<'_>>) -> std::io::Result<Vec<Ready>> {
        let mut files = Vec::new();
        let mut meaning = Vec::new();
        if let Some(input) = input {
            files.push(PollFd::from_borrowed_fd(input, PollFlags::IN));
            meaning.push(Ready::Input);
        }
        let now = self.started.elapsed();
        let mut due = now + MAX_WAIT;
        for (number, stand) in self.stands.iter().enumerate() {
            if let Some(listener) = stand.listener() {
                files.push(PollFd::from_borrowed_fd(listener.as_fd(), PollFlags::IN));
                meaning.push(Ready::Stand(number));
            }
            for (place, connection) in stand.connections.iter().enumerate() {
                let blocked = connection.is_blocked();
                let flags = if blocked { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
                files.push(PollFd::from_borrowed_fd(connection.socket.as_fd(), flags));
                meaning.push(Ready::Connection(number, place));
            }
            due = due.min(stand.due(&self.shelf, &self.events, now).unwrap_or(due));
        }
        let left = due.saturating_sub(now);
        let timeout =
            Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut files, Some(&timeout)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        let happened = files.iter().map(|file| !file.revents().is_empty());
        Ok(meaning.into_iter().zip(happened).filter(|(_, is)| *is).map(|(m, _)| m).collect())
    }

    /// Moves a row to its next phase.
    pub fn next(&mut self, name: &str) -> Result<(), String> {
        let now = self.started.elapsed();
        let stand = self.stands.iter_mut().find(|stand| stand.row.name == name);
        let stand = stand.ok_or_else(|| format!("no row {name}"))?;
        stand.next(&self.shelf, &self.events, now)
    }

    /// A row begins anew: it waits for its first connection, and whoever is there is cut off.
    pub fn again(&mut self, name: &str) -> Result<(), String> {
        let now = self.started.elapsed();
        let stand = self.stands.iter_mut().find(|stand| stand.row.name == name);
        let stand = stand.ok_or_else(|| format!("no row {name}"))?;
        stand.again(&self.events, now)
    }

    /// Serves until `ended`, and obeys `input` in between.
    pub fn serve(
        &mut self,
        ended: &AtomicBool,
        mut input: impl FnMut(&mut Self) -> bool,
    ) -> std::io::Result<()> {
        let stdin = std::io::stdin();
        let mut listens = true;
        while !ended.load(Ordering::Relaxed) {
            let has_input = self.turn(listens.then(|| stdin.as_fd()))?;
            if has_input {
                listens = input(self);
            }
        }
        Ok(())
    }
}
