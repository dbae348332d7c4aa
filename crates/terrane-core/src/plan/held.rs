//! Views of other layers that are dropped and recreated, since what they read changes.

use super::PlanStep;
use crate::ddl::{Flavor, parse_statement};
use crate::name::ObjectName;
use crate::op::{ObjectKind, Op};
use crate::ownership::Ownership;
use crate::sql::split;
use std::collections::BTreeSet;

/// Those that the statements of a portable revision drop. None of its ops may, so that it is for a change of what they read,
/// and they come back.
pub(super) fn held(planned: &PlanStep, ownership: &Ownership, flavor: &Flavor) -> BTreeSet<ObjectName> {
    let texts = planned.statements.iter().map(|statement| statement.action.sql());
    let dropped = texts
        .filter(|text| text.contains("DROP "))
        .flat_map(|text| dropped(text, flavor));
    let is_others = |view: &ObjectName| {
        let owner = ownership.owner(ObjectKind::View, view);
        owner.is_some_and(|owner| owner.layer != planned.layer)
    };
    dropped.filter(is_others).collect()
}

/// The views that a text drops.
fn dropped(text: &str, flavor: &Flavor) -> Vec<ObjectName> {
    let statements = split(text, &flavor.lexing).unwrap_or_default();
    let parsed = statements
        .iter()
        .filter_map(|statement| parse_statement(text, statement, flavor).ok());
    let views = parsed.flat_map(|parsed| parsed.ops).filter_map(|op| match op {
        Op::DropView(name) => Some(name),
        _ => None,
    });
    views.collect()
}
