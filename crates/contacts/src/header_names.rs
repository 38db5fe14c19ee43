//! What a column is for, judged by its name: English, Chinese, German, French, Spanish.

use crate::columns::Role;

/// How sure the judgement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The name means exactly this.
    Exact,
    /// The name contains a word that means this.
    Word,
}

/// Names in lower case without blanks and punctuation.
const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Name,
        &[
            "name",
            "fullname",
            "contactname",
            "customername",
            "contact",
            "customer",
            "person",
            "姓名",
            "名字",
            "客户姓名",
            "联系人",
            "客户",
            "名称",
            "vollername",
            "nomcomplet",
            "nombrecompleto",
            "nombreyapellidos",
            "kundenname",
            "ansprechpartner",
        ],
    ),
    (
        Role::FirstName,
        &[
            "firstname",
            "givenname",
            "forename",
            "fname",
            "first",
            "名",
            "vorname",
            "prénom",
            "prenom",
            "nombre",
        ],
    ),
    (
        Role::LastName,
        &[
            "lastname",
            "surname",
            "familyname",
            "lname",
            "last",
            "姓",
            "nachname",
            "familienname",
            "nom",
            "nomdefamille",
            "apellido",
            "apellidos",
        ],
    ),
    (
        Role::TimeZone,
        &[
            "timezone",
            "tz",
            "zone",
            "tzid",
            "timezoneid",
            "iana",
            "ianatimezone",
            "时区",
            "時區",
            "zeitzone",
            "fuseauhoraire",
            "fuseau",
            "zonahoraria",
            "husohorario",
        ],
    ),
    (
        Role::Language,
        &[
            "language",
            "lang",
            "locale",
            "preferredlanguage",
            "语言",
            "語言",
            "语种",
            "sprache",
            "langue",
            "idioma",
        ],
    ),
    (
        Role::ExternalId,
        &[
            "externalid",
            "personid",
            "customerid",
            "contactid",
            "clientid",
            "userid",
            "crmid",
            "id",
            "uid",
            "customernumber",
            "customerno",
            "reference",
            "externalreference",
            "客户编号",
            "编号",
            "客户id",
            "用户id",
            "kundennummer",
            "kundennr",
            "numéroclient",
            "numeroclient",
            "idclient",
            "idcliente",
            "númerodecliente",
        ],
    ),
    (
        Role::Consent,
        &[
            "consent",
            "consentlevel",
            "consenttype",
            "consentstatus",
            "optin",
            "callconsent",
            "同意",
            "授权",
            "einwilligung",
            "zustimmung",
            "consentement",
            "consentimiento",
        ],
    ),
    (
        Role::Priority,
        &[
            "priority",
            "prio",
            "rank",
            "优先级",
            "优先",
            "priorität",
            "prioritaet",
            "priorité",
            "priorite",
            "prioridad",
        ],
    ),
    (
        Role::Region,
        &[
            "country",
            "countrycode",
            "countryiso",
            "iso",
            "国家",
            "国家代码",
            "地区代码",
            "land",
            "länderkürzel",
            "pays",
            "codepays",
            "país",
            "pais",
        ],
    ),
];

/// Words that mean a telephone number.
const PHONE_WORDS: &[&str] = &[
    "phone",
    "phones",
    "telephone",
    "tel",
    "telno",
    "mobile",
    "mobil",
    "cell",
    "cellphone",
    "mobilephone",
    "phonenumber",
    "phoneno",
    "phonenum",
    "msisdn",
    "landline",
    "e164",
    "handy",
    "handynummer",
    "telefon",
    "telefonnummer",
    "telefonnr",
    "mobilnummer",
    "mobiltelefon",
    "festnetz",
    "rufnummer",
    "téléphone",
    "numérodetéléphone",
    "numerodetelephone",
    "portable",
    "gsm",
    "teléfono",
    "telefono",
    "móvil",
    "movil",
    "celular",
    "whatsapp",
    "homephone",
    "workphone",
    "officephone",
    "mobileno",
    "mobilenumber",
    "cellnumber",
    "callnumber",
];

