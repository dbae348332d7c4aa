//! Terrane on SQLite.
//!
//! SQLite keeps the text of every `CREATE` statement in its catalog, and nothing else; so inspection is reading SQL, with
//! the one grammar that reads everything else. And it alters little in place; so lowering is often a rebuild of the
//! table, the procedure of sqlite.org/lang_altertable.html section 7, "Making Other Kinds Of Table Schema Changes".
//!
//! What is pure and what talks to a database are kept apart: [`Sqlite`] answers without a connection, [`inspect`] and
//! [`connect`] need one.

pub mod ask;
mod beginnings;
mod commits;
mod conduct;
pub mod connect;
pub mod inspect;
pub mod load;
mod location;
mod lower;
mod mention;
pub mod misfit;
mod normalize;
mod probes;
mod reach;
mod rebuild;
mod refuse;
pub mod say;
mod scope;
mod types;
mod values;
pub mod whole;
pub mod writes;

use terrane_core::ddl::Flavor;
use terrane_core::dialect::{Beginnings, Capability, Conduct, Dialect, Lock, Scope, Statement, Unsupported};
use terrane_core::diff::Dependencies;
use terrane_core::name::Folding;
use terrane_core::op::Op;
use terrane_core::schema::{Schema, TypeName, Unmodelled};
use terrane_core::sql::Lexing;

/// How SQLite's SQL is read.
pub const FLAVOR: Flavor = Flavor {
    lexing: Lexing::SQLITE,
    folding: Folding::AsciiInsensitive,
    default_schema: Some("main"),
};

const CAPABILITY: Capability = Capability {
    transactional_ddl: true,
    column_order: true,
    dangling_foreign_keys: true,
    keeps_texts: true,
    enum_types: false,
    dependencies: Dependencies::Loose,
    // There are two more names, under both of which results call it `rowid` all the same.
    online: false,
    row_name: Some("rowid"),
};

/// SQLite, 3.51 or later.
///
/// Its normal form of a schema leaves out what SQLite does not keep: comments on tables, columns, indexes and views, and
/// the options of a numbered column. A rebuild writes the text of `CREATE TABLE` anew, so that comments within it and the
/// names of `NOT NULL` and `DEFAULT` clauses go, and the statistics of ANALYZE with them; everything else stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn capability(&self) -> &'static Capability {
        &CAPABILITY
    }

    fn flavor(&self) -> &'static Flavor {
        &FLAVOR
    }

    fn normalize(&self, schema: &mut Schema) {
        normalize::normalize(schema);
    }

    fn standard_type(&self, ty: &TypeName) -> Result<TypeName, String> {
        types::standard_type(ty)
    }

    /// A change that would change a value is refused when it runs (decision 006).
    fn narrowing(&self, _from: &TypeName, _to: &TypeName) -> Vec<String> {
        Vec::new()
    }

    /// A rebuild is told of as that.
    fn rewrites(&self, _from: &TypeName, _to: &TypeName) -> bool {
        false
    }

    fn lower(&self, ops: &[Op], before: &Schema) -> Result<Vec<Statement>, Unsupported> {
        lower::lower(ops, before).map(|lowered| lowered.statements)
    }

    /// Who writes has the whole database, and readers go on.
    fn locks(&self, _sql: &str) -> Vec<Lock> {
        Vec::new()
    }

    fn conduct(&self, ops: &[Op], before: &Schema) -> Conduct {
        conduct::conduct(ops, before)
    }

    fn beginnings(&self) -> Beginnings {
        beginnings::BEGINNINGS
    }

    fn why_unread(&self, other: &Unmodelled) -> Option<String> {
        inspect::why_unread(other)
    }

    fn scope(&self, sql: &str) -> Scope {
        scope::scope(sql)
    }
}
