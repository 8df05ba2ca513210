//! How the numbers in a picture mean colors: matrix, range and where chroma samples sit.
//!
//! Pure; run by the decode thread for each picture.
//! Policy for what the camera leaves open: BT.709 from 720 lines up, else BT.601, as every player
//! guesses; limited range; chroma on the left (H.264, H.265) or in the center (JPEG).

use ffmpeg::util::chroma::Location;
use ffmpeg::util::color::{Range, Space};
use ffmpeg_next as ffmpeg;

/// The matrix from Y'CbCr to R'G'B'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColorMatrix {
    /// ITU-R BT.601: standard definition, JPEG.
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
}

/// Where a chroma sample of 4:2:0 sits among its four luma samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChromaSiting {
    /// Level with the left luma samples, between the rows: MPEG-2, H.264 and H.265 by default.
    Left,
    /// In the middle of the four: JPEG, MPEG-1.
    Center,
    /// On the top left luma sample: UHD television.
    TopLeft,
}

/// How to turn a picture's numbers into colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColorInfo {
    /// The matrix.
    pub matrix: ColorMatrix,
    /// 0..255 rather than 16..235 (luma) and 16..240 (chroma), in 8-bit terms.
    pub full_range: bool,
    /// The chroma samples' place.
    pub siting: ChromaSiting,
}

impl ColorInfo {
    /// From what the decoder says. `yuvj` is whether the pixel format itself means full range,
    /// `jpeg` whether the codec is (Motion) JPEG, `height` the picture's height in pixels.
    pub(crate) fn resolve(
        space: Space,
        range: Range,
        location: Location,
        yuvj: bool,
        jpeg: bool,
        height: u32,
    ) -> Self {
        let matrix = match space {
            Space::BT709 => ColorMatrix::Bt709,
            Space::BT2020NCL | Space::BT2020CL => ColorMatrix::Bt2020,
            Space::BT470BG | Space::SMPTE170M | Space::FCC | Space::SMPTE240M => ColorMatrix::Bt601,
            // JFIF defines BT.601 whatever the size.
            _ if jpeg => ColorMatrix::Bt601,
            _ if height >= 720 => ColorMatrix::Bt709,
            _ => ColorMatrix::Bt601,
        };
        let full_range = match range {
            Range::JPEG => true,
            Range::MPEG => yuvj,
            _ => yuvj || jpeg,
        };
        let siting = match location {
            Location::Left | Location::BottomLeft => ChromaSiting::Left,
            Location::Center | Location::Top | Location::Bottom => ChromaSiting::Center,
            Location::TopLeft => ChromaSiting::TopLeft,
            Location::Unspecified if jpeg => ChromaSiting::Center,
            Location::Unspecified => ChromaSiting::Left,
        };
        Self { matrix, full_range, siting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(height: u32, yuvj: bool, jpeg: bool) -> ColorInfo {
        let open = (Space::Unspecified, Range::Unspecified, Location::Unspecified);
        ColorInfo::resolve(open.0, open.1, open.2, yuvj, jpeg, height)
    }

    #[test]
    fn guesses_by_height() {
        assert_eq!(guess(720, false, false).matrix, ColorMatrix::Bt709);
        assert_eq!(guess(719, false, false).matrix, ColorMatrix::Bt601);
        assert!(!guess(1080, false, false).full_range);
        assert_eq!(guess(1080, false, false).siting, ChromaSiting::Left);
    }

    #[test]
    fn jpeg_is_full_range_601_and_centred() {
        let want = ColorInfo {
            matrix: ColorMatrix::Bt601,
            full_range: true,
            siting: ChromaSiting::Center,
        };
        assert_eq!(guess(1080, true, true), want);
    }

    #[test]
    fn yuvj_from_h264_is_full_range_but_left() {
        let color = guess(1080, true, false);
        assert!(color.full_range);
        assert_eq!((color.matrix, color.siting), (ColorMatrix::Bt709, ChromaSiting::Left));
    }

    #[test]
    fn what_is_said_counts() {
        let color =
            ColorInfo::resolve(Space::BT2020NCL, Range::JPEG, Location::TopLeft, false, false, 480);
        let want = ColorInfo {
            matrix: ColorMatrix::Bt2020,
            full_range: true,
            siting: ChromaSiting::TopLeft,
        };
        assert_eq!(color, want);
    }
}
