//! What is read comes in the order in which it was recorded, whatever the clock said then.

use super::*;
use crate::paths;

/// Sets the clock, and records for a while.
fn set(gate: &mut SimulatedRecorder, by: i64) {
    // No two moments are the same, as in life.
    gate.set_clock(SignedDuration::from_millis(by * 1000 + by.signum() * 347));
    gate.run(9 * SECOND);
}

fn sent(gate: &SimulatedRecorder) -> Vec<u64> {
    gate.delivered.iter().map(|it| it.number).collect()
}

/// From 22 into 23, back into 22 and on to 23, ahead to 25, back to 21, and on to 23.
fn here_and_there() -> SimulatedRecorder {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T23:59:55Z"));
    gate.settings.length = 4 * SECOND;
    gate.run(9 * SECOND);
    set(&mut gate, -12);
    set(&mut gate, 2 * 86_400);
    set(&mut gate, -4 * 86_400);
    set(&mut gate, 2 * 86_400);
    gate
}

#[test]
fn days_come_in_the_order_in_which_they_were_recorded() {
    let mut gate = here_and_there();
    let dates = crate::ledger::history::days(gate.root(), GATE).unwrap();
    assert!(dates.len() >= 4, "{dates:?}");
    let mut follower = open(&gate, at("2020-01-01T00:00:00Z"));
    back(&mut follower);
    let mut followed = forward(&mut follower);
    gate.run(9 * SECOND);
    gate.finish();
    followed.extend(forward(&mut follower));
    let (_, faults) = verify(gate.root(), GATE, false, &mut |_, _| {}).unwrap();
    assert_eq!(faults, []);
    let mut reader = open(&gate, at("2020-01-01T00:00:00Z"));
    back(&mut reader);
    let all = forward(&mut reader);
    assert_eq!(pictures(&all), sent(&gate));
    assert_eq!(pictures(&followed), sent(&gate), "as it was written");
    let mut reversed = back(&mut reader);
    reversed.reverse();
    assert_eq!(all, reversed);
    let gaps = all.iter().filter(|it| matches!(it, Brief::Gap(..))).count();
    assert_eq!(gaps, 4, "one for each time that the clock was set");
    // A time that was twice is found where it was last: on the way ahead to 23.
    let mut newest = open(&gate, at("2026-11-22T23:59:57Z"));
    let Some(Piece::Gap(gap)) = newest.next_piece().unwrap() else { panic!("not the newest") };
    assert!(gap.start < at("2026-11-22T00:00:00Z") && gap.end > at("2026-11-23T00:00:00Z"));
    let mut ahead = open(&gate, at("2026-11-25T00:00:03Z"));
    let found = pictures(&[brief(ahead.next_piece().unwrap().unwrap())]);
    assert!((180..270).contains(&found[0]), "{found:?}");
    let mut early = open(&gate, at("2026-11-21T00:00:05Z"));
    let found = pictures(&[brief(early.next_piece().unwrap().unwrap())]);
    assert!((270..360).contains(&found[0]), "{found:?}");
}

#[test]
fn what_retention_takes_meanwhile_moves_no_reader() {
    let mut gate = here_and_there();
    gate.finish();
    let mut reader = open(&gate, at("2020-01-01T00:00:00Z"));
    back(&mut reader);
    let all = forward(&mut reader);
    back(&mut reader);
    let mut read = Vec::new();
    while pictures(&read).last().is_none_or(|last| *last < 100) {
        read.push(brief(reader.next_piece().unwrap().unwrap()));
    }
    // The ledger that has the clock's first way back, with all that it tells of.
    let gone = paths::day_folder(gate.root(), GATE, "2026-11-22".parse().unwrap());
    std::fs::remove_dir_all(gone).unwrap();
    let rest = pictures(&forward(&mut reader));
    let all = pictures(&all);
    assert!(all.ends_with(&rest) || rest.iter().all(|it| all.contains(it)));
    assert!(rest.is_sorted() && rest.last() == all.last(), "{rest:?}");
}

#[test]
fn a_file_that_nobody_closes_holds_nobody_up() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 20 * SECOND;
    gate.run(6 * SECOND);
    gate.world().mends = false;
    gate.kill();
    gate.pass(SECOND);
    gate.run(6 * SECOND);
    let mut reader = open(&gate, at("2026-11-22T07:00:00Z"));
    let before = pictures(&forward(&mut reader));
    assert!(before.last() < Some(&60), "the file may still be mended");
    gate.run(20 * SECOND);
    let read = [before, pictures(&forward(&mut reader))].concat();
    assert!(read.is_sorted_by(|one, next| one < next));
    let newest = gate.delivered.last().unwrap().number;
    assert!(newest - read.last().unwrap() < 25, "{read:?}\n{}", gate.told_in_ledgers());
}

#[test]
fn what_the_index_knows_of_a_ledger_is_not_read_from_it() {
    let mut gate = here_and_there();
    gate.finish();
    gate.world().synchronised = Some(true);
    gate.save_index();
    // From here the clock was set back to 21, which nothing else tells.
    let ledger = gate.ledger("2026-11-25".parse().unwrap());
    let length = std::fs::metadata(&ledger).unwrap().len();
    std::fs::write(&ledger, vec![b'\n'; usize::try_from(length).unwrap()]).unwrap();
    let mut reader = open(&gate, at("2026-11-21T00:00:05Z"));
    let read = pictures(&forward(&mut reader));
    assert!(read.is_sorted() && read.last() == sent(&gate).last(), "{read:?}");
}
