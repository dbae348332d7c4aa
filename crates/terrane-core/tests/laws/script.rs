//! Scripts: where statements end, and what names in them mean, whatever stands around them.

use crate::generate::{FLAVOR, schemas, script};
use crate::{EVERYTHING, cases};
use proptest::collection::vec;
use proptest::prelude::*;
use terrane_core::ddl::{Flavor, parse_statement};
use terrane_core::sql::{Lexing, canonical, rename_identifiers, split, tokenize};

const LEXINGS: [Lexing; 4] = [Lexing::PORTABLE, Lexing::SQLITE, Lexing::POSTGRESQL, Lexing::MARIADB];

/// Statements that hold what could be taken for their end.
fn statements() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "SELECT ';', \";\", `;`, 1 -- ;\n  FROM t",
        "INSERT INTO t VALUES ('it''s; /*', x'3b') /* ; */ RETURNING a",
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET a = CASE b WHEN 1 THEN 2 END; SELECT 1; END",
        "BEGIN",
        "COMMIT",
        "END TRANSACTION",
        "UPDATE t SET a = case when b then 'end;' end",
        "CREATE VIEW \"begin\" AS SELECT 1 AS \"end;\"",
        "DELETE FROM \"a;\"\"b\"",
        "CREATE TABLE \"trigger\" (\"begin\" int, b text DEFAULT ';')",
        "SELECT a::text, :name, ?1, $2, a ->> 'b', 1e-5, .5, 0x1f",
    ]);
    let words = vec(
        prop::sample::select(vec![
            "a",
            "1",
            "'x;'",
            "+",
            "(a)",
            "f(1, b)",
            ",",
            "b /*;*/ + c",
            "\"q\"",
            "in",
        ]),
        1..8,
    );
    prop_oneof![2 => plain.prop_map(str::to_owned), 1 => words.prop_map(|words| words.join(" "))]
}

/// SQLite takes a byte order mark for a blank.
fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '\u{b}' | '\u{feff}')
}

/// Text with much of what a lexer has to look at twice.
fn noise() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "'",
        "\"",
        "`",
        "[",
        "]",
        "$",
        "$$",
        "$a$",
        "--",
        "/*",
        "*/",
        "\\",
        "e'",
        "x'",
        ";",
        "(",
        ")",
        ",",
        ".",
        "::",
        ":a",
        "?",
        "#",
        "\n",
        " ",
        "é",
        "0x",
        "1.",
        "1e",
        "1e+",
        "CREATE ",
        "TABLE ",
        "TRIGGER ",
        "INDEX ",
        "VIEW ",
        "ALTER ",
        "DROP ",
        "ADD ",
        "COLUMN ",
        "CONSTRAINT ",
        "PRIMARY KEY",
        "CHECK",
        "REFERENCES ",
        "DEFAULT ",
        "ON ",
        "AS ",
        "BEGIN ",
        "END",
        "CASE ",
        "t ",
        "a ",
        "int ",
        "COMMENT ON ",
        "IS ",
        "NULL",
        "GENERATED ALWAYS ",
        "TYPE ",
        "ENUM ",
        "SET ",
        "COLLATE ",
        "UNIQUE ",
        "FOREIGN KEY ",
        "WITH ",
        "SELECT ",
        "FROM ",
        "UPDATE ",
        "renamed_from: ",
    ]);
    prop_oneof![any::<String>(), vec(pieces, 0..24).prop_map(|pieces| pieces.concat())]
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn a_script_is_cut_where_its_statements_end(statements in vec(statements(), 0..6), gap in "(-- [a-z;']*\n|/\\* [a-z;\"]* \\*/|\n| )*") {
        let source: String = statements.iter().map(|statement| format!("{gap}{statement}{gap};")).collect();
        for lexing in [Lexing::PORTABLE, Lexing::SQLITE] {
            let cut = split(&source, &lexing).unwrap();
            let texts: Vec<&str> = cut.iter().map(|statement| &source[statement.span.range()]).collect();
            prop_assert_eq!(&texts, &statements);
        }
    }

    #[test]
    fn a_script_of_a_schema_is_cut_where_its_statements_end(schema in schemas(EVERYTHING)) {
        let source = script(&schema);
        let cut = split(&source, &FLAVOR.lexing).unwrap();
        let texts: String = cut.iter().map(|statement| format!("{};\n", &source[statement.span.range()])).collect();
        prop_assert_eq!(texts, source);
    }

    #[test]
    fn tokens_and_the_gaps_between_them_are_the_source(source in noise()) {
        for lexing in LEXINGS {
            let Ok(tokens) = tokenize(&source, &lexing) else { continue };
            let mut end = 0;
            for token in tokens {
                prop_assert!(token.span.start >= end && token.span.end > token.span.start);
                prop_assert!(source[end..token.span.start].chars().all(is_blank));
                end = token.span.end;
            }
            prop_assert!(source[end..].chars().all(is_blank));
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(source in noise()) {
        for lexing in LEXINGS {
            let flavor = Flavor { lexing, ..FLAVOR };
            for statement in split(&source, &lexing).unwrap_or_default() {
                if let Ok(parsed) = parse_statement(&source, &statement, &flavor) {
                    let _ = terrane_core::ddl::hints(&source, &statement, &parsed.declared);
                    for op in parsed.ops {
                        let _ = (op.describe(), op.touches(), terrane_core::ddl::print(&op));
                    }
                }
            }
        }
        prop_assert_eq!(&rename_identifiers(&source, |_| None), &source);
        let once = canonical(&source);
        prop_assert_eq!(&canonical(&once), &once);
    }
}
