//! Makes decoded pictures as large as their tile before they are uploaded, for adapters that are CPUs.
//!
//! Run by the decode thread. A software rasterizer pays for every texture tap, so it gets pixels
//! that are already the tile's size, Y, Cb and Cr side by side: the shader then does one load
//! (llvmpipe gathers each lane by itself: one load of four bytes costs a third of three loads).
//! Policies:
//! - what has its size already is left alone;
//! - enlarging pays, too: a wall of four 640x360 cameras took 21 ms to draw from their three planes each
//!   and takes 10 ms so (llvmpipe, 1920x1080), for 1 ms of a decode thread;
//! - the result is 8-bit 4:4:4 whatever came in, with chroma moved onto the luma grid;
//! - 2:1 of 8-bit 4:2:0, the usual case of four cameras on a screen, has its own loops, which
//!   compile to SIMD: 0.4 ms for 1080p, where swscale takes 0.9 ms. Every other ratio and format
//!   is scaled by swscale's area filter: 1.4 ms to 720p, 0.4 ms to 270p, always within 0.3 of a
//!   shade (58 dB) of the exact area average. `fast_image_resize` took 8.0 and 1.2 ms for these;
//! - buffers come from a pool and return to it when the frame is dropped: none is allocated once
//!   a camera runs.

use std::sync::Arc;

use ffmpeg::format::Pixel;
use ffmpeg_next as ffmpeg;

use crate::ffmpeg::swscale::{Geometry, Slot, Sws, without_range};
use crate::frame::color::ChromaSiting;
use crate::frame::pool::{PACKED, Pool, PooledPixels};
use crate::frame::{Chroma, PlaneLayout};
use crate::picture_memory::plane_bytes;
use crate::source::spec::ScaleTarget;

/// Rows begin at multiples of this many bytes: what a copy from buffer to texture asks for, and
/// room for swscale to write beyond a row.
const ALIGN: usize = 256;

/// Makes pictures of one size from those of another; owned by one decode thread.
#[derive(Default)]
pub(crate) struct Scaler {
    sws: Option<Sws>,
    planes: Planes,
    pool: Arc<Pool>,
}

/// Planes of a scaled picture before they are packed, one after the other in one buffer.
#[derive(Default)]
struct Planes {
    bytes: Vec<u8>,
    target: ScaleTarget,
    slots: [Slot; 3],
}

impl Scaler {
    /// Makes a picture as large as `target`; `None` where it is so already, or where swscale refuses.
    pub fn scale(
        &mut self,
        video: &ffmpeg::frame::Video,
        layout: PlaneLayout,
        siting: ChromaSiting,
        target: ScaleTarget,
    ) -> Option<(PooledPixels, PlaneLayout)> {
        let same = (target.width, target.height) == (video.width(), video.height());
        if same || target.width == 0 || target.height == 0 {
            return None;
        }
        let gray = matches!(layout, PlaneLayout::Planar { chroma: Chroma::Gray, .. });
        self.planes.prepare(target, gray);
        if can_halve(video, layout, target) {
            halve_all(video, siting, &mut self.planes)?;
        } else {
            let geometry = geometry(video, gray, siting, target);
            let sws = match &mut self.sws {
                Some(sws) if sws.geometry() == geometry => sws,
                slot => slot.insert(Sws::new(geometry).ok()?),
            };
            let Planes { bytes, slots, .. } = &mut self.planes;
            let mut used = *slots;
            if gray {
                used[1..].fill(Slot::default());
            }
            if !sws.scale(video, &used, target.height as usize, bytes) {
                return None;
            }
        }
        Some((self.pack(), PlaneLayout::Packed))
    }

    /// Puts the planes side by side.
    fn pack(&self) -> PooledPixels {
        let Planes { bytes, target, slots } = &self.planes;
        let width = target.width as usize;
        let mut packed = PooledPixels::take(&self.pool, target.width, target.height);
        let row = |index: usize, y: usize| {
            let Slot { offset, stride } = slots[index];
            &bytes[offset + y * stride..][..width]
        };
        for (y, out) in packed.bytes_mut().chunks_exact_mut(width * PACKED).enumerate() {
            let yuv = row(0, y).iter().zip(row(1, y)).zip(row(2, y));
            for (out, ((y, cb), cr)) in out.chunks_exact_mut(PACKED).zip(yuv) {
                out.copy_from_slice(&[*y, *cb, *cr, 255]);
            }
        }
        packed
    }
}

