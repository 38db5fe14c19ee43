//! Rasa's YAML (3.x): `nlu`, `responses`, `stories` and `rules`. Several of them may stand in one
//! file.

use outcall_understanding::intents::import::{example_lines, without_entities};

use super::material::{Examples, Material, Place, Step, Story, name_of};
use crate::template::Template;
use crate::text::Tree;

/// Parts of a domain that tell nothing that a scenario needs.
const KNOWN: [&str; 8] =
    ["version", "nlu", "responses", "stories", "rules", "intents", "actions", "session_config"];

/// Rasa's name for what it did not understand: here each node says where that leads.
const FALLBACK: &str = "nlu_fallback";

/// Reads a file.
pub(super) fn read(file: &str, tree: &Tree, material: &mut Material) {
    for (key, value) in tree.entries() {
        let place = Place::new(file, key.at);
        match key.name.as_str() {
            "nlu" => value.list().iter().for_each(|block| intent(file, block, material)),
            "responses" => {
                for (name, variants) in value.entries() {
                    response(file, &name.name, variants, material);
                }
            }
            "stories" => {
                let read = value.list().iter().filter_map(|it| story(file, "story", it, material));
                let read: Vec<Story> = read.collect();
                material.stories.extend(read);
            }
            "rules" => {
                let read = value.list().iter().filter_map(|it| story(file, "rule", it, material));
                let read: Vec<Story> = read.collect();
                material.rules.extend(read);
            }
            known if KNOWN.contains(&known) => {}
            other => material.leave_out(&place, format!("'{other}' is not read")),
        }
        let lists = ["nlu", "stories", "rules"];
        if lists.contains(&key.name.as_str()) && value.list().is_empty() && !value.is_empty() {
            material.error(&place, format!("'{}' is a list: begin each item with '-'", key.name));
        }
    }
    if tree.entries().is_empty() {
        let message = "a map is expected: 'nlu:', 'responses:', 'stories:' or 'rules:'".to_owned();
        material.error(&Place::new(file, tree.at), message);
    }
}

/// A block of training data.
fn intent(file: &str, block: &Tree, material: &mut Material) {
    let place = Place::new(file, block.at);
    let Some(name) = block.get("intent").and_then(Tree::text) else {
        let kind = block.entries().first().map_or("nothing", |(key, _)| key.name.as_str());
        return material.leave_out(&place, format!("a block of '{kind}' is not an intent"));
    };
    let Some(examples) = block.get("examples") else {
        let message = format!("the intent '{name}' has no 'examples': add them");
        return material.error(&place, message);
    };
    let said = match examples.text() {
        Some(lines) => example_lines(lines),
        None => {
            let text = |item: &Tree| {
                let text = item.text().or_else(|| item.get("text").and_then(Tree::text))?;
                // A text of its own may begin with a dash, as those of the long form do.
                let text = text.trim();
                Some(without_entities(text.strip_prefix("- ").unwrap_or(text)))
            };
            examples.list().iter().filter_map(text).collect()
        }
    };
    if said.is_empty() {
        let message = format!("the intent '{name}' has no example: write '- ' before each");
        return material.error(&Place::new(file, examples.at), message);
    }
    material.intent(name, &Examples { said, not: Vec::new() }, &place);
}

/// The variants of a response that are plain text.
fn response(file: &str, name: &str, variants: &Tree, material: &mut Material) {
    let mut texts = Vec::new();
    for variant in variants.list() {
        let place = Place::new(file, variant.at);
        if variant.get("condition").is_some() || variant.get("channel").is_some() {
            let message = format!("'{name}': a text for a condition or a channel is not read");
            material.leave_out(&place, message);
            continue;
        }
        for (key, _) in variant.entries().iter().filter(|(key, _)| key.name != "text") {
            let place = Place::new(file, key.at);
            material.leave_out(&place, format!("'{name}': '{}' cannot be spoken", key.name));
        }
        let Some(text) = variant.get("text").and_then(Tree::text) else { continue };
        let text = super::material::clean(text);
        texts.push(if is_template(&text) {
            text
        } else {
            let message = format!("'{name}': the braces name no variable and stay as they are");
            material.leave_out(&place, message);
            text.replace('{', "{{").replace('}', "}}")
        });
    }
    texts.retain(|text| !text.is_empty());
    if !texts.is_empty() {
        material.responses.insert(name.to_owned(), texts);
    }
}

fn is_template(text: &str) -> bool {
    let is_name =
        |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    Template::parse(text).is_ok_and(|template| template.names().all(is_name))
}

/// A story or a rule; `None` when it has no steps.
fn story(file: &str, kind: &str, item: &Tree, material: &mut Material) -> Option<Story> {
    let place = Place::new(file, item.at);
    let name = item.get(kind).and_then(Tree::text).unwrap_or("without a name").to_owned();
    let Some(steps) = item.get("steps").map(Tree::list).filter(|steps| !steps.is_empty()) else {
        material.error(&place, format!("the {kind} '{name}' has no 'steps': add them"));
        return None;
    };
    let mut steps: Vec<(Place, Step)> =
        steps.iter().map(|it| (Place::new(file, it.at), step(it))).collect();
    for field in ["condition", "conversation_start"] {
        if let Some(value) = item.get(field) {
            steps.push((Place::new(file, value.at), Step::Other(field.to_owned())));
        }
    }
    Some(Story { name, place, steps })
}

fn step(item: &Tree) -> Step {
    if let Some(intent) = item.get("intent").and_then(Tree::text) {
        if intent == FALLBACK {
            return Step::Other(intent.to_owned());
        }
        return Step::Means(vec![name_of(intent)]);
    }
    if let Some(any) = item.get("or") {
        let meant: Option<Vec<String>> = any
            .list()
            .iter()
            .map(|way| way.get("intent").and_then(Tree::text).map(name_of))
            .collect();
        return meant
            .filter(|meant| !meant.is_empty())
            .map_or_else(|| Step::Other("or".to_owned()), Step::Means);
    }
    if let Some(action) = item.get("action").and_then(Tree::text) {
        return Step::Does(action.to_owned());
    }
    let first = item.entries().first().map(|(key, _)| key.name.as_str());
    Step::Other(first.or(item.text()).unwrap_or("nothing").to_owned())
}
