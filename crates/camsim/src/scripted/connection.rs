//! One client's TCP connection: what it says, what it is answered, and the media it gets.
//!
//! Runs on the main thread and never blocks. Policy: what a client sends and does not send is
//! bounded; a connection that fails in any way is over.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::dialogue::{Dialogue, Effect, Reply, Stage};
use super::player::{Out, Player, Shelf, Track};
use super::reel::Reel;
use super::route::Route;
use super::script::phase::{Ending, Fault, PhaseClock, Whom};
use super::script::row::{Row, Start};
use super::script::step::Method;
use super::wire::outbox::Outbox;
use super::wire::packets::Packetiser;
use super::wire::rtsp::{self, MAX_REQUEST, Received, Request};
use crate::codec::Codec;
use crate::report::Events;

/// How many answers can wait for their delay.
const MAX_LATER: usize = 16;
/// So many bytes of a flood leave at once, this often at most: 100 MB a second.
const FLOOD: usize = 1 << 20;
const FLOOD_STEP: Duration = Duration::from_millis(10);
/// A client that stays so long after its first picture has taken media.
const TAKEN: Duration = Duration::from_secs(1);

/// What a connection needs to know of its row.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    pub row: &'a Row,
    pub reel: &'a std::sync::Arc<Reel>,
    pub shelf: &'a Shelf,
    pub events: &'a Events,
    pub host: SocketAddr,
    /// The phases of the row.
    pub clock: &'a PhaseClock,
    pub now: Duration,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Client,
    Server,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    pub number: usize,
    pub socket: TcpStream,
    peer: SocketAddr,
    inbox: Vec<u8>,
    outbox: Outbox,
    later: VecDeque<(Duration, Vec<u8>)>,
    dialogue: Dialogue,
    player: Option<Player>,
    /// When PLAY was answered.
    pub plays_since: Option<Duration>,
    /// Its own phases, where each connection has them.
    own_clock: PhaseClock,
    /// The phase in which it was cut off.
    ended_in: Option<usize>,
    closes_when_sent: bool,
    /// What is sent over and over.
    flood: Option<&'static [u8]>,
    reached: Vec<&'static str>,
    /// It is over.
    pub over: Option<By>,
}

impl Connection {
    /// Takes an accepted socket.
    pub fn new(
        number: usize,
        socket: TcpStream,
        peer: SocketAddr,
        around: Surroundings<'_>,
    ) -> Self {
        // Without these it would block or be slow, which the tests would notice.
        socket.set_nonblocking(true).ok();
        socket.set_nodelay(true).ok();
        let mut this = Self {
            number,
            socket,
            peer,
            inbox: Vec::new(),
            outbox: Outbox::new(around.row.pace, around.now),
            later: VecDeque::new(),
            dialogue: Dialogue::new(format!("{}/{number}", around.row.name)),
            player: None,
            plays_since: None,
            own_clock: PhaseClock::default(),
            ended_in: None,
            closes_when_sent: false,
            flood: None,
            reached: Vec::new(),
            over: None,
        };
        if this.dialogue.closes_at_accept(this.stage(around)) {
            this.over = Some(By::Server);
        }
        this
    }

    fn clock<'a>(&'a self, around: Surroundings<'a>) -> &'a PhaseClock {
        if around.row.start == Start::EachPlay { &self.own_clock } else { around.clock }
    }

