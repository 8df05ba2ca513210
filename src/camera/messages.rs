//! What operators read where a camera has no picture: one sentence for each kind of error.
//!
//! Pure. The tile and `camwall check --probe` use the same sentences, which `camwall_words` holds in
//! each language. Policy: a sentence says what
//! is wrong, then behind a colon what to do next, in English in at most 60 letters, so that it fits a small
//! tile. It holds no address and none of a protocol's words: those are in the log, in the error's
//! own text.

use std::borrow::Cow;
use std::path::Path;

use camwall_config::{LoginError, LoginFileFault, Whence};
use camwall_media::ProbeError;
use camwall_media::{
    CaFault, CertificateFault, Client, HandshakeFault, LowerTransport, Oversized, RefusedTransport,
    SourceError, Undecodable, Untrusted,
};
use camwall_words::{Advice, Words};

pub mod recording;

/// What is said of an error of a source.
#[must_use]
pub fn source(advice: &Advice, error: &SourceError) -> &'static str {
    use SourceError as E;
    match error {
        E::Stopped => advice.stopped,
        E::BadAddress { .. } => advice.bad_address,
        E::Auth { .. } => advice.auth,
        E::WantsBasic => advice.wants_basic,
        E::NotTrusted { fault } => certificate(advice, fault),
        E::NoTls { fault } => tls(advice, *fault),
        E::NoLogin { .. } => advice.no_login,
        E::NoneGiven { .. } => advice.none_given,
        E::Busy { .. } => advice.busy,
        E::SentElsewhere { .. } => advice.sent_elsewhere,
        E::Late { .. } => advice.late,
        E::Undecodable { why } => cause(advice, *why),
        E::Unreachable { .. } => advice.unreachable,
        E::Timeout { .. } => advice.timeout,
        E::Idle { started: false, over: Some(LowerTransport::Udp), .. } => advice.idle_udp,
        E::Idle { started: false, .. } => advice.idle,
        E::Idle { started: true, .. } => advice.idle_after,
        E::NotFound { .. } => advice.not_found,
        E::TransportRefused { refused: RefusedTransport::Tcp, .. } => advice.refuses_tcp,
        E::TransportRefused { refused: RefusedTransport::Udp, .. } => advice.refuses_udp,
        E::TransportRefused { refused: RefusedTransport::Both, .. } => advice.refuses_both,
        E::Dialogue { client: Client::Retina, .. } => advice.dialogue_retina,
        E::Dialogue { client: Client::Ffmpeg, .. } => advice.dialogue_ffmpeg,
        E::Unsupported { .. } => advice.unsupported,
        E::Oversized { what: Oversized::AccessUnit } => advice.endless_picture,
        E::Oversized { what: Oversized::ParameterSets } => advice.large_description,
        E::Oversized { what: Oversized::Streams } => advice.many_streams,
        E::Broken { .. } => advice.broken,
        E::EndOfStream => advice.end_of_stream,
        E::Ended => advice.ended,
        E::NoThread { .. } => advice.no_thread,
        E::Internal { .. } => advice.internal,
    }
}

/// What is said where the camera's certificate is not trusted.
#[must_use]
pub fn certificate(advice: &Advice, fault: &CertificateFault) -> &'static str {
    use CertificateFault as C;
    let untrusted = |why| match why {
        Untrusted::Issuer => advice.untrusted_issuer,
        Untrusted::Expired => advice.untrusted_expired,
        Untrusted::NotYet => advice.untrusted_not_yet,
        Untrusted::OtherName => advice.untrusted_name,
        Untrusted::Unfit => advice.untrusted_unfit,
    };
    match fault {
        C::Changed { .. } => advice.certificate_changed,
        C::Untrusted { why, .. } => untrusted(*why),
        C::WeakKey { .. } => advice.weak_key,
        C::WeakSignature => advice.weak_signature,
        C::KeyNotHeld => advice.key_not_held,
        C::Unreadable => advice.certificate_unreadable,
        C::NoAuthorities { .. } => advice.no_authorities,
    }
}

/// What is said where the camera's encryption can't be used.
#[must_use]
pub fn tls(advice: &Advice, fault: HandshakeFault) -> &'static str {
    match fault {
        HandshakeFault::TooOld => advice.tls_too_old,
        HandshakeFault::NotSpoken => advice.tls_not_spoken,
        HandshakeFault::Failed => advice.tls_failed,
    }
}

