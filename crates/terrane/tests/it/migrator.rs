//! Layers in the program, on connections of the app's.

use sqlx::{Connection as _, Executor, Row, SqliteConnection, SqlitePool};
use terrane::core::diagnostic::codes;
use terrane::model::Revisions;
use terrane::{CallError, Connection, Layer, Migrator};
use terrane_testkit::block_on;
use terrane_testkit::workbench::throwaway;

const BASE: Revisions = Revisions {
    folder: "/nowhere/rattail",
    files: &[
        (
            "a1.sql",
            "-- customers\n--\n-- Revision ID: a1\n-- Branch Labels: rattail\n-- Dialect: any\n\n\
             -- upgrade\nCREATE TABLE customer (uuid varchar(32) NOT NULL, number integer, data json, \
             CONSTRAINT pk_customer PRIMARY KEY (uuid));\n\n-- downgrade\nDROP TABLE customer;\n",
        ),
        (
            "a2.sql",
            "-- numbers\n--\n-- Revision ID: a2\n-- Revises: a1\n-- Dialect: any\n\n\
             -- upgrade\nINSERT INTO customer (uuid) VALUES ('x');\n-- call number_all\n\
             ALTER TABLE customer ALTER COLUMN number SET NOT NULL;\n\n\
             -- downgrade\nALTER TABLE customer ALTER COLUMN number DROP NOT NULL;\n-- call forget_numbers\n\
             DELETE FROM customer WHERE uuid = 'x';\n",
        ),
    ],
};

const APP: Revisions = Revisions {
    folder: "/nowhere/poser",
    files: &[(
        "b1.sql",
        "-- points\n--\n-- Revision ID: b1\n-- Branch Labels: poser\n-- Depends On: a2\n-- Dialect: any\n\n\
         -- upgrade\nCREATE TABLE poser_customer (uuid varchar(32) NOT NULL, CONSTRAINT pk_poser_customer PRIMARY KEY \
         (uuid), CONSTRAINT fk FOREIGN KEY (uuid) REFERENCES customer (uuid));\n\n\
         -- downgrade\nDROP TABLE poser_customer;\n",
    )],
};

async fn number_all(mut database: Connection<'_>) -> Result<(), CallError> {
    let without = database.rows("SELECT uuid FROM customer WHERE number IS NULL").await?;
    for (at, _) in without.iter().enumerate() {
        database
            .execute(&format!("UPDATE customer SET number = {}", at + 7))
            .await?;
    }
    Ok(())
}

/// With sqlx itself, rather than by texts.
async fn forget_numbers(database: Connection<'_>) -> Result<(), CallError> {
    let Connection::Sqlite(connection) = database else {
        return Err("these tests are on SQLite".into());
    };
    connection.execute("UPDATE customer SET number = NULL").await?;
    Ok(())
}

async fn fail(mut database: Connection<'_>) -> Result<(), CallError> {
    database.execute("UPDATE customer SET number = 1").await?;
    Err("the moon is in the wrong house".into())
}

async fn commit(mut database: Connection<'_>) -> Result<(), CallError> {
    database.execute("COMMIT").await?;
    Ok(())
}

fn base() -> Layer {
    Layer::new("rattail")
        .revisions(BASE)
        .call("number_all", number_all)
        .call("forget_numbers", forget_numbers)
}

fn layers() -> [Layer; 2] {
    [base(), Layer::new("poser").requires("rattail").revisions(APP)]
}

