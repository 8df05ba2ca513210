//! Buffers of packed pixels that are used again.
//!
//! The decode thread takes a buffer for each scaled picture; whoever drops the frame, usually the
//! render world, gives it back. The lock is held to take one buffer or to keep one. Policies:
//! - a pool keeps at most [`POOL`] buffers and frees those beyond: none is allocated once a camera
//!   runs;
//! - buffers of another size than the picture that is asked for are freed.

use std::sync::{Arc, Mutex};

use super::Plane;
use crate::lock::lock;

/// Buffers kept for reuse: one in the frame queue, one being drawn, one being filled, one to spare.
const POOL: usize = 4;
/// Bytes of a packed pixel.
pub(crate) const PACKED: usize = 4;

/// A picture of four bytes a pixel (Y, Cb, Cr, 255), whose buffer is its pool's.
pub(crate) struct PooledPixels {
    bytes: Vec<u8>,
    pool: Arc<Pool>,
    width: u32,
    height: u32,
}

/// The buffers of one camera that wait for the next picture.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl PooledPixels {
    /// A picture of this size in pixels, with arbitrary contents.
    pub fn take(pool: &Arc<Pool>, width: u32, height: u32) -> Self {
        let bytes = pool.get(width as usize * height as usize * PACKED);
        Self { bytes, pool: pool.clone(), width, height }
    }

    /// The rows, one after the other without gaps.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The only plane, borrowed.
    pub fn plane(&self, index: usize) -> Option<Plane<'_>> {
        (index == 0).then_some(Plane {
            data: &self.bytes,
            stride: self.width as usize * PACKED,
            width: self.width,
            height: self.height,
            channels: PACKED as u8,
            bytes_per_sample: 1,
        })
    }
}

impl Drop for PooledPixels {
    fn drop(&mut self) {
        self.pool.put(std::mem::take(&mut self.bytes));
    }
}

impl Pool {
    /// A buffer of exactly this length, with arbitrary contents.
    fn get(&self, length: usize) -> Vec<u8> {
        let mut kept = lock(&self.0);
        // Other lengths are from before a change of size; they are of no use any more.
        kept.retain(|buffer| buffer.len() == length);
        let reused = kept.pop();
        drop(kept);
        reused.unwrap_or_else(|| vec![0; length])
    }

    fn put(&self, buffer: Vec<u8>) {
        let mut kept = lock(&self.0);
        if kept.len() < POOL && !buffer.is_empty() {
            kept.push(buffer);
        }
    }
}
