//! Opens decoders within limits, and takes their pictures out.
//!
//! A decoder is used by the one thread that opened it. Policies:
//! - a picture has buffers only where it and all that the decoder keeps are within the limits of
//!   `picture_room`; what a decoder allocates beside them it does by sizes that its caller has looked at;
//! - pictures come out with their rows from the first to the last.
#![expect(unsafe_code, reason = "ffmpeg-next has no safe call for the limits of a decoder")]

use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::CodecParams;
use super::picture_room::{MAX_HELD, PictureRoom};
use crate::limits::{MAX_PIXELS, Refusal, fits};
use crate::picture_memory::upright;

/// A decoder at work.
pub(crate) struct OpenDecoder {
    opened: ffmpeg::codec::decoder::Opened,
    /// Outlives the decoder, which asks it.
    room: Arc<PictureRoom>,
}

impl OpenDecoder {
    /// Why a picture was refused since this was last asked: its size, or else because the decoder
    /// would have kept too many.
    pub fn take_refused(&self) -> Option<Option<Refusal>> {
        self.room.take_refused()
    }
}

impl Deref for OpenDecoder {
    type Target = ffmpeg::codec::decoder::Opened;

    fn deref(&self) -> &Self::Target {
        &self.opened
    }
}

impl DerefMut for OpenDecoder {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.opened
    }
}

/// Opens a decoder on one thread that gives out each picture as soon as it can; where `guess` is
/// set, also those that it has to guess because it saw no key frame. No side of a picture may be longer
/// than `side` pixels.
///
/// One thread: frame threads would hold back a picture each, and there are as many cameras as
/// cores to keep busy anyway.
pub(crate) fn open_decoder(
    params: &CodecParams,
    time_base: (i32, i32),
    guess: bool,
    side: u32,
) -> Result<OpenDecoder, ffmpeg::Error> {
    open_within(params, time_base, guess, PictureRoom::new(side, MAX_HELD))
}

fn open_within(
    params: &CodecParams,
    time_base: (i32, i32),
    guess: bool,
    room: Arc<PictureRoom>,
) -> Result<OpenDecoder, ffmpeg::Error> {
    let codec = ffmpeg::codec::decoder::find(params.id()).ok_or(ffmpeg::Error::DecoderNotFound)?;
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    // SAFETY: the context was just made and is not open yet; the call copies the parameters; the room
    // outlives the context, as the fields of `OpenDecoder` are dropped in their order.
    unsafe {
        let context = context.as_mut_ptr();
        match ffi::avcodec_parameters_to_context(context, params.as_ptr()) {
            error if error < 0 => return Err(error.into()),
            _ => {}
        }
        // FFmpeg does not open a decoder for a size that is too large; where it gets so far, each packet
        // tells its own.
        let size = [(*context).width, (*context).height].map(|it| u32::try_from(it).unwrap_or(0));
        if !fits(size[0], size[1], room.side()) {
            ((*context).width, (*context).height) = (0, 0);
            ((*context).coded_width, (*context).coded_height) = (0, 0);
        }
        (*context).thread_count = 1;
        (*context).flags |= ffi::AV_CODEC_FLAG_LOW_DELAY as i32;
        if guess {
            (*context).flags |= ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as i32;
        }
        (*context).max_pixels = i64::try_from(MAX_PIXELS).unwrap_or(i64::MAX);
        room.attach(context);
        (*context).pkt_timebase = ffi::AVRational { num: time_base.0, den: time_base.1.max(1) };
    }
    let opened = context.decoder().open_as(codec)?;
    Ok(OpenDecoder { opened, room })
}

/// Has a decoder work without its loop filter where it is `reduced`, and skip pictures that no other
/// refers to where it is `sparse`, from the next packet on.
pub(crate) fn reduce(decoder: &mut OpenDecoder, reduced: bool, sparse: bool) {
    use ffmpeg::codec::discard::Discard;
    decoder.skip_loop_filter(if reduced { Discard::All } else { Discard::Default });
    decoder.skip_frame(if sparse { Discard::NonReference } else { Discard::Default });
}

