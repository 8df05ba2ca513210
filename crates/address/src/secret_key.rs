//! Which parameters and options have secret values.
//!
//! Pure. Policy: by name only, and rather too many.

/// Names whose values are secret, of query parameters and of FFmpeg's options. IP cameras take the
/// login in the query of their snapshot and MJPEG addresses, or in the path, under all of these.
const SECRET_KEYS: [&str; 30] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "psw",
    "pw",
    "user",
    "username",
    "usr",
    "usrname",
    "login",
    "loginuse",
    "loginpas",
    "loginpass",
    "loginpwd",
    "account",
    "token",
    "auth",
    "secret",
    "key",
    "apikey",
    "session",
    "sessionid",
    "sid",
    "passphrase",
    "streamid",
    "cookies",
    "headers",
    "credentials",
    "signature",
];

/// Whether the value of a parameter or option of this name usually is secret.
#[must_use]
pub fn is_secret_key(name: &str) -> bool {
    const ENDS: [&str; 6] = ["password", "passwd", "passphrase", "token", "secret", "key"];
    let name = name.to_ascii_lowercase();
    SECRET_KEYS.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_any_case() {
        for name in ["loginpas", "access_token", "PASSPHRASE", "streamid", "stream-key", "X-ApiKey"]
        {
            assert!(is_secret_key(name), "{name}");
        }
        for name in ["rtsp_transport", "channel", "resolution", "", "latency"] {
            assert!(!is_secret_key(name), "{name}");
        }
    }
}
