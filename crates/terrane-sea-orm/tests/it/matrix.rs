//! Every column type and attribute of SeaORM, on every dialect: entity → schema → create → inspect → no difference.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Schema, SqlxSqliteConnector};
use terrane::core::dialect::Dialect;
use terrane::core::diff::{Renames, diff};
use terrane::core::schema::Schema as Wish;
use terrane::{Config, Database, Layer, Models};
use terrane_sea_orm::Module;

/// The models of a module, on SQLite.
pub(crate) fn models(module: Module) -> Models {
    let config = Config::compiled(&[Layer::new("tests").models(module)]).unwrap();
    Models::load(&config.layers[0], &terrane_sqlite::Sqlite).unwrap()
}

pub(crate) fn differences(is: &Wish, wish: &Models) -> Vec<String> {
    let options = terrane_sqlite::Sqlite.capability().diff_options(true);
    let delta = diff(is, &wish.schema, &Renames::default(), &options);
    assert!(delta.stuck.is_empty() && delta.questions.is_empty());
    delta.ops.iter().map(|op| format!("{op:?}")).collect()
}

/// Creates all that the models wish, as autogenerate and an upgrade would.
async fn create(database: &mut Database<'_>, models: &Models) {
    let options = database.dialect().capability().diff_options(true);
    let delta = diff(&Wish::new(), &models.schema, &Renames::default(), &options);
    let statements = database.dialect().lower(&delta.ops, &Wish::new()).unwrap();
    for statement in statements {
        database.execute(&statement.sql).await.unwrap();
    }
}

pub(crate) async fn memory() -> sqlx::SqlitePool {
    let options = sqlx::pool::PoolOptions::<sqlx::Sqlite>::new().max_connections(1);
    options.connect("sqlite::memory:").await.unwrap()
}

pub(crate) async fn orm(pool: &sqlx::SqlitePool) -> DatabaseConnection {
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone())
}

#[tokio::test]
async fn what_terrane_makes_of_an_entity_differs_in_nothing_from_the_entity() {
    for module in [
        terrane_sea_orm::models!(crate::entity::every_type),
        terrane_sea_orm::models!(crate::entity::every_attribute),
    ] {
        let wish = models(module);
        let mut database = Database::scratch().await.unwrap();
        create(&mut database, &wish).await;
        let is = database.inspect().await.unwrap();
        assert!(is.unmodelled.is_empty());
        assert_eq!(differences(&is, &wish), Vec::<String>::new());
    }
}

/// SeaORM's own statements for an entity, its indexes included.
async fn create_by_orm<E: EntityTrait>(database: &DatabaseConnection) {
    let schema = Schema::new(DbBackend::Sqlite);
    database
        .execute(&schema.create_table_from_entity(E::default()))
        .await
        .unwrap();
    for index in schema.create_index_from_entity(E::default()) {
        database.execute(&index).await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_seaorm_made_differs_in_nothing() {
    use crate::entity::{every_attribute as attribute, every_type};
    let pool = memory().await;
    let database = orm(&pool).await;
    create_by_orm::<every_type::Entity>(&database).await;
    create_by_orm::<attribute::parent::Entity>(&database).await;
    create_by_orm::<attribute::plain::Entity>(&database).await;
    let is = inspect(&pool).await;
    let mut wish = models(terrane_sea_orm::models!(crate::entity));
    // What SeaORM cannot say, it did not make.
    wish.schema.tables.retain(|name, _| name.name.as_str() != "more");
    assert_eq!(differences(&is, &wish), Vec::<String>::new());
}

#[tokio::test]
async fn what_seaorm_writes_into_a_table_of_terranes_it_reads_back() {
    use crate::entity::every_type::{ActiveModel, Entity, Model, Mood, Number, Word};
    use sea_orm::prelude::{Date, DateTime, DateTimeUtc, Decimal, Time, Uuid};
    use sea_orm::{IntoActiveModel, PaginatorTrait};
    use serde_json::json;
    let pool = memory().await;
    let mut connection = pool.acquire().await.unwrap();
    create(
        &mut Database::Sqlite((&mut *connection).into()),
        &models(terrane_sea_orm::models!(crate::entity::every_type)),
    )
    .await;
    drop(connection);
    let moment: DateTimeUtc = "2026-02-28T23:59:58Z".parse().unwrap();
    let row = |id: i64, whole: i64| Model {
        id,
        a_char: "abc".to_owned(),
        a_bare_char: "d".to_owned(),
        // Texts that look like numbers stay texts.
        a_string: "007".to_owned(),
        a_short_string: "1e5".to_owned(),
        a_long_string: "1.0".to_owned(),
        a_text: "00".to_owned(),
        a_blob: vec![0, 255],
        a_tiny: -7,
        a_small: -300,
        an_integer: i32::MIN,
        a_big: i64::MAX,
        a_tiny_unsigned: 255,
        a_small_unsigned: u16::MAX,
        an_unsigned: u32::MAX,
        a_big_unsigned: i64::MAX,
        a_float: 1.0,
        a_double: 2.0,
        // Whole decimals and JSON numbers are what a column of the wrong affinity makes something else of.
        a_bare_decimal: Decimal::from(whole),
        a_decimal: Decimal::from(whole),
        a_bare_money: Decimal::from(whole),
        a_money: Decimal::new(125, 2),
        a_date_time: "2026-02-28T23:59:58".parse::<DateTime>().unwrap(),
        a_timestamp: moment,
        a_zoned: moment,
        a_fixed: moment.fixed_offset(),
        a_time: "23:59:58".parse::<Time>().unwrap(),
        a_date: "2026-02-28".parse::<Date>().unwrap(),
        a_binary: vec![7; 16],
        a_var_binary: b"12".to_vec(),
        a_short_var_binary: b"3".to_vec(),
        a_boolean: true,
        a_json: json!(whole),
        a_json_binary: json!({"a": [whole, null, "5"]}),
        a_uuid: Uuid::from_u128(0x1234_5678_9012_3456_7890_1234_5678_9012),
        a_mood: Mood::One,
        a_word: Word::A,
        a_number: Number::Seven,
        a_custom: "12".to_owned(),
        a_nullable: (whole > 5).then(|| json!("7")),
    };
    let database = orm(&pool).await;
    for (id, whole) in [(1, 5), (2, 7)] {
        let written = row(id, whole);
        let active: ActiveModel = written.clone().into_active_model();
        Entity::insert(active).exec(&database).await.unwrap();
        let read = Entity::find_by_id(id).one(&database).await.unwrap().unwrap();
        assert_eq!(read, written);
    }
    assert_eq!(Entity::find().count(&database).await.unwrap(), 2);
}

async fn inspect(pool: &sqlx::SqlitePool) -> Wish {
    let mut connection = pool.acquire().await.unwrap();
    terrane_sqlite::inspect::inspect(&mut connection).await.unwrap().schema
}
