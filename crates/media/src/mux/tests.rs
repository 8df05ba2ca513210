//! Clips through the muxer and back, checked against FFmpeg's own programs.

use std::collections::BTreeMap;
use std::io::{Cursor, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard};

use tempfile::TempDir;

use super::*;
use crate::ffmpeg::{CodecParams, Demuxer};
use crate::lock::lock;
use crate::mux::output::index_of;
use crate::mux::reorder_depth::ReorderDepth;

mod index;

const BOTH: [Container; 2] = [Container::Matroska, Container::FragmentedMp4];

/// Clips are made once per run of the tests.
static CLIPS: LazyLock<(TempDir, Mutex<BTreeMap<String, PathBuf>>)> =
    LazyLock::new(|| (tempfile::tempdir().expect("a folder"), Mutex::default()));

fn run(program: &str, arguments: &str) -> (String, String) {
    let mut command = Command::new(program);
    command.arg("-v").arg("error").args(arguments.split_whitespace());
    let output = command.output().expect("FFmpeg's programs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(output.status.success(), "{program} {arguments}: {}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// Makes a clip of three seconds with these codecs; the extension names the container.
fn clip(name: &str, codecs: &str) -> PathBuf {
    let (folder, made) = &*CLIPS;
    let mut made = lock(made);
    made.entry(format!("{name} {codecs}"))
        .or_insert_with(|| {
            let path = folder.path().join(name);
            let input = "-f lavfi -i testsrc2=size=320x240:rate=25:duration=3 \
                         -f lavfi -i sine=duration=3";
            run("ffmpeg", &format!("-y {input} -pix_fmt yuv420p {codecs} {}", path.display()));
            path
        })
        .clone()
}

const X264: &str = "-an -c:v libx264 -g 25 -bf 0";
const X264_B: &str = "-an -c:v libx264 -g 25 -bf 3 -x264-params b-pyramid=normal";
const MJPEG: &str = "-an -c:v mjpeg -pix_fmt yuvj420p -q:v 5";
const X265: &str = "-an -c:v libx265 -x265-params log-level=none:keyint=25:bframes=0";
const X265_B: &str = "-an -c:v libx265 -x265-params log-level=none:keyint=25:bframes=3";

/// How a camera's packets look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// As FFmpeg reads them from a file.
    File,
    /// As RTSP gives them: nothing but the pictures and their times.
    Rtsp,
}

struct Clip {
    packets: Vec<Packet>,
    audio: Option<Arc<StreamInfo>>,
}

impl Clip {
    fn of(path: &Path, look: Look) -> Self {
        crate::init();
        let (mut demuxer, _) = Demuxer::open(
            path.to_str().expect("a path"),
            None,
            ffmpeg::Dictionary::new(),
            true,
            || false,
        )
        .expect("a clip");
        let streams = demuxer.streams().expect("streams");
        let infos: BTreeMap<_, _> =
            streams.into_iter().map(|desc| (desc.index, Arc::new(describe(desc, look)))).collect();
        let origin = Instant::now();
        let mut packets: Vec<Packet> = Vec::new();
        let mut av = ffmpeg::Packet::empty();
        while demuxer.read(&mut av).is_ok() {
            let info = infos[&av.stream()].clone();
            let dts = av.dts().or(av.pts()).expect("a time");
            let dts = rescale(dts, info.time_base, (1, 1_000_000)) + 10_000_000;
            let mut packet =
                packet(&info, av.data().expect("data"), av.pts(), av.is_key(), origin, dts as u64);
            packet.dts = av.dts().filter(|_| look == Look::File);
            packets.push(packet);
        }
        // FFmpeg's encoders begin their sound before 0, which no camera does.
        let seconds = |packet: &Packet| packet.seconds().expect("a time");
        let start =
            packets.iter().find(|packet| packet.media_type() == MediaType::Video).map(seconds);
        packets.retain(|packet| {
            packet.media_type() == MediaType::Video || Some(seconds(packet)) >= start
        });
        let audio = infos.into_values().find(|info| info.media_type == MediaType::Audio);
        Self { packets, audio }
    }

    fn depth(&self) -> usize {
        let mut reorder = ReorderDepth::new();
        self.packets.iter().for_each(|packet| reorder.observe(packet));
        reorder.depth()
    }

    fn spec(&self, container: Container) -> MuxSpec<'_> {
        let mut videos =
            self.packets.iter().filter(|packet| packet.media_type() == MediaType::Video);
        MuxSpec {
            container,
            first: videos.next().expect("a picture"),
            audio: self.audio.as_ref(),
            reorder: self.depth(),
            started: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_332_000_123),
            title: "KeyframeGate: \u{fc}ber 1",
        }
    }

    /// Everything into one file.
    fn record(&self, container: Container) -> Recording {
        self.record_with(&self.spec(container), None)
    }

    fn record_with(&self, spec: &MuxSpec<'_>, flush_every: Option<usize>) -> Recording {
        let sink = Shared::default();
        let mut muxer = Muxer::begin(sink.clone(), spec).expect("a header");
        for (i, packet) in self.packets.iter().enumerate() {
            muxer.write(packet).expect("written");
            if flush_every.is_some_and(|every| i % every == every - 1) {
                muxer.flush().expect("flushed");
            }
        }
        let (duration, left_out) = (muxer.duration(), muxer.left_out().map(ToString::to_string));
        let broken = muxer.broken();
        muxer.finish().expect("finished");
        Recording { file: sink.file(spec.container), duration, left_out, broken }
    }

    fn of_medium(&self, media_type: MediaType) -> Vec<&Packet> {
        self.packets.iter().filter(|packet| packet.media_type() == media_type).collect()
    }
}

