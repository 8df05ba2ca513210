//! When a tour goes on: one rule for tours of layouts and for tours of cameras in one tile.
//!
//! Pure: it is told the time, and knows no entity. Policy: a step is made warm before its turn, is shown
//! when its pictures are there, and is waited for in vain no longer than [`PATIENCE`]; one step at a
//! time, however late an update comes. What an operator does pauses a tour; it goes on with the step
//! where it was, once nobody has done anything for a while and nobody looks at something closely.

use std::time::Duration;

use bevy::prelude::Component;

/// How long before its turn a step is made warm; half of what there is until then where that is shorter.
pub const WARM: Duration = Duration::from_secs(3);

/// How long after its turn a step is waited for whose pictures are not there.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What an operator last did to the tours of a wall. Times count from the start of the program.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// Nothing, or he wanted them to go on.
    #[default]
    Free,
    /// Something, then.
    Operated(Duration),
    /// He wanted them to stay where they are.
    Stopped,
}

impl Attention {
    /// The operator did something that has nothing to do with tours.
    pub fn operate(&mut self, now: Duration) {
        if *self != Self::Stopped {
            *self = Self::Operated(now);
        }
    }

    /// Whether this pauses what has been running since then.
    fn pauses(self, since: Duration) -> bool {
        match self {
            Self::Free => false,
            Self::Operated(at) => at >= since,
            Self::Stopped => true,
        }
    }

    /// The operator wants tours of which one is `running`, or none, to stay where they are or to go on.
    pub fn toggle(&mut self, running: bool) {
        *self = if running { Self::Stopped } else { Self::Free };
    }
}

/// What a tour needs to know to go on.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Since the start of the program.
    pub now: Duration,
    /// How long the step is shown that is shown now.
    pub dwell: Duration,
    /// How many steps there are, at least 1.
    pub steps: usize,
    /// How long after the last operation a paused tour goes on.
    pub resume_after: Duration,
    /// What the operator did.
    pub attention: Attention,
    /// Somebody looks closely: at one camera, an enlarged picture, the help.
    pub looked_at: bool,
}

impl Moment {
    /// The earliest operation that pauses a tour which begins now.
    fn begun(&self) -> Duration {
        (self.now + Duration::from_nanos(1)).saturating_sub(self.resume_after)
    }
}

/// Where a tour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    step: usize,
    state: State,
    /// Since when the step that comes next has been kept warm.
    warm: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It begins with the next moment; its step was shown before for so long.
    Beginning { before: Duration },
    /// The step is shown since then, and was before for so long.
    Running { since: Duration, before: Duration },
    /// It goes on a while after this.
    Paused { from: Duration },
    /// It does not go on while it is as it is.
    Held,
}

impl Default for State {
    fn default() -> Self {
        Self::Beginning { before: Duration::ZERO }
    }
}

/// Whether a tour goes on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It does.
    Running,
    /// Not before so much time has passed.
    Paused(Duration),
    /// Not while it is as it is.
    Stopped,
}

impl Progress {
    /// A tour that begins with the next moment, at this step, which was shown before for so long.
    pub fn at(step: usize, before: Duration) -> Self {
        Self { step, state: State::Beginning { before }, warm: None }
    }

    /// The step that is shown, or was before the operator showed something else.
    pub fn step(&self) -> usize {
        self.step
    }

    /// For how long its step was shown of late; not at all where a pause makes it begin anew.
    pub fn shown(&self, now: Duration) -> Duration {
        match self.state {
            State::Beginning { before } => before,
            State::Running { since, before } => before + now.saturating_sub(since),
            State::Paused { .. } | State::Held => Duration::ZERO,
        }
    }

    /// The step that is to be kept warm, because it comes next.
    pub fn warm(&self, steps: usize) -> Option<usize> {
        self.warm.map(|_| self.coming(steps))
    }

    fn coming(&self, steps: usize) -> usize {
        if self.is_paused() { self.step } else { (self.step + 1) % steps.max(1) }
    }

    /// Whether an operator paused it, as of the last [`go_on`](Self::go_on).
    pub fn is_paused(&self) -> bool {
        matches!(self.state, State::Paused { .. } | State::Held)
    }

