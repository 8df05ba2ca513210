//! A recorded file as `ffprobe` and `ffmpeg` see it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use serde_json::Value;

/// How long a picture lasts, in seconds; `make-clips.sh` fixes it.
const PICTURE: f64 = 0.04;

/// How many pictures at most wait for one that is sent before them.
const REORDERED: usize = 2;

/// How far sound may go beyond the pictures, in seconds: it comes in pieces of 1024 samples at
/// 16 kHz, and goes to the file that is open when it comes.
const BEYOND: f64 = 0.128;

/// One video packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packet {
    /// Seconds.
    pub pts: f64,
    /// Seconds, where they are known: Matroska keeps only the other.
    pub dts: Option<f64>,
    pub key: bool,
}

/// A file.
#[derive(Debug)]
pub struct ProbedFile {
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

impl ProbedFile {
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
            dts: number(&packet["dts_time"]),
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

    /// Checks that a length is that of its pictures, right to one of them; sound may go on a
    /// little longer. Of pictures that stand before others which were not sent any more, either
    /// the time counts or the number.
    fn assert_lasts(&self, seconds: f64, sound: bool, what: &str) {
        let shown = || self.packets.iter().map(|packet| packet.pts);
        let (first, last) =
            (shown().fold(f64::INFINITY, f64::min), shown().fold(f64::NEG_INFINITY, f64::max));
        let beyond = if sound && !self.sounds.is_empty() { BEYOND } else { 0.0 };
        let lengths = [last - first + PICTURE, self.packets.len() as f64 * PICTURE];
        let right = lengths.iter().any(|length| {
            let rounding = 0.002;
            seconds > length - PICTURE - rounding && seconds < length + PICTURE + beyond + rounding
        });
        assert!(right, "{}: {what} {seconds} s, but {lengths:?}", self.path.display());
    }

    /// Checks that the file tells its length, and that the ledger does.
    pub fn assert_length(&self, ledger_ms: u64) {
        self.assert_lasts(self.duration, true, "the file says");
        self.assert_lasts(ledger_ms as f64 / 1000.0, false, "the ledger says");
    }

    /// Checks that every picture and every piece of sound decodes, without a word of complaint.
    pub fn assert_plays(&self) {
        decode(&self.path).unwrap_or_else(|why| panic!("{why}"));
    }

    /// Checks that the pictures begin at zero and come 25 a second throughout.
    pub fn assert_even(&self) {
        let mut shown: Vec<f64> = self.packets.iter().map(|packet| packet.pts).collect();
        shown.sort_by(f64::total_cmp);
        let at = self.path.display();
        assert!(shown[0] < 2.1 * PICTURE && shown[0] >= 0.0, "{at} begins at {}", shown[0]);
        // Of the last ones, those that are shown before others may not have been sent any more.
        for pair in shown[..shown.len() - REORDERED.min(shown.len())].windows(2) {
            let step = pair[1] - pair[0];
            // Matroska counts milliseconds.
            assert!((step - PICTURE).abs() < 0.002, "{at}: {step} s after {}", pair[0]);
        }
        let places: Vec<f64> = self.packets.iter().filter_map(|packet| packet.dts).collect();
        let rising = places.windows(2).all(|pair| pair[0] < pair[1]);
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
