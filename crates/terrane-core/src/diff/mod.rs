//! Two schemas in, ops out.
//!
//! The differ never guesses. A rename is what the author declared; where a drop and an add look like one, that is a
//! [`Question`] beside the ops. What cannot be carried over at all is named in [`Delta::stuck`].

mod constraint;
pub mod effects;
mod order;
mod question;
mod rename;
mod table;

pub use question::Question;
pub use rename::Renames;

use crate::name::{Ident, ObjectName};
use crate::op::{Commented, Op, Touch, edges};
use crate::schedule::{self, Cycle};
use crate::schema::{Constraint, ConstraintKind, ForeignKey, Key, Schema, Table, View};
use effects::Side;
use std::collections::{BTreeMap, BTreeSet};

/// What a server sees, and what the wish leaves open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Whether the order of a table's columns is part of its definition, and can be changed.
    pub column_order: bool,
    /// Whether a foreign key may name a table that is not there yet. If so, keys stay in `CREATE TABLE`, even in a
    /// circle; otherwise those that close a circle are added afterwards.
    pub dangling_foreign_keys: bool,
    /// Whether a constraint without a name in `after` does with whatever name the server has for it.
    pub open_names: bool,
    /// How objects hang together.
    pub dependencies: Dependencies,
}

/// What a server makes of a definition that names another object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dependencies {
    /// A definition is a text, which is read when it is used.
    Loose,
    /// What a definition names has to be there, and cannot go before it.
    Checked {
        /// Kinds of things without a noun that come before all else and go last: namespaces.
        first: &'static [&'static str],
        /// Kinds that come after all else and go first: what is said about other things.
        last: &'static [&'static str],
    },
}

/// How to get from one schema to another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delta {
    /// The ops, in an order in which each can run.
    pub ops: Vec<Op>,
    /// Pairs of ops that may have been meant as a rename.
    pub questions: Vec<Question>,
    /// What differs and no op carries over.
    pub stuck: Vec<Stuck>,
}

/// Something that differs and that no op carries over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// What it is called.
    pub name: ObjectName,
    /// What the server calls such a thing.
    pub kind: String,
    /// Why, as a fragment.
    pub reason: String,
}

impl Delta {
    /// Whether the two schemas are the same.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty() && self.stuck.is_empty()
    }

    /// Every object that the ops touch.
    pub fn touches(&self) -> impl Iterator<Item = Touch> + '_ {
        self.ops.iter().flat_map(Op::touches)
    }
}

/// The ops that turn `before` into `after`.
pub fn diff(before: &Schema, after: &Schema, renames: &Renames, options: &Options) -> Delta {
    let mut work = before.clone();
    let mut delta = Delta {
        ops: rename::ops(&mut work, after, renames),
        ..Delta::default()
    };
    let mut phases = Phases::default();
    compare_definitions(&work, after, options, &mut phases, &mut delta.stuck);
    compare_tables(&work, after, options, &mut phases);
    delta.questions = question::questions(&work, after, renames);
    match options.dependencies {
        Dependencies::Loose => delta.ops.extend(phases.in_order()),
        Dependencies::Checked { first, last } => {
            let ops = in_place(phases.in_order().collect(), first, last);
            match scheduled(&ops, &work, after) {
                Ok(ordered) => delta.ops.extend(ordered),
                Err(cycle) => match stuck_in(cycle, &ops) {
                    Some(stuck) => delta.stuck.push(stuck),
                    None => delta.ops.extend(ops),
                },
            }
        }
    }
    delta
}

/// Kinds that come before all else go last, and those that come after all else go first, as far as nothing is against it.
fn in_place(ops: Vec<Op>, first: &[&str], last: &[&str]) -> Vec<Op> {
    let mut places: [Vec<Op>; 5] = Default::default();
    for op in ops {
        let place = match &op {
            Op::DropUnmodelled(other) if last.contains(&other.kind.as_str()) => 0,
            Op::CreateUnmodelled(other) if first.contains(&other.kind.as_str()) => 1,
            Op::CreateUnmodelled(other) if last.contains(&other.kind.as_str()) => 3,
            Op::DropUnmodelled(other) if first.contains(&other.kind.as_str()) => 4,
            _ => 2,
        };
        places[place].push(op);
    }
    places.into_iter().flatten().collect()
}

