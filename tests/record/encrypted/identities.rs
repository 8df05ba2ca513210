//! Certificates, with their keys, as cameras have them.

use camwall_media::fixtures::tls_front::Identity;
use jiff::{ToSpan, Zoned, civil::Date, tz::TimeZone};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};

/// Version 1 and of its own making; `crates/media/src/source/tls/tests.rs` says how it was made. Below is
/// what `openssl x509 -noout -subject -enddate -fingerprint -sha256` prints of it.
const CERTIFICATE: &[u8] =
    include_bytes!("../../../crates/media/src/source/tls/tests/version1.der");
const KEY: &[u8] = include_bytes!("../../../crates/media/src/source/tls/tests/version1.key.der");
const OTHER: &[u8] = include_bytes!("../../../crates/media/src/source/tls/tests/other.key.der");
pub const FINGERPRINT: &str = "CE:58:57:58:FC:84:C8:F2:56:78:6E:5F:F2:66:DB:99:6C:15:B0:8F:2D:EA:EE:06:\
    C9:30:69:0B:E8:1C:A8:35";

pub fn version_1() -> Identity {
    Identity { certificate: CERTIFICATE.into(), key: KEY.into(), newest: true }
}

/// Shows the same certificate, and does not hold its key.
pub fn copied() -> Identity {
    Identity { key: OTHER.into(), ..version_1() }
}

/// Signed by itself, with a common name alone; it ends at the beginning of this day.
pub fn self_signed(until: Date) -> Identity {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "camera");
    params.not_after = rcgen::date_time_ymd(
        until.year().into(),
        until.month().unsigned_abs(),
        until.day().unsigned_abs(),
    );
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    Identity { certificate, key: key.serialize_der(), newest: true }
}

/// The day so many days from today, in UTC.
pub fn in_days(days: i64) -> Date {
    Zoned::now().with_time_zone(TimeZone::UTC).date().saturating_add(days.days())
}

/// A certificate for 127.0.0.1, and the PEM file of who issued it.
pub fn issued() -> (Identity, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "site");
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let mut params = CertificateParams::default();
    params.subject_alt_names.push(SanType::IpAddress([127, 0, 0, 1].into()));
    let own = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&own, &issuer).unwrap().der().to_vec();
    (Identity { certificate, key: own.serialize_der(), newest: true }, pem)
}
