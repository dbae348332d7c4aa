//! Renames, declared and guessed: what is renamed keeps what it has.

use crate::generate::{FLAVOR, renamings};
use crate::{EVERYTHING, cases};
use proptest::prelude::*;
use terrane_core::ddl::parse_statement;
use terrane_core::diff::{Delta, Dependencies, Options, Question, Renames, diff};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_core::sql::split;

const OPTIONS: Options = Options {
    column_order: true,
    dangling_foreign_keys: false,
    open_names: false,
    dependencies: Dependencies::Loose,
};

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn what_was_declared_a_rename_is_no_drop(pair in renamings(EVERYTHING)) {
        let mut schema = pair.before.clone();
        let delta = diff(&pair.before, &pair.after, &pair.renames, &OPTIONS);
        for op in &delta.ops {
            prop_assert!(op.apply(&mut schema).is_ok(), "{op:?}");
        }
        prop_assert_eq!(&schema, &pair.after);
        prop_assert_eq!(&spellings(&schema), &spellings(&pair.after));
        // What was swapped and looks alike cannot be told from what stayed; all else is a rename.
        let swaps = |op: &&(_, _)| pair.renames.tables.iter().any(|(from, _)| *from == op.1);
        let columns_swap = pair.renames.columns.iter().any(|(table, _, to)| {
            pair.renames.columns.iter().any(|(other, from, _)| other == table && from == to)
        });
        if pair.renames.tables.iter().find(swaps).is_none() && !columns_swap {
            let lost: Vec<_> = delta.ops.iter().filter(|op| op.loses().is_some()).collect();
            prop_assert!(lost.is_empty(), "{:?} by {:?}", lost, pair.renames);
        }
        let stale = diff(&schema, &pair.after, &pair.renames, &OPTIONS);
        prop_assert!(stale.is_empty(), "{:?} by {:?}", stale.ops, pair.renames);
    }
}

fn spellings(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.values();
    tables
        .flat_map(|table| {
            let columns = table.columns.iter().map(|column| column.name.to_string());
            std::iter::once(table.name.to_string()).chain(columns)
        })
        .collect()
}

fn schema(script: &str) -> Schema {
    let mut schema = Schema::new();
    for statement in split(script, &FLAVOR.lexing).unwrap() {
        for op in parse_statement(script, &statement, &FLAVOR).unwrap().ops {
            op.apply(&mut schema).unwrap();
        }
    }
    schema
}

/// The difference, in words.
fn difference(before: &str, after: &str, renames: &Renames) -> (Vec<String>, Delta) {
    let delta = diff(&schema(before), &schema(after), renames, &OPTIONS);
    (delta.ops.iter().map(Op::describe).collect(), delta)
}

fn tables(renames: &[(&str, &str)]) -> Renames {
    Renames {
        tables: renames
            .iter()
            .map(|(from, to)| (FLAVOR.object(from), FLAVOR.object(to)))
            .collect(),
        ..Renames::default()
    }
}

fn columns(table: &str, renames: &[(&str, &str)]) -> Renames {
    let renames = renames.iter();
    Renames {
        columns: renames
            .map(|(from, to)| (FLAVOR.object(table), FLAVOR.ident(from), FLAVOR.ident(to)))
            .collect(),
        ..Renames::default()
    }
}

#[test]
fn a_rename_that_nobody_declared_is_a_question() {
    let (ops, delta) = difference(
        "create table t (a int, b text)",
        "create table t (a int, c text)",
        &Renames::default(),
    );
    assert_eq!(ops, ["add column `c` to `t`", "drop column `b` of `t`"]);
    let question = Question::Column {
        table: FLAVOR.object("t"),
        from: FLAVOR.ident("b"),
        to: FLAVOR.ident("c"),
    };
    assert_eq!(delta.questions, [question]);
    let (ops, delta) = difference(
        "create table t (a int, b text)",
        "create table u (a int, b text)",
        &Renames::default(),
    );
    assert_eq!(ops, ["create table `u`", "drop table `t`"]);
    let question = Question::Table {
        from: FLAVOR.object("t"),
        to: FLAVOR.object("u"),
    };
    assert_eq!(delta.questions, [question]);
}

#[test]
fn two_tables_swap_names_once() {
    let before = "create table cats (meow int); create table dogs (bark int)";
    let after = "create table dogs (meow int); create table cats (bark int)";
    let swap = tables(&[("cats", "dogs"), ("dogs", "cats")]);
    assert_eq!(
        difference(before, after, &swap).0,
        [
            "rename table `cats` to `_terrane_aside_cats`",
            "rename table `dogs` to `cats`",
            "rename table `_terrane_aside_cats` to `dogs`"
        ]
    );
    assert!(difference(after, after, &swap).0.is_empty());
    let later = "create table dogs (meow int, purr int); create table cats (bark int)";
    assert_eq!(difference(after, later, &swap).0, ["add column `purr` to `dogs`"]);
}

#[test]
fn two_columns_swap_names_once() {
    let before = "create table t (a int, b text)";
    let after = "create table t (b int, a text)";
    let swap = columns("t", &[("a", "b"), ("b", "a")]);
    assert_eq!(
        difference(before, after, &swap).0,
        [
            "rename column `a` of `t` to `_terrane_aside_a`",
            "rename column `b` of `t` to `a`",
            "rename column `_terrane_aside_a` of `t` to `b`"
        ]
    );
    assert!(difference(after, after, &swap).0.is_empty());
}

#[test]
fn a_declaration_holds_though_its_old_name_is_taken_again() {
    assert_eq!(
        difference(
            "create table orders (id int)",
            "create table orders (code text); create table purchases (id int)",
            &tables(&[("orders", "purchases")]),
        )
        .0,
        ["rename table `orders` to `purchases`", "create table `orders`"]
    );
    assert_eq!(
        difference(
            "create table t (a int)",
            "create table t (b int, a text)",
            &columns("t", &[("a", "b")]),
        )
        .0,
        ["rename column `a` of `t` to `b`", "add column `a` to `t`"]
    );
}

#[test]
fn a_declaration_that_was_carried_out_does_nothing() {
    let now = "create table purchases (id int)";
    assert!(difference(now, now, &tables(&[("orders", "purchases")])).0.is_empty());
    let both = "create table orders (id int); create table purchases (id int)";
    assert!(difference(both, both, &tables(&[("orders", "purchases")])).0.is_empty());
}

#[test]
fn a_view_makes_way_for_a_table_of_its_name() {
    assert_eq!(
        difference(
            "create table t (a int); create view v as select a from t",
            "create table v (a int)",
            &tables(&[("t", "v")]),
        )
        .0,
        ["drop view `v`", "rename table `t` to `v`"]
    );
}

#[test]
fn another_spelling_is_a_rename() {
    assert_eq!(
        difference(
            "create table users (id int)",
            "create table Users (ID int)",
            &Renames::default()
        )
        .0,
        [
            "rename table `users` to `Users`",
            "rename column `id` of `Users` to `ID`"
        ]
    );
}
