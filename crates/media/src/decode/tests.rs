//! The real decoder on the clips of `tests/clips`.

use std::path::{Path, PathBuf};

use super::*;
use crate::ffmpeg::Demuxer;
use crate::fixtures::fake;
use crate::frame::Chroma;
use crate::packet::nal;

/// A clip's packets, all of them now.
fn packets(path: &Path) -> Vec<Packet> {
    crate::init();
    let url = format!("file:{}", path.display());
    let (mut demuxer, _) =
        Demuxer::open(&url, None, ffmpeg::Dictionary::new(), true, || false).expect("a clip");
    let (video, _) = demuxer.pick_streams().expect("streams");
    let info = Arc::new(StreamInfo::from(video.expect("a video stream")));
    let mut packets = Vec::new();
    // Later than all that is done with them: none is too old.
    let start = Instant::now() + Duration::from_secs(3600);
    let mut av = ffmpeg::Packet::empty();
    while demuxer.read(&mut av).is_ok() {
        let keyframe = nal::is_keyframe(info.codec, av.data().expect("data"), false);
        packets.push(Packet {
            pts: av.pts(),
            dts: None,
            info: info.clone(),
            keyframe,
            loss_before: 0,
            arrived: start + packets.len() as u32 * Duration::from_millis(40),
            av: std::mem::replace(&mut av, ffmpeg::Packet::empty()),
        });
    }
    packets
}

fn outputs(watch: Watch) -> Outputs {
    Outputs {
        id: "clip".into(),
        health: Arc::new(FeedHealth::new(Duration::from_secs(2))),
        frame_queue: Arc::default(),
        scale: Arc::default(),
        deep_textures: true,
        watch,
        abandoned: Arc::default(),
        wake: Arc::new(|| {}),
        fault: Arc::default(),
    }
}

fn job(packet: Packet, restart: bool) -> Job {
    let gradual = packet.keyframe && nal::recovers_gradually(packet.info.codec, packet.data());
    Job { packet: Arc::new(packet), restart, reopen: false, blind: false, whole: true, gradual }
}

fn clips() -> Vec<PathBuf> {
    let folder = std::env::var("CAMWALL_TRY")
        .unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips").to_owned());
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the clips")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension().is_some_and(|e| ["h264", "h265", "mjpeg"].iter().any(|k| e == *k))
        })
        .collect();
    paths.sort();
    paths
}

#[test]
fn clean_streams_are_clean_also_where_they_are_joined_at_a_key_frame() {
    for path in clips() {
        let all = packets(&path);
        let keys: Vec<usize> = (0..all.len()).filter(|index| all[*index].keyframe).collect();
        println!(
            "{} {} packets, keys {:?}, gradual {:?}",
            path.display(),
            all.len(),
            &keys[..keys.len().min(6)],
            nal::recovers_gradually(all[0].info.codec, all[0].data())
        );
        let skip = keys.get(1).copied().unwrap_or(0);
        for skip in [0, skip] {
            let out = outputs(Watch::default());
            let mut decoder = Decoder::new(&out.watch);
            let (mut failed, mut clean) = (Vec::new(), 0);
            for (index, packet) in packets(&path).into_iter().enumerate().skip(skip) {
                let outcome = decoder.job(&job(packet, index == skip), &out).expect("decoded");
                if outcome.failed {
                    failed.push(index);
                }
                clean += u32::from(outcome.clean);
            }
            println!(
                "  from {skip}: clean {clean} failed {failed:?} errors {}",
                out.health.decode_errors.load(Ordering::Relaxed)
            );
        }
    }
}

#[test]
fn scrambled() {
    for path in clips() {
        let out = outputs(Watch::default());
        let mut decoder = Decoder::new(&out.watch);
        let mut told = String::new();
        let mut rng = fastrand::Rng::with_seed(3);
        for (index, mut packet) in packets(&path).into_iter().enumerate() {
            let mut bytes = packet.data().to_vec();
            let start = (bytes.len() / 2).min(200);
            let n = bytes.len();
            if n > start {
                for _ in 0..(n / 20).max(1) {
                    let i = rng.usize(start..n);
                    if bytes[i] > 3 {
                        bytes[i] = rng.u8(4..=255);
                    }
                }
            }
            let pts = packet.av.pts();
            packet.av = ffmpeg::Packet::copy(&bytes);
            packet.av.set_pts(pts);
            let o = decoder.job(&job(packet, index == 0), &out).expect("decoded");
            told.push(match (o.key, o.failed, o.clean) {
                (true, true, _) => 'K',
                (true, _, _) => 'k',
                (_, true, true) => 'b',
                (_, true, false) => '#',
                (_, false, true) => '.',
                _ => '_',
            });
        }
        println!("{}\n  {}", path.file_name().unwrap().display(), &told[..told.len().min(110)]);
    }
}

#[test]
fn deep_pictures_are_published_as_the_renderer_takes_them() {
    crate::init();
    for (deep_textures, bits) in [(true, 10), (false, 8)] {
        let out = Outputs {
            id: "gate".into(),
            health: Arc::new(FeedHealth::new(Duration::ZERO)),
            frame_queue: Arc::default(),
            scale: Arc::default(),
            deep_textures,
            watch: Watch::default(),
            abandoned: Arc::default(),
            wake: Arc::new(|| {}),
            fault: Arc::default(),
        };
        let format = ffmpeg::format::Pixel::YUV420P10LE;
        let video = ffmpeg::frame::Video::new(format, 64, 32);
        Decoder::new(&out.watch).publish(video, &fake(0, true).info, &out);
        let frame = out.frame_queue.take().expect("a picture");
        assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C420, bits });
    }
}

#[test]
fn scale_targets_pack_into_a_word() {
    let cell = ScaleCell::default();
    assert_eq!(cell.get(), None);
    let target = Some(ScaleTarget { width: 960, height: 540 });
    cell.set(target);
    assert_eq!(cell.get(), target);
    cell.set(None);
    assert_eq!(cell.get(), None);
}

/// Decodes and looks.
#[test]
fn contents() {
    for path in clips() {
        let out = outputs(Watch::default());
        let mut decoder = Decoder::new(&out.watch);
        let mut told = String::new();
        for (index, packet) in packets(&path).into_iter().enumerate() {
            let arrived = packet.arrived;
            decoder.job(&job(packet, index == 0), &out).expect("decoded");
            let f = decoder.content.findings(arrived);
            if index % 25 == 24 {
                told.push(match (f.frozen.is_some(), f.dark.is_some()) { (true, true) => '#', (true, _) => 'F', (_, true) => 'D', _ => '.' });
            }
        }
        println!("{:28} {told}", path.file_name().unwrap().display());
    }
}
