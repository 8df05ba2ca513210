//! Finds every mistake of form in a wall file that `ron` refused.
//!
//! `ron` stops at the first unknown field or wrong type. Here serde reads the [`Node`] tree again
//! and again: each pass ends at a mistake, which is noted and taken out of the tree, until the rest
//! is sound. The field and variant names come from the derived types, so messages cannot drift from
//! them. Runs on the caller's thread. Policy: `ron` decides what is valid, this only explains why
//! not; what follows from a value that was taken out is not reported again.

use serde::Deserialize;

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
            found.push(Remark::new(error.at.unwrap_or(tree.at), *error.what));
        }
        let path: Vec<usize> = error.path.into_iter().rev().collect();
        if !tree.remove(&path) {
            return None;
        }
    }
    None
}
