//! A camera with behaviours: what it does when it is connected to, by chance.

use std::cell::Cell;
use std::time::Duration;

use fastrand::Rng;

use crate::source::route::{Client, LowerTransport, Route};
use crate::source::{ANSWER_TIMEOUT, SourceError};
use crate::undecodable::Undecodable;

/// The beginning of all passwords.
pub(super) const SECRET: &str = "kanari";
/// The password in the address, and those that are read one after the other.
pub(super) const PASSWORDS: [&str; 3] = ["kanari7", "kanari8", "kanari9"];

thread_local! {
    /// The password in use, which is in all that a source or a panic says.
    pub(super) static IN_USE: Cell<&'static str> = const { Cell::new(PASSWORDS[0]) };
}

/// What comes of one try.
pub(super) enum Answer {
    Fail(SourceError),
    Panic,
    Play(Plan),
}

/// A connection that came up.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Packets of sound before the first picture.
    pub sound: u32,
    pub pictures: u32,
    pub interval: Duration,
    /// Before this packet nothing comes for so long.
    pub gap: (u32, Duration),
    pub end: End,
}

/// How it ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    Error(SourceError),
    /// Nothing comes any more.
    Silence,
    Panic,
    /// The decoder panics over the last packet.
    DecoderPanic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behaviour {
    Well,
    Breaks,
    Unreachable,
    Slow,
    RefusesLogin,
    Busy,
    SendsElsewhere,
    /// Plays, and we hang up: nothing can be decoded, or all of it is late.
    Garbled,
    Late,
    /// Serves one way only.
    Only(LowerTransport),
    /// Refuses TCP, and no datagram arrives.
    Behind,
    NeitherWay,
    NotForRetina,
    NotForAnyone,
    Closes,
    Mute,
    SoundOnly,
    Panics,
}

/// The simulated camera, or file.
pub(super) struct Camera {
    behaviour: Behaviour,
    /// Tries for which the behaviour lasts.
    left: u32,
    file: bool,
}

impl Camera {
    pub fn new(file: bool) -> Self {
        Self { behaviour: Behaviour::Well, left: 0, file }
    }

    /// How long a try takes, and what comes of it.
    pub fn answer(&mut self, route: Route, rng: &mut Rng) -> (Duration, Answer) {
        if self.left == 0 {
            self.behaviour = behaviour(rng);
            self.left = if rng.bool() { rng.u32(1..3) } else { rng.u32(3..9) };
        }
        self.left -= 1;
        let quick = Duration::from_millis(rng.u64(1..400));
        let takes = if self.behaviour == Behaviour::Slow { ANSWER_TIMEOUT } else { quick };
        (takes, self.by_behaviour(route, rng))
    }

