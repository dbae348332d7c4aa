//! A history in the format of each tool.

use crate::world::World;
use terrane::Tool;

/// A migration, whoever runs it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) title: String,
    /// Statements with their semicolons and the comments around them.
    pub(crate) up: Vec<String>,
    /// What undoes it; none, where nothing does.
    pub(crate) down: Vec<String>,
    /// Whether it runs in no transaction.
    pub(crate) alone: bool,
}

impl Step {
    pub(crate) fn new(title: &str, up: &[&str], down: &[&str]) -> Step {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Step {
            title: title.to_owned(),
            up: owned(up),
            down: owned(down),
            alone: false,
        }
    }
}

/// The configuration of a project into which a history is imported.
pub(crate) fn config(url: &str) -> String {
    format!("url = \"{url}\"\n\n[[layer]]\nname = \"blog\"\nversions = \"blog\"\nmodels = []\n")
}

/// The version of the migration at that place, as the tool's table keeps it.
pub(crate) fn version(tool: Tool, at: usize) -> String {
    match tool {
        Tool::Sqlx | Tool::Dbmate => format!("2024010112{at:02}00"),
        Tool::Diesel => format!("20240101-12{at:02}00").replace('-', ""),
        Tool::Refinery | Tool::GolangMigrate | Tool::Goose => (at + 1).to_string(),
        Tool::Flyway => format!("1.{}", at + 1),
    }
}

/// The id that the migration at that place has as a revision.
pub(crate) fn id(tool: Tool, at: usize) -> String {
    match tool {
        Tool::Sqlx | Tool::Dbmate | Tool::Diesel => version(tool, at),
        Tool::Refinery => format!("blog_{}", at + 1),
        Tool::GolangMigrate => format!("blog_{:06}", at + 1),
        Tool::Goose => format!("blog_{:05}", at + 1),
        Tool::Flyway => format!("blog_1.{}", at + 1),
    }
}

/// The tools in whose files a direction back can stand.
pub(crate) fn goes_back(tool: Tool) -> bool {
    tool != Tool::Refinery
}

/// Writes a history into the folder `migrations`.
pub(crate) fn write(world: &World, tool: Tool, steps: &[Step]) {
    for (at, step) in steps.iter().enumerate() {
        let (version, title) = (version(tool, at), &step.title);
        let name = title.replace(' ', "_");
        let (up, down) = (lines(&step.up), lines(&step.down));
        let file = |name: String, text: &str| world.write(&format!("migrations/{name}"), text);
        match tool {
            Tool::Sqlx => {
                let mark = if step.alone { "-- no-transaction\n" } else { "" };
                file(format!("{version}_{name}.up.sql"), &format!("{mark}{up}"));
                if !step.down.is_empty() {
                    file(format!("{version}_{name}.down.sql"), &format!("{mark}{down}"));
                }
            }
            Tool::Refinery => file(format!("V{version}__{name}.sql"), &up),
            Tool::Diesel => {
                let folder = format!("2024-01-01-12{at:02}00_{name}");
                file(format!("{folder}/up.sql"), &up);
                if !step.down.is_empty() {
                    file(format!("{folder}/down.sql"), &down);
                }
                if step.alone {
                    file(format!("{folder}/metadata.toml"), "run_in_transaction = false\n");
                }
            }
            Tool::Dbmate => {
                let option = if step.alone { " transaction:false" } else { "" };
                let text = format!("-- migrate:up{option}\n{up}\n-- migrate:down{option}\n{down}");
                file(format!("{version}_{name}.sql"), &text);
            }
            Tool::GolangMigrate => {
                file(format!("{:06}_{name}.up.sql", at + 1), &up);
                if !step.down.is_empty() {
                    file(format!("{:06}_{name}.down.sql", at + 1), &down);
                }
            }
            Tool::Goose => file(format!("{:05}_{name}.sql", at + 1), &goose(step)),
            Tool::Flyway => {
                file(format!("V{version}__{name}.sql"), &up);
                if !step.down.is_empty() {
                    file(format!("U{version}__{name}.sql"), &down);
                }
                if step.alone {
                    file(format!("V{version}__{name}.sql.conf"), "executeInTransaction=false\n");
                }
            }
        }
    }
}

fn lines(statements: &[String]) -> String {
    statements.iter().map(|statement| format!("{statement}\n")).collect()
}

fn goose(step: &Step) -> String {
    let way = |statements: &[String]| -> String {
        let wrapped = statements.iter().map(|statement| {
            let inner = statement.trim_end().trim_end_matches(';');
            // goose ends a statement at a semicolon that ends a line, wherever that stands.
            match inner.contains(';') {
                true => format!("-- +goose StatementBegin\n{statement}\n-- +goose StatementEnd\n"),
                false => format!("{statement}\n"),
            }
        });
        wrapped.collect()
    };
    let mark = if step.alone { "-- +goose NO TRANSACTION\n" } else { "" };
    let down = match step.down.is_empty() {
        true => String::new(),
        false => format!("\n-- +goose Down\n{}", way(&step.down)),
    };
    format!("{mark}-- +goose Up\n{}{down}", way(&step.up))
}
