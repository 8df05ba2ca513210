//! Power cuts at any call: what is recorded is replayed up to there on a disk that then loses what was
//! not synced, the program is started on what is left, and the archive must be sound.
//!
//! Each sequence is made from a number, its seed; `CAMWALL_CUTS=first..end` plays others than the first
//! few, and `CAMWALL_CUT=seed:call` one cut alone.

pub(super) mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use self::recorded::Recorded;
use super::seeds::play_each;
use super::{GATE, SimulatedRecorder, new_folder, numbers_in};
use crate::disk::log::{DiskCall, Logged};
use crate::disk::replay::{DiskModel, read_image};
use crate::ledger::history::History;
use crate::{Cause, Fault, FaultKind, verify};

/// Sequences that are played.
const SEQUENCES: Range<u64> = 0..40;
/// Cuts of each.
const CUTS: usize = 100;
const SECOND: Duration = Duration::from_secs(1);
/// The most that a power cut costs.
const LOSS: Duration = SECOND;
/// How far a time may be from what is told of it.
const SLACK: SignedDuration = SignedDuration::from_secs(1);
/// How far the ledger may be ahead of a clock that counts as not set (1 s, and two pictures), and how far the
/// first picture reaches back then.
const DRIFT: SignedDuration = SignedDuration::from_millis(1700);

/// Which calls are more interesting than others: what is done to names, to the ledger, and at the ends of files.
fn is_turn(call: &DiskCall) -> bool {
    !matches!(call, DiskCall::Write { .. } | DiskCall::Sync(_))
}

/// Where to cut: after so many calls.
fn cuts(calls: &[Logged], random: &mut fastrand::Rng) -> Vec<usize> {
    let near = |at: usize| {
        let around = at.saturating_sub(3)..(at + 2).min(calls.len());
        calls[around].iter().any(|it| is_turn(&it.call))
    };
    let (turns, others): (Vec<usize>, Vec<usize>) = (1..=calls.len()).partition(|at| near(*at));
    let some = |of: &[usize], random: &mut fastrand::Rng| random.choice(of).copied();
    (0..CUTS).filter_map(|at| some(if at % 4 == 0 { &others } else { &turns }, random)).collect()
}

/// Pictures that are in the files of a folder, each in one at most.
fn saved(root: &Path) -> BTreeSet<u64> {
    let mut saved = BTreeSet::new();
    for entry in walkdir::WalkDir::new(root.join(GATE)).into_iter().flatten() {
        let video = entry.path().to_string_lossy().contains(".m");
        if entry.file_type().is_file() && video {
            for number in numbers_in(entry.path()).unwrap().pictures {
                assert!(saved.insert(number), "picture {number} is in two files");
            }
        }
    }
    saved
}

