//! Sequences. One that a column owns is made before the column, and goes with it.

use super::say::{ident, object};
use super::table::named;
use super::{Done, Lowering};
use crate::FLAVOR;
use terrane_core::dialect::Statement;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Expr, Sequence, Unmodelled};
use terrane_core::sql::{Lexing, tokenize};

/// How the text of a sequence begins that is kept as one.
const UNLOGGED: &str = "CREATE UNLOGGED SEQUENCE ";

/// A sequence whose owner is not there yet.
pub(super) struct Owned {
    op: usize,
    sequence: ObjectName,
    table: ObjectName,
    column: Ident,
}

impl Lowering<'_> {
    pub(super) fn create_sequence(&mut self, sequence: &Sequence) -> Done {
        if self.changes_persistence(&object(&sequence.name), &sequence.options) {
            return Ok(());
        }
        let (options, owner) = parts(&sequence.options);
        let owner = owner.filter(|(table, column)| {
            let is_there = self.column(table, column).is_some();
            if !is_there {
                self.owned_later.push(Owned {
                    op: self.at,
                    sequence: sequence.name.clone(),
                    table: table.clone(),
                    column: column.clone(),
                });
            }
            is_there
        });
        if let Some((table, column)) = &owner {
            self.drop_identity_first(table, column);
        }
        let counts_on = owner.clone();
        let owner = owner
            .map(|owner| format!(" OWNED BY {}", path(&owner)))
            .unwrap_or_default();
        let text = format!("CREATE SEQUENCE {} {options}", object(&sequence.name));
        self.push(format!("{}{owner}", text.trim_end()));
        if let Some((table, column)) = &counts_on {
            self.count_on_in_the_end(table, column);
        }
        self.take_default_rights(
            &sequence.name,
            "SEQUENCES",
            &format!("SEQUENCE {}", object(&sequence.name)),
        );
        Ok(())
    }

    /// Whether a sequence stays, and is only logged or not from now on. One op takes it away and another makes it, since
    /// an unlogged one is kept as text; it goes with the table whose column owns it.
    fn changes_persistence(&mut self, path: &str, options: &Expr) -> bool {
        let unlogged = format!("{UNLOGGED}{path} {options}");
        let is_other_half = |op: &Op| match op {
            Op::CreateUnmodelled(other) | Op::DropUnmodelled(other) => other.definition.as_str() == unlogged.trim_end(),
            Op::CreateSequence(sequence) => object(&sequence.name) == path && sequence.options == *options,
            Op::DropSequence(name) => {
                let old = self.work.sequences.get(name);
                object(name) == path && old.is_some_and(|old| old.options == *options)
            }
            _ => false,
        };
        let Some(at) = self.coming().find(|(_, op)| is_other_half(op)).map(|(at, _)| at) else {
            return false;
        };
        self.done.insert(at);
        let table = owner(options).map(|(table, _)| table);
        let follows = |op: &Op| {
            matches!(op, Op::SetTableAttribute { table: of, name, .. }
                if name == "unlogged" && Some(of) == table.as_ref())
        };
        if !self.ops.iter().any(follows) {
            let is_logged = self.after.sequences.contains_key(&named(path));
            let how = if is_logged { "LOGGED" } else { "UNLOGGED" };
            self.push(format!("ALTER SEQUENCE {path} SET {how}"));
        }
        true
    }

    /// The same for one that is kept as text.
    pub(super) fn unlogged_changes_persistence(&mut self, other: &Unmodelled) -> bool {
        let path = super::say::beside(&other.name, other.name.name.as_str());
        let options = other.definition.as_str().strip_prefix(&format!("{UNLOGGED}{path}"));
        options.is_some_and(|options| self.changes_persistence(&path, &FLAVOR.expr(options)))
    }

    /// One that is kept as text: an unlogged one.
    pub(super) fn create_owned(&mut self, name: &ObjectName, definition: &Expr) {
        let (text, owner) = parts(definition);
        self.push(text);
        if let Some((table, column)) = owner {
            self.owned_later.push(Owned {
                op: self.at,
                sequence: named(&super::say::beside(name, name.name.as_str())),
                table,
                column,
            });
            self.settle_owned();
        }
    }

    pub(super) fn alter_sequence(&mut self, sequence: &Sequence) -> Done {
        let (new, owner) = parts(&sequence.options);
        let old = self.work.sequences.get(&sequence.name).map(|old| parts(&old.options));
        let (old, old_owner) = old.unwrap_or_default();
        let mut options = changes(&old, &new);
        if leaves_bounds(&old, &new) {
            options.push("RESTART".to_owned());
        }
        if owner != old_owner {
            match &owner {
                None => options.push("OWNED BY NONE".to_owned()),
                Some((table, column)) if self.column(table, column).is_some() => {
                    options.push(format!("OWNED BY {}", path(&(table.clone(), column.clone()))));
                }
                Some((table, column)) => self.owned_later.push(Owned {
                    op: self.at,
                    sequence: sequence.name.clone(),
                    table: table.clone(),
                    column: column.clone(),
                }),
            }
        }
        if !options.is_empty() {
            self.push(format!(
                "ALTER SEQUENCE {} {}",
                object(&sequence.name),
                options.join(" ")
            ));
        }
        Ok(())
    }

    /// The sequence behind an identity has the name that a serial column's would have.
    fn drop_identity_first(&mut self, table: &ObjectName, column: &Ident) {
        let numbered = self
            .column(table, column)
            .is_some_and(|column| column.identity.is_some());
        let found = self.coming().find(|(_, op)| {
            matches!(op, Op::AlterColumn { table: of, column: name, change: ColumnChange::Identity(None) }
                if of == table && name == column)
        });
        if let Some((at, op)) = found.map(|(at, op)| (at, op.clone())).filter(|_| numbered) {
            self.alter_column(table, column, "DROP IDENTITY");
            self.done.insert(at);
            let _misfit = op.apply(&mut self.work);
        }
    }

    /// And the other way round: the sequence of a serial column goes before the one behind its identity comes.
    pub(super) fn drop_owned_first(&mut self, table: &ObjectName, column: &Ident) {
        let of_column = |name: &ObjectName| {
            let owner = self
                .work
                .sequences
                .get(name)
                .and_then(|sequence| owner(&sequence.options));
            owner.is_some_and(|(of, by)| of == *table && by == *column)
        };
        let found: Vec<(usize, ObjectName)> = self
            .coming()
            .filter_map(|(at, op)| match op {
                Op::DropSequence(name) if of_column(name) => Some((at, name.clone())),
                _ => None,
            })
            .collect();
        for (at, name) in found {
            self.push(format!("DROP SEQUENCE {}", object(&name)));
            self.done.insert(at);
        }
    }

    pub(super) fn drop_sequence(&mut self, name: &ObjectName) -> Done {
        if self.gone_sequences.contains(name) {
            return Ok(());
        }
        let options = self.work.sequences.get(name).map(|sequence| sequence.options.clone());
        if options.is_some_and(|options| self.changes_persistence(&object(name), &options)) {
            return Ok(());
        }
        self.push(format!("DROP SEQUENCE {}", object(name)));
        Ok(())
    }

    /// Gives sequences to the columns that have come by now.
    pub(super) fn settle_owners(&mut self) {
        if matches!(self.ops[self.at], Op::CreateTable(_) | Op::AddColumn { .. }) {
            self.settle_owned();
        }
    }

    fn settle_owned(&mut self) {
        for owned in std::mem::take(&mut self.owned_later) {
            if self.column(&owned.table, &owned.column).is_some() {
                self.statements.push(Statement {
                    sql: format!(
                        "ALTER SEQUENCE {} OWNED BY {}",
                        object(&owned.sequence),
                        path(&(owned.table, owned.column))
                    ),
                    ops: vec![owned.op],
                });
            } else {
                self.owned_later.push(owned);
            }
        }
    }
}

