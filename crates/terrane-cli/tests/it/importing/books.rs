//! What the version table of a tool says has run becomes the layer's version row.

use super::formats::{Step, config, id, version, write};
use super::generate::history;
use crate::world::World;
use sqlx_core::migrate::Migrator;
use std::fmt::Write;
use terrane::Tool;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;

/// The table of a tool as it makes it on SQLite, and a row that says that a migration ran. `{v}` is its version, `{n}` its
/// place, `{s}` its checksum.
fn books(tool: Tool) -> [&'static str; 2] {
    match tool {
        Tool::Sqlx => [
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT \
             NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
            "INSERT INTO _sqlx_migrations VALUES ({v}, 'd', '2024-01-01', 1, x'{s}', 1)",
        ],
        Tool::Refinery => [
            "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), \
             checksum VARCHAR(255))",
            "INSERT INTO refinery_schema_history VALUES ({v}, 'n', '2024', '{s}')",
        ],
        Tool::Diesel => [
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL \
             DEFAULT CURRENT_TIMESTAMP)",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('{v}')",
        ],
        Tool::Dbmate => [
            "CREATE TABLE schema_migrations (version varchar(128) primary key)",
            "INSERT INTO schema_migrations VALUES ('{v}')",
        ],
        Tool::GolangMigrate => [
            "CREATE TABLE schema_migrations (version uint64, dirty bool)",
            "DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES ({v}, 0)",
        ],
        Tool::Goose => [
            "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER \
             NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now'))); INSERT INTO goose_db_version (version_id, is_applied) \
             VALUES (0, 1)",
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES ({v}, 1)",
        ],
        Tool::Flyway => [
            "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description \
             VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by \
             VARCHAR(100) NOT NULL, installed_on TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, execution_time INT NOT NULL, success \
             BOOLEAN NOT NULL)",
            "INSERT INTO flyway_schema_history VALUES ({n}, '{v}', 'd', 'SQL', 's', {s}, 'me', '2024', 1, 1)",
        ],
    }
}

/// Checksums of the three migrations below, as other programs than Terrane compute them: `sha384sum`, and CRC-32 and
/// SipHash 1-3 (keys of zeros) in Python.
fn checksum(tool: Tool, at: usize) -> &'static str {
    match tool {
        Tool::Sqlx => SHA384[at],
        Tool::Flyway => CRC32[at],
        Tool::Refinery => SIPHASH[at],
        _ => "",
    }
}

const SHA384: [&str; 3] = [
    "f792f72de8024e58ae151a2f0e30423b8917edae008d894cc2988fc798d208827665f3f15884003cd336e4d9acda858d",
    "3421456fcb573b15be245a34b30fef08a2710e09ef74ea599db8ba8ec091cab1a6318c1298d7be3693934eaf29bb2bb0",
    "c049c99602d67130467ead4a479bc15442ced0068e819689b345d4381bc932f268410a1534d66092eb730e63eae4cc7a",
];
const CRC32: [&str; 3] = ["538165202", "-1627349849", "-1741391631"];
const SIPHASH: [&str; 3] = ["11742694452107145391", "9895488373479186705", "9923703212277763997"];

fn three() -> Vec<Step> {
    ["one", "two", "three"]
        .map(|name| {
            let (up, down) = (format!("CREATE TABLE {name} (a int);"), format!("DROP TABLE {name};"));
            Step::new(name, &[up.as_str()], &[down.as_str()])
        })
        .into()
}

/// A database on which the tool ran the migrations at those places, and the files.
fn world(tool: Tool, ran: &[usize]) -> World {
    let (world, steps) = (World::empty(), three());
    world.write("terrane.toml", config("sqlite:app.db"));
    write(&world, tool, &steps);
    let [table, row] = books(tool);
    world.execute(table);
    for at in ran {
        world.execute(&steps[*at].up.concat());
        world.execute(&said(row, tool, *at));
    }
    world
}

fn said(row: &str, tool: Tool, at: usize) -> String {
    row.replace("{v}", &version(tool, at))
        .replace("{n}", &(at + 1).to_string())
        .replace("{s}", checksum(tool, at))
}

fn import(tool: Tool) -> [&'static str; 6] {
    ["import", "migrations", "--from", tool.name(), "--layer", "blog"]
}

#[test]
fn a_database_stands_where_its_tool_left_it() {
    for tool in Tool::ALL {
        let world = world(tool, &[0, 1]);
        let said = world.ok(&import(tool));
        let at = format!(
            "the database stands at {}: 2 of 3 ran, as `{}` says",
            id(tool, 1),
            tool.table()
        );
        assert!(said.contains(&at), "{tool}: {said}");
        let keeps_sums = matches!(tool, Tool::Sqlx | Tool::Refinery | Tool::Flyway);
        assert_eq!(
            said.contains("checksums are those of the files"),
            keeps_sums,
            "{tool}: {said}"
        );
        assert!(world.ok(&["current"]).starts_with(&id(tool, 1)), "{tool}");
        assert!(world.ok(&["upgrade"]).contains(&id(tool, 2)), "{tool}");
        let tables = world.ok(&["tables"]);
        let owned = tables.lines().filter(|line| line.contains("blog")).count();
        assert_eq!(owned, 3, "{tool}: {tables}");
        // Of the tool's own table nothing is said.
        let checked = world.run(&["upgrade", "--strict"]);
        assert!(!checked.all().contains(tool.table()), "{tool}: {}", checked.all());
        if tool != Tool::Refinery {
            world.ok(&["downgrade", "base"]);
        }
    }
}

