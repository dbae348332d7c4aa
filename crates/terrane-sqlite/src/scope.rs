//! Statements and transactions: which of them no transaction takes.

use crate::Sqlite;
use terrane_core::dialect::{Scope, first_words};

/// By the first words of a statement.
pub(crate) fn scope(sql: &str) -> Scope {
    let words = first_words(&Sqlite, sql, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["vacuum", ..] => Scope::Alone,
        ["pragma" | "attach" | "detach", ..] => Scope::Setting,
        ["create", word, ..] if word.starts_with("temp") => Scope::Temporary,
        _ => Scope::Usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_statement_gets_on_with_transactions() {
        for (sql, expected) in [
            ("-- a\nVACUUM", Scope::Alone),
            ("/* a */ pragma x", Scope::Setting),
            ("ATTACH 'x' AS y", Scope::Setting),
            ("CREATE TEMPORARY TABLE t (a)", Scope::Temporary),
            ("CREATE TABLE temp (a)", Scope::Usual),
            ("INSERT INTO t VALUES ('VACUUM')", Scope::Usual),
        ] {
            assert_eq!(scope(sql), expected, "{sql}");
        }
    }
}
