//! What a history amounts to, and what models say, as schemas: without a database.

use std::fs;
use std::path::Path;
use terrane_core::ddl::{Flavor, ParsedStatement, parse_statement};
use terrane_core::diff::{Dependencies, Options, Renames, diff};
use terrane_core::name::Folding;
use terrane_core::op::{Effect, Op, RawSql};
use terrane_core::revision::{Action, Revision, Target, Way, parse};
use terrane_core::schema::Schema;
use terrane_core::sql::{Lexing, split};
use terrane_core::text::SourceFile;
use terrane_sea_orm::Module;

const FLAVOR: Flavor = Flavor {
    lexing: Lexing::PORTABLE,
    folding: Folding::AsciiInsensitive,
    default_schema: None,
};

/// The revisions of folders, each after the one that it follows.
pub(crate) fn revisions(folders: &[&str]) -> Vec<Revision> {
    let mut left: Vec<Revision> = folders.iter().flat_map(|folder| read(Path::new(folder))).collect();
    let mut ordered: Vec<Revision> = Vec::new();
    while !left.is_empty() {
        let next = left
            .iter()
            .position(|revision| revision.down_revisions == Vec::from_iter(ordered.last().map(|last| last.id.clone())))
            .expect("the history is one line");
        ordered.push(left.swap_remove(next));
    }
    ordered
}

fn read(folder: &Path) -> Vec<Revision> {
    let files = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut revisions = Vec::new();
    for entry in files {
        let path = entry.expect("an entry of the folder").path();
        let text = fs::read_to_string(&path).expect("a text");
        let parsed = parse(&SourceFile::new(path.display().to_string(), text), None);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let revision = parsed.value.expect("a revision");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(name.starts_with(revision.id.as_str()), "{name}");
        assert_eq!(revision.dialect, Target::Any, "{name}");
        revisions.push(revision);
    }
    revisions
}

/// Carries out one direction of a revision.
fn step(schema: &mut Schema, revision: &Revision, way: Way) {
    let section = revision.section(way, "any").expect("both directions");
    for step in &section.steps {
        if let Action::Sql(statement) = &step.action {
            carry_out(schema, statement, &format!("{} of {}", way.word(), revision.id));
        }
    }
}

fn carry_out(schema: &mut Schema, text: &str, whose: &str) {
    for statement in split(text, &FLAVOR.lexing).expect("statements") {
        let ParsedStatement { ops, .. } =
            parse_statement(text, &statement, &FLAVOR).unwrap_or_else(|why| panic!("{whose}: {}\n{text}", why.message));
        for op in ops {
            let unknown = matches!(
                &op,
                Op::Sql(RawSql {
                    effect: Effect::Unknown,
                    ..
                })
            );
            assert!(!unknown, "{whose}: not understood\n{text}");
            op.apply(schema).unwrap_or_else(|why| panic!("{whose}: {why}\n{text}"));
        }
    }
}

/// What a history amounts to; each downgrade is tried on the way, and has to undo its upgrade.
pub(crate) fn history(revisions: &[Revision]) -> Schema {
    let mut schema = Schema::new();
    for revision in revisions {
        let before = schema.clone();
        step(&mut schema, revision, Way::Upgrade);
        let mut back = schema.clone();
        step(&mut back, revision, Way::Downgrade);
        assert_same(&back, &before, &format!("downgrade of {}", revision.id));
    }
    schema
}

/// What models say.
pub(crate) fn models(module: &Module) -> Schema {
    assert_eq!(module.strangers(), [], "every entity is declared");
    assert!(module.forgotten_files().is_empty(), "{:?}", module.forgotten_files());
    let mut schema = Schema::new();
    for declaration in module.declarations() {
        let table = (declaration.table)();
        assert_eq!(table.faults, [], "{}", declaration.module);
        for statement in table.statements() {
            carry_out(&mut schema, &statement, declaration.module);
        }
    }
    schema
}

/// That two schemas are one, and what would have to be done if they are not.
#[track_caller]
pub(crate) fn assert_same(is: &Schema, should_be: &Schema, what: &str) {
    let options = Options {
        dependencies: Dependencies::Loose,
        column_order: true,
        dangling_foreign_keys: true,
        open_names: true,
    };
    let delta = diff(is, should_be, &Renames::default(), &options);
    let words: Vec<String> = delta.ops.iter().map(Op::describe).collect();
    assert!(delta.is_empty(), "{what}:\n{}\n{:?}", words.join("\n"), delta.stuck);
    assert_eq!(is, should_be, "{what}");
}
