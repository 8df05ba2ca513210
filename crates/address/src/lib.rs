//! What gets at a camera: its address and its login, as types that can't be printed.
//!
//! Pure; depends on nothing of ours, so that the wall file's rules and the sources share it without
//! knowing one another. Policy: of an address a message names [`CameraAddress::origin`], which is
//! `scheme://host:port`, and nothing else; of a login nothing. No type here has a `Display` or can
//! be serialized, and `Debug` shows no more than messages may. Who needs the text itself, for a
//! library that connects, says `expose`.

#![forbid(unsafe_code)]

mod address;
mod censor;
mod error;
mod fingerprint;
mod login;
mod options;
mod origin;
mod percent;
mod redact;
mod scheme;
mod secret;
mod secret_key;

pub use self::address::{Address, CameraAddress, Source};
pub use self::censor::Censor;
pub use self::error::AddressError;
pub use self::fingerprint::{BadFingerprint, Fingerprint};
pub use self::login::Login;
pub use self::options::is_ours;
pub use self::percent::{percent_decode, percent_encode};
pub use self::redact::redact;
pub use self::scheme::Scheme;
pub use self::secret::Secret;
pub use self::secret_key::is_secret_key;
/// Why a text is no URL.
pub use url::ParseError;
