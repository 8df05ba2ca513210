//! Reads what must not be shown: addresses, and the values of options.
//!
//! Pure; runs on the caller's thread. Policy: any text is taken here, so that a wrong one is a
//! mistake like any other; the types have no `Deserialize` of their own, because nobody else is to
//! read them out of something.

use camwall_address::{CameraAddress, Secret};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};

/// An address.
pub(super) fn address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<CameraAddress, D::Error> {
    String::deserialize(deserializer).map(CameraAddress::new)
}

/// An address, or `None`.
pub(super) fn maybe_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<CameraAddress>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(CameraAddress::new))
}

/// Options, whose values may be passwords.
pub(super) fn options<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IndexMap<String, Secret>, D::Error> {
    let options = IndexMap::<String, String>::deserialize(deserializer)?;
    Ok(options.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}
