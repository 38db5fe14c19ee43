//! A tree into any type of serde. A scalar that a text is wanted of is taken as it is written, so
//! that a customer number needs no quotes.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::Tree;
use super::tree::{Branch, Key};
use crate::problem::{Position, did_you_mean};

/// Why a text or a part of it cannot be used. The place is filled in by the first who knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Option<Position>,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(message: String) -> Self {
        Self { at: None, message }
    }

    pub(crate) fn at(at: Position, message: impl Into<String>) -> Self {
        Self { at: Some(at), message: message.into() }
    }

    fn or_at(self, at: Position) -> Self {
        Self { at: self.at.or(Some(at)), ..self }
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

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let hint = did_you_mean(field, expected.iter().copied());
        Self::new(format!("there is no field '{field}' here: {hint}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let hint = did_you_mean(variant, expected.iter().copied());
        Self::new(format!("'{variant}' is not known here: {hint}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the field '{field}' is missing: add it"))
    }
}

/// Reads a tree as a value.
pub(crate) fn decode<T: DeserializeOwned>(tree: &Tree) -> Result<T, Fault> {
    T::deserialize(Reader(tree))
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Tree);

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match &self.0.branch {
            Branch::Empty => visitor.visit_unit(),
            Branch::Scalar { text, plain: true } => plain(text, visitor),
            Branch::Scalar { text, plain: false } => visitor.visit_str(text),
            Branch::List(items) => visitor.visit_seq(Items(items.iter())),
            Branch::Map(entries) => visitor.visit_map(Entries { rest: entries, value: None }),
        };
        read.map_err(|fault: Fault| fault.or_at(self.0.at))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.branch {
            Branch::Scalar { text, .. } => {
                visitor.visit_str(text).map_err(|fault: Fault| fault.or_at(self.0.at))
            }
            Branch::Empty | Branch::List(_) | Branch::Map(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.branch {
            Branch::Empty => visitor.visit_none(),
            Branch::Scalar { .. } | Branch::List(_) | Branch::Map(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.0.branch {
            Branch::Scalar { text, .. } => {
                let name: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                visitor.visit_enum(name).map_err(|fault: Fault| fault.or_at(self.0.at))
            }
            Branch::Empty | Branch::List(_) | Branch::Map(_) => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct ignored_any
    }
}

/// What a scalar without quotes is: YAML 1.2, core schema, decimal numbers only.
fn plain<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(truth) = text.parse::<bool>() {
        return visitor.visit_bool(truth);
    }
    if let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => visitor.visit_f64(number),
        Ok(_) | Err(_) => visitor.visit_str(text),
    }
}

struct Items<'a>(std::slice::Iter<'a, Tree>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        self.0.next().map(|item| seed.deserialize(Reader(item))).transpose()
    }
}

struct Entries<'a> {
    rest: &'a [(Key, Tree)],
    value: Option<&'a Tree>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(((key, value), rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        self.value = Some(value);
        let name: StrDeserializer<'_, Fault> = key.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|fault| fault.or_at(key.at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        match self.value.take() {
            Some(value) => seed.deserialize(Reader(value)),
            None => Err(Fault::new("a value was asked for before its name".to_owned())),
        }
    }
}
