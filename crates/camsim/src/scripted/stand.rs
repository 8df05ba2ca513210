//! One row as it runs: its listener, its phases, its connections.
//!
//! Runs on the main thread and never blocks. Policy: at most `MAX_CONNECTIONS`, the next are closed
//! at once, so that a client that leaks is noticed.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};
use serde_json::json;

use super::connection::{By, Connection, Surroundings};
use super::player::Shelf;
use super::reel::Reel;
use super::script::phase::{Fault, Phase, PhaseClock};
use super::script::row::{Row, Start};
use crate::report::Events;

const MAX_CONNECTIONS: usize = 64;
/// One fills the queue of a listener whose backlog is 0, and another is on the safe side.
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

impl Stand {
    /// A port that is taken, and not listened to.
    pub fn bind(row: Row, reel: Arc<Reel>) -> std::io::Result<Self> {
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

    /// What accepts connections now.
    pub fn listener(&self) -> Option<&TcpListener> {
        self.listener.as_ref().filter(|_| self.fillers.is_empty())
    }

    /// Moves to the next phase. The message of an error is meant for the user.
    pub fn next(&mut self, shelf: &Shelf, events: &Events, now: Duration) -> Result<(), String> {
        let mut moved = 0;
        if self.row.start == Start::EachPlay {
            for place in 0..self.connections.len() {
                self.with(place, shelf, events, now, |connection, around| {
                    moved += usize::from(connection.next_phase(around));
                });
            }
        } else if self.clock.next(&self.row.phases, now) {
            self.enter(events);
            moved = 1;
        }
        let none = || format!("{} has no further phase", self.row.name);
        if moved > 0 { Ok(()) } else { Err(none()) }
    }

    /// Begins anew. The message of an error is meant for the user.
    pub fn again(&mut self, events: &Events, now: Duration) -> Result<(), String> {
        let refuses = |phase: &Phase| phase.faults.contains(&Fault::Refuses);
        if self.row.phases.iter().any(refuses) {
            return Err(format!("{} listens, and that cannot be taken back", self.row.name));
        }
        for connection in &mut self.connections {
            connection.over = Some(By::Server);
        }
        self.clear(events);
        self.clock = PhaseClock::default();
        self.accepted = 0;
        self.listen();
        self.begin_by_itself(events, now);
        Ok(())
    }

    /// Listens as the phase says. A socket that listens cannot be stopped, so a phase that
    /// refuses is the first.
    pub fn listen(&mut self) {
        let faults = &self.row.phases[self.clock.index()].faults;
        if faults.contains(&Fault::Refuses) {
            return;
        }
        let full = faults.contains(&Fault::FullQueue);
        self.drain();
        let backlog = if full { 0 } else { 128 };
        // Both can fail only for want of memory or descriptors; the row is then refused.
        if rustix::net::listen(&self.socket, backlog).is_ok() {
            self.listener = self.socket.try_clone().ok().map(TcpListener::from);
        }
        if full {
            self.fillers = (0..FILLERS).filter_map(|_| fill(self.host)).collect();
        }
    }

    /// Takes our own connection off the queue, the only one for which it has room.
    fn drain(&mut self) {
        if !self.fillers.is_empty() {
            self.fillers.clear();
            drop(self.listener.as_ref().map(TcpListener::accept));
        }
    }

    /// The first phase begins.
    fn begin(&mut self, events: &Events, at: Duration) {
        if self.clock.start(at) {
            self.tell(events);
        }
    }

    /// The first phase begins, where it waits for nobody.
    pub fn begin_by_itself(&mut self, events: &Events, now: Duration) {
        if self.row.start == Start::Ready {
            self.begin(events, now);
        }
    }

    /// Another phase has begun.
    fn enter(&mut self, events: &Events) {
        self.listen();
        self.tell(events);
    }

    fn tell(&self, events: &Events) {
        let name = self.row.phases[self.clock.index()].name;
        let t = self.clock.since().as_secs_f64();
        events.emit(&json!({"event": "phase", "row": self.row.name, "phase": name, "t": t}));
    }

    /// The first phase begins, where it waits for a PLAY and there was one.
    pub fn begin_if_played(&mut self, events: &Events, now: Duration) {
        let plays = self.connections.iter().any(|connection| connection.plays_since.is_some());
        if plays && self.row.start == Start::FirstPlay {
            self.begin(events, now);
        }
    }

    pub fn accept(&mut self, shelf: &Shelf, events: &Events, now: Duration) {
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
    pub fn with(
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

    pub fn tick(&mut self, shelf: &Shelf, events: &Events, now: Duration) {
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

    pub fn due(&self, shelf: &Shelf, events: &Events, now: Duration) -> Option<Duration> {
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
