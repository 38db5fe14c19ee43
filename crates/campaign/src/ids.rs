//! Names of things: tenants, campaigns, lists, contacts, attempts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One customer of the platform. Every durable record belongs to exactly one tenant.
    TenantId
);
id!(
    /// A campaign.
    CampaignId
);
id!(
    /// A contact list: what one import brought into a campaign.
    ListId
);
id!(
    /// A contact of one campaign.
    ContactId
);

/// The identity of an attempt: at most one call is ever placed for it.
///
/// Unique in the ledger. SIP Call-IDs derive from it, so that a carrier's call records can be
/// joined later. Its text form is `CAMPAIGN-CONTACT-NUMBER`, for example `7-1042-1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The campaign that dials.
    pub campaign: CampaignId,
    /// Who is dialled.
    pub contact: ContactId,
    /// 1 for the contact's first attempt in this campaign.
    pub attempt_no: u16,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.campaign, self.contact, self.attempt_no)
    }
}

/// A text that is not `CAMPAIGN-CONTACT-NUMBER`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an attempt: write CAMPAIGN-CONTACT-NUMBER, for example 7-1042-1")]
pub struct InvalidAttemptId(pub String);

impl FromStr for AttemptId {
    type Err = InvalidAttemptId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidAttemptId(text.to_owned());
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or_else(invalid);
        let (campaign, contact, attempt_no) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(invalid());
        }
        Ok(Self {
            campaign: CampaignId(campaign.parse().map_err(|_| invalid())?),
            contact: ContactId(contact.parse().map_err(|_| invalid())?),
            attempt_no: attempt_no.parse().map_err(|_| invalid())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_id_reads_back_what_it_writes() {
        let id = AttemptId { campaign: CampaignId(7), contact: ContactId(1042), attempt_no: 3 };
        assert_eq!(id.to_string(), "7-1042-3");
        assert_eq!("7-1042-3".parse(), Ok(id));
    }

    #[test]
    fn a_text_with_parts_missing_or_left_over_is_refused() {
        for text in ["", "7", "7-1", "7-1-1-1", "a-1-1", "7-1-70000"] {
            assert!(text.parse::<AttemptId>().is_err(), "{text}");
        }
    }
}
