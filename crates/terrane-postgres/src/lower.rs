//! Ops to statements.

use terrane_core::ddl::print;
use terrane_core::dialect::{Statement, Unsupported};
use terrane_core::op::Op;
use terrane_core::schema::Schema;

pub(crate) fn lower(ops: &[Op], _before: &Schema) -> Result<Vec<Statement>, Unsupported> {
    let statements = ops
        .iter()
        .enumerate()
        .flat_map(|(at, op)| print(op).into_iter().map(move |sql| Statement { sql, ops: vec![at] }));
    Ok(statements.collect())
}
