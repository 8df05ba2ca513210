//! What is told of an address, and what is not.

use camwall_address::AddressError;
use url::{Position, Url};

use crate::redact::redact;
use crate::source::login::Login;
use crate::source::spec::{Address, FeedSpec};

/// What may be told to nobody.
const CANARY: &str = "Zq7canary";

/// An address as text: its login is taken out of it and fits back in, and of it no more is told than its
/// origin. A second line is a login for it: that fits in, too.
///
/// # Panics
/// Where that is not so.
pub fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let url = lines.next().unwrap_or_default();
    let Ok(address) = parse(url) else { return };
    if address.scheme.is_local() {
        assert!(address.login.is_none(), "a file has no login");
        return;
    }
    if Url::parse(address.bare.expose()).is_err() {
        listens(&address);
        return;
    }
    origin(&address);
    fits_back(&address);
    let mut login = lines.next().unwrap_or_default().splitn(2, ':');
    if let (Some(user), Some(password)) = (login.next(), login.next()) {
        let login = Some(Login::new(user, password));
        fits_back(&Address { login, ..address.clone() });
    }
    hidden(url, &address);
}

fn parse(url: &str) -> Result<Address, AddressError> {
    Address::parse(&FeedSpec::new("t", url))
}

/// A port to listen on, which is no URL.
fn listens(address: &Address) {
    assert!(address.login.is_none(), "nobody to log in to");
    let origin = address.origin();
    let told = origin.split_once("://").map_or("", |(_, told)| told);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    assert!(told == "***" || told.strip_prefix(':').is_some_and(is_port), "{origin}");
}

/// Scheme, host and port; the same when it is read again.
fn origin(address: &Address) {
    let origin = address.origin();
    let (bare, told) = (Url::parse(address.bare.expose()), Url::parse(&origin));
    let (Ok(bare), Ok(told)) = (bare, told) else {
        panic!("no address: {origin:?} of {:?}", address.bare.expose());
    };
    assert!(bare.username().is_empty() && bare.password().is_none(), "a login in {bare}");
    if told.host_str() == Some("***") && bare.host_str() != Some("***") {
        // It could be a login with a slash in it.
        assert!(bare[Position::BeforePath..].contains('@'), "not told: {bare}");
        return;
    }
    let place =
        |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port());
    assert_eq!(place(&told), place(&bare), "another origin");
    assert!(matches!(told.path(), "" | "/") && told.query().is_none(), "{origin}");
    assert!(told.fragment().is_none() && told.username().is_empty(), "{origin}");
}

/// The address with its login is the same address with the same login.
fn fits_back(address: &Address) {
    let whole = address.with_login();
    let whole = whole.expose();
    let again = parse(whole).unwrap_or_else(|error| panic!("{whole:?}: {error}"));
    let none = Login::new("", "");
    let login = |address: &Address| address.login.clone().unwrap_or(none.clone());
    assert!(login(&again) == login(address), "another login in {whole:?}");
    assert_eq!(again.bare.expose(), address.bare.expose(), "another address");
}

/// A password shows in no text.
fn hidden(url: &str, address: &Address) {
    let secret = address.login.as_ref().is_some_and(|login| login.password().contains(CANARY));
    if !secret || address.bare.expose().contains(CANARY) || url.matches(CANARY).count() != 1 {
        return;
    }
    let shown = format!("{:?} {:?}", FeedSpec::new("t", url), address.origin());
    assert!(!shown.contains(CANARY), "{shown}");
    // In a sentence nobody can tell where such an address ends; those that we hand on are encoded.
    if url.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>')) {
        return;
    }
    for text in [url.to_owned(), format!("Cannot open \"{url}\": refused"), format!("{url} {url}")]
    {
        let shown = redact(&text);
        assert!(!shown.contains(CANARY), "{text:?} is shown as {shown:?}");
    }
}
