//! A folder of recordings, read back as other tools would: files, ledgers, and whether they agree.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use walkdir::WalkDir;

use super::disk::Disk;
use super::ledger::{Gap, Line, Segment};
use super::probed_file::ProbedFile;
use super::{Run, SOON, WallFile};

/// What [`WallFile`]s of recordings call their folder.
pub const DIR: &str = "rec";

/// A folder of recordings.
#[derive(Debug, Clone)]
pub struct Archive {
    root: PathBuf,
    /// What runs `camwall recordings` where the folder is a disk of its own, and what that calls it.
    inside: Option<(Vec<String>, PathBuf)>,
}

/// What the ledgers of one camera say.
#[derive(Debug)]
pub struct Timeline {
    folder: PathBuf,
    /// In the order in which they were written, day by day.
    pub lines: Vec<Line>,
    /// In the order of time.
    pub segments: Vec<Segment>,
    /// In the order of time.
    pub gaps: Vec<Gap>,
}

impl Archive {
    /// The folder [`DIR`] beside a wall file.
    pub fn of(wall: &WallFile) -> Self {
        Self::at(wall.file(DIR))
    }

    /// A folder.
    pub fn at(root: PathBuf) -> Self {
        Self { root, inside: None }
    }

    /// The root of a disk. `camwall` confines itself, and so can't look into another namespace.
    pub fn on(disk: &Disk) -> Self {
        let inside = Some((disk.enter(), disk.at().to_owned()));
        Self { root: disk.seen_from_outside(), inside }
    }

    /// A folder with a disk below it.
    pub fn above(disk: &Disk, root: &Path) -> Self {
        let inside = Some((disk.enter(), root.to_owned()));
        Self { root: disk.path_from_outside(root), inside }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All files, sorted by their paths and so by camera and time.
    pub fn files(&self) -> Vec<PathBuf> {
        let entries = WalkDir::new(&self.root).sort_by_file_name().into_iter();
        // What vanishes while it is walked through is not there.
        let files = entries.flatten().filter(|entry| entry.file_type().is_file());
        files.map(walkdir::DirEntry::into_path).collect()
    }

    /// Files with this extension.
    pub fn files_of(&self, extension: &str) -> Vec<PathBuf> {
        let has = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
        self.files().into_iter().filter(has).collect()
    }

    /// Files that are being written, or were left so.
    pub fn parts(&self) -> Vec<PathBuf> {
        self.files_of("part")
    }

    /// What is being written for one camera, if anything is in it.
    pub fn growing(&self, camera: &str) -> Option<PathBuf> {
        let folder = self.root.join(camera);
        let large = |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.len() > 4096);
        self.parts().into_iter().find(|path| path.starts_with(&folder) && large(path))
    }

    /// The ledgers of one camera; empty if there are none yet.
    pub fn camera(&self, camera: &str) -> Timeline {
        let folder = self.root.join(camera);
        let mut lines = Vec::new();
        for path in self.files_of("jsonl").iter().filter(|path| path.starts_with(&folder)) {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            // The last line may be being written.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            lines.extend(whole.lines().map(Line::parse));
        }
        Timeline::new(folder, lines)
    }

    /// Runs `camwall recordings --verify`, which must find nothing wrong; what it says.
    pub fn verify(&self) -> Value {
        let (code, said) = self.verified();
        assert_eq!(code, Some(0), "{said:#}");
        assert_eq!((&said["verified"], &said["faults"]), (&Value::Bool(true), &Value::from(0)));
        said
    }

    /// Runs `camwall recordings --verify`: its exit code, and what it says.
    pub fn verified(&self) -> (Option<i32>, Value) {
        let run = Run::bare(["recordings", "--json", "--verify"]);
        let run = match &self.inside {
            Some((words, folder)) => run.args([folder]).through(words),
            None => run.args([&self.root]),
        };
        let ended = run.finish(4 * SOON);
        let said = serde_json::from_str(&ended.stdout);
        (ended.code, said.unwrap_or_else(|error| panic!("{error}: {ended:#?}")))
    }

