//! Ops as SQL text: read and written.
//!
//! One grammar serves revision files, desired schemas in SQL files, and the texts that a catalog keeps: standard DDL,
//! widened by what SQLite adds to `CREATE TABLE` and by PostgreSQL's forms of `ALTER TABLE`. What a server says in its
//! own way is lowered by its dialect, not here. A few changes have no standard form; they are written
//! `ALTER TABLE t ORDER COLUMNS (a, b)`, `ALTER TABLE t DROP CHECK (…)`, `ALTER TABLE t SET (strict)`,
//! `ALTER SEQUENCE s OPTIONS (…)`.

mod alter;
mod column;
mod constraint;
mod create;
mod cursor;
mod hint;
mod print;
mod statement;
mod unmodelled;

pub use hint::{Hint, hint_comments, hints};
pub use print::{
    Style, built_concurrently, column_constraint, column_definition, constraint_definition, create_table, print,
    print_index, print_key,
};
pub use statement::{Declared, ParsedStatement, made_by, parse_statement};

use crate::name::{Folding, Ident, ObjectName};
use crate::schema::Expr;
use crate::sql::{Lexing, TokenKind, canonical_under, tokenize};
use crate::text::Span;

/// How a text is to be read: the lexical side of a dialect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flavor {
    /// Strings, comments, quotes.
    pub lexing: Lexing,
    /// How names compare.
    pub folding: Folding,
    /// The namespace that goes without saying: `main`, `public`.
    pub default_schema: Option<&'static str>,
}

impl Flavor {
    /// A name under this flavor.
    pub fn ident(&self, text: &str) -> Ident {
        Ident::new(text, self.folding)
    }

    /// The name of an object in the default namespace.
    pub fn object(&self, text: &str) -> ObjectName {
        ObjectName::bare(self.ident(text))
    }

    /// A fragment of SQL. Comments around it are no part of it: one that runs to the end of its line would swallow
    /// whatever is printed after the fragment.
    pub fn expr(&self, text: &str) -> Expr {
        Expr::new(
            without_outer_comments(text, &self.lexing).trim(),
            canonical_under(text, self.folding),
        )
    }
}

fn without_outer_comments<'t>(text: &'t str, lexing: &Lexing) -> &'t str {
    // Most fragments are a word or two, and a catalog has thousands of them.
    if !["--", "/*", "#"].iter().any(|mark| text.contains(mark)) {
        return text;
    }
    let tokens = tokenize(text, lexing).unwrap_or_default();
    let mut significant = tokens.iter().filter(|token| token.kind != TokenKind::Comment);
    match (significant.next(), tokens.last()) {
        (Some(first), Some(_)) => {
            let last = significant.next_back().unwrap_or(first);
            &text[first.span.to(last.span).range()]
        }
        _ => text,
    }
}

/// What can be created and dropped by name.
const NOUNS: [&str; 8] = [
    "table",
    "index",
    "view",
    "trigger",
    "type",
    "sequence",
    "function",
    "procedure",
];

/// A statement that begins as one that is understood, and goes on otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// A lower-case fragment.
    pub message: String,
    /// Where, in the coordinates of the script.
    pub span: Span,
}

/// Schemas for unit tests, as scripts.
#[cfg(test)]
pub(crate) mod sample {
    use super::{Flavor, parse_statement};
    use crate::name::Folding;
    use crate::op::Op;
    use crate::schema::Schema;
    use crate::sql::{Lexing, split};

    pub(crate) const FLAVOR: Flavor = Flavor {
        lexing: Lexing::PORTABLE,
        folding: Folding::AsciiInsensitive,
        default_schema: None,
    };

    pub(crate) fn ops(script: &str) -> Vec<Op> {
        let statements = split(script, &FLAVOR.lexing).unwrap();
        let read = |statement| parse_statement(script, &statement, &FLAVOR).unwrap().ops;
        statements.into_iter().flat_map(read).collect()
    }

    pub(crate) fn schema(script: &str) -> Schema {
        let mut schema = Schema::new();
        for op in ops(script) {
            op.apply(&mut schema).unwrap();
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{FLAVOR, ops};
    use super::*;

    #[track_caller]
    fn reads_back(statement: &str) {
        let read = ops(statement);
        assert!(!read.iter().any(|op| matches!(op, crate::op::Op::Sql(_))), "{read:?}");
        let printed: Vec<String> = read.iter().flat_map(print).collect();
        assert_eq!(ops(&printed.join(";")), read, "{printed:?}");
    }

    #[test]
    fn a_comment_at_the_end_of_a_check_does_not_swallow_the_parenthesis() {
        let text = "create table t (a int check (a > 0 -- never less\n), b int)";
        reads_back(text);
        assert!(print(&ops(text)[0])[0].contains("CHECK (a > 0)"));
        assert_eq!(
            FLAVOR.expr("/* why */ a -- that\n + b -- so").as_str(),
            "a -- that\n + b"
        );
    }

    #[test]
    fn a_default_gets_parentheses_where_it_cannot_stand_alone() {
        for (default, printed) in [
            ("-1", "-1"),
            ("(1) + (2)", "((1) + (2))"),
            ("now()", "(now())"),
            ("'a'::character varying", "'a'::character varying"),
            ("nextval('a'::regclass)", "nextval('a'::regclass)"),
            (
                "CASE WHEN true THEN 'a'::text END",
                "(CASE WHEN true THEN 'a'::text END)",
            ),
        ] {
            let change = crate::op::ColumnChange::Default(Some(FLAVOR.expr(default)));
            let op = crate::op::Op::AlterColumn {
                table: FLAVOR.object("t"),
                column: FLAVOR.ident("c"),
                change,
            };
            let statement = print(&op).remove(0);
            assert_eq!(statement, format!("ALTER TABLE t ALTER COLUMN c SET DEFAULT {printed}"));
            assert_eq!(ops(&statement), [op]);
        }
    }

    #[test]
    fn what_alter_prints_alter_reads() {
        reads_back("ALTER TYPE mood AS ENUM ('sad', 'it''s')");
        reads_back("ALTER SEQUENCE s OPTIONS (START WITH 3 OWNED BY t.c)");
        reads_back("DROP TRIGGER g ON t; DROP INDEX i ON t; ALTER INDEX i ON t RENAME TO j");
        reads_back("COMMENT ON VIEW v IS 'a'; COMMENT ON INDEX i ON t IS NULL");
        reads_back("CREATE OR REPLACE FUNCTION f() RETURNS integer AS 'x'");
        reads_back("ALTER TABLE t ALTER COLUMN c ADD GENERATED ALWAYS AS IDENTITY (START WITH 10)");
    }
}
