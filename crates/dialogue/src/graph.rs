//! A drawing of a scenario, as text of Graphviz or Mermaid.

use std::fmt::Write as _;

use crate::scenario::{Act, Scenario};

/// The scenario in the language of Graphviz (`dot`).
pub fn dot(scenario: &Scenario) -> String {
    let mut text = format!("digraph {:?} {{\n  rankdir=LR;\n", scenario.name);
    for (name, node) in &scenario.nodes {
        let shape = match node.act {
            Act::Listen { .. } => "box",
            Act::Branch(_) | Act::Choose(_) => "diamond",
            Act::End(_) => "doublecircle",
            Act::Call(_) | Act::Message { .. } | Act::Transfer { .. } => "component",
            Act::Say => "plaintext",
        };
        line(&mut text, format_args!("  {name:?} [shape={shape}];"));
        for (exit, to) in edges(node) {
            line(&mut text, format_args!("  {name:?} -> {to:?} [label={exit:?}];"));
        }
    }
    text.push_str("}\n");
    text
}

/// The scenario in the language of Mermaid, which many editors and Git hosts draw.
pub fn mermaid(scenario: &Scenario) -> String {
    let mut text = String::from("flowchart LR\n");
    let ids: std::collections::BTreeMap<&str, usize> =
        scenario.node_names().enumerate().map(|(id, name)| (name, id)).collect();
    for (name, node) in &scenario.nodes {
        let id = ids.get(name.as_str()).copied().unwrap_or_default();
        let (open, close) = match node.act {
            Act::Branch(_) | Act::Choose(_) => ("{", "}"),
            Act::End(_) => ("([", "])"),
            Act::Say
            | Act::Listen { .. }
            | Act::Call(_)
            | Act::Message { .. }
            | Act::Transfer { .. } => ("[", "]"),
        };
        line(&mut text, format_args!("  n{id}{open}\"{name}\"{close}"));
        for (exit, to) in edges(node) {
            let to = ids.get(to).copied().unwrap_or_default();
            line(&mut text, format_args!("  n{id} -- \"{exit}\" --> n{to}"));
        }
    }
    text
}

fn edges(node: &crate::scenario::Node) -> Vec<(&str, &str)> {
    let mut edges: Vec<(&str, &str)> =
        node.exits.iter().map(|(exit, to)| (exit.as_str(), to.as_str())).collect();
    match &node.act {
        Act::Branch(cases) => edges.extend(
            cases
                .iter()
                .map(|(when, to)| (if when.is_some() { "when" } else { "else" }, to.as_str())),
        ),
        Act::Choose(ways) => {
            edges.extend(ways.iter().map(|way| (way.name.as_str(), way.to.as_str())));
        }
        Act::Say
        | Act::Listen { .. }
        | Act::Call(_)
        | Act::Message { .. }
        | Act::Transfer { .. }
        | Act::End(_) => {}
    }
    edges
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("invariant: writing to a String cannot fail");
}
