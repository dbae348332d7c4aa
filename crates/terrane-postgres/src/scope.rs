//! Statements and transactions: which of them no transaction takes, what becomes of those when they break off, and how
//! long each may wait for a lock.

use crate::{FLAVOR, Postgres};
use std::collections::BTreeSet;
use terrane_core::dialect::{Locking, Scope, Settling, first_words};
use terrane_core::sql::{Token, TokenKind, quote_string, tokenize, unquote};

/// By the first words of a statement: those whose pages in the manual say that they cannot run in a transaction block.
pub(crate) fn scope(sql: &str) -> Scope {
    let words = first_words(&Postgres, sql, 8);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let alone = match words.as_slice() {
        ["vacuum", ..] | ["cluster"] | ["cluster", "verbose"] | ["alter", "system", ..] => true,
        ["create" | "drop", "database" | "tablespace" | "subscription", ..] => true,
        ["alter", "database", _, "set", "tablespace", ..] => true,
        ["alter", "subscription", _, "refresh", ..] => true,
        ["alter", "subscription", _, "set" | "add" | "drop", "publication", ..] => true,
        ["create" | "drop", "index", "concurrently", ..] | ["create", "unique", "index", "concurrently", ..] => true,
        ["reindex", rest @ ..] => {
            rest.contains(&"concurrently") || ["schema", "database", "system"].iter().any(|all| rest.contains(all))
        }
        ["alter", "table", ..] => Words::of(sql).is_some_and(|mut words| words.detaches_concurrently()),
        _ => false,
    };
    match words.as_slice() {
        _ if alone => Scope::Alone,
        ["set" | "reset" | "discard" | "listen" | "load", ..] => Scope::Temporary,
        ["create", word, ..] if word.starts_with("temp") => Scope::Temporary,
        _ => Scope::Usual,
    }
}

/// A value that is added to an enumerated type can be used only once that is committed (manual, `ALTER TYPE`).
pub(crate) fn made_for_later(sql: &str) -> Option<String> {
    Words::of(sql).and_then(|mut words| words.added_value())
}

/// More values than this are not looked for in every body: a statement with one counts as using them.
const VALUES_LOOKED_FOR: usize = 64;

/// Whether a statement uses one of those values.
pub(crate) fn uses(later: &str, values: &BTreeSet<String>) -> bool {
    if made_for_later(later).is_some() {
        return false;
    }
    let tokens = tokenize(later, &FLAVOR.lexing).unwrap_or_default();
    tokens
        .iter()
        .filter(|token| token.kind == TokenKind::String)
        .any(|token| {
            let text = token.text(later);
            let inner = text.trim_matches('\'');
            // An array's literal, and the body of a function or a block, hold it among others.
            let holds = inner.starts_with('{') || text.starts_with('$');
            let many = values.len() > VALUES_LOOKED_FOR;
            values.contains(inner) || (holds && (many || values.iter().any(|value| inner.contains(value))))
        })
}

/// What waits for rows, or with a lock that neither reads nor writes have to wait for (manual, table 13.2).
pub(crate) fn locking(sql: &str) -> Locking {
    let words = first_words(&Postgres, sql, 3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [
            "select" | "insert" | "update" | "delete" | "merge" | "with" | "values" | "copy",
            ..,
        ] => Locking::Soft,
        ["analyze" | "vacuum" | "comment" | "set" | "reset", ..] | ["create", "statistics", ..] => Locking::Soft,
        _ if scope(sql) == Scope::Alone => Locking::Soft,
        _ => Locking::Hard,
    }
}

/// What the catalog tells of a statement that may have begun.
pub(crate) fn settling(sql: &str) -> Settling {
    let Some(mut words) = Words::of(sql) else {
        return Settling::default();
    };
    match words.next_word().as_str() {
        "create" => words.created(),
        "drop" => words.dropped(),
        "reindex" => words.reindexed(),
        "alter" => words.detached(),
        _ => Settling::default(),
    }
}

