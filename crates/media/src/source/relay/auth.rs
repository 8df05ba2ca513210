//! Logs in at the camera: Digest (RFC 7616, RFC 2069) where it offers that, else Basic.
//!
//! Pure but for the client's nonces; the relay's task runs it. Policies:
//! - once a camera asked for a login, each request carries it;
//! - a nonce that is refused when it was used before is spent, and the request is repeated with the
//!   new one; so it is where the camera says `stale=true`;
//! - a nonce that is refused at its first use is a refusal of the login: many cameras give a new
//!   nonce with each refusal, and lock the account after a few;
//! - a login that was refused is not sent again on the same connection;
//! - a camera that took Digest gets no Basic on the same connection, and none at all gets it in clear
//!   where the wall file forbids that.

use http_auth::{PasswordClient, PasswordParams};

use super::message::{Head, Start};
use crate::source::login::Login;

/// The login of one camera on one connection.
pub(in crate::source) struct Auth {
    login: Option<Login>,
    /// Whether the password itself may be sent.
    basic: bool,
    /// Says how the camera wants it; `None` until it asked.
    client: Option<PasswordClient>,
}

/// How one request was logged in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) enum Sent {
    Basic,
    Digest {
        nonce: String,
        /// Whether no request before carried this nonce.
        first: bool,
    },
}

/// What is done about a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Verdict {
    /// The request is sent again with a login.
    LogIn,
    /// The same because the nonce is used up.
    LogInAgain,
    /// The camera does not want this login, or there is none.
    Refused,
    /// The camera wants the password itself and may not have it.
    BasicRefused,
}

impl Auth {
    /// `basic` is whether the password itself may be sent.
    pub fn new(login: Option<Login>, basic: bool) -> Self {
        Self { login, basic, client: None }
    }

    /// Puts the login into a request, if the camera asked for one.
    pub(super) fn sign(&mut self, request: &mut Head, body: &[u8]) -> Option<Sent> {
        request.remove("Authorization");
        let Start::Request { method, uri } = &request.start else { return None };
        let (value, sent) = self.respond(method, uri, body)?;
        request.set("Authorization", value);
        Some(sent)
    }

    /// The value of `Authorization` for a request, if the camera asked for one.
    pub fn respond(&mut self, method: &str, uri: &str, body: &[u8]) -> Option<(String, Sent)> {
        let (login, client) = (self.login.as_ref()?, self.client.as_mut()?);
        let params = PasswordParams {
            username: login.user(),
            password: login.password(),
            uri,
            method,
            body: Some(body),
        };
        let sent = match client {
            PasswordClient::Digest(digest) => {
                Sent::Digest { nonce: digest.nonce().to_owned(), first: digest.nonce_count() == 0 }
            }
            _ => Sent::Basic,
        };
        Some((client.respond(&params).ok()?, sent))
    }

    /// What is done about the 401 `answer` to a request that was logged in like `sent`.
    pub(super) fn challenged(&mut self, answer: &Head, sent: Option<&Sent>) -> Verdict {
        self.refused(answer.all("WWW-Authenticate"), sent)
    }