/// Hands a packet to a decoder and takes out all pictures that are ready. `each` is given every
/// picture, and the error that ended the taking where it is none of waiting for more. `spare` keeps
/// an empty frame from one call to the next.
pub(crate) fn decode_packet(
    decoder: &mut OpenDecoder,
    packet: &ffmpeg::Packet,
    spare: &mut Option<ffmpeg::frame::Video>,
    mut each: impl FnMut(Result<ffmpeg::frame::Video, ffmpeg::Error>),
) -> Result<(), ffmpeg::Error> {
    // A decoder that is full takes the packet again once its pictures are taken out.
    for _ in 0..2 {
        let sent = decoder.send_packet(packet);
        take_pictures(decoder, spare, &mut each);
        if sent != Err(ffmpeg::Error::Other { errno: libc::EAGAIN }) {
            return sent;
        }
    }
    Ok(())
}

/// Takes out all pictures that are ready, as [`decode_packet`] does.
pub(crate) fn take_pictures(
    decoder: &mut OpenDecoder,
    spare: &mut Option<ffmpeg::frame::Video>,
    mut each: impl FnMut(Result<ffmpeg::frame::Video, ffmpeg::Error>),
) {
    loop {
        let mut video = spare.take().unwrap_or_else(ffmpeg::frame::Video::empty);
        match decoder.receive_frame(&mut video) {
            Ok(()) => each(upright(video)),
            Err(ffmpeg::Error::Other { errno: libc::EAGAIN } | ffmpeg::Error::Eof) => {
                *spare = Some(video);
                return;
            }
            Err(error) => return each(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffmpeg::Demuxer;

    /// Pictures of a clip that a decoder with this room makes, all kept; and why it made no more.
    fn decode(room: &Arc<PictureRoom>) -> (Vec<ffmpeg::frame::Video>, Option<Option<Refusal>>) {
        crate::init();
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips/cam1-360.h264");
        let options = ffmpeg::Dictionary::new();
        let (mut demuxer, _) = Demuxer::open(clip, None, options, true, || false).expect("a clip");
        let (video, _) = demuxer.pick_streams(None).expect("streams");
        let video = video.expect("pictures");
        let mut decoder = open_within(&video.params, video.time_base, false, room.clone());
        let decoder = decoder.as_mut().unwrap_or_else(|error| panic!("{error}"));
        let (mut kept, mut spare, mut refused) = (Vec::new(), None, None);
        let mut packet = ffmpeg::Packet::empty();
        while refused.is_none() && demuxer.read(&mut packet).is_ok() {
            let sent = decode_packet(decoder, &packet, &mut spare, |video| kept.extend(video));
            refused = decoder.take_refused();
            assert!(sent.is_ok() || refused.is_some(), "{sent:?}");
        }
        (kept, refused)
    }

    #[test]
    fn a_decoder_gets_no_buffer_for_a_picture_that_is_too_large() {
        let (pictures, refused) = decode(&PictureRoom::new(639, MAX_HELD));
        // As coded: 640×360 in macroblocks.
        let size = Refusal::Size { width: 640, height: 368 };
        assert_eq!((pictures.len(), refused), (0, Some(Some(size))));
        assert_eq!(decode(&PictureRoom::new(640, MAX_HELD)).1, None);
    }

    #[test]
    fn pictures_that_are_kept_count_until_their_last_reference_is_gone() {
        // Luma and chroma of 640×368, and what FFmpeg adds at the edges.
        let one = 640 * 368 * 3 / 2;
        let room = PictureRoom::new(640, 10 * one);
        let (pictures, refused) = decode(&room);
        assert_eq!(refused, Some(None), "for want of room");
        assert!((3..=10).contains(&pictures.len()), "{}", pictures.len());
        assert!(room.held() >= pictures.len() * one && room.held() < 12 * one, "{}", room.held());
        drop(pictures);
        assert_eq!(room.held(), 0);
    }
}
