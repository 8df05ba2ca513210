//! Sentences for a camera without a picture.

use crate::texts::texts;

texts! {
    /// Why there is no picture and what to do. Each says what is wrong, then behind a colon what to do
    /// next, and fits two lines of a small tile; none holds an address or a protocol's word.
    Advice {
        /// The feed was closed.
        stopped,
        /// The address can't be used.
        bad_address,
        /// Wrong user or password.
        auth,
        /// The camera takes a password in clear only.
        wants_basic,
        /// Neither variable nor file holds a login.
        no_login,
        /// The camera wants a login, and nobody gave one on the command line.
        none_given,
        /// The camera is busy.
        busy,
        /// The camera sends the wall to another address.
        sent_elsewhere,
        /// Pictures come too late.
        late,
        /// This computer is too slow for all cameras together.
        overloaded,
        /// No way to the camera.
        unreachable,
        /// The camera does not answer.
        timeout,
        /// Nothing comes over UDP.
        idle_udp,
        /// No picture comes.
        idle,
        /// No more pictures come.
        idle_after,
        /// The camera knows no such stream.
        not_found,
        /// The camera refuses TCP.
        refuses_tcp,
        /// The camera refuses UDP.
        refuses_udp,
        /// The camera refuses both.
        refuses_both,
        /// retina does not understand the camera.
        dialogue_retina,
        /// FFmpeg does not understand the camera.
        dialogue_ffmpeg,
        /// A stream of another kind.
        unsupported,
        /// A picture without end.
        endless_picture,
        /// A description that is too large.
        large_description,
        /// Too many streams.
        many_streams,
        /// The connection broke.
        broken,
        /// The camera ended the stream.
        end_of_stream,
        /// The file is over.
        ended,
        /// The computer is out of threads.
        no_thread,
        /// A fault of ours.
        internal,
        /// Nobody vouches for the certificate.
        untrusted_issuer,
        /// The certificate is too old.
        untrusted_expired,
        /// The certificate is not valid yet.
        untrusted_not_yet,
        /// The certificate is for another name.
        untrusted_name,
        /// The certificate is not one of a server.
        untrusted_unfit,
        /// Another certificate than the pinned one.
        certificate_changed,
        /// A key that is too short.
        weak_key,
        /// A signature that is too weak.
        weak_signature,
        /// Who shows the certificate has not its key.
        key_not_held,
        /// The certificate can't be read.
        certificate_unreadable,
        /// The file of authorities can't be read.
        no_authorities,
        /// An old version of TLS.
        tls_too_old,
        /// No TLS at this port.
        tls_not_spoken,
        /// TLS fails.
        tls_failed,
        /// A picture of this size, of which no more may be than this a side.
        too_large_side(width: u32 = 16_400, height: u32 = 64, side: u32 = 16_384),
        /// A picture of this size, with too many pixels.
        too_large_pixels(width: u32 = 16_000, height: u32 = 9_000),
        /// A picture that is too large.
        too_large,
        /// There is no decoder.
        no_decoder,
        /// Key frames that fail.
        broken_key_frames,
        /// Pictures that fail.
        broken_pictures,
        /// The decoder does not come back.
        hung_decoder,
        /// The decoder would need too much memory.
        too_many_pictures,
        /// Too many parameter sets.
        parameter_sets,
        /// A file that ended without a picture.
        ended_without_picture,
    }
}
