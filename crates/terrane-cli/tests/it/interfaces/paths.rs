//! Where things are looked for, and what the environment says instead.

use crate::world::{CONFIG, World, not_run};

/// The shop in a folder `app`, its layers in folders beside it.
fn apart() -> World {
    let world = World::shop();
    for (name, to) in [
        ("rattail.sql", "vendor/db/model.sql"),
        ("rattail/1a00.sql", "vendor/db/versions/1a00.sql"),
        ("poser.sql", "poser/db/model.sql"),
        ("poser/2a00.sql", "poser/db/versions/2a00.sql"),
    ] {
        let text = world.read(name);
        world.write(to, text);
        std::fs::remove_file(world.path(name)).unwrap();
    }
    std::fs::remove_file(world.path("terrane.toml")).unwrap();
    let config = CONFIG
        .replace("versions = \"rattail\"", "versions = \"../vendor/db/versions\"")
        .replace("models = \"rattail.sql\"", "models = \"../vendor/db/model.sql\"")
        .replace("versions = \"poser\"", "versions = \"../poser/db/versions\"")
        .replace("models = \"poser.sql\"", "models = \"../poser/db/model.sql\"");
    world.write("app/terrane.toml", config);
    world
}

#[test]
fn every_path_is_seen_from_the_configurations_folder() {
    let world = apart();
    for (cwd, config) in [
        ("", "app/terrane.toml"),
        ("app", "terrane.toml"),
        ("vendor/db", "../../app/terrane.toml"),
        ("poser", &world.path("app/terrane.toml").display().to_string()),
    ] {
        let run = |arguments: &[&str]| {
            let all = [&["-c", config], arguments].concat();
            world.run_with(cwd, &[], &all).expect(0)
        };
        run(&["upgrade", "heads"]);
        assert_eq!(world.names("app"), ["app.db", "terrane.toml"], "from {cwd}");
        run(&["check"]);
        run(&["downgrade", "base"]);
        std::fs::remove_file(world.path("app/app.db")).unwrap();
    }
}

#[test]
fn the_configuration_may_come_after_the_command() {
    let world = apart();
    world.ok(&["heads", "-c", "app/terrane.toml"]);
    world.ok(&["heads", "--config", "app/terrane.toml"]);
}

#[test]
fn a_database_given_by_option_or_environment() {
    let world = apart();
    world.ok(&[
        "-c",
        "app/terrane.toml",
        "--url",
        "sqlite:option.db",
        "upgrade",
        "heads",
    ]);
    let environment = [
        ("TERRANE_URL", "sqlite:environment.db"),
        ("TERRANE_CONFIG", "app/terrane.toml"),
    ];
    world.run_with("", &environment, &["upgrade", "heads"]).expect(0);
    assert_eq!(world.names("app"), ["environment.db", "option.db", "terrane.toml"]);
    // The option is nearer than the environment.
    world
        .run_with("", &environment, &["--url", "sqlite:nearer.db", "upgrade", "heads"])
        .expect(0);
    assert!(world.path("app/nearer.db").exists());
}

#[test]
fn urls_of_all_spellings() {
    let world = World::shop();
    let absolute = world.path("three.db").display().to_string();
    for (url, file) in [
        ("sqlite:one.db".to_owned(), "one.db"),
        ("sqlite://two.db".to_owned(), "two.db"),
        (format!("sqlite://{absolute}"), "three.db"),
        ("sqlite:four.db?mode=rwc".to_owned(), "four.db"),
    ] {
        world.ok(&["--url", &url, "upgrade", "heads"]);
        assert!(world.path(file).exists(), "{url}");
    }
}

#[test]
fn how_long_to_wait_by_option_configuration_and_environment() {
    let world = World::open_shop();
    let waited = |environment: &[(&str, &str)], arguments: &[&str]| {
        let begun = std::time::Instant::now();
        let arguments = [&["downgrade", "base"], arguments].concat();
        world
            .while_locked(|| world.run_with("", environment, &arguments))
            .expect(1);
        begun.elapsed()
    };
    let soon = std::time::Duration::from_secs(20);
    assert!(waited(&[("TERRANE_LOCK_TIMEOUT", "0")], &[]) < soon);
    assert!(waited(&[("TERRANE_LOCK_TIMEOUT", "60")], &["--lock-timeout", "0"]) < soon);
    world.write("terrane.toml", format!("lock_timeout = 0\n{CONFIG}"));
    assert!(waited(&[], &[]) < soon);
}

