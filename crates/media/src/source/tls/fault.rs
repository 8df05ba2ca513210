//! What can be wrong with a camera's certificate or with its TLS, as data.
//!
//! Plain data and rules on it. Nothing here holds a word of the camera's: of a certificate only its
//! fingerprint is told.

use std::io;

use camwall_address::Fingerprint;
use rustls::{AlertDescription, CertificateError, Error, PeerMisbehaved};

/// Why a camera is not trusted. Nothing was sent to it but what begins TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// It is not the one that was pinned.
    #[error("another certificate than the pinned one: {found}")]
    Changed {
        /// The certificate's.
        found: Fingerprint,
    },
    /// No authority stands for it.
    #[error("{why}: {found}")]
    Untrusted {
        /// Why not.
        why: Untrusted,
        /// The certificate's.
        found: Fingerprint,
    },
    /// Its key is so short that others can find it out.
    #[error("its key is too weak: RSA with {bits} bits, where 2048 are the least")]
    WeakKey {
        /// The modulus's length.
        bits: usize,
    },
    /// SHA-1 and older, or a method that nobody here knows.
    #[error("it is signed in a way that is too weak, such as SHA-1, or not known")]
    WeakSignature,
    /// The camera does not prove that the certificate is its own.
    #[error("the camera does not hold the key of its certificate")]
    KeyNotHeld,
    /// It is no certificate.
    #[error("the certificate can't be read")]
    Unreadable,
    /// There is nobody who could stand for it.
    #[error("no authorities: {detail}")]
    NoAuthorities {
        /// The place, and the system's words.
        detail: String,
    },
}

/// Why no authority stands for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It was issued by nobody who is trusted, or by the camera itself.
    #[error("nobody who is trusted issued the certificate")]
    Issuer,
    /// It has run out.
    #[error("the certificate has run out")]
    Expired,
    /// It begins later than now, by this computer's clock.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// It is for another name or number.
    #[error("the certificate is not for this name")]
    OtherName,
    /// Version 1, made for something else, and whatever else only a pin can accept.
    #[error("the certificate is none of a server's that an authority could stand for")]
    Unfit,
}

/// Why there is no TLS with a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeFault {
    /// It offers nothing that is good enough.
    #[error("the camera offers no TLS 1.2 or newer, or no cipher that is good enough")]
    TooOld,
    /// What it says is no TLS.
    #[error("the camera speaks no TLS at this port")]
    NotSpoken,
    /// Anything else.
    #[error("the TLS handshake failed")]
    Failed,
}

/// Why there is no connection that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TlsError {
    Broke(io::ErrorKind),
    NotTrusted(CertificateFault),
    NoTls(HandshakeFault),
}

/// As the handshake hands it on.
impl From<CertificateFault> for Error {
    fn from(fault: CertificateFault) -> Self {
        let other = rustls::OtherError(std::sync::Arc::new(fault));
        Self::InvalidCertificate(CertificateError::Other(other))
    }
}

/// What a handshake's failure means.
pub(super) fn of(error: &io::Error) -> TlsError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(error)) => TlsError::NotTrusted(of_certificate(error)),
        Some(Error::PeerMisbehaved(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)) => {
            TlsError::NotTrusted(CertificateFault::WeakSignature)
        }
        Some(Error::PeerIncompatible(_)) => TlsError::NoTls(HandshakeFault::TooOld),
        Some(Error::AlertReceived(alert)) if is_refusal(*alert) => {
            TlsError::NoTls(HandshakeFault::TooOld)
        }
        Some(Error::InvalidMessage(_)) => TlsError::NoTls(HandshakeFault::NotSpoken),
        Some(_) => TlsError::NoTls(HandshakeFault::Failed),
        None => TlsError::Broke(error.kind()),
    }
}

/// Whether a server says by it that it has nothing in common with us.
fn is_refusal(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(alert, A::ProtocolVersion | A::HandshakeFailure | A::InsufficientSecurity)
}

/// Ours again, or what rustls found by itself.
fn of_certificate(error: &CertificateError) -> CertificateFault {
    match error {
        CertificateError::Other(other) => other
            .0
            .downcast_ref::<CertificateFault>()
            .cloned()
            .unwrap_or(CertificateFault::Unreadable),
        CertificateError::BadSignature => CertificateFault::KeyNotHeld,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateFault::WeakSignature
        }
        _ => CertificateFault::Unreadable,
    }
}

/// What the authorities' refusal of the certificate `found` means.
pub(super) fn of_chain(error: &Error, found: Fingerprint) -> CertificateFault {
    use CertificateError as C;
    let untrusted = |why| CertificateFault::Untrusted { why, found };
    let Error::InvalidCertificate(error) = error else { return untrusted(Untrusted::Unfit) };
    match error {
        C::UnknownIssuer | C::BadSignature => untrusted(Untrusted::Issuer),
        C::Expired | C::ExpiredContext { .. } => untrusted(Untrusted::Expired),
        C::NotValidYet | C::NotValidYetContext { .. } => untrusted(Untrusted::NotYet),
        C::NotValidForName | C::NotValidForNameContext { .. } => untrusted(Untrusted::OtherName),
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateFault::WeakSignature
        }
        C::BadEncoding => CertificateFault::Unreadable,
        _ => untrusted(Untrusted::Unfit),
    }
}
