//! Cameras that ask for a login, by Digest.

use super::super::script::row::{Login, Nonces, Row, Start, row};
use super::CAM1;

/// Right in all rows.
const USER: &str = "viewer";
const PASSWORD: &str = "s3cret-word";
/// Right after `next` in `auth-changed`.
const NEW_PASSWORD: &str = "another-one";

fn login(nonces: Nonces) -> Login {
    let right = vec![("", USER, PASSWORD)];
    Login { right, realm: "camsim".into(), nonce: None, nonces, never_in: None }
}

pub fn rows() -> Vec<Row> {
    let changed = [("old", USER, PASSWORD), ("new", USER, NEW_PASSWORD)];
    vec![
        row("auth", CAM1).then_good().asks_for(login(Nonces::Lasting)),
        // Nothing is right until `next`.
        row("auth-wrong", CAM1)
            .starts(Start::FirstAccept)
            .phase("wrong", 0, &[])
            .until_next()
            .then_good()
            .asks_for(Login { never_in: Some("wrong"), ..login(Nonces::Lasting) }),
        // The password is changed with `next`; who is connected stays so until then unless it
        // asks for something.
        row("auth-changed", CAM1)
            .phase("old", 0, &[])
            .until_next()
            .phase("new", 0, &[])
            .until_next()
            .asks_for(Login { right: changed.to_vec(), ..login(Nonces::Lasting) }),
        // A nonce ends with the second SETUP (so there is sound) and at the first keepalive. The
        // session lasts, whether or not the request is repeated.
        row("stale-nonce", CAM1)
            .then_good()
            .with_sound()
            .times_out(8)
            .asks_for(login(Nonces::GoStale)),
        // A nonce ends with the first keepalive, which is refused; who then sends the old one again is
        // hung up on. A keepalive comes after half of the session's time.
        row("stale-keepalive", CAM1)
            .then_good()
            .times_out(24)
            .asks_for(login(Nonces::EndAtKeepalive)),
        row("one-time-nonce", CAM1).then_good().times_out(8).asks_for(login(Nonces::OneTime)),
    ]
}
