//! Pain 0: several packages on one database.

use crate::world::{CONFIG, World, revision};
use insta::assert_snapshot;

const EMPTY: &str = "-- upgrade\n-- downgrade\n";
const AUTOGENERATE: [&str; 6] = ["revision", "--autogenerate", "--layer", "poser", "--rev-id", "2b00"];

/// What autogenerate wrote for `poser`, from its first section on.
fn generated(world: &World) -> String {
    world.ok(&AUTOGENERATE);
    let text = world.read("poser/2b00_empty_message.sql");
    text[text.find("-- upgrade").unwrap()..].to_owned()
}

fn rows(world: &World) -> String {
    world
        .query("SELECT layer, version_num FROM terrane_version ORDER BY 1, 2")
        .replace('\n', " ")
}

#[test]
fn p0_1_autogenerate_of_one_package_leaves_the_others_tables() {
    let world = World::open_shop();
    // Neither side drops what the other has, nor what nobody declared.
    world.execute("CREATE TABLE somebody_elses (id integer); CREATE VIRTUAL TABLE search USING fts5(body)");
    let said = world.exits(0, &AUTOGENERATE);
    assert_snapshot!(said, @r"
    layer poser: nothing to do, no file written
    --- standard error
    warning[D004 unowned-object]: table `somebody_elses` has no owner and is left as it is
     |
     = help: Declare it in the models of the layer that it belongs to.
    warning[D003 unmodelled]: virtual table `search` is something that Terrane has no model of, and is left as it is
     |
     = help: Declare it in the models of the layer that it belongs to, so that it has an owner.
    ");
    world.exits(0, &["revision", "--autogenerate", "--layer", "rattail"]);
    world.exits(0, &["check"]);
}

#[test]
fn strict_does_not_plan_past_what_has_no_model() {
    let world = World::open_shop();
    let commands: [&[&str]; 4] = [
        &["revision", "--autogenerate", "--layer", "poser", "--strict"],
        &["check", "--strict"],
        &["upgrade", "heads", "--strict"],
        &["plan", "upgrade", "heads", "--strict"],
    ];
    for command in commands {
        world.ok(command);
    }
    world.execute("CREATE VIRTUAL TABLE search USING fts5(body)");
    for command in commands {
        let said = world.exits(4, command);
        let named = "error[D003 unmodelled]: virtual table `search` is something that Terrane has no model of";
        assert!(said.contains(named), "{command:?}: {said}");
    }
}

#[test]
fn p0_1_and_2_a_model_of_ones_own_that_is_gone_is_dropped() {
    let world = World::open_shop();
    world.write(
        "poser.sql",
        "CREATE TABLE poser_gadget (id integer PRIMARY KEY, weight real);\n",
    );
    assert_snapshot!(generated(&world), @r"
    -- upgrade
    CREATE TABLE poser_gadget (
        id integer,
        weight real,
        CONSTRAINT pk_poser_gadget PRIMARY KEY (id)
    );

    -- Loses all rows of the table.
    DROP TABLE poser_widget;

    -- downgrade
    CREATE TABLE poser_widget (
        uuid text NOT NULL,
        description text NOT NULL,
        CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)
    );

    -- Loses all rows of the table.
    DROP TABLE poser_gadget;
    ");
    world.write(
        "rattail.sql",
        world.read("rattail.sql").replace(
            "CREATE TABLE audit (what text NOT NULL);",
            "CREATE TABLE audit (what text);",
        ),
    );
    world.ok(&["upgrade", "poser@head"]);
    assert_eq!(
        world.query("SELECT count(*) FROM sqlite_master WHERE name = 'poser_widget'"),
        "0"
    );
    // The vendor's drop is the vendor's, too.
    let without = world
        .read("rattail.sql")
        .replace("CREATE VIEW customer_names AS SELECT name FROM customer;\n", "");
    world.write("rattail.sql", without);
    let said = world.ok(&["revision", "--autogenerate", "--layer", "rattail", "--sql"]);
    assert!(
        said.contains("DROP VIEW customer_names;") && !said.contains("poser"),
        "{said}"
    );
}

#[test]
fn p0_2_terranes_own_tables_are_nobodys_business() {
    let world = World::open_shop();
    for layer in ["poser", "rattail"] {
        world.exits(0, &["revision", "--autogenerate", "--layer", layer]);
    }
    assert!(!world.ok(&["tables"]).contains("terrane_"));
}

#[test]
fn p0_3_vendor_drift_does_not_leak_into_the_apps_revision() {
    let world = World::open_shop();
    // The vendor's models are ahead of its history, and the database was changed by hand.
    world.edit(
        "rattail.sql",
        "name text NOT NULL,",
        "name text NOT NULL,\n    zip text,",
    );
    world.execute("ALTER TABLE customer ADD COLUMN by_hand text; DROP INDEX customer_ix_name");
    world.exits(0, &AUTOGENERATE);
    world.exits(0, &["check", "--layer", "poser"]);
    world.exits(3, &["check", "--layer", "rattail"]);
    world.edit(
        "poser.sql",
        "description text NOT NULL,",
        "description text NOT NULL,\n    colour text,",
    );
    assert_snapshot!(generated(&world), @r"
    -- upgrade
    ALTER TABLE poser_widget ADD COLUMN colour text;

    -- downgrade
    -- Loses the values of the column.
    ALTER TABLE poser_widget DROP COLUMN colour;
    ");
}

#[test]
fn p0_4_a_pending_vendor_revision_does_not_block_the_app() {
    let world = World::open_shop();
    world.write(
        "rattail/1b00.sql",
        revision(
            "1b00",
            "1a00",
            &[],
            "-- upgrade\nCREATE TABLE product (id integer);\n-- downgrade\n",
        ),
    );
    world.edit(
        "poser.sql",
        "description text NOT NULL,",
        "description text NOT NULL,\n    colour text,",
    );
    world.ok(&AUTOGENERATE);
    // It is written against what the database has of the vendor, not against what is pending.
    assert!(
        world
            .read("poser/2b00_empty_message.sql")
            .contains("\n-- Depends On: 1a00\n")
    );
    world.ok(&["upgrade", "poser@head"]);
    assert_eq!(rows(&world), "poser|2b00 rattail|1a00");
    // A pending revision of its own does.
    world.write("poser/2c00.sql", revision("2c00", "2b00", &[], EMPTY));
    world.exits(1, &["revision", "--autogenerate", "--layer", "poser"]);
}

/// The order in which an empty database is brought to all heads.
fn order(world: &World) -> String {
    let plan = world.ok(&["plan", "upgrade", "heads"]);
    let ids = plan
        .lines()
        .filter_map(|line| line.strip_prefix("-- upgrade ")?.split(' ').next());
    ids.collect::<Vec<_>>().join(" ")
}

#[test]
fn p0_5_the_order_between_packages_is_stable() {
    let world = World::empty();
    world.write(
        "terrane.toml",
        CONFIG
            .replace("models = \"rattail.sql\"\n", "")
            .replace("models = \"poser.sql\"\n", ""),
    );
    let write = |name: &str, id: &str, revises: &str, date: &str, more: &[&str]| {
        let date = format!("Create Date: {date} 00:00:00+00:00");
        let header: Vec<&str> = std::iter::once(date.as_str()).chain(more.iter().copied()).collect();
        world.write(name, revision(id, revises, &header, EMPTY));
    };
    write("rattail/z.sql", "a000", "", "2026-01-01", &[]);
    write("rattail/y.sql", "b000", "a000", "2026-02-01", &[]);
    write("poser/a.sql", "bx00", "", "2026-03-01", &["Depends On: b000"]);
    assert_eq!(order(&world), "a000 b000 bx00");
    // The vendor releases twice, then the app follows.
    write("rattail/x.sql", "c000", "b000", "2026-04-01", &[]);
    write("rattail/w.sql", "d000", "c000", "2026-05-01", &[]);
    write("poser/b.sql", "cx00", "bx00", "2026-06-01", &["Depends On: c000"]);
    assert_eq!(order(&world), "a000 b000 bx00 c000 d000 cx00");
    // The order of the configuration and of the files has no say in it.
    let config = world.read("terrane.toml");
    let (url, layers) = config.split_once("[[layer]]").unwrap();
    let (rattail, poser) = layers.split_once("[[layer]]").unwrap();
    world.write("terrane.toml", format!("{url}[[layer]]{poser}\n[[layer]]{rattail}"));
    std::fs::rename(world.path("rattail/z.sql"), world.path("rattail/0.sql")).unwrap();
    std::fs::rename(world.path("poser/a.sql"), world.path("poser/z.sql")).unwrap();
    assert_eq!(order(&world), "a000 b000 bx00 c000 d000 cx00");
}

#[test]
fn p0_6_heads_that_something_depends_on() {
    let world = World::shop();
    world.write("rattail/1b00.sql", revision("1b00", "1a00", &[], EMPTY));
    world.write("poser/2b00.sql", revision("2b00", "2a00", &["Depends On: 1b00"], EMPTY));
    // `heads` are no overlap, whether they are applied, stamped or named one by one.
    for command in [
        &["upgrade", "heads"][..],
        &["stamp", "heads"],
        &["stamp", "1b00", "2b00"],
        &["stamp", "--purge", "heads"],
    ] {
        world.ok(command);
        // Every layer shows where it stands, though the vendor's head is something that `poser` depends on.
        assert_eq!(rows(&world), "poser|2b00 rattail|1b00", "{command:?}");
        world.exits(0, &["current", "--check-heads"]);
        world.ok(&["stamp", "base"]);
    }
}

#[test]
fn p0_6_rows_after_a_downgrade_are_what_is_there() {
    let world = World::shop();
    world.write("rattail/1b00.sql", revision("1b00", "1a00", &[], EMPTY));
    world.write("poser/2b00.sql", revision("2b00", "2a00", &["Depends On: 1b00"], EMPTY));
    world.ok(&["upgrade", "heads"]);
    world.ok(&["downgrade", "poser@-1"]);
    assert_eq!(rows(&world), "poser|2a00 rattail|1b00");
    world.ok(&["upgrade", "heads"]);
    // What depends on a revision goes before it; what does not, stays.
    world.ok(&["downgrade", "rattail@1a00"]);
    assert_eq!(rows(&world), "poser|2a00 rattail|1a00");
    world.ok(&["upgrade", "poser@head"]);
    assert_eq!(rows(&world), "poser|2b00 rattail|1b00");
    world.ok(&["downgrade", "rattail@base"]);
    assert_eq!(rows(&world), "poser|2a00");
    world.ok(&["upgrade", "heads"]);
    world.ok(&["downgrade", "base"]);
    assert_eq!(rows(&world), "");
}

#[test]
fn p0_7_the_commands_are_short() {
    let world = World::open_shop();
    world.edit(
        "poser.sql",
        "description text NOT NULL,",
        "description text NOT NULL,\n    colour text,",
    );
    world.ok(&["revision", "--autogenerate", "--layer", "poser", "-m", "colours"]);
    world.ok(&["upgrade", "heads"]);
    world.ok(&["downgrade", "poser@-1"]);
    // Where `head` does not say which, the answer says what to write.
    let said = world.exits(1, &["upgrade", "head"]);
    assert!(said.contains("`rattail@head` or `poser@head`"), "{said}");
}

#[test]
fn p0_9_which_package_owns_a_table() {
    let world = World::open_shop();
    world.ok(&["revision", "--layer", "poser", "--rev-id", "2b00", "-m", "x"]);
    world.write(
        "poser/2b00_x.sql",
        revision("2b00", "2a00", &["Dialect: any"], "-- upgrade\nALTER TABLE poser_widget RENAME TO poser_gadget;\n-- downgrade\nALTER TABLE poser_gadget RENAME TO poser_widget;\n"),
    );
    world.ok(&["upgrade", "heads"]);
    let tables = world.ok(&["tables"]);
    assert_snapshot!(tables, @r"
    audit           rattail  since 1a00
    customer        rattail  since 1a00
    customer_names  rattail  view  since 1a00
    poser_gadget    poser    since 2b00
    ");
}

#[test]
fn p0_9_one_package_is_taken_out_and_the_rest_stays() {
    let world = World::open_shop();
    world.execute("INSERT INTO customer VALUES ('1', 'Ada'); INSERT INTO poser_widget VALUES ('2', 'bolt')");
    world.ok(&["downgrade", "poser@base"]);
    assert_eq!(world.query("SELECT name FROM customer"), "Ada");
    assert_eq!(rows(&world), "rattail|1a00");
    assert!(!world.ok(&["tables"]).contains("poser"));
    assert_eq!(
        world.query("SELECT count(*) FROM sqlite_master WHERE name LIKE 'poser%'"),
        "0"
    );
}

#[test]
fn p0_9_check_of_one_package() {
    let world = World::open_shop();
    world.edit("rattail.sql", "name text NOT NULL,", "name text,");
    world.exits(0, &["check", "--layer", "poser"]);
    assert_snapshot!(world.exits(3, &["check", "--layer", "rattail"]), @"layer rattail: drop not null of `customer.name`");
}

#[test]
fn p0_9_an_app_cannot_alter_a_vendors_table() {
    let world = World::open_shop();
    world.write(
        "poser/2b00.sql",
        revision(
            "2b00",
            "2a00",
            &[],
            "-- upgrade\nALTER TABLE customer ADD COLUMN points integer;\n-- downgrade\n",
        ),
    );
    let said = world.exits(4, &["upgrade", "heads"]);
    assert!(
        said.contains("table `customer` belongs to layer `rattail`, not to `poser`"),
        "{said}"
    );
    // It has a table of its own beside it, tied to it one-to-one, and is shown as such.
    std::fs::remove_file(world.path("poser/2b00.sql")).unwrap();
    let extension = "CREATE TABLE poser_customer (\n    uuid text PRIMARY KEY REFERENCES customer (uuid) ON DELETE CASCADE,\n    points integer NOT NULL DEFAULT 0\n);\n";
    world.write("poser.sql", world.read("poser.sql") + extension);
    world.ok(&AUTOGENERATE);
    world.ok(&["upgrade", "heads"]);
    assert!(
        world
            .ok(&["tables"])
            .contains("poser_customer  poser    since 2b00  extends customer\n")
    );
}

#[test]
fn p0_9_the_vendor_may_change_what_the_app_refers_to() {
    let world = World::open_shop();
    let extension = "CREATE TABLE poser_customer (\n    uuid text PRIMARY KEY REFERENCES customer (uuid) ON DELETE CASCADE,\n    points integer NOT NULL DEFAULT 0\n);\n";
    world.write("poser.sql", world.read("poser.sql") + extension);
    world.ok(&AUTOGENERATE);
    world.ok(&["upgrade", "heads"]);
    world.execute("INSERT INTO customer VALUES ('1', 'Ada'); INSERT INTO poser_customer VALUES ('1', 7)");
    // A change that SQLite can only carry out by building the table anew.
    world.edit(
        "rattail.sql",
        "name text NOT NULL,",
        "name text NOT NULL DEFAULT 'nobody' CHECK (name <> ''),\n    zip text UNIQUE,",
    );
    world.ok(&["revision", "--autogenerate", "--layer", "rattail", "--rev-id", "1b00"]);
    world.ok(&["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT points FROM poser_customer JOIN customer USING (uuid)"),
        "7"
    );
    world.exits(0, &["check"]);
    world.ok(&["downgrade", "rattail@1a00"]);
    assert_eq!(
        world.query("SELECT points FROM poser_customer JOIN customer USING (uuid)"),
        "7"
    );
}
