//! Where an editor put the nodes: a file beside the scenario, which no call needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a layout cannot be read. It can be deleted: an editor lays the nodes out again.
#[derive(Debug, thiserror::Error)]
#[error("not a layout ({0}): delete the file, the editor lays the nodes out again")]
pub struct LayoutError(#[from] serde_json::Error);

/// Where each node lies, by its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Left and upper edge of each node, in pixels at 100 %.
    pub nodes: BTreeMap<String, (f64, f64)>,
}

impl Layout {
    /// The layout's file of a scenario's: `scenario.yaml` has `scenario.layout.json`.
    pub fn path(scenario: &str) -> String {
        let stem = scenario.strip_suffix(".yaml").or_else(|| scenario.strip_suffix(".yml"));
        format!("{}.layout.json", stem.unwrap_or(scenario))
    }

    /// Reads a layout.
    ///
    /// # Errors
    /// When it is not a layout.
    pub fn parse(text: &str) -> Result<Self, LayoutError> {
        Ok(serde_json::from_str(text)?)
    }

    /// The text of the file, the same for the same places.
    ///
    /// # Errors
    /// When a place is not a number.
    pub fn text(&self) -> Result<String, LayoutError> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_read_as_it_was_written() {
        let mut layout = Layout::default();
        layout.nodes.insert("greet".to_owned(), (10.0, 20.5));
        assert_eq!(Layout::parse(&layout.text().unwrap()).unwrap(), layout);
        assert_eq!(Layout::path("a/scenario.yaml"), "a/scenario.layout.json");
        assert!(Layout::parse("{\"nodes\": 1}").is_err());
    }
}