struct Recording {
    file: tempfile::NamedTempFile,
    duration: Duration,
    left_out: Option<String>,
    broken: bool,
}

/// The one place where a packet is made.
fn packet(
    info: &Arc<StreamInfo>,
    data: &[u8],
    pts: Option<i64>,
    keyframe: bool,
    origin: Instant,
    micros: u64,
) -> Packet {
    Packet {
        av: ffmpeg::Packet::copy(data),
        info: info.clone(),
        pts,
        dts: None,
        keyframe,
        loss_before: 0,
        arrived: origin + Duration::from_micros(micros),
    }
}

fn describe(desc: crate::ffmpeg::StreamDesc, look: Look) -> StreamInfo {
    let (mut width, mut height) = desc.params.size();
    let mut params = desc.params;
    if look == Look::Rtsp && desc.media_type == MediaType::Video {
        (width, height) = (0, 0);
        params = CodecParams::new(MediaType::Video, params.id()).expect("parameters");
    }
    StreamInfo {
        media_type: desc.media_type,
        codec: params.name(),
        width,
        height,
        time_base: desc.time_base,
        fps: None,
        params,
    }
}

/// A sink that can be looked into.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Cursor<Vec<u8>>> {
        lock(&self.0)
    }

    fn bytes(&self) -> Vec<u8> {
        self.lock().get_ref().clone()
    }

    fn file(&self, container: Container) -> tempfile::NamedTempFile {
        file(container, self.lock().get_ref())
    }
}

fn file(container: Container, bytes: &[u8]) -> tempfile::NamedTempFile {
    let suffix = if container == Container::Matroska { ".mkv" } else { ".mp4" };
    let file = tempfile::Builder::new().suffix(suffix).tempfile().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    file
}

impl Write for Shared {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.lock().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.lock().seek(to)
    }
}

/// What a packet carries, whichever way it is framed.
fn contents(codec: &str, data: &[u8]) -> Vec<Vec<u8>> {
    if !matches!(codec, "h264" | "h265") {
        return vec![data.to_vec()];
    }
    let mut units = Vec::new();
    if data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1]) {
        let mut rest = data;
        let start = |data: &[u8]| data.windows(3).position(|code| code == [0, 0, 1]);
        while let Some(at) = start(rest) {
            rest = &rest[at + 3..];
            let unit = &rest[..start(rest).unwrap_or(rest.len())];
            let length = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            units.push(unit[..length].to_vec());
        }
    } else {
        let mut rest = data;
        while let Some((length, tail)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let (unit, tail) = tail.split_at(length.min(tail.len()));
            // FFmpeg keeps a zero that belongs to the next start code.
            let length = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            units.push(unit[..length].to_vec());
            rest = tail;
        }
    }
    units
}

/// All packets of one medium in a file, by FFmpeg's reading: times in nanoseconds.
struct Read {
    contents: Vec<Vec<Vec<u8>>>,
    times: Vec<i64>,
    keys: Vec<bool>,
}

