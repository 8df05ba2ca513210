//! A look at the certificate that a camera shows, for `camwall check --probe`.
//!
//! Runs on the caller's thread, which waits for the runtime. Policy: the camera is asked for its
//! certificate and hung up on; nothing is sent to it, so that it does not matter whether it is trusted.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camwall_address::Fingerprint;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::dial::{Callee, DialError};
use super::spec::{Address, FeedSpec};
use super::tls::{CertificateFault, Shown};
use super::{ANSWER_TIMEOUT, lookup};

/// What a camera's certificate says.
#[derive(Clone, Debug)]
pub struct CertificateReport {
    /// What to pin.
    pub fingerprint: Fingerprint,
    /// Whom it is for, in the certificate's own words, fit to be printed; at most 100 letters.
    pub subject: String,
    /// The last day, in UTC: "2027-01-31".
    pub until: String,
    /// "runs out in 12 days", "has run out": what is to be warned of.
    pub ending: Option<String>,
    /// Whether an authority that this computer trusts stands for it; else why not.
    pub trusted: Result<(), CertificateFault>,
    /// Whether the camera issued it itself.
    pub self_issued: bool,
}

/// Asks the camera for its certificate; takes `limit` at most. `None` where no TLS is spoken, and where
/// the camera shows none: the words for that come with [`probe`](crate::probe()).
#[must_use]
pub fn look_at_certificate(spec: &FeedSpec, limit: Duration) -> Option<CertificateReport> {
    let address = Address::parse(spec).ok().filter(|address| address.scheme.is_encrypted())?;
    let runtime = crate::runtime::handle().ok()?;
    runtime.block_on(async { timeout(limit, look(&address)).await.ok()? })
}

async fn look(address: &Address) -> Option<CertificateReport> {
    let numbers = lookup::addresses(address, &CancellationToken::new()).await.ok()?;
    let mut numbers: Vec<Option<IpAddr>> = numbers.into_iter().map(Some).collect();
    if numbers.is_empty() {
        numbers.push(None);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    for number in numbers {
        let callee = Callee::of(address, number).ok()?;
        if let Ok(Ok(report)) = timeout(ANSWER_TIMEOUT, of(&callee, now)).await {
            return Some(report);
        }
    }
    None
}

async fn of(callee: &Callee, now: Duration) -> Result<CertificateReport, DialError> {
    let stream = callee.connect().await?;
    let number = stream.peer_addr().map_err(|error| DialError::Broke(error.kind()))?.ip();
    let Shown { fingerprint, subject, until, ending, trusted, self_issued } =
        Shown::by(stream, callee.host(), number, now).await?;
    Ok(CertificateReport { fingerprint, subject, until, ending, trusted, self_issued })
}
