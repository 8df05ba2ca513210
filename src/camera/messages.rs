//! What operators read where a camera has no picture: one sentence for each kind of error.
//!
//! Pure. The tile and `camwall check --probe` use the same sentences. Policy: a sentence says what
//! is wrong, then behind a colon what to do next, in at most 60 letters, so that it fits a small
//! tile. It holds no address and none of a protocol's words: those are in the log, in the error's
//! own text.

use std::borrow::Cow;

use camwall_media::ProbeError;
use camwall_media::{
    CertificateFault, Client, HandshakeFault, LowerTransport, Oversized, RefusedTransport,
    SourceError, Undecodable, Untrusted,
};

pub mod recording;

/// What is said of an error of a source.
#[must_use]
pub fn source(error: &SourceError) -> &'static str {
    use SourceError as E;
    match error {
        E::Stopped => "the camera was closed: start camwall again",
        E::BadAddress { .. } => "the address can't be used: correct it in the wall file",
        E::Auth { .. } => "login refused: check user and password",
        E::WantsBasic => "the camera wants the password in clear: turn encryption on",
        E::NotTrusted { fault } => certificate(fault),
        E::NoTls { fault } => tls(*fault),
        E::NoLogin { .. } => "there is no login: set its variable or file",
        E::Busy { .. } => "the camera has no time: close other viewers",
        E::SentElsewhere { .. } => "the camera names another address: use that one",
        E::Late { .. } => "pictures come too late: check the network's speed",
        E::Undecodable { why } => cause(*why),
        E::Unreachable { .. } => "can't reach the camera: check its power, network and address",
        E::Timeout { .. } => "the camera does not answer: check its power and port",
        E::Idle { started: false, over: Some(LowerTransport::Udp), .. } => {
            "nothing comes over UDP: let it through the firewall"
        }
        E::Idle { started: false, .. } => {
            "no picture comes: check the stream's settings in the camera"
        }
        E::Idle { started: true, .. } => "the camera sends no more: check it and the network",
        E::NotFound { .. } => "there is no such stream: check the path",
        E::TransportRefused { refused: RefusedTransport::Tcp, .. } => {
            "the camera refuses TCP: use `transport: Auto` or `Udp`"
        }
        E::TransportRefused { refused: RefusedTransport::Udp, .. } => {
            "the camera refuses UDP: use `transport: Auto` or `Tcp`"
        }
        E::TransportRefused { refused: RefusedTransport::Both, .. } => {
            "the camera refuses TCP and UDP: allow one of them there"
        }
        E::Dialogue { client: Client::Retina, .. } => {
            "the camera's answers are not understood: try `via: Ffmpeg`"
        }
        E::Dialogue { client: Client::Ffmpeg, .. } => {
            "the camera's answers are not understood: restart it"
        }
        E::Unsupported { .. } => "this stream can't be shown: choose H.264 in the camera",
        E::Oversized { what: Oversized::AccessUnit } => {
            "a picture of it has no end: restart the camera"
        }
        E::Oversized { what: Oversized::ParameterSets } => {
            "its description is too large: restart the camera"
        }
        E::Oversized { what: Oversized::Streams } => {
            "it offers too many streams: turn some off in the camera"
        }
        E::Broken { .. } => "the connection broke: check the network if it happens often",
        E::EndOfStream => "the camera ended the stream: see whether it restarts",
        E::Ended => "the file is over: without `loop` in `options` it repeats",
        E::NoThread { .. } => "the computer is out of threads: close other programs",
        E::Internal { .. } => "a fault in camwall: report it, with the log",
    }
}

/// What is said where the camera's certificate is not trusted.
#[must_use]
pub fn certificate(fault: &CertificateFault) -> &'static str {
    use CertificateFault as C;
    let untrusted = |why| match why {
        Untrusted::Issuer => "nobody vouches for its certificate: pin it, or name a `Ca`",
        Untrusted::Expired => "its certificate has run out: renew it in the camera",
        Untrusted::NotYet => "its certificate is not valid yet: check both clocks",
        Untrusted::OtherName => "its certificate is for another name: renew it, or pin it",
        Untrusted::Unfit => "its certificate is of no use to a server: renew or pin it",
    };
    match fault {
        C::Changed { .. } => "the certificate has changed: find out why, then pin it anew",
        C::Untrusted { why, .. } => untrusted(*why),
        C::WeakKey { .. } => "its key is too short to be safe: make a longer one there",
        C::WeakSignature => "its certificate is signed too weakly: make another one",
        C::KeyNotHeld => "somebody shows the camera's certificate: find out who",
        C::Unreadable => "its certificate can't be read: make another one there",
        C::NoAuthorities { .. } => "the authorities can't be read: see the log, and `trust`",
    }
}

/// What is said where the camera's encryption can't be used.
#[must_use]
pub fn tls(fault: HandshakeFault) -> &'static str {
    match fault {
        HandshakeFault::TooOld => "its encryption is too old to be safe: update its firmware",
        HandshakeFault::NotSpoken => "nothing is encrypted at this port: check the address",
        HandshakeFault::Failed => "the encryption does not come up: restart the camera",
    }
}

