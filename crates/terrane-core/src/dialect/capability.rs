//! Facts about a server, as data.

use crate::diff;
use crate::schema::Unmodelled;

/// What a server can do; each field answers one question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capability {
    /// Does a rollback undo DDL?
    pub transactional_ddl: bool,
    /// Can the columns of a table be put in another order, and does the order tell tables apart?
    pub column_order: bool,
    /// May a foreign key name a table that is not there yet?
    pub dangling_foreign_keys: bool,
    /// Does its catalog keep definitions as they were written? Otherwise only the server says how it spells them.
    pub keeps_texts: bool,
    /// Does it have enumerated types, by name?
    pub enum_types: bool,
    /// What does it make of a definition that names another object?
    pub dependencies: diff::Dependencies,
    /// Can it build an index, and check a constraint, while rows of the table are written?
    pub online: bool,
    /// Under which name can a row be told whose table has no key? None, if there is no such thing.
    pub row_name: Option<&'static str>,
}

impl Capability {
    /// Whether something without a model is made anew from its text where it changes. What holds rows, as a virtual table of
    /// SQLite's may, is not; nor that of which the catalog does not tell all (its text is a comment then).
    pub fn carries_over(&self, other: &Unmodelled) -> bool {
        self.dependencies != diff::Dependencies::Loose && !other.definition.as_str().starts_with("--")
    }

    /// How schemas of this server are compared. With `open_names`, a constraint that was declared without a name does
    /// with whatever name it has.
    pub fn diff_options(&self, open_names: bool) -> diff::Options {
        diff::Options {
            column_order: self.column_order,
            dangling_foreign_keys: self.dangling_foreign_keys,
            open_names,
            dependencies: self.dependencies,
        }
    }
}
