//! What is too large for the decoder, on real clips.

use super::*;
use crate::limits::MAX_SIDE;
use crate::undecodable::Undecodable;

fn clip(name: &str) -> Vec<Packet> {
    packets(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips").join(name))
}

/// What is said after these packets where the renderer takes no longer side.
fn said(packets: Vec<Packet>, side: u32) -> (Option<Undecodable>, u64) {
    let out = Outputs { largest_side: side, ..outputs(Watch::default()) };
    out.health.set_connection(Connection::Up, Instant::now());
    let mut decoder = Decoder::new(&out);
    for (index, packet) in packets.into_iter().enumerate() {
        let decoded = decode(&mut decoder, &job(packet, index == 0), &out);
        out.health.decoded(&decoded, Instant::now());
    }
    let why = match out.health.state(Instant::now()) {
        FeedState::Undecodable { why } => Some(why),
        _ => None,
    };
    (why, out.health.frames_decoded.load(Ordering::Relaxed))
}

#[test]
fn a_picture_larger_than_the_renderer_takes_is_said_at_once_and_costs_no_picture() {
    for (name, width, height) in
        [("cam1-360.h264", 640, 368), ("cam8-360.h265", 640, 360), ("cam11-360.mjpeg", 640, 360)]
    {
        let first = || clip(name).into_iter().take(1).collect::<Vec<_>>();
        let (why, pictures) = said(first(), 639);
        // FFmpeg tells the size of some before their first packet, as cropped.
        let Some(Undecodable::TooLarge { width: w, height: h, side: 639 }) = why else {
            unreachable!("{name}: {why:?}")
        };
        assert!(w == width && (360..=height).contains(&h), "{name}: {w}x{h}");
        assert_eq!(pictures, 0, "{name}");
        assert_eq!(said(clip(name), 640).0, None, "{name}");
    }
}

#[test]
fn it_is_over_with_the_first_picture_that_fits() {
    // 352×288, then 320×240, and back, with other parameter sets.
    let all = clip("odd-sps-key.h264");
    let changes = all.len();
    let (why, pictures) = said(all, 340);
    assert!(matches!(why, None | Some(Undecodable::TooLarge { width: 352, .. })), "{why:?}");
    assert!(pictures > 0 && (pictures as usize) < changes, "{pictures} of {changes}");
}

#[test]
fn more_parameter_sets_than_any_camera_has_are_said() {
    let mut all = clip("cam1-360.h264");
    let flood: Vec<u8> = (0..=32).flat_map(|_| [0, 0, 0, 1, 0x68, 0x9c, 0x71]).collect();
    let bytes = [&flood[..], all[0].data()].concat();
    all[0].av = ffmpeg::Packet::copy(&bytes);
    all.truncate(3);
    assert_eq!(said(all, MAX_SIDE), (Some(Undecodable::ParameterSets), 0));
}
