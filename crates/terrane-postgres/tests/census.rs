//! One of every kind of object: each is found, its text makes it again, and its name is what undoes it.

use crate::harness::{Scratch, block_on, server};
use sqlx::Row;
use std::collections::BTreeSet;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::schema::{Attributes, ConstraintKind, Schema, Unmodelled};
use terrane_postgres::connect::Database;
use terrane_postgres::inspect::{Dependents, inspect, inspect_wanted};

const SCRIPT: &str = include_str!("census.sql");

/// A statement of the script.
struct Making {
    sql: String,
    may_fail: bool,
    since: u32,
    /// What it makes, `kind: name`.
    makes: Option<&'static str>,
}

fn statements() -> Vec<Making> {
    let mut statements = Vec::new();
    let mut text = String::new();
    for line in SCRIPT.lines().skip(1) {
        let (sql, mark) = line.split_once(" --").unwrap_or((line, ""));
        text.push_str(sql);
        text.push('\n');
        if sql.ends_with(';') {
            let (since, makes) = mark
                .split_once("# ")
                .map_or((mark, None), |(since, makes)| (since, Some(makes)));
            statements.push(Making {
                sql: std::mem::take(&mut text),
                may_fail: mark == "ignore",
                since: since.parse().unwrap_or(0),
                makes,
            });
        }
    }
    statements
}

async fn version(database: &mut Database<'_>) -> u32 {
    let rows = database.rows("SHOW server_version_num").await.unwrap();
    rows[0].get::<String, _>(0).parse::<u32>().unwrap() / 10_000
}

async fn made(url: &str) -> Scratch {
    let mut scratch = Scratch::new(url, "").await.unwrap();
    let version = version(&mut scratch.database).await;
    for making in statements().iter().filter(|making| making.since <= version) {
        match scratch.database.execute(&making.sql).await {
            Ok(()) => {}
            Err(_) if making.may_fail => {}
            Err(error) => panic!("{error}\n{}", making.sql),
        }
    }
    scratch
}

async fn schema(database: &mut Database<'_>) -> Schema {
    inspect(database.connection()).await.unwrap().schema
}

/// All that is in a schema, as `kind: name`; a `!` marks a kind that the model has a noun for, kept as text all the same.
fn listing(schema: &Schema) -> BTreeSet<String> {
    let nouns = ["sequence", "index"];
    let mut listing = BTreeSet::new();
    listing.extend(schema.tables.keys().map(|name| format!("table: {name}")));
    listing.extend(schema.views.keys().map(|name| format!("view: {name}")));
    listing.extend(schema.enums.keys().map(|name| format!("enum: {name}")));
    listing.extend(schema.sequences.keys().map(|name| format!("sequence: {name}")));
    listing.extend(schema.routines.keys().map(|name| format!("routine: {name}")));
    let triggers = schema.tables.values().flat_map(|table| table.triggers.keys());
    let triggers = triggers.chain(schema.views.values().flat_map(|view| view.triggers.keys()));
    listing.extend(triggers.map(|name| format!("trigger: {name}")));
    let indexes = schema.tables.values().flat_map(|table| table.indexes.keys());
    listing.extend(indexes.map(|name| format!("index: {name}")));
    listing.extend(schema.unmodelled.values().map(|other| {
        let noun = if nouns.contains(&other.kind.as_str()) { "!" } else { "" };
        let name = other.name.to_string().replace(&format!(" /* {} */", other.kind), "");
        format!("{}{noun}: {name}", other.kind)
    }));
    listing
}

#[test]
fn a_new_database_is_empty() {
    let Some(url) = server("a_new_database_is_empty") else {
        return;
    };
    block_on(async {
        let mut scratch = Scratch::new(&url, "").await.unwrap();
        let schema = schema(&mut scratch.database).await;
        scratch.drop().await;
        assert_eq!(schema, Schema::new());
    });
}

#[test]
fn one_of_every_kind_is_found() {
    let Some(url) = server("one_of_every_kind_is_found") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let found = listing(&schema(&mut scratch.database).await);
        let version = version(&mut scratch.database).await;
        scratch.drop().await;
        let statements = statements();
        let made = statements.iter().filter(|making| making.since <= version);
        let expected: BTreeSet<String> = made.filter_map(|making| making.makes).map(str::to_owned).collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        assert!(missing.is_empty(), "missing: {missing:#?}\nthere is: {found:#?}");
    });
}