/// What is said where most cameras are late at once: this computer is to blame.
pub const OVERLOADED: &str = "this computer can't keep up: show fewer cameras at once";

/// What is said where no picture can be made of what comes. Where it is too large, its size and the limit
/// are said: they are what is to be changed in the camera.
#[must_use]
pub fn undecodable(why: Undecodable) -> Cow<'static, str> {
    match why {
        Undecodable::TooLarge { width, height, side } => {
            let larger = width.max(height) > side;
            let most =
                if larger { format!("{side} a side") } else { "67 million pixels".to_owned() };
            format!("{width}x{height} is too large: choose at most {most}").into()
        }
        _ => cause(why).into(),
    }
}

fn cause(why: Undecodable) -> &'static str {
    match why {
        Undecodable::NoDecoder => "no decoder for this stream: choose H.264 in the camera",
        Undecodable::BrokenKeyFrames => "its key frames are broken: restart the camera",
        Undecodable::BrokenPictures => "no picture of it is whole: restart the camera",
        Undecodable::HungDecoder => "the decoder hangs on it: change the camera's settings",
        Undecodable::TooLarge { .. } => "its pictures are too large: choose a smaller size there",
        Undecodable::TooManyPictures => "it needs too much memory: choose smaller pictures there",
        Undecodable::ParameterSets => "its parameter sets are too many: restart the camera",
    }
}

/// What is said of a camera that could not be looked at.
#[must_use]
pub fn probe(error: &ProbeError) -> &'static str {
    match error {
        ProbeError::Source(error) => source(error),
        ProbeError::NoPicture(_) => "no picture comes: check the stream's settings in the camera",
        ProbeError::Ended => "it ended without a picture: check that it is the right file",
    }
}

#[cfg(test)]
mod advice;

#[cfg(test)]
pub(crate) mod tests {
    use std::{collections::HashSet, sync::Arc, time::Duration};

    use super::*;

    /// What the errors of these tests hold and nobody shall read on a tile.
    pub(crate) const DETAIL: &str = "DESCRIBE: 404 response to DESCRIBE CSeq=1 from rtsp://10.0.0.1:554/x: Unexpected RTSP respons";

    /// Every error, under a name for each sentence it may get.
    pub(crate) fn every_error() -> Vec<(SourceError, &'static str)> {
        use SourceError as E;
        let detail = || DETAIL.to_owned();
        let after = Duration::from_secs(10);
        let idle = |started, over| E::Idle { after, started, over };
        let refused = |refused| E::TransportRefused { refused, detail: detail() };
        let all = vec![
            E::Stopped,
            E::BadAddress { detail: detail() },
            E::Auth { detail: detail() },
            E::NoLogin { detail: detail() },
            E::WantsBasic,
            E::Busy { detail: detail(), retry_after: None },
            E::SentElsewhere { detail: detail() },
            E::Late { by: after },
            E::Undecodable { why: Undecodable::NoDecoder },
            E::Undecodable { why: Undecodable::BrokenKeyFrames },
            E::Undecodable { why: Undecodable::BrokenPictures },
            E::Undecodable { why: Undecodable::HungDecoder },
            E::Undecodable { why: Undecodable::TooLarge { width: 9000, height: 8, side: 8192 } },
            E::Undecodable { why: Undecodable::TooManyPictures },
            E::Undecodable { why: Undecodable::ParameterSets },
            E::Oversized { what: Oversized::AccessUnit },
            E::Oversized { what: Oversized::ParameterSets },
            E::Oversized { what: Oversized::Streams },
            E::Unreachable { detail: detail() },
            E::Timeout { step: "DESCRIBE", after },
            idle(false, Some(LowerTransport::Udp)),
            idle(false, Some(LowerTransport::Tcp)),
            idle(true, None),
            E::NotFound { detail: detail() },
            refused(RefusedTransport::Tcp),
            refused(RefusedTransport::Udp),
            refused(RefusedTransport::Both),
            E::Dialogue { client: Client::Retina, detail: detail() },
            E::Dialogue { client: Client::Ffmpeg, detail: detail() },
            E::Unsupported { detail: detail() },
            E::Broken { detail: detail() },
            E::EndOfStream,
            E::Ended,
            E::NoThread { detail: detail() },
            E::Internal { detail: detail() },
        ];
        let all = all.into_iter().chain(encryption()).collect::<Vec<_>>();
        let named = |error: SourceError| {
            let name = name(&error);
            (error, name)
        };
        all.into_iter().map(named).collect()
    }

    /// What can be wrong with TLS.
    fn encryption() -> impl Iterator<Item = SourceError> {
        use CertificateFault as C;
        let found = camwall_media::Fingerprint([7; 32]);
        let untrusted = [
            Untrusted::Issuer,
            Untrusted::Expired,
            Untrusted::NotYet,
            Untrusted::OtherName,
            Untrusted::Unfit,
        ];
        let faults = [
            C::Changed { found },
            C::WeakKey { bits: 1024 },
            C::WeakSignature,
            C::KeyNotHeld,
            C::Unreadable,
            C::NoAuthorities { detail: DETAIL.to_owned() },
        ];
        let untrusted = untrusted.map(|why| C::Untrusted { why, found });
        let faults = faults.into_iter().chain(untrusted);
        let tls = [HandshakeFault::TooOld, HandshakeFault::NotSpoken, HandshakeFault::Failed];
        let tls = tls.map(|fault| SourceError::NoTls { fault });
        faults.map(|fault| SourceError::NotTrusted { fault }).chain(tls)
    }

