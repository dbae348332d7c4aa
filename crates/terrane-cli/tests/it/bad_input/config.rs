//! `terrane.toml`.

use crate::world::{CONFIG, World};
use insta::assert_snapshot;

fn said_of(config: &str) -> String {
    let world = World::shop();
    world.write("terrane.toml", config);
    world.exits(2, &["upgrade", "heads"])
}

#[test]
fn none() {
    assert_snapshot!(World::empty().exits(2, &["heads"]), @r"
    error[C001 configuration-not-found]: there is no configuration `terrane.toml`
     |
     = help: Write one with `terrane init`, or name one with `-c`.
    ");
    assert_snapshot!(World::empty().exits(2, &["-c", "app/gone.toml", "upgrade", "heads"]), @r"
    error[C001 configuration-not-found]: there is no configuration `app/gone.toml`
     |
     = help: Write one with `terrane init`, or name one with `-c`.
    ");
}

#[test]
fn no_toml() {
    assert_snapshot!(said_of("url = \"sqlite:app.db\"\n[[layer\n"), @r"
    error[C002 bad-configuration]: unclosed array table, expected `]]`
     --> terrane.toml:2:8
      |
    2 | [[layer
      |        ^
    ");
    assert_snapshot!(said_of("url = sqlite:app.db\n"), @r"
    error[C002 bad-configuration]: string values must be quoted, expected literal string
     --> terrane.toml:1:7
      |
    1 | url = sqlite:app.db
      |       ^^^^^^^^^^^^^
    ");
}

#[test]
fn bytes_that_are_no_utf_8() {
    let world = World::shop();
    world.write("terrane.toml", b"url = \"\xff\"\n");
    assert_snapshot!(world.exits(2, &["heads"]), @r#"
    error[C002 bad-configuration]: cannot read `terrane.toml`: its bytes are no UTF-8
     --> terrane.toml:1:8
      |
    1 | url = "�"
      |        ^ this byte
      |
      = help: Save the file as UTF-8.
    "#);
}

#[test]
fn unknown_keys() {
    assert_snapshot!(said_of(&CONFIG.replace("url", "ulr")), @r#"
    error[C002 bad-configuration]: `ulr` is no key that stands here
     --> terrane.toml:1:1
      |
    1 | ulr = "sqlite:app.db"
      | ^^^
      |
      = help: Use one of `url`, `direct_url`, `scratch_url`, `lock_timeout`, `rows`, `online`, `ignore`, `locks`, `layer`, `program`.
    "#);
    assert_snapshot!(said_of(&CONFIG.replace("requires", "require")), @r#"
    error[C002 bad-configuration]: `require` is no key that stands here
      --> terrane.toml:12:1
       |
    12 | require = ["rattail"]
       | ^^^^^^^
       |
       = help: Use one of `name`, `versions`, `models`, `requires`, `types`, `run_as`.
    "#);
}

#[test]
fn values_of_another_type() {
    assert_snapshot!(said_of(&CONFIG.replace("requires = [\"rattail\"]", "requires = \"rattail\"")), @r#"
    error[C002 bad-configuration]: expected a list
      --> terrane.toml:12:12
       |
    12 | requires = "rattail"
       |            ^^^^^^^^^
    "#);
    assert_snapshot!(said_of(&CONFIG.replace("versions = \"poser\"", "versions = 7")), @r"
    error[C002 bad-configuration]: expected a path, or a list of paths
      --> terrane.toml:10:12
       |
    10 | versions = 7
       |            ^
    ");
    assert_snapshot!(said_of(&format!("lock_timeout = \"long\"\n{CONFIG}")), @r#"
    error[C002 bad-configuration]: expected a whole number of seconds
     --> terrane.toml:1:16
      |
    1 | lock_timeout = "long"
      |                ^^^^^^
    "#);
    assert_snapshot!(said_of(&format!("lock_timeout = -1\n{CONFIG}")), @r"
    error[C002 bad-configuration]: expected a whole number of seconds
     --> terrane.toml:1:16
      |
    1 | lock_timeout = -1
      |                ^^
    ");
}

#[test]
fn keys_that_are_missing() {
    assert_snapshot!(said_of(&CONFIG.replace("versions = \"poser\"\n", "")), @r#"
    error[C002 bad-configuration]: `versions` is missing here
     --> terrane.toml:8:1
      |
    8 | [[layer]]
      | ^^^^^^^^^
      |
      = help: Add a line `versions = "…"`.
    "#);
    assert_snapshot!(said_of(&CONFIG.replace("url = \"sqlite:app.db\"\n", "")), @r"
    error[C004 no-database-url]: the configuration names no database
     |
     = help: Set `url` in `terrane.toml`, or TERRANE_URL in the environment.
    ");
}

#[test]
fn layers_that_cannot_be() {
    assert_snapshot!(said_of("url = \"sqlite:app.db\"\n"), @r#"
    error[C002 bad-configuration]: the configuration has no layer
     --> terrane.toml:1:1
      |
    1 | url = "sqlite:app.db"
      | ^
      |
      = help: Add a `[[layer]]`.
    "#);
    let twice = CONFIG.replace("name = \"rattail\"", "name = \"poser\"");
    assert_snapshot!(said_of(&twice), @r#"
    error[C002 bad-configuration]: layer `poser` stands here twice
     --> terrane.toml:9:8
      |
    9 | name = "poser"
      |        ^^^^^^^
      |
      = help: Give each layer a name of its own.
    error[C002 bad-configuration]: layer `poser` requires `rattail`, which is no layer
      --> terrane.toml:12:13
       |
    12 | requires = ["rattail"]
       |             ^^^^^^^^^
       |
       = help: Add a `[[layer]]` of that name.
    "#);
    assert_snapshot!(said_of(&CONFIG.replace("name = \"rattail\"", "name = \"rat@tail\"")), @r#"
    error[C002 bad-configuration]: `rat@tail` cannot be the name of a layer
     --> terrane.toml:4:8
      |
    4 | name = "rat@tail"
      |        ^^^^^^^^^^
      |
      = help: Use letters, digits and underscores, a letter first; not `head`, `heads`, `base` or `current`.
    error[C002 bad-configuration]: layer `poser` requires `rattail`, which is no layer
      --> terrane.toml:12:13
       |
    12 | requires = ["rattail"]
       |             ^^^^^^^^^
       |
       = help: Add a `[[layer]]` of that name.
    "#);
    assert_snapshot!(said_of(&CONFIG.replace("requires = [\"rattail\"]", "requires = [\"rattail\", \"poser\"]")), @r#"
    error[C002 bad-configuration]: layer `poser` requires itself
      --> terrane.toml:12:24
       |
    12 | requires = ["rattail", "poser"]
       |                        ^^^^^^^
       |
       = help: Take it out.
    "#);
    let circle = CONFIG.replace(
        "models = \"rattail.sql\"",
        "models = \"rattail.sql\"\nrequires = [\"poser\"]",
    );
    assert_snapshot!(said_of(&circle), @r#"
    error[C002 bad-configuration]: layer `rattail` requires itself by way of others
     --> terrane.toml:4:8
      |
    4 | name = "rattail"
      |        ^^^^^^^^^
      |
      = help: A layer can only build on what does not build on it.
    "#);
    assert_snapshot!(said_of(&CONFIG.replace("[\"rattail\"]", "[\"ratail\"]")), @r#"
    error[C002 bad-configuration]: layer `poser` requires `ratail`, which is no layer
      --> terrane.toml:12:13
       |
    12 | requires = ["ratail"]
       |             ^^^^^^^^
       |
       = help: Add a `[[layer]]` of that name.
    "#);
}

#[test]
fn two_layers_in_one_folder() {
    assert_snapshot!(said_of(&CONFIG.replace("versions = \"poser\"", "versions = \"./rattail\"")), @r#"
    error[C002 bad-configuration]: layers `rattail` and `poser` keep their revisions in one folder
     --> terrane.toml:9:8
      |
    9 | name = "poser"
      |        ^^^^^^^
      |
      = help: Give each a folder of its own; a revision belongs to the layer in whose folder it lies.
    "#);
}

#[test]
fn a_server_that_is_not_supported() {
    let config = CONFIG.replace("sqlite:app.db", "oracle://me:s3cret@host/app");
    assert_snapshot!(said_of(&config), @r"
    error[C005 unsupported-database]: there is no dialect for `oracle` databases
     |
     = help: Use `sqlite:path/to/file.db`, or `postgresql://user@host/database`.
    ");
}

/// The password stands in the file; no command says it, whatever is wrong.
#[test]
fn a_password_is_never_shown() {
    const COMMANDS: [&[&str]; 14] = [
        &["upgrade", "heads"],
        &["downgrade", "-1"],
        &["stamp", "heads"],
        &["current"],
        &["current", "-v"],
        &["heads"],
        &["history", "-i"],
        &["check"],
        &["plan", "upgrade", "heads"],
        &["tables"],
        &["log"],
        &["upgrade", "heads", "--sql"],
        &["revision", "--autogenerate", "--layer", "poser"],
        &["show", "current"],
    ];
    let urls = [
        "postgresql://me:s3cret@host/app",
        "postgresql://me:s3cret@host:5432/app?sslmode=require",
        "sqlite://me:s3cret@host/app.db",
        "postgresql://me:p@s3cret@host/app",
        "mysql://host/app?user=me&password=s3cret",
        "postgresql://me:a/s3cret@host/app",
        "postgresql://me:a?s3cret@host/app",
        "host=db user=me password=s3cret",
    ];
    for url in urls {
        let line = format!("url = \"{url}\"");
        let faults = [
            line.clone(),
            format!("{line} oops"),
            format!("{line}\nulr = 7"),
            line.replace("url =", "ulr ="),
            format!("url = \"{url}"),
            format!("url = [\"{url}\"]"),
            format!("{line}\n{line}"),
            format!("lock_timeout = \"{url}\""),
            format!("# {line}\nlayer = 3"),
        ];
        for fault in faults {
            let world = World::shop();
            world.write("terrane.toml", CONFIG.replace("url = \"sqlite:app.db\"", &fault));
            let commands: &[&[&str]] = if fault == line { &COMMANDS } else { &COMMANDS[..1] };
            for command in commands {
                let said = world.run(command).all();
                assert!(!said.contains("s3cret"), "{fault}\n{command:?}\n{said}");
            }
        }
        let world = World::shop();
        // All commands with one URL, and two of them with each.
        let all = url == urls[0];
        for command in COMMANDS.iter().copied().take(if all { COMMANDS.len() } else { 2 }) {
            let by_option = world.run(&[command, &["--url", url]].concat());
            let by_environment = world.run_with("", &[("TERRANE_URL", url)], command);
            assert!(!by_option.all().contains("s3cret"), "{command:?} {}", by_option.all());
            assert!(
                !by_environment.all().contains("s3cret"),
                "{command:?} {}",
                by_environment.all()
            );
        }
        let help = world.run_with("", &[("TERRANE_URL", url)], &["--help"]);
        assert!(!help.all().contains("s3cret"));
    }
}
