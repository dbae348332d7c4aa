//! Which database is meant, and what is told of it.

use crate::world::World;

/// Where the shop of a world stands after an upgrade with those arguments: which files are there.
fn made(world: &World, cwd: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    let outcome = world.run_with(cwd, environment, &[&["upgrade", "heads", "-q"][..], arguments].concat());
    assert_eq!(outcome.code, 0, "{environment:?} {arguments:?}: {}", outcome.err);
    let is_database = |name: &String| name.ends_with(".db");
    world.names("").into_iter().filter(is_database).collect()
}

#[test]
fn c7_a_path_is_read_as_the_driver_reads_it() {
    for (url, name) in [
        ("sqlite:my%20app.db", "my app.db"),
        ("sqlite:file:x.db", "x.db"),
        ("sqlite://x.db", "x.db"),
        ("sqlite:x.db\n", "x.db"),
        ("  sqlite:x.db ", "x.db"),
        ("sqlite:x.db?mode=rwc", "x.db"),
        ("sqlite:100%.db", "100%.db"),
    ] {
        let world = World::shop();
        assert_eq!(made(&world, "", &[], &["--url", url]), [name], "{url}");
        let current = world.ok(&["current", "--url", url]);
        assert!(current.contains("2a00"), "{url}: {current}");
        assert_eq!(made(&world, "", &[], &["--url", url]), [name], "{url}");
    }
}

#[test]
fn c7_a_mode_is_honoured_or_told() {
    let world = World::open_shop();
    for mode in ["ro", "readonly"] {
        let url = format!("sqlite:app.db?mode={mode}");
        world.exits(0, &["current", "--url", &url]);
        let said = world.exits(1, &["downgrade", "base", "--url", &url]);
        assert!(said.contains("X003"), "{said}");
    }
    world.exits(1, &["upgrade", "heads", "--url", "sqlite:no.db?mode=rw"]);
    for url in [
        "sqlite:app.db?mode=r",
        "sqlite:app.db?mod=ro",
        "sqlite:app.db?cache=none",
        "sqlite:what?.db",
    ] {
        for command in [&["current"][..], &["downgrade", "base"]] {
            let said = world.exits(2, &[command, &["--url", url]].concat());
            assert!(said.contains("C010"), "{url}: {said}");
        }
    }
}

#[test]
fn c7_three_slashes_at_the_root_are_told() {
    let world = World::shop();
    for command in [&["current"][..], &["upgrade", "heads"]] {
        let said = world.exits(
            2,
            &[command, &["--url", "sqlite:///no-such-file-of-terrane.db"]].concat(),
        );
        assert!(said.contains("`sqlite:no-such-file-of-terrane.db`"), "{said}");
    }
}

#[test]
fn a_database_that_is_not_there_is_told() {
    let world = World::open_shop();
    for command in ["current", "tables", "log"] {
        let said = world.exits(0, &[command, "--url", "sqlite:ap.db"]);
        assert!(said.contains("X017") && said.contains("`sqlite:ap.db`"), "{said}");
        assert!(!world.run(&[command]).err.contains("X017"));
    }
}

#[test]
fn e2_the_nearest_that_is_not_empty_names_the_database() {
    let whole = [("TERRANE_URL", "sqlite:b.db"), ("DATABASE_URL", "sqlite:c.db")];
    let env = "# of the app\nexport DATABASE_URL='sqlite:e.db'\n";
    for (environment, arguments, dotenv, expected) in [
        (&whole[..], &["--url", "sqlite:a.db"][..], env, "a.db"),
        (&whole, &[], env, "b.db"),
        (&whole[1..], &[], env, "c.db"),
        (
            &[("TERRANE_URL", ""), ("DATABASE_URL", " ")],
            &[],
            "TERRANE_URL=sqlite:d.db\nDATABASE_URL=sqlite:e.db\n",
            "d.db",
        ),
        (&[], &[], env, "e.db"),
        (&[], &["--url", ""], "DATABASE_URL=\n", "app.db"),
        (
            &[
                ("TERRANE_URL", ""),
                ("TERRANE_CONFIG", ""),
                ("TERRANE_LOCK_TIMEOUT", ""),
                ("TERRANE_DIRECT_URL", ""),
            ],
            &[],
            "",
            "app.db",
        ),
    ] {
        let world = World::shop();
        world.write(".env", dotenv);
        assert_eq!(
            made(&world, "", environment, arguments),
            [expected],
            "{environment:?} {arguments:?}"
        );
    }
    // What other programs read as well is told, where the configuration says otherwise.
    let world = World::shop();
    let told = |world: &World, url: &str| {
        world
            .run_with("", &[("DATABASE_URL", url)], &["current"])
            .err
            .contains("C011")
    };
    assert!(told(&world, "sqlite:c.db"));
    assert!(!told(&world, "sqlite:app.db"));
}

