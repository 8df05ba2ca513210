//! The fingerprint of a certificate, by which a camera is pinned.
//!
//! Plain data. Policy: it is written `sha256:` and 64 hexadecimal digits; colons between them, as
//! openssl writes them, and capital letters are read as well.

use std::fmt;
use std::str::FromStr;

/// Before the digits.
const PREFIX: &str = "sha256:";

/// SHA-256 of a certificate as it was sent (its DER form). No secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// What is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFingerprint {
    /// It does not begin with the name of the method.
    #[error("a fingerprint begins with `sha256:`")]
    Method,
    /// Another number of digits, or something that is none.
    #[error("a fingerprint has 64 digits 0-9 a-f behind `sha256:`")]
    Digits,
}

impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        let method = text.get(..PREFIX.len()).filter(|word| word.eq_ignore_ascii_case(PREFIX));
        let digits = text[method.ok_or(BadFingerprint::Method)?.len()..].chars();
        let digits: Option<Vec<u8>> =
            digits.filter(|c| *c != ':').map(|c| Some(c.to_digit(16)? as u8)).collect();
        let pairs = digits.ok_or(BadFingerprint::Digits)?;
        let bytes: Vec<u8> = pairs.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        if pairs.len() % 2 != 0 {
            return Err(BadFingerprint::Digits);
        }
        bytes.try_into().map(Self).map_err(|_other_length: Vec<u8>| BadFingerprint::Digits)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_and_so_is_openssls_spelling() {
        let bytes: [u8; 32] = std::array::from_fn(|at| (at * 37) as u8);
        let pin = Fingerprint(bytes);
        assert_eq!(pin.to_string().parse(), Ok(pin));
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(format!("SHA256:{}", pairs.join(":")).parse(), Ok(pin));
    }

    #[test]
    fn what_is_too_short_too_long_or_no_number_is_refused() {
        let of = |text: &str| text.parse::<Fingerprint>();
        assert_eq!(of(""), Err(BadFingerprint::Method));
        assert_eq!(of("sha1:00"), Err(BadFingerprint::Method));
        assert_eq!(of("ſha256:"), Err(BadFingerprint::Method), "no letter of ours");
        for digits in [0, 62, 63, 65, 66] {
            let text = format!("sha256:{}", "a".repeat(digits));
            assert_eq!(of(&text), Err(BadFingerprint::Digits), "{digits}");
        }
        assert_eq!(of(&format!("sha256:{}", "g".repeat(64))), Err(BadFingerprint::Digits));
        assert!(of(&format!("sha256:{}", "a".repeat(64))).is_ok());
    }
}