/// Ops between two schemas in an order in which each can run, as far as there is one. Renames that come last stay there: the
/// rest speaks of what they rename by the name that it has until then.
pub fn in_order(mut ops: Vec<Op>, before: &Schema, after: &Schema, options: &Options) -> Vec<Op> {
    let Dependencies::Checked { first, last } = options.dependencies else {
        return ops;
    };
    let is_rename = |op: &Op| matches!(op, Op::RenameTable { .. } | Op::RenameColumn { .. });
    let renames = ops.split_off(ops.iter().rposition(|op| !is_rename(op)).map_or(0, |at| at + 1));
    let mut middle = after.clone();
    if !renames.is_empty() {
        middle = before.clone();
        for op in &ops {
            let _misfit = op.apply(&mut middle);
        }
    }
    let ops = in_place(ops, first, last);
    let mut ordered = scheduled(&ops, before, &middle).unwrap_or(ops);
    ordered.extend(renames);
    ordered
}

/// The ops in an order in which each can run.
///
/// # Errors
/// Some wait for one another all around.
fn scheduled(ops: &[Op], before: &Schema, after: &Schema) -> Result<Vec<Op>, Cycle> {
    let (before_edges, after_edges) = (edges(before), edges(after));
    let before = Side {
        schema: before,
        edges: &before_edges,
    };
    let after = Side {
        schema: after,
        edges: &after_edges,
    };
    let order = schedule::order(&effects::effects(ops, before, after))?;
    Ok(order.into_iter().map(|at| ops[at].clone()).collect())
}

/// A difference that no order carries over; none, of ops that touch nothing.
fn stuck_in(cycle: Cycle, ops: &[Op]) -> Option<Stuck> {
    let members: Vec<&Op> = cycle.0.into_iter().map(|at| &ops[at]).collect();
    let first = members.iter().flat_map(|op| op.touches()).next()?;
    let members: Vec<String> = members.into_iter().map(Op::describe).collect();
    Some(Stuck {
        name: first.name,
        kind: first.kind.word().to_owned(),
        reason: format!(
            "each of these would have to come before the next, and the last before the first: {}",
            members.join("; ")
        ),
    })
}

/// Ops by when they can run. Everything that frees a name or a reference comes before what takes it.
#[derive(Default)]
struct Phases {
    drop_triggers: Vec<Op>,
    drop_views: Vec<Op>,
    drop_indexes: Vec<Op>,
    drop_references: Vec<Op>,
    create_types: Vec<Op>,
    create_tables: Vec<Op>,
    alter_tables: Vec<Op>,
    drop_tables: Vec<Op>,
    add_references: Vec<Op>,
    create_indexes: Vec<Op>,
    drop_types: Vec<Op>,
    create_views: Vec<Op>,
    create_triggers: Vec<Op>,
}

impl Phases {
    fn in_order(self) -> impl Iterator<Item = Op> {
        [
            self.drop_triggers,
            self.drop_views,
            self.drop_references,
            self.drop_indexes,
            self.create_types,
            self.create_tables,
            self.alter_tables,
            self.drop_tables,
            self.create_indexes,
            self.add_references,
            self.drop_types,
            self.create_views,
            self.create_triggers,
        ]
        .into_iter()
        .flatten()
    }
}

