//! Reads whom a camera's certificate may be issued by.
//!
//! Owns at most one thread for each reading, named `authorities` or `ID.trust`: nothing interrupts a read
//! of a dead disk, and nothing on the threads `io` reads files. Policies:
//! - the computer's own authorities are read once they are needed, and once only;
//! - a camera's file is read for each connection, so that another takes effect with the next one; it has
//!   [`MOST_BYTES`] at most;
//! - there is one reading at a time of the same, so that a hanging disk holds one thread however often it
//!   is asked; who asks meanwhile waits for that one, and may give up at any time.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::{Mutex, oneshot};

use super::PROVIDER;
use super::fault::CertificateFault;
use crate::best_effort::BestEffort;
use crate::thread_name::thread_name;

/// The 140 authorities of a Debian take 220 KB.
const MOST_BYTES: u64 = 1 << 20;

/// The computer's, once they were read.
static SYSTEM: LazyLock<Mutex<Option<Arc<Authorities>>>> = LazyLock::new(Mutex::default);
static READING: LazyLock<OneReading> = LazyLock::new(OneReading::default);

/// Who may issue certificates.
#[derive(Debug)]
pub(super) struct Authorities {
    /// Judges chains; none where nobody is an authority.
    chains: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates that are trusted as they are.
    own: Vec<CertificateDer<'static>>,
}

type Answer = Result<Arc<Authorities>, CertificateFault>;

impl Authorities {
    pub(super) fn new(all: Vec<CertificateDer<'static>>, themselves: bool) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(all.iter().cloned());
        let chains = WebPkiServerVerifier::builder_with_provider(roots.into(), PROVIDER.clone());
        // It fails where there are no roots.
        Self { chains: chains.build().ok(), own: if themselves { all } else { Vec::new() } }
    }

    /// Who judges chains.
    pub fn chains(&self) -> Option<&WebPkiServerVerifier> {
        self.chains.as_deref()
    }

    /// Whether this certificate itself is among them.
    pub fn names(&self, certificate: &CertificateDer<'_>) -> bool {
        self.own.iter().any(|own| own == certificate)
    }
}

/// The computer's own.
pub(super) async fn system() -> Answer {
    let mut known = SYSTEM.lock().await;
    if let Some(known) = &*known {
        return Ok(known.clone());
    }
    let read = READING.read("authorities".to_owned(), || {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            let detail = "this computer has none; `apt install ca-certificates`".to_owned();
            return Err(CertificateFault::NoAuthorities { detail });
        }
        Ok(Arc::new(Authorities::new(found.certs, false)))
    });
    let read = read.await?;
    Ok(known.insert(read).clone())
}

/// Reads the authorities of one camera.
#[derive(Default)]
pub(crate) struct CaReader(OneReading);

impl CaReader {
    /// Those in `file`, for the camera `id`. Can be dropped while it waits.
    pub(super) async fn read(&self, id: &str, file: &Path) -> Answer {
        let file = file.to_owned();
        self.0.read(thread_name(id, "trust"), move || read_file(&file)).await
    }
}

impl fmt::Debug for CaReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaReader")
    }
}

/// Waits for the disk.
fn read_file(file: &Path) -> Answer {
    let wrong = |why| {
        let detail = format!("{}: {why}", file.display());
        CertificateFault::NoAuthorities { detail }
    };
    read_authorities(file).map(Arc::new).map_err(wrong)
}

/// Why a file of authorities can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CaFault {
    /// The system does not let it be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// More than is read.
    #[error("larger than 1 MiB")]
    TooLarge,
    /// There is nothing in it.
    #[error("no certificate in PEM form in it")]
    Empty,
    /// It is of another kind.
    #[error("it is no PEM file")]
    NotPem,
}

fn read_authorities(file: &Path) -> Result<Authorities, CaFault> {
    let mut text = Vec::new();
    if File::open(file)?.take(MOST_BYTES + 1).read_to_end(&mut text)? as u64 > MOST_BYTES {
        return Err(CaFault::TooLarge);
    }
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(all) if !all.is_empty() => Ok(Authorities::new(all, true)),
        Ok(_none) => Err(CaFault::Empty),
        Err(_words) => Err(CaFault::NotPem),
    }
}

/// Whether a file can be used as [`Trust::Ca`](super::Trust::Ca); else why not. Waits for the disk.
pub fn check_ca_file(file: &Path) -> Result<(), CaFault> {
    read_authorities(file).map(|_authorities| ())
}

/// At most one thread that reads.
#[derive(Default)]
struct OneReading(Mutex<Option<oneshot::Receiver<Answer>>>);

impl OneReading {
    async fn read(&self, name: String, read: impl FnOnce() -> Answer + Send + 'static) -> Answer {
        let mut under_way = self.0.lock().await;
        let answer = match &mut *under_way {
            Some(answer) => answer,
            none => {
                let (sender, answer) = oneshot::channel();
                let work = move || {
                    // Who asked may have given up.
                    sender.send(read()).map_err(drop).best_effort();
                };
                match std::thread::Builder::new().name(name).spawn(work) {
                    Ok(_detached) => none.insert(answer),
                    Err(why) => return failed(format!("no thread to read them: {why}")),
                }
            }
        };
        let answer = answer.await;
        *under_way = None;
        answer.unwrap_or_else(|_panicked| failed("reading them failed".to_owned()))
    }
}

fn failed(detail: String) -> Answer {
    Err(CertificateFault::NoAuthorities { detail })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use crossbeam_channel::bounded;
    use tokio::time::timeout;

    use super::*;
    use crate::runtime::block_on;

    #[test]
    fn a_disk_that_hangs_holds_one_thread_and_nobody_who_gives_up() {
        let (hold, held) = bounded::<()>(0);
        let reads = Arc::new(AtomicU32::new(0));
        let reading = OneReading::default();
        let read = || {
            let (held, reads) = (held.clone(), reads.clone());
            reading.read("t".to_owned(), move || {
                reads.fetch_add(1, Ordering::Relaxed);
                held.recv().ok();
                failed("in the end".to_owned())
            })
        };
        block_on(async {
            for _ in 0..3 {
                assert!(timeout(Duration::from_millis(20), read()).await.is_err(), "it hangs");
            }
            drop(hold);
            assert!(read().await.is_err());
        });
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_file_that_is_none_of_authorities_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let said = || match read_file(&file) {
            Err(CertificateFault::NoAuthorities { detail }) => detail,
            other => panic!("{other:?}"),
        };
        assert!(said().contains("No such file"), "{}", said());
        std::fs::write(&file, "hello").unwrap();
        assert!(said().ends_with("no certificate in PEM form in it"));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----").unwrap();
        assert!(said().ends_with("it is no PEM file"));
        std::fs::write(&file, vec![b'a'; MOST_BYTES as usize + 1]).unwrap();
        assert!(said().ends_with("larger than 1 MiB"));
    }
}
