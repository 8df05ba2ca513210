//! What one wall file says differently from another: what a reload would change, and nothing else.
//!
//! Pure; on the caller's thread. Policies: two files that say the same in other words do not differ;
//! what a camera is connected with is told apart from what is only said or done with its pictures,
//! so that nobody connects anew for a label; each field is named here, so that one that is added
//! without a decision does not compile.

use indexmap::IndexMap;

use super::{Camera, Overlay, Recording, Wall};

/// All that differs, in the order of the files. Empty where they say the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// By camera: those of the new file in its order, then those that it no longer has. A camera may
    /// come twice, where it has another number and something else besides.
    pub cameras: Vec<CameraDiff>,
    /// Everything else.
    pub rest: Vec<Change>,
}

/// What differs of one camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraDiff {
    /// Its id.
    pub id: String,
    /// What differs.
    pub what: CameraChange,
}

/// See [`CameraDiff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraChange {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// It has another number (from 1).
    Moved {
        /// The number that it had.
        from: usize,
        /// The number that it has.
        to: usize,
    },
    /// It is described differently.
    Changed(CameraFields),
}

/// What of a camera is described differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CameraFields {
    /// The main stream is another one, or reached in another way: it connects anew.
    pub main: bool,
    /// The same of the sub stream; also where it is new or no more.
    pub sub: bool,
    /// What is looked for in its pictures, or how far apart they are.
    pub tuning: bool,
    /// What operators read on its tile.
    pub label: bool,
    /// How its picture fills the tile.
    pub fit: bool,
    /// When it is recorded.
    pub record: bool,
}

/// What differs beside the cameras.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A layout is new.
    LayoutAdded(String),
    /// A layout is no more.
    LayoutRemoved(String),
    /// A layout has other places.
    LayoutChanged(String),
    /// Layouts that were there before come in another order: other keys show them.
    LayoutOrder,
    /// Tours, or their steps and times.
    Tours,
    /// What to begin with.
    Show,
    /// Several walls: which there are, where, and what they begin with.
    Walls,
    /// Which layouts are kept warm.
    Prewarm,
    /// What is written over the pictures, and how.
    Overlay,
    /// Whether the figures are shown.
    Stats,
    /// When a picture counts as old.
    StaleAfter,
    /// Keys.
    Keys,
    /// The window's monitor, size, whether it covers the monitor, or how it is turned.
    Window,
    /// Care for the screens.
    BurnIn,
    /// Where recordings are. The program keeps to the folder that it began with.
    RecordingFolder,
    /// How files are packed and how long they are; from the next file on.
    RecordingFiles,
    /// How much of the time before is kept in memory.
    PreRoll,
    /// When old recordings are removed.
    Retention,
    /// In which language the wall speaks.
    Language,
    /// Whether the program gives up what it does not need. What it gave up does not come back.
    Sandbox,
}

impl Change {
    /// Whether only a new start brings it about.
    #[must_use]
    pub fn needs_restart(&self) -> bool {
        matches!(self, Self::RecordingFolder | Self::Sandbox)
    }
}

impl CameraFields {
    fn of(id: &str, old: &Camera, new: &Camera) -> Self {
        let Camera {
            name: _, // told by the label
            main,
            sub,
            login,
            auth,
            trust,
            transport,
            via,
            fit,
            options,
            hls,
            interval,
            watch,
            record,
        } = old;
        let way = (login, auth, trust, transport, via, hls)
            != (&new.login, &new.auth, &new.trust, &new.transport, &new.via, &new.hls)
            || *options != new.options;
        Self {
            main: way || *main != new.main,
            sub: *sub != new.sub || (way && sub.is_some()),
            tuning: (interval, watch) != (&new.interval, &new.watch),
            label: old.label(id) != new.label(id),
            fit: *fit != new.fit,
            record: *record != new.record,
        }
    }

    /// Whether anything differs.
    #[must_use]
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

impl Diff {
    /// What `new` says differently from `old`.
    #[must_use]
    pub fn of(old: &Wall, new: &Wall) -> Self {
        let Wall {
            cameras: _, // below
            layouts: _, // here
            tours,
            show,
            walls,
            prewarm,
            window,
            overlay,
            burn_in,
            keys,
            recording: _, // below
            sandbox,
            language,
        } = old;
        let mut rest = layouts(old, new);
        rest.extend(differs(tours, &new.tours).then_some(Change::Tours));
        rest.extend((*show != new.show).then_some(Change::Show));
        rest.extend(differs(walls, &new.walls).then_some(Change::Walls));
        rest.extend((*prewarm != new.prewarm).then_some(Change::Prewarm));
        rest.extend((*window != new.window).then_some(Change::Window));
        rest.extend(overlays(overlay, &new.overlay));
        rest.extend((*burn_in != new.burn_in).then_some(Change::BurnIn));
        rest.extend((*keys != new.keys).then_some(Change::Keys));
        rest.extend(recordings(old, new));
        rest.extend((*language != new.language).then_some(Change::Language));
        rest.extend((*sandbox != new.sandbox).then_some(Change::Sandbox));
        Self { cameras: cameras(old, new), rest }
    }

