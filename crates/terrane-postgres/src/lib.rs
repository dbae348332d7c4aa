//! Terrane on PostgreSQL, 13 to 18.
//!
//! The catalog keeps definitions as trees, and tells of them in a spelling of its own; so nothing is compared by guessing
//! how the server would say it: whatever is wished is made in a scratch schema or database first, and read back.
//!
//! What is pure and what talks to a database are kept apart: [`Postgres`] answers without a connection, [`inspect`] and
//! [`connect`] need one.

mod array_cast;
pub mod ask;
mod beginnings;
pub mod connect;
pub mod guard;
pub mod inspect;
mod location;
mod locks;
mod lower;
mod mention;
pub mod misfit;
mod narrowing;
mod normalize;
mod reach;
mod rewriting;
pub mod roles;
pub mod say;
mod scope;
mod types;

use std::collections::BTreeSet;
use terrane_core::ddl::Flavor;
use terrane_core::dialect::{
    Beginnings, Capability, Conduct, Dialect, Lock, Locking, Recovery, Scope, Statement, Target, Unsupported,
};
use terrane_core::diff::Dependencies;
use terrane_core::name::Folding;
use terrane_core::op::Op;
use terrane_core::schema::{Schema, TypeName};
use terrane_core::sql::Lexing;

/// How PostgreSQL's SQL is read.
pub const FLAVOR: Flavor = Flavor {
    lexing: Lexing::POSTGRESQL,
    folding: Folding::LowerUnquoted,
    default_schema: Some("public"),
};

const CAPABILITY: Capability = Capability {
    transactional_ddl: true,
    column_order: false,
    dangling_foreign_keys: false,
    keeps_texts: false,
    enum_types: true,
    dependencies: Dependencies::Checked {
        first: &["schema", "extension"],
        last: &[
            "comment",
            "default privileges",
            "grant",
            "owner",
            "policy",
            "revoke",
            "rule",
            "security label",
            "statistics",
        ],
    },
    online: true,
    row_name: None,
};

/// PostgreSQL, 13 to 18.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Postgres;

impl Dialect for Postgres {
    fn name(&self) -> &'static str {
        "postgresql"
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

    fn narrowing(&self, from: &TypeName, to: &TypeName) -> Vec<String> {
        narrowing::comments(from, to)
    }

    fn rewrites(&self, from: &TypeName, to: &TypeName) -> bool {
        rewriting::rewrites(from, to)
    }

    fn lower(&self, ops: &[Op], before: &Schema) -> Result<Vec<Statement>, Unsupported> {
        lower::lower(ops, before)
    }

    fn conduct(&self, _ops: &[Op], _before: &Schema) -> Conduct {
        Conduct::default()
    }

    fn beginnings(&self) -> Beginnings {
        beginnings::BEGINNINGS
    }

    fn scope(&self, sql: &str) -> Scope {
        scope::scope(sql)
    }

    fn made_for_later(&self, sql: &str) -> Option<String> {
        scope::made_for_later(sql)
    }

    fn uses(&self, sql: &str, made: &BTreeSet<String>) -> bool {
        scope::uses(sql, made)
    }

    fn target(&self, sql: &str) -> Target {
        scope::target(sql)
    }

    fn recovery(&self, sql: &str) -> Recovery {
        scope::recovery(sql)
    }

    fn affects_cluster(&self, sql: &str) -> bool {
        reach::affects_cluster(sql)
    }

    fn locks(&self, sql: &str) -> Vec<Lock> {
        locks::locks(sql)
    }

    fn locking(&self, sql: &str) -> Locking {
        scope::locking(sql)
    }
}
