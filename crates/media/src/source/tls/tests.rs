//! TLS with the certificates that cameras have, over real connections.
//!
//! The files in the folder `tests` were made by openssl 3.0: `openssl req -new -key …` and `openssl x509 -req
//! -signkey …` for `version1.der` (RSA, 2048 bits, no extensions, which makes it version 1) with its key,
//! `openssl genrsa 2048` for `other.key.der`, `openssl req -x509 -newkey rsa:1024` for `rsa1024.der`, and for
//! `sha1.der` `openssl x509 -req -sha1 -CA authority.pem`. All are valid for a hundred years, and whoever
//! reads the keys can do nothing with them. Other certificates are made by rcgen.

mod dialling;
mod judging;
mod sessions;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, IsCa, KeyPair, SanType};
use tokio_util::sync::CancellationToken;

use super::Trust;
use super::certificate::fingerprint;
use crate::fixtures::tls_front::Identity;
use crate::source::spec::{Address, FeedSpec};
use crate::source::{IDLE_TIMEOUT, SourceContext};

pub const VERSION_1: &[u8] = include_bytes!("tests/version1.der");
pub const VERSION_1_KEY: &[u8] = include_bytes!("tests/version1.key.der");
pub const OTHER_KEY: &[u8] = include_bytes!("tests/other.key.der");

/// What cameras have, by name.
pub fn version_1() -> Identity {
    Identity { certificate: VERSION_1.to_vec(), key: VERSION_1_KEY.to_vec(), newest: true }
}

/// Signed by itself, P-256, without any name but the common one; `change` makes it another.
pub fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "127.0.0.1");
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let (certificate, key) = (certificate.der().to_vec(), key.serialize_der());
    Identity { certificate, key, newest: true }
}

pub fn common_name_only() -> Identity {
    self_signed(|_| {})
}

pub fn own_authority() -> Identity {
    self_signed(|params| {
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    })
}

pub fn expired() -> Identity {
    self_signed(|params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    })
}

/// A certificate for 127.0.0.1, or another number, and the PEM form of who issued it.
pub fn issued(number: [u8; 4], not_after: i32) -> (Identity, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "site");
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, key);
    let mut params = CertificateParams::default();
    params.subject_alt_names.push(SanType::IpAddress(IpAddr::from(number)));
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(not_after, 1, 1);
    let own = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&own, &issuer).unwrap().der().to_vec();
    (Identity { certificate, key: own.serialize_der(), newest: true }, pem)
}

pub fn pin(identity: &Identity) -> Trust {
    Trust::Fingerprint(fingerprint(&identity.certificate.as_slice().into()))
}

pub fn context(url: &str, trust: Trust) -> SourceContext {
    let spec = FeedSpec { trust, ..FeedSpec::new("t", url) };
    SourceContext {
        address: Address::parse(&spec).unwrap(),
        spec: Arc::new(spec),
        number: None,
        cancellation: CancellationToken::new(),
        rtcp: Arc::new(|_| {}),
        patience: Arc::new(|| IDLE_TIMEOUT),
    }
}
