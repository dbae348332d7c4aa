//! No committed text names a folder of somebody's machine.

use super::{Report, Tree};

/// Where people's checkouts live. Written in halves, since this file is looked at as well.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(path) = MACHINE_PATHS.iter().find(|path| names(line, path)) {
                report.refuse(format!(
                    "{}:{}: `{path}` is a path of one machine",
                    file.path,
                    index + 1
                ));
            }
        }
    }
}

/// Whether the line holds the path from its root on, not as the tail of another.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '-' | '}' | ')' | '/' | '~' | '*'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::refusals;
    use super::*;

    #[test]
    fn machine_paths_are_refused_in_any_file() {
        for text in ["see /wo|rk/main", "\"/tmp/|wt/a\"", "sqlite:/ro|ot/a.db", "`/ho|me/me`"] {
            let text = text.replace('|', "");
            assert_eq!(refusals(check, &[("docs/a.md", &text)]).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_tail_of_another_path_is_none() {
        for text in ["target/wo|rk/x", "https://example.org/ho|me/", "../wo|rk/"] {
            assert!(
                refusals(check, &[("a.sh", &text.replace('|', ""))]).is_empty(),
                "{text}"
            );
        }
    }
}
