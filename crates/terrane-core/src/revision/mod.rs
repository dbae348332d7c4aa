//! The revision file: one SQL file with Alembic's header, printed and parsed.
//!
//! Floor 4: it knows ids and statements, but no folder, no path through the graph, and no lowering.

mod body;
mod checksum;
mod directive;
pub mod folder;
mod header;
mod parse;
mod print;

pub use body::reads_alike;
pub use checksum::{Checksum, checksum, running_checksums};
pub use directive::is_plain_comment;
pub use header::{KEYS as HEADER_KEYS, message};
pub use parse::{parse, parse_header};
pub use print::{print, print_step};

use crate::graph::RevisionId;
use crate::text::Span;

/// The largest revision file that is read, in bytes.
pub const LARGEST: usize = 16 << 20;

/// A revision as its file says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// What it is for; the first line is its title.
    pub message: String,
    /// The revisions it follows; none makes it a base, several a merge.
    pub down_revisions: Vec<RevisionId>,
    /// What has to be there before it: ids, their beginnings, or branch labels.
    pub depends_on: Vec<String>,
    /// The labels of the branch that begins here.
    pub branch_labels: Vec<String>,
    /// When it was written.
    pub created: Option<Timestamp>,
    /// For which server.
    pub dialect: Target,
    /// Whether it runs in a transaction.
    pub transactional: bool,
    /// Objects of other layers that it may touch, and why.
    pub touches: Vec<Waiver>,
    /// What it does.
    pub sections: Vec<Section>,
}

/// For which server a revision is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Not said: for the server that the project uses, as written.
    Unsaid,
    /// Portable DDL, lowered for the server at hand.
    Any,
    /// One dialect, as written.
    Named(String),
}

/// A point in time: seconds since the epoch, in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Timestamp(pub i64);

/// Leave to touch an object of another layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiver {
    /// The object.
    pub object: String,
    /// Why it has to be.
    pub reason: String,
}

/// Up or down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Way {
    /// `-- upgrade`
    Upgrade,
    /// `-- downgrade`
    Downgrade,
}

impl Way {
    /// The word in the file, on the command line and in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Way::Upgrade => "upgrade",
            Way::Downgrade => "downgrade",
        }
    }
}

/// What a revision does in one direction, on one server or on all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// The direction.
    pub way: Way,
    /// The dialect it is for, where the section says so.
    pub dialect: Option<String>,
    /// What runs, in order.
    pub steps: Vec<Step>,
}

/// One thing that a section does.
#[derive(Clone, Debug)]
pub struct Step {
    /// Comment lines above it, without their dashes.
    pub comments: Vec<String>,
    /// What it is.
    pub action: Action,
    /// Where it stands in the file; nowhere, if it was not read from one.
    pub span: Span,
}

impl PartialEq for Step {
    /// Where a step stands does not tell it from another.
    fn eq(&self, other: &Step) -> bool {
        self.comments == other.comments && self.action == other.action
    }
}
impl Eq for Step {}

/// A statement or a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// A statement, without its semicolon.
    Sql(String),
    /// `-- call NAME`: a function that the app registered.
    Call(String),
    /// A function of a revision in Python that only Python can run; with the file's text, which says what it is.
    Python(String),
}

impl Action {
    /// The SQL; a function has none.
    pub fn sql(&self) -> &str {
        match self {
            Action::Sql(sql) => sql,
            Action::Call(_) | Action::Python(_) => "",
        }
    }
}

impl Revision {
    /// The first line of the message.
    pub fn title(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }

    /// The section that runs on that server: its own, or else the general one.
    pub fn section(&self, way: Way, dialect: &str) -> Option<&Section> {
        let all = || self.sections.iter().filter(move |section| section.way == way);
        let own = all().find(|section| section.dialect.as_deref() == Some(dialect));
        own.or_else(|| all().find(|section| section.dialect.is_none()))
    }

    /// Whether something runs on that server on the way up, and nothing says what would on the way down.
    pub fn has_no_way_back(&self, dialect: &str) -> bool {
        self.section(Way::Upgrade, dialect).is_some() && self.section(Way::Downgrade, dialect).is_none()
    }
}