    /// Whether it goes on by itself now that the operator has done this.
    pub fn is_running(&self, moment: &Moment) -> bool {
        match self.state {
            State::Beginning { .. } => !moment.attention.pauses(moment.begun()),
            State::Running { since, .. } => !moment.attention.pauses(since),
            // Told to, it goes on at once.
            State::Paused { .. } | State::Held => moment.attention == Attention::Free,
        }
    }

    /// Whether it goes on by itself, as of the last [`go_on`](Self::go_on).
    pub fn pace(&self, moment: &Moment) -> Pace {
        match self.state {
            State::Beginning { .. } | State::Running { .. } => Pace::Running,
            State::Held => Pace::Stopped,
            State::Paused { from } => {
                Pace::Paused((from + moment.resume_after).saturating_sub(moment.now))
            }
        }
    }

    /// When something is to be done next, as far as time alone decides.
    pub fn due(&self, moment: &Moment) -> Option<Duration> {
        let (turn, lead) = self.turn(moment)?;
        let warm = turn.saturating_sub(lead);
        if self.warm.is_none() { Some(warm) } else { Some(turn).filter(|turn| *turn > moment.now) }
    }

    /// When the next step's turn is, and how long before it is made warm.
    fn turn(&self, moment: &Moment) -> Option<(Duration, Duration)> {
        let (since, time) = match self.state {
            State::Beginning { .. } | State::Held => return None,
            // Never at once: there is to be time to make the next one warm.
            State::Running { since, before } => {
                let least = WARM.min(moment.dwell / 2);
                (since, moment.dwell.saturating_sub(before).max(least))
            }
            State::Paused { from } => (from, moment.resume_after),
        };
        Some((since + time, WARM.min(time / 2)))
    }

    /// What time and the operator make of it; the step that is to be shown from now on, perhaps the one
    /// where it was. `ready` says whether the pictures of a step are there.
    pub fn go_on(&mut self, moment: &Moment, ready: impl FnOnce(usize) -> bool) -> Option<usize> {
        if let State::Beginning { before } = self.state {
            let from = moment.begun();
            self.state = if moment.attention.pauses(from) {
                State::Paused { from }
            } else {
                State::Running { since: moment.now, before }
            };
        }
        if self.is_paused() && moment.attention == Attention::Free {
            return Some(self.show(self.step, moment.now));
        }
        self.attend(moment);
        let turn = self.turn(moment).filter(|(turn, lead)| moment.now + *lead >= *turn);
        let Some((turn, lead)) = turn else {
            self.warm = None;
            return None;
        };
        let warm = *self.warm.get_or_insert(moment.now);
        if moment.now < turn {
            return None;
        }
        let coming = self.coming(moment.steps);
        // Who comes late, as after a sleep, gives the step the time that it would have had.
        let late = moment.now >= turn.max(warm + lead) + PATIENCE;
        (ready(coming) || late).then(|| self.show(coming, moment.now))
    }

    /// Pauses, for what the operator did and while he looks.
    fn attend(&mut self, moment: &Moment) {
        let (now, stopped) = (moment.now, moment.attention == Attention::Stopped);
        if let State::Running { since, .. } = self.state
            && moment.attention.pauses(since)
        {
            (self.state, self.warm) = (State::Paused { from: since }, None);
        }
        let held = stopped || moment.looked_at;
        self.state = match (self.state, moment.attention) {
            (State::Paused { .. } | State::Held, _) if held => State::Held,
            (State::Held, _) => State::Paused { from: now },
            (State::Paused { from }, Attention::Operated(at)) => {
                State::Paused { from: from.max(at) }
            }
            (state, _) => state,
        };
    }

    /// Pauses it, until it is told to go on.
    pub fn hold(&mut self) {
        (self.state, self.warm) = (State::Held, None);
    }

    /// The wall file has the step somewhere else, or no more: then the tour goes on from its first.
    pub fn renumber(&mut self, step: Option<usize>) {
        (self.warm, self.step) = (None, step.unwrap_or(0));
        if step.is_none() && !self.is_paused() {
            self.state = State::default();
        }
    }

    fn show(&mut self, step: usize, now: Duration) -> usize {
        let state = State::Running { since: now, before: Duration::ZERO };
        *self = Self { step, state, warm: None };
        step
    }
}

#[cfg(test)]
mod tests;