    /// Whether the files say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cameras.is_empty() && self.rest.is_empty()
    }
}

/// Whether two maps differ, be it in their order.
fn differs<Value: PartialEq>(old: &IndexMap<String, Value>, new: &IndexMap<String, Value>) -> bool {
    !old.iter().eq(new)
}

fn cameras(old: &Wall, new: &Wall) -> Vec<CameraDiff> {
    let mut diffs = Vec::new();
    let mut tell = |id: &String, what| diffs.push(CameraDiff { id: id.clone(), what });
    for (to, (id, camera)) in (1..).zip(&new.cameras) {
        let Some((from, _, before)) = old.cameras.get_full(id) else {
            tell(id, CameraChange::Added);
            continue;
        };
        let from = from + 1;
        if from != to {
            tell(id, CameraChange::Moved { from, to });
        }
        let fields = CameraFields::of(id, before, camera);
        if fields.any() {
            tell(id, CameraChange::Changed(fields));
        }
    }
    for id in old.cameras.keys().filter(|id| !new.cameras.contains_key(*id)) {
        tell(id, CameraChange::Removed);
    }
    diffs
}

fn layouts(old: &Wall, new: &Wall) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, layout) in &new.layouts {
        match old.layouts.get(name) {
            None => changes.push(Change::LayoutAdded(name.clone())),
            Some(before) if before != layout => changes.push(Change::LayoutChanged(name.clone())),
            Some(_) => {}
        }
    }
    let gone = old.layouts.keys().filter(|name| !new.layouts.contains_key(*name));
    changes.extend(gone.cloned().map(Change::LayoutRemoved));
    let stay = |of: &Wall, other: &Wall| -> Vec<String> {
        of.layouts.keys().filter(|name| other.layouts.contains_key(*name)).cloned().collect()
    };
    changes.extend((stay(old, new) != stay(new, old)).then_some(Change::LayoutOrder));
    changes
}

fn overlays(old: &Overlay, new: &Overlay) -> Vec<Change> {
    let Overlay {
        name,
        state,
        stats,
        clock,
        stale_after,
        high_contrast,
        letter_size,
        reduced_motion,
    } = old;
    let written = (name, state, clock, high_contrast, letter_size, reduced_motion)
        != (
            &new.name,
            &new.state,
            &new.clock,
            &new.high_contrast,
            &new.letter_size,
            &new.reduced_motion,
        );
    let all = [
        (written, Change::Overlay),
        (*stats != new.stats, Change::Stats),
        (*stale_after != new.stale_after, Change::StaleAfter),
    ];
    all.into_iter().filter_map(|(differs, change)| differs.then_some(change)).collect()
}

fn recordings(old: &Wall, new: &Wall) -> Vec<Change> {
    // That the section is there says that a pre-roll is kept.
    let asked = old.recording.is_some() != new.recording.is_some();
    let old = old.recording.clone().unwrap_or_default();
    let new = new.recording.clone().unwrap_or_default();
    let Recording { dir, must_exist, container, segment, segment_size, pre_roll, memory, keep } =
        old;
    let folder = (dir, must_exist) != (new.dir, new.must_exist);
    let files =
        (container, segment, segment_size) != (new.container, new.segment, new.segment_size);
    let all = [
        (folder, Change::RecordingFolder),
        (files, Change::RecordingFiles),
        (asked || (pre_roll, memory) != (new.pre_roll, new.memory), Change::PreRoll),
        (keep != new.keep, Change::Retention),
    ];
    all.into_iter().filter_map(|(differs, change)| differs.then_some(change)).collect()
}

impl Wall {
    /// This wall as a program can take it over that runs with `old`: what only a new start changes
    /// stays as it was.
    #[must_use]
    pub fn over(mut self, old: &Self) -> Self {
        self.sandbox = old.sandbox;
        let running = old.recording.clone().unwrap_or_default();
        let folder = (&running.dir, running.must_exist);
        let mut recording = self.recording.clone().unwrap_or_default();
        if (&recording.dir, recording.must_exist) != folder {
            recording.dir = running.dir;
            recording.must_exist = running.must_exist;
            self.recording = Some(recording);
        }
        self
    }

    /// Leaves a camera as `old` has it, if it does: it is not to be described differently yet.
    pub fn keep_camera(&mut self, id: &str, old: &Self) {
        if let (Some(camera), Some(before)) = (self.cameras.get_mut(id), old.cameras.get(id)) {
            *camera = before.clone();
        }
    }
}
