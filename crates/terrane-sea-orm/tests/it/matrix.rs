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

async fn inspect(pool: &sqlx::SqlitePool) -> Wish {
    let mut connection = pool.acquire().await.unwrap();
    terrane_sqlite::inspect::inspect(&mut connection).await.unwrap().schema
}
