//! What is about to run, as a value.
//!
//! A plan is a path through the graph, with each revision's statements read, judged, and lowered where they are
//! portable. The executor, offline SQL, the dry run, JSON and lint all read the same plan; none is a branch of another.

mod beginning;
mod build;
mod held;
mod in_use;
mod nowhere;
mod read;
mod replay;
mod settle;
mod unfinished;

pub use build::{DatabaseState, Planner, checksum_of, no_way_back};
pub use read::{ReadStatement, Reading, can_be_portable, enum_names, read};
pub use replay::{Replay, replay, replay_as_written};
pub use settle::settle;
pub use unfinished::{Cause, Unfinished};

use crate::diagnostic::Diagnostic;
use crate::dialect::{Conduct, TypeNames};
use crate::graph::{Direction, RevisionId, RowChange};
use crate::name::{LayerName, ObjectName};
use crate::ownership::OwnershipChange;
use crate::revision::{Action, Checksum, Revision, Waiver, Way};
use crate::text::{SourceFile, Span};
use std::collections::BTreeSet;
use std::ops::Range;

/// A revision with the file it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevisionFile {
    /// What the file says.
    pub revision: Revision,
    /// The layer whose folder it lies in.
    pub layer: LayerName,
    /// The file.
    pub source: SourceFile,
    /// How its layer means the names of types.
    pub types: TypeNames,
    /// What of it could not be read, by direction: a step that way is refused, unless its section has Python run it. A SQL
    /// file has none.
    pub unread: Vec<(Way, Diagnostic)>,
}

impl RevisionFile {
    /// Whether it is written in Python.
    pub fn is_python(&self) -> bool {
        self.source.name().ends_with(".py")
    }

    /// Whether only its own Python can run it that way.
    pub fn is_bridged(&self, way: Way) -> bool {
        let mut sections = self.revision.sections.iter().filter(|section| section.way == way);
        sections.any(|section| {
            section
                .steps
                .iter()
                .any(|step| matches!(step.action, Action::Python(_)))
        })
    }
}

/// What is about to run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// Step by step.
    pub steps: Vec<PlanStep>,
    /// What there is to say about it that stops nothing.
    pub warnings: Vec<Diagnostic>,
}

/// One revision, in one direction; or a move of version rows that runs nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanStep {
    /// What it does.
    pub direction: Direction,
    /// The revision; a stamp has none.
    pub revision: Option<RevisionId>,
    /// The first line of its message.
    pub title: String,
    /// Its layer.
    pub layer: LayerName,
    /// The role of the server's that its statements run as; none, where they run as whoever migrates.
    pub role: Option<String>,
    /// Whose rows it moves; see [`Node::rows`](crate::graph::Node::rows).
    pub rows: LayerName,
    /// What is said to the server, in order.
    pub statements: Vec<PlanStatement>,
    /// Whether the statements run in one transaction with the books. If not, each of `parts` is a transaction of its own,
    /// with its progress in the ledger: the header says so, or a statement does that no transaction takes.
    pub transactional: bool,
    /// The transactions that the statements run in, as ranges of them.
    pub parts: Vec<Range<usize>>,
    /// How many of the statements an interrupted run has done already.
    pub done: usize,
    /// Where there are several transactions: the checksum of all up to each statement.
    pub progress: Vec<Checksum>,
    /// What surrounds the transaction.
    pub conduct: Conduct,
    /// Where in the file each of the ops stands that `conduct` was asked about.
    pub spans: Vec<Span>,
    /// The changes of the version rows.
    pub row_changes: Vec<RowChange>,
    /// All version rows after it, sorted by id.
    pub heads_after: Vec<RevisionId>,
    /// Who owns what, as far as it changes.
    pub ownership: Vec<OwnershipChange>,
    /// Objects of other layers that the header gives leave to touch.
    pub waivers: Vec<Waiver>,
    /// The checksum of what runs; a stamp runs nothing.
    pub checksum: Option<Checksum>,
    /// Whether reading the statements told all that they do.
    pub understood: bool,
    /// Whether its statements were lowered for what the database is foreseen to hold.
    pub lowered: bool,
    /// Whether the plan knows what the database holds after it. If not, what is planned behind it is a guess, until
    /// somebody looks.
    pub foreseen: bool,
    /// Whether it renames a table or a column, so that what refers to it follows.
    pub renames: bool,
    /// The tables that its statements speak of, as far as reading them tells.
    pub tables: BTreeSet<ObjectName>,
    /// Tables of other layers that the server may well lock for it, and which are the same after it.
    pub neighbours: BTreeSet<ObjectName>,
    /// Views of other layers that are dropped and recreated, since what they read changes.
    pub held: BTreeSet<ObjectName>,
    /// The file, for messages.
    pub source: Option<SourceFile>,
}

/// One statement of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanStatement {
    /// What runs.
    pub action: PlanAction,
    /// What of the file it carries out.
    pub span: Option<Span>,
    /// Where the text falls into several statements, which one of the author's was lowered to: the ends of all but the
    /// last. Between two of them stands what parts them.
    pub cuts: Vec<Range<usize>>,
}

impl PlanStatement {
    /// One statement.
    pub fn new(action: PlanAction, span: Option<Span>) -> PlanStatement {
        PlanStatement {
            action,
            span,
            cuts: Vec::new(),
        }
    }

    /// What one statement of the author's was lowered to, which runs together.
    pub fn of(texts: &[String], span: Option<Span>) -> PlanStatement {
        let mut sql = String::new();
        let mut cuts = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                let begin = sql.len();
                sql.push_str(";\n");
                cuts.push(begin..sql.len());
            }
            sql.push_str(text);
        }
        PlanStatement {
            action: PlanAction::Sql(sql),
            span,
            cuts,
        }
    }

    /// What is said to the server, one by one.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let sql = self.action.sql();
        let begins = std::iter::once(0).chain(self.cuts.iter().map(|cut| cut.end));
        let ends = self.cuts.iter().map(|cut| cut.start).chain([sql.len()]);
        let texts = begins.zip(ends).map(move |(begin, end)| &sql[begin..end]);
        texts.filter(|text| !text.is_empty())
    }
}

/// What a statement of a plan is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanAction {
    /// SQL, without a semicolon at its end.
    Sql(String),
    /// A function that the app registered.
    Call(String),
    /// A function of the step's file, which is Python and knows alone what it says to the server.
    Python,
}

impl PlanAction {
    /// The SQL; a function has none.
    pub fn sql(&self) -> &str {
        match self {
            PlanAction::Sql(sql) => sql,
            PlanAction::Call(_) | PlanAction::Python => "",
        }
    }
}