/// Words that mean a number when they stand alone.
const PHONE_ALONE: &[&str] = &[
    "number",
    "numbers",
    "home",
    "work",
    "office",
    "nummer",
    "numéro",
    "numero",
    "número",
    "contactnumber",
    "contactno",
];

const CHINESE_PHONE: &[&str] = &["手机", "电话", "手機", "電話", "座机", "联系方式", "号码"];

/// With one of these beside it, a telephone word means something about a number.
const NOT_A_NUMBER: &[&str] = &[
    "type",
    "typ",
    "ok",
    "consent",
    "ext",
    "extension",
    "country",
    "code",
    "verified",
    "valid",
    "provider",
    "carrier",
    "model",
    "date",
    "time",
    "status",
    "note",
    "notes",
    "count",
    "brand",
    "os",
    "fax",
    "email",
    "plan",
    "label",
    "last",
    "calls",
    "id",
    "score",
    "zone",
];

const CHINESE_NOT_A_NUMBER: &[&str] = &["类型", "归属", "状态", "品牌", "型号", "备注", "时间"];

/// The role that a column's name suggests.
pub(crate) fn role_of(name: &str) -> Option<(Role, Certainty)> {
    let words = words(name);
    let compact = words.concat();
    for (role, names) in NAMES {
        if names.contains(&compact.as_str()) {
            return Some((*role, Certainty::Exact));
        }
    }
    phone(&words, &compact).map(|certainty| (Role::Phone, certainty))
}

fn phone(words: &[String], compact: &str) -> Option<Certainty> {
    let bare = compact.trim_end_matches(|c: char| c.is_ascii_digit());
    if PHONE_WORDS.contains(&bare) || PHONE_ALONE.contains(&bare) {
        return Some(Certainty::Exact);
    }
    let is = |list: &[&str], word: &String| {
        list.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()))
    };
    if words.iter().any(|word| is(NOT_A_NUMBER, word)) {
        return None;
    }
    if words.iter().any(|word| is(PHONE_WORDS, word)) {
        return Some(Certainty::Word);
    }
    let contains = |list: &[&str]| list.iter().any(|part| compact.contains(part));
    if contains(CHINESE_PHONE) && !contains(CHINESE_NOT_A_NUMBER) {
        let exact = CHINESE_PHONE.contains(&bare) || matches!(bare, "手机号" | "手机号码");
        return Some(if exact || bare == "电话号码" {
            Certainty::Exact
        } else {
            Certainty::Word
        });
    }
    None
}

/// The words of a name in lower case: split at anything but letters and digits, and at `camelCase`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in name.trim().chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            before_lower = false;
            continue;
        }
        if c.is_uppercase() && before_lower {
            words.push(String::new());
        }
        before_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Option<Role> {
        role_of(name).map(|(role, _)| role)
    }

    #[test]
    fn common_names_are_known_in_five_languages() {
        for name in [
            "Phone",
            "phone_number",
            "Mobile No.",
            "Home Phone",
            "phone2",
            "手机",
            "联系电话",
            "手机号码",
            "Telefonnummer",
            "Handy",
            "Téléphone portable",
            "Teléfono",
            "MobilePhone",
        ] {
            assert_eq!(role(name), Some(Role::Phone), "{name}");
        }
        for (name, expected) in [
            ("Full Name", Role::Name),
            ("姓名", Role::Name),
            ("Vorname", Role::FirstName),
            ("last_name", Role::LastName),
            ("Time Zone", Role::TimeZone),
            ("时区", Role::TimeZone),
            ("customerId", Role::ExternalId),
            ("Sprache", Role::Language),
            ("consent", Role::Consent),
            ("País", Role::Region),
            ("Priority", Role::Priority),
        ] {
            assert_eq!(role(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_column_about_a_number_is_not_one_of_numbers() {
        for name in ["phone_type", "Phone Consent", "fax", "cellar", "hotel", "手机品牌", "city"]
        {
            assert_eq!(role(name), None, "{name}");
        }
    }
}
