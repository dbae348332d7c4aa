//! What is known not to pass: a file of lines `word`, name and why, with a tab between them.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// Compares the lines of this run with a file in `tests/`: what is new in either is a failure. `ran` says of a name whether
/// this run has tried it. `TERRANE_LEDGER=write` writes the lines of what ran anew.
pub(crate) fn compare_with_ledger(file: &str, lines: &BTreeSet<String>, ran: impl Fn(&str) -> bool) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let has_run = |line: &&str| ran(line.split('\t').nth(1).unwrap_or_default());
    if std::env::var("TERRANE_LEDGER").is_ok_and(|how| how == "write") {
        let others = text.lines().filter(|line| !has_run(line)).map(str::to_owned);
        let all: BTreeSet<String> = others.chain(lines.iter().cloned()).collect();
        std::fs::write(&path, all.into_iter().collect::<Vec<_>>().join("\n") + "\n").unwrap();
        return;
    }
    let key = |line: &str| line.splitn(3, '\t').take(2).collect::<Vec<_>>().join(": ");
    let known: BTreeSet<String> = text.lines().filter(has_run).map(key).collect();
    let now: BTreeSet<String> = lines.iter().map(|line| key(line)).collect();
    let better: Vec<&String> = known.difference(&now).collect();
    let worse: Vec<&String> = now.difference(&known).collect();
    assert!(
        better.is_empty() && worse.is_empty(),
        "no longer so, take them out of the ledger: {better:#?}\nnew: {worse:#?}"
    );
}
