//! Percent coding in addresses (RFC 3986, section 2.1).
//!
//! Pure. Policy: what is no percent code stays as it is, for cameras' passwords hold stray `%`.

/// Percent-encodes everything but RFC 3986's unreserved characters, for user info in URLs.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Percent-decodes; a stray `%` stays, and so does a text that would be no UTF-8.
#[must_use]
pub fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let hex = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        let hex = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_not_text| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_again_and_stray_percents_stay() {
        for text in ["", "p@ss/1", "a%zz", "grün 東", "100%", "%"] {
            assert_eq!(percent_decode(&percent_encode(text)), text);
        }
        assert_eq!(percent_encode("p@ss/1"), "p%40ss%2F1");
        for stray in ["%", "%4", "%zz", "%+4", "%é", "a%ff"] {
            assert_eq!(percent_decode(stray), stray);
        }
    }
}
