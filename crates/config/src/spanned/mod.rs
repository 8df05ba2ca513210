//! RON with the place of every value: what serde and `ron` alone can't say.
//!
//! Runs on the caller's thread. Policy: `ron` decides whether a text is right; only where it says
//! no, the text is read again into a tree with places, which is asked for all the reasons.

mod deserializer;
pub(crate) mod explain;
mod read_error;
pub(crate) mod scanner;
pub(crate) mod syntax;
pub(crate) mod tree;
