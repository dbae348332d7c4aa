//! The benchmarks, a row each.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::measure::{Contender, Contest, Medians};
use super::project::APP;
use super::{compile, postgres, project, stall};

/// One command, its floor and its aim.
pub(super) struct Benchmark {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// How often, unless the command line says.
    pub(super) runs: usize,
    pub(super) what: &'static str,
    pub(super) floor: &'static str,
    pub(super) aim: Aim,
    /// Fills an empty folder; takes the command and the folder.
    pub(super) prepare: fn(&Path, &Path) -> Result<Contest, String>,
}

/// What is timed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The command `terrane`.
    Command,
    /// The command `terrane`, with a server that is started for it. Done where it is asked for, as the next.
    Server,
    /// The compiler. That takes minutes, so it is done where it is asked for.
    Compile,
}

/// What we want of a benchmark.
pub(super) enum Aim {
    /// So many times the floor at most.
    Ratio(f64),
    /// So long at most.
    Time(Duration),
    /// So much longer than the floor at most.
    Over(Duration),
}

impl Aim {
    pub(super) fn is_met(&self, medians: &Medians) -> bool {
        match self {
            Aim::Ratio(most) => medians.ratio() <= *most,
            Aim::Time(most) => medians.ours.wall < *most,
            Aim::Over(most) => medians.ours.wall.saturating_sub(medians.floor.wall) <= *most,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aim::Ratio(most) => write!(f, "within {most}× of the floor"),
            Aim::Time(most) => write!(f, "< {} ms", most.as_millis()),
            Aim::Over(most) => write!(f, "at most {} ms over the floor", most.as_millis()),
        }
    }
}

pub(super) const TABLE: &[Benchmark] = &[
    Benchmark {
        name: "upgrade-1000",
        kind: Kind::Command,
        runs: 5,
        what: "1,000 revisions applied to a fresh file",
        floor: "the same statements in the sqlite3 shell, a transaction each",
        aim: Aim::Ratio(1.5),
        prepare: upgrade,
    },
    Benchmark {
        name: "autogenerate-1000",
        kind: Kind::Command,
        runs: 5,
        what: "autogenerate that finds nothing to do, 1,000 tables of 12 columns",
        floor: "sqlite3 app.db .schema",
        aim: Aim::Time(Duration::from_millis(150)),
        prepare: autogenerate,
    },
    Benchmark {
        name: "heads-10000",
        kind: Kind::Command,
        runs: 5,
        what: "heads of 10,000 revision files",
        floor: "cat of the same files",
        aim: Aim::Time(Duration::from_millis(50)),
        prepare: heads,
    },
    Benchmark {
        name: "postgres-autogenerate-100",
        kind: Kind::Server,
        runs: 7,
        what: "autogenerate that finds nothing to do, 100 tables of 12 columns",
        floor: postgres::ITS_QUERIES,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| postgres::autogenerate(terrane, folder, 100),
    },
    Benchmark {
        name: "postgres-autogenerate-1000",
        kind: Kind::Server,
        runs: 7,
        what: "autogenerate that finds nothing to do, 1,000 tables of 12 columns",
        floor: postgres::ITS_QUERIES,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| postgres::autogenerate(terrane, folder, 1_000),
    },
    Benchmark {
        name: "postgres-autogenerate-5000",
        kind: Kind::Server,
        runs: 7,
        what: "autogenerate that finds nothing to do, 5,000 tables of 12 columns",
        floor: postgres::ITS_QUERIES,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| postgres::autogenerate(terrane, folder, 5_000),
    },
    Benchmark {
        name: "postgres-autogenerate-layer",
        kind: Kind::Server,
        runs: 7,
        what: "the same for a layer of 10 tables beside another one of 5,000",
        floor: postgres::ITS_QUERIES,
        aim: Aim::Ratio(1.5),
        prepare: postgres::layer,
    },
    Benchmark {
        name: "postgres-autogenerate-layer-alone",
        kind: Kind::Server,
        runs: 7,
        what: "the same for a layer of 10 tables beside another one of 5,000",
        floor: "the same queries in psql, in a database of these 10 tables",
        aim: Aim::Ratio(1.5),
        prepare: postgres::layer_alone,
    },
    Benchmark {
        name: "postgres-upgrade-1000",
        kind: Kind::Server,
        runs: 7,
        what: "1,000 revisions applied to a fresh database",
        floor: "the same statements in psql, a transaction each",
        aim: Aim::Ratio(1.5),
        prepare: postgres::upgrade,
    },
    Benchmark {
        name: "postgres-beside-upgrade-100",
        kind: Kind::Server,
        runs: 7,
        what: "100 revisions of a layer beside 5,000 tables of another one",
        floor: "the same without the 5,000 tables",
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| postgres::upgrade_beside(terrane, folder, 100),
    },
    Benchmark {
        name: "postgres-beside-guard",
        kind: Kind::Server,
        runs: 9,
        what: "one revision beside 5,000 tables of another layer",
        floor: "the same beside 5,000 tables that are nobody's, so that nothing is guarded",
        aim: Aim::Over(Duration::from_millis(30)),
        prepare: postgres::guard,
    },
    Benchmark {
        name: "postgres-beside-nothing",
        kind: Kind::Server,
        runs: 9,
        what: "an upgrade with nothing to do beside 5,000 tables of another layer",
        floor: "psql that reads the version rows",
        aim: Aim::Ratio(1.0),
        prepare: postgres::nothing_to_do,
    },
    Benchmark {
        name: "postgres-stall-not-null",
        kind: Kind::Server,
        runs: 5,
        what: "the longest wait of a writer while a column becomes NOT NULL, a million rows",
        floor: stall::BY_HAND,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| stall::of(terrane, folder, &stall::NOT_NULL),
    },
    Benchmark {
        name: "postgres-stall-foreign-key",
        kind: Kind::Server,
        runs: 5,
        what: "the longest wait of a writer while a foreign key is added, a million rows",
        floor: stall::BY_HAND,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| stall::of(terrane, folder, &stall::FOREIGN_KEY),
    },
    Benchmark {
        name: "postgres-stall-check",
        kind: Kind::Server,
        runs: 5,
        what: "the longest wait of a writer while a check is added, a million rows",
        floor: stall::BY_HAND,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| stall::of(terrane, folder, &stall::CHECK),
    },
    Benchmark {
        name: "postgres-stall-unique",
        kind: Kind::Server,
        runs: 5,
        what: "the longest wait of a writer while a unique constraint is added, a million rows",
        floor: stall::BY_HAND,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| stall::of(terrane, folder, &stall::UNIQUE),
    },
    Benchmark {
        name: "postgres-stall-index",
        kind: Kind::Server,
        runs: 5,
        what: "the longest wait of a writer while an index is built, a million rows",
        floor: stall::BY_HAND,
        aim: Aim::Ratio(1.5),
        prepare: |terrane, folder| stall::of(terrane, folder, &stall::INDEX),
    },
    Benchmark {
        name: "compile-clean",
        kind: Kind::Compile,
        runs: 1,
        what: "the example compiled from nothing",
        floor: compile::FLOOR,
        aim: Aim::Ratio(1.0),
        prepare: compile::clean,
    },
    Benchmark {
        name: "compile-incremental",
        kind: Kind::Compile,
        runs: 5,
        what: "the example compiled after a change in the app's code",
        floor: compile::FLOOR,
        aim: Aim::Ratio(1.0),
        prepare: compile::code,
    },
    Benchmark {
        name: "compile-incremental-model",
        kind: Kind::Compile,
        runs: 5,
        what: "the example compiled after a change in an entity of the app",
        floor: compile::FLOOR,
        aim: Aim::Ratio(1.0),
        prepare: compile::model,
    },
    Benchmark {
        name: "compile-incremental-vendor",
        kind: Kind::Compile,
        runs: 5,
        what: "the example compiled after a change in an entity of the vendor",
        floor: compile::FLOOR,
        aim: Aim::Ratio(1.0),
        prepare: compile::vendor,
    },
    Benchmark {
        name: "compile-incremental-revision",
        kind: Kind::Compile,
        runs: 5,
        what: "the example compiled after a change in a revision of the app",
        floor: compile::FLOOR,
        aim: Aim::Ratio(1.0),
        prepare: compile::revision,
    },
];