    /// Checks everything that must be true of a folder in which nobody records any more: nothing is
    /// unfinished, each second has its line, each file is as its line says and plays. `verify`
    /// agrees, and lists the same.
    pub fn assert_sound(&self, cameras: &[&str]) {
        assert_eq!(self.parts(), Vec::<PathBuf>::new(), "all files are finished");
        let said = self.verify();
        for camera in cameras {
            let timeline = self.camera(camera);
            timeline.assert_exact();
            timeline.assert_files();
            timeline.assert_listed(&said);
        }
    }
}

impl Timeline {
    fn new(folder: PathBuf, lines: Vec<Line>) -> Self {
        let mut segments = Vec::new();
        let mut gaps = Vec::new();
        for line in &lines {
            match line {
                Line::Segment(segment) => segments.push(segment.clone()),
                Line::Gap(gap) => gaps.push(gap.clone()),
                _ => {}
            }
        }
        segments.sort_by_key(|segment| (segment.start, segment.end));
        gaps.sort_by_key(|gap| (gap.start, gap.end));
        Self { folder, lines, segments, gaps }
    }

    /// Checks that segments and gaps follow one another without hole and overlap, and so add up to
    /// the time from the first start to the last end.
    pub fn assert_exact(&self) {
        let segments = self.segments.iter().map(|s| (s.start, s.end, s.file.as_str()));
        let gaps = self.gaps.iter().map(|gap| (gap.start, gap.end, gap.cause.as_str()));
        let mut spans: Vec<(Timestamp, Timestamp, &str)> = segments.chain(gaps).collect();
        spans.sort();
        assert!(!spans.is_empty(), "nothing is recorded in {}", self.folder.display());
        assert!(!self.segments.is_empty(), "{spans:#?}");
        for (start, end, what) in &spans {
            assert!(start <= end, "{what} ends before it starts: {spans:#?}");
        }
        for pair in spans.windows(2) {
            assert_eq!(pair[0].1, pair[1].0, "{} meets {}: {spans:#?}", pair[0].2, pair[1].2);
        }
        let sum: i64 = spans.iter().map(|(start, end, _)| millis(*end) - millis(*start)).sum();
        assert_eq!(sum, millis(spans[spans.len() - 1].1) - millis(spans[0].0), "{spans:#?}");
    }

    /// Checks each file that is not removed against its line, and that it plays.
    pub fn assert_files(&self) {
        for segment in self.present() {
            let path = self.path(segment);
            let file = ProbedFile::read(&path);
            let bytes = std::fs::read(&path).expect("a file");
            assert_eq!(bytes.len() as u64, segment.bytes, "{segment:#?}");
            assert_eq!(blake3::hash(&bytes).to_hex().to_string(), segment.hash, "{segment:#?}");
            assert_eq!(file.packets.len() as u64, segment.packets, "{segment:#?}");
            assert_eq!(file.sounds.len() as u64, segment.audio_packets, "{segment:#?}");
            assert_eq!(file.keys() as u64, segment.keyframes, "{segment:#?}");
            assert!(segment.packets > 0 && file.packets[0].key, "{segment:#?}");
            file.assert_length(segment.duration_ms);
            assert!(stem_of(&segment.file).ends_with(&name_of(segment.start)), "{segment:#?}");
            file.assert_plays();
        }
    }

    /// Checks that `camwall recordings` lists what the ledger has.
    fn assert_listed(&self, said: &Value) {
        let name = self.folder.file_name().expect("a name").to_string_lossy();
        let cameras = said["cameras"].as_array().expect("cameras");
        let camera = cameras.iter().find(|camera| camera["camera"] == *name).expect("this one");
        let listed = |list: &str, field: &str| -> Vec<String> {
            let entries = camera[list].as_array().expect("a list");
            entries
                .iter()
                .map(|entry| entry[field].as_str().unwrap_or_default().to_owned())
                .collect()
        };
        let files: Vec<_> = self.segments.iter().map(|segment| segment.file.clone()).collect();
        let causes: Vec<_> = self.gaps.iter().map(|gap| gap.cause.clone()).collect();
        assert_eq!(listed("segments", "file"), files);
        assert_eq!(listed("gaps", "cause"), causes);
        assert_eq!(camera["open"], Value::Array(Vec::new()), "{camera:#}");
    }

