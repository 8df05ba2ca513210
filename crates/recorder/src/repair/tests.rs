//! Recordings made by FFmpeg's muxers, cut everywhere.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::disk::RealDisk;
use crate::pace::Unpaced;

/// The muxers' options as the recorder sets them.
const MKV: &str = "-f matroska -cluster_time_limit 500 -flush_packets 1";
const MP4: &str =
    "-f mp4 -movflags empty_moov+default_base_moof -frag_duration 500000 -flush_packets 1";

const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

/// A recording of four seconds.
struct Clip {
    name: &'static str,
    data: Vec<u8>,
    /// The end of its head, and of each whole cluster or fragment.
    ends: Vec<usize>,
}

impl Clip {
    fn make(name: &'static str, muxer: &str, b_frames: u8, audio: bool) -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join(name);
        let status = ffmpeg(&path, muxer, "", b_frames, audio).status().expect("ffmpeg runs");
        assert!(status.success(), "{status}");
        let data = fs::read(path).expect("a file");
        let ends = if name.ends_with("mkv") { mkv_ends(&data) } else { mp4_ends(&data) };
        assert!(ends.len() > 7, "{} clusters in {name}", ends.len() - 1);
        Self { name, data, ends }
    }

    /// Where the file is to end when it was cut at `cut`.
    fn end_at(&self, cut: usize) -> usize {
        match self.ends.iter().rposition(|end| *end <= cut) {
            _ if cut == self.data.len() => cut,
            None | Some(0) => 0,
            Some(index) => self.ends[index],
        }
    }
}

static CLIPS: LazyLock<[Clip; 4]> = LazyLock::new(|| {
    [
        Clip::make("plain.mkv", MKV, 0, true),
        Clip::make("b.mkv", MKV, 2, false),
        Clip::make("plain.mp4", MP4, 0, false),
        Clip::make("b.mp4", MP4, 2, true),
    ]
});

/// FFmpeg, told to write four seconds of a small picture at this pace.
fn ffmpeg(path: &Path, muxer: &str, pace: &str, b_frames: u8, audio: bool) -> Command {
    let mut command = Command::new("ffmpeg");
    let sound = if audio { "-f lavfi -i sine=r=16000" } else { "" };
    let picture = format!("-v error -y {pace} -f lavfi -i testsrc2=s=96x64:r=25");
    let tune = if pace.is_empty() { "" } else { "-tune zerolatency" };
    let codecs = format!("-t 4 -c:v libx264 -threads 1 -g 25 -bf {b_frames} -c:a aac");
    for words in [picture.as_str(), sound, codecs.as_str(), tune, muxer] {
        command.args(words.split_whitespace());
    }
    command.arg(path);
    command
}

/// Found without what is tested.
fn mkv_ends(data: &[u8]) -> Vec<usize> {
    let first = data.windows(4).position(|id| id == CLUSTER).expect("a cluster");
    let mut ends = vec![first];
    let mut at = first;
    while data[at..].starts_with(&CLUSTER) {
        let width = size_width(data, at);
        let size = &data[at + 4..at + 4 + width];
        let size = size.iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
        at += 4 + width + (size & ((1 << (7 * width)) - 1));
        ends.push(at);
    }
    ends
}

/// How many bytes the size of the cluster at `at` takes.
fn size_width(data: &[u8], at: usize) -> usize {
    data[at + 4].leading_zeros() as usize + 1
}

fn mp4_ends(data: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while at + 8 <= data.len() {
        let size = data[at..at + 4].iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
        at += size;
        if matches!(&data[at - size + 4..at - size + 8], b"moov" | b"mdat") {
            ends.push(at);
        }
    }
    ends
}

/// What is in a file of which nothing is known.
fn mend(path: &Path) -> Result<Option<SegmentRecord>, Why> {
    repair(&RealDisk, path, Timestamp::UNIX_EPOCH, None, &mut Unpaced)
}

fn carried_out(plan: &RepairPlan, data: &[u8]) -> Vec<u8> {
    let mut data = data[..plan.end as usize].to_vec();
    for (offset, patch) in &plan.patches {
        let offset = *offset as usize;
        data[offset..offset + patch.len()].copy_from_slice(patch);
    }
    data
}

/// Mends a file of these contents twice and gives the outcome; `check` sees the file.
fn repaired(
    name: &str,
    data: &[u8],
    check: impl FnOnce(&Path, &SegmentRecord),
) -> Option<SegmentRecord> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(format!("{name}.part"));
    fs::write(&path, data).expect("a file");
    let repaired = mend(&path).expect("repaired")?;
    let after = fs::read(&path).expect("a file");
    assert_eq!(repaired.bytes, after.len() as u64);
    assert_eq!(repaired.hash, blake3::hash(&after).to_string());
    let again = mend(&path).expect("repaired again").expect("something in it");
    assert_eq!(again, repaired);
    assert!(fs::read(&path).expect("a file") == after, "repairing twice changes nothing");
    check(&path, &repaired);
    Some(repaired)
}