/// What is said where no picture can be made of what comes. Where it is too large, its size and the limit
/// are said: they are what is to be changed in the camera.
#[must_use]
pub fn undecodable(advice: &Advice, why: Undecodable) -> Cow<'static, str> {
    match why {
        Undecodable::TooLarge { width, height, side } => {
            if width.max(height) > side {
                (advice.too_large_side)(width, height, side).into()
            } else {
                (advice.too_large_pixels)(width, height).into()
            }
        }
        _ => cause(advice, why).into(),
    }
}

fn cause(advice: &Advice, why: Undecodable) -> &'static str {
    match why {
        Undecodable::NoDecoder => advice.no_decoder,
        Undecodable::BrokenKeyFrames => advice.broken_key_frames,
        Undecodable::BrokenPictures => advice.broken_pictures,
        Undecodable::HungDecoder => advice.hung_decoder,
        Undecodable::TooLarge { .. } => advice.too_large,
        Undecodable::TooManyPictures => advice.too_many_pictures,
        Undecodable::ParameterSets => advice.parameter_sets,
    }
}

/// What is said of a login that can't be fetched.
#[must_use]
pub fn login(words: &Words, error: &LoginError) -> String {
    let (system, words) = (&words.system, &words.login);
    match error {
        LoginError::EnvMissing(name) => (words.no_variable)(name),
        LoginError::EnvNotText(name) => (words.variable_not_text)(name),
        LoginError::NoCredentials(name) => (words.no_credentials)(name),
        LoginError::FileUnreadable { path, why } => {
            let fault = why.get_ref().and_then(|why| why.downcast_ref::<LoginFileFault>());
            let why = match fault {
                Some(LoginFileFault::NotAFile) => words.not_a_file.to_owned(),
                Some(LoginFileFault::LongLine) => words.long_line.to_owned(),
                Some(LoginFileFault::NotText) => words.not_text.to_owned(),
                None => system.why(why),
            };
            (words.unreadable)(&path.display().to_string(), &why)
        }
        LoginError::NotGiven => words.not_given.to_owned(),
        LoginError::NoColon(Whence::Variable(name)) => (words.variable_without_login)(name),
        LoginError::NoColon(Whence::File(path)) => {
            (words.file_without_login)(&path.display().to_string())
        }
    }
}

/// What is said of a file of authorities that can't be used.
#[must_use]
pub fn authorities(words: &Words, file: &Path, fault: &CaFault) -> String {
    let (system, words) = (&words.system, &words.probe);
    let why = match fault {
        CaFault::Unreadable(why) => Cow::Owned(system.why(why)),
        CaFault::TooLarge => words.large_authorities.into(),
        CaFault::Empty => words.empty_authorities.into(),
        CaFault::NotPem => words.not_pem.into(),
    };
    (words.no_authorities)(&file.display().to_string(), &why)
}

/// What is said of a camera that could not be looked at.
#[must_use]
pub fn probe(advice: &Advice, error: &ProbeError) -> &'static str {
    match error {
        ProbeError::Source(error) => source(advice, error),
        ProbeError::NoPicture(_) => advice.idle,
        ProbeError::Ended => advice.ended_without_picture,
    }
}

#[cfg(test)]
mod advice;

#[cfg(test)]
pub(crate) mod tests {
    use std::{collections::HashSet, sync::Arc, time::Duration};

    use camwall_words::EN;

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
            E::NoneGiven { detail: detail() },
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
    const NAMES: [&str; 25] = [
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
        "none given",
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
            E::NoneGiven { .. } => NAMES[24],
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
        let sources = every_error().into_iter().map(|(error, _)| source(&EN.advice, &error));
        let overloaded = [EN.advice.overloaded];
        let probes = [ProbeError::NoPicture(Duration::from_secs(12)), ProbeError::Ended];
        sources
            .chain(probes.iter().map(|error| probe(&EN.advice, error)))
            .chain(overloaded)
            .collect()
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
            let sentence = undecodable(&EN.advice, Undecodable::TooLarge { width, height, side });
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
            assert_ne!(text, source(&EN.advice, &error));
        }
    }

    #[test]
    fn the_probe_says_what_the_tile_says() {
        let error = SourceError::NotFound { detail: DETAIL.to_owned() };
        let probed = ProbeError::Source(Arc::new(error.clone()));
        assert_eq!(probe(&EN.advice, &probed), source(&EN.advice, &error));
        assert_eq!(source(&EN.advice, &error), "there is no such stream: check the path");
    }
}
