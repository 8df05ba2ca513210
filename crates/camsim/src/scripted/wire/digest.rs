//! Digest logins, as a camera checks them (RFC 2617, section 3.2; RFC 7616 for `qop`).
//!
//! Pure. A `Guard` belongs to one connection. Its nonces are numbered, not random: nothing here
//! is secret.

use md5::{Digest, Md5};

use super::super::script::row::{Login, Nonces};

/// Checks the logins of one connection.
#[derive(Clone, Debug)]
pub struct Guard {
    seed: String,
    count: u32,
    /// The nonce was used in a login that was right.
    used: bool,
    /// The nonce that ended at the first keepalive.
    ended: Option<String>,
    /// The occasions at which the nonce has gone stale.
    stale_at: Vec<Occasion>,
}

/// What a request is, for nonces that go stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    SecondSetup,
    Keepalive,
    Other,
}

/// A request's login and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    pub method: &'a str,
    pub authorization: Option<&'a str>,
    pub occasion: Occasion,
    pub phase: &'a str,
}

impl Guard {
    /// Two connections have different nonces if their `seed` is different.
    pub fn new(seed: String) -> Self {
        Self { seed, count: 0, used: false, ended: None, stale_at: Vec::new() }
    }

    /// `Err` holds the header line that asks for a login.
    pub fn check(&mut self, login: &Login, attempt: Attempt<'_>) -> Result<(), String> {
        let goes_stale = login.nonces == Nonces::GoStale
            && attempt.occasion != Occasion::Other
            && !self.stale_at.contains(&attempt.occasion);
        if goes_stale {
            self.stale_at.push(attempt.occasion);
            self.count += 1;
            return Err(self.challenge(login, true));
        }
        let ends = login.nonces == Nonces::EndAtKeepalive && self.ended.is_none();
        if ends && attempt.occasion == Occasion::Keepalive {
            self.ended = Some(self.nonce(login));
            self.count += 1;
            return Err(self.challenge(login, true));
        }
        if login.nonces == Nonces::OneTime && self.used {
            // The login is looked at below with the new nonce; with the old one it is refused.
            self.count += 1;
            self.used = false;
            return Err(self.challenge(login, true));
        }
        let nonce = self.nonce(login);
        let right = attempt.authorization.and_then(|text| is_right(login, &nonce, text, attempt));
        if right == Some(true) && login.never_in != Some(attempt.phase) {
            self.used = true;
            return Ok(());
        }
        Err(self.challenge(login, false))
    }

    /// Whether this login has a nonce that ended, which the client was told.
    pub fn is_stubborn(&self, authorization: Option<&str>) -> bool {
        let sent = authorization.and_then(|text| field(text.strip_prefix("Digest ")?, "nonce"));
        sent.is_some() && sent == self.ended.as_deref()
    }

    fn nonce(&self, login: &Login) -> String {
        let numbered = || hash(&format!("{}/{}", self.seed, self.count));
        login.nonce.clone().unwrap_or_else(numbered)
    }

    fn challenge(&self, login: &Login, stale: bool) -> String {
        let (realm, nonce) = (&login.realm, self.nonce(login));
        let stale = if stale { ", stale=true" } else { "" };
        format!("WWW-Authenticate: Digest realm=\"{realm}\", nonce=\"{nonce}\"{stale}")
    }
}

fn is_right(login: &Login, nonce: &str, text: &str, attempt: Attempt<'_>) -> Option<bool> {
    let named = login.right.iter().find(|(phase, _, _)| *phase == attempt.phase);
    let (_, user, password) = named.or(login.right.last())?;
    let text = text.strip_prefix("Digest ")?;
    let value = |name: &str| field(text, name);
    let password_hash = hash(&format!("{user}:{}:{password}", login.realm));
    let request_hash = hash(&format!("{}:{}", attempt.method, value("uri")?));
    let between = match value("qop") {
        Some(qop) => format!("{nonce}:{}:{}:{qop}", value("nc")?, value("cnonce")?),
        None => nonce.to_owned(),
    };
    let wanted = hash(&format!("{password_hash}:{between}:{request_hash}"));
    Some(value("username")? == *user && value("nonce")? == nonce && value("response")? == wanted)
}

/// A field of a list such as `a="b, c", d=e`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        let (key, after) = rest.split_once('=')?;
        let quoted = after.strip_prefix('"').and_then(|text| text.split_once('"'));
        let (value, after) = quoted.unwrap_or_else(|| {
            let end = after.find(',').unwrap_or(after.len());
            after.split_at(end)
        });
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim());
        }
        rest = after.trim_start().strip_prefix(',')?;
    }
}

