//! `cargo xtask audit`: the licences of all dependencies, and dependencies that nothing uses.

mod licence;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{process, tools, workspace};

/// Licences that a dependency may have: permissive ones, and MPL-2.0, whose terms end at the file.
/// GPL, LGPL and AGPL are absent on purpose: their terms would reach the program that links them.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Fails when a dependency's licence is missing or not allowed, or when a dependency is unused.
pub(crate) fn run() -> Result<()> {
    let packages = foreign_packages(&workspace::metadata(&[])?)?;
    let offences: Vec<String> = packages.iter().filter_map(Package::offence).collect();
    for offence in &offences {
        println!("{offence}");
    }
    if !offences.is_empty() {
        bail!("{} of {} dependencies may not be used", offences.len(), packages.len());
    }
    println!("licences: {} dependencies, all allowed", packages.len());

    tools::ensure_cargo_tool("machete")?;
    process::run(&mut process::cargo(&["machete"]))
        .context("remove the dependencies named above from their Cargo.toml")
}

struct Package {
    name: String,
    version: String,
    licence: Option<String>,
}

impl Package {
    fn offence(&self) -> Option<String> {
        let Self { name, version, licence } = self;
        let Some(licence) = licence else {
            return Some(format!("{name} {version}: names no licence"));
        };
        match licence::is_met(licence, &|id| ALLOWED.contains(&id)) {
            Ok(true) => None,
            Ok(false) => Some(format!("{name} {version}: licence '{licence}' is not allowed")),
            Err(error) => Some(format!("{name} {version}: {error}")),
        }
    }
}

/// Every package of the dependency graph that is not ours, on any platform, for any purpose.
fn foreign_packages(metadata: &Value) -> Result<Vec<Package>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .map(|package| {
            Ok(Package {
                name: text(&package["name"]).context("a package has no name")?,
                version: text(&package["version"]).context("a package has no version")?,
                licence: text(&package["license"]),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn offence(licence: Option<&str>) -> Option<String> {
        let licence = licence.map(str::to_owned);
        Package { name: "a".to_owned(), version: "1.0.0".to_owned(), licence }.offence()
    }

    #[test]
    fn a_strong_licence_passes_only_as_one_of_several_to_choose_from() {
        assert_eq!(offence(Some("GPL-3.0-or-later OR MIT")), None);
        assert_eq!(
            offence(Some("GPL-3.0-or-later")).unwrap(),
            "a 1.0.0: licence 'GPL-3.0-or-later' is not allowed"
        );
        assert!(offence(Some("MIT AND LGPL-2.1-only")).is_some());
    }

    #[test]
    fn a_dependency_without_a_licence_is_an_offence() {
        assert_eq!(offence(None).unwrap(), "a 1.0.0: names no licence");
    }

    #[test]
    fn our_own_packages_are_not_asked() {
        let metadata = json!({"packages": [
            {"name": "ours", "version": "0.1.0", "source": null, "license": null},
            {"name": "theirs", "version": "2.0.0", "source": "registry", "license": "MIT"},
        ]});
        let names: Vec<_> =
            foreign_packages(&metadata).unwrap().into_iter().map(|package| package.name).collect();
        assert_eq!(names, ["theirs"]);
    }
}