/// What FFmpeg's own programs say about a repaired file.
fn check_with_ffmpeg(path: &Path, repaired: &SegmentRecord) {
    let whole = path.with_extension("");
    fs::rename(path, &whole).expect("renamed");
    let mut decode = Command::new("ffmpeg");
    decode.args(["-v", "error", "-xerror", "-i"]).arg(&whole).args(["-f", "null", "-"]);
    let decode = decode.output().expect("ffmpeg runs");
    let words = String::from_utf8_lossy(&decode.stderr);
    assert!(decode.status.success() && words.is_empty(), "{words}");
    let show = "format=duration:stream=nb_read_packets";
    let mut probe = Command::new("ffprobe");
    probe.args(["-v", "error", "-count_packets", "-of", "csv=p=0", "-show_entries", show]);
    let output = probe.arg(&whole).output().expect("ffprobe runs");
    let words = String::from_utf8_lossy(&output.stdout);
    let mut lines = words.lines();
    let inspection = repaired;
    assert_eq!(lines.next(), Some(inspection.packets.to_string().as_str()), "{words}");
    if inspection.audio.is_some() {
        assert_eq!(lines.next(), Some(inspection.audio_packets.to_string().as_str()), "{words}");
    }
    let duration: f64 = lines.next().and_then(|line| line.parse().ok()).expect("a duration");
    // The sound of FFmpeg's AAC begins one frame, 64 ms, before the picture and may end one
    // later; B frames delay the first picture by two.
    let spare = duration - inspection.duration_ms as f64 / 1000.0;
    assert!((-0.001..0.15).contains(&spare), "{duration} for {inspection:?}");
}

#[test]
fn every_cut_near_the_end_keeps_all_whole_clusters() {
    for clip in &*CLIPS {
        let from = clip.ends[clip.ends.len() - 3];
        for cut in (from..=clip.data.len()).chain(0..2000) {
            let plan = plan_of(&clip.data[..cut]).expect("a plan");
            assert_eq!(plan.end as usize, clip.end_at(cut), "{} cut at {cut}", clip.name);
        }
    }
}

#[test]
fn cut_files_are_whole_again() {
    let mut random = fastrand::Rng::with_seed(3);
    for clip in &*CLIPS {
        let from = clip.ends[clip.ends.len() - 3];
        let mut cuts: Vec<usize> = (from..clip.data.len()).step_by(97).collect();
        cuts.extend((0..100).map(|_| random.usize(..clip.data.len())));
        for cut in cuts {
            let end = clip.end_at(cut);
            let found = repaired(clip.name, &clip.data[..cut], |_, _| {});
            assert_eq!(found.as_ref().map_or(0, |found| found.bytes) as usize, end, "{cut}");
            let Some(found) = found else { continue };
            // Half a second is in each, give or take a picture.
            let clusters = clip.ends.iter().filter(|other| **other <= end).count() as u64 - 1;
            let packets = found.packets;
            let expected = clusters * 11..=clusters * 14;
            assert!(expected.contains(&packets), "{packets} in {clusters} of {}", clip.name);
        }
    }
}

#[test]
fn ffmpeg_finds_nothing_wrong_with_mended_files() {
    for clip in &*CLIPS {
        let last = clip.ends[clip.ends.len() - 2];
        for cut in [clip.data.len(), last + 50, clip.ends[2] + 1] {
            repaired(clip.name, &clip.data[..cut], check_with_ffmpeg).expect("something in it");
        }
    }
}

