//! Rules for Rust source.

use super::File;
use super::layers::{Layers, split};

/// A file holds one concept; one that is longer holds two.
const LINES_MAX: usize = 600;
/// Two files side by side fit a screen.
const COLUMNS_MAX: usize = 100;

/// Code that may stand nowhere, put together here so that a plain text search finds only offences.
const BANNED: &[(&str, &str)] = &[
    (concat!("todo", "!"), "unfinished code: finish it or leave it out"),
    (concat!("unimplemented", "!"), "unfinished code: finish it or leave it out"),
    (concat!("dbg", "!"), "left over from a search for a fault"),
    (concat!("#[ign", "ore"), "a test that is not run proves nothing: mend it or delete it"),
];

/// Marks of unfinished work in comments.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

pub(super) fn check(file: &mut File<'_>) {
    let layers = split(file.text);
    lengths(file);
    opening(file);
    banned(file, &layers);
    marks(file, &layers);
    production_only(file, &layers);
}

fn lengths(file: &mut File<'_>) {
    let generated = file.text.lines().next().is_some_and(|line| line.contains("@generated"));
    let lines = file.text.lines().count();
    if lines > LINES_MAX && !generated {
        file.offence(LINES_MAX + 1, format!("{lines} lines: split it, {LINES_MAX} are the limit"));
    }
    for (index, line) in file.text.lines().enumerate() {
        let columns = line.chars().count();
        // An address cannot be broken.
        if columns > COLUMNS_MAX && !line.contains("://") && !generated {
            file.offence(index + 1, format!("{columns} columns: {COLUMNS_MAX} are the limit"));
        }
    }
}

fn opening(file: &mut File<'_>) {
    let root = file.path == "lib.rs" || file.path.ends_with("/lib.rs");
    if root && !file.text.starts_with("//!") {
        file.offence(1, "a crate opens with what it is, its layout and its invariants (`//!`)");
    }
}

fn banned(file: &mut File<'_>, layers: &Layers) {
    for (index, line) in layers.code.lines().enumerate() {
        for (pattern, why) in BANNED {
            if starts_word(line, pattern) {
                file.offence(index + 1, format!("`{pattern}`: {why}"));
            }
        }
    }
}

fn marks(file: &mut File<'_>, layers: &Layers) {
    for (index, line) in layers.comments.lines().enumerate() {
        for mark in MARKS {
            let stray = line.match_indices(mark).any(|(at, _)| {
                let word = !line[..at].ends_with(char::is_alphanumeric)
                    && !line[at + mark.len()..].starts_with(char::is_alphanumeric);
                word && !names_issue(&line[at + mark.len()..])
            });
            if stray {
                file.offence(index + 1, format!("{mark} without an issue: write {mark}(#NUMBER)"));
            }
        }
    }
}

