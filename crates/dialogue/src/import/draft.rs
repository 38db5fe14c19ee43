//! An imported scenario as YAML: intents, nodes and tests, and what every call needs and no file
//! brought: an opening that discloses, an end for each way, a wish for no further calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use outcall_understanding::slots::Language;

use super::Wishes;
use super::material::Material;
use super::stories::Plan;
use crate::document::texts::code;
use crate::scenario::BUILT_IN;
use crate::similarity::normal;
use crate::template::Template;

/// The intent of those who want no further calls.
const STOP: &str = "stop_calling";

/// What is said where no file says it.
struct Phrases {
    opening: &'static str,
    question: &'static str,
    not_understood: &'static str,
    nobody_spoke: &'static str,
    opted_out: &'static str,
    stop: [&'static str; 5],
}

const EN: Phrases = Phrases {
    opening: "Hello, this is the automated assistant of {company}. Say stop calling, or press \
              nine, if you want no more calls.",
    question: "How can I help you?",
    not_understood: "I am sorry that I did not understand. Goodbye.",
    nobody_spoke: "I cannot hear you. Goodbye.",
    opted_out: "Understood. You will not be called again. Goodbye.",
    stop: [
        "Stop calling me",
        "Do not call me again",
        "Take me off your list",
        "Never call this number again",
        "I do not want any more calls from you",
    ],
};

const ZH: Phrases = Phrases {
    opening: "您好，我是{company}的智能语音助手。如不想再接到来电，请说不要再打电话或按九。",
    question: "请问有什么可以帮您？",
    not_understood: "抱歉我没有听明白，再见。",
    nobody_spoke: "我听不到您的声音，再见。",
    opted_out: "明白了，我们不会再给您打电话。再见。",
    stop: ["不要再打电话给我", "别再打了", "把我的号码删掉", "以后不要打来", "不要再骚扰我"],
};

/// A node.
#[derive(Default)]
struct Node {
    say: Vec<String>,
    discloses: bool,
    on: BTreeMap<String, String>,
    next: Option<String>,
    end: Option<&'static str>,
}

/// Writes the scenario. Intents that nothing listens for are left out, which is told.
pub(super) fn write(material: &mut Material, plan: &Plan, wishes: &Wishes) -> String {
    let phrases = match wishes.language {
        Language::En => &EN,
        Language::Zh => &ZH,
    };
    let mut nodes = Nodes { all: Vec::new(), names: BTreeSet::new(), turns: Vec::new() };
    nodes.fill(material, plan, phrases);
    drop_unheard(material, plan, &nodes);
    add_stop(material, phrases);
    let mut out = String::new();
    head(&mut out, material, plan, wishes);
    intents(&mut out, material);
    globals(&mut out, material, plan);
    out += "start: opening\nnodes:\n";
    nodes.all.iter().for_each(|(name, node)| write_node(&mut out, name, node));
    tests(&mut out, material, plan, &nodes);
    out
}

/// The nodes, and the names of the first of each turn.
struct Nodes {
    all: Vec<(String, Node)>,
    names: BTreeSet<String>,
    turns: Vec<String>,
}

impl Nodes {
    fn fill(&mut self, material: &Material, plan: &Plan, phrases: &Phrases) {
        for name in ["opening", "done", "not_understood", "nobody_spoke", "opted_out"] {
            self.names.insert(name.to_owned());
        }
        let named: Vec<Vec<String>> = plan
            .turns
            .iter()
            .map(|turn| turn.says.iter().map(|response| self.name(response)).collect())
            .collect();
        let first = |names: &Vec<String>| names.first().map_or("done", String::as_str).to_owned();
        self.turns = named.iter().map(first).collect();
        let mut opening =
            Node { say: vec![phrases.opening.to_owned()], discloses: true, ..Node::default() };
        let mut replies: BTreeMap<String, String> = plan.turns[0]
            .replies
            .iter()
            .map(|(intent, &to)| (intent.clone(), self.turns[to].clone()))
            .collect();
        if plan.tests.is_empty() && plan.everywhere.is_empty() {
            // Intents alone: all of them are listened for.
            replies = material.intents.keys().map(|it| (it.clone(), "done".to_owned())).collect();
            replies.remove(STOP);
        }
        if let Some(name) = named[0].first() {
            opening.next = Some(name.clone());
        } else {
            opening.say[0] = format!("{} {}", phrases.opening, phrases.question);
            opening.on = listening(replies.clone());
        }
        self.all.push(("opening".to_owned(), opening));
        for (at, (turn, names)) in plan.turns.iter().zip(&named).enumerate() {
            let own = turn.replies.iter();
            let own = own.map(|(intent, &to)| (intent.clone(), self.turns[to].clone()));
            let replies = if at == 0 { replies.clone() } else { own.collect() };
            for (place, (name, response)) in names.iter().zip(&turn.says).enumerate() {
                let say = material.responses.get(response).cloned().unwrap_or_default();
                let mut node = Node { say, ..Node::default() };
                match names.get(place + 1) {
                    Some(next) => node.next = Some(next.clone()),
                    None if replies.is_empty() => node.end = Some("done"),
                    None => node.on = listening(replies.clone()),
                }
                self.all.push((name.clone(), node));
            }
        }
        let mut end = |name: &str, text: Option<&str>, outcome| {
            let say = text.map(str::to_owned).into_iter().collect();
            self.all.push((name.to_owned(), Node { say, end: Some(outcome), ..Node::default() }));
        };
        if plan.tests.is_empty() && plan.everywhere.is_empty()
            || plan.turns.iter().skip(1).any(|turn| turn.says.is_empty())
        {
            end("done", None, "done");
        }
        end("not_understood", Some(phrases.not_understood), "not_understood");
        end("nobody_spoke", Some(phrases.nobody_spoke), "nobody_spoke");
        end("opted_out", Some(phrases.opted_out), "opted_out");
    }

