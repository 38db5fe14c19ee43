//! What a robot has to know of whom it calls.

use outcall_campaign::AttemptId;
use rusqlite::{Connection, OptionalExtension, params};

use super::values;
use crate::LedgerError;

/// Whom an attempt calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The full name; empty when the list brought none.
    pub name: String,
    /// The language tag, when the list brought one.
    pub language: Option<String>,
    /// The jurisdiction's code; empty when none is known for the contact's country.
    pub jurisdiction: String,
    /// The time zones that all count, the first being where the number says that the contact is.
    pub zones: Vec<String>,
    /// The customer's own key for the person.
    pub external_id: Option<String>,
    /// The other columns of the list, a JSON object.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// See [`super::Reader::callee`].
pub(crate) fn of(connection: &Connection, attempt: AttemptId) -> Result<Callee, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT contact.name, contact.language, contact.external_id, contact.attributes,
                locale.jurisdiction, locale.zones
         FROM contact JOIN locale ON locale.id = contact.locale_id
         WHERE contact.id = ?1 AND contact.campaign_id = ?2",
    )?;
    let found = statement
        .query_row(params![attempt.contact.0, attempt.campaign.0], |row| {
            let (attributes, zones): (Option<String>, String) = (row.get(3)?, row.get(5)?);
            let callee = Callee {
                name: row.get(0)?,
                language: row.get(1)?,
                jurisdiction: row.get(4)?,
                zones: zones.split('|').map(str::to_owned).collect(),
                external_id: row.get(2)?,
                attributes: serde_json::Map::new(),
            };
            Ok((callee, attributes))
        })
        .optional()?;
    let Some((callee, attributes)) = found else {
        return Err(LedgerError::NotFound { what: "contact", id: attempt.to_string() });
    };
    let attributes = attributes.map(|text| serde_json::from_str(&text)).transpose();
    let attributes =
        attributes.map_err(|error| values::unreadable("a contact's attributes", error))?;
    Ok(Callee { attributes: attributes.unwrap_or_default(), ..callee })
}
