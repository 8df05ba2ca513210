//! A serde deserializer over the [`Node`] tree, whose errors carry the byte offset of the value.
//!
//! Runs on the caller's thread. Policy: strict where `ron` is strict; reads only the kinds of value
//! that a wall file has. Strings and numbers are read by `ron` itself.

use camwall_words::{Expected, FormMistake, Found};
use serde::de::{
    self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::read_error::ReadError;
use super::tree::{Body, MapEntry, Node};
use crate::suggest::nearest_and_list;

/// Reads one value of the tree.
pub(crate) struct NodeDeserializer<'n, 't>(pub(crate) &'n Node<'t>);

/// Numbers and `bool` are `ron`'s business; only the place and the wording are ours.
macro_rules! by_ron {
    ($($method:ident $visit:ident $type:ty, $expected:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            match ron::from_str::<$type>(self.0.text) {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(wrong_type(Expected::$expected, self.0)),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for NodeDeserializer<'_, '_> {
    type Error = ReadError;

    by_ron! {
        deserialize_bool visit_bool bool, Bool;
        deserialize_u32 visit_u32 u32, Number;
        deserialize_u64 visit_u64 u64, LargeNumber;
        deserialize_string visit_string String, Text;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ReadError> {
        // No type of the wall file asks for this; a test holds every field to it.
        Err(ReadError::new(FormMistake::CannotCheck))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.name {
            "None" => visitor.visit_none(),
            name => match other_case(name, ["None", "Some"]) {
                Some(word) => Err(unknown_word(name, word)),
                None => visitor.visit_some(self),
            },
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::List(nodes) => visitor.visit_seq(Elements::new(nodes)),
            _ => Err(wrong_type(Expected::List, self.0)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::Tuple(nodes) if nodes.len() == len => visitor.visit_seq(Elements::new(nodes)),
            _ => Err(wrong_type(Expected::Values(len), self.0)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::Map(entries) => visitor.visit_map(Entries::new(entries, None)),
            _ => Err(wrong_type(Expected::Map, self.0)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let (written, what) = (self.0.name, name.to_lowercase());
        if written.is_empty() || written == name {
            read_fields(self.0, &what, fields, visitor)
        } else if let Some(word) = other_case(written, [name]) {
            Err(unknown_word(written, word))
        } else {
            Err(wrong_type(Expected::Fields, self.0))
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let (node, what) = (self.0, name.to_lowercase());
        let error = if variants.contains(&node.name) {
            return visitor.visit_enum(Variant(node));
        } else if node.name.is_empty() {
            let quoted = ron::from_str::<String>(node.text).ok();
            let bare = quoted.and_then(|text| {
                variants.iter().find(|word| word.eq_ignore_ascii_case(&text)).copied()
            });
            ReadError::new(match bare {
                Some(word) => FormMistake::WithoutQuotes { what, word: word.to_owned() },
                None => FormMistake::CannotBe {
                    what,
                    found: describe(node),
                    hint: nearest_and_list("", variants.iter().copied()),
                },
            })
        } else {
            let hint = nearest_and_list(node.name, variants.iter().copied());
            ReadError::new(FormMistake::UnknownVariant { what, name: node.name.to_owned(), hint })
        };
        Err(error)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 f32 f64 char bytes byte_buf unit unit_struct tuple_struct
        identifier ignored_any
    }
}

/// Reads `(name: …)`; the leading name, if any, is the caller's to check.
fn read_fields<'de, V: Visitor<'de>>(
    node: &Node<'_>,
    what: &str,
    fields: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, ReadError> {
    match &node.body {
        Body::Fields(entries) => visitor.visit_map(Entries::new(entries, Some((what, fields)))),
        // `()` has no fields: all of them take their defaults.
        Body::Tuple(none) if none.is_empty() => visitor.visit_map(Entries::new(&[], None)),
        _ => Err(wrong_type(Expected::Fields, node)),
    }
    .map_err(|error| error.of(what))
}

/// The one of `words` that `written` spells in another case.
fn other_case<const N: usize>(written: &str, words: [&'static str; N]) -> Option<&'static str> {
    words.into_iter().find(|word| *word != written && word.eq_ignore_ascii_case(written))
}

fn unknown_word(written: &str, word: &str) -> ReadError {
    let (written, word) = (written.to_owned(), word.to_owned());
    ReadError::new(FormMistake::UnknownWord { written, word })
}

fn wrong_type(expected: Expected, node: &Node<'_>) -> ReadError {
    ReadError::new(FormMistake::WrongType { expected, found: describe(node) })
}

/// The kind of a value, in a person's words. Texts are not repeated: they may hold a password.
fn describe(node: &Node<'_>) -> Found {
    match &node.body {
        Body::List(_) => Found::List,
        Body::Map(_) => Found::Map,
        Body::Tuple(nodes) if node.name.is_empty() => Found::Values(nodes.len()),
        Body::Fields(_) if node.name.is_empty() => Found::Fields,
        Body::Tuple(_) | Body::Fields(_) => Found::Named(node.name.to_owned()),
        Body::Leaf if node.text.ends_with(['"', '#']) => Found::Text,
        Body::Leaf => Found::Word(node.text.to_owned()),
    }
}

/// The elements of a list or tuple.
struct Elements<'n, 't> {
    nodes: std::iter::Enumerate<std::slice::Iter<'n, Node<'t>>>,
}

impl<'n, 't> Elements<'n, 't> {
    fn new(nodes: &'n [Node<'t>]) -> Self {
        Self { nodes: nodes.iter().enumerate() }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let Some((child, node)) = self.nodes.next() else {
            return Ok(None);
        };
        seed.deserialize(NodeDeserializer(node))
            .map(Some)
            .map_err(|fault| fault.on(node).under(child))
    }
}

/// The entries of a map, or of a struct with the fields that it may have.
struct Entries<'n, 't> {
    entries: std::iter::Enumerate<std::slice::Iter<'n, MapEntry<'t>>>,
    fields: Option<(&'n str, &'static [&'static str])>,
    value: Option<(usize, &'n Node<'t>)>,
}

impl<'n, 't> Entries<'n, 't> {
    fn new(
        entries: &'n [MapEntry<'t>],
        fields: Option<(&'n str, &'static [&'static str])>,
    ) -> Self {
        Self { entries: entries.iter().enumerate(), fields, value: None }
    }

    fn check_key(&self, entry: &MapEntry<'_>) -> Result<(), ReadError> {
        let key = &entry.key;
        let mistake = match self.fields {
            Some((what, fields)) if !fields.contains(&key.as_str()) => {
                let hint = nearest_and_list(key, fields.iter().copied());
                FormMistake::UnknownField { field: key.clone(), what: what.to_owned(), hint }
            }
            None if !entry.quoted => FormMistake::KeyInQuotes { key: key.clone() },
            _ => return Ok(()),
        };
        Err(ReadError::at(entry.at, mistake))
    }
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let Some((child, entry)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some((child, &entry.value));
        self.check_key(entry)
            .and_then(|()| seed.deserialize(StrDeserializer::new(&entry.key)))
            .map(Some)
            .map_err(|error| error.under(child))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        // serde asks for a value only after its key.
        let Some((child, node)) = self.value.take() else {
            return Err(ReadError::new(FormMistake::CannotCheck));
        };
        seed.deserialize(NodeDeserializer(node)).map_err(|error| error.on(node).under(child))
    }
}

/// An enum value whose variant is known to exist.
struct Variant<'n, 't>(&'n Node<'t>);

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), ReadError> {
        Ok((seed.deserialize(StrDeserializer::<ReadError>::new(self.0.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.0.body {
            Body::Leaf => Ok(()),
            _ => Err(ReadError::new(FormMistake::TakesNoValue { word: self.0.name.to_owned() })),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, ReadError> {
        match &self.0.body {
            Body::Tuple(nodes) if let [node] = nodes.as_slice() => {
                seed.deserialize(NodeDeserializer(node)).map_err(|error| error.on(node).under(0))
            }
            _ => Err(ReadError::new(FormMistake::TakesOneValue { word: self.0.name.to_owned() })),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::Tuple(nodes) if nodes.len() == len => visitor.visit_seq(Elements::new(nodes)),
            _ => {
                let word = self.0.name.to_owned();
                Err(ReadError::new(FormMistake::TakesValues { word, count: len }))
            }
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        read_fields(self.0, self.0.name, fields, visitor)
    }
}
