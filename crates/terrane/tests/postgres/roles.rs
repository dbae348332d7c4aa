//! A layer that runs as a role of its own: the server itself keeps it from what is another's.

use terrane::core::diagnostic::codes;
use terrane::{Kind, Project, RoleGrants};
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

use crate::scene::draft;

/// A vendor and an app, of which the app has a role; roles are the whole server's.
fn bench(database: &Throwaway, role: &str) -> Workbench {
    let bench = Workbench::at(&database.url(), &[("vendor", &[]), ("shop", &["vendor"])], "");
    let toml = std::fs::read_to_string(bench.path("terrane.toml")).unwrap();
    bench.write("terrane.toml", &format!("{toml}run_as = \"{role}\"\n"));
    bench.draft(&Draft {
        header: &["Dialect: postgresql", "Branch Labels: vendor"],
        ..draft(
            "vendor",
            "b1",
            "",
            "CREATE SCHEMA stock; CREATE TABLE customer (id serial PRIMARY KEY, name text); CREATE TABLE stock.item (id integer \
             PRIMARY KEY); INSERT INTO customer (name) VALUES ('ann');",
        )
    });
    bench.draft(&Draft {
        header: &["Dialect: postgresql", "Branch Labels: shop", "Depends On: b1"],
        downgrade: "DROP FUNCTION points(); DROP VIEW loyal; DROP TABLE loyalty;",
        ..draft(
            "shop",
            "s1",
            "",
            "CREATE TABLE loyalty (customer integer PRIMARY KEY REFERENCES customer (id), item integer REFERENCES stock.item \
             (id)); CREATE VIEW loyal AS SELECT name FROM customer JOIN loyalty ON customer = id;\nCREATE FUNCTION points() \
             RETURNS integer LANGUAGE sql AS 'SELECT 1';",
        )
    });
    bench
}

async fn grants(project: &Project, apply: bool) -> RoleGrants {
    let mut all = project.role_grants(apply).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn forget(database: &Throwaway, role: &str) {
    database
        .execute(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"))
        .await;
}

#[test]
fn a_layer_runs_as_its_role_and_owns_what_it_makes() {
    const ROLE: &str = "terrane_shop_a";
    block_on(async {
        let Some(database) = Throwaway::new("a role of a layer's own").await else {
            return;
        };
        let bench = bench(&database, ROLE);
        bench.upgrade("b1").await.unwrap();
        // It is not there yet.
        let error = bench.upgrade("heads").await.unwrap_err();
        let help = &error.diagnostics[0].help;
        assert!(help.iter().any(|help| help.contains("terrane roles")), "{help:?}");
        let missing = grants(&bench.project(), false).await;
        assert_eq!(
            missing.statements,
            [
                format!("CREATE ROLE {ROLE} NOLOGIN"),
                format!("GRANT {ROLE} TO postgres"),
                format!("GRANT USAGE ON SCHEMA stock TO {ROLE}"),
                format!("GRANT USAGE, CREATE ON SCHEMA public TO {ROLE}"),
                format!("GRANT SELECT, REFERENCES ON public.customer TO {ROLE}"),
                format!("GRANT SELECT, REFERENCES ON stock.item TO {ROLE}"),
            ]
        );
        assert_eq!(grants(&bench.project(), true).await.statements, missing.statements);
        let nothing = grants(&bench.project(), false).await;
        assert!(nothing.statements.is_empty() && nothing.holes.is_empty(), "{nothing:?}");
        bench.upgrade("heads").await.unwrap();
        let owners = "SELECT string_agg(c.relname || ' ' || pg_get_userbyid(c.relowner), ', ' ORDER BY c.relname) FROM pg_class AS c \
             WHERE relname IN ('customer', 'loyalty', 'loyal', 'terrane_object')";
        assert_eq!(
            database.value(owners).await,
            format!("customer postgres, loyal {ROLE}, loyalty {ROLE}, terrane_object postgres")
        );
        assert!(grants(&bench.project(), false).await.statements.is_empty());
        bench.downgrade("shop@base").await.unwrap();
        bench.upgrade("heads").await.unwrap();
        forget(&database, ROLE).await;
        database.end().await;
    });
}

/// What an app may not do as its role, whatever it hides in.
const HOSTILE: [&str; 6] = [
    "ALTER TABLE customer ADD COLUMN sneaky integer;",
    "DROP TABLE customer CASCADE;",
    "UPDATE customer SET name = 'x';",
    "SELECT setval('customer_id_seq', 99);",
    "TRUNCATE customer CASCADE;",
    "COMMENT ON TABLE customer IS 'mine';",
];

#[test]
fn the_server_refuses_what_a_layers_role_may_not_do() {
    const ROLE: &str = "terrane_shop_b";
    block_on(async {
        let Some(database) = Throwaway::new("what a role may not do").await else {
            return;
        };
        let bench = bench(&database, ROLE);
        bench.upgrade("b1").await.unwrap();
        grants(&bench.project(), true).await;
        bench.upgrade("heads").await.unwrap();
        for hostile in HOSTILE {
            let hidden = format!("DO $$ BEGIN {hostile} END $$;").replace("BEGIN SELECT", "BEGIN PERFORM");
            bench.draft(&draft("shop", "s2", "s1", &hidden));
            let error = bench.upgrade("heads").await.unwrap_err();
            let first = &error.diagnostics[0];
            assert_eq!(first.code, codes::DATABASE, "{error}");
            assert!(first.help.iter().any(|help| help.contains("terrane roles")), "{error}");
        }
        // Put off to the end, it is done as the role all the same.
        let put_off = "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE customer SET name = NULL; RETURN \
                       NULL; END'; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON loyalty DEFERRABLE INITIALLY DEFERRED FOR EACH \
                       ROW EXECUTE FUNCTION late(); INSERT INTO loyalty VALUES (1);";
        bench.draft(&draft("shop", "s2", "s1", put_off));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.kind(), Kind::Failed, "{error}");
        assert_eq!(database.value("SELECT name FROM customer").await, "ann");
        assert_eq!(database.value("SELECT count(*) FROM loyalty").await, "0");
        forget(&database, ROLE).await;
        database.end().await;
    });
}

#[test]
fn a_layers_role_may_be_who_migrates() {
    const ROLE: &str = "terrane_shop_d";
    block_on(async {
        let Some(database) = Throwaway::new("a role that migrates").await else {
            return;
        };
        let bench = bench(&database, ROLE);
        bench.upgrade("b1").await.unwrap();
        grants(&bench.project(), true).await;
        let tables = "terrane_version, terrane_ledger, terrane_object";
        database
            .execute(&format!(
                "ALTER ROLE {ROLE} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {ROLE}"
            ))
            .await;
        let toml = std::fs::read_to_string(bench.path("terrane.toml")).unwrap();
        let toml = toml
            .replace(&database.url(), &database.url_as(ROLE))
            .replace("run_as", "#");
        bench.write("terrane.toml", &toml);
        bench.upgrade("heads").await.unwrap();
        let hidden = "DO $$ BEGIN RESET ROLE; UPDATE customer SET name = 'x'; END $$;";
        bench.draft(&draft("shop", "s2", "s1", hidden));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::DATABASE, "{error}");
        forget(&database, ROLE).await;
        database.end().await;
    });
}

