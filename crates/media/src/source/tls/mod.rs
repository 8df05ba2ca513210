//! TLS towards cameras: whom to trust, and what is said where nobody is to be.
//!
//! Runs on the threads `io`, as a part of [`dial`](super::dial). One provider of cryptography (ring, by
//! rustls) for the whole program: FFmpeg's own TLS is never used, for in version 5.1 it checks nothing.
//! Policies:
//! - a camera has to show that it holds the key of its certificate, whatever [`Trust`] is: also with
//!   [`Trust::Anyone`] and for certificates that only a pin can accept (version 1, no names, their own
//!   authority);
//! - TLS 1.2 is the least, RSA has 2048 bits at least, and nothing is signed by SHA-1. What is weaker gets
//!   words; there is no second try with less, and none in clear;
//! - nothing of a login is sent before the camera is trusted, and each connection is checked anew: no
//!   session is resumed;
//! - a pin names one certificate, so that its end date does not count; under the authorities it does;
//! - a name is looked for where it belongs today, among the alternative names; a common name alone is
//!   none (RFC 9525).
//!
//! `certificate` takes certificates apart, `verifier` judges them, `authorities` reads whom the judge
//! believes, `expiry` warns before they end, `shown` tells of one without judging, `fault` is what can be
//! wrong. Nothing here knows who calls.

mod authorities;
mod certificate;
mod expiry;
mod fault;
mod shown;
#[cfg(test)]
mod tests;
mod verifier;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use camwall_address::Fingerprint;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, crypto::ring};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) use self::authorities::CaReader;
pub use self::authorities::{CaFault, check_ca_file};
use self::certificate::Certificate;
pub use self::expiry::Ending;
pub(crate) use self::expiry::{Expiries, ExpiryWatch};
pub(crate) use self::fault::TlsError;
pub use self::fault::{CertificateFault, HandshakeFault, Untrusted};
pub use self::shown::CertificateReport;
use self::verifier::{Rule, Verifier};
use super::SourceContext;

/// What rustls calculates with. Not the process's default: nothing else sets that up for us.
static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(ring::default_provider()));

/// Which certificates a camera may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those of the authorities that this computer trusts.
    #[default]
    System,
    /// Those of the authorities in this PEM file, or one that is in it itself. Read for each connection.
    Ca(PathBuf),
    /// This one.
    Fingerprint(Fingerprint),
    /// Any. The tile says so.
    Anyone,
}

/// How a camera's connections are secured.
#[derive(Clone, Debug)]
pub(crate) struct Security {
    id: Arc<str>,
    trust: Trust,
    authorities: Arc<CaReader>,
    expiries: Expiries,
}

/// A connection that is encrypted, to who is trusted.
#[derive(Debug)]
pub(crate) struct Encrypted {
    pub stream: TlsStream<TcpStream>,
    /// To be asked from time to time.
    pub expiry: ExpiryWatch,
}

impl Security {
    /// As the wall file wants it.
    pub fn new(context: &SourceContext) -> Self {
        let spec = &context.spec;
        Self {
            id: spec.id.clone(),
            trust: spec.trust.clone(),
            authorities: spec.share.authorities().clone(),
            expiries: spec.share.expiries().clone(),
        }
    }

    /// Shakes hands with the camera that calls itself `name`; `number` is its address.
    pub async fn secure(
        &self,
        stream: TcpStream,
        name: &str,
        number: IpAddr,
    ) -> Result<Encrypted, TlsError> {
        let rule = self.rule().await.map_err(TlsError::NotTrusted)?;
        let stream = shake_hands(stream, name, number, Verifier::new(rule)).await?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let ends =
            certificate.and_then(|der| Certificate::read(der).ok()).map(|read| read.not_after);
        let expiry = ExpiryWatch::new(self.id.clone(), self.expiries.clone(), ends);
        Ok(Encrypted { stream, expiry })
    }

    async fn rule(&self) -> Result<Rule, CertificateFault> {
        Ok(match &self.trust {
            Trust::System => Rule::Authorities(authorities::system().await?),
            Trust::Ca(file) => Rule::Authorities(self.authorities.read(&self.id, file).await?),
            Trust::Fingerprint(pin) => Rule::Pinned(*pin),
            Trust::Anyone => Rule::Anyone,
        })
    }
}

/// A host that is neither a name nor a number is checked, and told to the camera, by its number.
fn server_name(name: &str, number: IpAddr) -> ServerName<'static> {
    ServerName::try_from(name.to_owned()).unwrap_or_else(|_no_name| number.into())
}

async fn shake_hands(
    stream: TcpStream,
    name: &str,
    number: IpAddr,
    verifier: impl ServerCertVerifier + 'static,
) -> Result<TlsStream<TcpStream>, TlsError> {
    let config = ClientConfig::builder_with_provider(PROVIDER.clone());
    // Which are TLS 1.2 and 1.3.
    let config = config.with_safe_default_protocol_versions();
    let config = config.map_err(|_none| TlsError::NoTls(HandshakeFault::Failed))?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = config.with_no_client_auth();
    config.resumption = Resumption::disabled();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(server_name(name, number), stream).await.map_err(|error| fault::of(&error))
}
