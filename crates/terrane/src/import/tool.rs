//! The tools whose migrations are taken over, and how each is recognised.

use super::folder::Found;
use super::original::{Reading, numbered};
use super::{dbmate, diesel, flyway, folder, golang_migrate, goose, refinery, sqlx};
use crate::error::{Error, Result};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use terrane_core::diagnostic::codes;
use terrane_core::revision::Way;

/// A tool whose migrations can be imported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    /// sqlx.
    Sqlx,
    /// refinery.
    Refinery,
    /// diesel.
    Diesel,
    /// dbmate.
    Dbmate,
    /// golang-migrate.
    GolangMigrate,
    /// goose.
    Goose,
    /// Flyway.
    Flyway,
}

/// How well a folder fits a tool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fit {
    /// Not at all.
    Not,
    /// By the names of its files.
    Named,
    /// By something that only this tool has.
    Marked,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 7] = [
        Tool::Sqlx,
        Tool::Refinery,
        Tool::Diesel,
        Tool::Dbmate,
        Tool::GolangMigrate,
        Tool::Goose,
        Tool::Flyway,
    ];

    /// The tools that the files in a folder fit; none, where they are no migrations.
    ///
    /// # Errors
    /// The folder is not there, or cannot be read.
    pub fn fitting(folder: &Path) -> Result<Vec<Tool>> {
        Ok(fitting(&folder::files(folder)?))
    }

    /// Its name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Sqlx => "sqlx",
            Tool::Refinery => "refinery",
            Tool::Diesel => "diesel",
            Tool::Dbmate => "dbmate",
            Tool::GolangMigrate => "golang-migrate",
            Tool::Goose => "goose",
            Tool::Flyway => "flyway",
        }
    }

    /// What its files look like.
    pub fn looks(self) -> &'static str {
        match self {
            Tool::Sqlx => "`VERSION_NAME.sql`, or `.up.sql` and `.down.sql`",
            Tool::Refinery => "`V1__name.sql`",
            Tool::Diesel => "`VERSION_NAME/up.sql`",
            Tool::Dbmate => "`VERSION_NAME.sql` with `-- migrate:up`",
            Tool::GolangMigrate => "`VERSION_NAME.up.sql`",
            Tool::Goose => "`VERSION_NAME.sql` with `-- +goose Up`",
            Tool::Flyway => "`V1__name.sql`, with what only Flyway has",
        }
    }

    fn fit(self, files: &[Found]) -> Fit {
        let any = |is: fn(&Found) -> bool| files.iter().any(is);
        let (marked, named) = match self {
            Tool::Sqlx => (any(runs_alone), any(is_numbered)),
            Tool::Refinery => (any(is_rust), any(is_versioned)),
            Tool::Diesel => (any(is_up_in_folder), false),
            Tool::Dbmate => (any(has_headings), false),
            Tool::GolangMigrate => (false, any(is_up)),
            Tool::Goose => (any(has_annotations), false),
            Tool::Flyway => (flyway::is_marked(files), any(is_versioned)),
        };
        match (marked, named) {
            (true, _) => Fit::Marked,
            (false, true) => Fit::Named,
            (false, false) => Fit::Not,
        }
    }

    /// Reads its migrations.
    pub(super) fn read(self, files: &[Found]) -> Reading {
        match self {
            Tool::Sqlx => sqlx::read(files),
            Tool::Refinery => refinery::read(files),
            Tool::Diesel => diesel::read(files),
            Tool::Dbmate => dbmate::read(files),
            Tool::GolangMigrate => golang_migrate::read(files),
            Tool::Goose => goose::read(files),
            Tool::Flyway => flyway::read(files),
        }
    }
}

/// The tool whose migrations a folder holds.
///
/// # Errors
/// It holds none, or its files fit several tools.
pub(super) fn recognised(at: &Path, files: &[Found]) -> Result<Tool> {
    let folder = at.display();
    match fitting(files).as_slice() {
        [only] => Ok(*only),
        [] => {
            let looks = Tool::ALL.map(|tool| format!("{} {}", tool.name(), tool.looks()));
            let message = format!("`{folder}` holds no migrations of a tool that is known");
            Err(Error::new(codes::WHICH_TOOL, message).help(format!("Known are: {}.", looks.join("; "))))
        }
        several => {
            let message = format!("the files in `{folder}` fit several tools: {}", names(several));
            let named = several.iter().map(|tool| format!("`--from {tool}`"));
            let help = format!("Say whose they are: {}.", named.collect::<Vec<_>>().join(" or "));
            Err(Error::new(codes::WHICH_TOOL, message).help(help))
        }
    }
}

/// The tools that files fit best.
fn fitting(files: &[Found]) -> Vec<Tool> {
    let fits = Tool::ALL.map(|tool| (tool, tool.fit(files)));
    let best = fits.iter().map(|(_, fit)| *fit).max().unwrap_or(Fit::Not);
    let fitting = fits.into_iter().filter(|(_, fit)| *fit == best && best != Fit::Not);
    fitting.map(|(tool, _)| tool).collect()
}

/// `1_name.sql`, up and down among them.
fn is_numbered(file: &Found) -> bool {
    let rest = file.top().and_then(numbered).map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.ends_with(".sql"))
}

/// `1_name.up.sql`.
fn is_up(file: &Found) -> bool {
    let parted = file.top().and_then(golang_migrate::parted);
    parted.is_some_and(|(_, _, way, _)| way == Way::Upgrade)
}

fn runs_alone(file: &Found) -> bool {
    is_numbered(file) && file.source.text().starts_with(sqlx::ALONE)
}

/// `V1__name.sql`.
fn is_versioned(file: &Found) -> bool {
    refinery::parted(file.name()).is_some()
}

fn is_rust(file: &Found) -> bool {
    refinery::parted(file.name()).is_some_and(|(.., ending)| ending == "rs")
}

/// `1_name/up.sql`.
fn is_up_in_folder(file: &Found) -> bool {
    let folder = file.path.strip_suffix("/up.sql");
    folder.is_some_and(|folder| folder.starts_with(|c: char| c.is_ascii_digit()) && !folder.contains('/'))
}

fn has_headings(file: &Found) -> bool {
    is_numbered(file) && dbmate::heading(file.source.text(), "up").is_some()
}

fn has_annotations(file: &Found) -> bool {
    is_numbered(file) && file.source.text().lines().any(|line| goose::annotation(line).is_some())
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Tool {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Tool, String> {
        let found = Tool::ALL.into_iter().find(|tool| tool.name() == text);
        found.ok_or_else(|| format!("one of {}", names(&Tool::ALL)))
    }
}

fn names(tools: &[Tool]) -> String {
    tools.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(", ")
}