#[test]
fn no_colour_where_there_is_no_terminal() {
    // `World` looks for escapes in every output; here the variables that might ask for them.
    let world = World::open_shop();
    for environment in [
        &[][..],
        &[("NO_COLOR", "1")],
        &[("TERM", "xterm-256color")],
        &[("COLORTERM", "truecolor")],
    ] {
        world.run_with("", environment, &["history", "-v"]).expect(0);
        world.run_with("", environment, &["upgrade", "nowhere"]).expect(1);
    }
}

#[test]
fn quiet_prints_results_only() {
    let world = World::shop();
    assert_eq!(world.ok(&["--quiet", "upgrade", "heads"]), "");
    assert_eq!(world.ok(&["--quiet", "upgrade", "heads"]), "");
    assert_eq!(world.ok(&["--quiet", "current"]).lines().count(), 2);
}

#[test]
fn a_wait_longer_than_any_server_counts() {
    let world = World::open_shop();
    world.ok(&["upgrade", "heads", "--lock-timeout", "18446744073709551615"]);
    world.write("terrane.toml", format!("lock_timeout = 9000000000000000000\n{CONFIG}"));
    world.ok(&["downgrade", "base"]);
}

#[test]
fn a_result_that_does_not_arrive_is_a_failure() {
    let world = World::shop();
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        not_run(
            "interfaces::paths::a_result_that_does_not_arrive_is_a_failure",
            "there is no /dev/full",
        );
        return;
    };
    for arguments in [&["upgrade", "heads", "--sql"][..], &["heads"], &["heads", "--json"]] {
        let mut command = world.command("", arguments);
        let output = command.stdout(full.try_clone().unwrap()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            said,
            "error: standard output cannot be written; what arrived is not all\n"
        );
    }
}

#[test]
fn a_reader_that_went_away_is_none() {
    let world = World::open_shop();
    let mut command = world.command("", &["history", "--json"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn names_with_spaces_and_signs() {
    let world = World::shop();
    for name in [
        "with space.db",
        "ünïcode.db",
        "quote'.db",
        "100%.db",
        "a&b.db",
        "a#b.db",
    ] {
        world.ok(&["--url", &format!("sqlite:{name}"), "upgrade", "heads"]);
        assert!(world.path(name).exists(), "{name}: {:?}", world.names(""));
    }
}

#[test]
fn files_of_other_systems() {
    let world = World::shop();
    for name in [
        "terrane.toml",
        "rattail.sql",
        "poser.sql",
        "rattail/1a00.sql",
        "poser/2a00.sql",
    ] {
        let text = world.read(name).replace('\n', "\r\n");
        world.write(name, format!("\u{feff}{text}"));
    }
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &["check"]);
    assert_eq!(
        world.ok(&["heads"]),
        "1a00 (rattail) (head), step 1a00\n2a00 (poser) (head), step 2a00\n"
    );
    world.ok(&["downgrade", "base"]);
}

#[test]
fn several_folders_and_files_of_one_layer() {
    let world = World::shop();
    world.edit(
        "terrane.toml",
        "versions = \"poser\"",
        "versions = [\"poser\", \"poser/more\"]",
    );
    world.edit(
        "terrane.toml",
        "models = \"poser.sql\"",
        "models = [\"poser.sql\", \"more.sql\"]",
    );
    world.write("more.sql", "CREATE TABLE poser_more (id integer PRIMARY KEY);\n");
    world.write("poser/more/.gitkeep", "");
    world.ok(&["upgrade", "heads"]);
    world.ok(&[
        "revision",
        "--autogenerate",
        "--layer",
        "poser",
        "--version-path",
        "poser/more",
        "--rev-id",
        "2b00",
    ]);
    assert_eq!(world.names("poser/more"), [".gitkeep", "2b00_empty_message.sql"]);
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &["check"]);
    // What follows goes beside what it continues.
    world.ok(&["revision", "--layer", "poser", "--rev-id", "2c00"]);
    assert_eq!(
        world.names("poser/more"),
        [".gitkeep", "2b00_empty_message.sql", "2c00_empty_message.sql"]
    );
}
