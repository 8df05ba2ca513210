//! Certificates that no server of ours can show: judged without a connection.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::super::authorities::Authorities;
use super::super::certificate::{Certificate, fingerprint};
use super::super::verifier::{Rule, Verifier};
use super::super::{CertificateFault, TlsError, fault};
use super::VERSION_1;

const WEAK: &[u8] = include_bytes!("rsa1024.der");
const SHA_1: &[u8] = include_bytes!("sha1.der");
const AUTHORITY: &[u8] = include_bytes!("authority.pem");

/// What is said of a certificate for `camera.test`, as it comes out of a handshake.
fn judged(der: &[u8], rule: Rule) -> Option<CertificateFault> {
    let (der, name) = (CertificateDer::from(der), ServerName::try_from("camera.test").unwrap());
    let judged = Verifier::new(rule).verify_server_cert(&der, &[], &name, &[], UnixTime::now());
    let error = std::io::Error::new(std::io::ErrorKind::InvalidData, judged.err()?);
    match fault::of(&error) {
        TlsError::NotTrusted(fault) => Some(fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_that_are_too_short_are_trusted_by_nobody() {
    let weak = Some(CertificateFault::WeakKey { bits: 1024 });
    assert_eq!(judged(WEAK, Rule::Anyone), weak);
    assert_eq!(judged(WEAK, Rule::Pinned(fingerprint(&WEAK.into()))), weak);
    assert_eq!(judged(VERSION_1, Rule::Anyone), None);
    assert_eq!(Certificate::read(&VERSION_1.into()).unwrap().rsa_bits(), Some(2048));
}

#[test]
fn no_authority_stands_for_what_is_signed_by_sha_1() {
    let authority = CertificateDer::from_pem_slice(AUTHORITY).unwrap();
    let rule = || Rule::Authorities(Arc::new(Authorities::new(vec![authority.clone()], true)));
    assert_eq!(judged(SHA_1, rule()), Some(CertificateFault::WeakSignature));
    // A pin is by SHA-256 and asks for no signature of an authority.
    assert_eq!(judged(SHA_1, Rule::Pinned(fingerprint(&SHA_1.into()))), None);
}

#[test]
fn what_is_no_certificate_is_an_error() {
    for der in [&b""[..], b"0", &VERSION_1[..200], &[0x30; 5000]] {
        assert_eq!(judged(der, Rule::Anyone), Some(CertificateFault::Unreadable));
    }
    let mut broken = VERSION_1.to_vec();
    for at in 0..broken.len() {
        broken[at] ^= 0xff;
        // Whatever it says: no panic.
        judged(&broken, Rule::Anyone);
        broken[at] ^= 0xff;
    }
}

#[test]
fn a_fingerprint_is_what_openssl_prints() {
    // `openssl x509 -in version1.der -inform der -noout -fingerprint -sha256`.
    let openssl = "CE:58:57:58:FC:84:C8:F2:56:78:6E:5F:F2:66:DB:99:6C:15:B0:8F:2D:EA:EE:06:C9:30:69:0B:E8:1C:A8:35";
    assert_eq!(fingerprint(&VERSION_1.into()), format!("sha256:{openssl}").parse().unwrap());
}

#[test]
fn a_subject_is_told_as_it_is_written() {
    let read = Certificate::read(&VERSION_1.into()).unwrap();
    assert!(read.subject.contains("CN=IPCamera") && read.self_issued, "{}", read.subject);
}