async fn numbers(pool: &SqlitePool) -> Vec<Option<i64>> {
    let rows = sqlx::query("SELECT number FROM customer")
        .fetch_all(pool)
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn memory() -> SqlitePool {
    let options = sqlx::pool::PoolOptions::new().max_connections(1);
    options.connect("sqlite::memory:").await.unwrap()
}

#[test]
fn an_app_upgrades_its_pool_at_its_start_with_what_it_carries() {
    block_on(async {
        let pool = memory().await;
        let migrator = Migrator::new(layers()).operator("the app");
        assert_eq!(migrator.upgrade(&pool, "heads").await.unwrap().len(), 3);
        assert_eq!(numbers(&pool).await, [Some(7)]);
        assert!(migrator.upgrade(&pool, "heads").await.unwrap().is_empty());
        migrator.downgrade(&pool, "rattail@a1").await.unwrap();
        assert_eq!(numbers(&pool).await, []);
        migrator.upgrade(&pool, "heads").await.unwrap();
        let who = sqlx::query("SELECT DISTINCT applied_by FROM terrane_ledger")
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(
            who.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>(),
            ["the app"]
        );
    });
}

#[test]
fn a_pool_of_a_file_goes_on_working_and_several_instances_start_at_once() {
    block_on(async {
        let folder = throwaway();
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("app.db").display());
        let pool = SqlitePool::connect(&url).await.unwrap();
        let starts = (0..6).map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { Migrator::new(layers()).upgrade(&pool, "heads").await.unwrap().len() })
        });
        let mut total = 0;
        for start in starts.collect::<Vec<_>>() {
            total += start.await.unwrap();
        }
        assert_eq!(total, 3);
        assert_eq!(numbers(&pool).await, [Some(7)]);
    });
}

#[test]
fn a_connection_of_the_apps_comes_back_with_its_settings() {
    block_on(async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        connection
            .execute("PRAGMA foreign_keys=OFF; PRAGMA recursive_triggers=ON")
            .await
            .unwrap();
        Migrator::new(layers()).upgrade(&mut connection, "heads").await.unwrap();
        for (setting, value) in [
            ("foreign_keys", 0),
            ("recursive_triggers", 1),
            ("legacy_alter_table", 0),
        ] {
            let row = connection
                .fetch_one(sqlx::AssertSqlSafe(format!("PRAGMA {setting}")))
                .await
                .unwrap();
            assert_eq!(row.get::<i64, _>(0), value, "{setting}");
        }
    });
}

#[test]
fn a_function_that_fails_takes_its_revision_with_it() {
    block_on(async {
        let pool = memory().await;
        let layer = base().call("number_all", fail);
        let error = Migrator::new([layer]).upgrade(&pool, "heads").await.unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("`number_all` failed: the moon is in the wrong house"),
            "{told}"
        );
        assert!(told.contains("rolled back"), "{told}");
        assert_eq!(error.done.len(), 1);
        assert!(numbers(&pool).await.is_empty());
        // Nothing stands in the way of a function that does better.
        Migrator::new([base()]).upgrade(&pool, "heads").await.unwrap();
        assert_eq!(numbers(&pool).await, [Some(7)]);
    });
}

async fn panic_late(mut database: Connection<'_>) -> Result<(), CallError> {
    database.execute("UPDATE customer SET number = 1").await?;
    let rows = database
        .rows("SELECT number FROM customer WHERE uuid = 'nobody'")
        .await?;
    let first = rows.first().expect("nobody is there");
    assert!(!first.is_empty());
    Ok(())
}

fn panic_at_once(_: Connection<'_>) -> std::future::Ready<Result<(), CallError>> {
    let rows: Vec<i64> = Vec::new();
    panic!("there are {} rows", rows.len())
}

#[test]
fn b3_a_function_that_panics_takes_its_revision_with_it_and_is_told_as_that() {
    block_on(async {
        for (layer, why) in [
            (base().call("number_all", panic_late), "nobody is there"),
            (base().call("number_all", panic_at_once), "there are 0 rows"),
        ] {
            let pool = memory().await;
            let error = Migrator::new([layer]).upgrade(&pool, "heads").await.unwrap_err();
            let told = error.to_string();
            assert_eq!(error.diagnostics[0].code, codes::CALL_PANICKED);
            assert!(told.contains(&format!("`number_all` panicked: {why}")), "{told}");
            assert!(told.contains("`a2`") && told.contains("rolled back"), "{told}");
            assert_eq!(error.done.len(), 1);
            assert!(numbers(&pool).await.is_empty());
            Migrator::new([base()]).upgrade(&pool, "heads").await.unwrap();
            assert_eq!(numbers(&pool).await, [Some(7)]);
        }
    });
}