#[test]
fn e2_a_url_is_kept_elsewhere() {
    for (url, environment) in [
        ("env:POSER_URL", &[("POSER_URL", "sqlite:x.db\n")][..]),
        ("file:secret/url", &[]),
    ] {
        let world = World::shop();
        world.write("secret/url", "sqlite:x.db\n");
        assert_eq!(made(&world, "", environment, &["--url", url]), ["x.db"]);
        world.edit("terrane.toml", "sqlite:app.db", url);
        assert_eq!(made(&world, "", environment, &[]), ["x.db"]);
        // What needs no database does not ask where it is.
        world.edit("terrane.toml", url, "env:NOTHING");
        world.exits(0, &["heads"]);
        world.write("secret/url", "\n");
        for url in [
            "env:NOTHING",
            "file:secret/nothing",
            "file:secret/url",
            "file:terrane.toml",
        ] {
            let said = world.exits(2, &["current", "--url", url]);
            assert!(said.contains("C009"), "{said}");
        }
    }
}

#[test]
fn e2_the_configuration_is_found_from_a_folder_below() {
    let world = World::shop();
    world.write("poser/deep/note.txt", "");
    assert_eq!(made(&world, "poser/deep", &[], &[]), ["app.db"]);
    let said = world.run_with("poser/deep", &[], &["current"]);
    assert!(said.out.contains("2a00"), "{said:?}");
    for named in ["..", "../", "../terrane.toml"] {
        assert_eq!(
            world.run_with("poser", &[], &["-c", named, "current"]).code,
            0,
            "{named}"
        );
    }
    assert_eq!(world.run_with("", &[("TERRANE_CONFIG", ".")], &["current"]).code, 0);
    let said = world.run_with("poser", &[], &["-c", "deep", "current"]);
    assert!(said.code == 2 && said.err.contains("C001"), "{said:?}");
}

#[test]
fn a_password_is_covered_wherever_it_stands() {
    const SPELLINGS: [&str; 7] = [
        "postgresql://app:s3cret@127.0.0.1:1/db",
        "postgresql://app:s3 cret@127.0.0.1:1/db",
        "postgresql:/app:s3cret@127.0.0.1:1/db",
        "postgresql:app:s3cret@127.0.0.1:1/db",
        "postgresql://app:a/s3cret?b#c@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?user=app&password=s3cret",
        "mysql://app:s3cret@127.0.0.1:1/db",
    ];
    let hides = |outcome: crate::world::Outcome, how: &str| {
        let said = outcome.all();
        assert!(outcome.code != 0, "{how}");
        assert!(!said.contains("s3cret") && !said.contains("s3 cret"), "{how}: {said}");
    };
    for url in SPELLINGS {
        let world = World::shop();
        for arguments in [
            &["current", "--url", url][..],
            &["upgrade", url],
            &["show", url],
            &["diff", "--from", url, "--to", "poser.sql"],
            &["diff", "--from", "poser.sql", "--to", url],
            &["diff", url],
            &["entities", "--from", url, "--to", "out"],
            &["history", "-r", url],
            &[url],
            &["current", "--lock-timeout", url],
            &["-c", url, "current"],
            &["revision", "-m", "x", "--head", url],
        ] {
            hides(world.run(arguments), &format!("{arguments:?}"));
        }
        hides(world.run_with("", &[("DATABASE_URL", url)], &["current"]), url);
        for line in [
            format!("url = \"{url}\"\nurl = 1"),
            format!("url = '{url}' nonsense"),
            format!("url = {url}"),
            format!("url = \"\"\"\n{url}\"\"\"\nnonsense"),
            format!("url = \"{}\"\nnonsense", url.replace("s3", "\\u0073 s3")),
            format!("database = \"{url}\""),
            "token = \"s3cret\"".to_owned(),
            "api_token = 's3cret' nonsense".to_owned(),
            "[[layer]]\nsecret = \"s3cret\"".to_owned(),
        ] {
            world.write("terrane.toml", format!("{line}\n"));
            hides(world.run(&["current"]), &line);
        }
    }
}
