//! A row: one camera of its own port, with all that it does wrong.
//!
//! Plain data, and the words in which the tables are written.

use std::time::Duration;

use super::film::Film;
use super::phase::{Fault, Phase, Whom};
use super::step::Step;

/// What the phases are timed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The simulator is ready.
    Ready,
    /// The first connection is accepted.
    FirstAccept,
    /// The first PLAY is answered.
    FirstPlay,
    /// Each connection has phases of its own, from its PLAY on.
    EachPlay,
}

/// How bytes leave for the client's TCP connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as they can.
    Free,
    /// One write for each byte.
    OneByOne,
    /// So many bytes a second, answers among them.
    BytesPerSecond(u32),
}

/// How RTP may travel; what is asked for otherwise is refused with 461.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transports {
    Both,
    UdpOnly,
}

/// How long a nonce can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonces {
    /// As long as the connection.
    Lasting,
    /// Until the second SETUP, and then until the first keepalive.
    GoStale,
    /// Until the first keepalive. Who sends the old one again is hung up on.
    EndAtKeepalive,
    /// Once.
    OneTime,
}

/// The login that a row asks for, always by Digest.
#[derive(Clone, Debug)]
pub struct Login {
    /// User and password that are right in each phase; a phase that is not named has the last.
    pub right: Vec<(&'static str, &'static str, &'static str)>,
    /// The realm.
    pub realm: String,
    /// The nonce, where it was recorded.
    pub nonce: Option<String>,
    /// How long a nonce can be used.
    pub nonces: Nonces,
    /// In this phase nothing is right.
    pub never_in: Option<&'static str>,
}

/// What the description says of the pictures' parameter sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sprop {
    Told,
    Left,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The last part of its address; unique.
    pub name: String,
    /// What it films.
    pub film: Film,
    /// Whether there is G.711 sound as well.
    pub sound: bool,
    /// What the phases are timed from.
    pub start: Start,
    /// Never empty.
    pub phases: Vec<Phase>,
    /// The steps of the first connection, of the second, and so on; the last repeats.
    pub scripts: Vec<Vec<Step>>,
    /// How RTP may travel.
    pub transports: Transports,
    /// What requests need.
    pub login: Option<Login>,
    /// How bytes leave.
    pub pace: Pace,
    /// What the description says.
    pub sprop: Sprop,
    /// Of the session, in seconds (RFC 2326, section 12.37).
    pub timeout: u32,
    /// The RTP timestamp of the first picture.
    pub timestamp: u32,
    /// What a recorded camera has of its own.
    pub recorded: Option<Recorded>,
}

/// What the dialogue around a recorded answer must fit.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The description, where only that was recorded.
    pub sdp: Option<String>,
    /// The session that the answer names.
    pub session: Option<String>,
    /// What the answer says of the RTP of tracks.
    pub tracks: Vec<TrackStart>,
}

/// How the RTP of a track begins, as an answer has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackStart {
    /// The track's control or the end of it; empty for the first.
    pub control: String,
    pub sequence: Option<u16>,
    pub timestamp: Option<u32>,
    pub ssrc: Option<u32>,
}

/// An ordinary camera, which a table then changes.
pub fn row(name: impl Into<String>, film: Film) -> Row {
    Row {
        name: name.into(),
        film,
        sound: false,
        start: Start::FirstPlay,
        phases: Vec::new(),
        scripts: Vec::new(),
        transports: Transports::Both,
        login: None,
        pace: Pace::Free,
        sprop: Sprop::Told,
        timeout: 60,
        timestamp: 1_000_000,
        recorded: None,
    }
}

impl Row {
    /// A phase for everybody, after those before it.
    pub fn phase(mut self, name: &'static str, seconds: u64, faults: &[Fault]) -> Self {
        let lasts = Some(Duration::from_secs(seconds));
        let faults = faults.to_vec();
        self.phases.push(Phase { name, lasts, faults, whom: Whom::Everybody });
        self
    }

    /// The last phase lasts until somebody says `next`.
    pub fn until_next(mut self) -> Self {
        if let Some(last) = self.phases.last_mut() {
            last.lasts = None;
        }
        self
    }

    /// The last phase concerns only those who play when it begins.
    pub fn for_those_there(mut self) -> Self {
        if let Some(last) = self.phases.last_mut() {
            last.whom = Whom::ThoseThere;
        }
        self
    }

    /// Nothing is wrong until somebody says `next`, the last phase of most rows.
    pub fn then_good(self) -> Self {
        self.phase("good", 0, &[]).until_next()
    }

    /// The script of the next connection, and of all after it that have none.
    pub fn script(mut self, steps: Vec<Step>) -> Self {
        self.scripts.push(steps);
        self
    }

    /// Its phases are timed from this.
    pub fn starts(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// G.711 sound comes as a second track.
    pub fn with_sound(self) -> Self {
        Self { sound: true, ..self }
    }

    /// TCP is refused with 461.
    pub fn udp_only(self) -> Self {
        Self { transports: Transports::UdpOnly, ..self }
    }

    /// Bytes leave at this pace.
    pub fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The description leaves the parameter sets out.
    pub fn without_sprop(self) -> Self {
        Self { sprop: Sprop::Left, ..self }
    }

    /// The session's timeout, in seconds.
    pub fn times_out(self, seconds: u32) -> Self {
        Self { timeout: seconds, ..self }
    }

    /// The RTP timestamp of the first picture.
    pub fn at_timestamp(self, timestamp: u32) -> Self {
        Self { timestamp, ..self }
    }

    /// Requests need this login.
    pub fn asks_for(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    /// All that it may play.
    pub fn films(&self) -> Vec<Film> {
        let faults = self.phases.iter().flat_map(|phase| &phase.faults);
        let shown = faults.filter_map(|fault| match fault {
            Fault::Shows(film) => Some(*film),
            _ => None,
        });
        std::iter::once(self.film).chain(shown).collect()
    }

    /// The steps of the n-th connection, from 1 on.
    pub fn steps(&self, connection: usize) -> &[Step] {
        let place = connection.min(self.scripts.len()).saturating_sub(1);
        self.scripts.get(place).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::super::film::h264;
    use super::super::step::{Answer, Happens, on};
    use super::row;

    #[test]
    fn the_last_script_repeats() {
        let row = row("x", h264("x", 25));
        assert!(row.steps(1).is_empty());
        let steps = |answer| vec![on(Happens::Any, answer)];
        let row = row.script(steps(Answer::Silence)).script(steps(Answer::Close));
        let answers: Vec<_> = (1..=4).map(|n| row.steps(n)[0].answer.clone()).collect();
        assert_eq!(answers, [Answer::Silence, Answer::Close, Answer::Close, Answer::Close]);
    }
}