    /// The segments whose files are not removed.
    pub fn present(&self) -> impl Iterator<Item = &Segment> {
        let removed: HashSet<String> = self.removed().into_iter().collect();
        self.segments.iter().filter(move |segment| !removed.contains(&segment.file))
    }

    /// The files that retention removed, in the order in which it did.
    pub fn removed(&self) -> Vec<String> {
        let removed = |line: &Line| match line {
            Line::Removed { file, .. } => Some(file.clone()),
            _ => None,
        };
        self.lines.iter().filter_map(removed).collect()
    }

    /// The files that are protected.
    pub fn kept(&self) -> Vec<String> {
        let mut kept = Vec::new();
        for line in &self.lines {
            if let Line::Keep { file, keep, .. } = line {
                kept.retain(|known| known != file);
                kept.extend(keep.then(|| file.clone()));
            }
        }
        kept
    }

    /// The causes of the gaps, in the order of time.
    pub fn causes(&self) -> Vec<&str> {
        self.gaps.iter().map(|gap| gap.cause.as_str()).collect()
    }

    /// The gap with this cause; there must be one and no other.
    pub fn gap(&self, cause: &str) -> &Gap {
        let found: Vec<&Gap> = self.gaps.iter().filter(|gap| gap.cause == cause).collect();
        assert_eq!(found.len(), 1, "gaps: {:#?}", self.gaps);
        found[0]
    }

    /// Where a segment is, if it is not removed.
    pub fn path(&self, segment: &Segment) -> PathBuf {
        let day = segment.start.to_zoned(TimeZone::UTC).strftime("%Y/%m/%d").to_string();
        self.folder.join(day).join(&segment.file)
    }

    /// The files that are there, in the order of time.
    pub fn films(&self) -> Vec<PathBuf> {
        self.present().map(|segment| self.path(segment)).collect()
    }
}

/// Where neither a segment nor a gap tells what was, of a camera as `camwall recordings --json` lists
/// it: each start must be the end before it.
pub fn holes(camera: &Value) -> Vec<String> {
    let lists = [&camera["segments"], &camera["gaps"]];
    let spans = lists.into_iter().filter_map(Value::as_array).flatten();
    // Texts of one length, in UTC: they sort as times do.
    let time = |span: &Value, field: &str| span[field].as_str().unwrap_or_default().to_owned();
    let mut spans: Vec<_> = spans.map(|span| (time(span, "start"), time(span, "end"))).collect();
    spans.sort();
    let holes = spans.windows(2).filter(|pair| pair[0].1 != pair[1].0);
    holes.map(|pair| format!("{} to {}", pair[0].1, pair[1].0)).collect()
}

/// The part of a file's name that is its start.
pub fn name_of(start: Timestamp) -> String {
    start.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H-%M-%SZ").to_string()
}

/// A file's name without extension, and without the number of one that shares its second.
fn stem_of(file: &str) -> &str {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    stem.rsplit_once("Z_").map_or(stem, |(head, _)| &stem[..=head.len()])
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_found_between_a_segment_and_a_gap() {
        let span = |start, end| {
            let at = |second| format!("2026-11-22T07:20:{second:02}.000Z");
            serde_json::json!({"start": at(start), "end": at(end)})
        };
        let camera =
            |gap| serde_json::json!({"segments": [span(20, 30), span(0, 10)], "gaps": [gap]});
        assert_eq!(holes(&camera(span(10, 20))), Vec::<String>::new());
        let found = ["2026-11-22T07:20:10.000Z to 2026-11-22T07:20:11.000Z"];
        assert_eq!(holes(&camera(span(11, 20))), found);
    }
}