fn read(path: &Path, media_type: MediaType) -> Read {
    let mut options = ffmpeg::Dictionary::new();
    options.set("fflags", "noparse+nofillin");
    let (mut demuxer, _) =
        Demuxer::open(path.to_str().expect("a path"), None, options, false, || false)
            .expect("a file that opens");
    let mut read = Read { contents: Vec::new(), times: Vec::new(), keys: Vec::new() };
    let streams = demuxer.streams().expect("streams");
    let Some(stream) = streams.iter().find(|stream| stream.media_type == media_type) else {
        return read;
    };
    let mut av = ffmpeg::Packet::empty();
    while demuxer.read(&mut av).is_ok() {
        if av.stream() == stream.index {
            read.contents.push(contents(stream.params.name(), av.data().expect("data")));
            let pts = av.pts().expect("a time");
            read.times.push(rescale(pts, stream.time_base, (1, 1_000_000_000)));
            read.keys.push(av.is_key());
        }
    }
    read
}

/// Times relative to the key frame, nanoseconds.
fn times(packets: &[&Packet], zero: i64) -> Vec<i64> {
    let nanos = |packet: &Packet| {
        rescale(packet.pts.expect("a time"), packet.info.time_base, (1, 1_000_000_000))
    };
    packets.iter().map(|packet| nanos(packet) - zero).collect()
}

fn assert_close(found: &[i64], wanted: &[i64], tolerance: i64) {
    assert_eq!(found.len(), wanted.len());
    for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!((found - wanted).abs() <= tolerance, "packet {i}: {found} for {wanted}");
    }
}

/// Everything that was given is in the file, at its time, and FFmpeg has nothing to say about it.
fn check(clip: &Clip, recording: &Recording, container: Container) {
    let path = recording.file.path();
    assert!(!recording.broken);
    let videos = clip.of_medium(MediaType::Video);
    let zero = times(&videos, 0)[0];
    let (video, audio) = (read(path, MediaType::Video), read(path, MediaType::Audio));
    let tolerance = if container == Container::Matroska { 500_000 } else { 1 };
    let wanted: Vec<_> =
        videos.iter().map(|packet| contents(packet.info.codec, packet.data())).collect();
    assert!(video.contents == wanted, "video differs");
    assert_close(&video.times, &times(&videos, zero), tolerance);
    assert_eq!(video.keys, videos.iter().map(|packet| packet.keyframe).collect::<Vec<_>>());
    let audios = clip.of_medium(MediaType::Audio);
    if recording.left_out.is_none() {
        let wanted: Vec<_> = audios.iter().map(|packet| vec![packet.data().to_vec()]).collect();
        assert!(audio.contents == wanted, "audio differs");
        // MP4 counts samples.
        let tolerance = if container == Container::Matroska { 500_000 } else { 100_000 };
        assert_close(&audio.times, &times(&audios, zero), tolerance);
    }
    let name = path.display();
    let (_, complaints) = run("ffmpeg", &format!("-i {name} -f null -"));
    assert_eq!(complaints, "", "{container:?}");
    assert!((recording.duration.as_secs_f64() - 3.0).abs() < 0.001, "{:?}", recording.duration);
    let length: f64 = ffprobe(path, "format=duration").parse().expect("a duration");
    // FFmpeg counts the time before the first sound twice in fragmented MP4.
    let late = audio.times.first().map_or(0.0, |first| *first as f64 / 1e9);
    let sound = if audio.times.is_empty() { 0.0 } else { 0.07 };
    assert!(length > 2.99 && length - late < 3.01 + sound, "{container:?}: {length}");
}

fn ffprobe(path: &Path, what: &str) -> String {
    run("ffprobe", &format!("-show_entries {what} -of csv=p=0 {}", path.display())).0
}

fn there_and_back(name: &str, codecs: &str, look: Look, depth: usize) {
    let clip = Clip::of(&clip(name, codecs), look);
    assert!(clip.packets.len() > 70, "{}", clip.packets.len());
    assert_eq!(clip.depth(), depth);
    for container in BOTH {
        check(&clip, &clip.record(container), container);
        // The same, flushed in the middle again and again.
        check(&clip, &clip.record_with(&clip.spec(container), Some(7)), container);
    }
}

#[test]
fn h264_as_from_a_camera() {
    there_and_back("plain.ts", X264, Look::Rtsp, 0);
}

#[test]
fn h264_from_a_file() {
    there_and_back("plain.mp4", X264, Look::File, 0);
}

#[test]
fn h264_with_b_frames_as_from_a_camera() {
    there_and_back("b.ts", X264_B, Look::Rtsp, 2);
}

#[test]
fn h264_with_b_frames_from_a_file() {
    there_and_back("b.mp4", X264_B, Look::File, 2);
}

