//! Clips through the muxer and back, checked against FFmpeg's own programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, MutexGuard};

use tempfile::TempDir;

use super::super::reorder::Reorder;
use super::super::sys::Demuxer;
use super::*;

const BOTH: [Container; 2] = [Container::Matroska, Container::FragmentedMp4];
const CLOCK: TimeBase = (1, 90_000);

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
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
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
        super::super::init();
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
        let start = packets.iter().find(|packet| packet.medium() == Medium::Video).map(seconds);
        packets.retain(|packet| packet.medium() == Medium::Video || Some(seconds(packet)) >= start);
        let audio = infos.into_values().find(|info| info.medium == Medium::Audio);
        Self { packets, audio }
    }

    fn depth(&self) -> usize {
        let mut reorder = Reorder::new();
        self.packets.iter().for_each(|packet| reorder.observe(packet));
        reorder.depth()
    }

    fn spec(&self, container: Container) -> MuxSpec<'_> {
        let mut videos = self.packets.iter().filter(|packet| packet.medium() == Medium::Video);
        MuxSpec {
            container,
            first: videos.next().expect("a picture"),
            audio: self.audio.as_ref(),
            reorder: self.depth(),
            started: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_332_000_123),
            title: "Gate: \u{fc}ber 1",
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
        let (duration, left_out) = (muxer.duration(), muxer.left_out().map(str::to_owned));
        let broken = muxer.broken();
        muxer.finish().expect("finished");
        Recording { file: sink.file(spec.container), duration, left_out, broken }
    }

    fn of_medium(&self, medium: Medium) -> Vec<&Packet> {
        self.packets.iter().filter(|packet| packet.medium() == medium).collect()
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

fn describe(desc: super::super::sys::StreamDesc, look: Look) -> StreamInfo {
    let (mut width, mut height) = desc.params.size();
    let mut params = desc.params;
    if look == Look::Rtsp && desc.medium == Medium::Video {
        (width, height) = (0, 0);
        params = CodecParams::new(Medium::Video, params.id()).expect("parameters");
    }
    StreamInfo {
        medium: desc.medium,
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
            let (unit, tail) = tail.split_at(u32::from_be_bytes(*length) as usize);
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

fn read(path: &Path, medium: Medium) -> Read {
    let mut options = ffmpeg::Dictionary::new();
    options.set("fflags", "noparse+nofillin");
    let (mut demuxer, _) =
        Demuxer::open(path.to_str().expect("a path"), None, options, false, || false)
            .expect("a file that opens");
    let mut read = Read { contents: Vec::new(), times: Vec::new(), keys: Vec::new() };
    let streams = demuxer.streams().expect("streams");
    let Some(stream) = streams.iter().find(|stream| stream.medium == medium) else { return read };
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
    let videos = clip.of_medium(Medium::Video);
    let zero = times(&videos, 0)[0];
    let (video, audio) = (read(path, Medium::Video), read(path, Medium::Audio));
    let tolerance = if container == Container::Matroska { 500_000 } else { 1 };
    let wanted: Vec<_> =
        videos.iter().map(|packet| contents(packet.info.codec, packet.data())).collect();
    assert!(video.contents == wanted, "video differs");
    assert_close(&video.times, &times(&videos, zero), tolerance);
    assert_eq!(video.keys, videos.iter().map(|packet| packet.keyframe).collect::<Vec<_>>());
    let audios = clip.of_medium(Medium::Audio);
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
    let length = ffprobe(path, "stream=start_time,duration:stream_tags=DURATION");
    let frame = 0.04;
    assert!((recording.duration.as_secs_f64() - 3.0).abs() < 0.001, "{:?}", recording.duration);
    let format: f64 = ffprobe(path, "format=duration").parse().expect("a duration");
    let longest = if audios.is_empty() { frame } else { 0.2 };
    assert!((format - 3.0).abs() <= longest, "{container:?}: {format}, {length}");
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
    there_and_back("m.mkv", "-an -c:v mjpeg -pix_fmt yuvj420p -q:v 5", Look::Rtsp, 0);
}

#[test]
fn mpeg4() {
    there_and_back("m4.avi", "-an -c:v mpeg4 -g 25 -q:v 5", Look::Rtsp, 0);
    there_and_back("m4.mp4", "-an -c:v mpeg4 -g 25 -q:v 5", Look::File, 0);
}

/// Records sound beside pictures; what is left out, if anything, is as expected.
fn with_sound(name: &str, codecs: &str, look: Look, left_out: [Option<&str>; 2]) {
    for video in [X264, X264_B] {
        let codecs = format!("{} {codecs}", video.replace("-an ", ""));
        let bare = format!("{}-{name}", if video == X264 { "ip" } else { "ipb" });
        let clip = Clip::of(&clip(&bare, &codecs), look);
        assert!(clip.audio.is_some());
        for (container, left_out) in BOTH.into_iter().zip(left_out) {
            let recording = clip.record(container);
            assert_eq!(recording.left_out.as_deref(), left_out);
            check(&clip, &recording, container);
            check(&clip, &clip.record_with(&clip.spec(container), Some(7)), container);
        }
    }
}

#[test]
fn aac() {
    with_sound("aac.mp4", "-c:a aac -ar 16000", Look::File, [None, None]);
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
    let clip = Clip::of(&clip("l16.mkv", &format!("{} -c:a pcm_s16be", &X264[4..])), Look::File);
    check(&clip, &clip.record(Container::Matroska), Container::Matroska);
    check(&clip, &clip.record(Container::FragmentedMp4), Container::FragmentedMp4);
}