    fn stage<'a>(&self, around: Surroundings<'a>) -> Stage<'a> {
        let index = self.clock(around).index();
        Stage {
            row: around.row,
            reel: around.reel,
            connection: self.number,
            phase: around.row.phases[index].name,
            host: around.host,
            peer: self.peer,
        }
    }

    /// When it wants to be looked at again.
    pub fn due(&self, around: Surroundings<'_>) -> Option<Duration> {
        let player = self.player.as_ref().and_then(Player::due);
        let later = self.later.front().map(|(due, _)| *due);
        let phase = self.own_clock.due(&around.row.phases);
        let taken = self.media_due();
        let flood = self.flood.map(|_| around.now + FLOOD_STEP);
        let times = [player, later, phase, self.outbox.due(around.now), taken, flood];
        times.into_iter().flatten().min()
    }

    /// Whether it waits for the network to take more.
    pub fn is_blocked(&self) -> bool {
        self.outbox.blocked
    }

    fn media_due(&self) -> Option<Duration> {
        let first = self.player.as_ref()?.first_sent?;
        (!self.reached.contains(&"media")).then_some(first + TAKEN)
    }

    /// Reads what there is, and answers it.
    pub fn read(&mut self, around: Surroundings<'_>) {
        let mut bytes = [0; 4096];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return self.over = Some(By::Client),
                Ok(count) => self.inbox.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.over = Some(By::Client),
            }
            if self.inbox.len() > 2 * MAX_REQUEST {
                break;
            }
        }
        loop {
            match rtsp::receive(&self.inbox) {
                Received::Part => return,
                Received::Frame(length) => drop(self.inbox.drain(..length)),
                Received::Request(request, length) => {
                    self.inbox.drain(..length);
                    self.answer(around, &request);
                }
                Received::Nonsense => return self.over = Some(By::Server),
            }
        }
    }

    fn answer(&mut self, around: Surroundings<'_>, request: &Request) {
        let name = &around.row.name;
        around.events.emit(&json!({
            "event": "request", "row": name, "connection": self.number, "method": request.method,
        }));
        let stage = self.stage(around);
        let Reply { bytes, delay, effect } = self.dialogue.answer(stage, request);
        if bytes.starts_with(b"RTSP/1.0 200") {
            match Method::parse(&request.method) {
                Method::Describe => self.reach("describe", around),
                Method::Setup => self.reach("setup", around),
                Method::Play => self.reach("play", around),
                _ => {}
            }
        }
        if delay.is_zero() {
            self.outbox.put(&[&bytes]);
        } else if self.later.len() < MAX_LATER {
            self.later.push_back((around.now + delay, bytes));
        }
        match effect {
            Effect::Nothing => {}
            Effect::Closes => self.closes_when_sent = true,
            Effect::Plays => self.begin(around),
            Effect::Floods(with) => self.flood = Some(with),
        }
    }

    fn reach(&mut self, step: &'static str, around: Surroundings<'_>) {
        if !self.reached.contains(&step) {
            self.reached.push(step);
            let (row, connection) = (&around.row.name, self.number);
            around.events.emit(
                &json!({"event": "reached", "row": row, "connection": connection, "step": step}),
            );
        }
    }

    fn begin(&mut self, around: Surroundings<'_>) {
        if self.plays_since.is_some() {
            return;
        }
        self.plays_since = Some(around.now);
        if around.row.start == Start::EachPlay && self.own_clock.start(around.now) {
            self.tell_phase(around);
        }
        // The same for every run, and different from one connection to the next.
        let seed = around.row.name.bytes().fold(self.number as u64, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let mut player = Player::new(around.reel, seed, around.now, SystemTime::now());
        for (place, track, start) in self.dialogue.streams(self.stage(around)) {
            let ssrc = start.ssrc.unwrap_or(0);
            let packets = Packetiser::new(track.payload_type, ssrc, start.sequence.unwrap_or(0));
            let timestamp = start.timestamp.unwrap_or(0);
            let ours = Some(Track { place, packets, timestamp });
            match track.codec {
                Some(Codec::Pcmu) => player.audio = ours,
                Some(codec) if codec == around.reel.film.codec => player.video = ours,
                _ => {}
            }
        }
        self.player = Some(player);
    }

    fn tell_phase(&self, around: Surroundings<'_>) {
        let clock = self.clock(around);
        let phase = around.row.phases[clock.index()].name;
        around.events.emit(&json!({
            "event": "phase", "row": around.row.name, "phase": phase,
            "connection": self.number, "t": clock.since().as_secs_f64(),
        }));
    }

    /// Goes on with its own phases by one at once; false where there is no other.
    pub fn next_phase(&mut self, around: Surroundings<'_>) -> bool {
        let moved = self.own_clock.next(&around.row.phases, around.now);
        if moved {
            self.tell_phase(around);
        }
        moved
    }

    /// Does all that is due, and writes.
    pub fn tick(&mut self, around: Surroundings<'_>) {
        if self.over.is_some() {
            return;
        }
        if around.row.start == Start::EachPlay {
            while self.own_clock.advance(&around.row.phases, around.now) {
                self.tell_phase(around);
            }
        }
        while self.later.front().is_some_and(|(due, _)| *due <= around.now) {
            let bytes = self.later.pop_front().map(|(_, bytes)| bytes);
            self.outbox.put(&[&bytes.unwrap_or_default()]);
        }
        if let Some(flood) = self.flood.filter(|_| self.outbox.is_empty()) {
            (0..FLOOD / flood.len().max(1)).for_each(|_| self.outbox.put(&[flood]));
        }
        self.play(around);
        if self.media_due().is_some_and(|due| due <= around.now) {
            self.reach("media", around);
        }
        if self.outbox.flush(around.now, &mut self.socket).is_err() {
            self.over = Some(By::Client);
        } else if self.closes_when_sent && self.outbox.is_empty() && self.later.is_empty() {
            self.over = Some(By::Server);
        }
    }

    fn play(&mut self, around: Surroundings<'_>) {
        let clock = self.clock(around);
        let (index, since) = (clock.index(), clock.since());
        let phase = &around.row.phases[index];
        let was_there = self.plays_since.is_some_and(|plays| plays < since);
        let concerned = phase.whom == Whom::Everybody || was_there;
        let faults: &[Fault] = if concerned { &phase.faults } else { &[] };
        let Some(player) = &mut self.player else { return };
        if self.ended_in.is_some() {
            return;
        }
        let (routes, outbox) = (&self.dialogue.routes, &mut self.outbox);
        player.play(around.now, faults, since, around.shelf, &mut |out: Out<'_>| {
            let set_up = routes.iter().find(|set_up| set_up.place == out.track);
            if let Some(set_up) = set_up {
                set_up.route.send(out.rtcp, out.bytes, outbox);
            }
        });
        let ending = faults.iter().find_map(|fault| match fault {
            Fault::Ends(ending) => Some(*ending),
            _ => None,
        });
        if let Some(ending) = ending {
            self.ended_in = Some(index);
            self.end(ending, around.now);
        }
    }

    fn end(&mut self, ending: Ending, now: Duration) {
        match ending {
            Ending::HalfClose => {
                self.outbox.flush(now, &mut self.socket).ok();
                // It fails only where the client has gone, which the next read says.
                self.socket.shutdown(Shutdown::Write).ok();
                self.outbox.close();
            }
            Ending::Reset => {
                // A socket that lingers for no time at all is reset when it is closed.
                rustix::net::sockopt::set_socket_linger(&self.socket, Some(Duration::ZERO)).ok();
                self.over = Some(By::Server);
            }
            Ending::CutFrame => {
                let channel = self.dialogue.routes.iter().find_map(|set_up| match &set_up.route {
                    Route::Tcp(rtp, _) => Some(*rtp),
                    Route::Udp(..) => None,
                });
                // A frame of 1000 bytes, of which 100 come.
                let head = [b'$', channel.unwrap_or(0), 3, 0xe8];
                self.outbox.put(&[&head, &[0x80; 100]]);
                self.closes_when_sent = true;
            }
        }
    }
}