#[test]
fn h265_as_from_a_camera() {
    there_and_back("plain265.ts", X265, Look::Rtsp, 0);
    there_and_back("b265.ts", X265_B, Look::Rtsp, 2);
}

#[test]
fn h265_from_a_file() {
    there_and_back("b265.mp4", X265_B, Look::File, 2);
}

#[test]
fn motion_jpeg() {
    there_and_back("m.mkv", MJPEG, Look::Rtsp, 0);
}

#[test]
fn mpeg4() {
    there_and_back("m4.avi", "-an -c:v mpeg4 -g 25 -q:v 5", Look::Rtsp, 0);
    there_and_back("m4.mp4", "-an -c:v mpeg4 -g 25 -q:v 5", Look::File, 0);
}

/// Records sound beside pictures; what is left out, if anything, is as expected.
fn with_sound(name: &str, codecs: &str, look: Look, left_out: [Option<&str>; 2]) {
    let clip = Clip::of(&clip(&format!("ip-{name}"), &beside(X264, codecs)), look);
    assert!(clip.audio.is_some());
    for (container, left_out) in BOTH.into_iter().zip(left_out) {
        let recording = clip.record_with(&clip.spec(container), Some(7));
        assert_eq!(recording.left_out.as_deref(), left_out);
        check(&clip, &recording, container);
    }
}

/// Options for pictures and sound.
fn beside(video: &str, audio: &str) -> String {
    format!("{} {audio}", video.replace("-an ", ""))
}

const AAC: &str = "-c:a aac -ar 16000";

#[test]
fn aac() {
    there_and_back("ip-aac.mp4", &beside(X264, AAC), Look::File, 0);
    there_and_back("ipb-aac.mp4", &beside(X264_B, AAC), Look::File, 2);
}

#[test]
fn opus() {
    with_sound("opus.mkv", "-c:a libopus", Look::File, [None, None]);
}

#[test]
fn mp2() {
    with_sound("mp2.ts", "-c:a mp2", Look::Rtsp, [None, None]);
}

#[test]
fn pcm_of_telephones() {
    let mu = Some("pcm_mulaw is not possible in MP4");
    with_sound("mulaw.mkv", "-c:a pcm_mulaw -ar 8000", Look::File, [None, mu]);
    let a = Some("pcm_alaw is not possible in MP4");
    with_sound("alaw.mkv", "-c:a pcm_alaw -ar 8000", Look::File, [None, a]);
}

#[test]
fn wideband_sound() {
    let no = Some("adpcm_g722 is not possible in MP4");
    with_sound("g722.mkv", "-c:a g722 -ar 16000", Look::File, [None, no]);
    // FFmpeg 6 can.
    let clip = Clip::of(&clip("l16.mkv", &beside(X264, "-c:a pcm_s16be")), Look::File);
    check(&clip, &clip.record(Container::Matroska), Container::Matroska);
    check(&clip, &clip.record(Container::FragmentedMp4), Container::FragmentedMp4);
}

/// A camera's sound that its description says little of.
fn bare_sound(id: ffmpeg::codec::Id, rate: u32, bits: u8) -> Arc<StreamInfo> {
    let params = CodecParams::new(MediaType::Audio, id).expect("parameters");
    let params = params.with_audio(rate, 1, bits);
    Arc::new(StreamInfo {
        media_type: MediaType::Audio,
        codec: params.name(),
        width: 0,
        height: 0,
        time_base: (1, i32::try_from(rate).expect("a rate")),
        fps: None,
        params,
    })
}

#[test]
fn sound_that_no_container_takes_is_left_out() {
    use ffmpeg::codec::Id;
    let mut clip = Clip::of(&clip("plain.ts", X264), Look::Rtsp);
    clip.audio = Some(bare_sound(Id::ADPCM_G726LE, 8000, 4));
    for (container, name) in [(Container::Matroska, "Matroska"), (Container::FragmentedMp4, "MP4")]
    {
        // Twice: the second time it is known.
        for _ in 0..2 {
            let recording = clip.record(container);
            let reason = format!("adpcm_g726le is not possible in {name}");
            assert_eq!(recording.left_out, Some(reason));
            check(&clip, &recording, container);
        }
    }
    clip.audio = Some(bare_sound(Id::MP2, 0, 0));
    let left_out = clip.record(Container::Matroska).left_out;
    assert_eq!(left_out.as_deref(), Some("mp2: sample rate and channels are unknown"));
}

