//! Rules for `Cargo.toml`.

use super::File;

pub(super) fn check(file: &mut File<'_>) {
    let manifest: toml::Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return file.offence(1, format!("is no TOML: {}", error.message())),
    };
    // A manifest that is a workspace only has no code to lint.
    if !manifest.contains_key("package") {
        return;
    }
    let shared = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool);
    if shared != Some(true) {
        file.offence(1, "does not take the workspace's lints: add `[lints] workspace = true`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(text: &str) -> usize {
        let mut file = File::new("Cargo.toml", text);
        check(&mut file);
        file.offences.len()
    }

    #[test]
    fn every_package_takes_the_lints_of_the_workspace() {
        assert_eq!(offences("[package]\nname = \"a\"\n"), 1);
        assert_eq!(offences("[package]\nname = \"a\"\n[lints]\nworkspace = false\n"), 1);
        assert_eq!(offences("[package]\nname = \"a\"\n[lints]\nworkspace = true\n"), 0);
        assert_eq!(offences("[package]\nname = \"a\"\n\n[lints.rust]\n"), 1);
    }

    #[test]
    fn a_workspace_without_a_package_has_nothing_to_lint() {
        assert_eq!(offences("[workspace]\nmembers = []\n"), 0);
    }

    #[test]
    fn what_is_no_toml_is_an_offence() {
        assert_eq!(offences("[package\n"), 1);
    }
}
