//! `init` knows the place: a Cargo package, and the history of another tool.

use crate::world::World;
use insta::assert_snapshot;

const MANIFEST: &str = "[package]\nname = \"tea-shop\"\nversion = \"0.1.0\"\n\n[dependencies]\nsea-orm = \"2\"\n";

const ENTITY: &str =
    "use sea_orm::entity::prelude::*;\n\n#[derive(Clone, Debug, DeriveEntityModel)]\npub struct Model {}\n";

/// A package on SeaORM, with its entities.
fn package() -> World {
    let world = World::empty();
    world.write("Cargo.toml", MANIFEST);
    world.write("src/main.rs", "fn main() {}\n");
    world.write("src/lib.rs", "pub mod db;\n");
    world.write("src/db/mod.rs", "pub mod entity;\n");
    world.write("src/db/entity/tea.rs", ENTITY);
    world
}

#[test]
fn a_package_on_seaorm_gets_a_layer_and_a_program() {
    let world = package();
    assert_snapshot!(world.ok(&["init"]), @r#"
    wrote terrane.toml and src/layer.rs and src/bin/migrate.rs and build.rs
    add to src/lib.rs:
      pub mod layer;
    add to Cargo.toml:
      [dependencies]
      terrane = "0.1.0"
      terrane-cli = "0.1.0"
      terrane-sea-orm = "0.1.0"
    next: write `terrane_sea_orm::table!(Entity);` below each entity in `crate::db::entity`, then
      terrane -c terrane.toml revision --autogenerate --layer tea_shop -m "first tables"
    "#);
    assert_snapshot!(world.read("terrane.toml"), @r#"
    # Every path is seen from this folder.
    url = "sqlite:tea_shop.db"

    # The layer is compiled into a program, which `terrane` builds and runs.
    [program]
    manifest = "Cargo.toml"
    bin = "migrate"
    "#);
    assert_snapshot!(world.read("src/layer.rs"), @r#"
    //! The layer of this app: its tables, and their history.

    use terrane::Layer;

    /// The entities of this crate, and the revisions beside them.
    pub fn layer() -> Layer {
        Layer::new("tea_shop")
            .models(terrane_sea_orm::models!(crate::db::entity))
            .revisions(terrane::revisions!("src/versions"))
    }
    "#);
    assert_snapshot!(world.read("src/bin/migrate.rs"), @r"
    //! The command line of Terrane, with the layers of this app in it.

    use std::process::ExitCode;

    fn main() -> ExitCode {
        terrane_cli::main([tea_shop::layer::layer()])
    }
    ");
    assert_snapshot!(world.read("build.rs"), @r#"
    //! Has the crate compiled again when a revision file comes, changes or goes.

    fn main() {
        println!("cargo::rerun-if-changed=src/versions");
    }
    "#);
    assert_eq!(world.names("src/versions"), [".gitkeep"]);
}

#[test]
fn what_is_there_is_not_written_over() {
    let world = package();
    world.write("build.rs", "fn main() {}\n");
    let said = world.ok(&["init", "--layer", "tea"]);
    assert!(
        said.contains("add to build.rs:\n  println!(\"cargo::rerun-if-changed=src/versions\");\n"),
        "{said}"
    );
    assert_eq!(world.read("build.rs"), "fn main() {}\n");
    let world = package();
    world.write("src/layer.rs", "// mine\n");
    let said = world.exits(1, &["init"]);
    assert!(
        said.contains("error[X005 cannot-write]: `src/layer.rs` is there already"),
        "{said}"
    );
    world.write("Cargo.toml", "[package\n");
    let said = world.exits(2, &["init"]);
    assert!(
        said.contains("error[C002 bad-configuration]: `Cargo.toml` is no manifest"),
        "{said}"
    );
}

#[test]
fn a_package_without_an_orm_gets_a_file_of_models() {
    let world = World::empty();
    world.write("Cargo.toml", "[package]\nname = \"tea\"\n");
    let said = world.ok(&["init"]);
    assert!(said.starts_with("wrote terrane.toml and app/models.sql\n"), "{said}");
}

#[test]
fn a_vendors_crate_brings_models_and_revisions_and_no_engine() {
    let world = package();
    assert_snapshot!(world.ok(&["init", "--vendor", "--layer", "tea"]), @r#"
    wrote terrane.toml and src/layer.rs and build.rs
    add to src/lib.rs:
      pub mod layer;
    add to Cargo.toml:
      [dependencies]
      terrane-model = "0.1.0"
      terrane-sea-orm = "0.1.0"
    next: write `terrane_sea_orm::table!(Entity);` below each entity in `crate::db::entity`, then
      terrane -c terrane.toml revision --layer tea -m "first tables"
    "#);
    assert_snapshot!(world.read("src/layer.rs"), @r#"
    //! What this crate brings to the database of an app. The app makes a layer of it:
    //!
    //! ```text
    //! Layer::new(tea_shop::layer::NAME)
    //!     .models(tea_shop::layer::models())
    //!     .revisions(tea_shop::layer::revisions())
    //! ```

    use terrane_model::{Module, Revisions};

    /// The name of the layer.
    pub const NAME: &str = "tea";

    /// Its tables.
    pub fn models() -> Module {
        terrane_sea_orm::models!(crate::db::entity)
    }

    /// Its revisions.
    pub fn revisions() -> Revisions {
        terrane_model::revisions!("src/versions")
    }
    "#);
    world.ok(&["revision", "--layer", "tea", "-m", "first tables"]);
    let world = World::empty();
    world.write("Cargo.toml", "[package]\nname = \"base\"\n");
    let said = world.ok(&["init", "--vendor"]);
    assert!(
        said.contains("declare tables by `#[derive(terrane_model::Table)]` in `crate::model`"),
        "{said}"
    );
    assert!(!said.contains("sea-orm"), "{said}");
    let said = World::empty().exits(2, &["init", "--vendor"]);
    assert!(said.contains("there is no Cargo package in `.`"), "{said}");
}

#[test]
fn the_history_of_another_tool_is_told_with_the_command_that_takes_it_over() {
    let world = World::empty();
    world.write("migrations/00001_a.sql", "-- +goose Up\nCREATE TABLE t (a int);\n");
    let said = world.ok(&["init", "--layer", "tea"]);
    let hint = "`migrations` holds migrations of goose; instead of first tables, take them over with\n  \
                terrane -c terrane.toml import migrations --layer tea\n";
    assert!(said.ends_with(hint), "{said}");
    world.ok(&["-c", "terrane.toml", "import", "migrations", "--layer", "tea"]);

    let world = World::empty();
    world.write("migrations/1_a.up.sql", "CREATE TABLE t (a int);\n");
    let said = world.ok(&["init"]);
    assert!(
        said.contains("migrations of sqlx or golang-migrate;") && said.contains("--from TOOL"),
        "{said}"
    );

    let world = World::empty();
    world.write("diesel.toml", "[migrations_directory]\ndir = \"db/steps\"\n");
    world.write("db/steps/2024-01-01-000000_a/up.sql", "CREATE TABLE t (a int);\n");
    let said = world.ok(&["init"]);
    assert!(said.contains("`db/steps` holds migrations of diesel;"), "{said}");
}

#[test]
fn an_alembic_project_is_said_to_be_one() {
    let world = World::empty();
    world.write("alembic.ini", "[alembic]\nscript_location = alembic\n");
    let said = world.ok(&["init"]);
    let hint =
        "`alembic.ini` is an Alembic project's, which Terrane works with as it is: `terrane -c alembic.ini current`";
    assert!(said.contains(hint), "{said}");
}