#[test]
fn sound_without_a_header_gets_one() {
    use ffmpeg::codec::Id;
    for (name, codec, id) in [("aac.mp4", AAC, Id::AAC), ("opus.mkv", "-c:a libopus", Id::OPUS)] {
        let path = clip(&format!("ip-{name}"), &beside(X264, codec));
        let mut clip = Clip::of(&path, Look::File);
        let (rate, _) = clip.audio.as_ref().and_then(|audio| audio.audio_format()).expect("sound");
        let mut bare = bare_sound(id, rate, 0);
        Arc::get_mut(&mut bare).expect("one").time_base = clip.audio.expect("sound").time_base;
        clip.audio = Some(bare);
        for container in BOTH {
            let recording = clip.record(container);
            assert_eq!(recording.left_out, None);
            check(&clip, &recording, container);
        }
    }
}

#[test]
fn sound_with_headers_of_its_own_loses_them() {
    let clip = Clip::of(&clip("adts.ts", &beside(X264, "-c:a aac")), Look::Rtsp);
    for container in BOTH {
        for flush in [None, Some(7)] {
            let recording = clip.record_with(&clip.spec(container), flush);
            let read = read(recording.file.path(), MediaType::Audio);
            let given = clip.of_medium(MediaType::Audio);
            let bare: Vec<_> =
                given.iter().map(|packet| vec![packet.data()[7..].to_vec()]).collect();
            assert!(read.contents == bare);
            let file = recording.file.path().display();
            assert_eq!(run("ffmpeg", &format!("-i {file} -f null -")).1, "");
        }
    }
}

#[test]
fn a_file_may_begin_with_pictures_of_the_group_before() {
    let codecs = format!("{X265_B}:open-gop=1");
    let mut clip = Clip::of(&clip("open.ts", &codecs), Look::Rtsp);
    let depth = clip.depth();
    clip.packets.remove(0);
    let second = clip.packets.iter().position(|packet| packet.keyframe).expect("a key frame");
    clip.packets.drain(..second);
    let videos = clip.of_medium(MediaType::Video);
    let (key, leading) = (times(&videos, 0)[0], *times(&videos, 0).iter().min().expect("some"));
    assert!(leading < key, "a leading picture");
    for container in BOTH {
        for flush in [None, Some(1), Some(7)] {
            let spec = MuxSpec { reorder: depth, ..clip.spec(container) };
            let recording = clip.record_with(&spec, flush);
            assert!(!recording.broken);
            let read = read(recording.file.path(), MediaType::Video);
            assert_eq!(read.contents.len(), videos.len());
            let (zero, tolerance) = match container {
                Container::Matroska => (leading, 500_000),
                Container::FragmentedMp4 => (key, 1),
            };
            assert_close(&read.times, &times(&videos, zero), tolerance);
        }
    }
}

fn describe_again(info: &StreamInfo) -> StreamInfo {
    StreamInfo {
        media_type: info.media_type,
        codec: info.codec,
        width: info.width,
        height: info.height,
        time_base: info.time_base,
        fps: info.fps,
        params: info.params.duplicate().expect("parameters"),
    }
}

#[test]
fn uneven_times_are_kept_to_the_tick() {
    let jitter = [0, 700, -900, 1300, -1700, 20, 0, 1000];
    for codecs in [X264, X264_B] {
        let name = if codecs == X264 { "plain.ts" } else { "b.ts" };
        let mut clip = Clip::of(&clip(name, codecs), Look::Rtsp);
        for packet in &mut clip.packets {
            let pts = packet.pts.expect("a time");
            let place = usize::try_from(pts / 3600).expect("a place");
            packet.pts = Some(pts + jitter[place % jitter.len()]);
        }
        let videos = clip.of_medium(MediaType::Video);
        let zero = times(&videos, 0)[0];
        for container in BOTH {
            for every in 1..9 {
                let recording = clip.record_with(&clip.spec(container), Some(every));
                assert!(!recording.broken);
                let read = read(recording.file.path(), MediaType::Video);
                let tolerance = if container == Container::Matroska { 500_000 } else { 1 };
                assert_close(&read.times, &times(&videos, zero), tolerance);
            }
        }
    }
}

