//! `entities --to`. That what it writes differs in nothing from the database is a test of terrane-sea-orm.

use crate::world::World;

#[test]
fn a_layer_s_tables_and_nothing_else() {
    let world = World::open_shop();
    world.execute("CREATE TABLE nobodys (a INTEGER PRIMARY KEY, b)");
    let said = world.run(&["entities", "--to", "src/db/model", "--layer", "rattail"]);
    insta::assert_snapshot!("entities_of_a_layer", said.all());
    assert_eq!(said.code, 0);
    assert_eq!(world.names("src/db/model"), ["audit.rs", "customer.rs", "mod.rs"]);
    assert_eq!(
        world.read("src/db/model/mod.rs"),
        "//! Entities of the tables.\n\npub mod audit;\npub mod customer;\n"
    );
    insta::assert_snapshot!("entity_of_customer", world.read("src/db/model/customer.rs"));
    insta::assert_snapshot!("entity_of_audit", world.read("src/db/model/audit.rs"));
}

#[test]
fn all_tables_but_terrane_s_own() {
    let world = World::open_shop();
    world.execute("CREATE TABLE anybodys (a INTEGER PRIMARY KEY, b)");
    let said = world.run(&["entities", "--to", "model"]);
    assert!(said.err.contains("D007 type-guessed"), "{}", said.err);
    said.expect(0);
    assert_eq!(
        world.names("model"),
        ["anybodys.rs", "audit.rs", "customer.rs", "mod.rs", "poser_widget.rs"]
    );
}

#[test]
fn only_the_tables_that_are_named_with_the_parents_where_they_are() {
    let world = World::open_shop();
    world.execute(
        "CREATE TABLE poser_customer (customer_uuid text NOT NULL PRIMARY KEY REFERENCES customer (uuid), more text)",
    );
    let parent = "customer=rattail::db::model::customer";
    world.ok(&["entities", "--to", "with", "poser_customer", "--parent", parent]);
    assert_eq!(world.names("with"), ["mod.rs", "poser_customer.rs"]);
    let text = world.read("with/poser_customer.rs");
    assert!(
        text.contains("pub customer: BelongsTo<rattail::db::model::customer::Entity>"),
        "{text}"
    );
    world.ok(&["entities", "--to", "without", "POSER_CUSTOMER"]);
    let text = world.read("without/poser_customer.rs");
    let key = "terrane_sea_orm::ForeignKey::new([\"customer_uuid\"], \"customer\", [\"uuid\"])";
    assert!(text.contains(key) && !text.contains("BelongsTo"), "{text}");
}

#[test]
fn files_that_are_there_stay_unless_it_is_said_otherwise() {
    let world = World::open_shop();
    world.write("model/customer.rs", "mine");
    world.write("model/mod.rs", "mine too");
    let said = world.exits(1, &["entities", "--to", "model"]);
    insta::assert_snapshot!("entities_are_there", said);
    world.ok(&["entities", "--to", "model", "--force"]);
    assert!(world.read("model/customer.rs").contains("struct Model"));
}

#[test]
fn tables_that_are_not_there() {
    let world = World::open_shop();
    insta::assert_snapshot!(
        "entities_of_no_table",
        world.exits(1, &["entities", "--to", "model", "custmer", "customer", "nothing"])
    );
    let said = world.exits(1, &["entities", "--to", "model", "--layer", "poser", "customer"]);
    assert!(said.contains("layer `poser` owns no table `customer`"), "{said}");
    let said = world.exits(2, &["entities", "--to", "model", "--layer", "nobody"]);
    assert!(said.contains("there is no layer `nobody`"), "{said}");
}

#[test]
fn a_database_without_tables() {
    let world = World::shop();
    world.execute("CREATE VIEW one AS SELECT 1");
    let said = world.exits(0, &["entities", "--to", "model"]);
    assert!(said.starts_with("nothing to do: there are no tables"), "{said}");
    assert!(said.contains("view `one` has no entity"), "{said}");
}

#[test]
fn another_database_needs_no_configuration() {
    let world = World::empty();
    world.write("there/note.txt", "");
    world.execute_in("old.db", "CREATE TABLE a (id INTEGER PRIMARY KEY)");
    let outcome = world.run_with(
        "there",
        &[],
        &["entities", "--to", "../model", "--from", "sqlite:../old.db"],
    );
    outcome.expect(0);
    assert_eq!(world.names("model"), ["a.rs", "mod.rs"]);
    let said = world.exits(1, &["entities", "--to", "model", "--from", "sqlite:missing.db"]);
    assert!(said.contains("there is no database `sqlite:missing.db`"), "{said}");
}

#[test]
fn a_parent_is_a_table_and_a_module() {
    let world = World::open_shop();
    for parent in ["customer", "customer=", "=a::b", "customer=a::", "customer=a b"] {
        let said = world.exits(2, &["entities", "--to", "model", "--parent", parent]);
        assert!(said.contains("say the table and the module"), "{said}");
    }
}

/// What the files say of types that no standard name is spelled as: through models, a portable revision and the database.
#[test]
fn a_type_in_quotes_is_declared_to_the_letter() {
    let world = World::empty();
    let config = "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"app\"\nversions = \"v\"\nmodels = \"m.sql\"\ntypes = \"standard\"\n";
    world.write("terrane.toml", config);
    world.write("v/.keep", "");
    let columns = "id integer PRIMARY KEY, price \"NUMERIC(10,2)\" NOT NULL, at \"DATETIME\", n numeric(10,2)";
    world.write("m.sql", format!("CREATE TABLE t ({columns});\n"));
    world.ok(&["revision", "--autogenerate", "-m", "first", "--rev-id", "1a00"]);
    world.ok(&["upgrade", "head"]);
    let types = "SELECT group_concat(type, '|') FROM pragma_table_info('t')";
    assert_eq!(world.query(types), "INTEGER|NUMERIC(10,2)|DATETIME|real(10, 2)");
    world.ok(&["check"]);
}