/// Cuts the power after so many calls, starts the program on what is left, and looks at the archive.
fn cut(recorded: &Recorded, calls: &[Logged], after: usize, seed: u64, deeper: bool) {
    let mut random = fastrand::Rng::with_seed(seed ^ (after as u64) << 32);
    let root = recorded.gate.root();
    let mut model = DiskModel::new(&recorded.first, random.bool());
    calls[..after].iter().for_each(|it| model.apply(root, it));
    let left = new_folder();
    model.leave(left.path(), &mut random).unwrap();
    let first = read_image(left.path()).unwrap();
    recorded.date_files(left.path(), &model, &mut random);
    let now = calls.get(after).unwrap_or(&calls[after - 1]).at;
    let mut gate = SimulatedRecorder::in_folder(left, now, recorded.wall(now));
    gate.settings =
        crate::SegmentSettings { root: gate.root().to_owned(), ..recorded.gate.settings.clone() };
    gate.limits.clone_from(&recorded.gate.limits);
    // With more room than before: what is kept may fill the disk, and nothing would be recorded.
    gate.camera.gop = recorded.gate.camera.gop;
    gate.camera.count_from(recorded.gate.camera.sent());
    let mut again = Recorded::new(gate, first, random);
    // The clocks go on.
    again.began = recorded.began;
    again.set = recorded.set.iter().filter(|(at, _)| *at <= now).copied().collect();
    again.troubles.clone_from(&recorded.troubles);
    again.stops = recorded.stops.clone();
    // No machine starts in a second, and names are told apart by seconds.
    again.gate.pass(2 * SECOND);
    if again.random.bool() {
        again.set_clock();
    }
    again.mender_is_busy();
    again.gate.run(4 * SECOND);
    again.gate.finish();
    let delivered = recorded.gate.delivered.iter().filter(|it| it.at <= now);
    let both: Vec<_> = delivered.chain(&again.gate.delivered).copied().collect();
    again.gate.delivered = both;
    let sound = || again.check(recorded, &model, now);
    if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(sound)) {
        let found = again.gate.told_in_ledgers();
        panic!("{}\n{found}", camwall_media::panic_message(&*panic));
    }
    if deeper {
        again.count_full();
        let calls = again.gate.system.real().take();
        let at = again.random.usize(1..=calls.len());
        let seed = again.random.u64(..);
        again.story.push(format!("the power was cut at call {after}"));
        explained(&again, &calls, at, || cut(&again, &calls, at, seed, false));
    }
}

impl Recorded {
    /// What must hold after the power was cut at `cut` in what was `before`.
    fn check(&self, before: &Self, model: &DiskModel, cut: Instant) {
        let root = self.gate.root();
        let (history, mut faults) = verify(root, GATE, false, &mut |_, _| {}).unwrap();
        let unknown = faults.extract_if(.., |fault| never_was(fault, model, root));
        let unknown: Vec<_> = unknown.map(|fault| fault.path).collect();
        faults.retain(|fault| !is_torn(fault, model, root));
        assert_eq!(faults, []);
        assert_eq!(self.gate.taken_though_kept(), [] as [String; 0]);
        let mut saved = saved(root);
        let taken = self.gate.world().taken.clone();
        saved.extend(taken.into_iter().flat_map(|it| it.numbers.pictures));
        let known = super::power_cuts::saved(before.gate.root());
        let in_trouble = |at: Instant| {
            let troubles = before.troubles.iter();
            let mut its = troubles.filter(|[from, until, _]| (*from - LOSS..=*until).contains(&at));
            its.any(|[.., over]| cut <= *over)
        };
        let lost: Vec<_> = self
            .gate
            .delivered
            .iter()
            .filter(|it| {
                let old = before.wanted(it.at) < cut - LOSS
                    && known.contains(&it.number)
                    && !in_trouble(it.at);
                let new = it.at > cut + 3 * SECOND + SECOND / 2;
                (old || new) && !saved.contains(&it.number)
            })
            .collect();
        assert!(
            lost.is_empty(),
            "lost by a cut at {:?}: {:?}",
            cut.duration_since(before.began.0),
            lost.iter()
                .map(|it| (it.number, it.at.saturating_duration_since(before.began.0)))
                .collect::<Vec<_>>()
        );
        self.check_lines(&history, model);
        let times = self.times();
        self.check_segments(&history, &times);
        // Of those who may make something of it nobody speaks here.
        let known = |path: &PathBuf| numbers_in(path).unwrap_or_default().pictures;
        let unknown: BTreeSet<_> = unknown.iter().flat_map(known).collect();
        saved.retain(|number| !unknown.contains(number));
        self.check_gaps(&history, &times, &saved);
    }