#[test]
fn sound_that_pauses_or_comes_late_keeps_its_time() {
    for video in [X264, X264_B] {
        let name = if video == X264 { "ip-aac.mp4" } else { "ipb-aac.mp4" };
        let path = clip(name, &beside(video, AAC));
        let mut clip = Clip::of(&path, Look::File);
        clip.packets.retain(|packet| {
            let seconds = packet.seconds().expect("a time");
            packet.media_type() == MediaType::Video
                || (0.9..1.4).contains(&seconds)
                || seconds > 2.3
        });
        for container in BOTH {
            for flush in [None, Some(3)] {
                let recording = clip.record_with(&clip.spec(container), flush);
                check(&clip, &recording, container);
            }
        }
        // Announced, but never sent.
        clip.packets.retain(|packet| packet.media_type() == MediaType::Video);
        for container in BOTH {
            for flush in [None, Some(3)] {
                let recording = clip.record_with(&clip.spec(container), flush);
                check(&clip, &recording, container);
            }
        }
    }
}

#[test]
fn b_frames_nobody_announced_are_all_there() {
    let clip = Clip::of(&clip("b.ts", X264_B), Look::Rtsp);
    for container in BOTH {
        for reorder in [0, 1] {
            let spec = MuxSpec { reorder, ..clip.spec(container) };
            let recording = clip.record_with(&spec, Some(7));
            assert!(recording.broken);
            let videos = clip.of_medium(MediaType::Video);
            let wanted: Vec<_> =
                videos.iter().map(|packet| contents("h264", packet.data())).collect();
            let read = read(recording.file.path(), MediaType::Video);
            assert!(read.contents == wanted);
            if container == Container::Matroska {
                // The key frame is the first that is shown.
                let zero = times(&videos, 0)[0];
                assert_close(&read.times, &times(&videos, zero), 500_000);
            }
        }
    }
}

#[test]
fn a_clock_that_jumps_gives_a_file_that_plays() {
    for jump in [90_000 * 3600_i64, -90_000 * 3600, 90_000 * -2] {
        let mut clip = Clip::of(&clip("plain.ts", X264), Look::Rtsp);
        for packet in &mut clip.packets[40..] {
            packet.pts = packet.pts.map(|pts| pts + jump);
        }
        for container in BOTH {
            let recording = clip.record_with(&clip.spec(container), Some(7));
            assert!(recording.broken);
            let length = recording.duration.as_secs_f64();
            assert!((length - 3.0).abs() < 0.05, "{length}");
            let read = read(recording.file.path(), MediaType::Video);
            let wanted: Vec<_> = (0..75).map(|place| place * 40_000_000).collect();
            assert_close(&read.times, &wanted, 1_000_000);
        }
    }
}

#[test]
fn a_slow_camera_loses_nothing_between_flushes() {
    let mut clip = Clip::of(&clip("m.mkv", MJPEG), Look::Rtsp);
    let start = clip.packets[0].arrived;
    for (i, packet) in (0..).zip(&mut clip.packets) {
        // A picture every two seconds, more or less.
        let time = i64::from(i) * 2000 + [0, 30, -40, 70, -110][i as usize % 5];
        packet.pts = Some(time + 5000);
        packet.arrived = start + Duration::from_millis(time as u64);
    }
    for container in BOTH {
        let sink = Shared::default();
        let mut muxer = Muxer::begin(sink.clone(), &clip.spec(container)).expect("a header");
        for (count, packet) in (1..).zip(&clip.packets[..20]) {
            muxer.write(packet).expect("written");
            muxer.flush().expect("flushed");
            let found = read(sink.file(container).path(), MediaType::Video);
            assert_eq!(found.contents.len(), count);
        }
        assert!(!muxer.broken());
        muxer.finish().expect("finished");
        let found = read(sink.file(container).path(), MediaType::Video);
        let videos = clip.of_medium(MediaType::Video);
        assert_close(&found.times, &times(&videos[..20], 5_000_000_000), 1);
    }
}

