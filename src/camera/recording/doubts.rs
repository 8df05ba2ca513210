//! Logs when the archive becomes doubtful, and when that is over.
//!
//! Main world. Policy: a doubt is one line when it begins and one when it ends; what is about all
//! cameras (the clock, `keep.total`, `keep.free`) is told once and not for each of them.

use std::sync::Arc;

use bevy::prelude::*;
use tracing::{info, warn};

use crate::camera::messages::recording as messages;
use crate::camera::{Camera, RecordingStatus};
use camwall_recorder::{Doubts, RetentionRule};

/// Something doubtful: the clock, or a limit that can't be met, of one camera where it is about that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    Clock,
    Limit(RetentionRule, Option<Arc<str>>),
}

impl Doubt {
    fn begins(&self) -> String {
        match self {
            Self::Clock => messages::CLOCK_DOUBTED.to_owned(),
            Self::Limit(rule, camera) => messages::unmet(*rule, &whose(camera.as_deref())),
        }
    }

    fn ends(&self) -> String {
        match self {
            Self::Clock => messages::CLOCK_RIGHT.to_owned(),
            Self::Limit(rule, camera) => messages::met(*rule, &whose(camera.as_deref())),
        }
    }
}

fn whose(camera: Option<&str>) -> String {
    camera.map_or_else(|| "recordings".to_owned(), |id| format!("camera {id}"))
}

/// Logs what became doubtful, and what is no longer.
pub(super) fn log_doubts(
    changed: Query<(), Changed<RecordingStatus>>,
    cameras: Query<(&Camera, &RecordingStatus)>,
    mut told: Local<Vec<Doubt>>,
) {
    if changed.is_empty() {
        return;
    }
    let now = doubts(cameras.iter().map(|(camera, status)| (&camera.id, status.0.doubts)));
    let (begun, over) = differences(&told, &now);
    begun.iter().for_each(|doubt| warn!("{}", doubt.begins()));
    over.iter().for_each(|doubt| info!("{}", doubt.ends()));
    *told = now;
}

/// What is doubtful, each once.
fn doubts<'a>(cameras: impl Iterator<Item = (&'a Arc<str>, Doubts)>) -> Vec<Doubt> {
    let mut all: Vec<Doubt> = Vec::new();
    for (id, Doubts { clock, limit }) in cameras {
        let of_one = |rule| rule == RetentionRule::PerCamera;
        let limit = limit.map(|rule| Doubt::Limit(rule, of_one(rule).then(|| Arc::clone(id))));
        for doubt in clock.then_some(Doubt::Clock).into_iter().chain(limit) {
            if !all.contains(&doubt) {
                all.push(doubt);
            }
        }
    }
    all
}

/// What began and what is over.
fn differences<'a>(before: &'a [Doubt], now: &'a [Doubt]) -> (Vec<&'a Doubt>, Vec<&'a Doubt>) {
    let begun = now.iter().filter(|doubt| !before.contains(doubt)).collect();
    let over = before.iter().filter(|doubt| !now.contains(doubt)).collect();
    (begun, over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_all_cameras_is_told_once_and_again_when_it_is_over() {
        let ids: Vec<Arc<str>> = vec!["gate".into(), "dock".into()];
        let say = |clock, limits: [Option<RetentionRule>; 2]| {
            let each = ids.iter().zip(limits);
            doubts(each.map(|(id, limit)| (id, Doubts { clock, limit })))
        };
        let told = |before: &[Doubt], now: &[Doubt]| {
            let (begun, over) = differences(before, now);
            let begun = begun.into_iter().map(Doubt::begins);
            begun.chain(over.into_iter().map(Doubt::ends)).collect::<Vec<_>>().join("\n")
        };
        let well = say(false, [None; 2]);
        assert_eq!(well, []);
        let total = say(true, [Some(RetentionRule::Total); 2]);
        insta::assert_snapshot!(told(&well, &total), @r"
        recordings: the clock contradicts what is recorded; where that is a minute and more nothing is removed by age until the system says that it is synchronised, or an operator that it is right (`trust_clock`)
        recordings: keep.total can't be met: what is left of it is kept, or can't be removed, so that each new file goes as soon as it is closed; release some (K), or change the limit
        ");
        assert_eq!(told(&total, &total), "");
        let each = say(false, [Some(RetentionRule::PerCamera); 2]);
        insta::assert_snapshot!(told(&total, &each), @r"
        camera gate: keep.per_camera can't be met: what is left of it is kept, or can't be removed, so that each new file goes as soon as it is closed; release some (K), or change the limit
        camera dock: keep.per_camera can't be met: what is left of it is kept, or can't be removed, so that each new file goes as soon as it is closed; release some (K), or change the limit
        recordings: the clock is trusted again: old ones go by age
        recordings: keep.total is met again
        ");
        let one = say(false, [None, Some(RetentionRule::PerCamera)]);
        insta::assert_snapshot!(told(&each, &one), @"camera gate: keep.per_camera is met again");
        insta::assert_snapshot!(told(&one, &say(false, [Some(RetentionRule::Free), None])), @r"
        recordings: keep.free can't be met: what is left of it is kept, or can't be removed, so that each new file goes as soon as it is closed; release some (K), or change the limit
        camera dock: keep.per_camera is met again
        ");
    }
}
