//! The same layers on PostgreSQL: same models, same history, same promises.

use poser::loyalty::{Newcomer, enroll, standings, visited};
use sea_orm::prelude::Decimal;
use sqlx::{Connection, Executor, PgConnection, Row};
use std::io::Write;
use terrane::core::name::LayerName;
use terrane::model::Revisions;
use terrane::{Config, Destination, Layer, Project, Silent};

/// A database of its own on the server of the tests, gone at the end.
struct Throwaway {
    server: String,
    name: &'static str,
}

impl Throwaway {
    /// None, and a line for whoever counts, where there is no server.
    async fn new(name: &'static str) -> Option<Throwaway> {
        let Ok(server) = std::env::var("TERRANE_POSTGRES") else {
            let report =
                std::env::var_os("TERRANE_NOT_RUN").map(|path| std::fs::OpenOptions::new().append(true).open(path));
            if let Some(Ok(mut file)) = report {
                writeln!(file, "poser on PostgreSQL, {name}: no server in TERRANE_POSTGRES").unwrap();
            }
            return None;
        };
        let throwaway = Throwaway { server, name };
        throwaway.say(&format!("DROP DATABASE IF EXISTS {name}")).await;
        throwaway.say(&format!("CREATE DATABASE {name}")).await;
        Some(throwaway)
    }

    async fn say(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.server).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    }

    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn project(&self, layers: &[Layer]) -> Project {
        let mut config = Config::compiled(layers).unwrap();
        config.url = Some(self.url().into());
        Project::new(config).with_calls(layers)
    }

    async fn first(&self, sql: &str) -> i64 {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        connection
            .fetch_one(sqlx::AssertSqlSafe(sql.to_owned()))
            .await
            .unwrap()
            .get(0)
    }

    async fn end(self) {
        self.say(&format!("DROP DATABASE {}", self.name)).await;
    }
}

fn layers() -> [Layer; 2] {
    [rattail::layer(), poser::layer()]
}

async fn go(project: &Project, destination: Destination<'_>) -> usize {
    project.migrate(destination, &mut Silent).await.unwrap().len()
}

async fn assert_agreement(project: &Project) {
    let history = project.history().unwrap();
    for layer in ["rattail", "poser"] {
        let comparison = project.compare(&history, &LayerName::new(layer)).await.unwrap();
        let ops: Vec<String> = comparison.delta.ops.iter().map(|op| op.describe()).collect();
        assert_eq!(ops, Vec::<String>::new(), "{layer}");
        assert!(comparison.warnings.is_empty(), "{:?}", comparison.warnings);
    }
}

#[tokio::test]
async fn models_history_and_database_agree_and_all_is_undone() {
    let Some(database) = Throwaway::new("poser_agreement").await else {
        return;
    };
    let project = database.project(&layers());
    let all = go(&project, Destination::Upgrade("heads")).await;
    assert_agreement(&project).await;
    assert_eq!(go(&project, Destination::Downgrade("base")).await, all);
    assert_eq!(
        database
            .first("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'terrane%'")
            .await,
        0
    );
    assert_eq!(go(&project, Destination::Upgrade("heads")).await, all);
    assert_agreement(&project).await;
    assert_eq!(
        database
            .first("SELECT count(*) FROM pg_database WHERE datname LIKE 'terrane_scratch%'")
            .await,
        0
    );
    database.end().await;
}

#[tokio::test]
async fn several_at_once_apply_each_revision_once() {
    let Some(database) = Throwaway::new("poser_crowd").await else {
        return;
    };
    let crowd: Vec<_> = (0..10)
        .map(|_| {
            let project = database.project(&layers());
            tokio::spawn(async move { go(&project, Destination::Upgrade("heads")).await })
        })
        .collect();
    let mut total = 0;
    for one in crowd {
        total += one.await.unwrap();
    }
    let entries = database.first("SELECT count(*) FROM terrane_ledger").await;
    let revisions = database
        .first("SELECT count(DISTINCT revision) FROM terrane_ledger")
        .await;
    assert_eq!((total as i64, entries), (entries, revisions));
    database.end().await;
}

