//! Which column is what: guessed from the names, or said by the user.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::ImportError;
use crate::header_names::{Certainty, role_of};

/// The columns that a rejects file has in addition; on import they are left alone.
pub const REJECT_COLUMNS: [&str; 4] =
    ["reject_reason", "reject_column", "reject_line", "reject_detail"];

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What a column is for.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word for it in options and reports, for example `time_zone`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

roles! {
    /// Telephone numbers. Several columns may have this role.
    Phone = "phone",
    /// The person's full name.
    Name = "name",
    /// The first part of the name.
    FirstName = "first_name",
    /// The last part of the name.
    LastName = "last_name",
    /// An IANA time zone.
    TimeZone = "time_zone",
    /// A language tag.
    Language = "language",
    /// The customer's own key for the person.
    ExternalId = "external_id",
    /// What the person consented to.
    Consent = "consent",
    /// Who is dialled first.
    Priority = "priority",
    /// The country whose national numbers the row holds.
    Region = "region",
    /// Kept as it is, for the dialogue.
    Attribute = "attribute",
    /// Left out.
    Ignore = "ignore",
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// How a column's role was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The user said so.
    Option,
    /// The name means exactly this.
    Name,
    /// The name contains a word that means this: worth a look.
    Guess,
    /// Nothing else fits.
    Rest,
}

/// A user's word on a column: `phone=Mobile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// What the column is for.
    pub role: Role,
    /// The column's name as it stands in the file; capitals do not matter.
    pub column: String,
}

/// A text that is not `ROLE=COLUMN`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a mapping: write ROLE=COLUMN, where ROLE is one of {roles}",
    roles = role_codes()
)]
pub struct InvalidMapping(pub String);

fn role_codes() -> String {
    Role::ALL.iter().map(|role| role.code()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Mapping {
    type Err = InvalidMapping;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidMapping(text.to_owned());
        let (role, column) = text.split_once('=').ok_or_else(invalid)?;
        let role = role.trim().to_ascii_lowercase().replace('-', "_");
        let role = Role::ALL.iter().find(|known| known.code() == role).ok_or_else(invalid)?;
        Ok(Self { role: *role, column: column.trim().to_owned() })
    }
}

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name as it stands in the file; `column 3` where it has none.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// How that was found.
    pub found: Found,
    /// For attributes: the name of the dialogue's variable. Unique; letters, digits and `_`.
    pub identifier: Option<String>,
}

/// The columns of a file with their roles.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub columns: Vec<Column>,
    /// The telephone columns in dial order.
    pub phones: Vec<usize>,
    pub notes: Vec<String>,
}

impl Columns {
    /// The first column with this role.
    pub(crate) fn first(&self, role: Role) -> Option<usize> {
        self.columns.iter().position(|column| column.role == role)
    }

    /// Gives every column its role.
    pub(crate) fn resolve(
        file: &str,
        names: &[String],
        mappings: &[Mapping],
    ) -> Result<Self, ImportError> {
        let mut columns: Vec<Column> =
            names.iter().enumerate().map(|(index, name)| guess(index, name)).collect();
        let phones_said = apply(file, &mut columns, mappings)?;
        let mut notes = Vec::new();
        settle_ties(&mut columns, &mut notes);
        let phones = if phones_said.is_empty() { dial_order(&columns) } else { phones_said };
        if phones.is_empty() {
            let columns = listed(names);
            return Err(ImportError::NoPhoneColumn { file: file.to_owned(), columns });
        }
        for column in columns.iter().filter(|column| column.found == Found::Guess) {
            notes.push(format!(
                "column '{}' is taken for {}; if that is wrong: --map attribute={}",
                column.name, column.role, column.name
            ));
        }
        name_variables(&mut columns);
        Ok(Self { columns, phones, notes })
    }
}

fn guess(index: usize, name: &str) -> Column {
    let trimmed = name.trim().trim_start_matches('\u{FEFF}');
    let (role, found) = if REJECT_COLUMNS.contains(&trimmed) {
        (Role::Ignore, Found::Name)
    } else {
        match role_of(trimmed) {
            Some((role, Certainty::Exact)) => (role, Found::Name),
            Some((role, Certainty::Word)) => (role, Found::Guess),
            None => (Role::Attribute, Found::Rest),
        }
    };
    let name =
        if trimmed.is_empty() { format!("column {}", index + 1) } else { trimmed.to_owned() };
    Column { name, role, found, identifier: None }
}

/// Applies the user's word, which ends all guesses at the same role. Returns the telephone columns
/// said, in the order said.
fn apply(
    file: &str,
    columns: &mut [Column],
    mappings: &[Mapping],
) -> Result<Vec<usize>, ImportError> {
    let mut phones = Vec::new();
    for mapping in mappings {
        let wanted = mapping.column.to_lowercase();
        let index = columns
            .iter()
            .position(|column| column.name == mapping.column)
            .or_else(|| columns.iter().position(|column| column.name.to_lowercase() == wanted));
        let Some(index) = index else {
            let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
            return Err(ImportError::UnknownColumn {
                file: file.to_owned(),
                role: mapping.role.code().to_owned(),
                column: mapping.column.clone(),
                columns: listed(&names),
            });
        };
        for column in columns.iter_mut() {
            let keeps = matches!(mapping.role, Role::Attribute | Role::Ignore);
            if column.role == mapping.role && column.found != Found::Option && !keeps {
                column.role = Role::Attribute;
                column.found = Found::Rest;
            }
        }
        columns[index].role = mapping.role;
        columns[index].found = Found::Option;
        if mapping.role == Role::Phone && !phones.contains(&index) {
            phones.push(index);
        }
    }
    phones.retain(|&index| columns[index].role == Role::Phone);
    Ok(phones)
}