/// The attributes of all nouns, as `noun attribute=value`.
fn attributes(schema: &Schema) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut add = |noun: String, attributes: &Attributes| {
        all.extend(attributes.iter().map(|(name, value)| format!("{noun} {name}={value}")));
    };
    for table in schema.tables.values() {
        add(table.name.to_string(), &table.attributes);
        for column in &table.columns {
            add(format!("{}.{}", table.name, column.name), &column.attributes);
        }
        for index in table.indexes.values() {
            add(index.name.to_string(), &index.attributes);
        }
        for constraint in &table.constraints {
            let name = constraint.name.as_ref().map(ToString::to_string).unwrap_or_default();
            match &constraint.kind {
                ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => add(name, &key.attributes),
                ConstraintKind::ForeignKey(key) => add(name, &key.attributes),
                ConstraintKind::Check(check) => add(name, &check.attributes),
                ConstraintKind::Exclusion(_) => {}
            }
        }
    }
    for view in schema.views.values() {
        add(view.name.to_string(), &view.attributes);
    }
    all
}

/// What the attributes must hold, each with the version that it takes.
const ATTRIBUTES: [(u32, &str); 35] = [
    (13, "app.users fillfactor=70"),
    (13, "app.users toast.autovacuum_enabled=false"),
    (13, "app.users row security="),
    (13, "app.users force row security="),
    (13, "app.users replica identity=full"),
    (13, "app.users cluster on=users_pkey"),
    (13, "app.users trigger touching=disabled"),
    (13, "app.users constraint trigger late="),
    (13, "app.users.name storage=external"),
    (13, "app.users.name statistics=99"),
    (13, "app.users.name n_distinct=5"),
    (14, "app.users.tags compression=pglz"),
    (13, "users_name fillfactor=50"),
    (13, "odd_positive no inherit="),
    (13, "users_Odd_name_m_key fillfactor=60"),
    (15, "users_twice_key nulls not distinct="),
    (15, "users_distinct nulls not distinct="),
    (13, "orders partition by=RANGE (placed)"),
    (13, "orders_old partition of=orders"),
    (13, "orders_old bound=FOR VALUES FROM (MINVALUE) TO ('2020-01-01')"),
    (13, "orders_old trigger placed=disabled"),
    (13, "orders_old_placed_idx inherited=orders_placed"),
    (13, "orders_old_pkey inherited=orders_pkey"),
    (13, "orders_rest bound=DEFAULT"),
    (13, "child unlogged="),
    (13, "child inherits=app.users"),
    (13, "child.name inherited="),
    (13, "typed of type=pair"),
    (13, "later not valid="),
    (15, "plain_table_a_fkey on delete set=a"),
    (13, "app.named security_barrier=true"),
    (13, "app.named default name='none'::text"),
    (18, "later_on.a not null not valid="),
    (18, "loose not enforced="),
    (18, "later_on_pkey without overlaps="),
];

#[test]
fn what_only_postgresql_says_is_in_the_attributes() {
    let Some(url) = server("what_only_postgresql_says_is_in_the_attributes") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let found = attributes(&schema(&mut scratch.database).await);
        let version = version(&mut scratch.database).await;
        scratch.drop().await;
        let expected = ATTRIBUTES.iter().filter(|(since, _)| *since <= version);
        let missing: Vec<_> = expected.filter(|(_, text)| !found.contains(*text)).collect();
        assert!(missing.is_empty(), "missing: {missing:#?}\nthere is: {found:#?}");
        let stamp = found.iter().find(|text| text.contains("pg_attver"));
        assert_eq!(stamp, None, "what the server keeps for itself");
    });
}

/// What undoes it, from its kind and its name alone.
fn undone(other: &Unmodelled) -> String {
    let name = &other.name;
    match other.kind.as_str() {
        "grant" => format!("REVOKE {name}"),
        "revoke" => format!("GRANT {name}"),
        "comment" => format!("COMMENT ON {name} IS NULL"),
        "default privileges" => format!("ALTER DEFAULT PRIVILEGES {name}"),
        "owner" => format!("ALTER {name}"),
        kind => {
            let alone = ["subscription", "user mapping"].contains(&kind);
            let cascade = if alone { "" } else { " CASCADE" };
            // 15 looks for a function of the operator class when it drops the index after it, and fails.
            let first = if kind == "extension" {
                "DROP INDEX app.users_trgm; "
            } else {
                ""
            };
            format!("{first}DROP {} {name}{cascade}", kind.to_uppercase())
        }
    }
}

