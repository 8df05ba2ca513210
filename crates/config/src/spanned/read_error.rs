//! What goes wrong while the tree is read, and where.
//!
//! Plain data: it is raised by the deserializer and looked at by `explain`.

use std::fmt;

use camwall_words::{FormMistake, Mistake};
use serde::de;

use super::tree::Node;
use crate::mistake::raised;

/// One mistake on its way out of the tree.
#[derive(Debug)]
pub(crate) struct ReadError {
    pub(super) what: Box<Mistake>,
    /// The field, where the mistake is that it is missing.
    missing: Option<&'static str>,
    /// Where; known once the error has left the deserializer that raised it.
    pub(super) at: Option<usize>,
    /// Whether an earlier removal caused it.
    pub(super) follows: bool,
    /// Child numbers from the innermost value outwards.
    pub(super) path: Vec<usize>,
}

impl ReadError {
    pub(crate) fn new(what: impl Into<Mistake>) -> Self {
        Self {
            what: Box::new(what.into()),
            missing: None,
            at: None,
            follows: false,
            path: Vec::new(),
        }
    }

    /// An error whose place is not that of a value.
    pub(crate) fn at(at: usize, what: impl Into<Mistake>) -> Self {
        Self { at: Some(at), ..Self::new(what) }
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
            let (field, what) = (field.to_owned(), what.to_owned());
            *self.what = FormMistake::MissingField { field, what }.into();
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
        self.what.fmt(f)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(raised(message.to_string()))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new(Mistake::Told(String::new())) }
    }
}
