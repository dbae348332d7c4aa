//! Statements and transactions: which of them no transaction takes, what becomes of those when they break off, and how
//! long each may wait for a lock.

use crate::{FLAVOR, Postgres};
use std::collections::BTreeSet;
use terrane_core::dialect::{FOUND, Locking, Recovery, Scope, Target, first_words};
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
        ["alter", "table", ..] if Words::of(sql).is_some_and(|mut words| words.validates()) => Scope::Apart,
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
pub(crate) fn recovery(sql: &str) -> Recovery {
    let Some(mut words) = Words::of(sql) else {
        return Recovery::default();
    };
    match words.next_word().as_str() {
        "create" => words.created(),
        "drop" => words.dropped(),
        "reindex" => words.reindexed(),
        "alter" => words.detached(),
        _ => Recovery::default(),
    }
}

/// What such a statement is about. What is the whole server's is nobody's here.
pub(crate) fn target(sql: &str) -> Target {
    let Some(mut words) = Words::of(sql) else {
        return Target::default();
    };
    match words.next_word().as_str() {
        "create" => words.index_target(),
        "drop" if words.takes_all(&["index", "concurrently"]) => {
            words.takes_all(&["if", "exists"]);
            words.names()
        }
        "reindex" => words.reindex_target(),
        "vacuum" => words.vacuum_target(),
        "cluster" => Target {
            everything: true,
            ..Target::default()
        },
        "alter" => {
            words.at = 0;
            let detached = words.detached_concurrently();
            Target {
                relations: detached
                    .map(|(table, partition)| vec![table, partition])
                    .unwrap_or_default(),
                ..Target::default()
            }
        }
        _ => Target::default(),
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

    /// Names, with commas between them.
    fn names(&mut self) -> Target {
        let mut relations = vec![self.name()];
        while self.takes(",") {
            relations.push(self.name());
        }
        Target {
            relations,
            ..Target::default()
        }
    }

    fn index_target(&mut self) -> Target {
        self.takes("unique");
        if !self.takes_all(&["index", "concurrently"]) {
            return Target::default();
        }
        while self.at < self.tokens.len() && !self.takes("on") {
            self.at += 1;
        }
        self.takes("only");
        let relations = vec![self.name()];
        let mut calls = Vec::new();
        while self.at < self.tokens.len() {
            let is_name = matches!(self.tokens[self.at].kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            let name = if is_name { self.name() } else { String::new() };
            self.at += usize::from(!is_name);
            if is_name && self.peek() == "(" {
                calls.push(name);
            }
        }
        Target {
            relations,
            calls,
            ..Target::default()
        }
    }

    fn reindex_target(&mut self) -> Target {
        self.skips_parenthesis();
        let kind = self.next_word();
        self.takes("concurrently");
        match kind.as_str() {
            "index" | "table" => Target {
                relations: vec![self.name()],
                reindexes: true,
                ..Target::default()
            },
            _ => Target {
                everything: true,
                ..Target::default()
            },
        }
    }

    /// Without a name it is about all tables that the role owns, and changes none of them.
    fn vacuum_target(&mut self) -> Target {
        self.skips_parenthesis();
        while ["full", "freeze", "verbose", "analyze"]
            .iter()
            .any(|word| self.takes(word))
        {}
        let mut relations = Vec::new();
        while self.at < self.tokens.len() && self.peek() != ";" {
            self.takes("only");
            relations.push(self.name());
            self.skips_parenthesis();
            if !self.takes(",") {
                break;
            }
        }
        Target {
            relations,
            ..Target::default()
        }
    }

    fn skips_parenthesis(&mut self) {
        if self.takes("(") {
            while self.skips_to_end_of_item() == Some(false) {}
        }
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

    /// Whether it is `ALTER TABLE … VALIDATE CONSTRAINT` and nothing else.
    fn validates(&mut self) -> bool {
        self.takes_all(&["alter", "table"]);
        self.takes_all(&["if", "exists"]);
        self.takes("only");
        self.name();
        let validates = self.takes_all(&["validate", "constraint"]);
        self.name();
        validates && matches!(self.peek(), "" | ";")
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

    fn created(&mut self) -> Recovery {
        let is_unique = self.takes("unique");
        if self.takes_all(&["index", "concurrently"]) {
            return self.created_index(is_unique);
        }
        match self.catalog_row() {
            Some(row) => Recovery {
                done: Some(format!("SELECT 1 FROM {row}")),
                ..Recovery::default()
            },
            None => Recovery::default(),
        }
    }

    /// An index that broke off stays, invalid: it is written to, and never read (manual, `CREATE INDEX`). It is this
    /// statement's if it was not there before, has the name that the statement gives, or the shape, and nobody else is
    /// about to build it.
    fn created_index(&mut self, is_unique: bool) -> Recovery {
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
        let table = format!("pg_catalog.to_regclass({})", quote_string(&self.name()));
        let which = match &name {
            Some(name) => format!(
                "i.relname = {} AND ({FOUND}::jsonb IS NULL OR {IS_NEW})",
                quote_string(name)
            ),
            None => match self.shape() {
                Some(shape) => {
                    format!("x.indisunique = {is_unique} AND {shape} AND {FOUND}::jsonb IS NOT NULL AND {IS_NEW}")
                }
                None => return Recovery::default(),
            },
        };
        let found = |more: &str| format!("{INDEX} WHERE x.indrelid = {table} AND {which} AND {more}");
        Recovery {
            found: Some(indexes_of(&table)),
            busy: Some(built_on(&table)),
            done: Some(format!("SELECT 1 {}", found("x.indisvalid"))),
            debris: Some(format!(
                "{DROP_INDEX} {}",
                found(&format!("NOT x.indisvalid AND {}", is_left()))
            )),
        }
    }

    /// What an index is of, as a condition on `x`: its columns in their order, an empty name for an expression; and whether
    /// it is of some rows only. None, where it cannot be read.
    fn shape(&mut self) -> Option<String> {
        if self.takes("using") {
            self.at += 1;
        }
        if !self.takes("(") {
            return None;
        }
        let mut columns = Vec::new();
        loop {
            let token = self.tokens.get(self.at)?;
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            let next = self.tokens.get(self.at + 1)?.text(self.sql);
            columns.push(match is_name && next != "(" && next != "." {
                true => quote_string(&folded(token.text(self.sql))),
                false => "''".to_owned(),
            });
            if self.skips_to_end_of_item()? {
                break;
            }
        }
        let rest = &self.tokens[self.at..];
        let is_partial = rest
            .iter()
            .any(|token| token.text(self.sql).eq_ignore_ascii_case("where"));
        let is_not = if is_partial { " NOT" } else { "" };
        Some(format!(
            "ARRAY(SELECT COALESCE(a.attname::text, '') FROM pg_catalog.generate_series(0, x.indnkeyatts - 1) AS k LEFT \
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k] AND x.indkey[k] <> 0 \
             ORDER BY k) = ARRAY[{}]::text[] AND x.indpred IS{is_not} NULL",
            columns.join(", ")
        ))
    }

    /// Behind the comma, or the parenthesis, that ends an item of a list; whether it was the list's end.
    fn skips_to_end_of_item(&mut self) -> Option<bool> {
        let mut depth = 0_usize;
        loop {
            let text = self.tokens.get(self.at)?.text(self.sql);
            self.at += 1;
            match text {
                "(" | "[" => depth += 1,
                ")" if depth == 0 => return Some(true),
                "," if depth == 0 => return Some(false),
                ")" | "]" => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
    }

    fn dropped(&mut self) -> Recovery {
        let done = if self.takes_all(&["index", "concurrently"]) {
            self.takes_all(&["if", "exists"]);
            let name = quote_string(&self.name());
            Some(format!("SELECT 1 WHERE pg_catalog.to_regclass({name}) IS NULL"))
        } else {
            self.catalog_row()
                .map(|row| format!("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM {row})"))
        };
        Recovery {
            done,
            ..Recovery::default()
        }
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
    fn reindexed(&mut self) -> Recovery {
        while self.at < self.tokens.len()
            && !["index", "table"]
                .iter()
                .any(|kind| self.peek().eq_ignore_ascii_case(kind))
        {
            self.at += 1;
        }
        let is_index = self.takes("index");
        if !is_index && !self.takes("table") {
            return Recovery::default();
        }
        self.takes("concurrently");
        let name = format!("pg_catalog.to_regclass({})", quote_string(&self.name()));
        let table = if is_index {
            format!("(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = {name})")
        } else {
            name
        };
        Recovery {
            found: Some(indexes_of(&table)),
            busy: Some(built_on(&table)),
            done: None,
            debris: Some(format!(
                "{DROP_INDEX} {INDEX} WHERE x.indrelid = {table} AND NOT x.indisvalid AND i.relname ~ '_cc(new|old)[0-9]*$' \
                 AND {FOUND}::jsonb IS NOT NULL AND {IS_NEW} AND {}",
                is_left()
            )),
        }
    }

    /// What broke off is detached for new queries, and has to be ended (manual, `ALTER TABLE … FINALIZE`, since 14).
    fn detached(&mut self) -> Recovery {
        self.at = 0;
        let Some((table, partition)) = self.detached_concurrently() else {
            return Recovery::default();
        };
        let finish = quote_string(&format!("ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE"));
        let attached = format!(
            "FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = pg_catalog.to_regclass({}) AND h.inhrelid = \
             pg_catalog.to_regclass({})",
            quote_string(&table),
            quote_string(&partition)
        );
        Recovery {
            found: None,
            busy: None,
            done: Some(format!("SELECT 1 WHERE NOT EXISTS (SELECT 1 {attached})")),
            debris: Some(format!(
                "SELECT {finish} {attached} AND pg_catalog.to_jsonb(h) ->> 'inhdetachpending' = 'true'"
            )),
        }
    }
}

const DROP_INDEX: &str = "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, i.relname)";

const INDEX: &str = "FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN \
                     pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace";

/// Whether an index was not there before, or had another name. `REINDEX` gives the old one's name to the new one.
const IS_NEW: &str = "({found}::jsonb ->> x.indexrelid::text) IS DISTINCT FROM i.relname::text";

/// Who is building indexes, and on which tables. Who does holds a lock on the table from the first to the last of the
/// transactions that it takes; which index it is, a server tells only to whoever may see what others do.
const BUILDERS: &str = "FROM pg_catalog.pg_stat_progress_create_index AS p JOIN pg_catalog.pg_locks AS l ON l.pid = p.pid \
                        WHERE l.locktype = 'relation' AND l.granted AND l.database = (SELECT d.oid FROM \
                        pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AND p.pid <> \
                        pg_catalog.pg_backend_pid()";

/// Whether nobody is building an index.
fn is_left() -> String {
    format!(
        "NOT EXISTS (SELECT 1 {BUILDERS} AND l.relation = x.indrelid AND COALESCE(p.index_relid, 0) IN (0, x.indexrelid))"
    )
}

/// Whether somebody else is building an index on a table. Who waits for the lock on it has a snapshot, and the other one
/// waits for the end of that.
fn built_on(table: &str) -> String {
    format!("SELECT 1 {BUILDERS} AND l.relation = {table}")
}

/// The indexes of a table with their names, as one value.
fn indexes_of(table: &str) -> String {
    format!(
        "SELECT COALESCE(pg_catalog.jsonb_object_agg(x.indexrelid::text, i.relname), '{{}}')::text {INDEX} WHERE \
         x.indrelid = {table}"
    )
}

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
        let validates = "ALTER TABLE ONLY public.t VALIDATE CONSTRAINT \"C\"";
        assert_eq!(scope(validates), Scope::Apart);
        assert_eq!(scope(&format!("{validates}, ADD COLUMN a int")), Scope::Usual);
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
        let index = recovery("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON ONLY public.t USING btree (a)");
        let done = index.done.unwrap();
        assert!(
            done.contains("to_regclass('public.t')") && done.contains("i.relname = 'I'"),
            "{done}"
        );
        assert!(index.debris.unwrap().contains("NOT x.indisvalid"));
        let dropped = recovery("DROP INDEX CONCURRENTLY IF EXISTS app.i").done.unwrap();
        assert!(dropped.contains("to_regclass('app.i') IS NULL"), "{dropped}");
        assert!(
            recovery("ALTER TABLE t DETACH PARTITION p CONCURRENTLY")
                .debris
                .unwrap()
                .contains("FINALIZE")
        );
        assert!(recovery("REINDEX TABLE CONCURRENTLY t").debris.unwrap().contains("_cc"));
        assert_eq!(recovery("VACUUM t"), Recovery::default());
    }

    #[test]
    fn what_a_statement_is_about_is_read_of_it() {
        let about = |sql: &str| target(sql).relations.join(" ");
        let index = target("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY a.\"T\" USING btree (lower(b), s.f(c))");
        assert_eq!(
            (index.relations.join(" "), index.calls.join(" ")),
            ("a.\"T\"".into(), "btree lower s.f".into())
        );
        assert_eq!(about("DROP INDEX CONCURRENTLY IF EXISTS i, s.j CASCADE"), "i s.j");
        assert_eq!(about("REINDEX (VERBOSE, TABLESPACE x) INDEX CONCURRENTLY i"), "i");
        assert_eq!(about("VACUUM (ANALYZE, FULL off) t (a, b), s.u"), "t s.u");
        assert_eq!(about("VACUUM FULL VERBOSE"), "");
        assert_eq!(about("ALTER TABLE t DETACH PARTITION p CONCURRENTLY"), "t p");
        assert!(target("REINDEX SCHEMA CONCURRENTLY public").everything && target("CLUSTER").everything);
        assert_eq!(target("CREATE DATABASE d"), Target::default());
    }

    #[test]
    fn an_index_without_a_name_is_known_by_what_it_is_of() {
        let done = |sql| recovery(sql).done.unwrap();
        let of = done(
            "CREATE INDEX CONCURRENTLY ON app.t USING gin (a DESC NULLS LAST, lower(b), \"C\", (d + 1)) INCLUDE (e)",
        );
        assert!(
            of.contains("ARRAY['a', '', 'C', '']::text[] AND x.indpred IS NULL"),
            "{of}"
        );
        assert!(of.contains("x.indisunique = false"), "{of}");
        let of = done("CREATE UNIQUE INDEX CONCURRENTLY ON t (a) WHERE b > 0");
        assert!(
            of.contains("x.indisunique = true") && of.contains("indpred IS NOT NULL"),
            "{of}"
        );
        assert!(of.contains("{found}::jsonb IS NOT NULL"), "{of}");
    }
}
