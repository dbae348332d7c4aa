//! The command line within an app's own runtime.

use crate::world::World;
use std::ffi::OsString;
use terrane::{CallError, Connection, Layer};
use terrane_cli::Exit;
use terrane_testkit::block_on;

async fn fails(_: Connection<'_>) -> Result<(), CallError> {
    panic!("out of paper")
}

#[test]
fn it_runs_within_a_runtime_and_tells_of_a_call_that_panics() {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"shop\"\nversions = \"shop\"\n",
    );
    let head = "-- one\n--\n-- Revision ID: 1a00\n-- Revises:\n\n";
    world.write("shop/1a00.sql", format!("{head}-- upgrade\nCREATE TABLE t (a int);\n"));
    let head = "-- two\n--\n-- Revision ID: 2a00\n-- Revises: 1a00\n\n";
    world.write("shop/2a00.sql", format!("{head}-- upgrade\n-- call print\n"));
    let config = world.path("terrane.toml").into_os_string();
    let layers = [Layer::new("paper").call("print", fails)];
    let run = |words: &[&str]| {
        let named = ["terrane".into(), "-q".into(), "-c".into(), config.clone()];
        let arguments: Vec<OsString> = named.into_iter().chain(words.iter().map(OsString::from)).collect();
        terrane_cli::run(arguments, &layers)
    };
    block_on(async {
        assert_eq!(run(&["upgrade", "1a00"]).await, Exit::Done);
        assert_eq!(run(&["upgrade", "heads"]).await, Exit::Failed);
        assert_eq!(run(&["current", "--check-heads"]).await, Exit::Differs);
        assert_eq!(run(&["upgrade", "nowhere"]).await, Exit::Failed);
    });
    assert_eq!(world.query("SELECT version_num FROM terrane_version"), "1a00");
}
