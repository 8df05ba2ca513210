//! The real decoder on the clips of `tests/clips`.

use std::path::{Path, PathBuf};

use super::*;
use crate::ffmpeg::Demuxer;
use crate::fixtures::fake;
use crate::frame::{Chroma, PlaneLayout};
use crate::packet::nal;
use crate::status::{Connection, FeedState};

mod limits;
mod mutated;
mod reduced;

/// A clip's packets, all of them now.
fn packets(path: &Path) -> Vec<Packet> {
    crate::init();
    let url = format!("file:{}", path.display());
    let (mut demuxer, _) =
        Demuxer::open(&url, None, ffmpeg::Dictionary::new(), true, || false).expect("a clip");
    let (video, _) = demuxer.pick_streams(None).expect("streams");
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
        largest_side: crate::limits::MAX_SIDE,
        watch: Arc::new(WatchCell::new(watch)),
        reopen: Arc::default(),
        abandoned: Arc::default(),
        wake: Arc::new(|| {}),
        fault: Arc::default(),
    }
}

fn job(packet: Packet, restart: bool) -> Job {
    let gradual =
        packet.keyframe && nal::recovers_gradually(packet.info.codec, packet.data(), false);
    Job {
        packet: Arc::new(packet),
        restart,
        first: restart,
        reopen: false,
        blind: false,
        whole: true,
        lossy: false,
        gradual,
        silent: false,
    }
}

/// What came of a packet, none of which are left out.
fn decode(decoder: &mut Decoder, job: &Job, out: &Outputs) -> Decoded {
    decoder.job(job, out).expect("nothing is left out")
}

/// All clips of pictures.
fn clips() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips");
    let picture = |path: &PathBuf| {
        let ends = path.extension().unwrap_or_default();
        ["h264", "h265", "mjpeg"].iter().any(|kind| ends == *kind)
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the clips")
        .map(|entry| entry.expect("an entry").path())
        .filter(picture)
        .collect();
    paths.sort();
    assert!(paths.len() >= 20, "the clips are there");
    paths
}

/// What came of each packet of a clip, from the packet `skip` on, after `spoil` had its way.
fn outcomes(path: &Path, skip: usize, mut spoil: impl FnMut(&mut [u8])) -> Vec<Decoded> {
    let out = outputs(Watch::default());
    let mut decoder = Decoder::new(&out);
    let rest = packets(path).into_iter().skip(skip).enumerate();
    let told = rest.map(|(index, mut packet)| {
        let mut bytes = packet.data().to_vec();
        spoil(&mut bytes);
        packet.av = ffmpeg::Packet::copy(&bytes);
        packet.av.set_pts(packet.pts);
        decode(&mut decoder, &job(packet, index == 0), &out)
    });
    told.collect()
}

#[test]
fn clean_streams_are_clean_also_where_they_are_joined_at_a_key_frame() {
    for path in clips() {
        let keys = packets(&path).iter().map(|packet| packet.keyframe).collect::<Vec<_>>();
        let second = keys.iter().skip(1).position(|key| *key).map_or(0, |index| index + 1);
        for skip in [0, second] {
            let told = outcomes(&path, skip, |_| {});
            let failed = told.iter().position(|packet| packet.failed || packet.garbled);
            assert_eq!(failed, None, "{} from {skip}", path.display());
            // A decoder may hold some back; between parameter sets that change some are lost. Of the
            // interlaced clip a packet is a field.
            let clean = told.iter().filter(|packet| packet.clean).count();
            let fields = if path.ends_with("odd-interlaced.h264") { 2 } else { 1 };
            assert!(clean * fields * 10 >= told.len() * 7, "{}: {clean}", path.display());
        }
    }
}

#[test]
fn key_frames_are_those_that_ffmpeg_finds() {
    for path in clips() {
        let packets = packets(&path);
        let ours = packets.iter().map(|packet| packet.keyframe);
        let others = packets.iter().map(|packet| packet.av.is_key());
        let differs = ours.zip(others).position(|(ours, other)| ours != other);
        assert_eq!(differs, None, "{}", path.display());
    }
}