fn path((table, column): &(ObjectName, Ident)) -> String {
    format!("{}.{}", object(table), ident(column))
}

/// The column that owns a sequence with these options.
pub(super) fn owner(options: &Expr) -> Option<(ObjectName, Ident)> {
    parts(options).1
}

/// The options without their owner, and the owner.
fn parts(options: &Expr) -> (String, Option<(ObjectName, Ident)>) {
    let text = options.as_str();
    let tokens = tokenize(text, &Lexing::POSTGRESQL).unwrap_or_default();
    let found = tokens
        .windows(2)
        .position(|pair| pair[0].is_word(text, "owned") && pair[1].is_word(text, "by"));
    let Some(at) = found else {
        return (text.to_owned(), None);
    };
    let mut end = at + 3;
    while tokens.get(end).is_some_and(|token| token.is_symbol(text, ".")) {
        end += 2;
    }
    let until = tokens.get(end - 1).map_or(text.len(), |token| token.span.end);
    let written = text[tokens[at + 1].span.end..until].trim();
    let rest = format!("{} {}", text[..tokens[at].span.start].trim(), text[until..].trim());
    let owner = written.rfind('.').map(|_| named(written)).and_then(|column| {
        let table = written.get(..written.len() - last_part(written).len() - 1)?;
        Some((named(table), column.name))
    });
    (rest.trim().to_owned(), owner)
}

/// What stands behind the last dot that is in no quotes.
fn last_part(written: &str) -> &str {
    let mut quoted = false;
    let mut from = 0;
    for (at, ch) in written.char_indices() {
        match ch {
            '"' => quoted = !quoted,
            '.' if !quoted => from = at + 1,
            _ => {}
        }
    }
    &written[from..]
}

/// What `ALTER SEQUENCE` resets an option to that is said no more.
const RESETS: [(&str, &str); 7] = [
    ("as", "AS bigint"),
    ("increment", "INCREMENT BY 1"),
    ("minvalue", "NO MINVALUE"),
    ("maxvalue", "NO MAXVALUE"),
    ("start", ""),
    ("cache", "CACHE 1"),
    ("cycle", "NO CYCLE"),
];