    /// That lines which were on the disk are still there.
    fn check_lines(&self, history: &History, model: &DiskModel) {
        let root = self.gate.root();
        for day in crate::ledger::history::days(root, GATE).unwrap() {
            let path = history.ledger(day);
            let Some(mut safe) = model.safe(path.strip_prefix(root).unwrap()) else { continue };
            safe.truncate(safe.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
            let text = std::fs::read(&path).unwrap();
            assert!(text.starts_with(&safe), "lines of {} are gone", path.display());
        }
    }

    /// Each picture by its number: how often the clock had been set back before it came, and what it said
    /// then. A file goes by the clock with which it was begun, a little after its first picture came, up to
    /// its next key frame: what came about then is not in here.
    fn times(&self) -> BTreeMap<u64, (usize, Timestamp)> {
        let near = |it: Instant| {
            self.set.iter().any(|(at, _)| (*at - SECOND..*at + 3 * SECOND).contains(&it))
        };
        let delivered = self.gate.delivered.iter().filter(|it| !near(it.at));
        delivered.map(|it| (it.number, (self.era(it.at), self.wall(it.at)))).collect()
    }

    /// That what is told of a file's beginning and end is when its pictures came.
    fn check_segments(&self, history: &History, times: &BTreeMap<u64, (usize, Timestamp)>) {
        for recorded in history.segments().iter().filter(|it| !it.removed) {
            let (segment, pictures) = (&recorded.segment, self.gate.numbers_of(&recorded.path));
            let pictures = pictures.unwrap().pictures;
            let time = |number: &u64| times.get(number).map(|(_, at)| *at);
            let all = pictures.iter().map(time).collect::<Option<Vec<_>>>();
            let Some((first, last)) = all.and_then(|it| Some((*it.first()?, *it.last()?))) else {
                continue;
            };
            let is_near =
                |one: Timestamp, other: Timestamp| one.duration_since(other).abs() <= SLACK;
            // A clock that was set back by so little is taken for one that drifts.
            let drift = segment.start.duration_since(first);
            let drifts = !drift.is_negative() && drift <= DRIFT && self.era(self.now()) > 0;
            let told = (is_near(first, segment.start) || drifts) && is_near(last, segment.end);
            assert!(told, "from {first} to {last}, and told is {segment:?}");
        }
    }

    /// That no gap tells of a time that is recorded: that there was a time when the clock said this and none
    /// of it is.
    fn check_gaps(
        &self,
        history: &History,
        times: &BTreeMap<u64, (usize, Timestamp)>,
        saved: &BTreeSet<u64>,
    ) {
        let backward = self.set.iter().filter(|(_, by)| by.is_negative());
        let ends: Vec<_> =
            backward.map(|(at, by)| (self.wall(*at) - *by, self.wall(*at))).collect();
        let begins = std::iter::once(self.began.1).chain(ends.iter().map(|(_, begin)| *begin));
        let ends = ends.iter().map(|(end, _)| *end).chain([self.wall(self.now())]);
        let eras: Vec<_> = begins.zip(ends).enumerate().collect();
        for gap in history.gaps().iter().filter(|gap| gap.cause != Cause::ClockChanged) {
            let shown = |at: Timestamp| {
                let shows = move |(_, (begin, end)): &&(usize, (Timestamp, Timestamp))| {
                    *begin <= at + SLACK && at <= *end + SLACK
                };
                eras.iter().filter(shows).map(|(era, _)| *era)
            };
            let inside = |from: usize, until: usize| {
                let (from, until) = ((from, gap.start + SLACK), (until, gap.end - SLACK));
                let its =
                    |number: &&u64| times.get(number).is_some_and(|at| from < *at && *at < until);
                saved.iter().find(its)
            };
            let mut found = shown(gap.start)
                .flat_map(|from| {
                    shown(gap.end).filter(move |until| from <= *until).map(move |it| (from, it))
                })
                .map(|(from, until)| inside(from, until));
            assert!(
                found.clone().any(|it| it.is_none()),
                "{gap:?} is told, and recorded in it are {:?}",
                found.next()
            );
        }
    }
}

/// Whether it is a line that never was on the disk as a whole.
fn is_torn(fault: &Fault, model: &DiskModel, root: &Path) -> bool {
    let FaultKind::BadEntry(_) = fault.kind else { return false };
    let path = fault.path.strip_prefix(root).unwrap();
    let safe = model.safe(path).unwrap_or_default();
    let lines = safe.iter().filter(|byte| **byte == b'\n').count();
    fault.line.is_some_and(|line| line > lines)
}

/// Whether it is a file of which nothing was on the disk for sure: a head in pieces before whole clusters
/// is left to people, who may make something of it.
fn never_was(fault: &Fault, model: &DiskModel, root: &Path) -> bool {
    let path = fault.path.strip_prefix(root).unwrap();
    fault.kind == FaultKind::UnfinishedUnknown && model.safe(path).unwrap_or_default().is_empty()
}

/// Plays a sequence, with a disk that forgets to do the calls that `forgets` says, by what came before.
fn play(seed: u64, only: Option<usize>, forgets: fn(&DiskCall, &DiskCall) -> bool) {
    let recorded = Recorded::play(seed);
    let mut calls = recorded.gate.system.real().take();
    let mut model = DiskModel::new(&recorded.first, true);
    calls.iter().for_each(|it| model.apply(recorded.gate.root(), it));
    assert!(
        model.now() == read_image(recorded.gate.root()).unwrap(),
        "the log is not all that was done"
    );
    let forgotten: Vec<bool> =
        calls.windows(2).map(|pair| forgets(&pair[0].call, &pair[1].call)).collect();
    let mut forgotten = std::iter::once(false).chain(forgotten);
    calls.retain(|_| !forgotten.next().unwrap_or(false));
    let mut random = fastrand::Rng::with_seed(seed);
    let cuts = only.map_or_else(|| cuts(&calls, &mut random), |at| vec![at]);
    for after in cuts {
        let cut = || cut(&recorded, &calls, after, seed, after.is_multiple_of(8));
        let cut = || explained(&recorded, &calls, after, cut);
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(cut)) {
            panic!("CAMWALL_CUT={seed}:{after}: {}", camwall_media::panic_message(&*panic));
        }
    }
}

