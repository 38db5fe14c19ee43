//! From a campaign's settings and the regulations to the rules that the gate applies.

use std::collections::HashMap;
use std::sync::Arc;

use outcall_campaign::gate::{DialRules, LocaleRules};
use outcall_campaign::settings::CampaignSettings;
use outcall_campaign::{Jurisdiction, Regulations, ZoneSet};
use outcall_ledger::LocaleRecord;

/// What a campaign owes in one jurisdiction, shared by all of its locales.
struct Shared {
    calendar: Arc<outcall_campaign::CallingCalendar>,
    caps: Arc<[outcall_campaign::AttemptCap]>,
    consent: outcall_campaign::Consent,
}

impl Shared {
    fn of(settings: &CampaignSettings, jurisdiction: &Jurisdiction) -> Self {
        Self {
            calendar: Arc::new(settings.calling_calendar(jurisdiction)),
            caps: settings.caps(jurisdiction).into(),
            consent: settings.required_consent(jurisdiction),
        }
    }
}

/// The rules of every locale. A locale without a known jurisdiction, or with a zone that is not
/// known any more, gets none: nobody is dialled there.
pub fn dial_rules(
    settings: &CampaignSettings,
    regulations: &Regulations,
    locales: &[LocaleRecord],
) -> DialRules {
    let mut by_code: HashMap<&str, Shared> = HashMap::new();
    let mut rules = HashMap::with_capacity(locales.len());
    for locale in locales {
        let Some(jurisdiction) = regulations.by_code(&locale.jurisdiction) else { continue };
        let zones = match ZoneSet::parse(&locale.zones) {
            Ok(zones) => zones,
            Err(error) => {
                tracing::error!(locale = locale.id.0, %error, "nobody is dialled in this locale");
                continue;
            }
        };
        let shared = by_code
            .entry(jurisdiction.code.as_str())
            .or_insert_with(|| Shared::of(settings, jurisdiction));
        let locale_rules = LocaleRules {
            zones,
            calendar: Arc::clone(&shared.calendar),
            caps: Arc::clone(&shared.caps),
            consent: shared.consent,
        };
        rules.insert(locale.id, locale_rules);
    }
    DialRules { locales: rules, retry: settings.retry.clone() }
}

/// The jurisdiction of a contact: the campaign's own choice, else the one of the number's region.
/// Empty when there is none.
pub fn jurisdiction_code<'a>(
    settings: &'a CampaignSettings,
    regulations: &'a Regulations,
    region: [u8; 2],
) -> &'a str {
    if let Some(code) = &settings.jurisdiction {
        return code;
    }
    std::str::from_utf8(&region)
        .ok()
        .and_then(|region| regulations.for_region(region))
        .map_or("", |jurisdiction| &jurisdiction.code)
}
