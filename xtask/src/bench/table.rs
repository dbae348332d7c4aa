//! The benchmarks, a row each.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::measure::{Contender, Contest, Medians};
use super::project;

/// One command, its floor and its aim.
pub(super) struct Benchmark {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) floor: &'static str,
    pub(super) aim: Aim,
    /// Fills an empty folder; takes the command and the folder.
    pub(super) prepare: fn(&Path, &Path) -> Result<Contest, String>,
}

/// What we want of a benchmark.
pub(super) enum Aim {
    /// So many times the floor at most.
    Ratio(f64),
    /// So long at most.
    Time(Duration),
}

impl Aim {
    pub(super) fn is_met(&self, medians: &Medians) -> bool {
        match self {
            Aim::Ratio(most) => medians.ours.as_secs_f64() <= most * medians.floor.as_secs_f64(),
            Aim::Time(most) => medians.ours < *most,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aim::Ratio(most) => write!(f, "within {most}× of the floor"),
            Aim::Time(most) => write!(f, "< {} ms", most.as_millis()),
        }
    }
}

pub(super) const TABLE: &[Benchmark] = &[
    Benchmark {
        name: "upgrade-1000",
        what: "1,000 revisions applied to a fresh file",
        floor: "the same statements in the sqlite3 shell, a transaction each",
        aim: Aim::Ratio(1.5),
        prepare: upgrade,
    },
    Benchmark {
        name: "autogenerate-1000",
        what: "autogenerate that finds nothing to do, 1,000 tables of 12 columns",
        floor: "sqlite3 app.db .schema",
        aim: Aim::Time(Duration::from_millis(150)),
        prepare: autogenerate,
    },
    Benchmark {
        name: "heads-10000",
        what: "heads of 10,000 revision files",
        floor: "cat of the same files",
        aim: Aim::Time(Duration::from_millis(50)),
        prepare: heads,
    },
];

fn upgrade(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    project::with_history(folder, 1_000)?;
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
    project::with_models(folder, 1_000, 12)?;
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
    match project::count_revisions(folder)? {
        1 => Ok(contest),
        _ => Err("autogenerate found differences between the models and the database made from them".to_owned()),
    }
}

fn heads(terrane: &Path, folder: &Path) -> Result<Contest, String> {
    project::with_history(folder, 10_000)?;
    Ok(Contest {
        ours: Contender::new(terrane, folder).args(["heads"]),
        floor: Contender::new("sh", folder).args(["-c", "cat versions/*.sql"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_is_met_or_missed() {
        let medians = |ours, floor| Medians {
            ours: Duration::from_millis(ours),
            floor: Duration::from_millis(floor),
        };
        assert!(Aim::Ratio(1.5).is_met(&medians(150, 100)));
        assert!(!Aim::Ratio(1.5).is_met(&medians(151, 100)));
        assert!(Aim::Time(Duration::from_millis(50)).is_met(&medians(49, 1)));
        assert_eq!(Aim::Time(Duration::from_millis(50)).to_string(), "< 50 ms");
    }
}
