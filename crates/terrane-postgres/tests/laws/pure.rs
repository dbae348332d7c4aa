//! The laws that need no server beyond the schemas that it told of.

use super::{Broken, Held, Made, Tally};
use terrane_core::ddl::{parse_statement, print};
use terrane_core::diagnostic::Parsed;
use terrane_core::dialect::{Dialect, Statement};
use terrane_core::diff::{Renames, diff};
use terrane_core::graph::RevisionId;
use terrane_core::op::{Effect, Op};
use terrane_core::revision::{self, Action, Revision, Section, Step, Target, Way};
use terrane_core::schema::Schema;
use terrane_core::sql::split;
use terrane_core::text::{SourceFile, Span};
use terrane_postgres::{FLAVOR, Postgres};

/// The ops from one schema to another.
pub(super) fn ops(before: &Schema, after: &Schema) -> Held<Vec<Op>> {
    let options = Postgres.capability().diff_options(false);
    let delta = diff(before, after, &Renames::default(), &options);
    match delta.stuck.first() {
        Some(stuck) => Err(Broken::new(
            "L1",
            format!("stuck: {}", stuck.reason),
            format!("{stuck:?}"),
        )),
        None => Ok(delta.ops),
    }
}

/// What undoes the ops, the last first.
pub(super) fn undone(ops: &[Op], before: &Schema) -> Held<Vec<Op>> {
    let mut work = before.clone();
    let mut back = Vec::new();
    for op in ops {
        let reverse = op.reverse(&work);
        back.push(reverse.map_err(|why| Broken::new("L3", why.to_string(), words(ops)))?);
        apply("L1", op, &mut work, ops)?;
    }
    Ok(back.into_iter().rev().flatten().collect())
}

/// In words, one a line.
pub(super) fn words(ops: &[Op]) -> String {
    ops.iter().map(|op| format!("{}\n", op.describe())).collect()
}

/// The schema with the columns of each table sorted, since PostgreSQL cannot change their order.
pub(super) fn unordered(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    for table in schema.tables.values_mut() {
        table.columns.sort_by(|one, other| one.name.cmp(&other.name));
    }
    schema
}

pub(super) fn laws(a: &Made, b: &Made, tally: &mut Tally) -> Held {
    law_l2(&a.schema)?;
    law_l2(&b.schema)?;
    for (before, after) in [(&a.schema, &b.schema), (&b.schema, &a.schema)] {
        let ops = ops(before, after)?;
        tally.ops += ops.len();
        laws_l1_l3_and_l4(before, after, &ops, tally)?;
    }
    Ok(())
}

fn law_l2(schema: &Schema) -> Held {
    let ops = ops(schema, schema)?;
    if ops.is_empty() {
        return Ok(());
    }
    Err(Broken::new("L2", ops[0].describe(), words(&ops)))
}

fn laws_l1_l3_and_l4(before: &Schema, after: &Schema, ops: &[Op], tally: &mut Tally) -> Held {
    let mut work = before.clone();
    for op in ops {
        let earlier = work.clone();
        apply("L1", op, &mut work, ops)?;
        law_l3(op, &earlier, &work, tally)?;
        if let Err(broken) = law_l4(op, &earlier, &work, tally) {
            *tally.unread.entry(broken.kind()).or_default() += 1;
        }
    }
    let left = self::ops(&work, after)?;
    if left.is_empty() && unordered(&work) == unordered(after) {
        return Ok(());
    }
    let what = left
        .first()
        .map_or("unequal, with no difference".to_owned(), Op::describe);
    let left = words(&left);
    Err(Broken::new("L1", what, format!("left:\n{left}after:\n{}", words(ops))))
}

fn apply(law: &'static str, op: &Op, schema: &mut Schema, all: &[Op]) -> Held {
    let applied = op.apply(schema);
    applied.map_err(|misfit| Broken::new(law, format!("{}: {}", op.describe(), misfit.message), words(all)))
}

fn law_l3(op: &Op, before: &Schema, after: &Schema, tally: &mut Tally) -> Held {
    let Ok(reverse) = op.reverse(before) else {
        tally.irreversible += 1;
        return Ok(());
    };
    let mut again = after.clone();
    for back in &reverse {
        apply("L3", back, &mut again, &[op.clone(), back.clone()])?;
    }
    if again == *before {
        return Ok(());
    }
    let what = format!("{} and back", op.describe());
    Err(Broken::new("L3", what, format!("{op:?}\n{reverse:?}")))
}

/// An op that is printed portably and read makes the same of a schema.
fn law_l4(op: &Op, before: &Schema, after: &Schema, tally: &mut Tally) -> Held {
    let printed = print(op);
    let mut again = before.clone();
    for text in &printed {
        for read in read(text)? {
            if matches!(&read, Op::Sql(raw) if raw.effect == Effect::Unknown) {
                let what = op.describe();
                *tally
                    .unread
                    .entry(what.split('`').next().unwrap_or_default().to_owned())
                    .or_default() += 1;
                return Ok(());
            }
            apply("L4", &read, &mut again, &[op.clone(), read.clone()])?;
        }
    }
    // Most are the same as they stand, and an order costs two copies.
    if again == *after || unordered(&again) == unordered(after) {
        return Ok(());
    }
    let what = format!("{} is read as something else", op.describe());
    let left = words(&ops(&again, after)?);
    Err(Broken::new(
        "L4",
        what,
        format!("{}\nleft:\n{left}{op:?}", printed.join(";\n")),
    ))
}

fn read(text: &str) -> Held<Vec<Op>> {
    let broken = |why: String| Broken::new("L4", why, text);
    let parts = split(text, &FLAVOR.lexing).map_err(|error| broken(format!("{error:?}")))?;
    let [part] = parts.as_slice() else {
        return Err(broken(format!("cut into {} statements", parts.len())));
    };
    let parsed = parse_statement(text, part, &FLAVOR);
    parsed
        .map(|parsed| parsed.ops)
        .map_err(|malformed| broken(format!("malformed: {}", malformed.message)))
}

/// A revision with what is said to the server reads back as itself.
pub(super) fn law_l4_of_statements(there: &[Statement], back: &[Statement]) -> Held {
    let section = |way, statements: &[Statement]| Section {
        way,
        dialect: None,
        steps: statements.iter().map(step).collect(),
    };
    let revision = Revision {
        id: RevisionId::parse("0123456789ab").unwrap(),
        message: "a step\n\nwith more to say".to_owned(),
        down_revisions: Vec::new(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        created: None,
        dialect: Target::Named("postgresql".to_owned()),
        transactional: true,
        touches: Vec::new(),
        sections: vec![section(Way::Upgrade, there), section(Way::Downgrade, back)],
    };
    let text = revision::print(&revision);
    let Parsed { value, diagnostics } = revision::parse(&SourceFile::new("a.sql", text.as_str()), Some("postgresql"));
    if diagnostics.is_empty() && value.as_ref() == Some(&revision) {
        return Ok(());
    }
    Err(Broken::new(
        "L4",
        "a revision is not what was printed",
        format!("{diagnostics:?}\n{text}"),
    ))
}

fn step(statement: &Statement) -> Step {
    Step {
        comments: Vec::new(),
        action: Action::Sql(statement.sql.clone()),
        span: Span::default(),
    }
}
