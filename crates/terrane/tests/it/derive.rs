//! `#[derive(Table)]` beside `sqlx::FromRow`: the struct that is queried is the model.
//!
//! The impls of `FromRow` are written as sqlx's derive writes them: to have that one compiled takes the whole driver a second
//! time, for the compiler's own process.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqlitePool};
use terrane::core::diff::{Renames, diff};
use terrane::core::schema::Schema;
use terrane::{Config, Database, Layer, Models};
use terrane_model::{Fk, Table};
use terrane_testkit::block_on;

mod model {
    use super::*;

    #[derive(Table, PartialEq, Debug)]
    #[table(name = "customer", primary_key(name = "pk_customer"))]
    pub(super) struct Customer {
        #[column(primary_key, length = 32)]
        pub(super) uuid: String,
        pub(super) name: Option<String>,
    }

    #[derive(Table, PartialEq, Debug)]
    #[table(name = "poser_customer", extends = Customer)]
    pub(super) struct PoserCustomer {
        #[column(primary_key)]
        pub(super) uuid: String,
        #[column(default = "0", check = "points >= 0")]
        pub(super) points: i32,
        #[column(on_delete = "set null", index)]
        pub(super) brought_by: Option<Fk<Customer>>,
    }

    macro_rules! from_row {
        ($row:ident { $($field:ident),* }) => {
            impl FromRow<'_, SqliteRow> for $row {
                fn from_row(row: &SqliteRow) -> sqlx::Result<$row> {
                    Ok($row { $($field: row.try_get(stringify!($field))?),* })
                }
            }
        };
    }
    from_row!(Customer { uuid, name });
    from_row!(PoserCustomer {
        uuid,
        points,
        brought_by
    });
}

#[test]
fn rows_are_read_into_the_struct_that_declared_their_table() {
    block_on(async {
        let config = Config::compiled(&[Layer::new("poser").models(terrane_model::models!(crate::derive::model))]);
        let models = Models::load(&config.unwrap().layers[0], &terrane_sqlite::Sqlite).unwrap();
        let options = sqlx::pool::PoolOptions::new().max_connections(1);
        let pool: SqlitePool = options.connect("sqlite::memory:").await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        let mut database = Database::Sqlite((&mut *connection).into());
        let dialect = database.dialect();
        let options = dialect.capability().diff_options(true);
        let difference = |is: &Schema| diff(is, &models.schema, &Renames::default(), &options).ops;
        let statements = dialect.lower(&difference(&Schema::new()), &Schema::new()).unwrap();
        for statement in statements {
            database.execute(&statement.sql).await.unwrap();
        }
        assert!(difference(&database.inspect().await.unwrap()).is_empty());
        drop(connection);

        let ada = model::Customer {
            uuid: "a".to_owned(),
            name: None,
        };
        let more = model::PoserCustomer {
            uuid: ada.uuid.clone(),
            points: 7,
            brought_by: Some(Fk(ada.uuid.clone())),
        };
        let insert = "INSERT INTO customer (uuid) VALUES (?1); INSERT INTO poser_customer VALUES (?1, ?2, ?3)";
        for (at, sql) in insert.split("; ").enumerate() {
            let query = sqlx::query(sql).bind(&ada.uuid);
            let query = if at == 1 {
                query.bind(more.points).bind(&more.brought_by)
            } else {
                query
            };
            query.execute(&pool).await.unwrap();
        }
        let read: model::Customer = sqlx::query_as("SELECT * FROM customer").fetch_one(&pool).await.unwrap();
        let read_more: model::PoserCustomer = sqlx::query_as("SELECT * FROM poser_customer")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!((read, read_more), (ada, more));
    });
}