/// MD5 in hexadecimal digits.
pub fn hash(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Guard, Login, Nonces, Occasion, field, hash};

    fn login(nonces: Nonces) -> Login {
        let right = vec![("", "Mufasa", "Circle Of Life")];
        let realm = "testrealm@host.com".into();
        Login { right, realm, nonce: None, nonces, never_in: None }
    }

    /// A client's answer, written down from the RFC's formula and not from the code above.
    fn header(login: &Login, challenge: &str, method: &str) -> String {
        let nonce = field(challenge.split_once("Digest ").unwrap().1, "nonce").unwrap();
        let (_, user, password) = &login.right[0];
        let ha1 = hash(&[*user, login.realm.as_str(), *password].join(":"));
        let ha2 = hash(&format!("{method}:rtsp://h/x"));
        let response = hash(&[ha1.as_str(), nonce, ha2.as_str()].join(":"));
        format!(
            "Digest username=\"{user}\", realm=\"{}\", nonce=\"{nonce}\", uri=\"rtsp://h/x\", \
             response=\"{response}\"",
            login.realm
        )
    }

    fn attempt<'a>(
        method: &'a str,
        authorization: Option<&'a str>,
        occasion: Occasion,
    ) -> Attempt<'a> {
        Attempt { method, authorization, occasion, phase: "good" }
    }

    #[test]
    fn the_example_of_the_rfc_is_right_and_any_change_is_wrong() {
        let mut login = login(Nonces::Lasting);
        login.nonce = Some("dcd98b7102dd2f0e8b11d0f600bfb0c093".into());
        let good = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
            nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, \
            nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", \
            opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        let mut guard = Guard::new(String::new());
        let mut check = |method, text: &str, login: &Login| {
            guard.check(login, attempt(method, Some(text), Occasion::Other)).is_ok()
        };
        assert!(check("GET", good, &login));
        assert!(!check("PUT", good, &login));
        for (from, to) in [
            ("Mufasa", "Scar"),
            ("6629", "6628"),
            ("index", "other"),
            ("0a4f", "1a4f"),
            // The login is right, for another nonce than it says.
            ("dcd9", "dcda"),
        ] {
            assert!(!check("GET", &good.replace(from, to), &login), "{from} as {to}");
        }
        login.right[0].2 = "another";
        assert!(!check("GET", good, &login));
        login.right[0].2 = "Circle Of Life";
        login.never_in = Some("good");
        assert!(!check("GET", good, &login));
    }

    #[test]
    fn a_stale_nonce_is_told_once_at_each_occasion() {
        let login = login(Nonces::GoStale);
        let mut guard = Guard::new("x".into());
        let first = guard.check(&login, attempt("SETUP", None, Occasion::Other)).unwrap_err();
        assert!(!first.contains("stale"));
        for occasion in [Occasion::SecondSetup, Occasion::Keepalive] {
            let old = header(&login, &first, "SETUP");
            let again = guard.check(&login, attempt("SETUP", Some(&old), occasion)).unwrap_err();
            assert!(again.contains("stale=true"));
            assert!(guard.check(&login, attempt("SETUP", Some(&old), Occasion::Other)).is_err());
            let new = header(&login, &again, "SETUP");
            assert_eq!(guard.check(&login, attempt("SETUP", Some(&new), occasion)), Ok(()));
            assert_eq!(guard.check(&login, attempt("SETUP", Some(&new), Occasion::Other)), Ok(()));
        }
    }

    #[test]
    fn a_nonce_that_ended_is_refused_and_who_repeats_it_is_known() {
        let login = login(Nonces::EndAtKeepalive);
        let mut guard = Guard::new("x".into());
        let first = guard.check(&login, attempt("PLAY", None, Occasion::Other)).unwrap_err();
        let old = header(&login, &first, "PLAY");
        assert_eq!(guard.check(&login, attempt("PLAY", Some(&old), Occasion::Other)), Ok(()));
        assert!(!guard.is_stubborn(Some(&old)), "it is good");
        let keepalive = |text| attempt("PLAY", Some(text), Occasion::Keepalive);
        let again = guard.check(&login, keepalive(&old)).unwrap_err();
        assert!(again.contains("stale=true"));
        let new = header(&login, &again, "PLAY");
        for _ in 0..2 {
            assert!(guard.check(&login, keepalive(&old)).is_err());
            assert!(guard.is_stubborn(Some(&old)) && !guard.is_stubborn(None));
            assert_eq!(guard.check(&login, keepalive(&new)), Ok(()), "for the rest");
            assert!(!guard.is_stubborn(Some(&new)));
        }
    }

    #[test]
    fn a_one_time_nonce_is_good_once() {
        let login = login(Nonces::OneTime);
        let mut guard = Guard::new("x".into());
        let mut challenge =
            guard.check(&login, attempt("PLAY", None, Occasion::Other)).unwrap_err();
        for _ in 0..3 {
            let text = header(&login, &challenge, "PLAY");
            let attempt = attempt("PLAY", Some(&text), Occasion::Other);
            assert_eq!(guard.check(&login, attempt), Ok(()));
            challenge = guard.check(&login, attempt).unwrap_err();
            assert!(challenge.contains("stale=true"));
            assert!(guard.check(&login, attempt).is_err());
        }
    }
}
