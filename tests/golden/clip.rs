//! Clips with known colour tags, made with the ffmpeg command line, and reference pictures made
//! of them with zimg (ffmpeg's `zscale`).

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use image::RgbImage;

/// Y'CbCr matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    Bt601,
    Bt709,
    Bt2020,
}

impl Matrix {
    /// What zscale calls it.
    fn zscale(self) -> &'static str {
        match self {
            Self::Bt601 => "170m",
            Self::Bt709 => "709",
            Self::Bt2020 => "2020_ncl",
        }
    }

    /// What the rest of FFmpeg calls it.
    fn tag(self) -> &'static str {
        match self {
            Self::Bt601 => "smpte170m",
            Self::Bt709 => "bt709",
            Self::Bt2020 => "bt2020nc",
        }
    }
}

/// Where chroma samples sit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Siting {
    Left,
    Centre,
    TopLeft,
}

impl Siting {
    /// What all of FFmpeg calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Centre => "center",
            Self::TopLeft => "topleft",
        }
    }
}

/// What the numbers in a clip mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    pub matrix: Matrix,
    pub full: bool,
    pub siting: Siting,
}

impl Meaning {
    pub const fn new(matrix: Matrix, full: bool, siting: Siting) -> Self {
        Self { matrix, full, siting }
    }

    fn range(self) -> &'static str {
        if self.full { "full" } else { "limited" }
    }
}

/// How a clip is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// H.264, lossless, as a camera would tag it.
    H264,
    /// FFV1 in Matroska, which carries the tags.
    Ffv1,
    /// Motion JPEG. Not lossless: the reference is made of what its decoder gives.
    Mjpeg,
    /// Raw pictures in NUT, which the wall does not read: a device gives them. No tags.
    Raw,
}

/// A clip to be made: one picture, over and over.
#[derive(Debug, Clone, Copy)]
pub struct Clip {
    pub format: &'static str,
    pub codec: Codec,
    pub meaning: Meaning,
    /// Whether the clip says what its numbers mean.
    pub tagged: bool,
}

impl Clip {
    /// Lossless H.264, 8-bit 4:2:0, tagged.
    pub const fn h264(meaning: Meaning) -> Self {
        Self { format: "yuv420p", codec: Codec::H264, meaning, tagged: true }
    }

    /// Lossless FFV1, tagged.
    pub const fn ffv1(format: &'static str, meaning: Meaning) -> Self {
        Self { format, codec: Codec::Ffv1, meaning, tagged: true }
    }

    /// Raw pictures of a device. Below 720 lines no tags mean 601, limited, left.
    pub const fn raw(format: &'static str) -> Self {
        let meaning = Meaning::new(Matrix::Bt601, false, Siting::Left);
        Self { format, codec: Codec::Raw, meaning, tagged: false }
    }

    /// Writes the clip: two seconds of `picture` at 5 pictures a second. Panics where what FFmpeg
    /// reads from it is not what was asked for: a wrong clip would prove nothing.
    pub fn make(&self, folder: &Path, name: &str, picture: &RgbImage) -> PathBuf {
        let source = folder.join(format!("{name}.source.png"));
        picture.save(&source).expect("a source picture");
        let file = folder.join(name).with_extension(self.container());
        let Meaning { matrix, siting, .. } = self.meaning;
        let (matrix, range) = (matrix.zscale(), self.meaning.range());
        let filter = format!(
            "format=gbrp,zscale=matrixin=gbr:rangein=full:matrix={matrix}:range={range}:\
             chromal={}:filter=bilinear:dither=none,format={},format={}{}",
            siting.name(),
            self.planes(),
            self.format,
            if self.tagged { "" } else { ",setparams=colorspace=unknown:range=unknown" },
        );
        let mut ffmpeg = ffmpeg();
        ffmpeg.args(["-loop", "1", "-framerate", "5", "-i"]).arg(&source);
        ffmpeg.args(["-vf", &filter, "-frames:v", "10"]).args(self.encoder());
        run(ffmpeg.arg(&file));
        self.check_tags(&file);
        file
    }

