//! Whether a camera is to be recorded: what the wall file, its schedule and keys said.
//!
//! Pure. Policy: a decision by key holds until the schedule next says something else.

use camwall_config::Record;
use camwall_recorder::Cause;

/// Who wants a camera recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingSwitch {
    /// The wall file wants a recording now.
    pub planned: bool,
    /// What a key said since the wall file last changed its mind; none where no key did.
    pub by_hand: Option<bool>,
    /// Whether an earlier run that was killed has been asked what it recorded.
    pub resumed: bool,
}

impl RecordingSwitch {
    pub fn is_on(self) -> bool {
        self.by_hand.unwrap_or(self.planned)
    }

    /// Follows the plan; a change of plan ends what was said by hand.
    pub fn plan(&mut self, planned: bool) {
        if self.planned != planned {
            *self = Self { planned, by_hand: None, resumed: true };
        }
    }

    /// Why the camera is not to be recorded; none where nobody ever said anything.
    pub fn off(self, record: &Record) -> Option<Cause> {
        match (self.by_hand, record) {
            (Some(_), _) => Some(Cause::StoppedByHand),
            (None, Record::Weekly(_)) => Some(Cause::NotScheduled),
            (None, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(planned: bool) -> RecordingSwitch {
        RecordingSwitch { planned, by_hand: None, resumed: false }
    }

    #[test]
    fn a_key_holds_until_the_schedule_changes() {
        let mut weekly = switch(false);
        weekly.by_hand = Some(true);
        weekly.plan(false);
        assert!(weekly.is_on());
        weekly.plan(true);
        assert_eq!((weekly.is_on(), weekly.by_hand), (true, None));
        weekly.by_hand = Some(false);
        weekly.plan(true);
        assert!(!weekly.is_on());
        weekly.plan(false);
        weekly.plan(true);
        assert!(weekly.is_on());
    }

    #[test]
    fn why_it_is_off() {
        assert_eq!(switch(false).off(&Record::Never), None);
        let stopped = RecordingSwitch { by_hand: Some(false), ..switch(true) };
        assert_eq!(stopped.off(&Record::Always), Some(Cause::StoppedByHand));
    }
}
