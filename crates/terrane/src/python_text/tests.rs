//! The law of what is written in Python: read again, it is the very same change.

use super::*;
use proptest::test_runner::Config;
use terrane_core::ddl;
use terrane_core::diff::{Renames, diff};

#[expect(dead_code, unreachable_pub, reason = "the laws of the core use all of it")]
#[path = "../../../terrane-core/tests/laws/generate.rs"]
mod generate;

const MENU: generate::Menu = generate::Menu {
    comments: true,
    server_objects: true,
};

/// A generated schema as that server has it; none, where it has no such thing.
fn on_server(schema: &Schema, dialect: &dyn Dialect) -> Option<Schema> {
    let ops = ops_of(&generate::script(schema), dialect.flavor()).ok()?;
    let mut made = Schema::new();
    ops.iter().try_for_each(|op| op.apply(&mut made)).ok()?;
    dialect.normalize(&mut made);
    Some(made)
}

/// How many ops there were, and for how many of them there is a directive.
#[derive(Default, Debug)]
struct Count {
    ops: usize,
    said: usize,
}

/// Every directive that is written is read back as its op.
fn is_read_back(pair: &generate::Pair, dialect: &dyn Dialect, count: &mut Count) {
    let (naming, packages) = (Naming::usual(), terrane_alembic::SearchPath::default());
    let writing = Writing {
        reader: Reader::new(&packages, &naming, dialect.name()),
        naming: &naming,
        dialect,
    };
    let sides = (on_server(&pair.before, dialect), on_server(&pair.after, dialect));
    let (Some(before), Some(after)) = sides else { return };
    let options = dialect.capability().diff_options(false);
    let mut work = before.clone();
    for op in diff(&before, &after, &Renames::default(), &options).ops {
        count.ops += 1;
        if let Some(line) = directive(&op, &work, dialect.name(), &naming, None) {
            count.said += 1;
            assert!(
                writing.is_read_as(&op, &line, &work),
                "{:#?}\n{}\n{:#?}",
                ddl::print(&op),
                line.text,
                writing
                    .read(&line)
                    .map(|ops| ops.iter().flat_map(ddl::print).collect::<Vec<_>>())
            );
        }
        op.apply(&mut work).unwrap();
    }
}

fn law(dialect: &dyn Dialect) {
    let mut runner = proptest::test_runner::TestRunner::new(Config {
        cases: 256,
        failure_persistence: None,
        ..Config::default()
    });
    let count = std::cell::RefCell::new(Count::default());
    runner
        .run(&generate::pairs(MENU), |pair| {
            is_read_back(&pair, dialect, &mut count.borrow_mut());
            Ok(())
        })
        .unwrap();
    let count = count.into_inner();
    assert!(count.ops > 500 && count.said * 3 > count.ops, "{count:?}");
}

#[test]
#[cfg(feature = "postgres")]
fn what_is_written_for_postgresql_is_read_back_as_the_very_same_ops() {
    law(&terrane_postgres::Postgres);
}

#[test]
#[cfg(feature = "sqlite")]
fn what_is_written_for_sqlite_is_read_back_as_the_very_same_ops() {
    law(&terrane_sqlite::Sqlite);
}
