//! What the writer remembers of each campaign's due contacts, so that a claim asks the database
//! only where something can be due.
//!
//! A *cell* is one lane of one list in one calling locale. Contacts of a cell are due in the order
//! of an index, and all have the same window. The cache holds a lower bound of each cell's next due
//! instant; it is rebuilt from the index whenever it might be wrong: after a rollback, after
//! another process has written, when a list appears.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use outcall_campaign::calendar::WindowStatus;
use outcall_campaign::gate::{DialRules, LocaleId};
use outcall_campaign::{CampaignId, ListId, UnixMillis};
use rusqlite::{Connection, OptionalExtension};

/// One lane of one list in one locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CellKey {
    pub lane: i64,
    pub list: ListId,
    pub locale: LocaleId,
}

/// The cells of one campaign that have pending contacts.
pub(crate) struct Cells {
    /// Not later than the due instant of the cell's first contact.
    pub next_due: BTreeMap<CellKey, UnixMillis>,
    rules: Option<Arc<DialRules>>,
    windows: HashMap<LocaleId, (UnixMillis, WindowStatus)>,
}

/// The cells of every campaign that has been asked for.
#[derive(Default)]
pub(crate) struct CellCache {
    campaigns: HashMap<CampaignId, Cells>,
    data_version: i64,
}

impl CellCache {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.campaigns.clear();
    }

    /// Forgets one campaign.
    pub(crate) fn forget(&mut self, campaign: CampaignId) {
        self.campaigns.remove(&campaign);
    }

    /// A contact has become pending, or will be due at another instant.
    pub(crate) fn note_pending(&mut self, campaign: CampaignId, key: CellKey, due: UnixMillis) {
        if let Some(cells) = self.campaigns.get_mut(&campaign) {
            let next = cells.next_due.entry(key).or_insert(due);
            *next = due.min(*next);
        }
    }

    /// The cells of a campaign, read from the database when they are not known.
    pub(crate) fn of(
        &mut self,
        connection: &Connection,
        campaign: CampaignId,
    ) -> rusqlite::Result<&mut Cells> {
        // Changes when another connection has committed.
        let version: i64 =
            connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.clear();
            self.data_version = version;
        }
        match self.campaigns.entry(campaign) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(unknown) => {
                let next_due = load(connection, campaign)?;
                let cells = Cells { next_due, rules: None, windows: HashMap::new() };
                Ok(unknown.insert(cells))
            }
        }
    }
}

impl Cells {
    /// The window of a locale at `now`; computed again only when it has changed or the rules have.
    /// `None` when the rules do not know the locale.
    pub(crate) fn window(
        &mut self,
        rules: &Arc<DialRules>,
        locale: LocaleId,
        now: UnixMillis,
    ) -> Option<WindowStatus> {
        if !self.rules.as_ref().is_some_and(|known| Arc::ptr_eq(known, rules)) {
            self.rules = Some(Arc::clone(rules));
            self.windows.clear();
        }
        if let Some(&(since, status)) = self.windows.get(&locale) {
            let still = match status {
                WindowStatus::Open { until } => now < until,
                WindowStatus::Closed { opens_at } => opens_at.is_none_or(|at| now < at),
            };
            if still && now >= since {
                return Some(status);
            }
        }
        let status = rules.locales.get(&locale)?.window(now);
        self.windows.insert(locale, (now, status));
        Some(status)
    }
}

/// Skips through the index of pending contacts: one step a cell, however many contacts it has.
fn load(
    connection: &Connection,
    campaign: CampaignId,
) -> rusqlite::Result<BTreeMap<CellKey, UnixMillis>> {
    let mut lists = connection
        .prepare_cached("SELECT id FROM list WHERE campaign_id = ?1 AND state = 'ready'")?;
    let lists: Vec<i64> =
        lists.query_map([campaign.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut next = connection.prepare_cached(
        "SELECT locale_id, lane, due_ms FROM contact
         WHERE state = 0 AND list_id = ?1 AND (locale_id, lane) > (?2, ?3)
         ORDER BY locale_id, lane, due_ms LIMIT 1",
    )?;
    let mut cells = BTreeMap::new();
    for list in lists {
        let mut last = (i64::MIN, i64::MIN);
        let step = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        while let Some((locale, lane, due)) =
            next.query_row((list, last.0, last.1), step).optional()?
        {
            let key = CellKey { lane, list: ListId(list), locale: LocaleId(locale) };
            cells.insert(key, UnixMillis(due));
            last = (locale, lane);
        }
    }
    Ok(cells)
}
