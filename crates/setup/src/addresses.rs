//! A wall of nothing but addresses: `camwall rtsp://… rtsp://…`.
//!
//! Pure. Policies: the command line can be read by everybody on the computer, so no address on it
//! holds a login or a key; ids are numbers, so that the same command line finds its recordings
//! again.

use camwall_address::{AddressError, CameraAddress};
use camwall_config::{Camera, Login, Wall};
use indexmap::IndexMap;

use crate::names::{host_of, unique};

/// Why an address opens no wall.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// It begins with a login.
    #[error(
        "no login in an address on the command line, which everybody on this computer can read: \
         `--login` says where it is, or it is asked for"
    )]
    Login,
    /// It holds a key, or what may be one.
    #[error(
        "no key in an address on the command line, which everybody on this computer can read: write \
         it into a wall file (`camwall new`)"
    )]
    Key,
}

/// Whether an address may stand on a command line.
///
/// # Errors
/// If it holds what is nobody else's business, or is none. Nothing of it is repeated.
pub fn check_address(address: &CameraAddress) -> Result<(), Refused> {
    // First: whoever writes a login may write it in a form that is no address.
    if address.has_user_info() {
        return Err(Refused::Login);
    }
    if address.is_doubtful() && address.expose().contains('@') {
        return Err(Refused::Login);
    }
    if address.holds_secret() {
        return Err(Refused::Key);
    }
    address.check()?;
    Ok(())
}

/// The wall of these addresses, with the same login for all: one grid, the names their hosts.
#[must_use]
pub fn wall_of<'a>(
    addresses: impl Iterator<Item = &'a CameraAddress>,
    login: Option<&Login>,
) -> Wall {
    let mut cameras: IndexMap<String, Camera> = IndexMap::new();
    for (address, number) in addresses.zip(1..) {
        let is_taken =
            |name: &str| cameras.values().any(|camera| camera.name.as_deref() == Some(name));
        let name = Some(unique(host_of(address), " ", is_taken));
        let camera = Camera { name, login: login.cloned(), ..Camera::at(address.clone()) };
        cameras.insert(format!("cam{number}"), camera);
    }
    Wall::of(cameras, IndexMap::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_login_and_no_key_stands_on_a_command_line() {
        for (address, why) in [
            ("rtsp://u:canary@h/1", Refused::Login),
            ("rtsp://u@h/1", Refused::Login),
            ("rtsp://u:ca/na#ry@h/1", Refused::Login),
            ("rtsp://u:12/canary@10.0.0.7/", Refused::Login),
            ("rtsp://h/user=admin_password=canary_channel=1", Refused::Key),
            ("srt://h:1?passphrase=canary", Refused::Key),
            ("sftp://h/canary", Refused::Address(AddressError::UnknownScheme(Some("sftp".into())))),
        ] {
            let said = check_address(&address.into()).unwrap_err();
            assert_eq!(said, why, "{address}");
            assert!(!said.to_string().contains("canary"), "{said}");
        }
        for address in ["rtsp://10.0.0.7:554/a?channel=1", "http://h/x", "file:///srv/a.mp4"] {
            assert_eq!(check_address(&address.into()), Ok(()));
        }
    }

    #[test]
    fn addresses_are_a_grid_of_their_hosts() {
        let addresses: Vec<CameraAddress> =
            ["rtsp://h:8554/1", "rtsp://h/2", "rtsp://i/1"].map(Into::into).into();
        let wall = wall_of(addresses.iter(), Some(&Login::Env("GATE".into())));
        let loaded = Wall::parse(&wall.write(""), "cameras").unwrap();
        let shown: Vec<_> =
            loaded.wall.cameras.iter().map(|(id, it)| (id.as_str(), it.label(id))).collect();
        assert_eq!(shown, [("cam1", "h"), ("cam2", "h 2"), ("cam3", "i")]);
        assert_eq!(loaded.warnings, []);
        assert_eq!(loaded.wall.layouts.len(), 1);
        assert!(loaded.wall.cameras.values().all(|it| it.login == Some(Login::Env("GATE".into()))));
    }
}
