//! Judges the certificate that a camera shows, and that it holds its key.
//!
//! Pure but for the clock that rustls hands in; runs within a handshake, which takes well under a
//! millisecond of a thread `io`. Policy: see the parent module.

use std::sync::Arc;

use camwall_address::Fingerprint;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use super::PROVIDER;
use super::authorities::Authorities;
use super::certificate::{Certificate, fingerprint};
use super::fault::{CertificateFault, Untrusted, of_chain};

/// Bits that an RSA key has at least: NIST SP 800-57, and all that ring takes.
const RSA_BITS: usize = 2048;

/// Whom to trust, ready to be asked.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    Authorities(Arc<Authorities>),
    Pinned(Fingerprint),
    Anyone,
}

/// Asked by rustls.
#[derive(Debug)]
pub(super) struct Verifier {
    rule: Rule,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub fn new(rule: Rule) -> Self {
        Self { rule, algorithms: PROVIDER.signature_verification_algorithms }
    }
}

/// Who is trusted by authorities.
pub(super) fn trusted_by(
    authorities: &Authorities,
    (certificate, others): (&CertificateDer<'_>, &[CertificateDer<'_>]),
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), CertificateFault> {
    let found = fingerprint(certificate);
    if authorities.names(certificate) {
        return in_time(&Certificate::read(certificate)?, found, now);
    }
    let chains = authorities.chains().map(|chains: &WebPkiServerVerifier| {
        chains.verify_server_cert(certificate, others, name, &[], now)
    });
    match chains {
        Some(Ok(_verified)) => Ok(()),
        Some(Err(error)) => Err(of_chain(&error, found)),
        None => Err(CertificateFault::Untrusted { why: Untrusted::Issuer, found }),
    }
}

/// Of a certificate that is in the authorities' file itself, only the dates are left to be checked.
fn in_time(
    certificate: &Certificate,
    found: Fingerprint,
    now: UnixTime,
) -> Result<(), CertificateFault> {
    let untrusted = |why| Err(CertificateFault::Untrusted { why, found });
    if now.as_secs() > certificate.not_after.as_secs() {
        return untrusted(Untrusted::Expired);
    }
    if now.as_secs() < certificate.not_before.as_secs() {
        return untrusted(Untrusted::NotYet);
    }
    Ok(())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let read = Certificate::read(certificate)?;
        if let Some(bits) = read.rsa_bits().filter(|bits| *bits < RSA_BITS) {
            return Err(CertificateFault::WeakKey { bits }.into());
        }
        match &self.rule {
            Rule::Anyone => {}
            Rule::Pinned(pin) => {
                let found = fingerprint(certificate);
                if found != *pin {
                    return Err(CertificateFault::Changed { found }.into());
                }
            }
            Rule::Authorities(authorities) => {
                trusted_by(authorities, (certificate, others), name, now)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let read = Certificate::read(certificate)?;
        read.signed((message, signed.signature()), signed.scheme, &self.algorithms)?;
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let read = Certificate::read(certificate)?;
        verify_tls13_signature_with_raw_key(message, &read.key, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
