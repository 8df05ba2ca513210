//! Finds every mistake of form in a wall file that `ron` refused.
//!
//! `ron` stops at the first unknown field or wrong type. Here serde reads the [`Node`] tree again
//! and again: each pass ends at a mistake, which is noted and taken out of the tree, until the rest
//! is sound. The field and variant names come from the derived types, so messages cannot drift from
//! them. Runs on the caller's thread. Policy: `ron` decides what is valid, this only explains why
//! not; what follows from a value that was taken out is not reported again.

use std::fmt;

use serde::{Deserialize, de};

use super::deserializer::NodeDeserializer;
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
        let error = match T::deserialize(NodeDeserializer(tree)) {
            Ok(value) => return Some(value),
            Err(error) => error.on(tree),
        };
        if !error.follows {
            found.push(Remark::new(error.at.unwrap_or(tree.at), error.message));
        }
        let path: Vec<usize> = error.path.into_iter().rev().collect();
        if !tree.remove(&path) {
            return None;
        }
    }
    None
}

/// One mistake on its way out of the tree.
#[derive(Debug)]
pub(crate) struct ReadError {
    message: String,
    /// The field, where the mistake is that it is missing.
    missing: Option<&'static str>,
    /// Where; known once the error has left the deserializer that raised it.
    at: Option<usize>,
    /// Whether an earlier removal caused it.
    follows: bool,
    /// Child numbers from the innermost value outwards.
    path: Vec<usize>,
}

impl ReadError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), missing: None, at: None, follows: false, path: Vec::new() }
    }

    /// An error whose place is not that of a value.
    pub(crate) fn at(at: usize, message: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::new(message) }
    }

    /// Gives an error without a place that of `node`, whose reading raised it.
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

    /// The same error seen from the value whose child number `child` has it.
    pub(crate) fn under(mut self, child: usize) -> Self {
        self.path.push(child);
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new("") }
    }
}
