//! What a database holds, as models: the statements that make it from nothing.

use crate::comparison::stuck;
use crate::config::Config;
use crate::error::Result;
use crate::project::Project;
use crate::unmodelled::{concern, is_the_operators};
use crate::wished::without;
use std::collections::BTreeSet;
use terrane_core::diagnostic::Diagnostic;
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Renames, diff};
use terrane_core::ownership::{owning_table, project, speaks_of};
use terrane_core::plan::DatabaseState;
use terrane_core::schema::{Schema, Unmodelled};

/// A database, or a layer's part of it, as statements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspected {
    /// Statements in the server's own words, in the order in which they make it, without semicolons.
    pub statements: Vec<String>,
    /// What they do not say of it.
    pub warnings: Vec<Diagnostic>,
}

impl Project {
    /// What the database holds, or what of it a layer owns. Rights, and which roles own things, are the operator's and left
    /// out, as are Terrane's own tables and what the configuration ignores.
    ///
    /// # Errors
    /// There is no such layer or database; or the database cannot be read.
    pub async fn inspected(&self, layer: Option<&str>) -> Result<Inspected> {
        let layer = layer.map(|name| self.config.require_layer(name)).transpose()?;
        let mut database = self.open_to_read().await?;
        let DatabaseState {
            mut schema, ownership, ..
        } = self.standing(Some(&mut database)).await?.books;
        database.close().await?;
        let dialect = self.dialect()?;
        let told = match layer {
            Some(layer) => project(&schema, &layer.name, &BTreeSet::new(), &ownership).schema,
            None => without_ignored(&schema, &self.config),
        };
        let warnings = unread(&told, dialect);
        let is_said = |other: &Unmodelled| !is_the_operators(other) && dialect.why_unread(other).is_none();
        schema.unmodelled.retain(|_, other| is_said(other));
        let others = without(&schema, &told);
        Ok(Inspected {
            statements: statements(&others, &schema, dialect)?,
            warnings,
        })
    }
}

/// What a configuration does not ignore.
fn without_ignored(schema: &Schema, config: &Config) -> Schema {
    let mut rest = schema.clone();
    rest.tables.retain(|name, _| !config.ignores(name));
    rest.views.retain(|name, _| !config.ignores(name));
    rest.enums.retain(|name, _| !config.ignores(name));
    rest.routines.retain(|name, _| !config.ignores(name));
    let is_of_ignored = |other: &Unmodelled| speaks_of(other).is_some_and(|name| config.ignores(&name));
    rest.unmodelled
        .retain(|name, other| !config.ignores(name) && !is_of_ignored(other));
    rest.sequences
        .retain(|_, sequence| owning_table(sequence).is_none_or(|table| !config.ignores(&table)));
    rest
}

/// What the server tells too little of to make it again.
fn unread(schema: &Schema, dialect: &dyn Dialect) -> Vec<Diagnostic> {
    let others = schema.unmodelled.values();
    let unread = others.filter(|other| dialect.why_unread(other).is_some());
    unread.filter_map(|other| concern(other, true, dialect)).collect()
}

/// The statements that make one schema of another.
fn statements(before: &Schema, after: &Schema, dialect: &dyn Dialect) -> Result<Vec<String>> {
    let options = dialect.capability().diff_options(false);
    let delta = diff(before, after, &Renames::default(), &options);
    stuck(&delta)?;
    let lowered = dialect.lower(&delta.ops, before)?;
    Ok(lowered.into_iter().map(|statement| statement.sql).collect())
}