/// Where several columns claim a role that only one can have, the first keeps it.
fn settle_ties(columns: &mut [Column], notes: &mut Vec<String>) {
    for &role in Role::ALL {
        if matches!(role, Role::Phone | Role::Attribute | Role::Ignore) {
            continue;
        }
        let mut claims: Vec<usize> = Vec::new();
        claims.extend((0..columns.len()).filter(|&index| columns[index].role == role));
        let said = claims.iter().copied().rfind(|&index| columns[index].found == Found::Option);
        let Some(winner) = said.or(claims.first().copied()) else { continue };
        for &index in claims.iter().filter(|&&index| index != winner) {
            notes.push(format!(
                "columns '{}' and '{}' both look like {role}; the first is taken, the other is \
                 an attribute (choose with --map {role}=COLUMN)",
                columns[winner].name, columns[index].name
            ));
            columns[index].role = Role::Attribute;
            columns[index].found = Found::Rest;
        }
    }
}

/// By the number in the name (`phone2`), then by where they stand.
fn dial_order(columns: &[Column]) -> Vec<usize> {
    let mut phones: Vec<usize> =
        (0..columns.len()).filter(|&index| columns[index].role == Role::Phone).collect();
    phones.sort_by_key(|&index| (number_in(&columns[index].name), index));
    phones
}

fn number_in(name: &str) -> u32 {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    name[digits..].parse().unwrap_or(1)
}

fn name_variables(columns: &mut [Column]) {
    // The extension of a number is kept under this name.
    let mut taken: HashSet<String> = HashSet::from([EXTENSION_VARIABLE.to_owned()]);
    for (index, column) in columns.iter_mut().enumerate() {
        if column.role != Role::Attribute {
            continue;
        }
        let base = identifier(&column.name, index);
        let mut unique = base.clone();
        let mut count = 1;
        while !taken.insert(unique.clone()) {
            count += 1;
            unique = format!("{base}_{count}");
        }
        column.identifier = Some(unique);
    }
}

/// The variable that holds a number's extension.
pub(crate) const EXTENSION_VARIABLE: &str = "extension";

fn identifier(name: &str, index: usize) -> String {
    let mut identifier = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() {
            identifier.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
        } else if !identifier.ends_with('_') {
            identifier.push('_');
        }
    }
    let identifier = identifier.trim_matches('_');
    if identifier.is_empty() {
        format!("column_{}", index + 1)
    } else if identifier.starts_with(char::is_numeric) {
        format!("_{identifier}")
    } else {
        identifier.to_owned()
    }
}

/// The names for an error message: quoted, not endless.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let mut text =
        names.iter().take(SHOWN).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(names: &[&str], mappings: &[&str]) -> Result<Columns, ImportError> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mappings: Vec<Mapping> = mappings.iter().map(|text| text.parse().unwrap()).collect();
        Columns::resolve("list.csv", &names, &mappings)
    }

    fn roles(columns: &Columns) -> Vec<Role> {
        columns.columns.iter().map(|column| column.role).collect()
    }

    #[test]
    fn numbers_are_dialled_by_the_number_in_the_name_then_by_column() {
        let columns = resolve(&["phone3", "Phone 2", "phone", "mobile"], &[]).unwrap();
        assert_eq!(columns.phones, [2, 3, 1, 0]);
    }

    #[test]
    fn the_users_word_ends_the_guess_and_sets_the_dial_order() {
        let columns =
            resolve(&["phone", "A", "B", "name"], &["phone=b", "phone=A", "ignore=name"]).unwrap();
        assert_eq!(columns.phones, [2, 1]);
        assert_eq!(roles(&columns), [Role::Attribute, Role::Phone, Role::Phone, Role::Ignore]);
    }

    #[test]
    fn without_a_phone_column_the_error_lists_what_is_there_and_what_to_do() {
        let error = resolve(&["name", "city"], &[]).unwrap_err().to_string();
        assert!(error.contains("'name', 'city'") && error.contains("--map phone="), "{error}");
    }

    #[test]
    fn a_mapping_to_no_column_is_an_error() {
        assert!(matches!(
            resolve(&["phone"], &["name=Nmae"]),
            Err(ImportError::UnknownColumn { .. })
        ));
        assert!("phone".parse::<Mapping>().is_err());
        assert!("fone=x".parse::<Mapping>().is_err());
    }

    #[test]
    fn variables_have_unique_names_that_a_dialogue_can_use() {
        let columns =
            resolve(&["phone", "Order No.", "order-no", "", "2nd", "城市", "Extension"], &[])
                .unwrap();
        let variables: Vec<&str> =
            columns.columns.iter().filter_map(|column| column.identifier.as_deref()).collect();
        let expected = ["order_no", "order_no_2", "column_4", "_2nd", "城市", "extension_2"];
        assert_eq!(variables, expected);
    }

    #[test]
    fn of_two_columns_that_claim_a_role_the_first_has_it_and_the_report_says_so() {
        let columns = resolve(&["phone", "name", "Full Name"], &[]).unwrap();
        assert_eq!(roles(&columns), [Role::Phone, Role::Name, Role::Attribute]);
        assert_eq!(columns.notes.len(), 1);
    }

    #[test]
    fn the_columns_of_a_rejects_file_are_left_alone() {
        let columns = resolve(&["phone", "reject_reason", "reject_line"], &[]).unwrap();
        assert_eq!(roles(&columns), [Role::Phone, Role::Ignore, Role::Ignore]);
    }
}
