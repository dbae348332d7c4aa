//! How statements get on with transactions.

use super::Dialect;
use crate::sql::{TokenKind, tokenize};
use std::collections::BTreeSet;
use std::ops::Range;

/// How a statement gets on with transactions, and whether something of it stays with the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// It runs in a transaction, and leaves nothing outside of the database.
    Usual,
    /// It runs in a transaction, and makes something that goes with the connection.
    Temporary,
    /// It runs in a transaction, and better in one of its own: it reads all rows of a table under a lock that lets them be
    /// written, and what else the transaction has locked would be locked as long.
    Apart,
    /// It changes the connection. In a transaction it is refused, or does nothing.
    Setting,
    /// It is a transaction by itself, and no other takes it.
    Alone,
}

/// How to find out what became of a statement that no transaction takes, once it may have begun. One that has neither may
/// be repeated.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recovery {
    /// A query for what there is before the statement, as one value: what was there is nobody's who comes later. The
    /// answer stands in the other two queries wherever they say [`FOUND`].
    pub found: Option<String>,
    /// A query that gives a row while somebody else is at work on the same, so that the two would wait for each other.
    pub busy: Option<String>,
    /// A query that gives a row where the statement has done its work.
    pub done: Option<String>,
    /// A query whose rows are the statements that clear away what a broken attempt left. None of them runs in a
    /// transaction either.
    pub debris: Option<String>,
}

/// Where the answer to [`Recovery::found`] goes, as a literal; NULL where nobody knows it.
pub const FOUND: &str = "{found}";

/// What a statement that no transaction takes is about: nobody can take it back, so it is judged before it runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Target {
    /// Relations and indexes, by their names as they are written.
    pub relations: Vec<String>,
    /// Whether it is about all there are.
    pub everything: bool,
    /// Names before a parenthesis, of which the server knows whether they are functions that it would run.
    pub calls: Vec<String>,
    /// Whether it runs the functions that the indexes of those relations are made of.
    pub reindexes: bool,
}

/// What a statement asks of the server's locks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Locking {
    /// Whoever comes behind it waits as long as it waits itself: it should not wait long, and rather try again.
    Hard,
    /// It waits for rows or for the ends of transactions, and nobody waits for it.
    Soft,
}

/// A lock that a statement takes on a table that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lock {
    /// The table, as it is written.
    pub table: String,
    /// The lock, as the server calls it.
    pub mode: &'static str,
    /// Whom it stops.
    pub stops: Stops,
    /// How long it is held: as long as that takes, and to the end of the transaction.
    pub work: Work,
}

/// Who waits for the end of a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stops {
    /// Nobody who reads or writes rows.
    Nobody,
    /// Whoever writes rows.
    Writers,
    /// Whoever reads or writes rows.
    ReadersAndWriters,
}

/// What a statement does to the rows of a table, in the order of how long it takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Work {
    /// Nothing: only the catalog changes.
    Catalog,
    /// It reads all of them, unless the server knows already what it looks for.
    MayRead,
    /// It reads all of them.
    Reads,
    /// It writes all of them anew, or none, which its words do not tell.
    MayRewrite,
    /// It writes all of them anew.
    Rewrites,
}

/// The first words of a statement in lower case, comments aside, for whoever judges a statement by them.
pub fn first_words(dialect: &dyn Dialect, sql: &str, most: usize) -> Vec<String> {
    let tokens = tokenize(sql, &dialect.flavor().lexing).unwrap_or_default();
    let words = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .take(most);
    words.map(|token| token.text(sql).to_ascii_lowercase()).collect()
}

/// The transactions that statements need, as ranges of them: one, unless one of them is a transaction by itself or works
/// only in another than one before it.
pub fn transactions(dialect: &dyn Dialect, statements: &[&str]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    // None, while the last range is closed.
    let mut begun: Option<usize> = None;
    // What the open transaction has made and cannot use.
    let mut made: BTreeSet<String> = BTreeSet::new();
    for (at, sql) in statements.iter().enumerate() {
        if matches!(dialect.scope(sql), Scope::Alone | Scope::Apart) {
            ranges.extend(begun.take().map(|begin| begin..at));
            ranges.push(at..at + 1);
            made.clear();
            continue;
        }
        if let Some(begin) = begun
            && !made.is_empty()
            && dialect.uses(sql, &made)
        {
            ranges.push(begin..at);
            begun = Some(at);
            made.clear();
        }
        begun.get_or_insert(at);
        made.extend(dialect.made_for_later(sql));
    }
    ranges.extend(begun.map(|begin| begin..statements.len()));
    ranges
}