fn compare_tables(work: &Schema, after: &Schema, options: &Options, phases: &mut Phases) {
    let created: Vec<&Table> = after
        .tables
        .values()
        .filter(|t| !work.tables.contains_key(&t.name))
        .collect();
    for creation in order::creations(&created, options.dangling_foreign_keys, |key| {
        is_ready(key, work, after)
    }) {
        let mut bare = creation.table.clone();
        let indexes = std::mem::take(&mut bare.indexes);
        let triggers = std::mem::take(&mut bare.triggers);
        bare.constraints
            .retain(|constraint| !creation.later.contains(&constraint));
        for constraint in creation.later {
            phases.add_references.push(Op::AddConstraint {
                table: bare.name.clone(),
                constraint: Box::new(constraint.clone()),
            });
        }
        let table = bare.name.clone();
        phases.create_tables.push(Op::CreateTable(Box::new(bare)));
        phases
            .create_indexes
            .extend(indexes.values().map(|index| Op::create_index(&table, index)));
        phases
            .create_triggers
            .extend(triggers.into_values().map(Op::CreateTrigger));
    }
    let dropped: Vec<&Table> = work
        .tables
        .values()
        .filter(|t| !after.tables.contains_key(&t.name))
        .collect();
    let mut gone: BTreeSet<&ObjectName> = BTreeSet::new();
    for doomed in order::drops(&dropped) {
        if !options.dangling_foreign_keys {
            drop_circular_references(doomed, &gone, phases);
        }
        gone.insert(&doomed.name);
        let gives_way = after.unmodelled.contains_key(&doomed.name);
        let phase = if gives_way {
            &mut phases.drop_views
        } else {
            &mut phases.drop_tables
        };
        phase.push(Op::DropTable(doomed.name.clone()));
    }
    let index_names = |table: &'_ Table| {
        let namespace = table.name.schema.clone();
        table
            .indexes
            .keys()
            .map(move |name| (namespace.clone(), name.clone()))
            .collect::<Vec<_>>()
    };
    let indexes: Vec<(Option<Ident>, Ident)> = work.tables.values().flat_map(index_names).collect();
    let indexes: BTreeSet<(Option<&Ident>, &Ident)> = indexes.iter().map(|(of, name)| (of.as_ref(), name)).collect();
    for table in work.tables.values() {
        if let Some(wish) = after.tables.get(&table.name)
            && table != wish
        {
            table::compare(work, (table, wish), &indexes, options, phases);
        }
    }
}

/// Whether what a foreign key names is there before any table is altered, and stays.
fn is_ready(key: &ForeignKey, work: &Schema, after: &Schema) -> bool {
    let (Some(old), Some(wish)) = (work.tables.get(&key.table), after.tables.get(&key.table)) else {
        return false;
    };
    let keys = |table: &Table| -> Vec<Constraint> {
        let keys = table.constraints.iter().filter(|c| is_key(&c.kind));
        keys.cloned().collect()
    };
    let columns = || {
        key.referenced
            .iter()
            .chain(old.primary_key().into_iter().flat_map(Key::names))
    };
    columns().all(|name| old.column(name) == wish.column(name)) && keys(old) == keys(wish)
}

/// Where a foreign key forbids the drop of what it names, the keys that close a circle of doomed tables go first: those
/// to a table that goes before this one.
fn drop_circular_references(doomed: &Table, gone: &BTreeSet<&ObjectName>, phases: &mut Phases) {
    for (constraint, key) in doomed.foreign_keys() {
        if gone.contains(&key.table) {
            phases.drop_references.push(Op::DropConstraint {
                table: doomed.name.clone(),
                constraint: crate::op::ConstraintRef::of(constraint),
            });
        }
    }
}

fn compare_definitions(work: &Schema, after: &Schema, options: &Options, phases: &mut Phases, stuck: &mut Vec<Stuck>) {
    compare_views(work, after, phases);
    for (name, enum_type) in &after.enums {
        match work.enums.get(name) {
            None => phases.create_types.push(Op::CreateEnum(enum_type.clone())),
            Some(old) if old != enum_type => phases.create_types.push(Op::AlterEnum(enum_type.clone())),
            Some(_) => {}
        }
    }
    phases
        .drop_types
        .extend(gone(&work.enums, &after.enums).map(|name| Op::DropEnum(name.clone())));
    compare_by_name(
        (&work.sequences, &after.sequences),
        phases,
        &Verbs {
            create: Op::CreateSequence,
            alter: Op::AlterSequence,
            drop: Op::DropSequence,
        },
    );
    compare_by_name(
        (&work.routines, &after.routines),
        phases,
        &Verbs {
            create: Op::CreateRoutine,
            alter: Op::ReplaceRoutine,
            drop: Op::DropRoutine,
        },
    );
    compare_unmodelled(work, after, options, phases, stuck);
}

