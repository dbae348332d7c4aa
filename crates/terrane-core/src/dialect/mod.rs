//! What one kind of server has to answer for: pure questions, and facts as data.
//!
//! A dialect knows no connection. Unsupported is a value, found when a plan is made, and never a panic.

mod broken;
mod capability;
mod refusal;
mod scope;
mod spelling;

pub use broken::Broken;
pub use capability::Capability;
pub use refusal::Refusal;
pub use scope::{FOUND, Lock, Locking, Recovery, Scope, Stops, Target, Work, first_words, transactions};
pub use spelling::{Spelling, TypeNames};

use crate::ddl::Flavor;
use crate::name::ObjectName;
use crate::op::Op;
use crate::schema::{Schema, TypeName, Unmodelled};
use std::collections::BTreeSet;

/// First words of statements, each with those that may follow it; none stands for any.
pub type Beginnings = &'static [(&'static str, &'static [&'static str])];

/// A kind of server.
pub trait Dialect: Send + Sync {
    /// Its name in revision files and URLs: `sqlite`.
    fn name(&self) -> &'static str;

    /// What it can do.
    fn capability(&self) -> &'static Capability;

    /// How its SQL is read.
    fn flavor(&self) -> &'static Flavor;

    /// Rewrites a schema as the server itself would spell it.
    fn normalize(&self, schema: &mut Schema);

    /// The type that stands here for a standard one, spelled as an ORM of this server would; `enum` asks for what holds
    /// a value of an enumerated type. A name that is no standard one is the server's own, and stays.
    ///
    /// # Errors
    /// The server has nothing like it; why, as a lower-case fragment.
    fn standard_type(&self, ty: &TypeName) -> Result<TypeName, String>;

    /// What values of a column lose when it gets another type, and where the server refuses: comments for whoever reads the
    /// revision, one sentence each.
    fn narrowing(&self, from: &TypeName, to: &TypeName) -> Vec<String>;

    /// Whether the server writes a table anew, while nobody reads or writes it, where a column gets another type.
    fn rewrites(&self, from: &TypeName, to: &TypeName) -> bool;

    /// The statements for ops that run one after the other, the first on a database that holds `before`.
    ///
    /// # Errors
    /// The first op that this server cannot carry out.
    fn lower(&self, ops: &[Op], before: &Schema) -> Result<Vec<Statement>, Unsupported>;

    /// What has to hold around the transaction in which these ops run, whoever wrote their statements.
    fn conduct(&self, ops: &[Op], before: &Schema) -> Conduct;

    /// How a statement gets on with transactions.
    fn scope(&self, sql: &str) -> Scope;

    /// The words with which its statements begin; none, where they are not known.
    fn beginnings(&self) -> Beginnings {
        &[]
    }

    /// What a statement makes that can be used only once it is committed.
    fn made_for_later(&self, sql: &str) -> Option<String> {
        let _ = sql;
        None
    }

    /// Whether a statement uses one of those.
    fn uses(&self, sql: &str, made: &BTreeSet<String>) -> bool {
        let _ = (sql, made);
        false
    }

    /// What a statement that is a transaction by itself is about.
    fn target(&self, sql: &str) -> Target {
        let _ = sql;
        Target::default()
    }

    /// How to find out what became of a statement that is a transaction by itself.
    fn recovery(&self, sql: &str) -> Recovery {
        let _ = sql;
        Recovery::default()
    }

    /// Whether a statement is about more than the database that it is said to: roles, other databases, other servers.
    /// Nobody may try it out in a scratch database.
    fn affects_cluster(&self, sql: &str) -> bool {
        let _ = sql;
        false
    }

    /// Why something that the server itself takes for a table, an index, a view or a trigger is known by its text only: a
    /// lower-case fragment.
    fn why_unread(&self, other: &Unmodelled) -> Option<String> {
        let _ = other;
        None
    }

    /// Which locks a statement takes on tables that are there, as far as its words tell.
    fn locks(&self, sql: &str) -> Vec<Lock>;

    /// What a statement asks of the server's locks.
    fn locking(&self, sql: &str) -> Locking {
        let _ = sql;
        Locking::Hard
    }
}

/// What is said to the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The text, without a semicolon at its end.
    pub sql: String,
    /// Which of the ops it was lowered from, by position; several where one statement carries them together, none for
    /// a step of a larger procedure that belongs to all of `ops`.
    pub ops: Vec<usize>,
}

/// What surrounds the statements of one transaction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Conduct {
    /// Settings before the transaction begins.
    pub before: Vec<String>,
    /// Settings after it ended, however it ended.
    pub after: Vec<String>,
    /// What must be no worse at its end than at its beginning.
    pub probes: Vec<Probe>,
}

/// A question to the server, asked when a transaction begins and again before it commits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The query.
    pub sql: String,
    /// The query when the transaction begins, where things have other names then.
    pub earlier: Option<String>,
    /// What it looks at.
    pub subject: ObjectName,
    /// What its answer means.
    pub verdict: Verdict,
    /// Which of the ops may change the answer, by position.
    pub op: usize,
}

impl Probe {
    /// The query when the transaction begins.
    pub fn first(&self) -> &str {
        self.earlier.as_deref().unwrap_or(&self.sql)
    }
}

/// How two answers to a [`Probe`] are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Each row is a broken reference from the subject; there must not be more than before.
    NoMoreRows,
    /// Each row is a table with a foreign key, and what the key refers to, which is not there; there must be none that was
    /// not there before.
    NoMoreKeys,
    /// The subject is a view, and the query must run, if it ran before.
    StillRuns,
    /// The query is a write to the subject, which must run, with all that it sets off, if it ran before.
    StillWrites,
}

/// An op that a server cannot carry out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsupported {
    /// Which of the ops, by position.
    pub op: usize,
    /// Why not, as a lower-case fragment.
    pub reason: String,
    /// What to do instead, an imperative sentence.
    pub help: Option<String>,
}
