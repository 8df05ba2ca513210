//! The memory of a picture that a decoder made, as it is, whatever the decoder says of it.
//!
//! ffmpeg-next believes the line sizes: a negative one, with which some decoders say that rows lie from the
//! last to the first, would make it a slice of nearly all memory. Used by the thread that has the frame.
#![expect(unsafe_code, reason = "ffmpeg-next makes slices of line sizes that it does not check")]

use std::slice;

use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;

/// The picture with its rows from the first to the last: as it is where they are so, else copied.
pub(crate) fn upright(video: ffmpeg::frame::Video) -> Result<ffmpeg::frame::Video, ffmpeg::Error> {
    // SAFETY: a frame is valid.
    let flipped = unsafe { (*video.as_ptr()).linesize.iter().any(|size| *size < 0) };
    if !flipped {
        return Ok(video);
    }
    let mut out = ffmpeg::frame::Video::new(video.format(), video.width(), video.height());
    // SAFETY: both frames are valid. The new one is of the same format and size, and has null for a plane
    // where there was no memory; the copy takes rows by the line sizes of each, negative ones too.
    unsafe {
        if (*out.as_ptr()).data[0].is_null() {
            return Err(ffmpeg::Error::Other { errno: libc::ENOMEM });
        }
        for result in [
            ffi::av_frame_copy(out.as_mut_ptr(), video.as_ptr()),
            ffi::av_frame_copy_props(out.as_mut_ptr(), video.as_ptr()),
        ] {
            if result < 0 {
                return Err(result.into());
            }
        }
    }
    Ok(out)
}

/// A plane's rows and the bytes from one to the next; each row has `row` bytes, of which there are
/// `height`. `None` where the frame's own memory does not hold them all.
pub(crate) fn plane_bytes(
    video: &ffmpeg::frame::Video,
    index: usize,
    row: usize,
    height: usize,
) -> Option<(&[u8], usize)> {
    // SAFETY: a frame is valid; the slice lies in one of its buffers, which live as long as it, and which
    // nobody writes to while the frame is borrowed.
    unsafe {
        let frame = &*video.as_ptr();
        let data = *frame.data.get(index)?;
        let stride = usize::try_from(*frame.linesize.get(index)?).ok()?;
        let length = stride.checked_mul(height.checked_sub(1)?)?.checked_add(row)?;
        if data.is_null() || stride < row {
            return None;
        }
        let holds = |buffer: &&*mut ffi::AVBufferRef| {
            !buffer.is_null() && {
                let (start, size) = ((***buffer).data.addr(), (***buffer).size);
                let end = data.addr().checked_add(length);
                data.addr() >= start && end.is_some_and(|end| end <= start.saturating_add(size))
            }
        };
        frame.buf.iter().find(holds)?;
        Some((slice::from_raw_parts(data, length), stride))
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg::format::Pixel;

    use super::*;

    /// A picture whose rows are numbered, in each plane.
    fn numbered(width: u32, height: u32) -> ffmpeg::frame::Video {
        let mut video = ffmpeg::frame::Video::new(Pixel::YUV420P, width, height);
        for index in 0..3 {
            let stride = video.stride(index);
            for (row, bytes) in video.data_mut(index).chunks_mut(stride).enumerate() {
                bytes.fill(row as u8);
            }
        }
        video
    }

    /// Says of each plane that its rows lie from the last to the first, as FFmpeg's decoders do.
    fn flip(video: &mut ffmpeg::frame::Video) {
        for index in 0..3 {
            let (stride, rows) = (video.stride(index), video.plane_height(index) as usize);
            // SAFETY: the pointer goes to the last row of the plane.
            unsafe {
                let frame = &mut *video.as_mut_ptr();
                frame.data[index] = frame.data[index].add(stride * (rows - 1));
                frame.linesize[index] = -frame.linesize[index];
            }
        }
    }

    #[test]
    fn a_picture_from_the_last_row_to_the_first_is_turned_over() {
        for (width, height) in [(64, 36), (33, 17), (1, 1)] {
            let mut video = numbered(width, height);
            flip(&mut video);
            assert!(plane_bytes(&video, 0, 1, 1).is_none(), "no slice of it as it is");
            let video = upright(video).expect("a picture");
            for (index, rows) in [(0, height), (1, height.div_ceil(2)), (2, height.div_ceil(2))] {
                let rows = rows as usize;
                let (bytes, stride) = plane_bytes(&video, index, 1, rows).expect("a plane");
                let firsts: Vec<u8> = bytes.iter().step_by(stride).copied().collect();
                let last_first: Vec<u8> = (0..rows).rev().map(|row| row as u8).collect();
                assert_eq!(firsts, last_first, "plane {index} of {width}x{height}");
            }
        }
    }

    #[test]
    fn what_lies_outside_the_frames_memory_is_no_plane() {
        let mut video = numbered(64, 36);
        let stride = video.stride(0);
        let (bytes, found) = plane_bytes(&video, 0, 64, 36).expect("a plane");
        assert_eq!((bytes.len(), found), (stride * 35 + 64, stride));
        assert!(plane_bytes(&video, 0, stride + 1, 1).is_none(), "rows that overlap");
        assert!(plane_bytes(&video, 0, 64, 36_000).is_none(), "more rows than there are");
        assert!(plane_bytes(&video, 0, 64, 0).is_none(), "no rows");
        assert!(plane_bytes(&video, 3, 1, 1).is_none(), "no such plane");
        // As a crop beyond the picture would have it.
        // SAFETY: the pointer is not read.
        unsafe {
            let frame = &mut *video.as_mut_ptr();
            frame.data[0] = frame.data[0].wrapping_add(1 << 20);
        }
        assert!(plane_bytes(&video, 0, 64, 36).is_none());
    }
}
