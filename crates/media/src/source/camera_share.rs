//! What the feeds of one camera have in common, beside what each stream remembers of its route.
//!
//! Clones share it; the feeds' tasks use it. Policy: a session that was hung up is given
//! [`TEARDOWN_LIMIT`] before the next one begins, of whichever stream, and never more.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use retina::client::SessionGroup;
use tokio::time::timeout;

use super::login_reader::LoginReader;
use super::tls::{CaReader, Expiries};

/// How long the camera's answer to TEARDOWN is waited for. The request itself is sent at once; a feed
/// has one second to be gone.
pub(super) const TEARDOWN_LIMIT: Duration = Duration::from_millis(700);

/// What the feeds of one camera share: RTSP sessions that are being torn down, the reading of its
/// login and of who may issue its certificate, and when its end was last told. Kept by whoever opens feeds.
#[derive(Clone, Default)]
pub struct CameraShare {
    sessions: Arc<SessionGroup>,
    login: Arc<LoginReader>,
    authorities: Arc<CaReader>,
    expiries: Expiries,
}

impl CameraShare {
    /// For a camera that is reached in another way: its sessions are still counted, but what is being read
    /// of its old login is not for it.
    #[must_use]
    pub fn of_another_way(&self) -> Self {
        Self { sessions: self.sessions.clone(), ..Self::default() }
    }

    /// The camera's sessions, as retina counts them.
    pub(super) fn sessions(&self) -> Arc<SessionGroup> {
        self.sessions.clone()
    }

    /// Who reads the camera's login.
    pub(crate) fn login(&self) -> &LoginReader {
        &self.login
    }

    /// Who reads the authorities that may stand for it.
    pub(super) fn authorities(&self) -> &Arc<CaReader> {
        &self.authorities
    }

    /// What was told of the end of its certificate.
    pub(super) fn expiries(&self) -> &Expiries {
        &self.expiries
    }

    /// Waits until the camera was told that the sessions hung up by now are over; false where it did not
    /// answer. Retina goes on telling it: once for RTP in the connection, up to the session's own end
    /// for datagrams.
    pub(super) async fn torn_down(&self) -> bool {
        matches!(timeout(TEARDOWN_LIMIT, self.sessions.await_teardown()).await, Ok(Ok(())))
    }
}

impl fmt::Debug for CameraShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CameraShare").finish_non_exhaustive()
    }
}