#[test]
fn where_nothing_has_run_all_of_it_is_to_come() {
    for tool in Tool::ALL {
        let world = world(tool, &[]);
        let said = world.ok(&import(tool));
        assert!(
            said.contains(&format!("nothing has run, as `{}` says", tool.table())),
            "{said}"
        );
        assert_eq!(world.ok(&["upgrade"]).lines().count(), 3, "{tool}");
    }
}

#[test]
fn a_migration_that_failed_is_named() {
    let changes = [
        (
            Tool::Sqlx,
            "UPDATE _sqlx_migrations SET success = 0 WHERE version = {v}",
        ),
        (Tool::GolangMigrate, "UPDATE schema_migrations SET dirty = 1"),
        (
            Tool::Flyway,
            "UPDATE flyway_schema_history SET success = 0 WHERE version = '{v}'",
        ),
    ];
    for (tool, change) in changes {
        let world = world(tool, &[0, 1]);
        world.execute(&said(change, tool, 1));
        let told = world.exits(1, &import(tool));
        let expected = format!(
            "`{}` says that migration {} was begun and did not end",
            tool.table(),
            version(tool, 1)
        );
        assert!(told.contains("error[D010") && told.contains(&expected), "{told}");
    }
}

#[test]
fn a_migration_that_was_left_out_is_named() {
    for tool in Tool::ALL.into_iter().filter(|tool| *tool != Tool::GolangMigrate) {
        let world = world(tool, &[0, 2]);
        let told = world.exits(1, &import(tool));
        let expected = format!(
            "migration {} ran, and {} before it did not",
            version(tool, 2),
            version(tool, 1)
        );
        assert!(told.contains("error[D010") && told.contains(&expected), "{told}");
    }
}

#[test]
fn a_migration_without_a_file_is_named() {
    for tool in Tool::ALL {
        let world = world(tool, &[0, 1]);
        let [_, row] = books(tool);
        let stranger = said(&row.replace("{v}", "77").replace("{n}", "77"), tool, 0);
        world.execute(&stranger);
        let told = world.exits(1, &import(tool));
        assert!(
            told.contains("migration 77 ran, and there is no file of it"),
            "{tool}: {told}"
        );
    }
}

#[test]
fn a_file_that_was_changed_since_it_ran_is_named() {
    for tool in [Tool::Sqlx, Tool::Refinery, Tool::Flyway] {
        let world = world(tool, &[0, 1]);
        let file = match tool {
            Tool::Sqlx => format!("migrations/{}_two.up.sql", version(tool, 1)),
            _ => format!("migrations/V{}__two.sql", version(tool, 1)),
        };
        world.edit(&file, "a int", "a text");
        let told = world.exits(1, &import(tool));
        let expected = format!("migration {} ran with other text than `migrations/", version(tool, 1));
        assert!(told.contains(&expected), "{tool}: {told}");
    }
}

#[test]
fn what_was_undone_counts_as_what_did_not_run() {
    let undone = [
        (
            Tool::Goose,
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES ({v}, 0)",
        ),
        (
            Tool::Flyway,
            "INSERT INTO flyway_schema_history VALUES (9, '{v}', 'd', 'UNDO_SQL', 's', 1, 'me', '2024', 1, 1)",
        ),
    ];
    for (tool, undone) in undone {
        let world = world(tool, &[0, 1]);
        world.execute("DROP TABLE two");
        world.execute(&said(undone, tool, 1));
        let told = world.ok(&import(tool));
        assert!(
            told.contains(&format!("the database stands at {}: 1 of 3 ran", id(tool, 0))),
            "{told}"
        );
    }
}

#[test]
fn a_baseline_of_flyway_stands_for_what_is_before_it() {
    let world = world(Tool::Flyway, &[]);
    world.execute("CREATE TABLE one (a int); CREATE TABLE two (a int)");
    let row = "INSERT INTO flyway_schema_history VALUES (1, '1.02', 'd', 'BASELINE', 's', NULL, 'me', '2024', 0, 1)";
    world.execute(row);
    let told = world.ok(&import(Tool::Flyway));
    assert!(told.contains("the database stands at blog_1.2: 2 of 3 ran"), "{told}");
}

