//! The guarantee, attacked: no revision of an app changes what is the vendor's, however it is said; and whatever an app may
//! do to its own passes.

use crate::scene::LAYERS;
use terrane::core::diagnostic::codes;
use terrane_testkit::attacks::legal::{self, LEGAL};
use terrane_testkit::attacks::postgres::{OF_OWNER, OF_SUPERUSER};
use terrane_testkit::attacks::vendor::{APP, VENDOR};
use terrane_testkit::attacks::{FORMS, Form};
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};
use terrane_testkit::{block_on, say};

/// Where the vendor's objects are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Public,
    Schema,
}

/// Whose role the app's revisions run as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Superuser,
    Owner,
}

impl Place {
    /// A statement about the vendor's objects, where they are.
    fn of(self, sql: &str) -> String {
        match self {
            Place::Public => sql.replace("{v}", "").replace("{w}", "public"),
            Place::Schema => sql.replace("{v}", "base.").replace("{w}", "base"),
        }
    }
}

const OWNER: &str = "terrane_plain";

/// A database with a vendor and an app, and the project on it as that role.
async fn stage(test: &str, place: Place, role: Role) -> Option<(Throwaway, Workbench)> {
    let vendor = match place {
        Place::Public => place.of(VENDOR),
        Place::Schema => format!("CREATE SCHEMA base;\n{}", place.of(VENDOR)),
    };
    let app = place.of(APP);
    let first = [
        Draft {
            layer: "vendor",
            id: "v1",
            header: &["Branch Labels: vendor", "Dialect: postgresql"],
            upgrade: &vendor,
            ..Draft::default()
        },
        Draft {
            layer: "shop",
            id: "s1",
            header: &["Branch Labels: shop", "Depends On: v1", "Dialect: postgresql"],
            upgrade: &app,
            ..Draft::default()
        },
    ];
    let play = async |database: &Throwaway| {
        let role_is_there =
            "DO $$ BEGIN CREATE ROLE terrane_plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
        database.execute(role_is_there).await;
        database.give_to(OWNER).await;
        let url = match role {
            Role::Superuser => database.url(),
            Role::Owner => database.url_as(OWNER),
        };
        let bench = Workbench::at(&url, &LAYERS, "");
        first.iter().for_each(|draft| bench.draft(draft));
        bench
    };
    let build = async |database: &Throwaway| {
        play(database).await.upgrade("heads").await.unwrap();
    };
    let database = Throwaway::like(test, &format!("{first:?}{role:?}"), build).await?;
    let bench = play(&database).await;
    Some((database, bench))
}

/// All that the catalogs say, but for what goes with rows and time.
const CATALOGS: &str = "\
SELECT pg_catalog.md5(pg_catalog.string_agg(t.line, '|' ORDER BY t.line)) FROM (SELECT 'c' || (to_jsonb(r) - \
'{relfilenode,relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relhasindex}'::text[])::text AS line FROM \
pg_class r UNION ALL SELECT to_jsonb(r)::text FROM pg_attribute r UNION ALL SELECT to_jsonb(r)::text FROM pg_type r UNION ALL \
SELECT to_jsonb(r)::text FROM pg_proc r WHERE oid >= 16384 UNION ALL SELECT to_jsonb(r)::text FROM pg_constraint r UNION ALL SELECT \
to_jsonb(r)::text FROM pg_trigger r UNION ALL SELECT to_jsonb(r)::text FROM pg_index r UNION ALL SELECT to_jsonb(r)::text FROM \
pg_depend r UNION ALL SELECT to_jsonb(r)::text FROM pg_description r WHERE objoid >= 16384 UNION ALL SELECT to_jsonb(r)::text FROM \
pg_enum r UNION ALL SELECT to_jsonb(r)::text FROM pg_policy r UNION ALL SELECT to_jsonb(r)::text FROM pg_sequence r UNION ALL SELECT \
to_jsonb(r)::text FROM pg_inherits r UNION ALL SELECT to_jsonb(r)::text FROM pg_publication_rel r UNION ALL SELECT \
to_jsonb(r)::text FROM pg_publication r UNION ALL SELECT to_jsonb(r)::text FROM pg_namespace r UNION ALL SELECT to_jsonb(r)::text \
FROM pg_default_acl r UNION ALL SELECT to_jsonb(r)::text FROM pg_cast r WHERE oid >= 16384 UNION ALL SELECT to_jsonb(r)::text FROM \
pg_operator r WHERE oid >= 16384 UNION ALL SELECT to_jsonb(r)::text FROM pg_statistic_ext r UNION ALL SELECT to_jsonb(r)::text FROM \
pg_ts_config_map r UNION ALL SELECT to_jsonb(r)::text FROM pg_ts_dict r UNION ALL SELECT to_jsonb(r)::text FROM pg_extension r UNION \
ALL SELECT 'o' || to_jsonb(r)::text FROM terrane_object r UNION ALL SELECT 'v' || to_jsonb(r)::text FROM terrane_version r) AS t";

/// The forms in which a statement is said: all of them where `TERRANE_ATTACKS` says `all`; else every other statement in
/// one form, the others where the role or the place is another.
fn forms(at: usize, turn: usize) -> Vec<Form> {
    match std::env::var("TERRANE_ATTACKS").is_ok_and(|count| count == "all") {
        true => FORMS.to_vec(),
        false if (at + turn).is_multiple_of(2) => vec![FORMS[(at / 2 + turn) % FORMS.len()]],
        false => Vec::new(),
    }
}

