//! Takes a camera's certificate apart, as far as it has to be known: its key, its end, its subject.
//!
//! Pure. Policy: read more leniently than authorities are judged, for a pin accepts what cameras have:
//! version 1, serial numbers of any length, no extensions.

use std::time::Duration;

use camwall_address::Fingerprint;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::{SignatureScheme, crypto::WebPkiSupportedAlgorithms, crypto::ring::cipher_suite};
use x509_cert::certificate::{CertificateInner, Profile};
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{self, Decode as _, Encode as _, Reader as _, SliceReader};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use super::fault::CertificateFault;

/// Characters of a camera's text that are told.
const TOLD: usize = 100;

/// Takes numbers and dates as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Lenient;

impl Profile for Lenient {
    fn check_serial_number(_serial: &SerialNumber<Self>) -> der::Result<()> {
        Ok(())
    }

    fn time_encoding(time: Time) -> der::Result<Time> {
        Ok(time)
    }
}

/// What is known of a certificate.
pub(super) struct Certificate {
    /// The public key with its algorithm.
    pub key: SubjectPublicKeyInfoDer<'static>,
    /// The algorithm's identifier, without the header around it.
    algorithm: Vec<u8>,
    /// The key alone.
    bits: Vec<u8>,
    /// Seconds since 1970.
    pub not_before: Duration,
    pub not_after: Duration,
    /// Whom it is said to be for, fit to be printed.
    pub subject: String,
    /// Whether issuer and subject are one.
    pub self_issued: bool,
}

/// By SHA-256.
pub(super) fn fingerprint(der: &CertificateDer<'_>) -> Fingerprint {
    // The suite's hash: the provider has no other door to it.
    let suite = cipher_suite::TLS13_AES_128_GCM_SHA256.tls13();
    let digest = suite.map(|suite| suite.common.hash_provider.hash(der));
    let digest = digest.as_ref().and_then(|digest| digest.as_ref().try_into().ok());
    // A suite of TLS 1.3 named SHA256 has that.
    Fingerprint(digest.unwrap_or_default())
}

impl Certificate {
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, CertificateFault> {
        Self::parse(der).map_err(|_words| CertificateFault::Unreadable)
    }

    fn parse(der: &[u8]) -> der::Result<Self> {
        let read = CertificateInner::<Lenient>::from_der(der)?;
        let body = read.tbs_certificate();
        let key = body.subject_public_key_info();
        let algorithm = key.algorithm.to_der()?;
        // Its contents: SEQUENCE, length, value.
        let algorithm = SliceReader::new(&algorithm)?.sequence(|reader| {
            let rest = reader.remaining_len();
            reader.read_slice(rest).map(<[u8]>::to_vec)
        })?;
        Ok(Self {
            key: key.to_der()?.into(),
            algorithm,
            bits: key.subject_public_key.raw_bytes().to_vec(),
            not_before: body.validity().not_before.to_unix_duration(),
            not_after: body.validity().not_after.to_unix_duration(),
            subject: printable(&body.subject().to_string()),
            self_issued: body.subject() == body.issuer(),
        })
    }

    /// Bits of an RSA key's modulus; `None` for another kind of key.
    pub fn rsa_bits(&self) -> Option<usize> {
        /// 1.2.840.113549.1.1.1 and NULL: RFC 3279, section 2.3.1.
        const RSA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
        if !self.algorithm.starts_with(&RSA) {
            return None;
        }
        let modulus = SliceReader::new(&self.bits).ok()?.sequence(|reader| {
            let modulus = UintRef::decode(reader)?.as_bytes().to_vec();
            UintRef::decode(reader)?;
            Ok::<_, der::Error>(modulus)
        });
        let modulus = modulus.ok()?;
        let first = modulus.first()?;
        Some(modulus.len() * 8 - first.leading_zeros() as usize)
    }

    /// Whether `signature` over `message` was made with its key, by the rules of TLS 1.2: there a scheme
    /// names no curve, so that each of its algorithms may be the one.
    pub fn signed(
        &self,
        (message, signature): (&[u8], &[u8]),
        scheme: SignatureScheme,
        known: &WebPkiSupportedAlgorithms,
    ) -> Result<(), CertificateFault> {
        let named = known.mapping.iter().find(|(name, _)| *name == scheme);
        let mut fitting = named
            .into_iter()
            .flat_map(|(_, algorithms)| *algorithms)
            .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == self.algorithm);
        let algorithm = fitting.next().ok_or(CertificateFault::WeakSignature)?;
        let verified = algorithm.verify_signature(&self.bits, message, signature);
        verified.map_err(|_invalid| CertificateFault::KeyNotHeld)
    }
}

/// A camera's text without what a terminal would obey, and not too much of it.
fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_control() || is_format(c) { '\u{fffd}' } else { c };
    text.chars().map(plain).take(TOLD).collect()
}

/// Characters that turn text around or hide it.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_camera_calls_itself_can_do_nothing_to_a_terminal() {
        let shown = printable("CN=a\u{1b}[2J\u{202e}b\nc");
        assert_eq!(shown, "CN=a\u{fffd}[2J\u{fffd}b\u{fffd}c");
        assert_eq!(printable(&"x".repeat(1000)).len(), TOLD);
    }
}
