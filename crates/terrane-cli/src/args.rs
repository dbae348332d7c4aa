//! The arguments. Their doc comments are the help.

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;
use terrane::{Answer, DatabaseUrl, Tool};

/// Where the help lists what every command takes.
const GLOBAL: &str = "Options of every command";

/// The section of an INI file that Alembic reads unless it is told another.
const ALEMBIC_SECTION: &str = "alembic";

/// The configuration where none is named.
pub(crate) const DEFAULT_CONFIG: &str = "terrane.toml";

/// Migrate databases whose schema has several authors: a vendor's base, and the apps on it.
#[derive(Parser, Debug)]
#[command(name = "terrane", version)]
pub(crate) struct Args {
    /// The configuration, or the folder that holds it; looked for in the folders above, too
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "TERRANE_CONFIG",
        default_value = DEFAULT_CONFIG,
        // An empty variable is as good as none.
        value_parser = OsStringValueParser::new().map(PathBuf::from),
        help_heading = GLOBAL
    )]
    pub(crate) config: PathBuf,
    /// The database, instead of the configuration's; `env:NAME` or `file:PATH` says where its URL is kept
    #[arg(long, global = true, env = "TERRANE_URL", hide_env_values = true, help_heading = GLOBAL)]
    pub(crate) url: Option<DatabaseUrl>,
    /// The same database past a pooler, instead of the configuration's
    #[arg(long, global = true, env = "TERRANE_DIRECT_URL", hide_env_values = true, value_name = "URL", help_heading = GLOBAL)]
    pub(crate) direct_url: Option<DatabaseUrl>,
    /// A database beside which scratch databases are made, instead of the configuration's
    #[arg(long, global = true, env = "TERRANE_SCRATCH_URL", hide_env_values = true, value_name = "URL", help_heading = GLOBAL)]
    pub(crate) scratch_url: Option<DatabaseUrl>,
    /// How many seconds to wait for another migrator, instead of the configuration's
    #[arg(long, global = true, env = "TERRANE_LOCK_TIMEOUT", value_name = "SECONDS", value_parser = seconds, help_heading = GLOBAL)]
    pub(crate) lock_timeout: Option<Seconds>,
    /// The section of an Alembic project's INI file
    #[arg(short, long, global = true, value_name = "SECTION", default_value = ALEMBIC_SECTION, help_heading = GLOBAL)]
    pub(crate) name: String,
    /// Print results only
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Write a configuration and the folders that it names
    Init(Init),
    /// Take over the migrations of another tool as the history of a layer
    Import(Import),
    /// Write a new revision file
    Revision(Revision),
    /// Apply revisions
    Upgrade(Upgrade),
    /// Undo revisions
    Downgrade(Downgrade),
    /// Say where the database stands, and run nothing
    Stamp(Stamp),
    /// Give what is in a database that Alembic made its layers; or a layer that was renamed what it had
    Adopt(Adopt),
    /// Show where the database stands
    Current(Current),
    /// Show the revisions that none continues
    Heads(Heads),
    /// Show the revisions that several continue
    Branches(Listing),
    /// Show revisions, newest first
    History(History),
    /// Show a revision
    Show(Named),
    /// Write a revision that joins several heads
    Merge(Merge),
    /// Open a revision's file in the editor
    Edit(Edit),
    /// Tell whether models and database match, and whether all revisions are applied
    Check(Check),
    /// Show what an upgrade, a downgrade or a stamp would do
    Plan(Plan),
    /// Print the script that turns one schema into another
    Diff(Diff),
    /// Print what the database holds as models: `CREATE` statements
    Inspect(Inspect),
    /// Write SeaORM entities for tables that the database holds
    Entities(Entities),
    /// Show the tables, views, functions and types, and whose they are
    Tables(Output),
    /// Show what the roles of layers need (`run_as`), or give it
    Roles(Roles),
    /// Show what was done to the database, oldest first
    Log(Output),
    /// Explain a diagnostic code
    Explain(Explain),
    /// Print the script by which a shell completes the command line
    Completions(Completions),
}

