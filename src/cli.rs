//! What can be asked on the command line.

mod rehearse;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil;

pub(crate) use rehearse::Rehearse;

/// Outbound voice robots: campaigns, calls, outcomes.
///
/// Exit codes: 0 done; 1 failed, nothing was changed unless the message says so; 2 the command line
/// is wrong; 3 the campaign cannot go on by itself (`campaign explain` says why); 4 another process
/// dials from this ledger.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    /// The folder of the ledger.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A configuration file, TOML; without it `outcall.toml` in the data folder, when there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Whose records are meant.
    #[arg(long, global = true, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress bars.
    #[arg(long, global = true)]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Contact lists and suppressed numbers.
    #[command(subcommand)]
    Contacts(Contacts),
    /// Campaigns.
    #[command(subcommand)]
    Campaign(Campaign),
    /// Run a campaign of invented people through the whole engine in virtual time.
    Simulate(Simulate),
    /// Write a verified copy of the ledger, also while a process dials.
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
    },
    /// Put a verified backup in the place of the ledger; the old one is kept beside it.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// The configuration of the process.
    #[command(subcommand)]
    Config(Config),
    /// Check what a call needs: configuration, disk, ledger, models, clock, ports, each trunk and
    /// how it sees us. Says of each thing whether it is well, and when not, what to do.
    Doctor(Doctor),
    /// Take calls over SIP as a carrier with all its callees would, to practise on and to test
    /// with. The last two digits of the number decide what becomes of a call.
    Farm(FarmArgs),
    /// Calls: those of a campaign, one with all that was said, and those that came in.
    #[command(subcommand)]
    Calls(Calls),
    /// Recognition, synthesis and the classes of answers, on files.
    #[command(subcommand)]
    Speech(Speech),
    /// Read and hear the recording of a call.
    Listen(Listen),
    /// What robots say: check, test, train and draw scenarios.
    #[command(subcommand)]
    Scenario(Scenario),
    /// Talk to a scenario in the terminal: what it says, where it is, and what it understood. An
    /// empty line is silence, /9 a key, /hangup the end.
    Chat(Chat),
}

