//! A decoded picture on its way to the renderer.
//!
//! The decode thread makes a frame; whoever takes it from the frame queue owns it. A frame as
//! decoded owns the decoder's frame and its planes borrow from there: not one pixel is copied. A
//! scaled frame owns a buffer that returns to its pool when the frame is dropped.

pub(crate) mod color;
pub(crate) mod pool;
pub(crate) mod queue;

use std::time::Instant;

use ffmpeg_next as ffmpeg;

use self::color::ColorInfo;
use self::pool::PooledPixels;
use crate::picture_memory::plane_bytes;

/// Chroma subsampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chroma {
    /// Luma only.
    Gray,
    /// Half the width and height.
    C420,
    /// Half the width.
    C422,
    /// Full size.
    C444,
}

/// What the planes of a frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaneLayout {
    /// Y, Cb, Cr in a plane each (only Y for [`Chroma::Gray`]).
    Planar {
        /// Subsampling.
        chroma: Chroma,
        /// Significant bits: 8 in bytes, 10 in the low bits of little-endian 16-bit words.
        bits: u8,
    },
    /// Y in one plane, Cb and Cr interleaved in a second of half the width and height (NV12).
    SemiPlanar,
    /// Y, Cb, Cr and 255 in the four channels of one plane: a scaled frame.
    Packed,
}

/// One plane, borrowed from its [`Frame`].
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// `stride * (height - 1) + width * channels * bytes_per_sample` bytes.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Samples across.
    pub width: u32,
    /// Samples down.
    pub height: u32,
    /// 1, 2 for interleaved Cb and Cr, or 4 for packed pixels.
    pub channels: u8,
    /// 1 or 2.
    pub bytes_per_sample: u8,
}

/// A decoded picture.
pub struct Frame {
    /// Width of the picture as decoded, pixels; planes may be smaller, see [`Frame::planes`].
    pub width: u32,
    /// Height of the picture as decoded, pixels.
    pub height: u32,
    /// What the planes are.
    pub layout: PlaneLayout,
    /// What the numbers mean.
    pub color: ColorInfo,
    /// Shape of a pixel, width to height; (1, 1) where the stream does not say.
    pub sar: (u32, u32),
    /// When the last byte of the compressed picture was received.
    pub arrived: Instant,
    /// When it was decoded (and scaled).
    pub decoded: Instant,
    /// Presentation time in the stream's own units.
    pub pts: Option<i64>,
    /// Counts the pictures of this feed, from 0, also over reconnects.
    pub sequence: u64,
    /// Whether the decoder had to guess parts of it.
    pub damaged: bool,
    pub(crate) pixels: Pixels,
}

/// Where the samples are.
pub(crate) enum Pixels {
    Decoded(ffmpeg::frame::Video),
    Scaled(PooledPixels),
}

impl Frame {
    /// The planes: Y, Cb, Cr; or Y and CbCr; or Y; or all packed in one. Trust each plane's own
    /// size: that of a scaled frame is the tile's, and its chroma is sited on the same points as
    /// luma, whatever [`ColorInfo::siting`] says.
    pub fn planes(&self) -> [Option<Plane<'_>>; 3] {
        [self.plane(0), self.plane(1), self.plane(2)]
    }

    /// One of [`planes`](Self::planes).
    pub fn plane(&self, index: usize) -> Option<Plane<'_>> {
        match &self.pixels {
            Pixels::Decoded(frame) => decoded_plane(frame, self.layout, index),
            Pixels::Scaled(planes) => planes.plane(index),
        }
    }

    /// Whether this frame was made smaller or larger than the picture it shows.
    pub fn is_scaled(&self) -> bool {
        matches!(self.pixels, Pixels::Scaled(_))
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("layout", &self.layout)
            .field("scaled", &self.is_scaled())
            .finish_non_exhaustive()
    }
}

impl PlaneLayout {
    /// Size of a plane, channels and bytes per sample, for a picture of the given size.
    pub(crate) fn plane_shape(self, index: usize, size: (u32, u32)) -> Option<(u32, u32, u8, u8)> {
        let (w, h) = size;
        let half = |n: u32| n.div_ceil(2);
        match (self, index) {
            (Self::SemiPlanar, 0) => Some((w, h, 1, 1)),
            (Self::SemiPlanar, 1) => Some((half(w), half(h), 2, 1)),
            (Self::Planar { bits, .. }, 0) => Some((w, h, 1, 1 + u8::from(bits > 8))),
            (Self::Planar { chroma, bits }, 1 | 2) => {
                let bytes = 1 + u8::from(bits > 8);
                match chroma {
                    Chroma::Gray => None,
                    Chroma::C420 => Some((half(w), half(h), 1, bytes)),
                    Chroma::C422 => Some((half(w), h, 1, bytes)),
                    Chroma::C444 => Some((w, h, 1, bytes)),
                }
            }
            _ => None,
        }
    }
}

/// Borrows a plane out of a decoder's frame.
pub(crate) fn decoded_plane(
    frame: &ffmpeg::frame::Video,
    layout: PlaneLayout,
    index: usize,
) -> Option<Plane<'_>> {
    let (width, height, channels, bytes_per_sample) =
        layout.plane_shape(index, (frame.width(), frame.height()))?;
    let row = width as usize * usize::from(channels * bytes_per_sample);
    let (data, stride) = plane_bytes(frame, index, row, height as usize)?;
    Some(Plane { data, stride, width, height, channels, bytes_per_sample })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::frame::color::{ChromaSiting, ColorMatrix};

    /// A picture of one shade.
    pub(crate) fn gray(width: u32, height: u32, shade: u8) -> Frame {
        let mut video = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::YUV420P, width, height);
        for index in 0..3 {
            video.data_mut(index).fill(shade);
        }
        wrap(video, PlaneLayout::Planar { chroma: Chroma::C420, bits: 8 })
    }

    /// Makes a frame of a decoder's.
    pub(crate) fn wrap(video: ffmpeg::frame::Video, layout: PlaneLayout) -> Frame {
        Frame {
            width: video.width(),
            height: video.height(),
            layout,
            color: ColorInfo {
                matrix: ColorMatrix::Bt709,
                full_range: false,
                siting: ChromaSiting::Left,
            },
            sar: (1, 1),
            arrived: Instant::now(),
            decoded: Instant::now(),
            pts: None,
            sequence: 0,
            damaged: false,
            pixels: Pixels::Decoded(video),
        }
    }

    #[test]
    fn planes_of_odd_sizes() {
        let frame = gray(17, 9, 0);
        let sizes: Vec<_> =
            frame.planes().iter().flatten().map(|p| (p.width, p.height, p.data.len())).collect();
        let stride = |i: usize| frame.plane(i).expect("a plane").stride;
        assert_eq!(
            sizes,
            [(17, 9, stride(0) * 8 + 17), (9, 5, stride(1) * 4 + 9), (9, 5, stride(2) * 4 + 9)]
        );
    }

    #[test]
    fn shapes() {
        let ten = PlaneLayout::Planar { chroma: Chroma::C422, bits: 10 };
        assert_eq!(ten.plane_shape(1, (8, 8)), Some((4, 8, 1, 2)));
        assert_eq!(PlaneLayout::SemiPlanar.plane_shape(1, (8, 8)), Some((4, 4, 2, 1)));
        assert_eq!(PlaneLayout::SemiPlanar.plane_shape(2, (8, 8)), None);
        let gray = PlaneLayout::Planar { chroma: Chroma::Gray, bits: 8 };
        assert_eq!(gray.plane_shape(1, (8, 8)), None);
    }
}
