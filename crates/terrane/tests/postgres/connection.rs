//! Nothing of a step reaches the next one by the connection, whatever hid it, and no setting changes what a step means.

use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

fn bench(database: &Throwaway, upgrades: &[&str]) -> Workbench {
    let bench = Workbench::at(&database.url(), &[("app", &[])], "");
    for (at, upgrade) in upgrades.iter().enumerate() {
        let revises = if at == 0 { String::new() } else { format!("r{}", at - 1) };
        bench.draft(&Draft {
            layer: "app",
            id: &format!("r{at}"),
            revises: &revises,
            header: &["Dialect: postgresql"],
            upgrade,
            ..Draft::default()
        });
    }
    bench
}

#[test]
fn what_a_block_leaves_on_the_connection_does_not_reach_the_next_revision() {
    block_on(async {
        let Some(database) = Throwaway::new("what a block leaves").await else {
            return;
        };
        let leaves = "DO $$ BEGIN
            CREATE TEMP TABLE work (a int);
            PERFORM set_config('lock_timeout', '1', false), set_config('bytea_output', 'escape', false);
            EXECUTE 'PREPARE again AS SELECT 1';
        END $$;";
        let upgrades = [
            "CREATE TABLE t (a integer);",
            leaves,
            leaves,
            "CREATE TABLE work (a integer);\nINSERT INTO work VALUES (1);",
        ];
        bench(&database, &upgrades).upgrade("heads").await.unwrap();
        assert_eq!(database.value("SELECT count(*) FROM public.work").await, "1");
        database.end().await;
    });
}

#[test]
fn a_temporary_table_takes_nobodys_name() {
    block_on(async {
        let Some(database) = Throwaway::new("temporary tables and names").await else {
            return;
        };
        let shadows = "DO $$ BEGIN
            EXECUTE 'CREATE TEMP TABLE terrane' || '_version (layer text, version_num text, PRIMARY KEY (layer, version_num))';
            EXECUTE 'CREATE TEMP TABLE t (a int)';
        END $$;
        INSERT INTO t VALUES (1);";
        let bench = bench(&database, &["CREATE TABLE t (a integer);", shadows]);
        bench.upgrade("heads").await.unwrap();
        assert_eq!(database.value("SELECT version_num FROM terrane_version").await, "r1");
        assert_eq!(database.value("SELECT count(*) FROM t").await, "1");
        database.end().await;
    });
}

#[test]
fn settings_of_the_database_are_no_false_alarm() {
    block_on(async {
        let Some(database) = Throwaway::new("settings of the database").await else {
            return;
        };
        for setting in [
            "default_transaction_isolation = 'serializable'",
            "statement_timeout = '40ms'",
            "idle_in_transaction_session_timeout = '40ms'",
            "standard_conforming_strings = off",
            "DateStyle = 'German, DMY'",
            "IntervalStyle = 'sql_standard'",
            "bytea_output = 'escape'",
            "quote_all_identifiers = on",
            "row_security = off",
            "client_min_messages = 'debug1'",
        ] {
            let alter = format!(
                "DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET {}', current_database()); END $do$",
                setting.replace('\'', "''")
            );
            database.execute(&alter).await;
        }
        let upgrades = [
            "CREATE TABLE t (a text DEFAULT 'a\\b', d date DEFAULT '2026-02-01', i interval DEFAULT '1 day 2 hours');",
            "SELECT pg_sleep(0.2);\nINSERT INTO t DEFAULT VALUES;",
            "INSERT INTO t DEFAULT VALUES;",
        ];
        let bench = bench(&database, &upgrades);
        let crowd: Vec<_> = (0..4)
            .map(|_| {
                let project = bench.project();
                std::thread::spawn(move || {
                    let up = terrane::Destination::Upgrade("heads");
                    block_on(project.migrate(up, &mut terrane::Silent)).map(|applied| applied.len())
                })
            })
            .collect();
        let done: usize = crowd.into_iter().map(|one| one.join().unwrap().unwrap()).sum();
        assert_eq!(done, upgrades.len());
        assert_eq!(
            database
                .value("SELECT string_agg(length(a)::text || extract(month FROM d), ' ') FROM t")
                .await,
            "32 32"
        );
        database.end().await;
    });
}
