//! A file is one subject, a function one screen. Beyond that we ask, and a good deal beyond, we refuse.

use super::allowed::{Allowed, FILE};
use super::source::{functions, lines_of_code, without_tests};
use super::{Report, Tree};

/// When to ask and when to refuse, in lines.
struct Limit {
    ask: usize,
    refuse: usize,
}

/// Lines that hold code; comments, blank lines and a file's own tests are not counted.
const FILE_LIMIT: Limit = Limit { ask: 600, refuse: 1000 };

/// Lines from `fn` to the closing brace.
const FUNCTION_LIMIT: Limit = Limit { ask: 70, refuse: 120 };

pub(super) fn check(tree: &Tree, report: &mut Report) {
    let long_files = Allowed::read(tree, "long-file", report);
    let long_functions = Allowed::read(tree, "long-function", report);
    for file in tree.rust() {
        let code = without_tests(file.code());
        judge(
            &file.path,
            "lines of code",
            lines_of_code(&code),
            &FILE_LIMIT,
            &long_files,
            report,
        );
        for function in functions(&code) {
            let name = format!("{}::{}", file.path, function.name);
            judge(&name, "lines", function.lines, &FUNCTION_LIMIT, &long_functions, report);
        }
    }
    long_files.finish(report);
    long_functions.finish(report);
}

fn judge(what: &str, unit: &str, lines: usize, limit: &Limit, allowed: &Allowed, report: &mut Report) {
    if lines <= limit.ask {
        return;
    }
    let excused = lines > limit.refuse && allowed.allows(what);
    if lines > limit.refuse && !excused {
        report.refuse(format!(
            "{what} has {lines} {unit}, more than {}: split it, or say why not in {FILE}",
            limit.refuse
        ));
    } else if !excused {
        report.note(format!(
            "{what} has {lines} {unit}, more than {}: is it one subject?",
            limit.ask
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{notes, refusals};
    use super::*;

    fn file(lines: usize) -> String {
        "// a comment\n\nuse a;\n".repeat(lines)
    }

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "g();\n".repeat(lines - 2))
    }

    #[test]
    fn long_files_are_asked_about_and_longer_ones_refused() {
        assert!(notes(check, &[("a.rs", &file(600))]).is_empty());
        assert_eq!(notes(check, &[("a.rs", &file(601))]).len(), 1);
        assert!(refusals(check, &[("a.rs", &file(1000))]).is_empty());
        let refused = refusals(check, &[("a.rs", &file(1001))]);
        assert_eq!(
            refused,
            ["a.rs has 1001 lines of code, more than 1000: split it, or say why not in xtask/tidy.toml"]
        );
    }

    #[test]
    fn long_functions_are_asked_about_and_longer_ones_refused() {
        assert!(notes(check, &[("a.rs", &function(70))]).is_empty());
        assert_eq!(notes(check, &[("a.rs", &function(71))]).len(), 1);
        assert!(refusals(check, &[("a.rs", &function(120))]).is_empty());
        assert!(refusals(check, &[("a.rs", &function(121))])[0].starts_with("a.rs::f has 121 lines"));
    }

    #[test]
    fn an_exception_silences_both() {
        let excuse = (
            FILE,
            "[long-file]\n\"a.rs\" = \"one table\"\n[long-function]\n\"a.rs::f\" = \"one match\"\n",
        );
        let long = file(1001) + &function(121);
        assert!(refusals(check, &[("a.rs", &long), excuse]).is_empty());
        assert_eq!(refusals(check, &[("a.rs", ""), excuse]).len(), 2);
    }

    #[test]
    fn a_files_own_tests_are_not_counted() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", file(1001) + &function(121));
        assert!(notes(check, &[("a.rs", &tests)]).is_empty());
    }
}