/// A statement, read word by word.
struct Words<'s> {
    sql: &'s str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'s> Words<'s> {
    fn of(sql: &'s str) -> Option<Words<'s>> {
        let mut tokens = tokenize(sql, &FLAVOR.lexing).ok()?;
        tokens.retain(|token| token.kind != TokenKind::Comment);
        Some(Words { sql, tokens, at: 0 })
    }

    fn peek(&self) -> &'s str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.sql))
    }

    /// The next word, in lower case; empty at the end.
    fn next_word(&mut self) -> String {
        let word = self.peek().to_ascii_lowercase();
        self.at += 1;
        word
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.peek().eq_ignore_ascii_case(word);
        self.at += usize::from(is);
        is
    }

    fn takes_all(&mut self, words: &[&str]) -> bool {
        let begin = self.at;
        let all = words.iter().all(|word| self.takes(word));
        if !all {
            self.at = begin;
        }
        all
    }

    /// A name with its schema, as it is written.
    fn name(&mut self) -> String {
        let mut name = self.peek().to_owned();
        self.at += 1;
        while self.takes(".") {
            name.push('.');
            name.push_str(self.peek());
            self.at += 1;
        }
        name
    }

    /// The value that `ALTER TYPE … ADD VALUE` adds.
    fn added_value(&mut self) -> Option<String> {
        if !self.takes_all(&["alter", "type"]) {
            return None;
        }
        self.name();
        if !self.takes_all(&["add", "value"]) {
            return None;
        }
        self.takes_all(&["if", "not", "exists"]);
        let value = self.peek();
        Some(value.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
    }

    fn detaches_concurrently(&mut self) -> bool {
        self.detached_concurrently().is_some()
    }

    /// Of `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`: the table, and the partition.
    fn detached_concurrently(&mut self) -> Option<(String, String)> {
        self.takes("alter");
        if !self.takes("table") {
            return None;
        }
        self.takes_all(&["if", "exists"]);
        let table = self.name();
        if !self.takes_all(&["detach", "partition"]) {
            return None;
        }
        let partition = self.name();
        self.takes("concurrently").then_some((table, partition))
    }

    fn created(&mut self) -> Settling {
        self.takes("unique");
        if self.takes_all(&["index", "concurrently"]) {
            return self.created_index();
        }
        match self.catalog_row() {
            Some(row) => Settling {
                done: Some(format!("SELECT 1 FROM {row}")),
                debris: None,
            },
            None => Settling::default(),
        }
    }

    /// An index that broke off stays, invalid: it is written to, and never read (manual, `CREATE INDEX`).
    fn created_index(&mut self) -> Settling {
        self.takes_all(&["if", "not", "exists"]);
        let name = if self.takes("on") {
            None
        } else {
            let name = folded(self.peek());
            self.at += 1;
            self.takes("on");
            Some(name)
        };
        self.takes("only");
        let table = quote_string(&self.name());
        let found = |more: &str| {
            let named = name
                .as_ref()
                .map_or_else(String::new, |name| format!(" AND i.relname = {}", quote_string(name)));
            format!(
                "FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN \
                 pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace WHERE x.indrelid = pg_catalog.to_regclass({table}) AND \
                 {more} x.indisvalid{named}"
            )
        };
        Settling {
            done: name.is_some().then(|| format!("SELECT 1 {}", found(""))),
            debris: Some(format!("{DROP_INDEX} {}", found("NOT"))),
        }
    }

    fn dropped(&mut self) -> Settling {
        let done = if self.takes_all(&["index", "concurrently"]) {
            self.takes_all(&["if", "exists"]);
            let name = quote_string(&self.name());
            Some(format!("SELECT 1 WHERE pg_catalog.to_regclass({name}) IS NULL"))
        } else {
            self.catalog_row()
                .map(|row| format!("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM {row})"))
        };
        Settling { done, debris: None }
    }

    /// The row of what is the whole server's: a database, a tablespace, a subscription.
    fn catalog_row(&mut self) -> Option<String> {
        let (catalog, column) = match self.next_word().as_str() {
            "database" => ("pg_database", "datname"),
            "tablespace" => ("pg_tablespace", "spcname"),
            "subscription" => ("pg_subscription", "subname"),
            _ => return None,
        };
        self.takes_all(&["if", "exists"]);
        let name = quote_string(&folded(self.peek()));
        Some(format!("pg_catalog.{catalog} WHERE {column} = {name}"))
    }

    /// What broke off leaves the new index, or the old one, beside the other (manual, `REINDEX`).
    fn reindexed(&mut self) -> Settling {
        while self.at < self.tokens.len()
            && !["index", "table"]
                .iter()
                .any(|kind| self.peek().eq_ignore_ascii_case(kind))
        {
            self.at += 1;
        }
        let is_index = self.takes("index");
        if !is_index && !self.takes("table") {
            return Settling::default();
        }
        self.takes("concurrently");
        let name = format!("pg_catalog.to_regclass({})", quote_string(&self.name()));
        let table = if is_index {
            format!("(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = {name})")
        } else {
            name
        };
        Settling {
            done: None,
            debris: Some(format!(
                "{DROP_INDEX} FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN \
                 pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace WHERE x.indrelid = {table} AND NOT x.indisvalid \
                 AND i.relname ~ '_cc(new|old)[0-9]*$'"
            )),
        }
    }

    /// What broke off is detached for new queries, and has to be ended (manual, `ALTER TABLE … FINALIZE`, since 14).
    fn detached(&mut self) -> Settling {
        self.at = 0;
        let Some((table, partition)) = self.detached_concurrently() else {
            return Settling::default();
        };
        let finish = quote_string(&format!("ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE"));
        let attached = format!(
            "FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = pg_catalog.to_regclass({}) AND h.inhrelid = \
             pg_catalog.to_regclass({})",
            quote_string(&table),
            quote_string(&partition)
        );
        Settling {
            done: Some(format!("SELECT 1 WHERE NOT EXISTS (SELECT 1 {attached})")),
            debris: Some(format!(
                "SELECT {finish} {attached} AND pg_catalog.to_jsonb(h) ->> 'inhdetachpending' = 'true'"
            )),
        }
    }
}

