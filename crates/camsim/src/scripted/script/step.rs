//! The steps of a dialogue: which request is answered in which way.
//!
//! Pure. A script is a list of steps; a request is answered by the first step that expects
//! it, and in the ordinary way where there is none.

use std::time::Duration;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Options,
    Describe,
    Setup,
    Play,
    GetParameter,
    SetParameter,
    Teardown,
    Other,
}

impl Method {
    /// Its word in a request (RFC 2326, section 10).
    pub fn parse(word: &str) -> Self {
        match word {
            "OPTIONS" => Self::Options,
            "DESCRIBE" => Self::Describe,
            "SETUP" => Self::Setup,
            "PLAY" => Self::Play,
            "GET_PARAMETER" => Self::GetParameter,
            "SET_PARAMETER" => Self::SetParameter,
            "TEARDOWN" => Self::Teardown,
            _ => Self::Other,
        }
    }

    /// What clients send to keep a session alive.
    pub fn is_keepalive(self) -> bool {
        matches!(self, Self::Options | Self::GetParameter | Self::SetParameter)
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happens {
    /// A connection is accepted.
    Accept,
    /// Any request.
    Any,
    /// A request that keeps a session alive, once the session plays.
    Keepalive,
    /// A request that is none of OPTIONS.
    AnyButOptions,
    /// This request.
    Asks(Method),
    /// The n-th SETUP of a connection, from 1 on.
    SetsUp(usize),
}

/// What the camera does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What an ordinary camera would.
    Ordinary,
    /// Nothing.
    Silence,
    /// A status line with these further header lines, and no body.
    Status(u16, &'static str, &'static [&'static str]),
    /// A description with this body in place of its own.
    Sdp(&'static str),
    /// These bytes instead of an answer.
    Bytes(&'static [u8]),
    /// This, and then that over and over, as fast as it is taken.
    Endless(&'static [u8], &'static [u8]),
    /// The ordinary answer's place is taken by a whole recorded one. `CSeq` is set; the camera
    /// acts as it does after its ordinary answer.
    Recorded(String),
    /// The connection is closed.
    Close,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it waits for.
    pub on: Happens,
    /// Only in this phase of the row.
    pub phase: Option<&'static str>,
    /// What is answered.
    pub answer: Answer,
    /// After how long.
    pub delay: Duration,
}

/// A step for ever, at once.
pub fn on(on: Happens, answer: Answer) -> Step {
    Step { on, phase: None, answer, delay: Duration::ZERO }
}

impl Step {
    /// Only in this phase.
    pub fn during(self, phase: &'static str) -> Self {
        Self { phase: Some(phase), ..self }
    }

    /// The answer takes so long.
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// What a connection is about to be answered to.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The request; none where the connection is just accepted.
    pub method: Option<Method>,
    /// How many SETUPs there were, this one included.
    pub setups: usize,
    /// Whether PLAY was answered.
    pub plays: bool,
    /// The phase.
    pub phase: &'static str,
}

/// The step for this moment.
pub fn find(script: &[Step], moment: Moment) -> Option<&Step> {
    script
        .iter()
        .find(|step| step.phase.is_none_or(|phase| phase == moment.phase) && fits(step.on, moment))
}

fn fits(on: Happens, moment: Moment) -> bool {
    let Some(method) = moment.method else {
        return on == Happens::Accept;
    };
    match on {
        Happens::Accept => false,
        Happens::Any => true,
        Happens::Keepalive => moment.plays && method.is_keepalive(),
        Happens::AnyButOptions => method != Method::Options,
        Happens::Asks(wanted) => method == wanted,
        Happens::SetsUp(number) => method == Method::Setup && moment.setups == number,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Happens, Method, Moment, Step, find, on};

    const DESCRIBE: Moment =
        Moment { method: Some(Method::Describe), setups: 0, plays: false, phase: "busy" };

    fn places(script: &[Step], moments: &[Moment]) -> Vec<Option<usize>> {
        let place = |step: &Step| script.iter().position(|other| std::ptr::eq(other, step));
        moments.iter().map(|moment| find(script, *moment).and_then(place)).collect()
    }

    #[test]
    fn the_first_step_that_fits_answers() {
        let script = [
            on(Happens::Asks(Method::Describe), Answer::Silence).during("busy"),
            on(Happens::Any, Answer::Close).during("busy"),
            on(Happens::Accept, Answer::Close).during("good"),
        ];
        let good = Moment { phase: "good", ..DESCRIBE };
        let accepted = Moment { method: None, ..good };
        let play = Moment { method: Some(Method::Play), ..DESCRIBE };
        let found = places(&script, &[DESCRIBE, play, good, accepted]);
        assert_eq!(found, [Some(0), Some(1), None, Some(2)]);
    }

    #[test]
    fn a_keepalive_is_one_only_while_it_plays() {
        let script = [on(Happens::Keepalive, Answer::Silence)];
        let before = Moment { method: Some(Method::Options), ..DESCRIBE };
        let after = Moment { plays: true, ..before };
        let teardown = Moment { method: Some(Method::Teardown), ..after };
        let get = Moment { method: Some(Method::GetParameter), ..after };
        let found = places(&script, &[before, after, teardown, get]);
        assert_eq!(found, [None, Some(0), None, Some(0)]);
    }

    #[test]
    fn the_second_setup_is_told_from_the_first() {
        let script = [on(Happens::SetsUp(2), Answer::Silence)];
        let first = Moment { method: Some(Method::Setup), setups: 1, ..DESCRIBE };
        let second = Moment { setups: 2, ..first };
        let play = Moment { method: Some(Method::Play), ..second };
        let found = places(&script, &[first, second, play]);
        assert_eq!(found, [None, Some(0), None]);
    }
}
