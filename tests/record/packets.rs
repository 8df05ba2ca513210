//! What the cameras send is what lies in the files: every picture and every piece of sound, once,
//! over all rotations, in both containers.

use super::rig::Rig;
use testkit::access_units::{Clip, assert_run, assert_sound, sent};
use testkit::archive::{Timeline, name_of};
use testkit::probed_file::ProbedFile;
use testkit::{Camwall, SOON, half_turn};

/// Long enough that a file that turns at no round time is noticed: key frames are 2 s apart.
const TURNS: &str = r#"segment: "4s", pre_roll: "0s", keep: (free: "20MB")"#;

/// A camera, what it sends, and what the ledger is to call that.
struct Source {
    camera: &'static str,
    clip: &'static str,
    tone: Option<&'static str>,
    video: &'static str,
    audio: Option<&'static str>,
}

const SOURCES: [Source; 6] = [
    Source {
        camera: "cam5",
        clip: "cam5-720.h264",
        tone: Some("tone.aac"),
        video: "h264 1280x720",
        audio: Some("aac 16000 Hz 1 ch"),
    },
    Source {
        camera: "cam6",
        clip: "cam6-720.h264",
        tone: Some("tone.ulaw"),
        video: "h264 1280x720",
        audio: Some("pcm_mulaw 8000 Hz 1 ch"),
    },
    Source {
        camera: "cam7",
        clip: "cam7-1080.h265",
        tone: Some("tone.aac"),
        video: "h265 1920x1080",
        audio: Some("aac 16000 Hz 1 ch"),
    },
    Source {
        camera: "cam8",
        clip: "cam8-720.h265",
        tone: Some("tone.alaw"),
        video: "h265 1280x720",
        audio: Some("pcm_alaw 8000 Hz 1 ch"),
    },
    Source {
        camera: "cam10",
        clip: "cam10-360.h264",
        tone: None,
        video: "h264 640x360",
        audio: None,
    },
    Source {
        camera: "cam11",
        clip: "cam11-360.mjpeg",
        tone: None,
        video: "mjpeg 640x360",
        audio: None,
    },
];

impl Source {
    /// Whether MP4 has no place for its sound.
    fn is_g711(&self) -> bool {
        self.tone.is_some_and(|tone| tone.ends_with("law"))
    }
}

#[test]
fn matroska_holds_what_was_sent() {
    let (rig, log) = two_rotations("Matroska");
    for source in &SOURCES {
        assert_holds(&rig, source, "mkv", source.tone);
    }
    assert!(!log.contains("without sound"), "{log}");
}

#[test]
fn mp4_holds_what_was_sent_but_g711() {
    let (rig, log) = two_rotations("Mp4");
    for source in &SOURCES {
        let tone = source.tone.filter(|_| !source.is_g711());
        assert_holds(&rig, source, "mp4", tone);
        let warning = format!("{}: recorded without sound", source.camera);
        let count = log.matches(&warning).count();
        assert_eq!(count, usize::from(source.is_g711()), "{log}");
    }
}

/// Records all sources until each has been rotated twice; where, and the log.
fn two_rotations(container: &str) -> (Rig, String) {
    let _turn = half_turn();
    let streams = SOURCES.map(|source| format!("{}/main", source.camera));
    let streams: Vec<&str> = streams.iter().map(String::as_str).collect();
    let rig = Rig::new(&streams, &format!("container: {container}, {TURNS}"));
    let mut camwall: Camwall = rig.record();
    for source in &SOURCES {
        rig.wait_closed(&mut camwall, source.camera, 2, SOON);
    }
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    rig.archive.assert_sound(&SOURCES.map(|source| source.camera));
    (rig, ended.stderr)
}

fn assert_holds(rig: &Rig, source: &Source, extension: &str, tone: Option<&str>) {
    let timeline = rig.archive.camera(source.camera);
    assert!(timeline.segments.len() >= 3, "{timeline:#?}");
    assert_eq!(timeline.gaps, [], "{}: nothing is missing", source.camera);
    let clip = Clip::read(source.clip);
    let (mut units, mut sound) = (Vec::new(), Vec::new());
    for segment in &timeline.segments {
        let path = timeline.path(segment);
        let file = ProbedFile::read(&path);
        let found = clip.units_of(&path);
        assert_eq!(found.len(), file.packets.len(), "{segment:#?}");
        file.assert_even();
        let name = format!("{}_{}.{extension}", source.camera, name_of(segment.start));
        assert_eq!(segment.file, name);
        assert_eq!((segment.lost, segment.recovered), (0, false), "{segment:#?}");
        assert_eq!(segment.video, source.video, "{segment:#?}");
        assert_eq!(segment.audio.as_deref(), source.audio.filter(|_| tone.is_some()));
        let started = file.started.expect("the file says when it was begun");
        let off = segment.start.duration_since(started).as_secs_f64().abs();
        assert!(off < 1.0, "{segment:#?}: {started}");
        units.extend(found);
        sound.extend(file.sound_bytes());
    }
    assert_run(&units, &sent(&rig.trace(), source.camera, "main", &clip));
    assert_lengths(&timeline);
    if let Some(tone) = tone {
        assert_sound(&sound, tone);
    }
}

/// Checks that segments last as long on the wall clock as by the camera's, right to what a packet
/// may be late, and that they turn at multiples of 4 s, on the first key frame after.
fn assert_lengths(timeline: &Timeline) {
    for (place, segment) in timeline.segments.iter().enumerate() {
        let wall = segment.end.duration_since(segment.start).as_millis();
        let camera = i128::from(segment.duration_ms);
        assert!((wall - camera).abs() <= 200, "{wall} ms, {segment:#?}");
        let since_turn = segment.start.as_millisecond() % 4000;
        assert!(place == 0 || since_turn <= 2200, "{since_turn} ms after 4 s: {segment:#?}");
    }
}
