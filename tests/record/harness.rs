//! Do the tests see what they are to see? Files that FFmpeg has packed, whole and with a hole.

use testkit::access_units::{Clip, assert_run, assert_sound};
use testkit::media::ffmpeg;
use testkit::probed_file::ProbedFile;

fn clips(name: &str) -> String {
    format!("{}/tests/clips/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_unit_of_a_packed_clip_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["cam5-720.h264", "cam7-1080.h265", "cam10-360.h264", "cam11-360.mjpeg"] {
        let clip = Clip::read(name);
        for container in ["mkv", "mp4"] {
            // Raw B frames have no times that a container could take.
            let container = if name.starts_with("cam10") { "h264" } else { container };
            let path = folder.path().join(format!("{name}.{container}"));
            let path = path.to_str().expect("a plain path");
            ffmpeg(["-r", "25", "-i", &clips(name), "-c", "copy", path]);
            let units = clip.units_of(path.as_ref());
            assert_eq!(units, (0..clip.count()).collect::<Vec<_>>(), "{path}");
        }
    }
}

#[test]
fn what_is_missing_or_doubled_is_noticed() {
    let sent: Vec<usize> = (0..100).cycle().skip(50).take(300).collect();
    assert_run(&sent[7..200], &sent);
    for bad in [[&sent[7..90], &sent[91..200]].concat(), [&sent[7..90], &sent[89..200]].concat()] {
        assert!(std::panic::catch_unwind(|| assert_run(&bad, &sent)).is_err());
    }
    let tone = std::fs::read(clips("tone.alaw")).expect("a clip");
    let round = tone.repeat(2);
    assert_sound(&round[60_000..90_000], "tone.alaw");
    let hole = [&round[60_000..70_000], &round[70_160..90_000]].concat();
    assert!(std::panic::catch_unwind(|| assert_sound(&hole, "tone.alaw")).is_err());
}

#[test]
fn sound_is_known_in_both_containers() {
    let folder = tempfile::tempdir().expect("a folder");
    for (tone, options, name) in [
        ("tone.aac", &[][..], "aac.mkv"),
        ("tone.aac", &[][..], "aac.mp4"),
        ("tone.alaw", &["-f", "alaw", "-ar", "8000", "-ac", "1"][..], "alaw.mkv"),
    ] {
        let path = folder.path().join(name);
        let (path, tone_file) = (path.to_str().expect("a plain path"), clips(tone));
        let video = clips("cam6-360.h264");
        let args = ["-r", "25", "-i", &video].into_iter().chain(options.iter().copied());
        ffmpeg(args.chain(["-i", &tone_file, "-t", "3", "-c", "copy", path]));
        let file = ProbedFile::read(path.as_ref());
        let bytes = file.sound_bytes();
        assert_eq!(bytes.len(), file.sounds.iter().sum::<usize>());
        assert_sound(&bytes, tone);
    }
}