#[test]
fn what_was_flushed_survives_any_end() {
    for (name, codecs) in [("ip-aac.mp4", beside(X264, AAC)), ("ipb-aac.mp4", beside(X264_B, AAC))]
    {
        let clip = Clip::of(&clip(name, &codecs), Look::File);
        for container in BOTH {
            let sink = Shared::default();
            let mut muxer = Muxer::begin(sink.clone(), &clip.spec(container)).expect("a header");
            // How long the file was after each flush, and how many packets of each kind it had.
            let mut flushed = Vec::new();
            let mut count = [0, 0];
            for (i, packet) in clip.packets.iter().enumerate() {
                muxer.write(packet).expect("written");
                count[index_of(packet.media_type())] += 1;
                if i % 11 == 10 {
                    muxer.flush().expect("flushed");
                    flushed.push((sink.bytes().len(), count));
                }
            }
            let length = flushed.last().expect("a flush").0;
            drop(muxer);
            let bytes = sink.bytes();
            for cut in (flushed[0].0..length).step_by(length / 40) {
                let file = file(container, &bytes[..cut]);
                if container == Container::FragmentedMp4 && in_moof(&bytes, cut) {
                    // The only place where FFmpeg gives the whole file up.
                    continue;
                }
                let (_, count) = flushed.iter().rev().find(|(at, _)| *at <= cut).expect("a flush");
                let video = read(file.path(), MediaType::Video);
                let audio = read(file.path(), MediaType::Audio);
                let found = [video.contents.len(), audio.contents.len()];
                assert!(found[0] >= count[0] && found[1] >= count[1], "{found:?} of {count:?}");
            }
            // At a flush there is nothing to complain about.
            for (at, _) in flushed.iter().step_by(5) {
                let file = file(container, &bytes[..*at]);
                let name = file.path().display();
                assert_eq!(run("ffmpeg", &format!("-i {name} -f null -")).1, "");
            }
        }
    }
}

/// Whether a cut leaves a fragment's head incomplete.
fn in_moof(bytes: &[u8], cut: usize) -> bool {
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 8) {
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if (at + 1..at + size).contains(&cut) {
            return &head[4..] == b"moof";
        }
        at += size;
    }
    false
}

#[test]
fn dropped_without_its_end() {
    let clip = Clip::of(&clip("plain.ts", X264), Look::Rtsp);
    for container in BOTH {
        let sink = Shared::default();
        let mut muxer = Muxer::begin(sink.clone(), &clip.spec(container)).expect("a header");
        clip.packets[..40].iter().for_each(|packet| muxer.write(packet).expect("written"));
        muxer.flush().expect("flushed");
        let before = sink.bytes();
        clip.packets[40..45].iter().for_each(|packet| muxer.write(packet).expect("written"));
        drop(muxer);
        let after = sink.bytes();
        assert!(after.starts_with(&before), "nothing is changed behind the file's back");
        let found = read(sink.file(container).path(), MediaType::Video);
        assert!((40..=45).contains(&found.contents.len()));
    }
}

#[test]
fn nothing_written_is_no_accident() {
    let clip = Clip::of(&clip("b.ts", X264_B), Look::Rtsp);
    for container in BOTH {
        for reorder in [0, 2] {
            let spec = MuxSpec { reorder, ..clip.spec(container) };
            let mut muxer = Muxer::begin(Shared::default(), &spec).expect("a header");
            assert_eq!(muxer.duration(), Duration::ZERO);
            muxer.flush().expect("flushed");
            muxer.finish().expect("finished");
            drop(Muxer::begin(Shared::default(), &spec).expect("a header"));
        }
    }
}

/// A disk that fills up.
struct Full {
    room: usize,
    failures: Arc<Mutex<usize>>,
    error: fn() -> io::Error,
    disk: Shared,
}

impl Write for Full {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            *self.failures.lock().expect("a count") += 1;
            return Err((self.error)());
        }
        let written = self.disk.write(&data[..data.len().min(self.room)])?;
        self.room -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.disk.seek(to)
    }
}

#[test]
fn errors_of_the_disk_come_back_as_they_were() {
    let clip = Clip::of(&clip("plain.ts", X264), Look::Rtsp);
    let whole = clip.record(Container::Matroska).file.as_file().metadata().expect("a size").len();
    let errors: [fn() -> io::Error; 3] = [
        || io::Error::from_raw_os_error(libc::ENOSPC),
        || io::Error::from_raw_os_error(libc::EROFS),
        || io::Error::new(io::ErrorKind::StorageFull, "quite full"),
    ];
    for container in BOTH {
        for (i, room) in (0..whole as usize).step_by(whole as usize / 23).enumerate() {
            let error = errors[i % errors.len()];
            let failures = Arc::new(Mutex::new(0));
            let disk = Shared::default();
            let sink = Full { room, failures: failures.clone(), error, disk };
            let failed = fill(sink, &clip, container).expect_err("a full disk");
            let io = failed.io().expect("an error of the disk");
            assert_eq!(io.kind(), error().kind());
            assert_eq!(io.raw_os_error(), error().raw_os_error());
            assert_eq!(*failures.lock().expect("a count"), 1, "nothing is tried again");
        }
    }
}

