//! A serde deserializer over the [`Node`] tree, whose errors carry the byte offset of the value.
//!
//! Runs on the caller's thread. Policy: strict where `ron` is strict; reads only the kinds of value
//! that a wall file has. Strings and numbers are read by `ron` itself.

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
    ($($method:ident $visit:ident $type:ty, $expected:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            match ron::from_str::<$type>(self.0.text) {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(wrong_type($expected, self.0)),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for NodeDeserializer<'_, '_> {
    type Error = ReadError;

    by_ron! {
        deserialize_bool visit_bool bool, "true or false";
        deserialize_u32 visit_u32 u32, "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "a whole number from 0";
        deserialize_string visit_string String, "a text in quotes";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ReadError> {
        // No type of the wall file asks for this; a test holds every field to it.
        Err(ReadError::new("this value cannot be checked here"))
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
            _ => Err(wrong_type("a list `[…]`", self.0)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::Tuple(nodes) if nodes.len() == len => visitor.visit_seq(Elements::new(nodes)),
            _ => Err(wrong_type(&format!("{len} values in round brackets"), self.0)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::Map(entries) => visitor.visit_map(Entries::new(entries, None)),
            _ => Err(wrong_type("a map `{ \"name\": … }`", self.0)),
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
            Err(wrong_type(FIELDS, self.0))
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
            let found = describe(node);
            ReadError::new(match bare {
                Some(word) => format!("write {what} `{word}` without quotes"),
                None => {
                    let allowed = nearest_and_list("", variants.iter().copied());
                    format!("{what} cannot be {found}{allowed}")
                }
            })
        } else {
            let hint = nearest_and_list(node.name, variants.iter().copied());
            ReadError::new(format!("unknown {what} `{}`{hint}", node.name))
        };
        Err(error)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 f32 f64 char bytes byte_buf unit unit_struct tuple_struct
        identifier ignored_any
    }
}

const FIELDS: &str = "settings in round brackets `(name: …)`";

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
        _ => Err(wrong_type(FIELDS, node)),
    }
    .map_err(|error| error.of(what))
}

/// The one of `words` that `written` spells in another case.
fn other_case<const N: usize>(written: &str, words: [&'static str; N]) -> Option<&'static str> {
    words.into_iter().find(|word| *word != written && word.eq_ignore_ascii_case(written))
}

fn unknown_word(written: &str, word: &str) -> ReadError {
    ReadError::new(format!("unknown word `{written}`; did you mean `{word}`?"))
}

fn wrong_type(expected: &str, node: &Node<'_>) -> ReadError {
    ReadError::new(format!("expected {expected}, found {}", describe(node)))
}

/// The kind of a value, in a person's words. Texts are not repeated: they may hold a password.
fn describe(node: &Node<'_>) -> String {
    match &node.body {
        Body::List(_) => "a list `[…]`".to_owned(),
        Body::Map(_) => "a map `{…}`".to_owned(),
        Body::Tuple(nodes) if node.name.is_empty() => {
            format!("{} values in round brackets", nodes.len())
        }
        Body::Fields(_) if node.name.is_empty() => FIELDS.to_owned(),
        Body::Tuple(_) | Body::Fields(_) => format!("`{}(…)`", node.name),
        Body::Leaf if node.text.ends_with(['"', '#']) => "a text in quotes".to_owned(),
        Body::Leaf => format!("`{}`", node.text),
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
        let message = match self.fields {
            Some((what, fields)) if !fields.contains(&key.as_str()) => {
                let hint = nearest_and_list(key, fields.iter().copied());
                format!("unknown field `{key}` in {what}{hint}")
            }
            None if !entry.quoted => format!("write the key `{key}` in quotes: \"{key}\""),
            _ => return Ok(()),
        };
        Err(ReadError::at(entry.at, message))
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
            return Err(ReadError::new("value without a key"));
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
            _ => Err(ReadError::new(format!("`{}` takes no value; write it alone", self.0.name))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, ReadError> {
        match &self.0.body {
            Body::Tuple(nodes) if let [node] = nodes.as_slice() => {
                seed.deserialize(NodeDeserializer(node)).map_err(|error| error.on(node).under(0))
            }
            _ => Err(ReadError::new(format!("`{0}` takes one value: `{0}(…)`", self.0.name))),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.body {
            Body::Tuple(nodes) if nodes.len() == len => visitor.visit_seq(Elements::new(nodes)),
            _ => Err(ReadError::new(format!("`{0}` takes {len} values: `{0}(…)`", self.0.name))),
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
