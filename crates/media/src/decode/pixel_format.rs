//! What the decoder's pixel formats mean, and the detour through swscale for the odd ones.
//!
//! Run by the decode thread.
//! Policy: 8-bit 4:2:0, 4:2:2, 4:4:4 and gray, NV12 and 10-bit 4:2:0 go to the renderer as they
//! are; everything else becomes 8-bit 4:4:4 or 4:2:2 where its chroma has that size, else 4:2:0.

use ffmpeg::format::Pixel;
use ffmpeg::software::scaling;
use ffmpeg_next as ffmpeg;

use crate::ffmpeg::swscale::without_range;
use crate::frame::color::ColorInfo;
use crate::frame::{Chroma, PlaneLayout};

/// Whether a pixel format itself says full range.
fn is_yuvj(format: Pixel) -> bool {
    without_range(format) != format
}

/// The layout of a pixel format, if the renderer takes it. `deep_textures` is whether it takes
/// planes of more than 8 bits a sample.
pub(crate) fn layout_of(format: Pixel, deep_textures: bool) -> Option<PlaneLayout> {
    let (chroma, bits) = match without_range(format) {
        Pixel::YUV420P => (Chroma::C420, 8),
        Pixel::YUV422P => (Chroma::C422, 8),
        Pixel::YUV444P => (Chroma::C444, 8),
        Pixel::YUV420P10LE if deep_textures => (Chroma::C420, 10),
        Pixel::GRAY8 => (Chroma::Gray, 8),
        Pixel::NV12 => return Some(PlaneLayout::SemiPlanar),
        _ => return None,
    };
    Some(PlaneLayout::Planar { chroma, bits })
}

/// How to read a picture's numbers.
pub(crate) fn color_of(video: &ffmpeg::frame::Video, jpeg: bool) -> ColorInfo {
    ColorInfo::resolve(
        video.color_space(),
        video.color_range(),
        video.chroma_location(),
        is_yuvj(video.format()),
        jpeg,
        video.height(),
    )
}

/// The shape of a pixel, 1 to 1 where the stream does not say or says nonsense.
pub(crate) fn sample_aspect(video: &ffmpeg::frame::Video) -> (u32, u32) {
    let ratio = video.aspect_ratio();
    match (u32::try_from(ratio.numerator()), u32::try_from(ratio.denominator())) {
        (Ok(num), Ok(den)) if num > 0 && den > 0 && num / den < 16 && den / num < 16 => (num, den),
        _ => (1, 1),
    }
}

/// Converts one format at one size.
pub(crate) struct Converter {
    context: scaling::Context,
    from: (Pixel, u32, u32),
    to: Pixel,
    rgb: bool,
}

impl Converter {
    /// For pictures like this one.
    pub fn new(video: &ffmpeg::frame::Video) -> Result<Self, ffmpeg::Error> {
        let from = (video.format(), video.width(), video.height());
        let chroma = from.0.descriptor().map(|desc| (desc.log2_chroma_w(), desc.log2_chroma_h()));
        let to = match chroma {
            Some((0, 0)) => Pixel::YUV444P,
            // What most devices give, YUYV, which nothing is lost of this way.
            Some((1, 0)) => Pixel::YUV422P,
            _ => Pixel::YUV420P,
        };
        let flags = scaling::Flags::BILINEAR | scaling::Flags::ACCURATE_RND;
        let (width, height) = (from.1, from.2);
        let context = scaling::Context::get(from.0, width, height, to, width, height, flags)?;
        let name = format!("{:?}", from.0);
        let rgb = ["RGB", "BGR", "GBR", "PAL"].iter().any(|part| name.contains(part));
        Ok(Self { context, from, to, rgb })
    }

    /// Whether a picture is of the kind this was made for.
    pub fn fits(&self, video: &ffmpeg::frame::Video) -> bool {
        self.from == (video.format(), video.width(), video.height())
    }

    /// Converts a picture.
    pub fn convert(
        &mut self,
        video: &ffmpeg::frame::Video,
        jpeg: bool,
    ) -> Option<(ffmpeg::frame::Video, PlaneLayout, ColorInfo)> {
        let mut out = ffmpeg::frame::Video::new(self.to, self.from.1, self.from.2);
        self.context.run(video, &mut out).ok()?;
        out.set_pts(video.timestamp());
        let mut color = color_of(video, jpeg);
        let rgb = self.rgb || video.color_space() == ffmpeg::color::Space::RGB;
        if rgb || is_yuvj(video.format()) {
            // From RGB and from the yuvj formats swscale makes limited range; the matrix it takes
            // for RGB is BT.601.
            color.full_range = false;
        }
        if rgb {
            color.matrix = crate::frame::color::ColorMatrix::Bt601;
        }
        // What is converted has 8 bits a sample.
        Some((out, layout_of(self.to, false)?, color))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_bits_are_converted_where_the_renderer_has_no_deep_textures() {
        let ten = PlaneLayout::Planar { chroma: Chroma::C420, bits: 10 };
        assert_eq!(layout_of(Pixel::YUV420P10LE, true), Some(ten));
        assert_eq!(layout_of(Pixel::YUV420P10LE, false), None);
        let video = ffmpeg::frame::Video::new(Pixel::YUV420P10LE, 64, 32);
        let mut converter = Converter::new(&video).expect("a converter");
        let (_, layout, _) = converter.convert(&video, false).expect("a picture");
        assert_eq!(layout, PlaneLayout::Planar { chroma: Chroma::C420, bits: 8 });
    }

    #[test]
    fn odd_formats_are_converted() {
        let mut video = ffmpeg::frame::Video::new(Pixel::RGB24, 64, 32);
        video.data_mut(0).fill(255);
        assert!(layout_of(video.format(), true).is_none());
        let mut converter = Converter::new(&video).expect("a converter");
        assert!(converter.fits(&video));
        let (out, layout, color) = converter.convert(&video, false).expect("a picture");
        assert_eq!(layout, PlaneLayout::Planar { chroma: Chroma::C444, bits: 8 });
        assert!(!color.full_range);
        assert!((234..=236).contains(&out.data(0)[0]), "white is 235: {}", out.data(0)[0]);
    }
}