const DROP_INDEX: &str = "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, i.relname)";

fn folded(name: &str) -> String {
    if name.starts_with('"') {
        unquote(name).into_owned()
    } else {
        name.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terrane_core::dialect::transactions;

    #[test]
    fn what_no_transaction_takes_is_known() {
        for sql in [
            "VACUUM t",
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "/* a */ create unique index concurrently if not exists i on t (a)",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
            "REINDEX TABLE CONCURRENTLY t",
            "REINDEX SCHEMA public",
            "ALTER TABLE public.\"My t\" DETACH PARTITION p CONCURRENTLY",
            "ALTER SYSTEM SET x = 1",
            "CREATE DATABASE d",
            "CLUSTER",
        ] {
            assert_eq!(scope(sql), Scope::Alone, "{sql}");
        }
        for sql in [
            "CREATE INDEX i ON concurrently (a)",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "ALTER TABLE t DETACH PARTITION p",
            "CLUSTER t",
            "INSERT INTO t VALUES ('VACUUM')",
        ] {
            assert_eq!(scope(sql), Scope::Usual, "{sql}");
        }
        assert_eq!(scope("CREATE TEMP TABLE t (a int)"), Scope::Temporary);
    }

    #[test]
    fn a_value_is_used_in_another_transaction_than_the_one_that_adds_it() {
        let add = "ALTER TYPE app.mood ADD VALUE IF NOT EXISTS 'calm' BEFORE 'sad'";
        let parts = |earlier: &str, later: &str| uses(later, &made_for_later(earlier).into_iter().collect());
        assert!(parts(add, "UPDATE t SET m = 'calm'"));
        assert!(parts(add, "ALTER TABLE t ALTER m SET DEFAULT '{calm,sad}'"));
        assert!(parts(add, "DO $$ BEGIN UPDATE t SET m = 'calm'; END $$"));
        assert!(!parts(add, "UPDATE t SET m = 'sad'"));
        assert!(!parts(add, "ALTER TYPE app.mood ADD VALUE 'bored' AFTER 'calm'"));
        let statements = [
            "CREATE TABLE a (a int)",
            add,
            "UPDATE t SET m = 'calm'",
            "VACUUM",
            "ANALYZE",
        ];
        assert_eq!(transactions(&Postgres, &statements), [0..2, 2..3, 3..4, 4..5]);
    }

    #[test]
    fn what_became_of_a_statement_is_asked_for_by_its_names() {
        let index = settling("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON ONLY public.t USING btree (a)");
        let done = index.done.unwrap();
        assert!(
            done.contains("to_regclass('public.t')") && done.contains("i.relname = 'I'"),
            "{done}"
        );
        assert!(index.debris.unwrap().contains("NOT x.indisvalid"));
        let dropped = settling("DROP INDEX CONCURRENTLY IF EXISTS app.i").done.unwrap();
        assert!(dropped.contains("to_regclass('app.i') IS NULL"), "{dropped}");
        assert!(
            settling("ALTER TABLE t DETACH PARTITION p CONCURRENTLY")
                .debris
                .unwrap()
                .contains("FINALIZE")
        );
        assert!(settling("REINDEX TABLE CONCURRENTLY t").debris.unwrap().contains("_cc"));
        assert_eq!(settling("VACUUM t"), Settling::default());
    }
}