    /// What zimg, which knows planes only, makes of it; nothing is computed on the way from there.
    fn planes(&self) -> &'static str {
        match self.format {
            "nv12" => "yuv420p",
            "yuyv422" | "uyvy422" => "yuv422p",
            planes => planes,
        }
    }

    fn container(&self) -> &'static str {
        if self.codec == Codec::Raw { "nut" } else { "mkv" }
    }

    fn encoder(&self) -> Vec<&'static str> {
        let Meaning { matrix, full, siting } = self.meaning;
        let mut options = match self.codec {
            Codec::H264 => vec!["-c:v", "libx264", "-qp", "0", "-preset", "ultrafast"],
            Codec::Ffv1 => vec!["-c:v", "ffv1"],
            Codec::Mjpeg => vec!["-c:v", "mjpeg", "-q:v", "2"],
            Codec::Raw => vec!["-c:v", "rawvideo"],
        };
        if self.tagged {
            options.extend(["-colorspace", matrix.tag()]);
            options.extend(["-color_range", if full { "pc" } else { "tv" }]);
            options.extend(["-chroma_sample_location", siting.name()]);
        }
        options
    }

    /// Asks FFmpeg's own decoder what it makes of the tags.
    fn check_tags(&self, file: &Path) {
        let mut ffprobe = Command::new("ffprobe");
        ffprobe.args(["-v", "error", "-read_intervals", "%+#1", "-of", "default=nk=1:nw=1"]);
        let entries = "frame=pix_fmt,color_range,color_space,chroma_location";
        let output = run(ffprobe.args(["-show_entries", entries]).arg(file));
        let said = String::from_utf8_lossy(&output);
        let said: Vec<&str> = said.split_whitespace().take(4).collect();
        let Meaning { matrix, full, siting } = self.meaning;
        // FFmpeg's old names for full range are the same formats.
        let format = said[0].replace("yuvj", "yuv");
        assert_eq!(format, self.format.replace("yuvj", "yuv"), "{self:?}: {said:?}");
        if self.codec == Codec::Mjpeg {
            assert_eq!(said[1..], ["pc", "bt470bg", "center"], "{self:?}");
        } else if self.tagged {
            let range = if full { "pc" } else { "tv" };
            assert_eq!(said[1..], [range, matrix.tag(), siting.name()], "{self:?}");
        } else {
            assert_eq!(said[1..3], ["unknown", "unknown"], "{self:?}");
        }
    }
}

/// The first picture of a clip as RGB, its numbers read as `meaning` says, whatever its tags say.
pub fn reference(clip: &Path, meaning: Meaning) -> RgbImage {
    let Meaning { matrix, siting, .. } = meaning;
    let (matrix, range, siting) = (matrix.zscale(), meaning.range(), siting.name());
    // zimg knows planes only: what lies in one plane is taken apart, nothing is computed.
    let planes = "yuv420p|yuvj420p|yuv422p|yuv444p|yuv420p10le";
    let filter = format!(
        "format={planes},zscale=matrixin={matrix}:rangein={range}:chromalin={siting}:matrix=gbr:\
         range=full:filter=bilinear:dither=none,format=gbrp"
    );
    let mut ffmpeg = ffmpeg();
    ffmpeg.arg("-i").arg(clip).args(["-vf", &filter, "-frames:v", "1"]);
    let png = run(ffmpeg.args(["-pix_fmt", "rgb24", "-c:v", "png", "-f", "image2pipe", "-"]));
    image::load_from_memory(&png).expect("a reference picture").to_rgb8()
}

/// The samples of a clip's first picture, one plane after the other, as its decoder gives them.
pub fn samples(clip: &Path) -> Vec<u8> {
    let mut ffmpeg = ffmpeg();
    run(ffmpeg.arg("-i").arg(clip).args(["-frames:v", "1", "-f", "rawvideo", "-"]))
}

/// The first picture of a grey clip as RGB, from its bytes: zimg makes no RGB of grey.
pub fn grey_reference(clip: &Path, full: bool, (width, height): (u32, u32)) -> RgbImage {
    let bytes = samples(clip);
    let (zero, span) = if full { (0.0, 255.0) } else { (16.0, 219.0) };
    RgbImage::from_fn(width, height, |x, y| {
        let code = f64::from(bytes[(y * width + x) as usize]);
        let shade = ((code - zero) / span * 255.0).round().clamp(0.0, 255.0);
        image::Rgb([shade as u8; 3])
    })
}

/// `ffmpeg`, silent.
pub fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-threads", "1"]);
    command
}

/// Runs a command to its end and gives its output; panics where it fails.
pub fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("ffmpeg and ffprobe are installed");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    output.stdout
}