/// How swscale is to be set up.
fn geometry(
    video: &ffmpeg::frame::Video,
    gray: bool,
    siting: ChromaSiting,
    target: ScaleTarget,
) -> Geometry {
    let half = |yes: bool| if yes { 128 } else { 0 };
    Geometry {
        from: (without_range(video.format()), video.width(), video.height()),
        to: (if gray { Pixel::GRAY8 } else { Pixel::YUV444P }, target.width, target.height),
        chroma: (half(siting == ChromaSiting::Center), half(siting != ChromaSiting::TopLeft)),
    }
}

/// Whether the fast way is open.
fn can_halve(video: &ffmpeg::frame::Video, layout: PlaneLayout, target: ScaleTarget) -> bool {
    layout == (PlaneLayout::Planar { chroma: Chroma::C420, bits: 8 })
        && video.width() == 2 * target.width
        && video.height() == 2 * target.height
}

/// 2:1: averages luma, moves chroma onto the new luma grid. `None` where the picture is not what it says.
fn halve_all(
    video: &ffmpeg::frame::Video,
    siting: ChromaSiting,
    planes: &mut Planes,
) -> Option<()> {
    let (width, slots) = (planes.target.width as usize, planes.slots);
    for (index, slot) in slots.iter().enumerate() {
        let shape =
            (index < video.planes()).then(|| (video.plane_width(index), video.plane_height(index)));
        let (width_in, height) = shape.map(|(width, height)| (width as usize, height as usize))?;
        let (data, stride) = plane_bytes(video, index, width_in, height)?;
        let source = Rows { data, stride, width: width_in, height };
        let out = &mut planes.bytes[slot.offset..][..slot.stride * planes.target.height as usize];
        let out = out.chunks_exact_mut(slot.stride).map(|row| &mut row[..width]);
        for (y, out) in out.enumerate() {
            match (index, siting) {
                (0, _) => average(source.row(2 * y), source.row(2 * y + 1), out),
                (_, ChromaSiting::Center) => out.copy_from_slice(source.row(y)),
                (_, ChromaSiting::Left) => move_right(source.row(y), out),
                (_, ChromaSiting::TopLeft) => {
                    mix(source.row(y), source.row(y + 1), out);
                    move_right_in_place(out);
                }
            }
        }
    }
    Some(())
}

/// A plane as the decoder made it.
struct Rows<'a> {
    data: &'a [u8],
    stride: usize,
    width: usize,
    height: usize,
}

impl Rows<'_> {
    /// A row; beyond the last one, the last one.
    fn row(&self, y: usize) -> &[u8] {
        let start = y.min(self.height.saturating_sub(1)) * self.stride;
        &self.data[start..][..self.width]
    }
}

/// Averages squares of four samples.
fn average(top: &[u8], bottom: &[u8], out: &mut [u8]) {
    let pairs = top.chunks_exact(2).zip(bottom.chunks_exact(2));
    for (out, (top, bottom)) in out.iter_mut().zip(pairs) {
        // Two samples per 16-bit word: this shape is what LLVM turns into SIMD.
        let top = u16::from_le_bytes([top[0], top[1]]);
        let bottom = u16::from_le_bytes([bottom[0], bottom[1]]);
        let sum = (top & 255) + (top >> 8) + (bottom & 255) + (bottom >> 8);
        *out = ((sum + 2) >> 2) as u8;
    }
}

/// A quarter of the way from one sample to another. Chroma sited left sits half a luma sample
/// left of the middle of the square that becomes one pixel: a quarter of its own distance.
fn quarter(near: u8, far: u8) -> u8 {
    ((3 * u16::from(near) + u16::from(far) + 2) >> 2) as u8
}

fn mix(near: &[u8], far: &[u8], out: &mut [u8]) {
    for (out, (near, far)) in out.iter_mut().zip(near.iter().zip(far)) {
        *out = quarter(*near, *far);
    }
}

/// The last sample has no neighbour and stays.
fn move_right(row: &[u8], out: &mut [u8]) {
    if let (Some(last), Some(out_last)) = (row.last(), out.last_mut()) {
        *out_last = *last;
        mix(row, &row[1..], out);
    }
}

fn move_right_in_place(row: &mut [u8]) {
    for i in 1..row.len() {
        row[i - 1] = quarter(row[i - 1], row[i]);
    }
}

impl Planes {
    /// Makes room for a picture of `target`; a gray one has neutral chroma.
    fn prepare(&mut self, target: ScaleTarget, gray: bool) {
        if self.target == target && !gray {
            return;
        }
        let stride = (target.width as usize + 1).next_multiple_of(ALIGN);
        let plane = stride * target.height as usize;
        self.target = target;
        self.slots = [0, 1, 2].map(|index| Slot { offset: index * plane, stride });
        self.bytes.clear();
        self.bytes.resize(plane * 3 + ALIGN, 128);
    }
}

#[cfg(test)]
mod tests;
