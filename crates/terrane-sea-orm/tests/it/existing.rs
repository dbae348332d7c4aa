//! Entities that were generated of a database that is there differ in nothing from it.
//!
//! What is generated is compiled into these tests, as the module `generated`. After a change to the generator, write it
//! anew with `TERRANE_WRITE=1 cargo test -p terrane-sea-orm`, and run the tests again.

use crate::generated::{keyless, mod_, written};
use crate::matrix::{differences, memory, models, orm};
use sea_orm::{ActiveModelTrait, EntityTrait, ModelTrait, NotSet, Set};
use std::collections::BTreeSet;
use std::path::Path;
use terrane::core::dialect::Dialect;
use terrane::core::name::ObjectName;
use terrane::core::schema::Schema;
use terrane::{Database, Entities, Existing};

/// A table without a key whose `rowid` is hidden by a column has no entity.
const NO_ENTITY: &str = "without_entity";

/// Tables that belong to others; one has an entity.
const OTHERS: [&str; 2] = ["parent", "vendor"];

async fn existing() -> Schema {
    let mut database = Database::scratch().await.unwrap();
    database.execute(include_str!("existing.sql")).await.unwrap();
    let schema = database.inspect().await.unwrap();
    assert!(schema.unmodelled.is_empty(), "{:?}", schema.unmodelled);
    schema
}

fn generate(schema: &Schema) -> Entities {
    let flavor = terrane_sqlite::Sqlite.flavor();
    let tables: Vec<ObjectName> = schema.tables.keys().cloned().collect();
    let own = tables.iter().filter(|name| !OTHERS.contains(&name.name.as_str()));
    let own: Vec<ObjectName> = own.cloned().collect();
    let parents = [(
        flavor.object("parent"),
        "crate::entity::every_attribute::parent".to_owned(),
    )];
    Entities::of(schema, &own, &parents, &terrane_sqlite::Sqlite)
}

#[tokio::test]
async fn what_is_compiled_is_what_is_generated() {
    let entities = generate(&existing().await);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/generated");
    if std::env::var_os("TERRANE_WRITE").is_some() {
        std::fs::remove_dir_all(&folder).unwrap();
        entities.write(&folder, Existing::Kept).unwrap();
    }
    let there = std::fs::read_dir(&folder).unwrap();
    let there: BTreeSet<String> = there
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, entities.files.iter().map(|file| file.name.clone()).collect());
    for file in &entities.files {
        let compiled = std::fs::read_to_string(folder.join(&file.name)).unwrap();
        assert_eq!(compiled, file.text, "{}", file.name);
    }
    let warnings: Vec<String> = entities.warnings.iter().map(|told| told.message.clone()).collect();
    insta::assert_debug_snapshot!(warnings);
}

#[tokio::test]
async fn entities_of_a_database_differ_in_nothing_from_it() {
    let mut is = existing().await;
    let is_left_out = |name: &ObjectName| OTHERS.contains(&name.name.as_str()) || name.name.as_str() == NO_ENTITY;
    is.tables.retain(|name, _| !is_left_out(name));
    is.tables.values_mut().for_each(|table| table.triggers.clear());
    is.views.clear();
    let wish = models(terrane_sea_orm::models!(crate::generated));
    assert_eq!(wish.schema.tables.len(), is.tables.len());
    assert_eq!(differences(&is, &wish), Vec::<String>::new());
    // To the letter: not only for want of an op.
    for (name, table) in &is.tables {
        assert_eq!(&wish.schema.tables[name], table);
    }
}

/// What SQLite makes of values by the affinity of their columns is read all the same.
#[tokio::test]
async fn rows_go_in_and_come_back() {
    let pool = memory().await;
    sqlx::raw_sql(include_str!("existing.sql"))
        .execute(&pool)
        .await
        .unwrap();
    let database = orm(&pool).await;

    let row = written::ActiveModel {
        id: Set(1),
        a_numeric: Set("10.00".parse().unwrap()),
        a_bare_numeric: Set(Some("0.5".parse().unwrap())),
        a_real: Set(2.0),
        a_json: Set(Some(7.into())),
        a_bool: Set(Some(false)),
        without_type_and_null: Set(b"bytes".to_vec()),
        ..Default::default()
    };
    let there = row.insert(&database).await.unwrap();
    assert_eq!(there.a_numeric, "10".parse().unwrap());
    assert_eq!(there.a_json, Some(7.into()));
    assert!(there.a_date_time.is_some());
    assert_eq!(
        written::Entity::find_by_id(1).one(&database).await.unwrap(),
        Some(there)
    );

    let row = keyless::ActiveModel {
        what: Set("a".to_owned()),
        at: Set("2026-01-01T00:00:00".parse().unwrap()),
        ..Default::default()
    };
    let first = row.clone().insert(&database).await.unwrap();
    let second = row.insert(&database).await.unwrap();
    assert_eq!((first.rowid, second.rowid), (1, 2));
    first.delete(&database).await.unwrap();
    assert_eq!(keyless::Entity::find().all(&database).await.unwrap(), [second]);

    let row = mod_::ActiveModel {
        id: NotSet,
        type_id: Set(None),
    };
    assert_eq!(row.insert(&database).await.unwrap().id, 1);
}
