//! What `--verify` found, in an operator's words.
//!
//! Pure. Policy: the fault's own text, with the causes' words, and what happens next where that is
//! known.

use camwall_recorder::{Fault, FaultKind, IntervalName, format_length};

use crate::camera::messages::recording;
use camwall_words::EN;

/// Where a fault is and what it is.
pub(super) fn line(fault: &Fault) -> String {
    format!("{}: {}", fault.location(), words(&fault.kind))
}

/// What is wrong.
pub(super) fn words(kind: &FaultKind) -> String {
    match kind {
        FaultKind::Unfinished => {
            format!("{kind}; camwall finishes it the next time it records this camera")
        }
        FaultKind::UnfinishedUnknown => format!(
            "{kind}: camwall leaves it as it is; a player may make something of it, else it can be removed"
        ),
        FaultKind::NotClosed => {
            format!("{kind}; camwall does it the next time it records this camera")
        }
        FaultKind::Overlap { what, start, by, last } => format!(
            "{} begins at {start:.3}, {} before {} ends",
            name(what),
            format_length(*by),
            name(last)
        ),
        FaultKind::Loose { what, start } => {
            format!("{} begins at {start:.3}, where nothing ends", name(what))
        }
        _ => kind.to_string(),
    }
}

fn name(interval: &IntervalName) -> String {
    match interval {
        IntervalName::Segment(file) => file.clone(),
        IntervalName::Gap(cause) => format!("the gap ({})", recording::cause(&EN.causes, *cause)),
    }
}

#[cfg(test)]
mod tests {
    use camwall_recorder::Cause;
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn faults_name_gaps_by_their_causes_and_say_what_happens_next() {
        let (start, by) = ("2026-11-22T07:20:00Z".parse().unwrap(), SignedDuration::from_secs(5));
        let [what, last] =
            [IntervalName::Segment("x.mkv".to_owned()), IntervalName::Gap(Cause::DiskFull)];
        let kind = FaultKind::Overlap { what, start, by, last };
        assert_eq!(
            words(&kind),
            "x.mkv begins at 2026-11-22T07:20:00.000Z, 0:00:05.000 before the gap (disk full) ends"
        );
        let fault = Fault { path: "a/x.mkv.part".into(), line: None, kind: FaultKind::Unfinished };
        assert_eq!(
            line(&fault),
            "a/x.mkv.part: was left unfinished; camwall finishes it the next time it records this \
             camera"
        );
    }
}