const SQLITE: &str = "sqlite:app.db";

fn upgrade(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    project::with_history(folder, SQLITE, 1_000)?;
    project::script(folder, 1_000)?;
    Ok(Contest {
        ours: Contender::new(terrane, folder)
            .args(["upgrade", "heads"])
            .without_database("app.db"),
        floor: Contender::new("sqlite3", folder)
            .args(["-batch", "-bail", "floor.db"])
            .stdin(project::SCRIPT)
            .without_database("floor.db"),
    })
}

fn autogenerate(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    const REVISION: [&str; 5] = ["revision", "--autogenerate", "--layer", "app", "-m"];
    project::with_models(folder, SQLITE, &[(APP, 1..=1_000)], 12)?;
    Contender::new(terrane, folder)
        .args(REVISION)
        .args(["initial"])
        .check()?;
    Contender::new(terrane, folder).args(["upgrade", "heads"]).check()?;
    let contest = Contest {
        ours: Contender::new(terrane, folder).args(REVISION).args(["x"]),
        floor: Contender::new("sqlite3", folder).args(["app.db", ".schema"]),
    };
    contest.ours.check()?;
    // Something to do would be another command than the one to be timed.
    match project::count_revisions(folder, APP)? {
        1 => Ok(contest),
        _ => Err("autogenerate found differences between the models and the database made from them".to_owned()),
    }
}

fn heads(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    project::with_history(folder, SQLITE, 10_000)?;
    Ok(Contest {
        ours: Contender::new(terrane, folder).args(["heads"]),
        floor: Contender::new("sh", folder).args(["-c", "cat versions/app/*.sql"]),
    })
}

#[cfg(test)]
mod tests {
    use super::super::measure::Times;
    use super::*;

    #[test]
    fn an_aim_is_met_or_missed() {
        let times = |millis| Times {
            wall: Duration::from_millis(millis),
            cpu: None,
        };
        let medians = |ours, floor| Medians {
            ours: times(ours),
            floor: times(floor),
        };
        assert!(Aim::Ratio(1.5).is_met(&medians(150, 100)));
        assert!(!Aim::Ratio(1.5).is_met(&medians(151, 100)));
        assert!(Aim::Time(Duration::from_millis(50)).is_met(&medians(49, 1)));
        assert_eq!(Aim::Time(Duration::from_millis(50)).to_string(), "< 50 ms");
    }
}
