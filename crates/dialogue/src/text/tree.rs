//! YAML as a tree with positions. Aliases, tags and second documents are refused: none of them is
//! needed in a scenario, and the first lets a short text unfold into a huge one.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::Fault;
use crate::problem::Position;

/// The largest file, in bytes.
pub const SIZE_MAX: usize = 1 << 20;

/// How deep lists and maps may nest.
const DEPTH_MAX: usize = 24;

/// A value of a file and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) at: Position,
    pub(crate) branch: Branch,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Branch {
    Empty,
    /// A scalar. A plain one may be a number or a truth value, a quoted one is text.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Tree>),
    Map(Vec<(Key, Tree)>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) at: Position,
    pub(crate) name: String,
}

impl Tree {
    /// The entries of a map; none of anything else.
    pub(crate) fn entries(&self) -> &[(Key, Tree)] {
        match &self.branch {
            Branch::Map(entries) => entries,
            Branch::Empty | Branch::Scalar { .. } | Branch::List(_) => &[],
        }
    }

    /// The same map without some of its entries.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let branch = match &self.branch {
            Branch::Map(entries) => {
                let kept = entries.iter().filter(|(key, _)| !names.contains(&key.name.as_str()));
                Branch::Map(kept.cloned().collect())
            }
            other @ (Branch::Empty | Branch::Scalar { .. } | Branch::List(_)) => other.clone(),
        };
        Self { at: self.at, branch }
    }

    /// What stands in a field.
    pub(crate) fn get(&self, field: &str) -> Option<&Self> {
        self.entries().iter().find(|(key, _)| key.name == field).map(|(_, value)| value)
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.branch {
            Branch::Scalar { text, .. } => Some(text),
            Branch::Empty | Branch::List(_) | Branch::Map(_) => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn list(&self) -> &[Self] {
        match &self.branch {
            Branch::List(items) => items,
            Branch::Empty | Branch::Scalar { .. } | Branch::Map(_) => &[],
        }
    }

    /// The items of the list in a field; none of anything else.
    pub(crate) fn items(&self, field: &str) -> &[Self] {
        self.get(field).map_or(&[], Self::list)
    }

    /// Whether nothing stands here.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.branch {
            Branch::Empty => true,
            Branch::Map(entries) => entries.is_empty(),
            Branch::Scalar { .. } | Branch::List(_) => false,
        }
    }

    /// Whether a path of names leads to something.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else { return true };
        self.entries().iter().any(|(key, value)| key.name == *first && value.has(rest))
    }

    /// Where a path of names leads, as far as it goes.
    pub(crate) fn find(&self, path: &[&str]) -> Position {
        self.deepest(path).unwrap_or(self.at)
    }

    /// The last name of a path that is there; `None` when not even the first is.
    fn deepest(&self, path: &[&str]) -> Option<Position> {
        let (first, rest) = path.split_first()?;
        let (key, value) = self.entries().iter().find(|(key, _)| key.name == *first)?;
        Some(value.deepest(rest).unwrap_or(key.at))
    }
}

/// A list or a map that is still being read.
enum Open {
    List(Vec<Tree>),
    Map(Vec<(Key, Tree)>, Option<Key>),
}

/// Reads a file.
pub(crate) fn parse(text: &str) -> Result<Tree, Fault> {
    if text.len() > SIZE_MAX {
        let mib = SIZE_MAX >> 20;
        return Err(Fault::new(format!(
            "the file is larger than {mib} MiB: split it by 'include'"
        )));
    }
    let mut open: Vec<(Position, Open)> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let mark = error.marker();
            let at = Position { line: mark.line(), column: mark.col() + 1 };
            Fault::at(at, format!("this is not YAML: {}", error.info()))
        })?;
        let at = position(span);
        let done = match event {
            Event::Alias(_) => {
                return Err(Fault::at(at, "an alias ('*name') is not read: write the value out"));
            }
            Event::Scalar(text, style, _, tag) => {
                refuse_tag(at, tag.is_some())?;
                Some(scalar(at, text.into_owned(), style))
            }
            Event::SequenceStart(_, tag) => {
                refuse_tag(at, tag.is_some())?;
                open.push((at, Open::List(Vec::new())));
                None
            }
            Event::MappingStart(_, tag) => {
                refuse_tag(at, tag.is_some())?;
                open.push((at, Open::Map(Vec::new(), None)));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop().map(|(at, closed)| close(at, closed))
            }
            Event::DocumentStart(_) if root.is_some() => {
                return Err(Fault::at(at, "a second document begins: one file is one scenario"));
            }
            Event::DocumentStart(_)
            | Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd => None,
        };
        if open.len() > DEPTH_MAX {
            return Err(Fault::at(
                at,
                format!("nested deeper than {DEPTH_MAX} levels: flatten it"),
            ));
        }
        if let Some(done) = done {
            match open.last_mut() {
                Some((_, parent)) => put(parent, done)?,
                None => root = Some(done),
            }
        }
    }
    root.ok_or_else(|| Fault::new("the file is empty: begin with 'schema: 1'".to_owned()))
}

fn position(span: Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

fn refuse_tag(at: Position, tagged: bool) -> Result<(), Fault> {
    match tagged {
        true => Err(Fault::at(at, "a tag ('!name') is not read: remove it")),
        false => Ok(()),
    }
}

fn scalar(at: Position, text: String, style: ScalarStyle) -> Tree {
    let plain = style == ScalarStyle::Plain;
    let branch = match text.as_str() {
        "" | "~" | "null" if plain => Branch::Empty,
        _ => Branch::Scalar { text, plain },
    };
    Tree { at, branch }
}

fn close(at: Position, closed: Open) -> Tree {
    let branch = match closed {
        Open::List(items) => Branch::List(items),
        Open::Map(entries, _) => Branch::Map(entries),
    };
    Tree { at, branch }
}

/// Puts a finished value into the list or map around it.
fn put(parent: &mut Open, value: Tree) -> Result<(), Fault> {
    match parent {
        Open::List(items) => items.push(value),
        Open::Map(entries, key) => match (key.take(), value.branch) {
            (Some(key), branch) => entries.push((key, Tree { at: value.at, branch })),
            (None, Branch::Scalar { text, .. }) => {
                if entries.iter().any(|(key, _)| key.name == text) {
                    let message = format!("'{text}' stands here a second time: keep one");
                    return Err(Fault::at(value.at, message));
                }
                *key = Some(Key { at: value.at, name: text });
            }
            (None, Branch::Empty | Branch::List(_) | Branch::Map(_)) => {
                return Err(Fault::at(value.at, "a name is expected here, as in 'name: value'"));
            }
        },
    }
    Ok(())
}