/// What holds rows, as a virtual table of SQLite's may, is not replaced behind the author's back.
fn compare_unmodelled(work: &Schema, after: &Schema, options: &Options, phases: &mut Phases, stuck: &mut Vec<Stuck>) {
    let is_replaced = options.dependencies != Dependencies::Loose;
    for (name, other) in &after.unmodelled {
        match work.unmodelled.get(name) {
            None => phases.create_tables.push(Op::CreateUnmodelled(other.clone())),
            Some(old) if old != other && is_replaced => {
                phases.create_tables.push(Op::DropUnmodelled(old.clone()));
                phases.create_tables.push(Op::CreateUnmodelled(other.clone()));
            }
            Some(old) if old != other => stuck.push(Stuck {
                name: name.clone(),
                kind: other.kind.clone(),
                reason: "its definition differs, and changing it would mean to drop it with its rows".to_owned(),
            }),
            Some(_) => {}
        }
    }
    for name in gone(&work.unmodelled, &after.unmodelled) {
        let gives_way = after.tables.contains_key(name) || after.views.contains_key(name);
        let phase = if gives_way {
            &mut phases.drop_views
        } else {
            &mut phases.drop_tables
        };
        phase.push(Op::DropUnmodelled(work.unmodelled[name].clone()));
    }
}

/// How objects of one kind come, change and go.
struct Verbs<T> {
    create: fn(T) -> Op,
    alter: fn(T) -> Op,
    drop: fn(ObjectName) -> Op,
}

/// Objects of one kind: created, given another definition, dropped.
fn compare_by_name<T: Clone + PartialEq>(
    (work, after): (&BTreeMap<ObjectName, T>, &BTreeMap<ObjectName, T>),
    phases: &mut Phases,
    verbs: &Verbs<T>,
) {
    for (name, wish) in after {
        match work.get(name) {
            Some(old) if old == wish => {}
            Some(_) => phases.create_types.push((verbs.alter)(wish.clone())),
            None => phases.create_types.push((verbs.create)(wish.clone())),
        }
    }
    phases
        .drop_types
        .extend(gone(work, after).map(|name| (verbs.drop)(name.clone())));
}

fn gone<'a, T>(
    work: &'a BTreeMap<ObjectName, T>,
    after: &'a BTreeMap<ObjectName, T>,
) -> impl Iterator<Item = &'a ObjectName> {
    work.keys().filter(|name| !after.contains_key(*name))
}

fn compare_views(work: &Schema, after: &Schema, phases: &mut Phases) {
    let same_view = |a: &View, b: &View| {
        *a == View {
            triggers: a.triggers.clone(),
            comment: a.comment.clone(),
            ..b.clone()
        } && a.name.same_spelling(&b.name)
    };
    let kept = |name: &ObjectName| match (work.views.get(name), after.views.get(name)) {
        (Some(old), Some(wish)) => same_view(old, wish),
        _ => false,
    };
    let going: Vec<&View> = work.views.values().filter(|view| !kept(&view.name)).collect();
    for view in order::views(&going).into_iter().rev() {
        phases.drop_views.push(Op::DropView(view.name.clone()));
    }
    for view in after.views.values().filter(|view| kept(&view.name)) {
        let old = &work.views[&view.name];
        table::compare_triggers(work, &old.triggers, &view.triggers, phases);
        if old.comment != view.comment {
            phases.create_views.push(Op::Comment {
                on: Commented::View(view.name.clone()),
                comment: view.comment.clone(),
            });
        }
    }
    let coming: Vec<&View> = after.views.values().filter(|view| !kept(&view.name)).collect();
    for view in order::views(&coming) {
        let mut bare = view.clone();
        let triggers = std::mem::take(&mut bare.triggers);
        phases.create_views.push(Op::CreateView(Box::new(bare)));
        phases
            .create_triggers
            .extend(triggers.into_values().map(Op::CreateTrigger));
    }
}

