//! Durable intents: how many a second, and how long a claim waits for its commit.
//!
//! Campaigns claim blocks as the engine does, one claim in flight each, through every rule of the
//! gate, with `synchronous=FULL`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use outcall_campaign::gate::{DialRules, LocaleRules};
use outcall_campaign::lifecycle::CampaignCommand;
use outcall_campaign::{
    AttemptCap, CallingCalendar, CampaignId, CapWindow, Consent, RetryRules, UnixMillis, ZoneSet,
};
use outcall_ledger::sqlite::Sync;
use outcall_ledger::{ClaimRequest, Epoch, Ledger, LocaleRecord, SqliteLedger};
use outcall_simulation::People;

use super::{BenchArgs, Figure, tenth};
use crate::peers::procfs::now;

const CAMPAIGNS: i64 = 8;

/// How many intents a claim asks for.
const BLOCK: u32 = 64;

const PEOPLE_EACH: u64 = 60_000;

const NOW: UnixMillis = UnixMillis(1_772_460_000_000);

const RUN_FOR: Duration = Duration::from_secs(10);

struct Claims {
    intents: u64,
    waits_us: Histogram<u64>,
}

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let ledger = Arc::new(SqliteLedger::open(folder.path(), Sync::Full)?);
    let tenant = ledger.tenant("bench", NOW)?;
    for index in 0..CAMPAIGNS {
        let name = format!("campaign {index}");
        let campaign = ledger.create_campaign(tenant, &name, "", NOW)?;
        let list = ledger.begin_list(campaign, "people", "", NOW)?;
        let people = args.scaled(PEOPLE_EACH);
        let mut people = People::new(index.cast_unsigned(), people);
        loop {
            let some: Vec<_> = people.by_ref().take(10_000).collect();
            if some.is_empty() {
                break;
            }
            ledger.add_contacts(list, some)?;
        }
        ledger.finish_list(list, 1, "{}")?;
        ledger.command(campaign, CampaignCommand::Prepare, NOW)?;
        ledger.command(campaign, CampaignCommand::Start, NOW)?;
    }
    let rules = rules(&ledger.reader()?.locales(CampaignId(1))?)?;
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    ledger.take_over(NOW, Box::new(move |epoch| drop(tell.send(epoch))));
    let epoch = told.recv()??;
    let start = now();
    let threads: Vec<_> = (1..=CAMPAIGNS)
        .map(|campaign| {
            let (ledger, rules) = (Arc::clone(&ledger), Arc::clone(&rules));
            std::thread::spawn(move || claim_all(&ledger, CampaignId(campaign), epoch, &rules))
        })
        .collect();
    let mut intents = 0;
    let mut waits_us = Histogram::new(3)?;
    for thread in threads {
        let claims = thread.join().ok().context("a claiming thread failed")??;
        intents += claims.intents;
        waits_us.add(claims.waits_us)?;
    }
    let wall_s = start.elapsed().as_secs_f64();
    let wait_ms = |quantile| tenth(waits_us.value_at_quantile(quantile) as f64 / 1_000.0);
    Ok(vec![
        Figure::new("intents", intents, ""),
        Figure::new("per_s", (intents as f64 / wall_s).round(), "> 20,000"),
        Figure::new("wait_p50_ms", wait_ms(0.5), ""),
        Figure::new("wait_p99_ms", wait_ms(0.99), "< 50"),
    ])
}

fn rules(locales: &[LocaleRecord]) -> Result<Arc<DialRules>> {
    let caps: Arc<[AttemptCap]> =
        Arc::new([AttemptCap { max: 3, window: CapWindow::Rolling { ms: 86_400_000 } }]);
    let calendar = Arc::new(CallingCalendar::new([]));
    let mut by_locale = HashMap::new();
    for locale in locales {
        let rules = LocaleRules {
            zones: ZoneSet::parse(&locale.zones)?,
            calendar: Arc::clone(&calendar),
            caps: Arc::clone(&caps),
            consent: Consent::ExpressWritten,
        };
        by_locale.insert(locale.id, rules);
    }
    Ok(Arc::new(DialRules { locales: by_locale, retry: RetryRules::default() }))
}

fn claim_all(
    ledger: &SqliteLedger,
    campaign: CampaignId,
    epoch: Epoch,
    rules: &Arc<DialRules>,
) -> Result<Claims> {
    let mut claims = Claims { intents: 0, waits_us: Histogram::new(3)? };
    let start = now();
    while start.elapsed() < RUN_FOR {
        let request = ClaimRequest {
            epoch,
            campaign,
            rules: Arc::clone(rules),
            now: NOW,
            want: BLOCK,
            send_within_ms: 5_000,
        };
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let asked = now();
        ledger.claim(request, Box::new(move |claimed| drop(tell.send(claimed))));
        let claimed = told.recv()??;
        let wait_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        claims.waits_us.record(wait_us)?;
        claims.intents += claimed.intents.len() as u64;
        if claimed.intents.is_empty() {
            break;
        }
    }
    Ok(claims)
}