#[tokio::test]
async fn what_hides_in_a_block_and_alters_the_vendors_is_rolled_back() {
    const HIDDEN: Revisions = Revisions {
        folder: "/nowhere/hidden",
        files: &[(
            "hidden.sql",
            "-- hidden\n--\n-- Revision ID: feedfeed0001\n-- Branch Labels: hidden\n-- Dialect: postgresql\n\n-- upgrade\n\
             DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN sneaky int', 'customer'); END $$;\n\n-- downgrade\n",
        )],
    };
    let Some(database) = Throwaway::new("poser_guard").await else {
        return;
    };
    go(&database.project(&layers()), Destination::Upgrade("heads")).await;
    let hidden = Layer::new("hidden").requires("rattail").revisions(HIDDEN);
    let project = database.project(&[rattail::layer(), poser::layer(), hidden]);
    let error = project
        .migrate(Destination::Upgrade("heads"), &mut Silent)
        .await
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("column `customer.sneaky` of layer `rattail` was changed"),
        "{told}"
    );
    let count = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'sneaky'";
    assert_eq!(database.first(count).await, 0);
    database.end().await;
}

/// Entities have no words for these; a revision by hand makes them.
const BY_HAND: &str = "CREATE VIEW poser_best AS SELECT uuid FROM poser_customer WHERE loyalty_points > 100;
CREATE FUNCTION poser_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER poser_touching BEFORE UPDATE ON poser_customer FOR EACH ROW EXECUTE FUNCTION poser_touch();
CREATE SEQUENCE poser_numbers;
CREATE DOMAIN poser_code AS text CHECK (VALUE <> '');
ALTER TABLE poser_customer SET (fillfactor = 80);
ALTER TABLE poser_customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY poser_own ON poser_customer USING (true);
CREATE STATISTICS poser_stats (dependencies) ON uuid, loyalty_points FROM poser_customer;";

#[tokio::test]
async fn what_entities_have_no_words_for_is_not_wished_away() {
    let Some(database) = Throwaway::new("poser_by_hand").await else {
        return;
    };
    let project = database.project(&layers());
    go(&project, Destination::Upgrade("heads")).await;
    let history = project.history().unwrap();
    let heads = history.graph.heads().into_iter();
    let head = heads
        .filter(|node| node.layer == LayerName::new("poser"))
        .map(|node| node.id.to_string());
    let text = format!(
        "-- by hand\n--\n-- Revision ID: feedfeed0002\n-- Revises: {}\n-- Dialect: postgresql\n\n-- upgrade\n{BY_HAND}\n\n\
         -- downgrade\nSELECT 1;\n",
        head.collect::<Vec<_>>().join(", ")
    );
    let files: &'static [(&str, &str)] = Box::leak(Box::new([("by_hand.sql", &*Box::leak(text.into_boxed_str()))]));
    let by_hand = Revisions {
        folder: "/nowhere/by-hand",
        files,
    };
    let project = database.project(&[rattail::layer(), poser::layer().revisions(by_hand)]);
    assert_eq!(go(&project, Destination::Upgrade("heads")).await, 1);
    assert_agreement(&project).await;
    database.end().await;
}

#[tokio::test]
async fn the_same_program_serves_its_customers_on_postgresql() {
    let Some(database) = Throwaway::new("poser_loyalty").await else {
        return;
    };
    go(&database.project(&layers()), Destination::Upgrade("heads")).await;
    let db = sea_orm::Database::connect(database.url()).await.unwrap();
    let ada = Newcomer {
        first_name: "Ada",
        last_name: "Marsh",
        nickname: None,
        number: "000101",
    };
    let key = enroll(&db, ada).await.unwrap();
    assert_eq!(enroll(&db, ada).await.unwrap(), key);
    visited(&db, &key, Decimal::new(2_350, 2)).await.unwrap();
    let points: Vec<i32> = standings(&db)
        .await
        .unwrap()
        .iter()
        .map(|member| member.loyalty_points)
        .collect();
    assert_eq!(points, [23]);
    db.close().await.unwrap();
    database.end().await;
}