/// After so many attacks it is looked whether anything has changed.
const LOOK: usize = 12;

async fn attacked(place: Place, role: Role, turn: usize) {
    let Some((database, bench)) = stage("attacks", place, role).await else {
        return;
    };
    let mut statements: Vec<&str> = OF_OWNER.to_vec();
    if role == Role::Superuser {
        statements.extend(OF_SUPERUSER);
    }
    let items = place.of("SELECT string_agg(i::text, ',' ORDER BY id) FROM {v}item AS i");
    let (before, rows) = (database.value(CATALOGS).await, database.value(&items).await);
    let (mut count, mut through, mut void) = (0, Vec::new(), Vec::new());
    for (at, statement) in statements.into_iter().enumerate() {
        for form in forms(at, turn).into_iter().filter(|form| form.takes(statement)) {
            let sql = form.of(&place.of(statement));
            if let Err(error) = database
                .try_and_undo(&sql, (role == Role::Owner).then_some(OWNER))
                .await
            {
                void.push(format!("{form:?} {statement}: {error}"));
                continue;
            }
            count += 1;
            bench.draft(&Draft {
                layer: "shop",
                id: "s2",
                revises: "s1",
                header: &["Dialect: postgresql"],
                upgrade: &sql,
                ..Draft::default()
            });
            let ours = [codes::GUARD, codes::FOREIGN_OBJECT, codes::FOREIGN_REFERENCE];
            match bench.upgrade("heads").await {
                Ok(_) => through.push(format!("{form:?} {statement}")),
                Err(error) if !ours.contains(&error.diagnostics[0].code) => {
                    void.push(format!("{form:?} {statement}: {error}"));
                }
                Err(_) => {}
            }
            if count % LOOK == 0 && (database.value(CATALOGS).await != before || database.value(&items).await != rows) {
                through.push(format!(
                    "refused, and yet changed, by one of the last {LOOK}: {form:?} {statement}"
                ));
                break;
            }
        }
    }
    if database.value(CATALOGS).await != before || database.value(&items).await != rows {
        through.push("refused, and yet changed, by one of the last".to_owned());
    }
    say(&format!(
        "{count} attacks, {place:?}, {role:?}: {} through",
        through.len()
    ));
    assert!(void.is_empty(), "no attacks:\n{}", void.join("\n"));
    assert!(through.is_empty(), "through:\n{}", through.join("\n"));
    database.end().await;
}

#[test]
fn no_attack_of_an_owner_comes_through() {
    block_on(attacked(Place::Public, Role::Owner, 0));
}

#[test]
fn no_attack_of_an_owner_on_another_schema_comes_through() {
    block_on(attacked(Place::Schema, Role::Owner, 1));
}

#[test]
fn no_attack_of_a_superuser_comes_through() {
    block_on(attacked(Place::Public, Role::Superuser, 2));
}

#[test]
fn no_attack_of_a_superuser_on_another_schema_comes_through() {
    block_on(attacked(Place::Schema, Role::Superuser, 3));
}

async fn lawful(place: Place, role: Role, form: Form) {
    let Some((database, bench)) = stage("what an app may do", place, role).await else {
        return;
    };
    let (mut revises, mut said) = ("s1".to_owned(), Vec::new());
    for (at, (sql, touches)) in LEGAL.iter().enumerate() {
        let form = if form.takes(sql) { form } else { Form::Plain };
        let id = format!("l{at}");
        let mut header = vec!["Dialect: postgresql".to_owned()];
        header.extend(
            touches
                .iter()
                .map(|object| format!("Touches: {}: agreed", place.of(object))),
        );
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        bench.draft(&Draft {
            layer: "shop",
            id: &id,
            revises: &revises,
            header: &header,
            upgrade: &form.of(&place.of(sql)),
            ..Draft::default()
        });
        said.push((id.clone(), form.of(&place.of(sql))));
        revises = id;
    }
    let mut alarms = Vec::new();
    // All alarms are told, so that what is refused is done by hand.
    while let Err(error) = bench.upgrade("heads").await {
        alarms.push(format!("{error}"));
        let refused = said
            .iter()
            .find(|(id, _)| error.to_string().contains(&format!("`{id}`")));
        let Some((id, sql)) = refused.filter(|_| error.diagnostics[0].code == codes::GUARD) else {
            break;
        };
        database.execute(sql).await;
        bench.stamp(&[id]).await.unwrap();
    }
    assert!(alarms.is_empty(), "false alarms:\n{}", alarms.join("\n"));
    say(&format!(
        "{} legal revisions, {place:?}, {role:?}, {form:?}",
        LEGAL.len()
    ));
    database.end().await;
}

#[test]
fn what_an_app_may_do_passes() {
    block_on(lawful(Place::Public, Role::Owner, legal::FORMS[0]));
}

#[test]
fn what_an_app_may_do_passes_in_a_block() {
    block_on(lawful(Place::Public, Role::Superuser, legal::FORMS[1]));
}

#[test]
fn what_an_app_may_do_beside_another_schema_passes() {
    block_on(lawful(Place::Schema, Role::Superuser, legal::FORMS[0]));
}

#[test]
fn what_an_app_may_do_beside_another_schema_passes_in_a_block() {
    block_on(lawful(Place::Schema, Role::Owner, legal::FORMS[1]));
}
