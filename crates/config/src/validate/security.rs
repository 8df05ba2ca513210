//! Rules about encryption: whom to trust, and that nothing goes beside it in clear.
//!
//! Runs on the caller's thread. Policy: what promises protection and can't give it is a mistake. Whether
//! a file of authorities can be used is asked where it is read: it may be put there later.

use camwall_address::{BadFingerprint, CameraAddress, Fingerprint, Scheme};
use camwall_words::CameraMistake;

use crate::spanned::tree::Spot;
use crate::{Auth, Camera, Transport, Trust};

use super::Check;

/// The scheme of a stream's address, where it has one that we know.
fn scheme(address: &CameraAddress) -> Option<Scheme> {
    Scheme::from_name(address.expose().split_once("://")?.0)
}

impl Check<'_> {
    pub(super) fn security(&mut self, camera: &Camera, spot: Spot<'_, '_>) {
        let streams = [Some(&camera.main), camera.sub.as_ref()];
        let streams: Vec<_> = streams.into_iter().zip(["main", "sub"]).collect();
        let mut encrypted = false;
        for (address, key) in streams.iter().filter_map(|(address, key)| Some(((*address)?, *key)))
        {
            let scheme = scheme(address);
            encrypted |= scheme.is_some_and(Scheme::is_encrypted);
            if scheme == Some(Scheme::Rtsps) && camera.transport == Transport::Udp {
                self.error(spot.key(key).at, CameraMistake::RtspsOverUdp);
            }
        }
        self.trust(camera, encrypted, spot.key("trust"));
        if camera.auth == Auth::Digest && camera.login.is_none() && !streams.iter().any(has_user) {
            self.warn(spot.key("auth").at, CameraMistake::AuthWithoutLogin);
        }
    }

    fn trust(&mut self, camera: &Camera, encrypted: bool, trust: Spot<'_, '_>) {
        let value = trust.index(0).at;
        match &camera.trust {
            Trust::Fingerprint(text) => {
                if let Err(why) = text.parse::<Fingerprint>() {
                    let wrong = match why {
                        BadFingerprint::Method => CameraMistake::FingerprintMethod,
                        BadFingerprint::Digits => CameraMistake::FingerprintDigits,
                    };
                    self.error(value, wrong);
                }
            }
            Trust::Ca(path) if path.as_os_str().is_empty() => {
                self.error(value, CameraMistake::CaPath);
            }
            Trust::Ca(_) | Trust::System | Trust::Anyone => {}
        }
        if camera.trust != Trust::System && !encrypted {
            self.error(trust.at, CameraMistake::TrustInClear);
        }
    }
}

/// Whether an address holds a user.
fn has_user((address, _): &(Option<&CameraAddress>, &str)) -> bool {
    address.is_some_and(CameraAddress::has_user_info)
}
