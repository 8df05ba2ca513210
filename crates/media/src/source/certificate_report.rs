//! A look at the certificate that a camera shows, for `camwall check --probe`.
//!
//! Runs on the caller's thread, which waits for the runtime. Policy: the camera is asked for its
//! certificate and hung up on; nothing is sent to it, so that it does not matter whether it is trusted.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::dial::{Callee, DialError};
use super::spec::{Address, FeedSpec};
use super::tls::CertificateReport;
use super::{ANSWER_TIMEOUT, lookup};

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
    Ok(CertificateReport::by(stream, callee.host(), number, now).await?)
}
