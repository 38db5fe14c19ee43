//! What `scenario rehearse` is asked.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    /// The scenario's file.
    pub file: PathBuf,
    /// The file of people; their list stands beside it.
    #[arg(long)]
    pub people: PathBuf,
    /// Train the intents first and understand by them, as on calls, instead of by the nearest
    /// example.
    #[arg(long)]
    pub trained: bool,
    /// Who gets which number.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A field of what services answer to requests; without any, requests fail.
    #[arg(long = "answer", value_name = "FIELD=VALUE")]
    pub answers: Vec<String>,
    /// Print every call, and not only those that went wrong.
    #[arg(long)]
    pub all: bool,
}
