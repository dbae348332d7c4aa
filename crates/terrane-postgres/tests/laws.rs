//! The laws L1 to L5, on pairs of generated schemas that PostgreSQL itself has made and told of.
//!
//! The schemas of a slice are a chain, of which each two neighbours are a pair; so each is made once and looked at once, in
//! one of two databases. `TERRANE_CASES` is the number of pairs in a slice, and `TERRANE_SEED` where the first slice begins; a
//! failing pair says which seed it is.

mod pure;
mod server;
mod smaller;

use crate::generate::{LENGTH, script, tape};
use crate::harness::{Scratch, block_on, say, server};
use std::collections::BTreeMap;
use std::time::Instant;
use terrane_core::schema::Schema;

/// In one slice, of four.
const PAIRS: u64 = 500;

/// How a law was broken: what is broken, and everything there is to say of it.
#[derive(Clone, Debug)]
struct Broken {
    law: &'static str,
    what: String,
    detail: String,
}

impl Broken {
    fn new(law: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Broken {
        Broken {
            law,
            what: what.into(),
            detail: detail.into(),
        }
    }

    /// What two failures of one kind have in common.
    fn kind(&self) -> String {
        let quoted = self.what.split(['"', '`']).step_by(2).collect::<Vec<_>>().join("…");
        let letters: String = quoted.chars().filter(|c| !c.is_ascii_digit()).take(70).collect();
        format!("{} {letters}", self.law)
    }
}

type Held<T = ()> = Result<T, Broken>;

/// What the pairs of a slice amounted to.
#[derive(Default, Debug)]
struct Tally {
    /// Ops of all ways there and back.
    ops: usize,
    /// Statements that they were lowered to.
    statements: usize,
    /// Pairs whose tables were emptied, since a row did not fit what its table was to be.
    unfit: usize,
    /// Pairs that the dialect refuses to carry over in one direction, by why.
    refused: BTreeMap<String, usize>,
    /// Ops that only their author could undo.
    irreversible: usize,
    /// Ops whose portable words are read as something else, or not at all: a portable revision cannot say them. They are
    /// told and not failed; by what they are.
    unread: BTreeMap<String, usize>,
}

/// One schema, carried over to another and back in the database where it was made.
async fn judge(scratch: &mut Scratch, a: &Made, b: &Made, tally: &mut Tally) -> Held {
    pure::laws(a, b, tally)?;
    server::fill(scratch).await;
    match there_and_back(scratch, a, b, tally).await {
        Err(broken) if broken.law == server::ROWS => {
            tally.unfit += 1;
            server::make(scratch, &a.script).await?;
            there_and_back(scratch, a, b, tally).await
        }
        held => held,
    }
    .or_else(|broken| match broken.law {
        server::REFUSED => {
            *tally.refused.entry(broken.kind()).or_default() += 1;
            Ok(())
        }
        _ => Err(broken),
    })
}

async fn there_and_back(scratch: &mut Scratch, a: &Made, b: &Made, tally: &mut Tally) -> Held {
    let ops = pure::ops(&a.schema, &b.schema)?;
    let there = server::travel(scratch, (&a.schema, &b.schema), &ops, tally).await?;
    // Half of them as a downgrade goes back, and half as a new wish.
    let is_downgrade = ops.len().is_multiple_of(2);
    let ops = if is_downgrade {
        pure::undone(&ops, &a.schema)?
    } else {
        pure::ops(&b.schema, &a.schema)?
    };
    let back = server::travel(scratch, (&b.schema, &a.schema), &ops, tally).await?;
    pure::law_l4_of_statements(&there, &back)
}

/// A script, and what the server says of what it made.
struct Made {
    script: String,
    schema: Schema,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn slice(number_of_slice: u64, test: &str) {
    let Some(url) = server(test) else { return };
    let pairs = number("TERRANE_CASES").unwrap_or(PAIRS);
    let first = number("TERRANE_SEED").unwrap_or(0) + number_of_slice * PAIRS;
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut failures: BTreeMap<String, (usize, u64, Broken)> = BTreeMap::new();
    block_on(async {
        // What the second schema of a pair is made in, the next pair starts from.
        let [mut here, mut beside] = [server::open(&url).await, server::open(&url).await];
        let mut a = server::made(&mut here, &script(&tape(first))).await;
        for seed in first..first + pairs {
            let b = server::made(&mut beside, &script(&tape(seed + 1))).await;
            let held = match (&a, &b) {
                (Ok(a), Ok(b)) => judge(&mut here, a, b, &mut tally).await,
                (Err(broken), _) | (_, Err(broken)) => Err(broken.clone()),
            };
            if let Err(broken) = held {
                if !failures.contains_key(&broken.kind()) {
                    say(&format!("seed {seed}: {}: {}", broken.law, broken.what));
                }
                let known = failures.entry(broken.kind()).or_insert((0, seed, broken));
                known.0 += 1;
            }
            a = b;
            std::mem::swap(&mut here, &mut beside);
        }
        say(&format!("{pairs} pairs in {:.1?}: {tally:?}", started.elapsed()));
        let mut told = Vec::new();
        for (kind, (times, seed, _)) in &failures {
            say(&format!("{times} times, first of seed {seed}: {kind}"));
            told.push(smaller::told([&mut here, &mut beside], *seed, kind).await);
        }
        here.drop().await;
        beside.drop().await;
        assert!(told.is_empty(), "{}", told.join("\n\n"));
    });
}

#[test]
fn laws_l1_to_l5_hold_on_postgresql_first_slice() {
    slice(0, "laws_l1_to_l5_hold_on_postgresql_first_slice");
}

#[test]
fn laws_l1_to_l5_hold_on_postgresql_second_slice() {
    slice(1, "laws_l1_to_l5_hold_on_postgresql_second_slice");
}

#[test]
fn laws_l1_to_l5_hold_on_postgresql_third_slice() {
    slice(2, "laws_l1_to_l5_hold_on_postgresql_third_slice");
}

#[test]
fn laws_l1_to_l5_hold_on_postgresql_fourth_slice() {
    slice(3, "laws_l1_to_l5_hold_on_postgresql_fourth_slice");
}