fn fill(sink: Full, clip: &Clip, container: Container) -> Result<(), MuxError> {
    let mut muxer = Muxer::begin(sink, &clip.spec(container))?;
    for (i, packet) in clip.packets.iter().enumerate() {
        let written = muxer.write(packet);
        if let Err(error) = written {
            let again = muxer.flush().expect_err("still full");
            assert_eq!(again.to_string(), error.to_string());
            return Err(error);
        }
        if i % 7 == 6 {
            muxer.flush()?;
        }
    }
    muxer.finish()
}

#[test]
fn what_can_not_be_recorded_is_told() {
    let mut bare = Clip::of(&clip("plain.ts", X264), Look::Rtsp);
    // Without its key frame there are no parameter sets.
    bare.packets.remove(0);
    let jpeg = Clip::of(&clip("m.mkv", MJPEG), Look::Rtsp);
    let info = &jpeg.packets[0].info;
    let broken = packet(info, &[0xff, 0xd8, 0xff], Some(0), true, Instant::now(), 0);
    let vp6 = {
        let params =
            CodecParams::new(MediaType::Video, ffmpeg::codec::Id::FRAPS).expect("parameters");
        let params = params.with_size(320, 240);
        let info = StreamInfo { codec: params.name(), params, ..describe_again(info) };
        let info = StreamInfo { width: 320, height: 240, ..info };
        packet(&Arc::new(info), &[1, 2, 3], Some(0), true, Instant::now(), 0)
    };
    for (first, words) in [
        (&bare.packets[0], "h264 without parameter sets"),
        (&broken, "mjpeg: the size of its pictures is unknown"),
        (&vp6, "not recordable in MP4: fraps: "),
    ] {
        let spec = MuxSpec { first, ..jpeg.spec(Container::FragmentedMp4) };
        let Err(error) = Muxer::begin(Shared::default(), &spec) else { panic!("{words}") };
        assert!(matches!(error, MuxError::NotRecordable { .. }));
        assert!(error.io().is_none() && error.to_string().contains(words), "{error}");
    }
}

#[test]
fn two_files_join() {
    for (name, codecs) in [("ip-aac.mp4", beside(X264, AAC)), ("ipb-aac.mp4", beside(X264_B, AAC))]
    {
        let clip = Clip::of(&clip(name, &codecs), Look::File);
        let turn = clip
            .packets
            .iter()
            .position(|packet| {
                packet.media_type() == MediaType::Video
                    && packet.keyframe
                    && packet.seconds() > Some(1.5)
            })
            .expect("a key frame");
        for container in BOTH {
            let mut found = [Vec::new(), Vec::new()];
            let mut length = Duration::ZERO;
            for part in [&clip.packets[..turn], &clip.packets[turn..]] {
                let sink = Shared::default();
                let spec = MuxSpec { first: &part[0], ..clip.spec(container) };
                let mut muxer = Muxer::begin(sink.clone(), &spec).expect("a header");
                part.iter().for_each(|packet| muxer.write(packet).expect("written"));
                length += muxer.duration();
                muxer.finish().expect("finished");
                let file = sink.file(container);
                found[0].extend(read(file.path(), MediaType::Video).contents);
                found[1].extend(read(file.path(), MediaType::Audio).contents);
            }
            for (media_type, found) in [MediaType::Video, MediaType::Audio].into_iter().zip(found) {
                let wanted: Vec<_> = clip
                    .of_medium(media_type)
                    .iter()
                    .map(|packet| contents(packet.info.codec, packet.data()))
                    .collect();
                assert!(found == wanted, "{media_type:?} in {container:?}");
            }
            assert!((length.as_secs_f64() - 3.0).abs() < 0.001, "{length:?}");
        }
    }
}

#[test]
fn title_and_time_are_in_the_file() {
    let clip = Clip::of(&clip("plain.ts", X264), Look::Rtsp);
    for (container, tag, time) in [
        (Container::Matroska, "creation_time", "2026-11-22T07:20:00.123000Z"),
        (Container::FragmentedMp4, "creation_time", "2026-11-22T07:20:00.000000Z"),
        (Container::FragmentedMp4, "date", "2026-11-22T07:20:00.123Z"),
    ] {
        let recording = clip.record(container);
        let path = recording.file.path();
        assert_eq!(
            ffprobe(path, "format_tags=title"),
            "\"KeyframeGate: \u{fc}ber 1\"".trim_matches('"')
        );
        assert_eq!(ffprobe(path, &format!("format_tags={tag}")), time);
    }
}

#[test]
fn a_muxer_goes_to_any_thread() {
    fn send<T: Send + 'static>() {}
    send::<Muxer>();
    send::<MuxError>();
    send::<ReorderDepth>();
}