    /// All of [`name`]'s.
    const NAMES: [&str; 24] = [
        "stopped",
        "address",
        "auth",
        "unreachable",
        "timeout",
        "idle",
        "not found",
        "refused",
        "dialogue",
        "unsupported",
        "broken",
        "end of stream",
        "ended",
        "no thread",
        "internal",
        "no login",
        "busy",
        "sent elsewhere",
        "late",
        "undecodable",
        "oversized",
        "wants basic",
        "not trusted",
        "no tls",
    ];

    /// A new kind of error does not compile without a name, and is missed without an example.
    fn name(error: &SourceError) -> &'static str {
        use SourceError as E;
        match error {
            E::Stopped => NAMES[0],
            E::BadAddress { .. } => NAMES[1],
            E::Auth { .. } => NAMES[2],
            E::Unreachable { .. } => NAMES[3],
            E::Timeout { .. } => NAMES[4],
            E::Idle { .. } => NAMES[5],
            E::NotFound { .. } => NAMES[6],
            E::TransportRefused { .. } => NAMES[7],
            E::Dialogue { .. } => NAMES[8],
            E::Unsupported { .. } => NAMES[9],
            E::Broken { .. } => NAMES[10],
            E::EndOfStream => NAMES[11],
            E::Ended => NAMES[12],
            E::NoThread { .. } => NAMES[13],
            E::Internal { .. } => NAMES[14],
            E::NoLogin { .. } => NAMES[15],
            E::Busy { .. } => NAMES[16],
            E::SentElsewhere { .. } => NAMES[17],
            E::Late { .. } => NAMES[18],
            E::Undecodable { .. } => NAMES[19],
            E::Oversized { .. } => NAMES[20],
            E::WantsBasic => NAMES[21],
            E::NotTrusted { .. } => NAMES[22],
            E::NoTls { .. } => NAMES[23],
        }
    }

    /// Every sentence.
    pub(crate) fn every_sentence() -> Vec<&'static str> {
        let sources = every_error().into_iter().map(|(error, _)| source(&error));
        let overloaded = [OVERLOADED];
        let probes = [ProbeError::NoPicture(Duration::from_secs(12)), ProbeError::Ended];
        sources.chain(probes.iter().map(probe)).chain(overloaded).collect()
    }

    #[test]
    fn every_kind_of_error_has_an_example() {
        let named: HashSet<_> = every_error().into_iter().map(|(_, name)| name).collect();
        assert_eq!(named, HashSet::from(NAMES));
    }

    #[test]
    fn sentences_are_short_and_say_what_to_do_next() {
        for sentence in every_sentence() {
            let (what, next) = sentence.split_once(": ").expect(sentence);
            assert!(what.len() > 10 && next.len() > 9, "{sentence}");
            assert!(sentence.chars().count() <= 60, "{}: {sentence}", sentence.chars().count());
            let plain = sentence.replace("H.264", "");
            assert!(!plain.contains(|c: char| c.is_ascii_digit()), "a number: {sentence}");
            for word in ["://", "CSeq", "RTSP", "DESCRIBE", "SETUP", "response", "error"] {
                assert!(!sentence.contains(word), "{word}: {sentence}");
            }
        }
        let sentences = every_sentence();
        let different: HashSet<_> = sentences.iter().collect();
        // A camera without a picture is one thing, whoever notices it.
        assert_eq!(different.len(), sentences.len() - 1, "one a kind: {sentences:#?}");
    }

    #[test]
    fn a_picture_that_is_too_large_is_told_with_its_size_and_the_limit() {
        let told = |width, height, side| {
            let sentence = undecodable(Undecodable::TooLarge { width, height, side });
            assert!(sentence.chars().count() <= 60, "{sentence}");
            sentence.into_owned()
        };
        let by_side = told(16_400, 64, 16_384);
        assert_eq!(by_side, "16400x64 is too large: choose at most 16384 a side");
        let by_pixels = told(16_000, 9_000, 16_384);
        assert_eq!(by_pixels, "16000x9000 is too large: choose at most 67 million pixels");
    }

    #[test]
    fn the_log_has_what_the_tile_leaves_out() {
        for (error, _) in every_error() {
            let (text, debug) = (error.to_string(), format!("{error:?}"));
            assert_eq!(text.contains(DETAIL), debug.contains(DETAIL), "{text}");
            assert_ne!(text, source(&error));
        }
    }

    #[test]
    fn the_probe_says_what_the_tile_says() {
        let error = SourceError::NotFound { detail: DETAIL.to_owned() };
        let probed = ProbeError::Source(Arc::new(error.clone()));
        assert_eq!(probe(&probed), source(&error));
        assert_eq!(source(&error), "there is no such stream: check the path");
    }
}
