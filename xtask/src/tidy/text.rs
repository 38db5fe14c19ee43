//! Rules for every text file: how lines end, and names that belong to one machine.

use super::File;

/// Hosts of package registries: a mirror, a proxy or an offline build must not have to edit ours.
/// Put together here, so that this list does not find itself.
const REGISTRY_HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("npmjs", ".com"),
    concat!("npmjs", ".org"),
    concat!("deb", ".debian.org"),
];

/// Folders that exist on one machine only.
const MACHINE_FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

pub(super) fn check(file: &mut File<'_>) {
    let text = file.text;
    // A lock file is written by its tool; it names the registry by design.
    let lock = file.path.ends_with(".lock") || file.path.ends_with("package-lock.json");
    if lock {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.ends_with([' ', '\t', '\r']) {
            file.offence(number, "white space at the end of the line");
        }
        for host in REGISTRY_HOSTS.iter().filter(|host| line.contains(**host)) {
            file.offence(number, format!("names the registry host {host}"));
        }
        for folder in MACHINE_FOLDERS.iter().filter(|folder| holds_path(line, folder)) {
            file.offence(number, format!("names a path of one machine ({folder}...)"));
        }
    }
    let last = text.lines().count();
    if !text.is_empty() && !text.ends_with('\n') {
        file.offence(last, "the file does not end with a line end");
    } else if text.ends_with("\n\n") {
        file.offence(last, "empty lines at the end of the file");
    }
}

/// Whether the folder stands in the line as the beginning of an absolute path.
fn holds_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(path: &str, text: &str) -> Vec<String> {
        let mut file = File::new(path, text);
        check(&mut file);
        file.offences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn white_space_at_a_line_end_is_found_also_before_a_windows_line_end() {
        assert_eq!(offences("a.md", "a\nb \n"), ["a.md:2: white space at the end of the line"]);
        assert_eq!(offences("a.md", "a \r\n").len(), 1);
    }

    #[test]
    fn a_file_ends_with_exactly_one_line_end() {
        assert_eq!(offences("a", "a\nb"), ["a:2: the file does not end with a line end"]);
        assert_eq!(offences("a", "a\n\n"), ["a:2: empty lines at the end of the file"]);
        assert_eq!(offences("a", "a\n"), [""; 0]);
        assert_eq!(offences("a", ""), [""; 0]);
    }

    #[test]
    fn registries_and_machine_paths_are_named_in_no_file_but_lock_files() {
        let text = format!("see https://{}/x\n", REGISTRY_HOSTS[0]);
        assert_eq!(offences("a.toml", &text).len(), 1);
        assert_eq!(offences("Cargo.lock", &text), [""; 0]);
        assert_eq!(offences("a.sh", &format!("cd {}main\n", MACHINE_FOLDERS[0])).len(), 1);
    }

    #[test]
    fn a_folder_of_that_name_inside_another_is_nobodys_machine() {
        let relative = format!("see notes{}main\n", MACHINE_FOLDERS[0]);
        assert_eq!(offences("a.md", &relative), [""; 0]);
    }
}