impl Command {
    /// Whether a program reads what it prints.
    pub(crate) fn prints_json(&self) -> bool {
        let output = match self {
            Command::Import(options) => &options.output,
            Command::Revision(options) => &options.output,
            Command::Upgrade(Upgrade { how, .. }) | Command::Downgrade(Downgrade { how, .. }) => &how.output,
            Command::Stamp(options) => &options.output,
            Command::Current(options) => &options.listing.output,
            Command::Heads(options) => &options.listing.output,
            Command::Branches(listing) => &listing.output,
            Command::History(options) => &options.listing.output,
            Command::Show(options) => &options.output,
            Command::Check(options) => &options.output,
            Command::Plan(Plan { what }) => match what {
                PlanOf::Upgrade(to) | PlanOf::Downgrade(to) => &to.output,
                PlanOf::Stamp(to) => &to.output,
            },
            Command::Diff(options) => &options.output,
            Command::Tables(output) | Command::Log(output) => output,
            Command::Roles(options) => &options.output,
            Command::Init(_)
            | Command::Adopt(_)
            | Command::Merge(_)
            | Command::Edit(_)
            | Command::Inspect(_)
            | Command::Entities(_)
            | Command::Explain(_)
            | Command::Completions(_) => return false,
        };
        output.json
    }
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Init {
    /// Where to write it
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// The name of the layer; in a Cargo package with SeaORM that of the package, else `app`
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Write what a vendor's crate brings, from which apps make a layer
    #[arg(long)]
    pub(crate) vendor: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Import {
    /// The folder of the migrations
    pub(crate) folder: PathBuf,
    /// Whose they are, if the files do not tell: sqlx, refinery, diesel, dbmate, golang-migrate, goose, flyway
    #[arg(long, value_name = "TOOL")]
    pub(crate) from: Option<Tool>,
    /// The layer whose history they become
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Fail, if the database has no table of the tool's that says what has run
    #[arg(long, conflicts_with = "no_stamp")]
    pub(crate) stamp: bool,
    /// Open no database, and leave its version rows alone
    #[arg(long)]
    pub(crate) no_stamp: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Revision {
    /// What the revision is for
    #[arg(short, long)]
    pub(crate) message: Option<String>,
    /// Write what the models have and the database has not
    #[arg(long)]
    pub(crate) autogenerate: bool,
    /// With `--autogenerate`: write all that the models have, for new installations; a database that has it is stamped
    #[arg(long, requires = "autogenerate")]
    pub(crate) baseline: bool,
    /// The layer it belongs to
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// The head it continues (`poser@head`), or `base` for a root of its own
    #[arg(long)]
    pub(crate) head: Option<String>,
    /// Let it continue a revision that is no head
    #[arg(long)]
    pub(crate) splice: bool,
    /// A label for the branch that begins with it
    #[arg(long)]
    pub(crate) branch_label: Option<String>,
    /// The folder to write it to
    #[arg(long)]
    pub(crate) version_path: Option<PathBuf>,
    /// Its id, instead of a random one
    #[arg(long)]
    pub(crate) rev_id: Option<String>,
    /// A revision or a branch that has to be there before it
    #[arg(long)]
    pub(crate) depends_on: Vec<String>,
    /// Print the statements of the candidate, and write no file
    #[arg(long, requires = "autogenerate", conflicts_with = "json")]
    pub(crate) sql: bool,
    /// Write each change in one statement, even where whoever uses the table waits for it
    #[arg(long, requires = "autogenerate")]
    pub(crate) short: bool,
    /// An answer to what is asked: `rename:TABLE.OLD=NEW`, `rename:OLD=NEW`, `drop:TABLE.COLUMN`, `drop:TABLE`, `drop:*`
    #[arg(long = "answer", requires = "autogenerate", value_name = "ANSWER")]
    pub(crate) answers: Vec<Answer>,
    /// Ask nothing on the terminal; what is open ends with exit code 4
    #[arg(long, requires = "autogenerate")]
    pub(crate) no_input: bool,
    /// Refuse, if the database holds anything that Terrane has no model of
    #[arg(long, requires = "autogenerate")]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Upgrade {
    /// `head`, `heads`, an id or its beginning, `label@head`, `+1`, `id+2`; with `--sql` also `from:to`
    #[arg(default_value = "heads")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(ClapArgs, Debug)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Downgrade {
    /// `base`, an id or its beginning, `label@base`, `-1`, `id-2`; with `--sql` also `from:to`
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) how: How,
}

/// How a database is moved.
#[derive(ClapArgs, Debug)]
pub(crate) struct How {
    /// Show what would be done, as `plan` does, and change nothing
    #[arg(long, conflicts_with = "sql")]
    pub(crate) dry_run: bool,
    /// Print the script instead of running it; no database is opened
    #[arg(long, conflicts_with = "json")]
    pub(crate) sql: bool,
    /// SQL only, for another client than the server's own shell: without the lines that make the shell stop at an error
    #[arg(long, requires = "sql")]
    pub(crate) plain: bool,
    /// Refuse, if the database holds anything that Terrane has no model of
    #[arg(long, conflicts_with = "sql")]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Stamp {
    /// One place, or one on each of several branches
    #[arg(required = true)]
    pub(crate) targets: Vec<String>,
    /// Print the script instead of running it; no database is opened
    #[arg(long, conflicts_with = "json")]
    pub(crate) sql: bool,
    /// SQL only, for another client than the server's own shell: without the lines that make the shell stop at an error
    #[arg(long, requires = "sql")]
    pub(crate) plain: bool,
    /// Delete all version rows of the configuration's layers first
    #[arg(long, conflicts_with = "sql")]
    pub(crate) purge: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Adopt {
    /// The name that the layer had
    #[arg(long, value_name = "LAYER", requires = "to")]
    pub(crate) from: Option<String>,
    /// The name that it has now
    #[arg(long, value_name = "LAYER", requires = "from")]
    pub(crate) to: Option<String>,
    /// Take Terrane's books out of a database that Alembic made, and leave all else as it is
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub(crate) undo: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Roles {
    /// Give what is missing, all in one transaction
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Current {
    /// Fail if a head is not applied
    #[arg(long)]
    pub(crate) check_heads: bool,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Heads {
    /// Leave out heads that another revision depends on
    #[arg(long)]
    pub(crate) resolve_dependencies: bool,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct History {
    /// `from:to`; either side may be left out, be `current`, or be relative
    #[arg(short, long, value_name = "FROM:TO", allow_hyphen_values = true)]
    pub(crate) rev_range: Option<String>,
    /// Mark where the database stands
    #[arg(short, long)]
    pub(crate) indicate_current: bool,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Listing {
    /// Show each revision whole
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Output {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Named {
    /// A revision, or several: an id, its beginning, a label, `head`, `heads`, `current`
    pub(crate) revision: String,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Edit {
    /// A revision, or several: an id, its beginning, a label, `head`, `heads`, `current`
    pub(crate) revision: String,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Merge {
    /// The heads; `heads` for all
    #[arg(required = true)]
    pub(crate) revisions: Vec<String>,
    /// What the revision is for
    #[arg(short, long)]
    pub(crate) message: Option<String>,
    /// A label for the branch that begins with it
    #[arg(long)]
    pub(crate) branch_label: Option<String>,
    /// Its id, instead of a random one
    #[arg(long)]
    pub(crate) rev_id: Option<String>,
    /// Let it join revisions that are no heads
    #[arg(long)]
    pub(crate) splice: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Check {
    /// Only this layer; otherwise all that have models
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Refuse, if the database holds anything that Terrane has no model of
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Plan {
    #[command(subcommand)]
    pub(crate) what: PlanOf,
}

#[derive(Subcommand, Debug)]
pub(crate) enum PlanOf {
    /// What an upgrade would do
    Upgrade(PlanTarget),
    /// What a downgrade would do
    Downgrade(PlanTarget),
    /// What a stamp would do
    Stamp(PlanTargets),
}

#[derive(ClapArgs, Debug)]
#[command(allow_negative_numbers = true)]
pub(crate) struct PlanTarget {
    /// As for the command itself
    pub(crate) target: String,
    /// Refuse, if the database holds anything that Terrane has no model of
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
#[command(allow_negative_numbers = true)]
pub(crate) struct PlanTargets {
    /// As for the command itself
    #[arg(required = true)]
    pub(crate) targets: Vec<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Diff {
    /// A database's URL, or a file of CREATE statements
    #[arg(long)]
    pub(crate) from: String,
    /// A database's URL, or a file of CREATE statements
    #[arg(long)]
    pub(crate) to: String,
    /// The server that reads files, where neither source is a database: its dialect is the script's; nothing in the
    /// database itself is changed
    #[arg(long, value_name = "URL")]
    pub(crate) scratch: Option<DatabaseUrl>,
    /// Let a file that declares nothing mean that everything goes
    #[arg(long)]
    pub(crate) drop_all: bool,
    /// SQL only, for another client than the server's own shell: without the lines that make the shell stop at an error
    #[arg(long, conflicts_with = "json")]
    pub(crate) plain: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Inspect {
    /// Only what this layer owns
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Another database than the configuration's; needs no configuration
    #[arg(long, value_name = "URL", conflicts_with = "layer")]
    pub(crate) from: Option<DatabaseUrl>,
    /// The file to write it to, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Overwrite a file that is there
    #[arg(long, requires = "to")]
    pub(crate) force: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Entities {
    /// Only these tables
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    /// The folder to write them to, a file for each table and `mod.rs`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// Only the tables that this layer owns
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Another database than the configuration's; needs no configuration
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<DatabaseUrl>,
    /// Where the entity of another's table is, to which a foreign key leads: `customer=rattail::db::model::customer`
    #[arg(long = "parent", value_name = "TABLE=MODULE", value_parser = parent)]
    pub(crate) parents: Vec<(String, String)>,
    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// A whole number of seconds; none, where a variable is set and empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seconds(pub(crate) Option<u64>);

fn seconds(text: &str) -> Result<Seconds, std::num::ParseIntError> {
    if text.is_empty() {
        return Ok(Seconds(None));
    }
    text.parse().map(|seconds| Seconds(Some(seconds)))
}

/// `customer=rattail::db::model::customer`.
fn parent(text: &str) -> Result<(String, String), String> {
    let is_path = |path: &str| {
        let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#');
        path.split("::")
            .all(|part| !part.is_empty() && part.chars().all(letter))
    };
    match text.split_once('=') {
        Some((table, path)) if !table.is_empty() && is_path(path) => Ok((table.to_owned(), path.to_owned())),
        _ => Err("say the table and the module of its entity, as `customer=rattail::db::model::customer`".to_owned()),
    }
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Explain {
    /// The code, as `G003`; without one, all are listed
    pub(crate) code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_make_sense() {
        Args::command().debug_assert();
    }

    #[test]
    fn minus_one_is_a_target() {
        for arguments in [["terrane", "downgrade", "-1"], ["terrane", "upgrade", "+1"]] {
            let args = Args::try_parse_from(arguments).unwrap();
            let target = match args.command {
                Command::Upgrade(options) => options.target,
                Command::Downgrade(options) => options.target,
                _ => panic!("another command"),
            };
            assert_eq!(target, arguments[2]);
        }
    }

    #[test]
    fn an_option_after_targets_is_an_option() {
        let args = Args::try_parse_from(["terrane", "plan", "downgrade", "-1", "--json"]).unwrap();
        let Command::Plan(Plan {
            what: PlanOf::Downgrade(there),
        }) = args.command
        else {
            panic!("another command")
        };
        assert_eq!(there.target, "-1");
        assert!(there.output.json);
        let args = Args::try_parse_from(["terrane", "stamp", "heads", "--purge"]).unwrap();
        let Command::Stamp(there) = args.command else {
            panic!("another command")
        };
        assert!(there.purge);
    }
}
