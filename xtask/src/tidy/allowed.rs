//! The exceptions in `xtask/tidy.toml`: what may be longer than the rule, and why.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Report, Tree};

/// Where they are listed.
pub(super) const FILE: &str = "xtask/tidy.toml";

/// The exceptions of one section.
pub(super) struct Allowed {
    reasons: BTreeMap<String, String>,
    unused: RefCell<Vec<String>>,
}

impl Allowed {
    /// Reads a section of `"what" = "reason"` lines.
    pub(super) fn read(tree: &Tree, section: &str, report: &mut Report) -> Allowed {
        let text = tree.file(FILE).map_or("", |file| &file.text);
        let heading = format!("[{section}]");
        let lines = text.lines().skip_while(|line| line.trim() != heading).skip(1);
        let mut reasons = BTreeMap::new();
        for line in lines.map(str::trim).take_while(|line| !line.starts_with('[')) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split('"').collect::<Vec<_>>()[..] {
                ["", what, between, reason, ""] if between.trim() == "=" && !reason.trim().is_empty() => {
                    reasons.insert(what.to_owned(), reason.to_owned());
                }
                _ => report.refuse(format!("{FILE}: `{line}` is not written `\"what\" = \"reason\"`")),
            }
        }
        let unused = RefCell::new(reasons.keys().cloned().collect());
        Allowed { reasons, unused }
    }

    /// Whether there is an exception for it.
    pub(super) fn allows(&self, what: &str) -> bool {
        self.unused.borrow_mut().retain(|unused| unused != what);
        self.reasons.contains_key(what)
    }

    /// Refuses the exceptions that nothing needed.
    pub(super) fn finish(self, report: &mut Report) {
        for what in self.unused.into_inner() {
            report.refuse(format!("{FILE}: the exception for `{what}` is no longer needed"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_needs_a_reason_and_a_use() {
        let text = "[long-file]\n# why\n\"a.rs\" = \"a table\"\n\"b.rs\" = \"\"\n\"c.rs\" = \"gone\"\n[other]\n\"d.rs\" = \"x\"\n";
        let mut report = Report::default();
        let allowed = Allowed::read(&Tree::of(&[(FILE, text)]), "long-file", &mut report);
        assert!(allowed.allows("a.rs") && !allowed.allows("b.rs") && !allowed.allows("d.rs"));
        allowed.finish(&mut report);
        assert_eq!(
            report.refusals,
            [
                "xtask/tidy.toml: `\"b.rs\" = \"\"` is not written `\"what\" = \"reason\"`",
                "xtask/tidy.toml: the exception for `c.rs` is no longer needed",
            ]
        );
    }
}
