//! The app's own program, which Cargo builds and runs: what stands for Cargo here ends as Cargo does.

use crate::world::World;

/// A project whose program is `cargo`'s to run, and a script in Cargo's place.
fn world(cargo: &str) -> World {
    let world = World::empty();
    let config = "url = \"sqlite:app.db\"\n\n[program]\nmanifest = \"Cargo.toml\"\n\n[[layer]]\nname = \"app\"\nversions = \"app\"\n";
    world.write("terrane.toml", config);
    world.write("Cargo.toml", "");
    world.write("app/note.txt", "");
    world.write("cargo", format!("#!/bin/sh\n{cargo}\n"));
    executable(&world, "cargo");
    world
}

#[cfg(unix)]
fn executable(world: &World, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(world.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn said(code: i32, cargo: &str) -> String {
    let world = world(cargo);
    let path = world.path("cargo").display().to_string();
    world.unchanged(code, || world.run_with("", &[("CARGO", &path)], &["upgrade", "heads"]))
}

#[test]
#[cfg(unix)]
fn one_that_does_not_build() {
    let said = said(2, "echo 'error: expected item' >&2; exit 101");
    assert!(said.starts_with("error: expected item\n"), "{said}");
    assert_eq!(said.matches("expected item").count(), 1, "told once: {said}");
    assert!(
        said.contains("error[C006 app-program]: the app's program does not build"),
        "{said}"
    );
    assert!(said.contains("nothing was run"), "{said}");
}

#[test]
#[cfg(unix)]
fn one_that_panics() {
    let said = said(1, "if [ \"$1\" = run ]; then echo 'it went wrong' >&2; exit 101; fi");
    assert!(said.starts_with("it went wrong\n"), "{said}");
    assert!(
        said.contains("error[X021 program-died]: the app's program ran, and ended in a panic"),
        "{said}"
    );
    assert!(said.contains("`terrane current` says where it stands"), "{said}");
    assert!(
        !said.contains("does not build") && !said.contains("nothing was run"),
        "{said}"
    );
}

#[test]
#[cfg(unix)]
fn one_that_is_killed() {
    let said = said(1, "kill -9 $$");
    assert!(
        said.contains("error[X021 program-died]: the app's program was ended by signal 9"),
        "{said}"
    );
}

#[test]
#[cfg(unix)]
fn one_that_ends_by_itself_says_how() {
    assert_eq!(said(3, "exit 3"), "");
}

#[test]
#[cfg(unix)]
fn what_the_configuration_says_of_it_is_told_to_cargo() {
    let world = world("echo \"$@\"");
    let more =
        "release = true\nlocked = true\nfeatures = [\"a\", \"b\"]\narguments = [\"--config\", \"net.offline=true\"]\n";
    let manifest = "manifest = \"Cargo.toml\"\n";
    world.edit("terrane.toml", manifest, &format!("{manifest}{more}"));
    let path = world.path("cargo").display().to_string();
    let said = world.unchanged(0, || world.run_with("", &[("CARGO", &path)], &["upgrade", "heads"]));
    assert_eq!(
        said,
        "run --quiet --manifest-path Cargo.toml --features a,b --release --locked --config net.offline=true -- upgrade heads\n"
    );
}

/// Where somebody sits and waits, Cargo shows how far it is. `script` makes a terminal.
#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_cargo_shows_its_progress() {
    let world = world("echo \"$@\"");
    let program = format!("'{}' upgrade heads", env!("CARGO_BIN_EXE_terrane"));
    let output = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command", &program, "/dev/null"])
        .env("CARGO", world.path("cargo"))
        .current_dir(world.path(""))
        .stdin(std::process::Stdio::null())
        .output();
    let Ok(output) = output else {
        return crate::world::not_run(
            "bad_input::program::on_a_terminal_cargo_shows_its_progress",
            "there is no `script`",
        );
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.starts_with("run --manifest-path Cargo.toml -- upgrade heads"),
        "{said}"
    );
}

/// A binary that is named is built, and run by Terrane itself: what the compiler said at another time is not said again.
#[test]
#[cfg(unix)]
fn a_program_by_its_name_says_a_warning_once() {
    let world = world(
        "test \"$FRESH\" || exit 101\ntest \"$1\" = build || exit 7\ncat message.json\nsed \"s/FRESH/$FRESH/; s#PROGRAM#$PROGRAM#\" \
         artifact.json",
    );
    let of = "\"package_id\": \"a\", \"target\": {\"kind\": [\"bin\"], \"name\": \"migrate\"}";
    let message = "\"message\": {\"rendered\": \"warning: unused\\n\"}";
    world.write(
        "message.json",
        format!("{{\"reason\": \"compiler-message\", {of}, {message}}}\n"),
    );
    let artifact = "\"fresh\": FRESH, \"executable\": \"PROGRAM\"";
    world.write(
        "artifact.json",
        format!("{{\"reason\": \"compiler-artifact\", {of}, {artifact}}}\n"),
    );
    let manifest = "manifest = \"Cargo.toml\"\n";
    world.edit("terrane.toml", manifest, &format!("{manifest}bin = \"migrate\"\n"));
    world.write("program", "#!/bin/sh\necho \"ran $* $TERRANE_DELEGATED\"\nexit $CODE\n");
    executable(&world, "program");
    let [cargo, program] = ["cargo", "program"].map(|name| world.path(name).display().to_string());
    let run = |fresh: &str, code: &str| {
        let environment = [
            ("CARGO", cargo.as_str()),
            ("PROGRAM", &program),
            ("FRESH", fresh),
            ("CODE", code),
        ];
        world.run_with("", &environment, &["upgrade", "heads"])
    };
    let first = run("false", "0");
    assert_eq!(
        (first.out.as_str(), first.err.as_str()),
        ("ran upgrade heads 1\n", "warning: unused\n")
    );
    let second = run("true", "3");
    assert_eq!(
        (second.out.as_str(), second.err.as_str()),
        ("ran upgrade heads 1\n", "")
    );
    assert_eq!(second.code, 3);
    let panicked = run("true", "101");
    assert!(
        panicked
            .err
            .contains("error[X021 program-died]: the app's program ran, and ended in a panic")
    );
    let unbuilt = run("", "0");
    assert!(
        unbuilt
            .err
            .contains("error[C006 app-program]: the app's program does not build"),
        "{}",
        unbuilt.err
    );
    assert_eq!((unbuilt.out.as_str(), unbuilt.code), ("", 2));
    world.edit("terrane.toml", "\"migrate\"", "\"other\"");
    let other = run("true", "0");
    assert!(
        other.err.contains("Cargo made no binary `other` of `Cargo.toml`"),
        "{}",
        other.err
    );
}

#[test]
fn no_cargo_to_run_it() {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[program]\nmanifest = \"Cargo.toml\"\n\n[[layer]]\nname = \"app\"\nversions = \"app\"\n",
    );
    let said = world.unchanged(2, || {
        world.run_with("", &[("CARGO", "/nowhere/cargo")], &["upgrade", "heads"])
    });
    assert!(said.contains("error[C006 app-program]: cannot run `cargo`"), "{said}");
}
