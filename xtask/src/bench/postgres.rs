//! PostgreSQL beside `psql`, on a server that is thrown away with each benchmark.
//!
//! What a command asks of its database is not written down here, where it would grow old: the server logs it once, and
//! `psql` sends the same text.

use std::fs;
use std::path::Path;

use super::measure::{Contender, Contest};
use super::project::{self, APP, Layer};
use super::stall::Writer;
use crate::postgres::Server;
use crate::throwaway::Throwaway;

/// What the floor of autogenerate is, as it is printed. The scratch database in which the models are read is all on our
/// side.
pub(super) const ITS_QUERIES: &str =
    "psql with the queries that the command sends to the database, without its scratch database";

/// The other layer, where there are two.
const VENDOR: &str = "vendor";

const COLUMNS: u32 = 12;

/// The database that has one layer of the two.
const ALONE: &str = "alone";

const QUERIES: &str = "queries.sql";

/// A server and the folder of its files, in the order in which they go.
pub(super) struct Place {
    server: Server,
    _folder: Throwaway,
}

/// Autogenerate that finds nothing to do, in a layer of so many tables.
pub(super) fn autogenerate(terrane: &Path, folder: &Path, tables: u32) -> Result<Contest, String> {
    let place = Place::new()?;
    let ours = place.settled(terrane, folder, APP, &[(APP, 1..=tables)])?;
    place.heard(&ours, folder)?;
    let floor = place.psql(APP, folder).args(["-f", QUERIES]);
    Ok(Contest {
        ours: ours.keeping(place),
        floor,
    })
}

/// The same in a layer of ten tables beside one of many. The floor asks `database`: the same one, or one that has no more
/// than the ten.
fn beside(terrane: &Path, folder: &Path, database: &str) -> Result<Contest, String> {
    let place = Place::new()?;
    let few: Layer = (APP, 1..=10);
    let many: Layer = (VENDOR, 11..=5_010);
    let ours = place.settled(terrane, folder, APP, &[many, few.clone()])?;
    place.heard(&ours, folder)?;
    place.settled(terrane, &folder.join(ALONE), ALONE, &[few])?;
    let floor = place.psql(database, folder).args(["-f", QUERIES]);
    Ok(Contest {
        ours: ours.keeping(place),
        floor,
    })
}

pub(super) fn layer(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    beside(terrane, folder, APP)
}

pub(super) fn layer_alone(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    beside(terrane, folder, ALONE)
}

/// A thousand revisions, and a database without any for each run.
pub(super) fn upgrade(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    let place = Place::new()?;
    project::with_history(folder, &place.url(APP), 1_000)?;
    project::script(folder, 1_000)?;
    Ok(Contest {
        floor: place
            .psql("floor", folder)
            .args(["-f", project::SCRIPT])
            .after(place.anew("floor", folder)),
        ours: Contender::new(terrane, folder)
            .args(["upgrade", "heads"])
            .after(place.anew(APP, folder))
            .keeping(place),
    })
}

/// So many revisions of one layer, over and over, on a database that has 5,000 tables besides.
pub(super) fn upgrade_beside(terrane: &Path, folder: &Path, revisions: u32) -> Result<Contest, String> {
    let place = Place::new()?;
    let ours = place.beside_many(terrane, folder, revisions, Others::Owned)?;
    project::with_history(&folder.join(ALONE), &place.url(ALONE), revisions)?;
    place.anew(ALONE, folder).check()?;
    Ok(Contest {
        ours: ours.keeping(place),
        floor: over_and_over(terrane, &folder.join(ALONE)),
    })
}

/// One revision beside 5,000 tables that another layer owns, and beside as many that are nobody's, so that nothing is
/// guarded.
pub(super) fn guard(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    let place = Place::new()?;
    let ours = place.beside_many(terrane, folder, 1, Others::Owned)?;
    let floor = place.beside_many(terrane, &folder.join(ALONE), 1, Others::Nobodys)?;
    Ok(Contest {
        ours: ours.keeping(place),
        floor,
    })
}

/// An upgrade with nothing to do, beside 5,000 tables of another layer.
pub(super) fn nothing_to_do(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    let place = Place::new()?;
    place.beside_many(terrane, folder, 1, Others::Owned)?;
    let ours = Contender::new(terrane, folder).args(["upgrade", "heads"]);
    ours.check()?;
    let floor = place.say(OWNED, folder, &["SELECT layer, version_num FROM terrane_version"]);
    Ok(Contest {
        ours: ours.keeping(place),
        floor,
    })
}

/// Whose the 5,000 tables are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Owned,
    Nobodys,
}

/// The database in which they are another layer's.
const OWNED: &str = "owned";

/// The upgrade of a layer whose revisions are undone before each run.
fn over_and_over(terrane: &Path, folder: &Path) -> Contender {
    let back = Contender::new(terrane, folder).args(["downgrade", "app@base"]);
    let first = Contender::new(terrane, folder).args(["upgrade", "heads"]);
    Contender::new(terrane, folder)
        .args(["upgrade", "heads"])
        .after(back.after(first))
}

