//! `cargo xtask demo`: the main job: robots call people who speak ([`spoken`]).
//!
//! `--engine` shows the engine instead, a campaign from its list to its report in virtual time, and
//! announcements over SIP to callees of every kind. It writes a list of people who do not exist and
//! runs the commands that a campaign manager would type. Each is printed before it runs.

mod calls;
pub(crate) mod spoken;

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Profile;
use crate::{process, workspace};

const CONTACTS: u32 = 300;
const SEED: u64 = 7;

/// Two rows that the import must refuse, so that its report and its rejects file have something to
/// show: a number that is none, and a row without any.
const BROKEN_ROWS: &str = "Nora Null,call me,gold,express\nOtto Odd,,silver,express\n";

const CAMPAIGN: &str = r#"# A campaign that reminds people of an appointment.
name = "Appointment reminders"
purpose = "informational"
"#;

/// The campaign manager's commands. `{...}` stand for the files of this demo.
const COMMANDS: &[(&str, &str)] = &[
    ("create a campaign", "campaign create --file {campaign}"),
    ("look what the list would bring", "contacts import --campaign 1 {list} --dry-run"),
    ("import the list", "contacts import --campaign 1 {list}"),
    ("run the campaign in virtual time", "campaign run 1 --virtual --seed {seed}"),
    ("see what came of it", "campaign report 1"),
    ("ask what is left and why", "campaign explain 1"),
    ("rehearse a larger campaign of invented people", "simulate --contacts 5000 --seed {seed}"),
];

/// Shows the engine in `target/demo/engine`, from nothing each time.
pub(crate) fn engine() -> Result<()> {
    let programs = workspace::build(&["outcall"], Profile::Proof)?;
    let folder = workspace::results("demo/engine")?;
    fs_err::remove_dir_all(&folder)?;
    fs_err::create_dir_all(&folder)?;
    fs_err::write(folder.join("contacts.csv"), list(CONTACTS, SEED))?;
    fs_err::write(folder.join("campaign.toml"), CAMPAIGN)?;

    for (purpose, text) in COMMANDS {
        println!("\n# {purpose}");
        let mut outcall = process::command(programs.join("outcall"));
        outcall.arg("--data-dir").arg(folder.join("data"));
        outcall.args(text.split(' ').map(|word| fill(word, &folder)));
        process::run(&mut outcall).with_context(|| format!("the demo could not {purpose}"))?;
    }
    let calls = folder.join("calls");
    fs_err::create_dir_all(&calls)?;
    calls::run(&programs.join("outcall"), &calls)?;
    println!("\nLists, campaigns, databases, recordings and traces stay in target/demo/engine.");
    Ok(())
}

fn fill(word: &str, folder: &Path) -> std::ffi::OsString {
    match word {
        "{campaign}" => folder.join("campaign.toml").into(),
        "{list}" => folder.join("contacts.csv").into(),
        "{seed}" => SEED.to_string().into(),
        _ => word.into(),
    }
}

/// A list in CSV: `contacts` good rows, no number twice, and the broken ones.
///
/// The numbers are set aside for fiction, so that they belong to nobody: +1 202 555 01xx by the
/// North American Numbering Plan, +44 20 7946 0xxx and +44 161 496 0xxx by Ofcom. (Ofcom's +44 1632
/// 960xxx will not do: no such area exists, so the import rightly refuses it.) The people have
/// agreed to be called; without that no robot may call them.
fn list(contacts: u32, seed: u64) -> String {
    const NAMES: &[&str] = &["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana"];
    const SURNAMES: &[&str] = &["Archer", "Baker", "Cooper", "Dyer", "Fisher", "Glover", "Mason"];
    const TIERS: &[&str] = &["gold", "silver", "bronze"];
    let mut chance = Chance(seed);
    let mut text = String::from("name,phone,tier,consent\n");
    for index in 0..contacts {
        let (name, surname) = (chance.pick(NAMES), chance.pick(SURNAMES));
        // The three ranges in turn, each counted through from its start.
        let place = index / 3;
        let number = match index % 3 {
            0 => format!("+1 202 555 01{:02}", place % 100),
            1 => format!("+44 20 7946 0{:03}", place % 1000),
            _ => format!("+44 161 496 0{:03}", place % 1000),
        };
        text += &format!("{name} {surname},{number},{},express\n", chance.pick(TIERS));
    }
    text + BROKEN_ROWS
}

/// A small generator (SplitMix64, Steele and others 2014): the same seed gives the same list.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.next() % from.len() as u64;
        from[usize::try_from(index).expect("invariant: smaller than the slice")]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_of_the_list_is_set_aside_for_fiction_and_stands_there_once() {
        let text = list(CONTACTS, SEED);
        let good = text.lines().skip(1).take(300);
        let numbers: BTreeSet<_> = good.filter_map(|row| row.split(',').nth(1)).collect();
        assert_eq!(numbers.len(), 300);
        for number in numbers {
            let fiction = ["+1 202 555 01", "+44 20 7946 0", "+44 161 496 0"];
            let prefix = fiction.iter().find(|prefix| number.starts_with(**prefix));
            let digits = number.strip_prefix(prefix.unwrap()).unwrap();
            assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{number}");
            assert_eq!(digits.len(), if number.starts_with("+1") { 2 } else { 3 }, "{number}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_list() {
        assert_eq!(list(20, 7), list(20, 7));
        assert_ne!(list(20, 7), list(20, 8));
    }

    #[test]
    fn every_placeholder_of_the_commands_is_filled() {
        for (_, text) in COMMANDS {
            for word in text.split(' ') {
                let filled = fill(word, Path::new("demo"));
                assert!(!filled.to_string_lossy().contains('{'), "{word}");
            }
        }
    }
}