#[test]
fn a_function_that_ends_the_transaction_is_told_of() {
    block_on(async {
        let pool = memory().await;
        let layer = base().call("number_all", commit);
        let error = Migrator::new([layer]).upgrade(&pool, "heads").await.unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("would end the transaction") && told.contains("rolled back"),
            "{told}"
        );
    });
}

#[test]
fn a_run_that_is_given_up_leaves_the_pool_as_good_as_it_was() {
    block_on(async {
        let folder = throwaway();
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("app.db").display());
        let pool = sqlx::pool::PoolOptions::new()
            .max_connections(1)
            .connect(&url)
            .await
            .unwrap();
        for millis in [1, 2, 3, 5, 8] {
            let run = Migrator::new(layers());
            let run = run.upgrade(&pool, "heads");
            let _given_up = tokio::time::timeout(std::time::Duration::from_millis(millis), run).await;
        }
        Migrator::new(layers()).upgrade(&pool, "heads").await.unwrap();
        sqlx::query("BEGIN").execute(&pool).await.unwrap();
        sqlx::query("ROLLBACK").execute(&pool).await.unwrap();
        assert_eq!(numbers(&pool).await, [Some(7)]);
    });
}

#[test]
fn an_unknown_function_is_found_before_anything_runs() {
    block_on(async {
        let pool = memory().await;
        let layer = Layer::new("rattail").revisions(BASE);
        let error = Migrator::new([layer]).upgrade(&pool, "heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code.id, "S013");
        assert!(sqlx::query("SELECT * FROM customer").fetch_all(&pool).await.is_err());
    });
}

#[test]
fn standard_types_are_spelled_for_the_server() {
    block_on(async {
        let pool = memory().await;
        Migrator::new([base()]).upgrade(&pool, "a1").await.unwrap();
        let row = sqlx::query("SELECT sql FROM sqlite_schema WHERE name = 'customer'")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert!(row.get::<String, _>(0).contains("data json_text"));
        // A number stays the text that it was written as.
        sqlx::query("INSERT INTO customer VALUES ('y', 1, '5')")
            .execute(&pool)
            .await
            .unwrap();
        let row = sqlx::query("SELECT typeof(data) FROM customer")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(row.get::<String, _>(0), "text");
    });
}

/// What an app registers with its connections is there for its revisions, since they run on those.
#[test]
fn a_collation_of_the_app_s_is_there_on_its_own_connections() {
    const UNICASE: Revisions = Revisions {
        folder: "/nowhere/unicase",
        files: &[(
            "c1.sql",
            "-- names\n--\n-- Revision ID: c1\n-- Branch Labels: names\n-- Dialect: any\n\n\
             -- upgrade\nCREATE TABLE name (a text COLLATE unicase, b integer);\nCREATE UNIQUE INDEX name_a ON name (a);\n\
             INSERT INTO name VALUES ('x', 1);\nALTER TABLE name ALTER COLUMN b TYPE text;\n\n\
             -- downgrade\nDROP TABLE name;\n",
        )],
    };
    block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .in_memory(true)
            .collation("unicase", |a, b| a.to_lowercase().cmp(&b.to_lowercase()));
        let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await.unwrap();
        let layer = || Layer::new("names").revisions(UNICASE);
        Migrator::new([layer()]).upgrade(&pool, "heads").await.unwrap();
        let twice = pool.execute("INSERT INTO name VALUES ('X', 2)").await;
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("UNIQUE constraint failed: name.a")
        );
        // Elsewhere it is missing, and the message says what to do.
        let mut bare = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let error = Migrator::new([layer()]).upgrade(&mut bare, "heads").await.unwrap_err();
        let help = error.diagnostics[0].help.join(" ");
        assert!(
            error.to_string().contains("no such collation sequence: unicase"),
            "{error}"
        );
        assert!(help.contains("The app registers it with its own connections"), "{help}");
    });
}