    /// What is done about a 401 with these challenges.
    pub fn refused<'a>(
        &mut self,
        offers: impl Iterator<Item = &'a str>,
        sent: Option<&Sent>,
    ) -> Verdict {
        let offers = offers.fold(PasswordClient::builder(), |all, offer| all.challenges(offer));
        let (Some(_), Ok(offer)) = (&self.login, offers.build()) else { return Verdict::Refused };
        let verdict = match (sent, &offer) {
            (None, PasswordClient::Basic(_)) if !self.basic => Verdict::BasicRefused,
            (None, _) => Verdict::LogIn,
            (Some(Sent::Digest { nonce, first }), PasswordClient::Digest(digest))
                if digest.stale() || (!first && digest.nonce() != nonce) =>
            {
                Verdict::LogInAgain
            }
            _ => Verdict::Refused,
        };
        if matches!(verdict, Verdict::LogIn | Verdict::LogInAgain) {
            self.client = Some(offer);
        } else if sent.is_some() {
            self.login = None;
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(offers: &[&str]) -> Head {
        let mut head = Head::response(401, "Unauthorized");
        // `set` would put one in the place of the other.
        head.set("WWW-Authenticate", offers.join(", "));
        head
    }

    fn request() -> Head {
        let start = Start::Request { method: "SETUP".to_owned(), uri: "rtsp://c/x".to_owned() };
        Head { start, ..Head::response(200, "") }
    }

    #[test]
    fn one_refusal_of_a_fresh_nonce_is_enough_and_a_spent_one_is_renewed() {
        let mut auth = Auth::new(Some(Login::new("u", "canary")), true);
        assert_eq!(auth.sign(&mut request(), b""), None, "the camera did not ask");
        let digest = |nonce: &str| challenge(&[&format!("Digest realm=\"r\", nonce=\"{nonce}\"")]);
        assert_eq!(auth.challenged(&digest("1"), None), Verdict::LogIn);
        let mut signed = request();
        let first = auth.sign(&mut signed, b"");
        let text = signed.get("Authorization").unwrap();
        assert!(text.starts_with("Digest username=\"u\"") && !text.contains("canary"), "{text}");
        let stale = challenge(&["Digest realm=\"r\", nonce=\"3\", stale=TRUE"]);
        assert_eq!(auth.challenged(&stale, first.as_ref()), Verdict::LogInAgain);
        assert_eq!(auth.challenged(&digest("1"), None), Verdict::LogIn);
        auth.sign(&mut request(), b"");
        let later = auth.sign(&mut request(), b"");
        assert_eq!(later, Some(Sent::Digest { nonce: "1".to_owned(), first: false }));
        assert_eq!(auth.challenged(&digest("2"), later.as_ref()), Verdict::LogInAgain);
        // A wrong password: most cameras give a new nonce each time.
        let first = auth.sign(&mut request(), b"");
        assert_eq!(auth.challenged(&digest("4"), first.as_ref()), Verdict::Refused);
        assert_eq!(auth.sign(&mut request(), b""), None, "it is not sent again");
        assert_eq!(auth.challenged(&digest("5"), None), Verdict::Refused);
    }

    #[test]
    fn digest_goes_before_basic_and_never_back_to_it() {
        let mut auth = Auth::new(Some(Login::new("u", "p")), true);
        let both = challenge(&["Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"1\""]);
        assert_eq!(auth.challenged(&both, None), Verdict::LogIn);
        let sent = auth.sign(&mut request(), b"");
        assert!(matches!(sent, Some(Sent::Digest { .. })), "{sent:?}");
        let basic = challenge(&["Basic realm=\"r\""]);
        assert_eq!(auth.challenged(&basic, sent.as_ref()), Verdict::Refused);
        let mut simple = Auth::new(Some(Login::new("u", "p")), true);
        assert_eq!(simple.challenged(&basic, None), Verdict::LogIn);
        let mut signed = request();
        assert_eq!(simple.sign(&mut signed, b""), Some(Sent::Basic));
        // RFC 7617 section 2: base64 of "u:p".
        assert_eq!(signed.get("Authorization"), Some("Basic dTpw"));
        assert_eq!(simple.challenged(&basic, Some(&Sent::Basic)), Verdict::Refused);
    }

    #[test]
    fn without_a_login_or_a_known_scheme_a_refusal_is_passed_on() {
        let basic = challenge(&["Basic realm=\"r\""]);
        assert_eq!(Auth::new(None, true).challenged(&basic, None), Verdict::Refused);
        let mut auth = Auth::new(Some(Login::new("u", "p")), true);
        for offer in
            ["Bearer x", "", "Digest", "Digest nonce=\"", "\u{0}\",=", "Digest realm=\"r\""]
        {
            assert_eq!(auth.challenged(&challenge(&[offer]), None), Verdict::Refused, "{offer}");
        }
        assert_eq!(auth.challenged(&Head::response(401, ""), None), Verdict::Refused);
    }

    #[test]
    fn where_the_password_may_not_be_sent_digest_is_used_and_basic_refused() {
        let mut auth = Auth::new(Some(Login::new("u", "canary")), false);
        let basic = challenge(&["Basic realm=\"r\""]);
        assert_eq!(auth.challenged(&basic, None), Verdict::BasicRefused);
        assert_eq!(auth.sign(&mut request(), b""), None, "nothing is sent");
        let both = challenge(&["Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"1\""]);
        assert_eq!(auth.challenged(&both, None), Verdict::LogIn);
        assert!(matches!(auth.sign(&mut request(), b""), Some(Sent::Digest { .. })));
    }
}
