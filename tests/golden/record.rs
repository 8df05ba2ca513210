//! Snapshots of a camera: the picture made out of its packets, against a reference made by zimg.
//!
//! Without a wall: packets from a feed, as the recorder gets them.

use std::{iter, path::Path, sync::Arc, time::Duration};

use camwall_media::decode_snapshot;
use camwall_media::{Feed, FeedSpec, Keep, Packet};
use image::RgbImage;

use crate::{
    clip::{Clip, Codec, Matrix, Meaning, Siting, ffmpeg, grey_reference, reference, run},
    picture::{chart, max_delta},
};
use Matrix::{Bt601, Bt709, Bt2020};
use Siting::{Centre, Left, TopLeft};

/// The largest difference allowed, of 255: swscale rounds the chroma it interpolates, and once
/// more on its way to RGB.
const TOLERANCE: u8 = 2;

/// What a wrong matrix, range or siting must differ by at least.
const SEEN: u8 = 12;

/// Not a multiple of 16: H.264 codes more rows and crops them.
const SIZE: (u32, u32) = (320, 234);

/// The first `count` packets of a clip or device.
fn packets(clip: &Path, count: usize) -> Vec<Arc<Packet>> {
    loop {
        let feed = Feed::open(FeedSpec::new("clip", clip.to_string_lossy()), Arc::new(|| {}));
        let half_a_minute = Duration::from_secs(30);
        let mut packets = feed.subscribe(Keep { span: half_a_minute, bytes: 64 << 20 });
        packets.start_back(half_a_minute, 0);
        let mut wait = || {
            loop {
                if let Some(delivery) = packets.next_packet() {
                    return delivery;
                }
                packets.bell().recv_timeout(half_a_minute).expect("a packet");
            }
        };
        let first = wait();
        // FFV1 calls every picture a key picture: what counts is that none is missing before it.
        if first.number == 0 {
            let rest = iter::from_fn(|| Some(wait().packet));
            return iter::once(first.packet.clone()).chain(rest).take(count).collect();
        }
    }
}

/// A still picture of a clip or device.
pub fn snapshot(clip: &Path) -> RgbImage {
    decode_snapshot(&packets(clip, 1)).expect("a picture")
}

/// Matrices, ranges, sitings, chroma of every size, 8 and 10 bit; MJPEG with the meaning that
/// goes without saying.
#[test]
fn stills_have_the_colours_of_the_camera() {
    let (hd, jpeg) = (Meaning::new(Bt709, false, Left), Meaning::new(Bt601, true, Centre));
    let h264 = |format, meaning| Clip { format, ..Clip::h264(meaning) };
    let clips = [
        Clip::h264(hd),
        Clip::h264(Meaning::new(Bt709, true, Left)),
        Clip::h264(Meaning::new(Bt601, false, Left)),
        Clip::h264(Meaning::new(Bt601, true, Centre)),
        Clip::h264(Meaning::new(Bt2020, false, TopLeft)),
        Clip::ffv1("yuv422p", hd),
        Clip::ffv1("yuv422p", jpeg),
        Clip::ffv1("yuv444p", hd),
        Clip::ffv1("yuv444p", Meaning::new(Bt601, true, Left)),
        h264("yuv420p10le", hd),
        h264("yuv420p10le", Meaning::new(Bt2020, true, TopLeft)),
        Clip { format: "yuvj420p", codec: Codec::Mjpeg, meaning: jpeg, tagged: true },
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let mut worst = 0;
    for (index, clip) in clips.into_iter().enumerate() {
        let file = clip.make(folder.path(), &format!("clip{index}"), &chart(SIZE.0, SIZE.1));
        let picture = snapshot(&file);
        let delta = max_delta(&picture, &reference(&file, clip.meaning), 0);
        eprintln!("{:?} {} {:?}: max Δ {delta}/255", clip.codec, clip.format, clip.meaning);
        worst = worst.max(delta);
        let wrong = Meaning { full: !clip.meaning.full, ..clip.meaning };
        let seen = max_delta(&picture, &reference(&file, wrong), 0);
        assert!(seen >= SEEN, "{clip:?} read as {wrong:?}: only {seen}");
    }
    assert!(worst <= TOLERANCE, "differ by {worst}/255");
}

#[test]
fn grey_stills() {
    let folder = tempfile::tempdir().expect("a folder");
    for full in [false, true] {
        let clip = Clip::ffv1("gray", Meaning::new(Bt709, full, Left));
        let file = clip.make(folder.path(), &format!("grey{full}"), &chart(SIZE.0, SIZE.1));
        let delta = max_delta(&snapshot(&file), &grey_reference(&file, full, SIZE), 0);
        assert!(delta <= TOLERANCE, "grey, full range {full}: {delta}/255");
    }
}

/// The last one to be shown, with B pictures on the way: not the last one that was coded.
#[test]
fn a_still_is_the_newest_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("moving.mkv");
    let size = format!("testsrc2=s={}x{}:r=25", SIZE.0, SIZE.1);
    let mut make = ffmpeg();
    make.args(["-f", "lavfi", "-i", &size, "-frames:v", "30", "-pix_fmt", "yuv420p"]);
    make.args(["-c:v", "libx264", "-crf", "10", "-g", "12", "-bf", "3", "-b_strategy", "0"]);
    run(make.args(["-colorspace", "bt709", "-color_range", "tv"]).arg(&file));
    let all = packets(&file, 30);
    let newest = |count: usize| all[..count].iter().filter_map(|packet| packet.pts).max();
    // Of all; of a key frame alone; of some, the last of which comes before others in time.
    let coded_late = |count: &usize| all[*count - 1].pts < newest(*count);
    let some = (14..30).find(coded_late).expect("a B picture");
    for count in [30, 1, some] {
        let number = all.iter().filter(|packet| packet.pts < newest(count)).count();
        let picture = decode_snapshot(&all[..count]).expect("a picture");
        let delta = max_delta(&picture, &picture_of(&file, number), 0);
        assert!(delta <= TOLERANCE, "{count} packets, picture {number}: {delta}/255");
    }
}

/// Picture `number` of a clip, from 0, by zimg.
fn picture_of(file: &Path, number: usize) -> RgbImage {
    let one = file.with_file_name(format!("picture{number}.mkv"));
    let select = format!("select=eq(n\\,{number})");
    let mut ffmpeg = ffmpeg();
    ffmpeg.arg("-i").arg(file).args(["-vf", &select, "-c:v", "ffv1"]);
    run(ffmpeg.args(["-colorspace", "bt709", "-color_range", "tv"]).arg(&one));
    reference(&one, Meaning::new(Bt709, false, Left))
}
