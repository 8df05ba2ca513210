//! A file of which a power cut left whole clusters and no head: what becomes of it, and who is told.

use std::time::Duration;

use camwall_media::Container;

use super::{GATE, SimulatedRecorder};
use crate::disk::log::DiskCall;
use crate::{Cause, FaultKind, verify};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_file_without_a_head_is_looked_at_once_and_stays_for_people() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        gate.run(5 * SECOND);
        gate.kill();
        let part = gate.part();
        let mut bytes = std::fs::read(&part).unwrap();
        bytes[8..100].fill(0xaa);
        std::fs::write(&part, &bytes).unwrap();
        gate.pass(SECOND);
        gate.run(5 * SECOND);
        assert!(gate.status().writing, "it holds nobody up");
        for start in 0..3 {
            gate.finish();
            let (history, faults) = verify(gate.root(), GATE, false, &mut |_, _| {}).unwrap();
            let told: Vec<_> = faults.iter().map(|it| (&it.path, &it.kind)).collect();
            assert_eq!(told, [(&part, &FaultKind::UnfinishedUnknown)], "and nothing else");
            let gap = &history.gaps()[0];
            assert_eq!(gap.cause, Cause::ProgramKilled, "what was in it is told to be missing");
            assert!(history.opens().is_empty());
            assert_eq!(std::fs::read(&part).unwrap(), bytes, "{start}");
            // Later starts look at it no more, so that it is said once.
            gate.system.real().begin(gate.world().now());
            gate.pass(SECOND);
            gate.run(5 * SECOND);
            let calls = gate.system.real().take();
            let opened = |it: &DiskCall| matches!(it, DiskCall::Open { path, .. } if *path == part);
            assert!(!calls.iter().any(|it| opened(&it.call)), "{container:?}");
        }
    }
}
