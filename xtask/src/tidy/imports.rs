//! No module of terrane-core uses a module above it, nor a stranger beside it. Its tests may.

use super::floors::{ARCHITECTURE, Floors};
use super::source::{Token, line_of, tokens, without_tests};
use super::{Report, Tree};

const SOURCES: &str = "crates/terrane-core/src/";

pub(super) fn check(tree: &Tree, report: &mut Report) {
    let floors = match Floors::read(tree, "module of terrane-core") {
        Ok(floors) => floors,
        Err(why) => return report.refuse(why),
    };
    for file in tree.rust().filter(|file| !file.is_test()) {
        let Some(inner) = file.path.strip_prefix(SOURCES) else {
            continue;
        };
        let module = module_path(inner);
        // The root of the crate only names its modules.
        let Some(&top) = module.first() else { continue };
        if !floors.knows(top) {
            report.refuse(format!("{}: module `{top}` has no floor in {ARCHITECTURE}", file.path));
            continue;
        }
        let code = without_tests(file.code());
        for (used, at) in roots_used(&code, module.len()) {
            if let Some(objection) = floors.objection(top, used) {
                report.refuse(format!("{}:{}: {objection}", file.path, line_of(&code, at)));
            }
        }
    }
    for module in floors.members().filter(|module| !exists(tree, module)) {
        report.note(format!("{ARCHITECTURE} names module `{module}`, which is not there"));
    }
}

fn exists(tree: &Tree, module: &str) -> bool {
    ["", "/mod"]
        .iter()
        .any(|tail| tree.file(&format!("{SOURCES}{module}{tail}.rs")).is_some())
}

/// `op/table.rs` is `op::table`; `lib.rs` is the root.
fn module_path(inner: &str) -> Vec<&str> {
    let mut path: Vec<&str> = inner.trim_end_matches(".rs").split('/').collect();
    if matches!(path.last(), Some(&"mod" | &"lib")) {
        path.pop();
    }
    path
}

/// The modules at the root of the crate that the code names, through `crate::` or through enough `super::`.
fn roots_used(code: &str, depth: usize) -> Vec<(&str, usize)> {
    let tokens = tokens(code);
    let mut used = Vec::new();
    let mut scopes = Scopes::default();
    for at in 0..tokens.len() {
        scopes.see(&tokens, at);
        let after_path = at >= 2 && tokens[at - 1].text == ":" && tokens[at - 2].text == ":";
        match tokens[at].text {
            "crate" => used.extend(named_after(&tokens, at + 1)),
            "super" if !after_path => {
                let supers = supers(&tokens, at);
                if supers == depth + scopes.modules() {
                    used.extend(named_after(&tokens, at + supers * 3 - 2));
                }
            }
            _ => {}
        }
    }
    used
}

/// How many `super` follow one another from `at` on.
fn supers(tokens: &[Token<'_>], at: usize) -> usize {
    let mut count = 1;
    while tokens.get(at + count * 3).is_some_and(|token| token.text == "super") && is_path(tokens, at + count * 3 - 2) {
        count += 1;
    }
    count
}

fn is_path(tokens: &[Token<'_>], at: usize) -> bool {
    tokens
        .get(at..at + 2)
        .is_some_and(|pair| pair.iter().all(|token| token.text == ":"))
}

/// The name after `::`, or the first names of the group `::{…}`.
fn named_after<'a>(tokens: &[Token<'a>], at: usize) -> Vec<(&'a str, usize)> {
    if !is_path(tokens, at) {
        return Vec::new();
    }
    let Some(first) = tokens.get(at + 2) else {
        return Vec::new();
    };
    if first.text != "{" {
        return vec![(first.text, first.at)];
    }
    let mut depth = 0;
    let mut fresh = true;
    let mut names = Vec::new();
    for token in &tokens[at + 2..] {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => fresh = true,
            name if depth == 1 && fresh => {
                names.push((name, token.at));
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Which braces are open, and which of them are those of a module written in place.
#[derive(Default)]
struct Scopes {
    open: Vec<bool>,
}

impl Scopes {
    fn see(&mut self, tokens: &[Token<'_>], at: usize) {
        match tokens[at].text {
            "{" => self.open.push(at >= 2 && tokens[at - 2].text == "mod"),
            "}" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    fn modules(&self) -> usize {
        self.open.iter().filter(|is_module| **is_module).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{notes, refusals};
    use super::*;

    const PAGE: (&str, &str) = (
        ARCHITECTURE,
        "| floor | module of terrane-core | may use | must not know |\n|---|---|---|---|\n\
         | 0 | `text` · `name` | each other | databases. |\n| 1 | `schema` · `sql` | floors below | each other. |\n",
    );

    fn of(path: &str, text: &str) -> Vec<String> {
        refusals(check, &[PAGE, (&format!("{SOURCES}{path}"), text)])
    }

    #[test]
    fn an_import_that_runs_upward_is_refused_with_its_line() {
        let refused = of("text.rs", "//! Text.\nuse crate::schema::Table;\n");
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0].starts_with("crates/terrane-core/src/text.rs:2: `text` (floor 0) uses `schema`"),
            "{refused:?}"
        );
        assert!(
            refused[0].ends_with("runs upward; ARCHITECTURE.md: databases."),
            "{refused:?}"
        );
    }

    #[test]
    fn strangers_are_found_in_groups_paths_and_supers() {
        for text in [
            "use crate::{name::Ident, sql::{split, Token}};",
            "fn f() { crate::sql::split() }",
            "use super::super::sql;",
            "mod inner { use super::super::super::sql; }",
        ] {
            assert_eq!(of("schema/table.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_lies_below_or_within_is_allowed() {
        for text in [
            "use crate::{name::Ident, text};",
            "use crate::schema::column;",
            "use super::sql;",
            "mod inner { use super::super::sql; }",
            "// crate::sql",
            "pub(crate) fn f() {}",
            "#[cfg(test)]\nmod tests { use crate::sql; }",
        ] {
            assert_eq!(of("schema/table.rs", text), Vec::<String>::new(), "{text}");
        }
        assert!(of("lib.rs", "pub use crate::sql::split;").is_empty());
    }

    #[test]
    fn a_module_without_a_floor_is_refused_and_a_floor_without_a_module_noted() {
        assert_eq!(
            of("attic.rs", ""),
            ["crates/terrane-core/src/attic.rs: module `attic` has no floor in ARCHITECTURE.md"]
        );
        assert_eq!(notes(check, &[PAGE]).len(), 4);
    }
}
