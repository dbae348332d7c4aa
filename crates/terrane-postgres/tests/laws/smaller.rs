//! A failing pair made small.

use super::{Held, LENGTH, Tally, judge, script, server, tape};
use crate::harness::{Scratch, say};

/// How often a pair is tried while it is made small.
const TRIES: usize = 150;

type Pair = (Vec<u8>, Vec<u8>);

/// The smallest pair found that fails in the same way, and how.
pub(super) async fn told(mut two: [&mut Scratch; 2], seed: u64, kind: &str) -> String {
    let mut found = (tape(seed), tape(seed + 1));
    let mut tries = 0;
    let mut length = LENGTH / 4;
    while length > 0 {
        for start in (0..LENGTH).step_by(length) {
            let range = start..(start + length).min(LENGTH);
            for smaller in [nought, closer] {
                let mut candidate = found.clone();
                smaller(&mut candidate, range.clone());
                if tries < TRIES && changes(&found, &candidate) {
                    tries += 1;
                    if fails(&mut two, &candidate).await.is_some_and(|(how, _)| how == kind) {
                        found = candidate;
                    }
                }
            }
        }
        length /= 3;
    }
    let (a, b) = (script(&found.0), script(&found.1));
    say(&format!("made small in {tries} tries"));
    let how = fails(&mut two, &found).await.map_or_else(String::new, |(_, how)| how);
    format!(
        "seed {seed}: {how}\n--- only in a\n{}--- only in b\n{}--- a\n{a}",
        apart(&a, &b),
        apart(&b, &a)
    )
}

fn nought((a, b): &mut Pair, range: std::ops::Range<usize>) {
    a[range.clone()].fill(0);
    b[range].fill(0);
}

fn closer((a, b): &mut Pair, range: std::ops::Range<usize>) {
    b[range.clone()].copy_from_slice(&a[range]);
}

/// Whether the scripts are others; most numbers decide nothing.
fn changes(found: &Pair, candidate: &Pair) -> bool {
    found != candidate && (script(&found.0), script(&found.1)) != (script(&candidate.0), script(&candidate.1))
}

async fn fails(two: &mut [&mut Scratch; 2], pair: &Pair) -> Option<(String, String)> {
    let broken = judge_alone(two, pair).await.err()?;
    Some((
        broken.kind(),
        format!("{}: {}\n{}", broken.law, broken.what, broken.detail),
    ))
}

async fn judge_alone([here, beside]: &mut [&mut Scratch; 2], (a, b): &Pair) -> Held {
    let a = server::made(here, &script(a)).await?;
    let b = server::made(beside, &script(b)).await?;
    judge(here, &a, &b, &mut Tally::default()).await
}

fn apart(one: &str, other: &str) -> String {
    let only = one.lines().filter(|line| !other.lines().any(|there| there == *line));
    only.map(|line| format!("{line}\n")).collect()
}