#[test]
fn what_does_not_hold_a_role_back_is_said() {
    const ROLE: &str = "terrane_shop_c";
    block_on(async {
        let Some(database) = Throwaway::new("what does not hold a role back").await else {
            return;
        };
        let bench = bench(&database, ROLE);
        bench.upgrade("b1").await.unwrap();
        // Tables that were made before the layer had a role are given to it, and rights on others' are taken.
        let plain = std::fs::read_to_string(bench.path("terrane.toml")).unwrap();
        bench.write("terrane.toml", &plain.replace("run_as", "#"));
        bench.upgrade("heads").await.unwrap();
        bench.write("terrane.toml", &plain);
        database
            .execute(&format!(
                "CREATE ROLE {ROLE}; GRANT ALL ON customer TO {ROLE}; GRANT DELETE ON stock.item TO PUBLIC"
            ))
            .await;
        let given = grants(&bench.project(), true).await;
        let has = |part: &str| given.statements.iter().any(|sql| sql.contains(part));
        assert!(has("ALTER TABLE public.loyalty OWNER TO"), "{given:?}");
        assert!(has("ALTER VIEW public.loyal OWNER TO"), "{given:?}");
        assert!(has("ALTER FUNCTION public.points() OWNER TO"), "{given:?}");
        assert!(
            has("REVOKE DELETE, INSERT, TRIGGER, TRUNCATE, UPDATE ON public.customer"),
            "{given:?}"
        );
        assert_eq!(given.holes, [format!("role {ROLE} may write rows of stock.item")]);
        database.execute(&format!("ALTER ROLE {ROLE} SUPERUSER")).await;
        let found = grants(&bench.project(), false).await;
        assert_eq!(
            found.holes,
            [format!("role {ROLE} is a superuser, and the server refuses it nothing")]
        );
        database.execute(&format!("ALTER ROLE {ROLE} NOSUPERUSER")).await;
        forget(&database, ROLE).await;
        database.end().await;
    });
}
