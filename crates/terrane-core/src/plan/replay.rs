//! What a history amounts to: the schema and the owners that it leaves, without a database.

use super::RevisionFile;
use super::build::{DatabaseState, section_of};
use super::read::{enum_names, read};
use crate::ddl::Flavor;
use crate::dialect::{Dialect, Spelling};
use crate::graph::{Graph, RevisionId};
use crate::op::{Effect, Op, RawSql};
use crate::revision::{Target, Way};
use crate::schema::Schema;
use std::collections::BTreeMap;

/// The outcome of a replay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Replay {
    /// What is there and whose it is.
    pub books: DatabaseState,
    /// Revisions with statements whose effect on the schema could not be told. Where there are any, the schema is a
    /// lower bound.
    pub opaque: Vec<RevisionId>,
}

/// Replays the upgrades of `path`, which is in order, from nothing, into what the server at hand would hold.
pub fn replay(
    graph: &Graph,
    files: &BTreeMap<RevisionId, RevisionFile>,
    path: &[RevisionId],
    dialect: &dyn Dialect,
    books: DatabaseState,
) -> Replay {
    let spelling = Spelling::new(dialect, enum_names(files, dialect));
    let mut replay = run(graph, files, path, dialect, Some(&spelling), books);
    dialect.normalize(&mut replay.books.schema);
    replay
}

/// The same in the history's own words: types and comments as they are written, whatever the server keeps of them.
pub fn replay_as_written(
    graph: &Graph,
    files: &BTreeMap<RevisionId, RevisionFile>,
    path: &[RevisionId],
    dialect: &dyn Dialect,
) -> Schema {
    run(graph, files, path, dialect, None, DatabaseState::default())
        .books
        .schema
}

fn run(
    graph: &Graph,
    files: &BTreeMap<RevisionId, RevisionFile>,
    path: &[RevisionId],
    dialect: &dyn Dialect,
    spelling: Option<&Spelling<'_>>,
    books: DatabaseState,
) -> Replay {
    let mut replay = Replay {
        books,
        opaque: Vec::new(),
    };
    let flavor: &Flavor = dialect.flavor();
    for id in path.iter().filter(|id| graph.node(id).is_some()) {
        let Some(file) = files.get(id) else { continue };
        let mut opaque = file.unread.iter().any(|(way, _)| *way == Way::Upgrade);
        let Some(section) = section_of(&file.revision, Way::Upgrade, dialect.name()) else {
            if opaque {
                replay.opaque.push(id.clone());
            }
            continue;
        };
        for statement in read(file, section, flavor, spelling).statements {
            for op in &statement.ops {
                let unknown = matches!(
                    op,
                    Op::Sql(RawSql {
                        effect: Effect::Unknown | Effect::CreatesTable(_),
                        ..
                    })
                );
                opaque |= unknown || (op.apply(&mut replay.books.schema).is_err() && !statement.tolerant);
                replay.books.ownership.record(op, &file.layer, id);
            }
        }
        if opaque {
            replay.opaque.push(id.clone());
        }
    }
    replay
}

/// Whether the statements of a section are lowered, rather than run as they are written.
pub(super) fn is_portable(file: &RevisionFile, section_dialect: Option<&str>) -> bool {
    file.revision.dialect == Target::Any && section_dialect.is_none()
}