#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// The file.
    pub file: PathBuf,
    /// The language (en, zh); without it the scenario's first.
    #[arg(long)]
    pub language: Option<String>,
    /// A field of the contact's row; without it that of the scenario's sample.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub fields: Vec<String>,
    /// The wall-clock time where the callee is, as 2026-03-02T10:00; without it now, in UTC.
    #[arg(long)]
    pub now: Option<civil::DateTime>,
    /// Chooses the variants of prompts.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The currency meant when only a number is said (ISO 4217).
    #[arg(long, default_value = "USD")]
    pub currency: String,
    /// Train the intents first and understand by them, instead of by the nearest example.
    #[arg(long)]
    pub trained: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Check scenarios: nodes that lead nowhere, missing texts, intents that cannot be told apart,
    /// what the law wants to be said.
    Check {
        /// Files, or folders with scenario.yaml in them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Hold the exchanges written in scenarios, without sound.
    Test {
        /// Files, or folders with scenario.yaml in them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Train the intents first and understand by them, as on calls, instead of by the nearest
        /// example.
        #[arg(long)]
        trained: bool,
    },
    /// Let the people of a file hold calls with a scenario, as text: what they wanted, and what is
    /// written down of it. They answer in their own words (docs/guide/farm.md has the form of the
    /// file); with --trained this shows in seconds what a change does to real calls.
    Rehearse(Rehearse),
    /// Train the intents of a scenario: a model for each language.
    Train {
        /// The file.
        file: PathBuf,
        /// The folder for the models.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make a scenario out of a CSV file of intents (columns text and intent) or of the files of a
    /// Rasa project (training data, stories, rules, responses), and say what was left out.
    Import {
        /// The files of one project.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The scenario's file, which must not be there yet. Without it the scenario is printed.
        #[arg(long)]
        out: Option<PathBuf>,
        /// The language of the texts: en, zh.
        #[arg(long, default_value = "en")]
        language: String,
        /// Whose people are called: us, uk, eu, cn.
        #[arg(long, value_delimiter = ',', default_value = "us")]
        jurisdictions: Vec<String>,
    },
    /// Draw a scenario.
    Graph {
        /// The file.
        file: PathBuf,
        /// As text of Mermaid instead of Graphviz.
        #[arg(long)]
        mermaid: bool,
    },
    /// Print the JSON Schema of the format, for editors.
    Schema,
    /// Delete nodes, intents and transitions at random, and say how many of them the checks and the
    /// tests notice.
    Mutate {
        /// Files, or folders with scenario.yaml in them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How many deletions in each.
        #[arg(long, default_value_t = 200)]
        count: usize,
        /// Everything random follows from it.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Hold calls with random callees, and replay each from its records.
    Replay {
        /// The file.
        file: PathBuf,
        /// How many calls.
        #[arg(long, default_value_t = 10_000)]
        calls: u64,
        /// Everything random follows from it.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Speech {
    /// What is said in recordings, and when; of two channels, the left is the callee.
    Transcribe(Transcribe),
    /// Speak a text into a WAV file of 8 kHz.
    Say(Say),
    /// Who answered, by what recordings of the callee hold: a person, a machine, the network.
    Classify {
        /// WAV files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Count the words that are wrongly recognised in a folder of recordings.
    Eval(Eval),
}

/// How speech is recognised.
#[derive(Clone, Debug, Args)]
pub(crate) struct Recognition {
    /// The language: en, zh, ...
    #[arg(long, default_value = "en")]
    pub language: String,
    /// The model, instead of the language's own.
    #[arg(long)]
    pub model: Option<String>,
}

impl Default for Recognition {
    fn default() -> Self {
        Self { language: "en".to_owned(), model: None }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Transcribe {
    /// WAV files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub recognition: Recognition,
    /// Only digits are said.
    #[arg(long)]
    pub digits: bool,
    /// How many digits.
    #[arg(long, requires = "digits")]
    pub count: Option<u32>,
    /// An answer to a question that asks for yes or no is expected.
    #[arg(long, conflicts_with = "digits")]
    pub yes_no: bool,
    /// A day or a time is expected.
    #[arg(long, conflicts_with_all = ["digits", "yes_no"])]
    pub when: bool,
    /// Names and words that may be said, with commas between them.
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    #[arg(conflicts_with_all = ["digits", "yes_no", "when"])]
    pub vocabulary: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Say {
    /// The text.
    pub text: String,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// A folder with `prompts.tsv`: a file and its text in each line, a tab between them.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where the recordings lie, when not beside the list.
    #[arg(long, value_name = "DIR")]
    pub sounds: Option<PathBuf>,
    #[command(flatten)]
    pub recognition: Recognition,
    /// Print each recording that was not understood.
    #[arg(long)]
    pub details: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The recording.
    pub file: PathBuf,
    #[command(flatten)]
    pub recognition: Recognition,
    /// Only read it.
    #[arg(long)]
    pub silent: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every setting, its value and where it comes from.
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Send nothing to the trunks.
    #[arg(long)]
    pub no_network: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FarmArgs {
    /// Where to take calls over UDP.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5070")]
    pub sip: SocketAddr,
    /// Where to take calls over TCP.
    #[arg(long, value_name = "ADDRESS")]
    pub tcp: Option<SocketAddr>,
    /// The ports of the audio.
    #[arg(long, value_name = "FIRST-LAST", default_value = "30000-49999")]
    pub ports: String,
    /// A file of personas: the numbers of its list are answered by people who speak, by flite.
    #[arg(long, value_name = "FILE", requires = "voices")]
    pub people: Option<PathBuf>,
    /// Where to write what the people wanted and what happened, a line of JSON for each call.
    #[arg(long, value_name = "FILE", requires = "people")]
    pub truth: Option<PathBuf>,
    /// Render what the people say into --voices, and leave.
    #[arg(long, requires = "people")]
    pub prepare: bool,
    /// A folder of WAV files that callees speak with; without it they make noises like speech. With
    /// --people, where what they say is rendered.
    #[arg(long, value_name = "DIR")]
    pub voices: Option<PathBuf>,
    /// A WAV file that answering machines greet with; without it noise like speech.
    #[arg(long, value_name = "FILE")]
    pub greeting: Option<PathBuf>,
    /// Where callees record what they hear.
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Where to write what happens, a line of JSON each.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// How many of 100 callees answer.
    #[arg(long, default_value_t = 100.0)]
    pub answer_percent: f64,
    /// The median time that it rings, in ms.
    #[arg(long, default_value_t = 100)]
    pub ring_ms: u32,
    /// After how long callees hang up, in ms; 0 leaves that to the caller.
    #[arg(long, default_value_t = 0)]
    pub talk_ms: u32,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads that carry the audio.
    #[arg(long, default_value_t = 1)]
    pub shards: usize,
    /// How many calls there may be at once; above that they get 503.
    #[arg(long, default_value_t = 20_000)]
    pub calls_max: usize,
    /// How many calls at once are timed packet by packet, of callees that only talk; none with
    /// --record.
    #[arg(long, default_value_t = 8)]
    pub probes: usize,
    /// Print what the digits mean, and leave.
    #[arg(long)]
    pub table: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Calls {
    /// Show the latest calls of a campaign.
    List {
        /// The campaign.
        #[arg(long)]
        campaign: i64,
        /// Only those that ended so: an outcome of the scenario, or a disposition.
        #[arg(long)]
        ended: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one call: what was said, understood and agreed, and where the time went.
    Show {
        /// Which, as `calls list` names it, for example 1-42-1.
        attempt: String,
    },
    /// Show the latest calls that came in over SIP.
    Inbound {
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contacts {
    /// Import a list: CSV, XLSX or JSON lines.
    Import(Import),
    /// Show contacts.
    List {
        /// Of which campaign.
        #[arg(long, value_name = "ID")]
        campaign: i64,
        /// Only those after this contact.
        #[arg(long, value_name = "ID", default_value_t = 0)]
        after: i64,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Suppress numbers, lift suppressions, or list them.
    Suppress(Suppress),
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file.
    pub file: PathBuf,
    /// Into which campaign.
    #[arg(long, value_name = "ID")]
    pub campaign: i64,
    /// Only say what would happen: the same report, and nothing is written to the ledger.
    #[arg(long)]
    pub dry_run: bool,
    /// What a column is, where the guess is wrong: phone=Mobile, ignore=Notes, ...
    #[arg(long = "map", value_name = "ROLE=COLUMN")]
    pub mappings: Vec<String>,
    /// The region of numbers without a country code (ISO 3166-1), instead of the campaign's.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The time zone of contacts whose row and number do not tell it, instead of the campaign's.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// The encoding, instead of a guess: utf-8, utf-16le, gb18030, windows-1252, ...
    #[arg(long)]
    pub encoding: Option<String>,
    /// The delimiter of a CSV file, instead of a guess; write tab for a tab.
    #[arg(long)]
    pub delimiter: Option<String>,
    /// The sheet of a workbook, instead of the first visible one.
    #[arg(long)]
    pub sheet: Option<String>,
    /// Attest this consent for contacts whose row says nothing: none, existing_relationship,
    /// express, express_written.
    #[arg(long, value_name = "CONSENT", default_value = "none")]
    pub consent: String,
    /// Where to write the rows that were not taken, to be mended and imported again. By default
    /// beside the file, with `.rejects.csv` at its end.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Write no such file.
    #[arg(long, conflicts_with = "rejects")]
    pub no_rejects: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Suppress {
    /// Numbers in E.164 form: +442079460123.
    pub numbers: Vec<String>,
    /// A file with one number a line.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only for this campaign; without it for all of the tenant's.
    #[arg(long, value_name = "ID")]
    pub campaign: Option<i64>,
    /// Why.
    #[arg(long, default_value = "manual")]
    pub reason: String,
    /// Lift the suppression instead.
    #[arg(long)]
    pub lift: bool,
    /// Show what is suppressed.
    #[arg(long, conflicts_with_all = ["numbers", "file", "lift"])]
    pub list: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    /// Create a campaign from a TOML file, or with nothing but a name.
    Create {
        /// Its settings; `campaign example` shows all of them.
        #[arg(long, value_name = "FILE", required_unless_present = "name")]
        file: Option<PathBuf>,
        /// Its name; everything else keeps its default.
        #[arg(long, conflicts_with = "file")]
        name: Option<String>,
    },
    /// Print a settings file with every setting explained.
    Example,
    /// Show the campaigns.
    List,
    /// Dial campaigns until they are completed, paused or stopped. SIGTERM drains, a second one
    /// hangs up.
    Run(Box<Run>),
    /// Place no further calls; calls in progress come to their end. `campaign run` goes on.
    Pause {
        /// Which.
        campaign: i64,
    },
    /// End a campaign for good.
    Stop {
        /// Which.
        campaign: i64,
    },
    /// What has happened.
    Report {
        /// Which.
        campaign: i64,
    },
    /// Why is nothing dialling? What each rule holds back, and until when.
    Explain {
        /// Which.
        campaign: i64,
        /// As of this instant (RFC 3339) instead of now.
        #[arg(long, value_name = "INSTANT")]
        at: Option<String>,
    },
    /// Write every attempt as JSON lines.
    Export {
        /// Which.
        campaign: i64,
        /// The file; without it standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// The trunk of a run. What is left out comes from the configuration.
#[derive(Debug, Args, Default)]
pub(crate) struct Trunk {
    /// How many calls there can be at once.
    #[arg(long, value_name = "N")]
    pub channels: Option<u32>,
    /// How many calls may be placed per second.
    #[arg(long, value_name = "RATE")]
    pub calls_per_second: Option<f64>,
    /// Over how many seconds to ramp up to that, from a tenth of it.
    #[arg(long, value_name = "SECONDS")]
    pub ramp_s: Option<u32>,
    /// How many conversations there can be at once, over all campaigns.
    #[arg(long, value_name = "N")]
    pub robots: Option<u32>,
    /// How simulated callees behave, TOML.
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Which; several share the trunk.
    #[arg(required = true)]
    pub campaigns: Vec<i64>,
    #[command(flatten)]
    pub trunk: Trunk,
    /// Who carries the calls: `sip` for the trunks of the configuration, `simulated`, or
    /// `tcp:HOST:PORT` for a simulated carrier in another process, which must live in the same
    /// world.
    #[arg(long, default_value = "simulated")]
    pub carrier: String,
    /// Run in virtual time: days pass in seconds. For rehearsals on a copy of the ledger.
    #[arg(long = "virtual")]
    pub in_virtual_time: bool,
    /// The seed of the simulated callees.
    #[arg(long)]
    pub seed: Option<u64>,
    /// When virtual time begins (RFC 3339); by default now.
    #[arg(long, value_name = "INSTANT", requires = "in_virtual_time")]
    pub start: Option<String>,
    /// How many days of virtual time at most.
    #[arg(long, default_value_t = 60, requires = "in_virtual_time")]
    pub days: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// How many people.
    #[arg(long, default_value_t = 10_000)]
    pub contacts: u64,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub trunk: Trunk,
    /// The campaign's settings; without it the defaults, with as many robots as channels.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// When virtual time begins (RFC 3339).
    #[arg(long, value_name = "INSTANT", default_value = "2026-03-02T14:00:00Z")]
    pub start: String,
    /// How many days of virtual time at most.
    #[arg(long, default_value_t = 60)]
    pub days: u32,
    /// Keep the ledger in this folder, which must not hold one. Without it the ledger goes when the
    /// run is over.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}
