//! What no message about one camera may hold.
//!
//! Pure. A camera's answer, or a library's message about it, may repeat parts of the address without
//! the address around them. Policy: the user, the password, the values of the query and of options,
//! and whatever in the path may be a key are replaced by stars wherever they stand, also
//! percent-encoded. What is shorter than [`SHORTEST`] is left to the rules of [`redact()`]: replacing
//! every `1` would make a message unreadable and tell the secret at the same time.

use std::sync::Arc;

use crate::origin::STARS;
use crate::{Address, Secret, percent_decode, percent_encode, redact};

/// The shortest text that is looked for.
const SHORTEST: usize = 4;
/// The shortest part of a path that is taken for a key if it is all letters: words are shorter.
const LETTERS: usize = 8;

/// What no message about one camera may hold. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Censor(Arc<[Secret]>);

impl Censor {
    /// For an address with the login of a try, and the values of its options.
    pub fn new<'a>(address: &Address, options: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut texts = Vec::new();
        if let Some(login) = &address.login {
            texts.extend([login.user().to_owned(), login.password().to_owned()]);
        }
        if !address.scheme.is_local() {
            parts(address.bare.expose(), &mut texts);
        }
        for option in options {
            // `headers` has many lines.
            texts.extend(option.expose().lines().map(str::to_owned));
        }
        Self::of(texts)
    }

    /// Each text as it is, decoded and encoded, the longest first, so that no end is left over.
    fn of(texts: Vec<String>) -> Self {
        let mut forms: Vec<String> = texts
            .iter()
            .flat_map(|text| {
                let plain = percent_decode(text);
                let encoded = percent_encode(&plain);
                [text.clone(), encoded.to_lowercase(), encoded, plain]
            })
            .filter(|form| form.chars().count() >= SHORTEST)
            .collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self(forms.into_iter().map(Secret::new).collect())
    }

    /// The text as it may be shown.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = redact(text);
        for secret in &*self.0 {
            if text.contains(secret.expose()) {
                text = text.replace(secret.expose(), STARS);
            }
        }
        text
    }
}

/// What may be secret in a URL without user info.
fn parts(url: &str, texts: &mut Vec<String>) {
    let Some((_, rest)) = url.split_once("://") else { return };
    let Some(begin) = rest.find(['/', '?', '#']) else { return };
    let behind = &rest[begin..];
    let (path, query) = behind.split_once(['?', '#']).unwrap_or((behind, ""));
    // As a request line has them.
    texts.push(behind.to_owned());
    if path.matches('/').count() > 1 {
        texts.push(path.trim_start_matches('/').to_owned());
    }
    let segments = path.split('/').chain(query.split(['&', ';', '?', '#', ',']));
    for segment in segments.filter(|segment| may_be_a_key(segment)) {
        texts.push(segment.to_owned());
        // `user=admin_password=…_channel=1`: a password may have a `_` itself.
        let values = segment.match_indices('=').map(|(at, _)| &segment[at + 1..]);
        for value in values {
            texts.push(value.to_owned());
            let name = value.find('=').and_then(|next| value[..next].rfind(['_', '&', '+']));
            texts.extend(name.map(|end| value[..end].to_owned()));
        }
    }
}

/// Whether a part of a path or query may be more than a word.
fn may_be_a_key(segment: &str) -> bool {
    let long = segment.chars().count() >= LETTERS;
    let mixed = segment.contains(|c: char| !c.is_ascii_alphabetic());
    long || (mixed && segment.chars().count() > SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CameraAddress, Login};

    fn censor(url: &str) -> Censor {
        let address = Address::parse(&CameraAddress::new(url)).expect("a good address");
        Censor::new(&address, [])
    }

    #[test]
    fn whatever_of_an_address_is_repeated_is_hidden() {
        for (url, text, shown) in [
            ("rtsp://canary1:canary2@h/", "canary1, canary2", "***, ***"),
            ("rtsp://u:can%40ry@h/", "can@ry can%40ry", "*** ***"),
            ("rtsp://u:grün@h/", "grün gr%C3%BCn gr%c3%bcn", "*** *** ***"),
            ("rtmp://h/live/canary", "publish live/canary", "publish ***"),
            ("rtmp://h/live/canarykey", "publish canarykey", "publish ***"),
            ("srt://h:1?streamid=can:ary&passphrase=canary", "can:ary canary", "*** ***"),
            ("rtsp://h/user=admin_password=can_ary_channel=1_x=0.sdp", "no can_ary", "no ***"),
            (
                "http://h/x?q=1&access_token=canary",
                "GET /x?q=1&access_token=canary",
                "GET /x?q=1&access_token=***",
            ),
            ("http://h/x?q=1&access_token=canary", "canary is wrong", "*** is wrong"),
        ] {
            assert_eq!(censor(url).clean(text), shown, "{url}");
        }
    }

    #[test]
    fn options_are_hidden_line_by_line_and_short_texts_are_not_looked_for() {
        let address = Address::parse(&CameraAddress::new("srt://h:1")).expect("a good address");
        let options = [Secret::new("X-Key: canary\r\nY: 1"), Secret::new("1")];
        let censor = Censor::new(&address, &options);
        assert_eq!(censor.clean("got X-Key: canary, 1 of 1"), "got ***, 1 of 1");
    }

    #[test]
    fn plain_words_of_a_path_stay_words() {
        let said = "the main stream of live is gone";
        assert_eq!(censor("rtsp://h/live/main").clean(said), said);
    }

    #[test]
    fn its_debug_is_stars() {
        let login = Login::new("canary", "canary");
        let address = Address {
            login: Some(login),
            ..Address::parse(&CameraAddress::new("rtsp://h/canary")).expect("a good address")
        };
        let shown = format!("{:?} {address:?}", Censor::new(&address, []));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