#[test]
fn the_database_is_asked_as_the_command_line_says() {
    let world = world(Tool::Dbmate, &[0, 1]);
    let [no_stamp, stamp] = ["--no-stamp", "--stamp"].map(|option| [&import(Tool::Dbmate)[..], &[option]].concat());
    let told = world.ok(&no_stamp);
    assert!(told.contains("no database was opened"), "{told}");
    assert!(!world.ok(&["current"]).contains("blog"));
    // Another tool's table of the same name is not taken for one's own.
    let other = World::empty();
    other.write("terrane.toml", config("sqlite:app.db"));
    write(&other, Tool::Dbmate, &three());
    other.execute("CREATE TABLE schema_migrations (version uint64, dirty bool)");
    let told = other.exits(1, &stamp);
    assert!(
        told.contains("the database has no `schema_migrations`, which says what dbmate has run"),
        "{told}"
    );
    let told = other.ok(&import(Tool::Dbmate));
    assert!(told.contains("the database has no `schema_migrations`"), "{told}");
}

/// sqlx reads the folder itself: its versions, its statements and its checksums are those that the import finds.
#[test]
fn a_folder_means_to_sqlx_itself_what_is_imported() {
    let (world, mut steps) = (World::empty(), history(11, 7));
    world.write("terrane.toml", config("sqlite:app.db"));
    steps[3].alone = true;
    write(&world, Tool::Sqlx, &steps);
    let migrator = block_on(Migrator::new(world.path("migrations"))).unwrap();
    let [table, _] = books(Tool::Sqlx);
    world.execute(table);
    let ups: Vec<_> = migrator
        .iter()
        .filter(|step| step.migration_type.is_up_migration())
        .collect();
    assert_eq!(ups.len(), steps.len());
    for step in &ups[..5] {
        world.execute(step.sql.as_str());
        let sum = step.checksum.iter().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        let (version, description) = (step.version, &step.description);
        world.execute(&format!(
            "INSERT INTO _sqlx_migrations VALUES ({version}, '{description}', '2024-01-01', 1, x'{sum}', 1)"
        ));
    }
    let told = world.ok(&["import", "migrations", "--from", "sqlx"]);
    assert!(
        told.contains("5 of 7 ran, as `_sqlx_migrations` says; the checksums are those of the files"),
        "{told}"
    );
    for (step, name) in ups.iter().zip(world.names("blog")) {
        let text = world.read(&format!("blog/{name}"));
        assert_eq!(text.contains("\n-- Transaction: none\n"), step.no_tx, "{name}");
        assert!(
            text.contains(&format!("\n-- Revision ID: {}\n", step.version)),
            "{text}"
        );
        assert!(text.starts_with(&format!("-- {}\n", step.description)), "{text}");
    }
    assert_eq!(world.ok(&["upgrade"]).lines().count(), 2);
}

/// The same on PostgreSQL, with the types that the tools have there; Flyway's table lies in a schema of its own.
fn books_on_postgresql(tool: Tool) -> [&'static str; 2] {
    match tool {
        Tool::Sqlx => [
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT \
             NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)",
            "INSERT INTO _sqlx_migrations VALUES ({v}, 'd', now(), true, '\\x{s}', 1)",
        ],
        Tool::Diesel => [
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL \
             DEFAULT CURRENT_TIMESTAMP)",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('{v}')",
        ],
        Tool::GolangMigrate => [
            "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)",
            "TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES ({v}, false)",
        ],
        Tool::Goose => [
            "CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, \
             is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now()); INSERT INTO goose_db_version (version_id, \
             is_applied) VALUES (0, true)",
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES ({v}, true)",
        ],
        Tool::Flyway => [
            "CREATE SCHEMA \"Ops\"; CREATE TABLE \"Ops\".flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version \
             VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum \
             INTEGER, installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT now(), execution_time INTEGER NOT \
             NULL, success BOOLEAN NOT NULL)",
            "INSERT INTO \"Ops\".flyway_schema_history VALUES ({n}, '{v}', 'd', 'SQL', 's', {s}, 'me', now(), 1, true)",
        ],
        Tool::Refinery | Tool::Dbmate => books(tool),
    }
}

#[test]
fn a_database_of_postgresql_stands_where_its_tool_left_it() {
    let test = "importing::books::a_database_of_postgresql_stands_where_its_tool_left_it";
    for tool in Tool::ALL {
        let Some(database) = block_on(Throwaway::new(test)) else {
            return;
        };
        let (world, steps) = (World::empty(), three());
        world.write("terrane.toml", config(&database.url()));
        write(&world, tool, &steps);
        let [table, row] = books_on_postgresql(tool);
        block_on(database.execute(table));
        for (at, step) in steps.iter().take(2).enumerate() {
            block_on(database.execute(&step.up.concat()));
            block_on(database.execute(&said(row, tool, at)));
        }
        let told = world.ok(&import(tool));
        let at = format!(
            "the database stands at {}: 2 of 3 ran, as `{}` says",
            id(tool, 1),
            tool.table()
        );
        assert!(told.contains(&at), "{tool}: {told}");
        assert_eq!(world.ok(&["upgrade"]).lines().count(), 1, "{tool}");
        let inspected = world.ok(&["inspect"]);
        assert!(!inspected.contains(tool.table()), "{tool}: {inspected}");
        block_on(database.end());
    }
}
