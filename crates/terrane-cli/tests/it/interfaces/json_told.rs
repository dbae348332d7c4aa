//! What a program reads of what was done, and of what went wrong.

use crate::world::World;
use serde_json::{Value, json};

/// What is printed on standard output, with times that are the same each time.
#[track_caller]
fn printed(world: &World, code: i32, arguments: &[&str]) -> Value {
    let outcome = world.run(arguments);
    let (said, told) = (outcome.out.clone(), outcome.err.clone());
    let out = outcome.expect(code);
    let mut value: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {said}\n{told}"));
    if let Some(steps) = value.get_mut("applied").and_then(Value::as_array_mut) {
        for step in steps {
            assert!(step["duration_ms"].as_f64().is_some_and(|time| time > 0.0), "{step}");
            step["duration_ms"] = json!(0);
        }
    }
    value
}

fn step(revision: &str, direction: &str, layer: &str) -> Value {
    json!({
        "revision": revision,
        "direction": direction,
        "layer": layer,
        "message": format!("step {revision}"),
        "duration_ms": 0,
    })
}

#[test]
fn what_moved_a_database() {
    let world = World::shop();
    assert_eq!(
        printed(&world, 0, &["upgrade", "--json"]),
        json!({
            "applied": [step("1a00", "upgrade", "rattail"), step("2a00", "upgrade", "poser")],
            "warnings": [],
            "errors": [],
            "done": [],
        })
    );
    let nothing = json!({"applied": [], "warnings": [], "errors": [], "done": []});
    assert_eq!(printed(&world, 0, &["upgrade", "--json"]), nothing);
    let undone = printed(&world, 0, &["downgrade", "poser@base", "--json"]);
    assert_eq!(undone["applied"], json!([step("2a00", "downgrade", "poser")]));
    let stamped = printed(&world, 0, &["stamp", "heads", "--json"]);
    assert_eq!(stamped["applied"][0]["revision"], Value::Null);
    assert_eq!(stamped["applied"][0]["direction"], "stamp");
    let planned = printed(&world, 0, &["downgrade", "poser@base", "--dry-run", "--json"]);
    assert_eq!(planned["steps"][0]["revision"], "2a00");
}

#[test]
fn what_was_done_before_an_error_and_where_it_is() {
    let world = World::shop();
    world.edit(
        "poser/2a00.sql",
        "CREATE TABLE poser_widget",
        "SELECT x FROM nowhere;\nCREATE TABLE poser_widget",
    );
    let told = printed(&world, 1, &["upgrade", "--json"]);
    assert_eq!(told["applied"], json!([step("1a00", "upgrade", "rattail")]));
    let error = &told["errors"][0];
    assert_eq!(error["code"], "X001");
    assert_eq!(error["name"], "database-refused");
    assert_eq!(error["severity"], "error");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| message.contains("no such table")),
        "{error}"
    );
    assert_eq!(
        error["places"][0],
        json!({"path": "poser/2a00.sql", "line": 9, "column": 1, "end_line": 9, "end_column": 22, "text": ""})
    );
    assert!(!told["done"].as_array().unwrap().is_empty(), "{told}");
}

/// Whatever the command would have printed, an error is one object, and people read it as ever.
#[test]
fn an_error_of_any_command() {
    let world = World::shop();
    for command in [
        &["upgrade", "nowhere", "--json"][..],
        &["downgrade", "nowhere", "--json"],
        &["stamp", "nowhere", "--json"],
        &["plan", "upgrade", "nowhere", "--json"],
        &["show", "nowhere", "--json"],
        &["revision", "--head", "nowhere", "--json"],
    ] {
        let told = printed(&world, 1, command);
        assert_eq!(told["errors"][0]["code"], "G004", "{command:?}: {told}");
        assert!(
            world.run(command).err.starts_with("error[G004 unknown-revision]: "),
            "{command:?}"
        );
    }
    world.write("terrane.toml", "url = 1\n");
    for command in [
        &["heads", "--json"][..],
        &["current", "--json"],
        &["tables", "--json"],
        &["log", "--json"],
    ] {
        let told = printed(&world, 2, command);
        assert_eq!(told["errors"][0]["code"], "C002", "{command:?}: {told}");
        assert_eq!(told["done"], json!([]));
    }
}

#[test]
fn a_new_revision() {
    let world = World::open_shop();
    let arguments = [
        "revision", "-m", "by hand", "--layer", "poser", "--rev-id", "2b00", "--json",
    ];
    assert_eq!(
        printed(&world, 0, &arguments),
        json!({
            "written": {
                "revision": "2b00",
                "layer": "poser",
                "down_revision": ["2a00"],
                "depends_on": [],
                "branch_labels": [],
                "message": "by hand",
                "path": "poser/2b00_by_hand.sql",
            },
            "differences": [],
            "questions": [],
            "warnings": [],
        })
    );
    world.ok(&["upgrade"]);
    let candidate = [
        "revision",
        "--autogenerate",
        "--layer",
        "poser",
        "--rev-id",
        "2c00",
        "--json",
    ];
    let nothing = json!({"written": null, "differences": [], "questions": [], "warnings": []});
    assert_eq!(printed(&world, 0, &candidate), nothing);
    world.edit("poser.sql", "description text NOT NULL", "words text NOT NULL");
    let told = printed(&world, 4, &candidate);
    assert_eq!(told["written"], Value::Null);
    let question = &told["questions"][0];
    assert_eq!(question["code"], "D001");
    let answers: Vec<&Value> = question["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| &choice["answers"])
        .collect();
    assert_eq!(
        answers,
        [
            &json!(["rename:poser_widget.description=words"]),
            &json!(["drop:poser_widget.description"])
        ]
    );
    let answered = [&candidate[..], &["--answer", "rename:poser_widget.description=words"]].concat();
    let told = printed(&world, 0, &answered);
    assert_eq!(told["written"]["path"], "poser/2c00_empty_message.sql");
    assert_eq!(
        told["differences"],
        json!(["rename column `description` of `poser_widget` to `words`"])
    );
}

#[test]
fn an_import() {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"blog\"\nversions = \"blog\"\n",
    );
    world.write("migrations/20240131120501_a/up.sql", "CREATE TABLE t (a int);\n");
    world.write("migrations/20240201120501_b/up.sql", "\\d t\n");
    let told = printed(&world, 1, &["import", "migrations", "--json"]);
    assert_eq!(told["errors"][0]["code"], "S025");
    assert_eq!(told["errors"][0]["places"][0]["line"], 1);
    world.write("migrations/20240201120501_b/up.sql", "CREATE TABLE u (a int);\n");
    world.execute(
        "CREATE TABLE __diesel_schema_migrations (version text PRIMARY KEY, run_on text); CREATE TABLE t (a int)",
    );
    world.execute("INSERT INTO __diesel_schema_migrations VALUES ('20240131120501', '')");
    assert_eq!(
        printed(&world, 0, &["import", "migrations", "--json"]),
        json!({
            "tool": "diesel",
            "layer": "blog",
            "written": ["blog/20240131120501_a.sql", "blog/20240201120501_b.sql"],
            "stands": {"revision": "20240131120501", "ran": 1, "verified": false},
            "warnings": [],
        })
    );
}

#[test]
fn a_password_is_in_nothing_that_a_program_reads() {
    let world = World::shop();
    let url = "postgresql://ann:s3cret@localhost:1/shop";
    let outcome = world.run(&["--url", url, "upgrade", "--json"]);
    assert!(
        !outcome.out.is_empty() && !outcome.out.contains("s3cret"),
        "{}",
        outcome.out
    );
}
