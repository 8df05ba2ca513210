//! Containers as they come over the network, changed, and demuxed as a camera's are.

use super::mutate::spoil;
use super::*;

/// Which clip goes into which container: name, FFmpeg's arguments, and its demuxer.
const MADE: [(&str, &str, &str); 11] = [
    ("cam9-240.h264", "-c copy -f mpegts", "mpegts"),
    ("odd-gop30.h265", "-c copy -f mpegts", "mpegts"),
    ("cam9-288.h264", "-c copy -f flv", "flv"),
    ("cam11-360.mjpeg", "-c copy -f mpjpeg", "mpjpeg"),
    ("cam9-360.h264", "-c copy -f matroska", "matroska"),
    ("odd-no-sar.h264", "-c copy -f mp4 -movflags empty_moov+frag_keyframe", "mov"),
    // What cameras and devices rarely code with.
    ("cam9-240.h264", "-c mpeg4 -f avi", "avi"),
    ("cam9-240.h264", "-c mpeg2video -f mpegts", "mpegts"),
    ("cam9-240.h264", "-c flv1 -f flv", "flv"),
    ("cam9-240.h264", "-c png -t 1 -f matroska", "matroska"),
    ("cam9-240.h264", "-c ffv1 -t 1 -f matroska", "matroska"),
];
/// Pictures as devices give them, small because they are many bytes.
const RAW: &str = "-c rawvideo -pix_fmt yuv420p -s 64x36 -t 4 -f nut";
/// Packets of one file.
const RUN: usize = 60;
/// A demuxer that takes longer on a file of half a megabyte goes round in circles.
const LONGEST: Duration = Duration::from_secs(20);

/// The containers, whole, and a folder for those that are not.
pub(super) struct Files {
    whole: Vec<(Vec<u8>, &'static str)>,
    folder: tempfile::TempDir,
}

impl Files {
    /// Makes them with the program `ffmpeg`.
    pub fn new(clips: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("whole");
        let whole = MADE.map(|(clip, arguments, demuxer)| {
            make(&clips.join(clip), arguments, &to);
            (std::fs::read(&to).expect("what it made"), demuxer)
        });
        make(&clips.join("cam9-240.h264"), RAW, &to);
        Self { whole: whole.to_vec(), folder }
    }

    /// Pictures that are not coded, as devices give them, and the same from the last row to the first.
    pub fn raw(&self) -> [Vec<Packet>; 2] {
        let upright = packets(&self.folder.path().join("whole"));
        let flipped = upright.iter().map(|packet| {
            let params =
                packet.info.params.duplicate().and_then(|p| p.with_extradata(b"BottomUp\0"));
            let info = crate::fixtures::info(params.expect("memory"));
            let info = StreamInfo { time_base: packet.info.time_base, ..info };
            Packet { info: Arc::new(info), ..mutate::same(packet) }
        });
        let flipped = flipped.collect();
        [upright, flipped]
    }

    /// Changes one of them and plays it.
    pub fn play(&self, rng: &mut Rng, room: usize, told: &mut Told) {
        let (whole, demuxer) = &self.whole[rng.usize(..self.whole.len())];
        // From anywhere, as a stream is joined, and no more than is read.
        let from = if rng.bool() { 0 } else { rng.usize(..whole.len()) };
        let mut bytes = whole[from..].to_vec();
        bytes.truncate(300_000);
        let (donor, _) = &self.whole[rng.usize(..self.whole.len())];
        for _ in 0..rng.usize(..20) {
            spoil(&mut bytes, &donor[..donor.len().min(2000)], rng);
        }
        let path = self.folder.path().join("changed");
        std::fs::write(&path, &bytes).expect("room");
        let before = told.packets;
        demux(&path, demuxer, rng, room.min(RUN), told);
        // What nothing comes of was looked at, too.
        told.packets = told.packets.max(before + 1);
    }
}

fn make(clip: &Path, arguments: &str, to: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-r", "25", "-i"])
        .arg(clip)
        .args(arguments.split(' '))
        .arg(to)
        .status();
    assert!(made.expect("ffmpeg").success(), "{} {arguments}", clip.display());
}

fn demux(path: &Path, demuxer: &str, rng: &mut Rng, room: usize, told: &mut Told) {
    let begun = Instant::now();
    let url = format!("file:{}", path.display());
    let forced = rng.bool().then_some(demuxer);
    let mut options = ffmpeg::Dictionary::new();
    options.set("probesize", "500000");
    options.set("analyzeduration", "1000000");
    options.set("protocol_whitelist", "file");
    let late = move || begun.elapsed() > LONGEST;
    let opened = Demuxer::open(&url, forced, options, true, late);
    let Ok((mut demuxer, _)) = opened else { return };
    let Ok((Some(video), _)) = demuxer.pick_streams(None) else { return };
    let (index, info) = (video.index, Arc::new(StreamInfo::from(video)));
    let prefixed = info.extradata().first() == Some(&1);
    let mut player = Player::new(rng);
    let mut left = room;
    let mut failed = 0;
    while left > 0 && failed < room {
        let mut av = ffmpeg::Packet::empty();
        match demuxer.read(&mut av) {
            Ok(()) if av.stream() == index => {}
            Ok(()) | Err(ffmpeg::Error::InvalidData) => {
                failed += 1;
                continue;
            }
            Err(_) => break,
        }
        let Some(data) = av.data() else { continue };
        let keyframe = av.is_key() || nal::is_keyframe(info.codec, data, prefixed);
        let arrived = begun + Duration::from_secs(3600);
        let (pts, dts, info) = (av.pts().or(av.dts()), av.dts(), info.clone());
        player.decode(Packet { pts, dts, info, keyframe, loss_before: 0, arrived, av }, told);
        left -= 1;
    }
    assert!(begun.elapsed() < LONGEST, "a file took {:?}", begun.elapsed());
}
