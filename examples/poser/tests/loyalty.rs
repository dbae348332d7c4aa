//! Rows of the vendor's tables and of the app's, written and read through the same entities.

use poser::db::model::{customer as member, loyalty_card, visit};
use poser::loyalty::{Newcomer, enroll, standings, visited};
use rattail::db::model::{customer, customer_person, person, store};
use sea_orm::prelude::Decimal;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, Schema};

/// An empty database with the tables that the scheme needs, made by SeaORM.
async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.expect("a database in memory");
    create(&db, person::Entity).await;
    create(&db, customer::Entity).await;
    create(&db, customer_person::Entity).await;
    create(&db, store::Entity).await;
    create(&db, member::Entity).await;
    create(&db, loyalty_card::Entity).await;
    create(&db, visit::Entity).await;
    db
}

async fn create(db: &DatabaseConnection, entity: impl EntityTrait) {
    let schema = Schema::new(db.get_database_backend());
    let statement = schema.create_table_from_entity(entity);
    db.execute(&statement).await.expect("a table");
}

#[tokio::test]
async fn who_spends_gets_points_and_is_enrolled_once() {
    let db = database().await;
    let ada = Newcomer {
        first_name: "Ada",
        last_name: "Marsh",
        nickname: None,
        number: "000101",
    };
    let key = enroll(&db, ada).await.expect("a customer");
    assert_eq!(enroll(&db, ada).await.expect("the same customer"), key);
    visited(&db, &key, Decimal::new(2_350, 2)).await.expect("a visit");
    let ulf = Newcomer {
        first_name: "Ulf",
        number: "000102",
        ..ada
    };
    enroll(&db, ulf).await.expect("another customer");

    let standings = standings(&db).await.expect("both");
    let row = |member: &member::ModelEx| {
        let name = member.customer.as_ref().map(|customer| customer.name.clone());
        (
            name.unwrap_or_default(),
            member.loyalty_points,
            member.visits.iter().count(),
        )
    };
    let rows: Vec<_> = standings.iter().map(row).collect();
    assert_eq!(rows, [("Ada Marsh".to_owned(), 23, 1), ("Ulf Marsh".to_owned(), 0, 0)]);
    assert_eq!(standings[0].cards.iter().count(), 1);
}
