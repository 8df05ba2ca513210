//! What a server shows, whether it is to be trusted or not.
//!
//! Awaited by whoever has connected. Policy: nothing is sent but what begins TLS.

use std::net::IpAddr;
use std::time::Duration;

use camwall_address::Fingerprint;
use rustls::pki_types::UnixTime;
use tokio::net::TcpStream;

use super::certificate::{Certificate, fingerprint};
use super::expiry::{Ending, date, ending};
use super::fault::{CertificateFault, TlsError};
use super::verifier::{Rule, Verifier, trusted_by};
use super::{authorities, server_name, shake_hands};

/// What a camera's certificate says.
#[derive(Clone, Debug)]
pub struct CertificateReport {
    /// What to pin.
    pub fingerprint: Fingerprint,
    /// Whom it is for, in the certificate's own words, fit to be printed; at most 100 letters.
    pub subject: String,
    /// The last day, in UTC: "2027-01-31".
    pub until: String,
    /// What is to be warned of: that it ends soon, or has ended.
    pub ending: Option<Ending>,
    /// Whether an authority that this computer trusts stands for it; else why not.
    pub trusted: Result<(), CertificateFault>,
    /// Whether the camera issued it itself.
    pub self_issued: bool,
}

impl CertificateReport {
    /// That of the server that calls itself `name`, at `now` since 1970.
    pub(crate) async fn by(
        stream: TcpStream,
        name: &str,
        number: IpAddr,
        now: Duration,
    ) -> Result<Self, TlsError> {
        let stream = shake_hands(stream, name, number, Verifier::new(Rule::Anyone)).await?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let unreadable = TlsError::NotTrusted(CertificateFault::Unreadable);
        let (first, others) = chain.split_first().ok_or(unreadable)?;
        let read = Certificate::read(first).map_err(TlsError::NotTrusted)?;
        let name = server_name(name, number);
        let trusted = authorities::system().await.and_then(|system| {
            trusted_by(&system, (first, others), &name, UnixTime::since_unix_epoch(now))
        });
        Ok(Self {
            fingerprint: fingerprint(first),
            subject: read.subject,
            until: date(read.not_after),
            ending: ending(read.not_after, now),
            trusted,
            self_issued: read.self_issued,
        })
    }
}
