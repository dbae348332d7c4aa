//! The help of every command, as one text.

use crate::world::World;

const COMMANDS: [&[&str]; 27] = [
    &[],
    &["init"],
    &["import"],
    &["revision"],
    &["upgrade"],
    &["downgrade"],
    &["stamp"],
    &["adopt"],
    &["current"],
    &["heads"],
    &["branches"],
    &["history"],
    &["show"],
    &["merge"],
    &["edit"],
    &["check"],
    &["plan"],
    &["plan", "upgrade"],
    &["diff"],
    &["inspect"],
    &["entities"],
    &["tables"],
    &["roles"],
    &["log"],
    &["explain"],
    &["completions"],
    &["plan", "stamp"],
];

#[test]
fn help() {
    let world = World::empty();
    let mut text = String::new();
    for command in COMMANDS {
        let arguments = [command, &["--help"]].concat();
        text.push_str(&format!(
            "$ terrane {}\n{}\n",
            arguments.join(" "),
            world.exits(0, &arguments)
        ));
    }
    insta::assert_snapshot!("help", text);
}

#[test]
fn every_command_is_among_them() {
    let top = World::empty().ok(&["--help"]);
    let listed = top
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    for line in listed.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        // `help` is the help of another command.
        let is_shown = COMMANDS.iter().any(|command| command.first() == Some(&name));
        assert!(is_shown || name == "help", "{name}");
    }
}

#[test]
fn a_shell_is_told_how_to_complete() {
    let script = World::empty().ok(&["completions", "bash"]);
    assert!(script.contains("--autogenerate"), "{script}");
}

#[test]
fn the_version() {
    let said = World::empty().ok(&["--version"]);
    assert_eq!(said, format!("terrane {}\n", env!("CARGO_PKG_VERSION")));
}

/// Every key that the configuration takes, every variable and every exit code stands in the reference, and no other key.
#[test]
fn the_reference_of_the_configuration() {
    let page = include_str!("../../../../docs/reference/configuration.md");
    let keys = |config: &str| -> Vec<String> {
        let world = World::empty();
        world.write("terrane.toml", config);
        let said = world.exits(2, &["heads"]);
        let list = said.split("Use one of ").nth(1).unwrap().lines().next().unwrap();
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut known = keys("no_such_key = 1\n");
    known.extend(keys("[[layer]]\nname = \"a\"\nversions = \"a\"\nno_such_key = 1\n"));
    known.extend(keys("[program]\nmanifest = \"a\"\nno_such_key = 1\n"));
    known.extend(keys("[locks]\nno_such_key = 1\n"));
    known.retain(|key| !["layer", "program", "locks"].contains(&key.as_str()));
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let mut documented: Vec<&str> = rows
        .map(|(key, _)| key)
        .filter(|key| !key.starts_with("TERRANE_"))
        .collect();
    known.sort();
    documented.sort();
    assert_eq!(known, documented);
    let help = World::empty().ok(&["--help"]);
    for variable in [
        "TERRANE_CONFIG",
        "TERRANE_URL",
        "TERRANE_DIRECT_URL",
        "TERRANE_LOCK_TIMEOUT",
    ] {
        assert!(
            page.contains(&format!("| `{variable}` |")) && help.contains(variable),
            "{variable}"
        );
    }
    for code in 0..5 {
        assert!(page.contains(&format!("\n| {code} | ")), "{code}");
    }
}
