//! Fields that may be written in a short form (a text or a list) and in a long one (a map). An
//! untagged enum of serde would forget where each value stands.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::policy::Patience;
use super::slot::{SlotKind, SlotKindFields, SlotKindName};
use super::texts::Texts;
use super::{Intent, IntentFields};

/// How a type is read from each form.
trait Forms: Sized {
    const EXPECTED: &'static str;

    fn of_text<E: Error>(text: &str) -> Result<Self, E>;

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error>;

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

struct AnyForm<T>(std::marker::PhantomData<T>);

impl<'de, T: Forms> Visitor<'de> for AnyForm<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::of_text(text)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::of_text(&number.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::of_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::of_map(map)
    }
}

macro_rules! forms {
    ($type:ident: $($form:ty),+) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(AnyForm(std::marker::PhantomData))
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let forms = vec![$(generator.subschema_for::<$form>()),+];
                schemars::json_schema!({ "description": Self::EXPECTED, "anyOf": forms })
            }
        }
    };
}

forms!(Texts: String, Vec<String>, std::collections::BTreeMap<String, Variants>);
forms!(Variants: String, Vec<String>);
forms!(Intent: Vec<String>, IntentFields);
forms!(SlotKind: SlotKindName, SlotKindFields);
forms!(Patience: super::policy::PatienceName, super::policy::PatienceFields);

/// One text or several to choose from.
pub(crate) struct Variants(pub(crate) Vec<String>);

impl Forms for Variants {
    const EXPECTED: &'static str = "a text, or a list of variants";

    fn of_text<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self(vec![text.to_owned()]))
    }

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Self)
    }

    fn of_map<'de, A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("a text or a list of variants is expected, not a map"))
    }
}

impl Forms for Texts {
    const EXPECTED: &'static str = "a text, a list of variants, or either by language (en, zh)";

    fn of_text<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self::unmarked(vec![text.to_owned()]))
    }

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Self::unmarked)
    }

    fn of_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut texts = Self::default();
        while let Some((language, Variants(variants))) = map.next_entry()? {
            texts.put(language, variants);
        }
        Ok(texts)
    }
}

impl Forms for Intent {
    const EXPECTED: &'static str = "a list of examples, or a map of 'examples' and 'not'";

    fn of_text<E: Error>(text: &str) -> Result<Self, E> {
        Texts::of_text(text).map(|examples| Self(IntentFields { examples, not: Texts::default() }))
    }

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        Texts::of_list(list).map(|examples| Self(IntentFields { examples, not: Texts::default() }))
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        IntentFields::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}

impl Forms for SlotKind {
    const EXPECTED: &'static str = "a kind (yes_no, date, digits, ...), or a map with its 'kind'";

    fn of_text<E: Error>(text: &str) -> Result<Self, E> {
        let name = SlotKindName::deserialize(serde::de::value::StrDeserializer::new(text))?;
        Self::try_from(SlotKindFields::from(name)).map_err(E::custom)
    }

    fn of_list<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("a kind is expected, not a list: write 'kind: one_of' and 'choices'"))
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let fields = SlotKindFields::deserialize(MapAccessDeserializer::new(map))?;
        Self::try_from(fields).map_err(A::Error::custom)
    }
}

impl Forms for Patience {
    const EXPECTED: &'static str = "quick, normal or long, or a map of times in ms";

    fn of_text<E: Error>(text: &str) -> Result<Self, E> {
        let name =
            super::policy::PatienceName::deserialize(serde::de::value::StrDeserializer::new(text))?;
        Ok(Self(name.into()))
    }

    fn of_list<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("a patience is expected, not a list: write quick, normal or long"))
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        super::policy::PatienceFields::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}
