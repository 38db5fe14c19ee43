//! `config`.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::Style;
use crate::config::Config;
use crate::output::{answer, table};

/// Shows every setting with its origin.
pub(super) fn show(config: &Config, style: Style) -> anyhow::Result<ExitCode> {
    let Value::Object(settings) = serde_json::to_value(&config.settings)? else {
        anyhow::bail!("the settings have no fields");
    };
    let mut shown = Map::new();
    let mut rows = table(&["setting", "value", "from"]);
    for (name, value) in settings {
        let origin = config.origin(&name);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        rows.add_row([name.as_str(), &text, &origin]);
        shown.insert(name, json!({ "value": value, "from": origin }));
    }
    answer(style.json, &shown, || println!("{rows}"))?;
    Ok(ExitCode::SUCCESS)
}