    /// A name for the node of a response, which no other has.
    fn name(&mut self, response: &str) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let short = response.strip_prefix("utter_").unwrap_or(response);
        let base: String = short.chars().map(letter).collect();
        let mut name = base.clone();
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }

    fn ends(&self, outcome: &str) -> bool {
        self.all.iter().any(|(_, node)| node.end == Some(outcome))
    }
}

/// Exits of a node that listens.
fn listening(mut replies: BTreeMap<String, String>) -> BTreeMap<String, String> {
    // No story says what happens then.
    replies.insert("no_match".to_owned(), "not_understood".to_owned());
    replies.insert("no_input".to_owned(), "nobody_spoke".to_owned());
    replies
}

/// Intents that no node and no rule listens for would be refused by the checks.
fn drop_unheard(material: &mut Material, plan: &Plan, nodes: &Nodes) {
    let heard: BTreeSet<&str> = nodes
        .all
        .iter()
        .flat_map(|(_, node)| node.on.keys())
        .chain(plan.everywhere.keys())
        .map(String::as_str)
        .chain([STOP])
        .collect();
    let unheard: Vec<String> =
        material.intents.keys().filter(|name| !heard.contains(name.as_str())).cloned().collect();
    for name in unheard {
        if let Some((_, place)) = material.intents.remove(&name) {
            let message =
                format!("the intent '{name}' is left out: no story and no rule listens for it");
            material.leave_out(&place, message);
        }
    }
}

/// Every callee can ask for no further calls, whatever the files know of it.
fn add_stop(material: &mut Material, phrases: &Phrases) {
    if material.intents.contains_key(STOP) {
        return;
    }
    let said: BTreeSet<String> = material
        .intents
        .values()
        .flat_map(|(examples, _)| &examples.said)
        .map(|text| normal(text))
        .collect();
    let own = phrases.stop.iter().filter(|text| !said.contains(&normal(text)));
    let examples = super::material::Examples {
        said: own.map(|text| (*text).to_owned()).collect(),
        not: Vec::new(),
    };
    let place = super::material::Place::new("", crate::problem::Position::default());
    material.intents.insert(STOP.to_owned(), (examples, place));
}

fn head(out: &mut String, material: &Material, plan: &Plan, wishes: &Wishes) {
    let names = |list: &[String]| list.iter().map(|it| scalar(it)).collect::<Vec<_>>().join(", ");
    let mut variables = BTreeSet::from(["company".to_owned()]);
    let said =
        plan.turns.iter().flat_map(|turn| &turn.says).chain(plan.everywhere.values().flatten());
    for text in said.filter_map(|name| material.responses.get(name)).flatten() {
        if let Ok(template) = Template::parse(text) {
            variables.extend(template.names().map(str::to_owned));
        }
    }
    variables.retain(|name| !BUILT_IN.contains(&name.as_str()));
    put(out, format_args!("schema: 1\nname: {}", scalar(&wishes.name)));
    put(out, format_args!("about: Imported; say here what it is for."));
    put(out, format_args!("languages: [{}]", code(wishes.language)));
    put(out, format_args!("jurisdictions: [{}]", names(&wishes.jurisdictions)));
    *out += "variables:\n";
    variables.iter().for_each(|name| put(out, format_args!("  {}: text", scalar(name))));
    *out += "sample:\n";
    variables.iter().for_each(|name| put(out, format_args!("  {0}: {0}", scalar(name))));
}

