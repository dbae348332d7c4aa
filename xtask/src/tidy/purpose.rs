//! Every module begins with a sentence that says what it is for. A build script says it by its name.

use super::{Report, Tree};

pub(super) fn check(tree: &Tree, report: &mut Report) {
    let silent = tree
        .rust()
        .filter(|file| !file.text.starts_with("//!") && !file.path.ends_with("/build.rs"));
    for file in silent {
        report.refuse(format!(
            "{}: the first line does not say what the module is for",
            file.path
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusals;
    use super::*;

    #[test]
    fn a_module_that_does_not_say_what_it_is_for_is_refused() {
        let files = [
            ("src/a.rs", "use b;"),
            ("src/b.rs", "//! What it is for."),
            ("c/build.rs", "fn main() {}"),
        ];
        assert_eq!(
            refusals(check, &files),
            ["src/a.rs: the first line does not say what the module is for"]
        );
    }
}
