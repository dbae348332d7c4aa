//! Scratch databases: whose they are, who drops them, and what they do not run.

use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::Workbench;

fn bench(url: &str, settings: &str, model: &str) -> Workbench {
    let bench = Workbench::at(url, &[("app", &[])], settings);
    bench.write("app/model.sql", model);
    bench
}

/// The same database for another role.
fn url_of(database: &Throwaway, role: &str) -> String {
    let url = database.url();
    let (scheme, rest) = url.split_once("://").unwrap();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{role}@{host}")
}

const MODEL: &str = "CREATE TABLE t (a integer);";

#[test]
fn only_what_this_program_made_is_dropped() {
    block_on(async {
        let Some(database) = Throwaway::new("leftover scratch databases").await else {
            return;
        };
        let mut admin = database.connect().await;
        let ours = "terrane_scratch_999999991_1";
        let others = [
            "terrane_scratch_999999992_1",
            "terrane_scratch_999999993_x; DROP",
            "terrane_scratch_\"x_1",
        ];
        for name in others.iter().chain([&ours]) {
            let name = name.replace('"', "\"\"");
            admin
                .execute(&format!("CREATE DATABASE \"{name}\" TEMPLATE template0"))
                .await
                .unwrap();
        }
        let mark = format!("COMMENT ON DATABASE {ours} IS 'a scratch database of Terrane, made by nobody, 2026'");
        admin.execute(&mark).await.unwrap();
        bench(&database.url(), "", MODEL)
            .autogenerate("app")
            .await
            .unwrap()
            .unwrap();
        let left = admin
            .rows("SELECT datname FROM pg_database WHERE datname LIKE 'terrane_scratch_%99999999%' OR datname LIKE '%\"x_1' ORDER BY 1")
            .await
            .unwrap();
        let left: Vec<String> = left.into_iter().flatten().flatten().collect();
        for name in others {
            assert!(left.iter().any(|left| left == name), "{left:?}");
            let name = name.replace('"', "\"\"");
            admin.execute(&format!("DROP DATABASE \"{name}\"")).await.unwrap();
        }
        assert!(!left.iter().any(|left| left == ours), "{left:?}");
        admin.close().await.unwrap();
        database.end().await;
    });
}

#[test]
fn a_role_that_may_make_no_databases_is_told_what_it_lacks_and_what_avoids_it() {
    block_on(async {
        let Some(database) = Throwaway::new("a role without CREATEDB").await else {
            return;
        };
        let role = format!("terrane_plain_{}", std::process::id());
        database
            .execute(&format!(
                "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}"
            ))
            .await;
        let url = url_of(&database, &role);
        let error = bench(&url, "", MODEL).autogenerate("app").await.unwrap_err();
        let told = format!("{:?}", error.diagnostics);
        assert!(told.contains("CREATEDB") && told.contains("scratch_url"), "{told}");
        let beside = format!("scratch_url = \"{}\"", database.url());
        bench(&url, &beside, MODEL).autogenerate("app").await.unwrap().unwrap();
        // What another role has left is in nobody's way.
        let other = "terrane_scratch_999999994_1";
        let leave = format!("COMMENT ON DATABASE {other} IS 'a scratch database of Terrane, made by postgres, 2026'");
        database.execute(&format!("CREATE DATABASE {other}")).await;
        database.execute(&leave).await;
        database.execute(&format!("ALTER ROLE {role} CREATEDB")).await;
        bench(&url, "", MODEL).autogenerate("app").await.unwrap().unwrap();
        // A run beside this one may have cleared it away by now.
        database.execute(&format!("DROP DATABASE IF EXISTS {other}")).await;
        database.execute(&format!("DROP OWNED BY {role}")).await;
        database.execute(&format!("DROP ROLE {role}")).await;
        database.end().await;
    });
}

#[test]
fn models_are_read_without_running_their_queries() {
    block_on(async {
        let Some(database) = Throwaway::new("models that would run something").await else {
            return;
        };
        let model =
            "CREATE FUNCTION boom() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE MATERIALIZED VIEW loud AS SELECT boom() AS a;
CREATE UNIQUE INDEX loud_a ON loud (a);";
        let path = bench(&database.url(), "", model)
            .autogenerate("app")
            .await
            .unwrap()
            .unwrap();
        assert!(path.to_string_lossy().contains("a_step"));
        database.end().await;
    });
}
