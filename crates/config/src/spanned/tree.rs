//! The RON text as a tree of values, each with its byte offset.
//!
//! `ron` reports the place of the first mistake only and drops all places once a value is read;
//! this tree keeps them, for the mistakes that come after. Runs on the caller's thread. Policy: it
//! is built from text whose syntax `ron` has accepted and judges nothing itself.

use camwall_words::FormMistake;

use crate::diagnostic::{Remark, line_column};

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node<'t> {
    /// Byte offset of its first character.
    pub(crate) at: usize,
    /// The value as written.
    pub(crate) text: &'t str,
    /// The leading identifier: a variant or struct name, `true`, `None`…; empty without one.
    pub(crate) name: &'t str,
    /// What it holds.
    pub(crate) body: Body<'t>,
    /// Keys of children that [`Node::remove`] took away because they were wrong.
    pub(crate) lost: Vec<String>,
}

/// What a value holds.
#[derive(Debug)]
pub(crate) enum Body<'t> {
    /// A string, number or bare identifier.
    Leaf,
    /// `[…]`
    List(Vec<Node<'t>>),
    /// `(…)` without field names.
    Tuple(Vec<Node<'t>>),
    /// `{…}`
    Map(Vec<MapEntry<'t>>),
    /// `(name: …)`
    Fields(Vec<MapEntry<'t>>),
}

/// A key with its value.
#[derive(Debug)]
pub(crate) struct MapEntry<'t> {
    /// Byte offset of the key.
    pub(crate) at: usize,
    /// The key: a field's name, or the content of a quoted map key.
    pub(crate) key: String,
    /// Whether the key is in quotes.
    pub(crate) quoted: bool,
    /// The value.
    pub(crate) value: Node<'t>,
}

impl<'t> Node<'t> {
    /// The place of this value, as the start of a walk to the values in it.
    pub(crate) fn spot<'n>(&'n self) -> Spot<'n, 't> {
        Spot { at: self.at, node: Some(self) }
    }

    /// The entries of a map or of named fields.
    pub(crate) fn entries(&self) -> &[MapEntry<'t>] {
        match &self.body {
            Body::Map(entries) | Body::Fields(entries) => entries,
            Body::Leaf | Body::List(_) | Body::Tuple(_) => &[],
        }
    }

    /// The elements of a list or tuple.
    pub(crate) fn elements(&self) -> &[Node<'t>] {
        match &self.body {
            Body::List(nodes) | Body::Tuple(nodes) => nodes,
            Body::Leaf | Body::Map(_) | Body::Fields(_) => &[],
        }
    }

    /// Takes away the value that `path` (child numbers from here) leads to; false for no such.
    pub(crate) fn remove(&mut self, path: &[usize]) -> bool {
        let Some((&child, deeper)) = path.split_first() else {
            return false;
        };
        let next = match &mut self.body {
            Body::Map(entries) | Body::Fields(entries) => {
                if deeper.is_empty() && child < entries.len() {
                    self.lost.push(entries.remove(child).key);
                    return true;
                }
                entries.get_mut(child).map(|entry| &mut entry.value)
            }
            Body::List(nodes) | Body::Tuple(nodes) => {
                if deeper.is_empty() && child < nodes.len() {
                    nodes.remove(child);
                    self.lost.push(child.to_string());
                    return true;
                }
                nodes.get_mut(child)
            }
            Body::Leaf => None,
        };
        next.is_some_and(|node| node.remove(deeper))
    }

    /// Takes away every repetition of a key and reports it; the first one stays. serde would let
    /// the last one win in a map without a word.
    pub(crate) fn remove_duplicates(
        &mut self,
        text: &str,
        inside: Option<&str>,
        found: &mut Vec<Remark>,
    ) {
        match &mut self.body {
            Body::Leaf => {}
            Body::List(nodes) | Body::Tuple(nodes) => {
                for node in nodes {
                    node.remove_duplicates(text, inside, found);
                }
            }
            Body::Map(entries) | Body::Fields(entries) => {
                let mut first: indexmap::IndexMap<String, usize> = indexmap::IndexMap::new();
                entries.retain_mut(|entry| {
                    if let Some(&at) = first.get(&entry.key) {
                        let (line, _) = line_column(text, at);
                        let (key, inside) = (entry.key.clone(), inside.map(str::to_owned));
                        let twice = FormMistake::GivenTwice { key, inside, line };
                        found.push(Remark::new(entry.at, twice));
                        return false;
                    }
                    first.insert(entry.key.clone(), entry.at);
                    entry.value.remove_duplicates(text, Some(&entry.key), found);
                    true
                });
            }
        }
    }
}

/// A place in the tree. Steps that lead nowhere stay at the deepest place there is, because a
/// default has no place of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'n, 't> {
    /// Byte offset.
    pub(crate) at: usize,
    node: Option<&'n Node<'t>>,
}

impl<'n, 't> Spot<'n, 't> {
    /// The value of field or map key `key`.
    pub(crate) fn key(self, key: &str) -> Self {
        self.entry(key).map_or(Self { node: None, ..self }, |entry| entry.value.spot())
    }

    /// The value as written; empty where the file has none.
    pub(crate) fn text(self) -> &'t str {
        self.node.map_or("", |node| node.text)
    }

    /// The key `key` itself.
    pub(crate) fn name(self, key: &str) -> usize {
        self.entry(key).map_or(self.at, |entry| entry.at)
    }

    /// Element `index` of a list or tuple.
    pub(crate) fn index(self, index: usize) -> Self {
        let node = self.node.and_then(|node| node.elements().get(index));
        node.map_or(Self { node: None, ..self }, Node::spot)
    }

    /// All keys, in the order of the file.
    pub(crate) fn keys(self) -> Vec<String> {
        let entries = self.node.map(Node::entries).unwrap_or_default();
        entries.iter().map(|entry| entry.key.clone()).collect()
    }

    fn entry(self, key: &str) -> Option<&'n MapEntry<'t>> {
        self.node?.entries().iter().find(|entry| entry.key == key)
    }
}
