//! Finds every mistake of form in a wall file that `ron` refused.
//!
//! `ron` stops at the first unknown field or wrong type. Here serde reads the [`Node`] tree again
//! and again: each pass ends at a mistake, which is noted and taken out of the tree, until the rest
//! is sound. The field and variant names come from the derived types, so messages cannot drift from
//! them. Runs on the caller's thread. Policy: `ron` decides what is valid, this only explains why
//! not; what follows from a value that was taken out is not reported again.

use std::fmt;

use serde::{Deserialize, de};

use super::deserializer::Reader;
use super::tree::Node;
use crate::diagnostic::Remark;

/// Mistakes after which the search ends: such a file is no wall file at all.
const ENOUGH: usize = 100;

/// Takes everything ill-formed out of `tree` and notes it; the value of what remains, if any does.
pub(crate) fn explain<T: for<'de> Deserialize<'de>>(
    tree: &mut Node<'_>,
    found: &mut Vec<Remark>,
) -> Option<T> {
    for _ in 0..ENOUGH {
        let fault = match T::deserialize(Reader(tree)) {
            Ok(value) => return Some(value),
            Err(fault) => fault.on(tree),
        };
        if !fault.follows {
            found.push(Remark::new(fault.at.unwrap_or(tree.at), fault.message));
        }
        let path: Vec<usize> = fault.path.into_iter().rev().collect();
        if !tree.remove(&path) {
            return None;
        }
    }
    None
}

/// One mistake on its way out of the tree.
#[derive(Debug)]
pub(crate) struct Fault {
    message: String,
    /// The field, where the mistake is that it is missing.
    missing: Option<&'static str>,
    /// Where; known once the fault has left the reader that raised it.
    at: Option<usize>,
    /// Whether an earlier removal caused it.
    follows: bool,
    /// Child numbers from the innermost value outwards.
    path: Vec<usize>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), missing: None, at: None, follows: false, path: Vec::new() }
    }

    /// A fault whose place is not that of a value.
    pub(crate) fn at(at: usize, message: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::new(message) }
    }

    /// Pins a fault that has no place yet to `node`, whose reading raised it.
    pub(crate) fn on(mut self, node: &Node<'_>) -> Self {
        if self.at.is_none() {
            self.at = Some(node.at);
            self.follows = match self.missing {
                Some(field) => node.lost.iter().any(|lost| lost == field),
                None => !node.lost.is_empty(),
            };
        }
        self
    }

    /// Says of what a field is missing.
    pub(crate) fn of(mut self, what: &str) -> Self {
        if let Some(field) = self.missing
            && self.at.is_none()
        {
            self.message = format!("missing field `{field}` in {what}");
        }
        self
    }

    /// The same fault seen from the value whose child number `child` has it.
    pub(crate) fn under(mut self, child: usize) -> Self {
        self.path.push(child);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new("") }
    }
}
