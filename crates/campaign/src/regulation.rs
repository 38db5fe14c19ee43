//! Regulation as data: what the law of a place asks of a campaign, with the source of each figure.

mod builtin;
mod text;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{AttemptCap, Calendar, CapWindow};

coded_enum! {
    /// How far a contact has agreed to be called. Each value includes those before it.
    pub enum Consent, UnknownConsent = "consent" {
        /// Nothing is known.
        None = "none",
        /// The contact is a customer, or asked about a product not long ago.
        ExistingRelationship = "existing_relationship",
        /// The contact agreed to be called, in speech or in writing.
        Express = "express",
        /// The contact signed an agreement to be called, by automatic means and for marketing.
        ExpressWritten = "express_written",
    }
}

coded_enum! {
    /// What a campaign calls for. Marketing asks for more consent than information does.
    pub enum Purpose, UnknownPurpose = "purpose" {
        /// To sell, to advertise, to win a donation.
        Marketing = "marketing",
        /// To remind, to confirm, to ask, to warn.
        Informational = "informational",
    }
}

coded_enum! {
    /// On what a rule rests.
    pub enum Standing, UnknownStanding = "standing" {
        /// A binding rule.
        Law = "law",
        /// What a regulator or the industry recommends.
        Guidance = "guidance",
        /// Our cautious choice, where no figure is set.
        House = "house",
    }
}

/// A rule, what it rests on, and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced<T> {
    /// The rule.
    pub rule: T,
    /// What it rests on.
    pub standing: Standing,
    /// Where it is written, for example `47 CFR 64.1200(c)(1)`.
    pub source: String,
}

/// The bound on calls that a person answered and that nobody spoke on in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AbandonmentLimit {
    /// The largest share of the calls answered by a person, in percent.
    pub max_percent: f64,
    /// Over which stretch of time it is reckoned.
    pub window: CapWindow,
    /// A call counts as abandoned when nobody speaks within this time from the answer, in ms.
    pub answer_within_ms: u32,
}

/// The least consent for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequiredConsent {
    /// For [`Purpose::Marketing`].
    pub marketing: Consent,
    /// For [`Purpose::Informational`].
    pub informational: Consent,
}

/// What the robot must say at the start of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// For whom the call is made.
    pub identify_caller: bool,
    /// That a machine is speaking.
    pub identify_robot: bool,
    /// How to ask for no further calls.
    pub opt_out: bool,
    /// From the called person's greeting, in ms.
    pub within_ms: u32,
    /// A sentence that says so, by language (BCP 47).
    pub text: BTreeMap<String, String>,
}

/// The rules of one jurisdiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Jurisdiction {
    /// Its name in settings, for example `us`.
    pub code: String,
    /// Its name in reports.
    pub name: String,
    /// The regions it holds for, ISO 3166-1 alpha-2.
    pub regions: Vec<String>,
    /// When a person last compared the file with its sources.
    pub reviewed: Date,
    /// When a person may be called. The standing and source are those of the hours.
    pub calendar: Sourced<Calendar>,
    /// On what the holidays of the calendar rest; `None` when the file has none.
    pub holidays: Option<(Standing, String)>,
    /// How often a person may be called.
    pub attempt_caps: Vec<Sourced<AttemptCap>>,
    /// How many calls may be abandoned.
    pub abandonment: Sourced<AbandonmentLimit>,
    /// How long an unanswered call must ring before it is given up, in ms.
    pub min_ring_ms: Sourced<u32>,
    /// Which consent a contact must have given.
    pub consent: Sourced<RequiredConsent>,
    /// What must be said.
    pub disclosure: Sourced<Disclosure>,
    /// What the file does not cover.
    pub notes: String,
}

impl Jurisdiction {
    /// The rules that a file states; `file` names it in errors.
    ///
    /// # Errors
    /// With file, line and reason when the text is not TOML, has a field too many, lacks one, or
    /// states a rule that cannot be.
    pub fn parse(file: &str, text: &str) -> Result<Self, RegulationError> {
        text::parse(file, text)
    }

    /// The least consent for calls of this purpose.
    pub fn required_consent(&self, purpose: Purpose) -> Consent {
        match purpose {
            Purpose::Marketing => self.consent.rule.marketing,
            Purpose::Informational => self.consent.rule.informational,
        }
    }

    /// The caps alone, without their sources.
    pub fn caps(&self) -> Vec<AttemptCap> {
        self.attempt_caps.iter().map(|cap| cap.rule).collect()
    }
}

/// Why regulation files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegulationError {
    /// Not TOML, or not of the form of a regulation file. The reason has line and column.
    #[error("regulation file {file}: {reason}")]
    Form {
        /// The name that was given for the file.
        file: String,
        /// Where and why, from the TOML parser.
        reason: String,
    },
    /// A field says what cannot be.
    #[error("regulation file {file}: {field}: {reason}")]
    Field {
        /// The name that was given for the file.
        file: String,
        /// Its path, for example `abandonment.max_percent`.
        field: &'static str,
        /// What is wrong, and what to write.
        reason: String,
    },
    /// Two jurisdictions claim the same region.
    #[error("region {region} is claimed by jurisdiction {first} and by {second}: leave it to one")]
    RegionTwice {
        /// ISO 3166-1 alpha-2.
        region: String,
        /// The code of the one.
        first: String,
        /// The code of the other.
        second: String,
    },
}

/// A set of jurisdictions, each region in at most one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regulations {
    by_code: BTreeMap<String, Jurisdiction>,
}

impl Regulations {
    /// The jurisdictions that come with the program: `cn`, `eu`, `uk`, `us`.
    pub fn builtin() -> Self {
        builtin::regulations()
    }

    /// The jurisdictions of these `(name, text)` pairs; a later one replaces an earlier one of the
    /// same code.
    ///
    /// # Errors
    /// When a text is no regulation file, or two jurisdictions claim one region.
    pub fn from_toml_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, RegulationError> {
        Self::default().with_toml_files(files)
    }

    /// These and the jurisdictions of the `(name, text)` pairs; a later one replaces an earlier one
    /// of the same code.
    ///
    /// # Errors
    /// When a text is no regulation file, or two jurisdictions claim one region.
    pub fn with_toml_files<'a>(
        mut self,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, RegulationError> {
        for (name, text) in files {
            let jurisdiction = Jurisdiction::parse(name, text)?;
            self.by_code.insert(jurisdiction.code.clone(), jurisdiction);
        }
        // Only now: a replacement may hand a region from one jurisdiction to another.
        let mut claimed: BTreeMap<&str, &str> = BTreeMap::new();
        for jurisdiction in self.by_code.values() {
            for region in &jurisdiction.regions {
                if let Some(first) = claimed.insert(region, &jurisdiction.code) {
                    return Err(RegulationError::RegionTwice {
                        region: region.clone(),
                        first: first.to_owned(),
                        second: jurisdiction.code.clone(),
                    });
                }
            }
        }
        Ok(self)
    }

    /// The jurisdiction of a region (ISO 3166-1 alpha-2, upper case).
    pub fn for_region(&self, region: &str) -> Option<&Jurisdiction> {
        self.by_code.values().find(|found| found.regions.iter().any(|own| own == region))
    }

    /// The jurisdiction of this code.
    pub fn by_code(&self, code: &str) -> Option<&Jurisdiction> {
        self.by_code.get(code)
    }

    /// Every jurisdiction, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Jurisdiction> {
        self.by_code.values()
    }
}