fn intents(out: &mut String, material: &Material) {
    *out += "intents:\n";
    for (name, (examples, _)) in &material.intents {
        put(out, format_args!("  {}:\n    examples:", scalar(name)));
        list(out, 6, &examples.said);
        if !examples.not.is_empty() {
            *out += "    not:\n";
            list(out, 6, &examples.not);
        }
    }
}

fn globals(out: &mut String, material: &Material, plan: &Plan) {
    *out += "globals:\n";
    put(out, format_args!("  {STOP}: {{ to: opted_out, digit: \"9\", first: true }}"));
    for (intent, responses) in plan.everywhere.iter().filter(|(intent, _)| *intent != STOP) {
        put(out, format_args!("  {}:\n    say:", scalar(intent)));
        let texts: Vec<&Vec<String>> =
            responses.iter().filter_map(|name| material.responses.get(name)).collect();
        match texts.as_slice() {
            [variants] => list(out, 6, variants),
            // One after another: of each the first variant.
            several => {
                let firsts: Vec<&str> =
                    several.iter().filter_map(|it| it.first()).map(String::as_str).collect();
                list(out, 6, &[firsts.join(" ")]);
            }
        }
    }
}

fn write_node(out: &mut String, name: &str, node: &Node) {
    put(out, format_args!("  {}:", scalar(name)));
    match node.say.as_slice() {
        [] => {}
        [text] => put(out, format_args!("    say: {}", scalar(text))),
        several => {
            *out += "    say:\n";
            list(out, 6, several);
        }
    }
    if node.discloses {
        *out += "    discloses: [caller, robot, opt_out]\n";
    }
    if let Some(next) = &node.next {
        put(out, format_args!("    next: {}", scalar(next)));
    }
    if !node.on.is_empty() {
        *out += "    on:\n";
        for (exit, to) in &node.on {
            put(out, format_args!("      {}: {}", scalar(exit), scalar(to)));
        }
    }
    if let Some(end) = node.end {
        put(out, format_args!("    end: {end}"));
    }
}

/// Outcomes, and each story as a test.
fn tests(out: &mut String, material: &Material, plan: &Plan, nodes: &Nodes) {
    *out += "outcomes:\n";
    if nodes.ends("done") {
        *out += "  done: completed\n";
    }
    *out += "  not_understood: incomplete\n  nobody_spoke: incomplete\n  opted_out: opted_out\n";
    *out += "tests:\n";
    for (name, path) in &plan.tests {
        put(out, format_args!("  - name: {}\n    talk:", scalar(name)));
        for (intent, to) in path {
            let said = material.intents.get(intent).and_then(|(it, _)| it.said.first());
            let said = said.map_or("", String::as_str);
            put(out, format_args!("      - user: {}", scalar(said)));
            put(out, format_args!("        means: {}", scalar(intent)));
            put(out, format_args!("        robot: {}", scalar(&heard(material, plan, *to))));
        }
    }
    *out += "  - name: No more calls\n    talk:\n      - digit: \"9\"\n    outcome: opted_out\n";
}

/// A piece of what the robot surely says at a turn: a text without variants and variables.
fn heard(material: &Material, plan: &Plan, turn: usize) -> String {
    let sure = |name: &String| match material.responses.get(name).map(Vec::as_slice) {
        Some([text]) if !text.contains(['{', '}']) => Some(text.clone()),
        Some(_) | None => None,
    };
    plan.turns[turn].says.iter().find_map(sure).unwrap_or_default()
}

fn list(out: &mut String, indent: usize, texts: &[String]) {
    texts.iter().for_each(|text| put(out, format_args!("{:indent$}- {}", "", scalar(text))));
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("invariant: a String takes every text");
}

/// A text as YAML: plain where nothing in it could be read otherwise, else in quotes.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '\'' | '.' | '?' | '!');
    let starts = text.chars().next().is_some_and(char::is_alphabetic);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan"];
    let is_word = words.contains(&text.to_lowercase().as_str());
    if starts && !is_word && text.chars().all(is_plain) && text.trim() == text {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_default()
}
