//! Rules for Markdown: what it links to or includes inside the repository exists.

use std::collections::BTreeSet;

use super::File;

pub(super) fn check(file: &mut File<'_>, paths: &BTreeSet<String>) {
    let mut fenced = false;
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let line = without_code(line);
        for target in links(&line).into_iter().chain(includes(&line)) {
            let Some(inner) = inner_path(target) else { continue };
            match resolve(file.path, inner) {
                Some(path) if exists(&path, paths) => {}
                _ => file.offence(index + 1, format!("'{target}' leads to no file")),
            }
        }
    }
}

/// The line with its `code` blanked out.
fn without_code(line: &str) -> String {
    let mut in_code = false;
    line.chars()
        .map(|c| {
            if c == '`' {
                in_code = !in_code;
            }
            if in_code { ' ' } else { c }
        })
        .collect()
}

/// The targets of `[text](target)` and of `[name]: target`.
fn links(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let reference = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .and_then(|(_, target)| target.split_whitespace().next());
    inline.chain(reference).collect()
}

/// The files of mdbook's `{{#include file:anchor}}`.
fn includes(line: &str) -> Vec<&str> {
    line.split("{{#include ").skip(1).filter_map(|rest| rest.split(['}', ':']).next()).collect()
}

/// The path part of a link into the repository; none when it leads out of it or into its own page.
fn inner_path(target: &str) -> Option<&str> {
    let path = target.split('#').next().unwrap_or_default();
    let outside = target.contains("://") || target.starts_with("mailto:");
    (!outside && !path.is_empty()).then_some(path)
}

/// The path from the root of the repository; none when it leaves the repository.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = match link.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').collect(),
    };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Whether it is a file of the repository, or a folder that holds one.
fn exists(path: &str, paths: &BTreeSet<String>) -> bool {
    path.is_empty() || paths.contains(path) || {
        let folder = format!("{path}/");
        paths.range(folder.clone()..).next().is_some_and(|found| found.starts_with(&folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(text: &str) -> Vec<String> {
        let paths = ["README.md", "docs/src/a.md", "docs/src/guide/b.md", "crates/x/src/lib.rs"];
        let paths = paths.map(str::to_owned).into_iter().collect();
        let mut file = File::new("docs/src/a.md", text);
        check(&mut file, &paths);
        file.offences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_link_to_a_file_or_folder_of_the_repository_is_followed() {
        assert_eq!(offences("[a](guide/b.md) [b](../../README.md) [c](../../crates)\n"), [""; 0]);
        assert_eq!(
            offences("see\n[b](guide/c.md)\n"),
            ["docs/src/a.md:2: 'guide/c.md' leads to no file"]
        );
        assert_eq!(offences("[b](../../../README.md)\n").len(), 1);
    }

    #[test]
    fn anchors_titles_and_links_out_of_the_repository_are_left_alone() {
        let text = "[a](#here) [b](guide/b.md#part) [c](https://example.org/x.md)\n";
        assert_eq!(offences(text), [""; 0]);
        assert_eq!(offences("[b](guide/b.md \"title\")\n"), [""; 0]);
    }

    #[test]
    fn references_and_includes_are_links_too() {
        assert_eq!(offences("[b]: guide/c.md\n").len(), 1);
        assert_eq!(offences("{{#include ../../README.md:1:5}}\n"), [""; 0]);
        assert_eq!(offences("{{#include ../README.md}}\n").len(), 1);
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(offences("`[b](c.md)`\n\n```\n[b](c.md)\n```\n"), [""; 0]);
    }
}