#[test]
fn a_killed_muxer_s_file_is_whole_again() {
    for (name, muxer) in [("killed.mkv", MKV), ("killed.mp4", MP4)] {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join(name);
        let mut command = ffmpeg(&path, muxer, "-re", 0, true);
        command.args(["-progress", "pipe:1", "-stats_period", "0.05"]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("ffmpeg runs");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        for line in output.lines() {
            let line = line.expect("a line");
            let done = line.strip_prefix("out_time_us=").and_then(|us| us.parse::<u64>().ok());
            if done.is_some_and(|us| us > 1_500_000) {
                break;
            }
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        let data = fs::read(&path).expect("a file");
        let found = repaired(name, &data, check_with_ffmpeg).expect("something in it");
        assert!(found.duration_ms >= 900, "{found:?}");
    }
}

#[test]
fn a_complete_file_is_left_as_it_is() {
    for clip in &*CLIPS {
        let plan = plan_of(&clip.data).expect("a plan");
        assert_eq!((plan.end, plan.damaged), (clip.data.len() as u64, 0));
        assert!(plan.patches.is_empty());
        let found = repaired(clip.name, &clip.data, |_, _| {}).expect("something in it");
        assert_eq!((found.packets, found.keyframes), (100, 4));
        assert_eq!(found.video, "h264 96x64");
        assert_eq!(found.duration_ms, 4000, "{}", clip.name);
    }
}

#[test]
fn clusters_of_unknown_size_count_to_their_last_block() {
    let clip = &CLIPS[0];
    let mut data = clip.data[..*clip.ends.last().expect("ends")].to_vec();
    for at in &clip.ends[..clip.ends.len() - 1] {
        let width = size_width(&data, *at);
        data[at + 4..at + 4 + width].fill(0xff);
        data[at + 4] >>= width - 1;
    }
    let from = clip.ends[clip.ends.len() - 2];
    let mut last = clip.ends[clip.ends.len() - 2];
    let mut steps = 0;
    for cut in from..=data.len() {
        let end = plan_of(&data[..cut]).expect("a plan").end as usize;
        assert!(end == last || end == cut, "{end} for {cut}");
        steps += usize::from(end != last);
        last = end;
    }
    assert_eq!(last, data.len());
    assert!(steps > 12, "{steps} blocks");
    repaired(clip.name, &data[..data.len() - 1], |_, _| {}).expect("something in it");
}

#[test]
fn damage_with_nothing_whole_behind_it_is_cut_off() {
    for clip in &*CLIPS {
        let last = clip.ends.len() - 2;
        let mut data = clip.data[..clip.ends[last + 1]].to_vec();
        // The head of the last cluster or fragment.
        data[clip.ends[last]..clip.ends[last] + 64].fill(0);
        assert_eq!(plan_of(&data).expect("a plan").end as usize, clip.ends[last], "{}", clip.name);
    }
    let clip = &CLIPS[0];
    let mut data = clip.data[..*clip.ends.last().expect("ends")].to_vec();
    let hole = clip.ends[clip.ends.len() - 2] + 300;
    data[hole..hole + 64].fill(0);
    let end = plan_of(&data).expect("a plan").end as usize;
    assert_eq!(end, clip.ends[clip.ends.len() - 2], "its CRC is wrong");
}

#[test]
fn damage_with_whole_clusters_behind_it_costs_that_cluster_alone() {
    for clip in &*CLIPS {
        let whole = repaired(clip.name, &clip.data, |_, _| {}).expect("a clip").packets;
        for (bad, count) in [(3, 1), (4, 2), (1, 3), (0, 1)] {
            // At the head of the first, or in the payload where a CRC tells.
            for skip in [0, 300 * usize::from(clip.name.ends_with("mkv"))] {
                let mut data = clip.data.clone();
                for at in &clip.ends[bad..bad + count] {
                    data[at + skip..at + skip + 64].fill(0);
                }
                let plan = plan_of(&data).expect("a plan");
                assert_eq!(plan.end as usize, data.len(), "{} {bad} {count} {skip}", clip.name);
                let found = repaired(clip.name, &data, |path, _| {
                    // FFmpeg has words for what refers to a picture that is not there.
                    if bad > 0 {
                        demuxed(path, bad, count);
                    }
                });
                let packets = found.expect("something in it").packets;
                let lost = (whole - packets) as usize;
                assert!((11 * count..=15 * count).contains(&lost), "{lost} {}", clip.name);
            }
        }
    }
}

/// FFmpeg reads a file from one end to the other without a word, and finds what is before and behind a
/// hole of half seconds.
fn demuxed(path: &Path, bad: usize, count: usize) {
    let whole = path.with_extension("");
    fs::copy(path, &whole).expect("copied");
    let said = |words: &[&str], after: &[&str]| {
        let mut read = Command::new("ffmpeg");
        read.args(["-v", "error", "-xerror"]).args(words).arg("-i").arg(&whole).args(after);
        let read = read.output().expect("ffmpeg runs");
        let words = String::from_utf8_lossy(&read.stderr).into_owned();
        assert!(read.status.success() && words.is_empty(), "{words}");
        String::from_utf8_lossy(&read.stdout).into_owned()
    };
    said(&[], &["-c", "copy", "-f", "null", "-"]);
    for seconds in [0.1, (bad + count) as f64 * 0.5 + 0.6] {
        let from = format!("{seconds:.1}");
        // Times are those of the file.
        let after = ["-an", "-c", "copy", "-copyts", "-frames:v", "1", "-f", "framecrc", "-"];
        let text = said(&["-ss", &from], &after);
        assert!(text.lines().any(|line| line.starts_with("0,")), "{from}: {text}");
    }
    fs::remove_file(whole).expect("removed");
}

#[test]
fn what_looks_whole_too_often_is_left_to_people_and_nothing_behind_it_is_cut() {
    for (clip, mark) in [(&CLIPS[0], CLUSTER.to_vec()), (&CLIPS[2], b"\0\0\0\x08moof".to_vec())] {
        let at = clip.ends[3];
        // The first is where the damage begins, and the last try finds what is whole.
        for (count, is_left) in [(MOST_TRIES, false), (MOST_TRIES + 1, true)] {
            let junk = mark.repeat(count as usize);
            let data = [&clip.data[..at], &junk, &clip.data[at..]].concat();
            let folder = TempDir::new().expect("a folder");
            let path = folder.path().join(format!("{}.part", clip.name));
            fs::write(&path, &data).expect("a file");
            let mended = mend(&path);
            if is_left {
                let why = mended.expect_err("too many");
                assert!(matches!(why, Why::Damaged { .. }), "{why}");
                assert!(fs::read(&path).expect("a file") == data, "{}", clip.name);
            } else {
                let whole = mended.expect("mended").expect("something in it");
                assert_eq!(whole.damaged, junk.len() as u64, "{}", clip.name);
                assert_eq!(whole.bytes, data.len() as u64, "all behind it is there");
            }
        }
    }
}

#[test]
fn nothing_to_play_is_told_from_what_is_not_ours() {
    assert_eq!(repaired("empty.mkv", &[], |_, _| {}), None);
    assert_eq!(repaired("zeros.mp4", &[0; 5000], |_, _| {}), None);
    let head = &CLIPS[0].data[..CLIPS[0].ends[0]];
    assert_eq!(repaired("head.mkv", head, |_, _| {}), None);
    for (index, position) in [(0, 0x2b), (2, 0x20)] {
        // The segment's id, the head's type.
        let mut data = CLIPS[index].data.clone();
        data[position] ^= 1;
        assert!(matches!(plan_of(&data), Err(Why::Damaged { at: 0, .. })));
    }
    assert!(matches!(plan_of(b"some text that is no film"), Err(Why::Foreign)));
}

#[test]
fn damage_far_from_the_end_is_left_to_people() {
    let clip = &CLIPS[2];
    let folder = TempDir::new().expect("a folder");
    let path: PathBuf = folder.path().join("damaged.mp4.part");
    fs::write(&path, &clip.data[..clip.ends[3]]).expect("a file");
    // A hole, which takes no room on the disk.
    let len = clip.ends[3] as u64 + TAIL + 1;
    File::options().write(true).open(&path).and_then(|file| file.set_len(len)).expect("a hole");
    let at = clip.ends[3] as u64;
    match mend(&path) {
        Err(Why::Damaged { at: found, rest }) => assert_eq!((found, rest), (at, TAIL + 1)),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::metadata(&path).expect("a file").len(), len);
}

/// A clip's number, where it is cut, and bytes that are changed.
fn damage() -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    // Half of them in the head, where the structure is.
    let near = proptest::collection::vec((0..1500_usize, any::<u8>()), 0..4);
    (0..4_usize, any::<prop::sample::Index>(), changes, near).prop_map(|(clip, cut, all, near)| {
        let mut data = CLIPS[clip].data.clone();
        data.truncate(cut.index(data.len() * 5 / 4 + 1));
        let all = all.into_iter().map(|(at, byte)| (at.index(data.len().max(1)), byte));
        for (at, byte) in all.collect::<Vec<_>>().into_iter().chain(near) {
            if let Some(position) = data.get_mut(at) {
                *position = byte;
            }
        }
        data
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_leads_astray(data in damage()) {
        let Ok(plan) = plan_of(&data) else { return Ok(()) };
        prop_assert!(plan.end <= data.len() as u64);
        for (offset, patch) in &plan.patches {
            prop_assert!(offset + patch.len() as u64 <= plan.end);
        }
        let after = carried_out(&plan, &data);
        if plan.end > 0 {
            let again = plan_of(&after).expect("a plan");
            prop_assert_eq!(again.end, plan.end);
            prop_assert!(carried_out(&again, &after) == after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn damaged_files_are_mended_or_refused(data in damage()) {
        let folder = TempDir::new().expect("a folder");
        for name in ["x.mkv.part", "x.mp4.part"] {
            let path = folder.path().join(name);
            fs::write(&path, &data).expect("a file");
            if let Ok(Some(found)) = mend(&path) {
                prop_assert!(found.keyframes > 0);
                prop_assert_eq!(found.bytes, fs::metadata(&path).expect("a file").len());
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        for start in [&[][..], &[0x1a, 0x45, 0xdf, 0xa3, 0x80][..], b"\0\0\0\x08ftyp"] {
            drop(plan_of(&[start, &data].concat()));
        }
    }
}