/// Whether a constraint is one that a foreign key can refer to.
fn is_key(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_))
}

/// Whether a foreign key is what a constraint says.
fn is_reference(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::ForeignKey(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::sample::schema;

    const OPTIONS: Options = Options {
        column_order: true,
        dangling_foreign_keys: false,
        open_names: false,
        dependencies: Dependencies::Loose,
    };

    #[track_caller]
    fn check(before: &str, after: &str, options: &Options, expected: &[&str]) {
        let (before, after) = (schema(before), schema(after));
        let ops = diff(&before, &after, &Renames::default(), options).ops;
        assert_eq!(ops.iter().map(Op::describe).collect::<Vec<_>>(), expected);
        let mut schema = before;
        for op in &ops {
            op.apply(&mut schema).unwrap();
        }
        assert!(diff(&schema, &after, &Renames::default(), options).is_empty());
    }

    #[test]
    fn a_foreign_key_of_a_new_table_waits_for_the_column_that_it_names() {
        check(
            "create table b (id int)",
            "create table b (id int, code int unique); create table a (b int references b (code))",
            &OPTIONS,
            &[
                "create table `a`",
                "add column `code` to `b`",
                "add unique constraint to `b`",
                "add foreign key to `a`",
            ],
        );
    }

    #[test]
    fn of_doomed_tables_only_a_circle_needs_its_keys_dropped_first() {
        check(
            "create table a (id int primary key, b int references b); create table b (id int primary key)",
            "",
            &OPTIONS,
            &["drop table `a`", "drop table `b`"],
        );
        check(
            "create table a (id int primary key, b int references b);
             create table b (id int primary key, a int references a)",
            "",
            &OPTIONS,
            &["drop foreign key of `b`", "drop table `a`", "drop table `b`"],
        );
    }

    #[test]
    fn two_constraints_that_swap_names_do_not_end_up_as_one() {
        check(
            "create table t (a int, constraint p check (a > 0), constraint q check (a < 9))",
            "create table t (a int, constraint q check (a > 0), constraint p check (a < 9))",
            &OPTIONS,
            &[
                "drop constraint `p` of `t`",
                "drop constraint `q` of `t`",
                "add check `q` to `t`",
                "add check `p` to `t`",
            ],
        );
    }

    #[test]
    fn a_name_left_open_gives_way_to_one_that_is_asked_for() {
        let options = Options {
            open_names: true,
            ..OPTIONS
        };
        check(
            "create table t (a int, constraint p check (a > 0), check (a < 9))",
            "create table t (a int, check (a > 0), constraint p check (a < 9))",
            &options,
            &[
                "drop constraint `p` of `t`",
                "drop check of `t`",
                "add check to `t`",
                "add check `p` to `t`",
            ],
        );
    }

    #[test]
    fn an_index_is_not_renamed_onto_one_of_another_table() {
        check(
            "create table a (x int); create index i on a (x); create table b (x int); create index j on b (x)",
            "create table a (x int); create index j on a (x); create table b (x int)",
            &OPTIONS,
            &["drop index `i`", "drop index `j`", "create index `j` on `a`"],
        );
    }

    #[test]
    fn a_computed_column_comes_after_and_goes_before_what_it_reads() {
        let (short, long) = (
            "create table t (a int)",
            "create table t (a int, g int generated always as (b + 1) stored, b int)",
        );
        check(
            short,
            long,
            &OPTIONS,
            &[
                "add column `b` to `t`",
                "add column `g` to `t`",
                "reorder the columns of `t`",
            ],
        );
        check(
            long,
            short,
            &OPTIONS,
            &["drop column `g` of `t`", "drop column `b` of `t`"],
        );
    }

    #[test]
    fn a_view_comes_after_one_it_reads_whatever_their_names_look_like() {
        check(
            "",
            "create table t (a int); create view \"my view\" as select a from t;
             create view a as select * from \"my view\"",
            &OPTIONS,
            &["create table `t`", "create view `my view`", "create view `a`"],
        );
    }
}
