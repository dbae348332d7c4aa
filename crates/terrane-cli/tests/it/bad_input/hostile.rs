//! Text that is meant to do harm: each is an error with a line, and soon.

use super::pending;
use crate::world::{World, revision};
use std::time::{Duration, Instant};

/// The longest that any of this may take, on a machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(20);

#[track_caller]
fn told_soon(world: &World, code: &str, line: usize) {
    for command in [&["upgrade", "heads"][..], &["plan", "upgrade", "heads"]] {
        let begun = Instant::now();
        let said = world.exits(1, command);
        assert!(
            said.starts_with(&format!("error[{code} ")),
            "{}",
            &said[..said.len().min(500)]
        );
        assert!(
            said.contains(&format!("poser/2b00.sql:{line}:")),
            "{}",
            &said[..said.len().min(500)]
        );
        assert!(begun.elapsed() < SOON, "{command:?} took {:?}", begun.elapsed());
    }
}

#[test]
fn a_nul_byte_is_told_with_its_line() {
    for sql in [
        "SELECT 1;\0",
        "SELECT '\0';",
        "SELECT 1 -- \0\n;",
        "SELECT 1 /* \0 */;",
        "SELECT \"\0\";",
        "\0",
        "DROP TABLE poser_widget\0;",
    ] {
        let world = pending(&[], &format!("-- upgrade\n{sql}\n-- downgrade\n"));
        told_soon(&world, "S019", 7);
    }
    told_soon(&pending(&["Create Date: \0"], "-- upgrade\n-- downgrade\n"), "S009", 5);
}

#[test]
fn depth_is_bounded() {
    let nested = format!("{}SELECT 1{}", "SELECT * FROM (".repeat(10_000), ")".repeat(10_000));
    let parentheses = format!("SELECT {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let check = format!(
        "CREATE TABLE poser_more (a int CHECK ({}a > 0{}))",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    for sql in [nested, parentheses, check] {
        let world = pending(&[], &format!("-- upgrade\n{sql};\n-- downgrade\n"));
        told_soon(&world, "S020", 7);
    }
}

#[test]
fn forty_thousand_statements_are_planned_soon() {
    let rows: String = (0..40_000)
        .map(|row| format!("INSERT INTO poser_widget VALUES ('{row}', 'x');\n"))
        .collect();
    let world = pending(&[], &format!("-- upgrade\n{rows}-- downgrade\n"));
    let begun = Instant::now();
    world.ok(&["plan", "upgrade", "heads", "--json"]);
    assert!(begun.elapsed() < SOON * 2, "it took {:?}", begun.elapsed());
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    let world = pending(&[], &format!("-- upgrade\n-- {}\n-- downgrade\n", "x".repeat(17 << 20)));
    let said = world.exits(1, &["upgrade", "heads"]);
    assert!(said.starts_with("error[S020 too-large]: "), "{}", &said[..200]);
}

#[test]
fn an_id_stays_in_its_folder() {
    let world = World::open_shop();
    for id in [
        "../x",
        "..",
        "/tmp/x",
        "a/b",
        "a\\b",
        ".hidden",
        "a\u{1b}b",
        "a'b",
        "a\nb",
        "\u{202e}a",
    ] {
        let said = world.exits(1, &["revision", "--layer", "poser", "-m", "x", "--rev-id", id]);
        assert!(said.starts_with("error[G012 bad-revision-id]: "), "{id:?}: {said}");
    }
    let world = pending(&[], "-- upgrade\n-- downgrade\n");
    world.edit("poser/2b00.sql", "Revision ID: 2b00", "Revision ID: ../2b00");
    assert!(world.exits(1, &["heads"]).starts_with("error[G012 "), "a header");
}

#[test]
fn nothing_that_a_terminal_obeys_is_said() {
    // `World::filtered` refuses an escape in any output.
    let world = pending(
        &[],
        "-- upgrade\nSELECT \"\u{1b}[31m\u{9b}2J\u{7}\" FROM nowhere;\n-- downgrade\n",
    );
    let said = world.run(&["upgrade", "heads"]);
    assert!(
        said.code != 0 && !said.all().contains(['\u{9b}', '\u{7}']),
        "{}",
        said.all()
    );
    let world = pending(&["Create Date: \u{1b}]0;x\u{7}"], "-- upgrade\n-- downgrade\n");
    let said = world.run(&["upgrade", "heads"]);
    assert!(said.code == 1 && !said.all().contains('\u{7}'), "{}", said.all());
    let world = World::open_shop();
    let said = world.run(&["upgrade", "\u{1b}[31mx\u{9b}"]);
    assert!(said.code == 1 && !said.all().contains('\u{9b}'), "{}", said.all());
    world.execute("UPDATE terrane_ledger SET message = 'a' || char(27) || '[2J' || char(155) || char(7)");
    assert!(!world.ok(&["log"]).contains(['\u{9b}', '\u{7}']));
    assert!(!world.ok(&["log", "--json"]).contains(['\u{9b}', '\u{7}']));
}

#[test]
fn a_message_and_a_user_stay_in_their_place() {
    let world = World::open_shop();
    for (at, message) in [
        "it's \\'; DROP TABLE poser_widget; --",
        "$$; DROP TABLE poser_widget; $$",
        "a\n-- downgrade\nDROP TABLE poser_widget;",
        "a\r-- upgrade\rDROP TABLE poser_widget;",
        "*/ DROP TABLE poser_widget; /*",
        "a\u{1b}[2Jb\0",
        "../../x/\\..",
        "upgrade\t: sqlite",
        "-- downgrade",
    ]
    .into_iter()
    .enumerate()
    {
        // No argument of a program holds a NUL.
        let message = message.replace('\0', "");
        let id = format!("3{at}00");
        let message = format!("--message={message}");
        world.ok(&["revision", "--head", "poser@head", &message, "--rev-id", &id]);
        let name = world
            .names("poser")
            .into_iter()
            .find(|name| name.starts_with(&id))
            .unwrap();
        assert!(
            name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')),
            "{name}"
        );
        let user = format!("{message}'\\");
        world
            .run_with("", &[("USER", user.as_str())], &["upgrade", "heads"])
            .expect(0);
        assert_eq!(world.query("SELECT count(*) FROM poser_widget"), "0");
    }
    assert!(!world.ok(&["log"]).contains('\u{1b}'));
    let script = world.ok(&["upgrade", "base:heads", "--sql"]);
    if world.shell("a_message_and_a_user_stay_in_their_place", "other.db", &script) {
        assert_eq!(world.query_in("other.db", "SELECT count(*) FROM poser_widget"), "0");
    }
}

#[test]
fn lines_that_only_an_editor_shows_hide_no_statement() {
    for end in ["\r", "\u{2028}", "\u{85}", "\u{b}"] {
        let text = revision(
            "2b00",
            "2a00",
            &[],
            &format!("-- upgrade\n-- first{end}DROP TABLE x;\nSELECT 1;\n-- downgrade\n"),
        );
        let world = World::open_shop();
        world.write("poser/2b00.sql", text);
        told_soon(&world, "S019", 7);
    }
}
