//! A recorded file as `ffprobe` and `ffmpeg` see it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use serde_json::Value;

/// How far sound may go beyond the pictures, in seconds: it comes in pieces of 1024 samples at
/// 16 kHz, and goes to the file that is open when it comes.
const BEYOND: f64 = 0.128;

/// One video packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packet {
    /// Seconds.
    pub pts: f64,
    /// Seconds.
    pub dts: f64,
    pub key: bool,
}

/// A file.
#[derive(Debug)]
pub struct Film {
    path: PathBuf,
    /// The pictures, in the order of the file.
    pub packets: Vec<Packet>,
    /// The sizes of the pieces of sound.
    pub sounds: Vec<usize>,
    /// The codec of the sound, if there is any.
    pub sound: Option<String>,
    /// What the file says its length is, in seconds.
    pub duration: f64,
    /// When it says it was begun.
    pub started: Option<Timestamp>,
}

impl Film {
    /// Reads a file; `ffprobe` must have no complaint.
    pub fn read(path: &Path) -> Self {
        let output = run("ffprobe", &["-show_packets", "-show_streams", "-show_format"], path, &[]);
        let said: Value = serde_json::from_slice(&output.stdout).expect("ffprobe speaks JSON");
        let list = |name: &str| said[name].as_array().cloned().unwrap_or_default();
        let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let streams = list("streams");
        let kind = |of: &str| streams.iter().filter(|s| s["codec_type"] == of).collect::<Vec<_>>();
        assert_eq!(kind("video").len(), 1, "{}: {streams:#?}", path.display());
        assert!(kind("audio").len() <= 1, "{}: {streams:#?}", path.display());
        let packets = list("packets");
        let of = |kind: &'static str| packets.iter().filter(move |p| p["codec_type"] == kind);
        let picture = |packet: &Value| Packet {
            pts: number(&packet["pts_time"]).expect("a packet has a time"),
            dts: number(&packet["dts_time"]).expect("a packet has a place"),
            key: packet["flags"].as_str().is_some_and(|flags| flags.starts_with('K')),
        };
        let size = |packet: &Value| number(&packet["size"]).map(|size: f64| size as usize);
        let audio = kind("audio").first().and_then(|s| s["codec_name"].as_str().map(str::to_owned));
        Self {
            path: path.to_owned(),
            packets: of("video").map(picture).collect(),
            sounds: of("audio").map(|packet| size(packet).expect("a size")).collect(),
            sound: audio,
            duration: number(&said["format"]["duration"]).unwrap_or_default(),
            started: said["format"]["tags"]["creation_time"].as_str().and_then(|t| t.parse().ok()),
        }
    }

    /// How many packets are key frames.
    pub fn keys(&self) -> usize {
        self.packets.iter().filter(|packet| packet.key).count()
    }

    /// The length of its pictures, the last of them as long as the others.
    pub fn pictures_ms(&self) -> u64 {
        let shown = || self.packets.iter().map(|packet| packet.pts);
        let (first, last) =
            (shown().fold(f64::INFINITY, f64::min), shown().fold(f64::NEG_INFINITY, f64::max));
        let steps = self.packets.len().saturating_sub(1).max(1) as f64;
        ((last - first) * (1.0 + 1.0 / steps) * 1000.0).round() as u64
    }

    /// Checks that the file says its length, right to one picture; sound may go on a
    /// little longer.
    pub fn assert_length(&self) {
        let sound = if self.sounds.is_empty() { 0.0 } else { BEYOND };
        let beyond = self.duration - self.pictures_ms() as f64 / 1000.0;
        let picture = 0.04;
        let right = (-picture..=picture + sound).contains(&beyond);
        assert!(right, "{}: {} s, {beyond} too long", self.path.display(), self.duration);
    }

    /// Checks that every picture and every piece of sound decodes, without a word of complaint.
    pub fn assert_plays(&self) {
        decode(&self.path).unwrap_or_else(|why| panic!("{why}"));
    }

    /// Checks that the pictures begin at zero and are `fps` a second throughout.
    pub fn assert_even(&self, fps: f64) {
        let mut shown: Vec<f64> = self.packets.iter().map(|packet| packet.pts).collect();
        shown.sort_by(f64::total_cmp);
        let at = self.path.display();
        assert!(shown[0].abs() < 2.1 / fps, "{at} begins at {}", shown[0]);
        for pair in shown.windows(2) {
            let step = pair[1] - pair[0];
            // Matroska counts milliseconds.
            assert!((step - 1.0 / fps).abs() < 0.002, "{at}: {step} s after {}", pair[0]);
        }
        let rising = self.packets.windows(2).all(|pair| pair[0].dts < pair[1].dts);
        assert!(rising, "{at}: packets are in order");
    }

    /// The sound's bytes, one piece after the other.
    pub fn sound_bytes(&self) -> Vec<u8> {
        if self.sound.is_none() {
            return Vec::new();
        }
        raw(&self.path, &["-map", "0:a", "-c", "copy", "-f", "data"])
    }

    /// The pictures' bytes in their raw form: `h264` and `hevc` as Annex B, or `mjpeg`.
    pub fn picture_bytes(path: &Path, format: &str) -> Vec<u8> {
        raw(path, &["-map", "0:v", "-c", "copy", "-copyinkf", "-f", format])
    }
}

/// Decodes a whole file; what is said against it.
pub fn decode(path: &Path) -> Result<(), String> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-xerror", "-i"])
        .arg(path)
        .args(["-f", "null", "-"])
        .output()
        .expect("the tests need the program ffmpeg");
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && said.is_empty() {
        return Ok(());
    }
    Err(format!("{} does not play: {said}", path.display()))
}

/// How many pictures `ffprobe` reads from a file that may have no end; it must have no complaint.
pub fn count(path: &Path) -> usize {
    let args = ["-select_streams", "v", "-count_packets", "-show_streams"];
    let output = run("ffprobe", &args, path, &[]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("ffprobe speaks JSON");
    let count = said["streams"][0]["nb_read_packets"].as_str();
    count.and_then(|count| count.parse().ok()).unwrap_or_default()
}

fn raw(path: &Path, args: &[&str]) -> Vec<u8> {
    run("ffmpeg", &[], path, &[args, &["-"]].concat()).stdout
}

/// Runs a program on a file without a word of complaint.
fn run(program: &str, before: &[&str], path: &Path, after: &[&str]) -> Output {
    let mut command = Command::new(program);
    let own: &[&str] = if program == "ffprobe" { &["-of", "json"] } else { &["-nostdin"] };
    command.args(["-v", "error"]).args(own).args(before).arg("-i").arg(path).args(after);
    let output = command.output().expect("the tests need the programs of FFmpeg");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", path.display());
    output
}
