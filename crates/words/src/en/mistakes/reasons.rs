//! Why a value can't be read, in English.

use crate::mistake::{DurationFault, UrlFault};

pub fn duration(fault: &DurationFault) -> String {
    use DurationFault as F;
    match fault {
        F::NoUnit { number } => {
            format!("time unit needed, for example `{number}s` or `{number}ms`")
        }
        F::UnknownUnit { unit } => {
            format!("unknown time unit `{unit}`; allowed: `ms`, `s`, `min`, `h`, `d`")
        }
        F::NoNumber => "a number is missing".into(),
        F::Character(character) => format!("unexpected character `{character}`"),
        F::Number => "the number is too large or too fine".into(),
        F::Empty => "there is nothing".into(),
    }
}

pub fn url(fault: UrlFault) -> &'static str {
    match fault {
        UrlFault::Host => "empty host",
        UrlFault::Name => "invalid international domain name",
        UrlFault::Port => "invalid port number",
        UrlFault::Ipv4 => "invalid IPv4 address",
        UrlFault::Ipv6 => "invalid IPv6 address",
        UrlFault::Character => "invalid character in the host",
        UrlFault::Long => "it is too long",
        UrlFault::Other => "it cannot be read",
    }
}