#[test]
fn its_name_undoes_it_and_its_text_makes_it_again() {
    let Some(url) = server("its_name_undoes_it_and_its_text_makes_it_again") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let all = schema(&mut scratch.database).await;
        let mut wrong = Vec::new();
        for (key, other) in &all.unmodelled {
            let text = other.definition.as_str();
            if text.starts_with("--") || other.name.to_string() == "base" {
                continue;
            }
            scratch.database.execute("BEGIN").await.unwrap();
            for (state, sql) in [(false, undone(other)), (true, text.to_owned())] {
                if let Err(error) = scratch.database.execute(&sql).await {
                    wrong.push(format!("{}: {key}: {error}: {sql}", other.kind));
                    break;
                }
                let is = schema(&mut scratch.database).await;
                let again = is.unmodelled.get(key);
                if again != state.then_some(other) {
                    wrong.push(format!("{}: {key}: {sql}\n  was {other:?}\n  is {again:?}", other.kind));
                }
            }
            scratch.database.execute("ROLLBACK").await.unwrap();
        }
        scratch.drop().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn what_is_read_of_a_few_relations_is_what_the_whole_says_of_them() {
    let Some(url) = server("what_is_read_of_a_few_relations_is_what_the_whole_says_of_them") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let whole = schema(&mut scratch.database).await;
        let all = inspect_wanted(scratch.database.connection(), |_, _| true, Dependents::Ignored)
            .await
            .unwrap();
        assert_eq!(all.schema, whole);
        assert_eq!(all.left_out, []);
        let names: BTreeSet<ObjectName> = whole.tables.keys().chain(whole.views.keys()).cloned().collect();
        for name in names {
            let wanted = |_: ObjectKind, other: &ObjectName| *other == name;
            let few = inspect_wanted(scratch.database.connection(), wanted, Dependents::Ignored)
                .await
                .unwrap();
            assert_eq!(few.schema.tables.get(&name), whole.tables.get(&name));
            assert_eq!(few.schema.views.get(&name), whole.views.get(&name));
            assert_eq!(few.schema.tables.len() + few.schema.views.len(), 1);
            assert!(!few.left_out.iter().any(|(_, other)| *other == name));
            // The rest of it is as the whole has it, and what is lacking depends on others.
            assert_eq!(few.schema.enums, whole.enums);
            assert_eq!(few.schema.routines, whole.routines);
            let others = few.schema.unmodelled.iter();
            assert_eq!(
                others
                    .clone()
                    .find(|(name, other)| whole.unmodelled.get(*name) != Some(other)),
                None
            );
            let lacks = |other: &&Unmodelled| !few.schema.unmodelled.contains_key(&other.name);
            let hangs = |other: &Unmodelled| {
                [
                    "comment",
                    "foreign table",
                    "grant",
                    "index",
                    "owner",
                    "policy",
                    "revoke",
                    "rule",
                    "security label",
                    "sequence",
                    "statistics",
                ]
                .contains(&other.kind.as_str())
            };
            let lost = whole.unmodelled.values().filter(lacks).find(|other| !hangs(other));
            assert_eq!(lost, None, "beside `{name}`");
        }
        scratch.drop().await;
    });
}

#[test]
fn a_transaction_of_somebody_else_is_left_as_it_was() {
    let Some(url) = server("a_transaction_of_somebody_else_is_left_as_it_was") else {
        return;
    };
    block_on(async {
        let mut scratch = Scratch::new(&url, "CREATE SCHEMA s").await.unwrap();
        let database = &mut scratch.database;
        database.execute("BEGIN").await.unwrap();
        database.execute("SET LOCAL search_path = s").await.unwrap();
        database
            .execute("CREATE TABLE t (a int); CREATE TABLE u (a int)")
            .await
            .unwrap();
        let inside = schema(database).await;
        database.execute("CREATE TABLE v (a int)").await.unwrap();
        let wanted = |_: ObjectKind, name: &ObjectName| name.name.as_str() == "t";
        let one = inspect_wanted(database.connection(), wanted, Dependents::Ignored)
            .await
            .unwrap()
            .schema;
        database.execute("COMMIT").await.unwrap();
        let outside = schema(database).await;
        scratch.drop().await;
        let tables = |schema: &Schema| schema.tables.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(tables(&inside), ["s.t", "s.u"]);
        assert_eq!(tables(&one), ["s.t"]);
        assert_eq!(tables(&outside), ["s.t", "s.u", "s.v"]);
    });
}