#[test]
fn without_a_key_frame_there_are_pictures_and_they_are_not_clean() {
    for name in ["cam1-360.h264", "cam8-360.h265"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips").join(name);
        let out = outputs(Watch::default());
        let mut decoder = Decoder::new(&out);
        let mut failed = 0;
        for (index, packet) in packets(&path).into_iter().enumerate().skip(1).take(49) {
            let job = Job { blind: true, ..job(packet, index == 1) };
            failed += u32::from(decode(&mut decoder, &job, &out).failed);
        }
        let pictures = out.health.frames_decoded.load(Ordering::Relaxed);
        assert!(pictures >= 40 && failed > 0, "{name}: {pictures} pictures, {failed} failed");
    }
}

/// What is said of a stream of these packets at 25 a second: how many packets it takes.
fn said_after(told: &[Decoded]) -> Option<usize> {
    let (start, health) = (Instant::now(), FeedHealth::new(Duration::from_secs(2)));
    health.set_connection(Connection::Up, start);
    // Twice, so that there are groups enough.
    told.iter().chain(told).enumerate().position(|(index, packet)| {
        let now = start + Duration::from_millis(40 * index as u64);
        health.decoded(packet, now);
        matches!(health.state(now), FeedState::Undecodable { .. })
    })
}

#[test]
fn what_fails_where_losses_are_not_told_was_not_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips/cam1-360.h264");
    for (lossy, cut) in [(false, false), (true, false), (false, true), (true, true)] {
        let out = outputs(Watch::default());
        let mut packet = packets(&path).swap_remove(0);
        if cut {
            packet.av = ffmpeg::Packet::copy(&packet.data()[..packet.data().len() / 2]);
        }
        let job = Job { lossy, ..job(packet, true) };
        let told = decode(&mut Decoder::new(&out), &job, &out);
        assert_eq!((told.failed, told.whole), (cut, !(lossy && cut)));
    }
}

/// Plays a clip over and over; gives how often, of the pictures that were looked at, one was found
/// frozen, one dark, and how many there were.
fn found(name: &str, loops: u32) -> (usize, usize, usize) {
    found_after(name, loops, false)
}

/// The same where packets are dropped before each key frame, as by a wall that is overloaded.
fn found_after(name: &str, loops: u32, drops: bool) -> (usize, usize, usize) {
    found_while(name, loops, drops, |_, _| {})
}

/// The same where the wall file may say something else before each round.
fn found_while(
    name: &str,
    loops: u32,
    drops: bool,
    retune: impl Fn(u32, &WatchCell),
) -> (usize, usize, usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips").join(name);
    let clip: Vec<Arc<Packet>> = packets(&path).into_iter().map(Arc::new).collect();
    let length = clip.len() as u32 * Duration::from_millis(40);
    let out = outputs(Watch::default());
    let mut decoder = Decoder::new(&out);
    let (mut frozen, mut dark, mut all) = (0, 0, 0);
    for time in 0..loops {
        retune(time, &out.watch);
        for packet in &clip {
            let (pts, arrived) = (packet.pts, packet.arrived + time * length);
            let packet = Packet {
                av: packet.av.clone(),
                info: packet.info.clone(),
                arrived,
                dts: None,
                pts,
                ..*packet.as_ref()
            };
            let restart = drops && packet.keyframe;
            let job = Job { restart, ..job(packet, false) };
            decode(&mut decoder, &job, &out);
            let findings = decoder.content.findings(arrived);
            frozen += usize::from(findings.frozen.is_some());
            dark += usize::from(findings.dark.is_some());
            all += 1;
        }
    }
    (frozen, dark, all)
}

#[test]
fn a_night_scene_lives_and_a_frozen_and_a_black_picture_do_not() {
    // Ten minutes.
    let (frozen, dark, all) = found("odd-night.h264", 50);
    assert_eq!((frozen, dark, all), (0, 0, 15_000));
    // Half a minute each.
    let (frozen, dark, all) = found("odd-frozen.h264", 8);
    assert_eq!((frozen, dark, all), (800 - 250, 0, 800));
    let (frozen, _, all) = found_after("odd-frozen.h264", 8, true);
    assert_eq!((frozen, all), (800 - 250, 800), "also where packets are dropped");
    let (frozen, dark, all) = found("odd-black.h264", 8);
    // A picture is looked at every seventh.
    assert!(frozen == 0 && (718..=725).contains(&dark) && all == 800, "{dark}");
}

