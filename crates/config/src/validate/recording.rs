//! Rules about recording: a folder, bounds that work, and folders of cameras that stay apart.
//!
//! Runs on the caller's thread and touches no disk. Policy: a bound that would lose recordings at
//! once is a mistake, one that never counts is warned of.

use std::{ops::RangeInclusive, time::Duration};

use camwall_words::{Range, RecordingMistake, ValueMistake};
use indexmap::IndexMap;

use crate::folder_of;
use crate::spanned::tree::Spot;
use crate::{Record, Recording, Retention, Wall};

use super::Check;

/// Length of a file: a segment begins on a key frame, and cameras send few a second; a day has its
/// own folder and ledger.
const SEGMENT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);
/// Smallest bound on a file, in bytes: less could not hold a group of pictures.
const SEGMENT_SIZE: u64 = 1_000_000;
/// The longest pre-roll: it is held in memory.
const PRE_ROLL: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_mins(5);
/// Memory of a camera, in bytes: from one large key frame to what a small computer has.
const MEMORY: RangeInclusive<u64> = 2_000_000..=4_000_000_000;
/// Youngest file that may be removed for its age.
const AGE: Duration = Duration::from_mins(1);

/// Where the file asks for recording: the folder, else the section, else the first camera that is
/// recorded without a key.
pub(crate) fn asked_at(wall: &Wall, root: Spot<'_, '_>) -> usize {
    if wall.recording.is_some() {
        return root.key("recording").key("dir").at;
    }
    let recorded = wall.cameras.iter().find(|(_, camera)| camera.record != Record::Never);
    recorded.map_or(root.at, |(id, _)| root.key("cameras").key(id).key("record").at)
}

impl Check<'_> {
    pub(super) fn recording(&mut self, wall: &Wall, spot: Spot<'_, '_>) {
        let Some(recording) = &wall.recording else { return };
        let dir = recording.dir.to_string_lossy();
        let at = spot.key("dir").at;
        if dir.trim().is_empty() || dir.contains('\0') {
            self.error(at, RecordingMistake::FolderPath);
        } else if dir.starts_with('~') {
            self.warn(at, RecordingMistake::Tilde);
        }
        let Recording { segment, segment_size, pre_roll, memory, keep, .. } = recording;
        self.bound("segment", SEGMENT.contains(segment), Range::Between("1s", "24h"), spot);
        self.bound("segment_size", *segment_size >= SEGMENT_SIZE, Range::AtLeast("1MB"), spot);
        self.bound("pre_roll", PRE_ROLL.contains(pre_roll), Range::Between("0s", "5min"), spot);
        self.bound("memory", MEMORY.contains(memory), Range::Between("2MB", "4GB"), spot);
        self.keep(keep, spot.key("keep"));
    }

    fn keep(&mut self, keep: &Retention, spot: Spot<'_, '_>) {
        let Retention { age, total, per_camera, free: _ } = keep;
        self.bound("age", age.is_none_or(|age| age >= AGE), Range::AtLeast("1min"), spot);
        for (field, size) in [("total", total), ("per_camera", per_camera)] {
            self.bound(field, *size != Some(0), Range::Positive, spot);
        }
        if let (Some(total), Some(each)) = (*total, *per_camera)
            && each > total
            && total > 0
        {
            let text = |key| spot.key(key).text().to_owned();
            let (per_camera, total) = (text("per_camera"), text("total"));
            let never = RecordingMistake::NeverCounts { per_camera, total };
            self.warn(spot.key("per_camera").at, never);
        }
    }

    /// Reports a value that is not `sound`.
    fn bound(&mut self, field: &str, sound: bool, range: Range, section: Spot<'_, '_>) {
        let value = section.key(field);
        if !sound {
            let (setting, text) = (field.to_owned(), value.text().to_owned());
            self.error(value.at, ValueMistake::OutOfRange { setting, range, value: text });
        }
    }

    /// Checks that no two cameras are recorded to one folder.
    pub(super) fn folders(&mut self, wall: &Wall, cameras: Spot<'_, '_>) {
        let mut taken: IndexMap<String, (&str, String)> = IndexMap::new();
        for id in wall.cameras.keys() {
            let folder = folder_of(id);
            let Some((other, others)) = taken.get(&folder.to_lowercase()) else {
                taken.insert(folder.to_lowercase(), (id, folder));
                continue;
            };
            let at = cameras.name(id);
            let (id, other) = (id.clone(), (*other).to_owned());
            if *others == folder {
                self.error(at, RecordingMistake::SameFolder { id, other });
            } else {
                self.warn(at, RecordingMistake::OnlyCase { id, other });
            }
        }
    }
}
