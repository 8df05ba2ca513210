//! FFmpeg's parsers, which ffmpeg-next lacks: what a packet says of its picture without decoding
//! it.
#![expect(unsafe_code, reason = "ffmpeg-next has no parsers")]

use std::ptr;

use ffmpeg::ffi;
use ffmpeg::packet::Ref;
use ffmpeg_next as ffmpeg;

/// The size, width × height in pixels, that the headers in a whole packet of this codec state.
pub(crate) fn picture_size(
    codec: ffmpeg::codec::Id,
    packet: &ffmpeg::Packet,
) -> Option<(u32, u32)> {
    let id = ffi::AVCodecID::from(codec);
    let mut context = ffmpeg::codec::Context::new();
    // SAFETY: the context is fresh and outlives the parser, which is closed once; FFmpeg's packets
    // are padded as parsers need it; the parser's output points into the packet and is not used.
    unsafe {
        let context = context.as_mut_ptr();
        (*context).codec_id = id;
        (*context).codec_type = ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
        let parser = ffi::av_parser_init(id as _);
        if parser.is_null() {
            return None;
        }
        (*parser).flags |= ffi::PARSER_FLAG_COMPLETE_FRAMES;
        let (mut out, mut size) = (ptr::null_mut(), 0);
        let unknown = ffi::AV_NOPTS_VALUE;
        let packet = &*packet.as_ptr();
        ffi::av_parser_parse2(
            parser,
            context,
            &mut out,
            &mut size,
            packet.data,
            packet.size,
            unknown,
            unknown,
            0,
        );
        // Most tell it in the parser, MPEG-4 in the context.
        let found = [(*parser).width, (*context).width]
            .into_iter()
            .zip([(*parser).height, (*context).height]);
        let size = found
            .filter_map(|(width, height)| Some((width.try_into().ok()?, height.try_into().ok()?)))
            .find(|(width, height): &(u32, u32)| *width > 0 && *height > 0);
        ffi::av_parser_close(parser);
        size
    }
}