#[test]
fn another_wall_file_counts_from_the_next_key_picture_on() {
    let whole = || [[0.0, 0.0, 1.0, 1.0]].into();
    let (_, dark, all) = found_while("odd-black.h264", 8, false, |time, watch| {
        // The same again changes nothing, and in the last two rounds nobody looks.
        watch.set(Watch { dark: time < 6, ..Watch::default() });
    });
    assert!((518..=525).contains(&dark) && all == 800, "{dark}");
    let (frozen, ..) = found_while("odd-frozen.h264", 8, false, |time, watch| {
        watch.set(Watch { mask: if time < 4 { whole() } else { Vec::new() }, ..Watch::default() });
    });
    assert_eq!(frozen, 400 - 250, "it begins anew once something is looked at");
}

#[test]
fn of_a_scrambled_payload_it_is_said_within_three_groups() {
    for name in ["cam1-1080.h264", "cam3-360.h264", "cam8-720.h265", "cam7-1080.h265"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips").join(name);
        let mut rng = fastrand::Rng::with_seed(3);
        let told = outcomes(&path, 0, |bytes| {
            // Parameter sets and the beginnings of headers are left alone.
            let start = (bytes.len() / 2).min(200);
            for _ in 0..bytes.len() / 20 {
                let index = rng.usize(start..bytes.len());
                if bytes[index] > 3 {
                    bytes[index] = rng.u8(4..);
                }
            }
        });
        assert!(said_after(&told).is_some_and(|packets| packets < 150), "{name}");
        let clean = outcomes(&path, 0, |_| {});
        assert_eq!(said_after(&clean), None, "{name}");
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
            largest_side: crate::limits::MAX_SIDE,
            watch: Arc::default(),
            reopen: Arc::default(),
            abandoned: Arc::default(),
            wake: Arc::new(|| {}),
            fault: Arc::default(),
        };
        let format = ffmpeg::format::Pixel::YUV420P10LE;
        let video = ffmpeg::frame::Video::new(format, 64, 32);
        Decoder::new(&out).publish(video, &fake(0, true).info, &out);
        let frame = out.frame_queue.take().expect("a picture");
        assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C420, bits });
    }
}

#[test]
fn a_refresh_that_goes_on_after_what_was_skipped_is_damaged() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips/odd-intra-refresh.h264");
    let out = outputs(Watch::default());
    out.health.set_connection(Connection::Up, Instant::now());
    let mut decoder = Decoder::new(&out);
    let all = packets(&path);
    let keys: Vec<usize> =
        all.iter().enumerate().filter(|(_, packet)| packet.keyframe).map(|(at, _)| at).collect();
    let gradual = |at: &&usize| nal::recovers_gradually("h264", all[**at].data(), false);
    let resumed = *keys.iter().skip(1).find(gradual).expect("a recovery point");
    let mut told = Vec::new();
    for (at, packet) in all.into_iter().enumerate() {
        if (3..resumed).contains(&at) {
            continue;
        }
        let job = job(packet, at == 0 || at == resumed);
        let job = Job { first: at == 0, whole: at != resumed, ..job };
        let decoded = decode(&mut decoder, &job, &out);
        let now = Instant::now();
        out.health.decoded(&decoded, now);
        if at >= resumed {
            let damaged = out.health.status(0, now).warnings.damaged;
            told.push((decoded.clean, damaged));
        }
    }
    // The refresh takes 20 pictures. Up to its end the decoder gives none, for it lacks their
    // references.
    assert!(told.len() > 20);
    assert_eq!(told[..19], [(false, true); 19]);
    assert!(told[19..].iter().all(|(clean, _)| *clean), "{told:?}");
}

#[test]
fn a_jpeg_with_exif_data_that_make_no_sense_is_clean() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips/cam11-360.mjpeg");
    // No TIFF at all; and a directory of entries that are not there.
    let broken: [&[u8]; 2] = [b"nonsense", b"II*\0\x08\0\0\0\xff\xff\x01\0\x02\0"];
    for exif in broken {
        let out = outputs(Watch::default());
        let mut decoder = Decoder::new(&out);
        for mut packet in packets(&path).into_iter().take(3) {
            let mut bytes = packet.data()[..2].to_vec();
            bytes.extend([0xff, 0xe1, 0, (2 + 6 + exif.len()) as u8]);
            bytes.extend(b"Exif\0\0");
            bytes.extend(exif);
            bytes.extend(&packet.data()[2..]);
            packet.av = ffmpeg::Packet::copy(&bytes);
            let told = decode(&mut decoder, &job(packet, false), &out);
            assert!(told.clean && !told.failed && !told.garbled, "{exif:?}: {told:?}");
        }
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