/// Plays a cut, and where that fails tells what came before.
fn explained(recorded: &Recorded, calls: &[Logged], after: usize, cut: impl FnOnce()) {
    let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(cut)) else { return };
    let brief = |it: &Logged| {
        let mut text = format!("{:?} {:?}", it.at.duration_since(recorded.began.0), it.call);
        text.truncate(160);
        text
    };
    let last: Vec<String> = calls[after.saturating_sub(8)..after].iter().map(brief).collect();
    panic!(
        "{}\n  {}\n calls before {after}:\n  {}",
        camwall_media::panic_message(&*panic),
        recorded.story.join("\n  "),
        last.join("\n  ")
    );
}

#[test]
fn a_power_cut_costs_a_second_and_no_truth() {
    if let Ok(one) = std::env::var("CAMWALL_CUT") {
        let (seed, call) = one.split_once(':').unwrap();
        return play(seed.parse().unwrap(), Some(call.parse().unwrap()), |_, _| false);
    }
    play_each("CAMWALL_CUTS", SEQUENCES, |seed| play(seed, None, |_, _| false));
}

/// Whether the archive is sound in spite of a disk that forgets.
fn is_sound_where(forgets: fn(&DiskCall, &DiskCall) -> bool) -> bool {
    (0..20).all(|seed| std::panic::catch_unwind(|| play(seed, None, forgets)).is_ok())
}

#[test]
fn what_is_not_synced_is_found() {
    use DiskCall::{MakeDir, Open, Rename, Sync, SyncDir};
    assert!(!is_sound_where(|last, call| matches!((last, call), (Rename(..), SyncDir(_)))));
    assert!(!is_sound_where(|last, call| matches!(
        (last, call),
        (Open { made: true, .. }, SyncDir(_))
    )));
    assert!(!is_sound_where(|last, call| matches!((last, call), (MakeDir(_), SyncDir(_)))));
    // Not that of a file before it is renamed, and not that of lines.
    assert!(!is_sound_where(|_, call| matches!(call, Sync(_))));
}
