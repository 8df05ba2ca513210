//! Opens decoders within limits, and takes their pictures out.
//!
//! A decoder is used by the one thread that opened it.
#![expect(unsafe_code, reason = "ffmpeg-next has no safe call for the limits of a decoder")]

use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;

use super::CodecParams;

/// Largest picture decoded, in pixels: 8192x8192 is beyond any camera, and a forged header must
/// not make us allocate more.
const MAX_PIXELS: i64 = 8192 * 8192;

/// A decoder at work.
pub(crate) type OpenDecoder = ffmpeg::codec::decoder::Opened;

/// Opens a decoder on one thread that gives out each picture as soon as it can; where `guess` is
/// set, also those that it has to guess because it saw no key frame.
///
/// One thread: frame threads would hold back a picture each, and there are as many cameras as
/// cores to keep busy anyway.
pub(crate) fn open_decoder(
    params: &CodecParams,
    time_base: (i32, i32),
    guess: bool,
) -> Result<OpenDecoder, ffmpeg::Error> {
    let codec = ffmpeg::codec::decoder::find(params.id()).ok_or(ffmpeg::Error::DecoderNotFound)?;
    let mut context = ffmpeg::codec::Context::new_with_codec(codec);
    // SAFETY: the context was just made and is not open yet; the call copies the parameters.
    unsafe {
        let context = context.as_mut_ptr();
        match ffi::avcodec_parameters_to_context(context, params.as_ptr()) {
            error if error < 0 => return Err(error.into()),
            _ => {}
        }
        (*context).thread_count = 1;
        (*context).flags |= ffi::AV_CODEC_FLAG_LOW_DELAY as i32;
        if guess {
            (*context).flags |= ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as i32;
        }
        (*context).max_pixels = MAX_PIXELS;
        (*context).pkt_timebase = ffi::AVRational { num: time_base.0, den: time_base.1.max(1) };
    }
    context.decoder().open_as(codec)
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
            Ok(()) => each(Ok(video)),
            Err(ffmpeg::Error::Other { errno: libc::EAGAIN } | ffmpeg::Error::Eof) => {
                *spare = Some(video);
                return;
            }
            Err(error) => return each(Err(error)),
        }
    }
}
