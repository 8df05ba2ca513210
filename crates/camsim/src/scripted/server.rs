//! The rows side by side: their listeners, their phases, their connections.
//!
//! One thread serves all of them with poll(2); nothing in it blocks but writing events. Policy: at
//! most `MAX_CONNECTIONS` a row, the next are closed at once, so that a client that leaks is
//! noticed.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use serde_json::json;

use super::connection::{By, Connection, Surroundings};
use super::player::Shelf;
use super::reel::Reel;
use super::script::phase::{Fault, PhaseClock};
use super::script::row::{Row, Start};
use crate::report::Events;

const MAX_CONNECTIONS: usize = 64;
/// A signal that comes just before waiting is noticed after this.
const MAX_WAIT: Duration = Duration::from_millis(100);
/// As many connections as fill the queue of a listener whose backlog is 0, and one more that
/// the kernel refuses to finish.
const FILLERS: usize = 2;

/// One row as it runs.
#[derive(Debug)]
pub struct Stand {
    pub row: Row,
    reel: Arc<Reel>,
    pub host: SocketAddr,
    socket: OwnedFd,
    /// Whether the socket is one that listens by now.
    listener: Option<TcpListener>,
    /// What fills the queue of a listener that answers no SYN.
    fillers: Vec<TcpStream>,
    clock: PhaseClock,
    pub connections: Vec<Connection>,
    accepted: usize,
}

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

    /// Begins to listen; the time of events begins here.
    pub fn open(&mut self) {
        self.started = Instant::now();
        for stand in &mut self.stands {
            if stand.row.start == Start::Ready {
                stand.begin(&self.events, Duration::ZERO);
            }
            stand.listen();
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
            if let Some(listener) = stand.listener.as_ref().filter(|_| stand.fillers.is_empty()) {
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
        let (shelf, events) = (&self.shelf, &self.events);
        let stand = self.stands.iter_mut().find(|stand| stand.row.name == name);
        let stand = stand.ok_or_else(|| format!("no row {name}"))?;
        if stand.row.start == Start::EachPlay {
            let mut moved = 0;
            for place in 0..stand.connections.len() {
                stand.with(place, shelf, events, now, |connection, around| {
                    moved += usize::from(connection.next_phase(around));
                });
            }
            return if moved > 0 { Ok(()) } else { Err(format!("{name}: nobody to move")) };
        }
        if !stand.clock.next(&stand.row.phases, now) {
            return Err(format!("{name} has no further phase"));
        }
        stand.enter(events);
        Ok(())
    }

    /// A row begins anew: it waits for its first connection, and whoever is there is cut off.
    pub fn again(&mut self, name: &str) -> Result<(), String> {
        let now = self.started.elapsed();
        let stand = self.stands.iter_mut().find(|stand| stand.row.name == name);
        let stand = stand.ok_or_else(|| format!("no row {name}"))?;
        for connection in &mut stand.connections {
            connection.over = Some(By::Server);
        }
        stand.clear(&self.events);
        stand.clock = PhaseClock::default();
        stand.accepted = 0;
        if stand.row.start == Start::Ready {
            stand.begin(&self.events, now);
        }
        Ok(())
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

impl Stand {
    /// A port that is taken, and not listened to.
    fn bind(row: Row, reel: Arc<Reel>) -> std::io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket =
            rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        rustix::net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let host: SocketAddr = TcpListener::from(socket.try_clone()?).local_addr()?;
        Ok(Self {
            row,
            reel,
            host,
            socket,
            listener: None,
            fillers: Vec::new(),
            clock: PhaseClock::default(),
            connections: Vec::new(),
            accepted: 0,
        })
    }

    /// Listens as the phase says. A socket that listens cannot be stopped, so a phase that
    /// refuses is the first.
    fn listen(&mut self) {
        let faults = &self.row.phases[self.clock.index()].faults;
        if faults.contains(&Fault::Refuses) {
            return;
        }
        let full = faults.contains(&Fault::FullQueue);
        let backlog = if full { 0 } else { 128 };
        // Both can fail only for want of memory or descriptors; the row is then refused.
        if rustix::net::listen(&self.socket, backlog).is_ok() {
            self.listener = self.socket.try_clone().ok().map(TcpListener::from);
        }
        self.fillers.clear();
        if full {
            self.fillers = (0..FILLERS).filter_map(|_| fill(self.host)).collect();
        }
    }

    /// The first phase begins.
    fn begin(&mut self, events: &Events, at: Duration) {
        if self.clock.start(at) {
            self.enter(events);
        }
    }

    fn enter(&mut self, events: &Events) {
        let name = self.row.phases[self.clock.index()].name;
        let t = self.clock.since().as_secs_f64();
        events.emit(&json!({"event": "phase", "row": self.row.name, "phase": name, "t": t}));
        self.listen();
    }

    fn begin_if_played(&mut self, events: &Events, now: Duration) {
        let plays = self.connections.iter().any(|connection| connection.plays_since.is_some());
        if plays && self.row.start == Start::FirstPlay {
            self.begin(events, now);
        }
    }

    fn accept(&mut self, shelf: &Shelf, events: &Events, now: Duration) {
        let accepted = self.listener.as_ref().map(TcpListener::accept);
        let Some(Ok((socket, peer))) = accepted else { return };
        if self.connections.len() >= MAX_CONNECTIONS {
            return;
        }
        self.accepted += 1;
        let number = self.accepted;
        let row = &self.row.name;
        events.emit(&json!({"event": "connect", "row": row, "connection": number}));
        if self.row.start == Start::FirstAccept {
            self.begin(events, now);
        }
        let around = self.around(shelf, events, now);
        let connection = Connection::new(number, socket, peer, around);
        self.connections.push(connection);
    }

    fn around<'a>(
        &'a self,
        shelf: &'a Shelf,
        events: &'a Events,
        now: Duration,
    ) -> Surroundings<'a> {
        let Self { row, reel, host, clock, .. } = self;
        Surroundings { row, reel, shelf, events, host: *host, clock, now }
    }

    /// Does something with one connection.
    fn with(
        &mut self,
        place: usize,
        shelf: &Shelf,
        events: &Events,
        now: Duration,
        mut what: impl FnMut(&mut Connection, Surroundings<'_>),
    ) {
        let Self { row, reel, host, clock, connections, .. } = self;
        if let Some(connection) = connections.get_mut(place) {
            what(connection, Surroundings { row, reel, shelf, events, host: *host, clock, now });
        }
    }

    fn tick(&mut self, shelf: &Shelf, events: &Events, now: Duration) {
        while self.clock.advance(&self.row.phases, now) {
            self.enter(events);
        }
        for place in 0..self.connections.len() {
            self.with(place, shelf, events, now, Connection::tick);
        }
        self.clear(events);
    }

    /// Closes what is over.
    fn clear(&mut self, events: &Events) {
        let row = &self.row.name;
        self.connections.retain(|connection| {
            let Some(by) = connection.over else { return true };
            let by = if by == By::Client { "client" } else { "server" };
            let number = connection.number;
            events.emit(&json!({"event": "close", "row": row, "connection": number, "by": by}));
            false
        });
    }

    fn due(&self, shelf: &Shelf, events: &Events, now: Duration) -> Option<Duration> {
        let around = self.around(shelf, events, now);
        let connections = self.connections.iter().filter_map(|connection| connection.due(around));
        connections.chain(self.clock.due(&self.row.phases)).min()
    }
}

/// A connection that nobody will accept; it need not be finished.
fn fill(host: SocketAddr) -> Option<TcpStream> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket =
        rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).ok()?;
    match rustix::net::connect(&socket, &host) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Some(TcpStream::from(socket)),
        Err(_) => None,
    }
}