    fn by_behaviour(&self, route: Route, rng: &mut Rng) -> Answer {
        let misunderstood = |rng: &mut Rng| {
            let client = if route.ffmpeg { Client::Ffmpeg } else { Client::Retina };
            let detail = detail(rng);
            Answer::Fail(if rng.bool() {
                SourceError::Dialogue { client, detail }
            } else {
                SourceError::Unsupported { detail }
            })
        };
        let refused = |rng: &mut Rng, over: LowerTransport| {
            let detail = detail(rng);
            Answer::Fail(SourceError::TransportRefused { refused: over.into(), detail })
        };
        let silent = |plan: Plan| Answer::Play(Plan { pictures: 0, end: End::Silence, ..plan });
        let plan = self.plan(rng);
        match (self.behaviour, route.over) {
            (Behaviour::Unreachable, _) if self.file => {
                Answer::Fail(SourceError::NotFound { detail: detail(rng) })
            }
            (Behaviour::Unreachable, _) => {
                Answer::Fail(SourceError::Unreachable { detail: detail(rng) })
            }
            (Behaviour::Slow, _) => {
                Answer::Fail(SourceError::Timeout { step: "DESCRIBE", after: ANSWER_TIMEOUT })
            }
            (Behaviour::RefusesLogin, _) => Answer::Fail(SourceError::Auth { detail: detail(rng) }),
            (Behaviour::Busy, _) => {
                let asks = [None, Some(0), Some(7), Some(3600)][rng.usize(0..4)];
                let retry_after = asks.map(Duration::from_secs);
                Answer::Fail(SourceError::Busy { detail: detail(rng), retry_after })
            }
            (Behaviour::SendsElsewhere, _) => {
                Answer::Fail(SourceError::SentElsewhere { detail: detail(rng) })
            }
            (Behaviour::Only(way), Some(over)) if over != way => refused(rng, over),
            (Behaviour::Behind, Some(over @ LowerTransport::Tcp)) => refused(rng, over),
            (Behaviour::Behind, _) => silent(Plan { sound: 0, ..plan }),
            (Behaviour::NeitherWay, Some(over)) => refused(rng, over),
            (Behaviour::NotForRetina, _) if !route.ffmpeg => misunderstood(rng),
            (Behaviour::NotForAnyone, _) => misunderstood(rng),
            (Behaviour::Closes, _) => {
                let end = End::Error(SourceError::EndOfStream);
                Answer::Play(Plan { sound: 0, pictures: 0, end, ..plan })
            }
            (Behaviour::Mute, _) => silent(Plan { sound: 0, ..plan }),
            (Behaviour::SoundOnly, _) => silent(Plan { sound: 5, ..plan }),
            (Behaviour::Panics, _) if rng.bool() => Answer::Panic,
            (Behaviour::Panics, _) => {
                let end = if rng.bool() { End::Panic } else { End::DecoderPanic };
                Answer::Play(Plan { end, ..plan })
            }
            (Behaviour::Garbled, _) => {
                let end = End::Error(SourceError::Undecodable { why: Undecodable::BrokenPictures });
                Answer::Play(Plan { pictures: rng.u32(0..20), end, ..plan })
            }
            (Behaviour::Late, _) => {
                let by = Duration::from_millis(rng.u64(5000..9000));
                let end = End::Error(SourceError::Late { by });
                Answer::Play(Plan { pictures: rng.u32(1..60), end, ..plan })
            }
            (Behaviour::Breaks, _) => Answer::Play(Plan { pictures: rng.u32(0..20), ..plan }),
            _ => Answer::Play(plan),
        }
    }

    fn plan(&self, rng: &mut Rng) -> Plan {
        // Around the half minute after which a camera counts as well.
        let seconds = if rng.bool() { rng.u64(1..70) } else { rng.u64(28..32) };
        let interval = Duration::from_millis(rng.u64(200..900));
        let pictures = u32::try_from(seconds * 1000 / interval.as_millis() as u64).unwrap() + 1;
        let gap = Duration::from_millis(if rng.bool() { 0 } else { rng.u64(0..9000) });
        let end = match rng.u32(0..12) {
            0..=2 if self.file => End::Error(SourceError::Ended),
            0 => End::Error(SourceError::EndOfStream),
            1 | 2 => End::Error(SourceError::Broken { detail: detail(rng) }),
            3 => End::Error(SourceError::Dialogue { client: Client::Retina, detail: detail(rng) }),
            4 => End::Error(SourceError::Unsupported { detail: detail(rng) }),
            5 => End::Error(SourceError::Auth { detail: detail(rng) }),
            6 => End::Panic,
            _ => End::Silence,
        };
        let sound = if rng.u32(0..4) == 0 { rng.u32(1..4) } else { 0 };
        Plan { sound, pictures, interval, gap: (rng.u32(0..pictures), gap), end }
    }
}

fn behaviour(rng: &mut Rng) -> Behaviour {
    match rng.u32(0..23) {
        0..=2 => Behaviour::Well,
        3 => Behaviour::Breaks,
        4 | 5 => Behaviour::Unreachable,
        6 => Behaviour::Slow,
        7 => Behaviour::RefusesLogin,
        8 => Behaviour::Only(LowerTransport::Tcp),
        9 => Behaviour::Only(LowerTransport::Udp),
        10 => Behaviour::Behind,
        11 => Behaviour::NeitherWay,
        12 => Behaviour::NotForRetina,
        13 => Behaviour::NotForAnyone,
        14 => Behaviour::Closes,
        15 => Behaviour::Mute,
        16 => Behaviour::SoundOnly,
        17 => Behaviour::Busy,
        18 => Behaviour::SendsElsewhere,
        19 | 20 => Behaviour::Garbled,
        21 => Behaviour::Late,
        _ => Behaviour::Panics,
    }
}

/// The same words often, so that an outage has the same cause twice.
pub(super) fn detail(rng: &mut Rng) -> String {
    let (number, secret) = (rng.u32(0..2), IN_USE.get());
    format!("{number} at rtsp://viewer:{secret}@cam/x?token={secret}, logged in with {secret}")
}