/// Whether the text begins with `(#12)`.
fn names_issue(text: &str) -> bool {
    text.strip_prefix("(#")
        .and_then(|rest| rest.split_once(')'))
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Rules that spare tests: no `unwrap`, and no printing from libraries.
fn production_only(file: &mut File<'_>, layers: &Layers) {
    let in_tests_folder = file.path.split('/').any(|part| part == "tests" || part == "benches");
    if in_tests_folder || file.path.ends_with("/tests.rs") {
        return;
    }
    let library = file.path.starts_with("crates/") || file.path.starts_with("actors/");
    let code = without_tests(&layers.code);
    for (index, line) in code.lines().enumerate() {
        if line.contains(".unwrap()") {
            file.offence(
                index + 1,
                "`.unwrap()` outside tests: `expect(\"invariant: why\")` or `?`",
            );
        }
        let prints = ["println!", "eprintln!", "print!", "eprint!"];
        if library && prints.iter().any(|print| starts_word(line, print)) {
            file.offence(index + 1, "a library does not print: return it, or use tracing");
        }
    }
}

/// Whether the pattern stands in the line and is not the end of a longer name.
fn starts_word(line: &str, pattern: &str) -> bool {
    line.match_indices(pattern)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The code with every item under `#[cfg(test)]` blanked; lines stay where they are.
fn without_tests(code: &str) -> String {
    let mut rest = code;
    let mut kept = String::with_capacity(code.len());
    if code.contains("#![cfg(test)]") {
        return String::new();
    }
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let length = item_length(&rest[at..]);
        let blank = rest[at..at + length].chars().map(|c| if c == '\n' { c } else { ' ' });
        kept.extend(blank);
        rest = &rest[at + length..];
    }
    kept + rest
}

/// The length in bytes of the item at the start of the code: up to its `;`, or to the brace that
/// closes its first one.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let mut file = File::new(path, text);
        check(&mut file);
        file.offences.iter().map(|offence| offence.line).collect()
    }

    #[test]
    fn a_file_of_600_lines_passes_and_one_more_is_an_offence() {
        assert_eq!(lines("src/a.rs", &"//\n".repeat(600)), [0; 0]);
        assert_eq!(lines("src/a.rs", &"//\n".repeat(601)), [601]);
        assert_eq!(
            lines("src/a.rs", &format!("// @{}\n{}", "generated", "//\n".repeat(601))),
            [0; 0]
        );
    }

    #[test]
    fn columns_are_characters_and_an_address_may_be_longer() {
        assert_eq!(lines("src/a.rs", &format!("// {}\n", "é".repeat(97))), [0; 0]);
        assert_eq!(lines("src/a.rs", &format!("// {}\n", "e".repeat(98))), [1]);
        assert_eq!(lines("src/a.rs", &format!("// https://{}\n", "e".repeat(98))), [0; 0]);
    }

    #[test]
    fn a_library_opens_with_what_it_is() {
        assert_eq!(lines("crates/a/src/lib.rs", "pub fn a() {}\n"), [1]);
        assert_eq!(lines("crates/a/src/lib.rs", "//! A.\npub fn a() {}\n"), [0; 0]);
        assert_eq!(lines("crates/a/src/other.rs", "pub fn a() {}\n"), [0; 0]);
    }

    #[test]
    fn unfinished_code_is_found_in_tests_too_but_not_in_strings_and_comments() {
        for (pattern, _) in BANNED {
            let code = format!("fn a() {{\n    {pattern}(a)\n}}\n");
            assert_eq!(lines("src/a.rs", &code), [2], "{pattern}");
            assert_eq!(lines("tests/a.rs", &code), [2], "{pattern}");
            let quoted = format!("// {pattern}(a)\nconst A: &str = \"{pattern}(a)\";\n");
            assert_eq!(lines("src/a.rs", &quoted), [0; 0], "{pattern}");
            let longer = format!("my_{pattern}(a);\n");
            assert_eq!(lines("src/a.rs", &longer), [0; 0], "{pattern}");
        }
    }

    #[test]
    fn a_mark_in_a_comment_needs_an_issue() {
        for mark in MARKS {
            assert_eq!(lines("src/a.rs", &format!("// {mark}: later\n")), [1]);
            assert_eq!(lines("src/a.rs", &format!("// {mark}(#12): later\n")), [0; 0]);
            assert_eq!(lines("src/a.rs", &format!("// {mark}(#): later\n")), [1]);
            assert_eq!(lines("src/a.rs", &format!("const A: &str = \"{mark}\";\n")), [0; 0]);
        }
    }

    #[test]
    fn unwrap_is_for_tests() {
        let source = "\
fn a() { b.unwrap() }
#[cfg(test)]
mod tests {
    fn c() { if d { e.unwrap() } }
    fn f() { g.unwrap() }
}
fn h() { i.unwrap() }
";
        assert_eq!(lines("src/a.rs", source), [1, 7]);
        assert_eq!(lines("tests/it/a.rs", source), [0; 0]);
        assert_eq!(lines("crates/a/src/b/tests.rs", source), [0; 0]);
        assert_eq!(lines("src/a.rs", "#[cfg(test)]\nmod tests;\nfn a() { b.unwrap() }\n"), [3]);
    }

    #[test]
    fn a_library_does_not_print_and_a_program_may() {
        let source = "fn a() { println!(\"a\") }\n";
        assert_eq!(lines("crates/a/src/b.rs", source), [1]);
        assert_eq!(lines("actors/src/b.rs", source), [1]);
        assert_eq!(lines("src/b.rs", source), [0; 0]);
    }
}