/// The options that change, each as it is said to `ALTER SEQUENCE`.
pub(super) fn changes(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (single(old), single(new));
    let find = |options: &[(&'static str, String)], name: &str| {
        options
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, text)| text.clone())
    };
    let mut changes = Vec::new();
    // The usual bounds are other ones where it counts the other way, and those of before stay unless something is said.
    let turns = counts_down(&old) != counts_down(&new);
    for (name, reset) in RESETS {
        if name == "start" {
            let (was, is) = (start(&old), start(&new));
            changes.extend((was != is).then(|| format!("START WITH {is}")));
            continue;
        }
        match (find(&old, name), find(&new, name)) {
            (was, Some(is)) if was.as_deref().map(str::to_lowercase) != Some(is.to_lowercase()) => changes.push(is),
            (Some(_), None) => changes.push(reset.to_owned()),
            (None, None) if turns && reset.starts_with("NO M") => changes.push(reset.to_owned()),
            _ => {}
        }
    }
    changes
}

/// Whether the value from which was counted is none that can be counted from.
pub(super) fn leaves_bounds(old: &str, new: &str) -> bool {
    let (was, new) = (start(&single(old)), single(new));
    let Ok(was) = was.parse::<i128>() else { return false };
    let bound = |name: &str| {
        let (_, text) = new.iter().find(|(other, _)| *other == name)?;
        text.split_whitespace().last()?.parse::<i128>().ok()
    };
    let up = !counts_down(&new);
    bound("minvalue").or(up.then_some(1)).is_some_and(|least| was < least)
        || bound("maxvalue").or((!up).then_some(-1)).is_some_and(|most| was > most)
}

fn counts_down(options: &[(&'static str, String)]) -> bool {
    options
        .iter()
        .any(|(name, text)| *name == "increment" && text.contains('-'))
}

/// The first value: the lowest, or the highest where it counts down.
fn start(options: &[(&'static str, String)]) -> String {
    let value = |name: &str| {
        let (_, text) = options.iter().find(|(other, _)| *other == name)?;
        text.split_whitespace().last().map(str::to_owned)
    };
    let down = counts_down(options);
    let bound = if down { "maxvalue" } else { "minvalue" };
    let usual = if down { "-1" } else { "1" };
    value("start")
        .or_else(|| value(bound))
        .unwrap_or_else(|| usual.to_owned())
}

/// The options one by one: `START WITH 10 CYCLE`.
fn single(text: &str) -> Vec<(&'static str, String)> {
    let tokens = tokenize(text, &Lexing::POSTGRESQL).unwrap_or_default();
    let name_at = |at: usize| {
        let from = at + usize::from(tokens[at].is_word(text, "no"));
        let token = tokens.get(from)?;
        RESETS
            .iter()
            .map(|(name, _)| *name)
            .find(|name| token.is_word(text, name))
    };
    let mut options: Vec<(&'static str, String)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(name) = name_at(at) else {
            at += 1;
            continue;
        };
        let mut end = at + 1 + usize::from(tokens[at].is_word(text, "no"));
        while end < tokens.len() && name_at(end).is_none() {
            end += 1;
        }
        let said = &text[tokens[at].span.start..tokens[end - 1].span.end];
        if !tokens[at].is_word(text, "no") {
            options.push((name, said.to_owned()));
        }
        at = end;
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_told_from_the_options() {
        let told = |text: &str| {
            let (rest, owner) = parts(&FLAVOR.expr(text));
            (rest, owner.map(|owner| path(&owner)).unwrap_or_default())
        };
        assert_eq!(
            told("AS integer OWNED BY app.t.id"),
            ("AS integer".to_owned(), "app.t.id".to_owned())
        );
        assert_eq!(
            told("OWNED BY \"T.t\".\"I d\" CYCLE"),
            ("CYCLE".to_owned(), "\"T.t\".\"I d\"".to_owned())
        );
        assert_eq!(told("OWNED BY \"Odd \"\"t\".\"a\"\"b\"").1, "\"Odd \"\"t\".\"a\"\"b\"");
        assert_eq!(told("START WITH 3"), ("START WITH 3".to_owned(), String::new()));
        assert_eq!(told("OWNED BY NONE").1, "");
    }

    #[test]
    fn only_options_that_differ_are_said() {
        assert_eq!(
            changes(
                "AS integer START WITH 5 CYCLE",
                "AS integer START WITH 6 INCREMENT BY -1"
            ),
            [
                "INCREMENT BY -1",
                "NO MINVALUE",
                "NO MAXVALUE",
                "START WITH 6",
                "NO CYCLE"
            ]
        );
        assert_eq!(changes("AS integer MAXVALUE 9", ""), ["AS bigint", "NO MAXVALUE"]);
    }

    #[test]
    fn a_sequence_that_turns_round_gets_the_bounds_of_the_other_way() {
        assert_eq!(
            changes("INCREMENT BY -1", ""),
            ["INCREMENT BY 1", "NO MINVALUE", "NO MAXVALUE", "START WITH 1"]
        );
        assert!(leaves_bounds("INCREMENT BY -1", "") && !leaves_bounds("", "INCREMENT BY 2"));
    }
}
