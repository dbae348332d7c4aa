//! The help of every command, as one text.

use crate::world::World;

const COMMANDS: [&[&str]; 21] = [
    &[],
    &["init"],
    &["revision"],
    &["upgrade"],
    &["downgrade"],
    &["stamp"],
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
    &["tables"],
    &["log"],
    &["explain"],
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
            world.fails(0, &arguments)
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
        assert!(COMMANDS.iter().any(|command| command.first() == Some(&name)), "{name}");
    }
}

#[test]
fn the_version() {
    let said = World::empty().ok(&["--version"]);
    assert_eq!(said, format!("terrane {}\n", env!("CARGO_PKG_VERSION")));
}