impl Place {
    /// A database of 5,000 tables, and the upgrade of a layer of so many revisions on it.
    fn beside_many(&self, terrane: &Path, folder: &Path, revisions: u32, others: Others) -> Result<Contender, String> {
        let many: Layer = (VENDOR, 10_001..=15_000);
        let database = match others {
            Others::Owned => OWNED,
            Others::Nobodys => "nobodys",
        };
        let url = self.url(database);
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        self.anew(database, folder).check()?;
        project::with_models(folder, &url, std::slice::from_ref(&many), COLUMNS)?;
        match others {
            Others::Owned => {
                let revision = ["revision", "--autogenerate", "--layer", VENDOR, "-m", "initial"];
                Contender::new(terrane, folder).args(revision).check()?;
                Contender::new(terrane, folder).args(["upgrade", "heads"]).check()?;
                project::with_history_beside(folder, &url, revisions, &many)?;
            }
            Others::Nobodys => {
                self.psql(database, folder).args(["-f", "vendor.sql"]).check()?;
                project::with_history(folder, &url, revisions)?;
            }
        }
        self.say(database, folder, &["VACUUM ANALYZE"]).check()?;
        Ok(over_and_over(terrane, folder))
    }

    pub(super) fn new() -> Result<Place, String> {
        let folder = Throwaway::new()?;
        Ok(Place {
            server: Server::start(folder.path())?,
            _folder: folder,
        })
    }

    /// Somebody who writes rows of a database.
    pub(super) fn writer(&self, database: &str) -> Writer {
        Writer::new(self.server.client("psql"), self.url(database))
    }

    pub(super) fn url(&self, database: &str) -> String {
        let url = self.server.url();
        let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
        format!("{server}/{database}")
    }

    fn psql(&self, database: &str, folder: &Path) -> Contender {
        let url = self.url(database);
        Contender::new(self.server.client("psql"), folder).args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &url,
        ])
    }

    pub(super) fn say(&self, database: &str, folder: &Path, statements: &[&str]) -> Contender {
        let commands = statements.iter().flat_map(|statement| ["-c", statement]);
        self.psql(database, folder).args(commands)
    }

    /// Makes a database anew.
    pub(super) fn anew(&self, database: &str, folder: &Path) -> Contender {
        let drop = format!("DROP DATABASE IF EXISTS {database}");
        self.say("postgres", folder, &[&drop, &format!("CREATE DATABASE {database}")])
    }

    /// A project whose database is as its models say; the command that finds that out.
    fn settled(&self, terrane: &Path, folder: &Path, database: &str, layers: &[Layer]) -> Result<Contender, String> {
        let revision = |layer: &str, message: &str| {
            Contender::new(terrane, folder).args(["revision", "--autogenerate", "--layer", layer, "-m", message])
        };
        project::with_models(folder, &self.url(database), layers, COLUMNS)?;
        self.anew(database, folder).check()?;
        for (layer, _) in layers {
            revision(layer, "initial").check()?;
        }
        Contender::new(terrane, folder).args(["upgrade", "heads"]).check()?;
        // As autovacuum leaves it; it is not to begin amidst the runs.
        self.say(database, folder, &["VACUUM ANALYZE"]).check()?;
        let nothing = revision(APP, "x");
        nothing.check()?;
        match project::count_revisions(folder, APP)? {
            1 => Ok(nothing),
            _ => Err("autogenerate found differences between the models and the database made from them".to_owned()),
        }
    }

    /// Writes down what a command sends to the database of the app.
    fn heard(&self, command: &Contender, folder: &Path) -> Result<(), String> {
        let log = |what| self.say("postgres", folder, &[&format!("ALTER DATABASE {APP} {what}")]);
        log("SET log_statement = 'all'").check()?;
        command.check()?;
        log("RESET log_statement").check()?;
        let path = self.server.log();
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let queries: String = logged(&text)
            .filter(|statement| !makes_databases(statement))
            .map(|statement| statement + ";\n")
            .collect();
        fs::write(folder.join(QUERIES), queries).map_err(|error| format!("{QUERIES}: {error}"))
    }
}

/// Whether a statement is about a scratch database as a whole.
fn makes_databases(statement: &str) -> bool {
    ["CREATE DATABASE", "DROP DATABASE"]
        .iter()
        .any(|verb| statement.starts_with(verb))
}

/// The statements in a server's log. Their lines but the first are indented by a tab there.
fn logged(log: &str) -> impl Iterator<Item = String> {
    let mut entries: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in log.lines() {
        if let (Some(rest), true) = (line.strip_prefix('\t'), goes_on) {
            if let Some(entry) = entries.last_mut() {
                entry.push('\n');
                entry.push_str(rest);
            }
            continue;
        }
        let statement = line.split_once(" LOG:  statement: ");
        goes_on = statement.is_some();
        entries.extend(statement.map(|(_, text)| text.to_owned()));
    }
    entries.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_from_the_log_line_for_line() {
        let log = "2026-01-01 UTC [1] LOG:  database system is ready\n\tto accept\n2026-01-01 UTC [2] LOG:  statement: \
                   SELECT\n\t\t1\n2026-01-01 UTC [2] ERROR:  no\n2026-01-01 UTC [2] STATEMENT:  SELECT 2\n";
        assert_eq!(logged(log).collect::<Vec<_>>(), ["SELECT\n\t1"]);
    }
}
