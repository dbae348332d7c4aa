//! Models that refer to nothing: a key, a view or a trigger that names what is not there.
//!
//! SQLite takes them as they come, and each says so when it is used. So the models are made in a scratch database, with
//! what they mention of other layers beside them, and everything of theirs has to compile there.

use crate::config::LayerConfig;
use crate::database::Database;
use crate::error::Result;
use crate::models::{Declares, Models};
use crate::project::Project;
use crate::stubs::stub;
use crate::wished::make_texts;
use std::collections::BTreeSet;
use terrane_core::ddl::{Style, create_table, print, print_index};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Broken, Dialect};
use terrane_core::diff::{Renames, diff};
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::{ConstraintKind, Schema};

impl Project {
    /// Refuses models that refer to what neither they nor the rest of the database has, nor another layer's models; with
    /// `comes_unseen`, a relation that is not there may be to come. A server that checks references itself has done so.
    ///
    /// # Errors
    /// Something is not there; all of it is named.
    pub(crate) async fn refuse_nowhere(
        &self,
        layer: &LayerConfig,
        models: &Models,
        others: &Schema,
        comes_unseen: bool,
    ) -> Result<()> {
        let dialect = self.dialect()?;
        if !dialect.capability().keeps_texts {
            return Ok(());
        }
        let mut scratch = Database::scratch().await?;
        make(&mut scratch, dialect, models).await;
        make_mentioned(&mut scratch, models, others).await;
        let broken = scratch.broken().await?;
        let own = |broken: &&Broken| !broken.is_of_the_app && place(models, broken).is_some();
        let broken: Vec<&Broken> = broken.iter().filter(own).collect();
        if broken.is_empty() {
            return Ok(());
        }
        let elsewhere = self.declared_elsewhere(layer, dialect)?;
        let is_to_come = |broken: &&&Broken| {
            let missing = missing(broken).map(|name| dialect.flavor().object(name));
            missing.is_some_and(|name| comes_unseen || elsewhere.contains(&name))
        };
        let diagnostics: Vec<Diagnostic> = broken
            .iter()
            .filter(|broken| !is_to_come(broken))
            .map(|broken| told(models, broken))
            .collect();
        if diagnostics.is_empty() {
            Ok(())
        } else {
            Err(diagnostics.into())
        }
    }

    /// What other layers' models declare, whether or not the database has it yet.
    fn declared_elsewhere(&self, layer: &LayerConfig, dialect: &dyn Dialect) -> Result<BTreeSet<ObjectName>> {
        let mut names = BTreeSet::new();
        let others = self.config.layers.iter();
        for other in others.filter(|other| other.name != layer.name && !other.models.is_none()) {
            let models = Models::load(other, dialect)?;
            names.extend(models.declares().into_iter().map(|(_, name)| name));
        }
        Ok(names)
    }
}

async fn make(scratch: &mut Database<'_>, dialect: &dyn Dialect, models: &Models) {
    if !models.are_of_an_orm {
        // What the server refuses of them is told where it is carried out.
        let _refused = make_texts(scratch, models).await;
        return;
    }
    let ops = diff(
        &Schema::new(),
        &models.schema,
        &Renames::default(),
        &dialect.capability().diff_options(true),
    )
    .ops;
    let lowered = dialect.lower(&ops, &Schema::new()).unwrap_or_default();
    for statement in lowered {
        let _refused = scratch.execute(&statement.sql).await;
    }
}

/// What the models mention of the rest, and what that mentions in turn, without what it refers to.
async fn make_mentioned(scratch: &mut Database<'_>, models: &Models, others: &Schema) {
    let mut words = models.mentions();
    let mut views = BTreeSet::new();
    loop {
        let found: Vec<_> = others
            .views
            .values()
            .filter(|view| !views.contains(&view.name) && words.mention(&view.name))
            .collect();
        if found.is_empty() {
            break;
        }
        for view in found {
            words.add(view.query.as_str());
            views.insert(view.name.clone());
        }
    }
    let mut script = Vec::new();
    for table in others.tables.values().filter(|table| words.mention(&table.name)) {
        script.push(create_table(&stub(table), Style::Autoincrement));
        let unique = table.indexes.values().filter(|index| index.unique);
        script.extend(unique.map(|index| print_index(&table.name, index)));
    }
    let unmodelled = others.unmodelled.values().filter(|other| words.mention(&other.name));
    script.extend(unmodelled.map(|other| other.definition.as_str().to_owned()));
    let views = views.iter().filter_map(|name| others.views.get(name));
    script.extend(views.flat_map(|view| print(&Op::CreateView(Box::new(view.clone())))));
    for statement in script {
        let _not_to_be_had = scratch.execute(&statement).await;
    }
}

/// The statement of the models that makes something; none, if it is not theirs.
fn place<'m>(models: &'m Models, broken: &Broken) -> Option<&'m Declares> {
    let is = |name: &str, said: &str| name.eq_ignore_ascii_case(said);
    models.statements.iter().find(|declares| {
        declares.ops.iter().any(|op| match op {
            Op::CreateView(view) => broken.kind == "view" && is(view.name.name.as_str(), &broken.name),
            Op::CreateTrigger(trigger) => broken.kind == "trigger" && is(trigger.name.as_str(), &broken.name),
            Op::CreateTable(table) => broken.kind == "foreign key" && is(table.name.name.as_str(), &broken.on),
            Op::AddConstraint { table, constraint } => {
                broken.kind == "foreign key"
                    && is(table.name.as_str(), &broken.on)
                    && matches!(&constraint.kind, ConstraintKind::ForeignKey(_))
            }
            _ => false,
        })
    })
}

/// The relation that is not there.
fn missing(broken: &Broken) -> Option<&str> {
    if broken.kind == "foreign key" {
        return Some(&broken.name);
    }
    let (_, name) = broken.reason.split_once("no such table: ")?;
    Some(name.strip_prefix("main.").unwrap_or(name))
}

fn told(models: &Models, broken: &Broken) -> Diagnostic {
    let Broken { name, on, reason, .. } = broken;
    let message = match broken.kind {
        "foreign key" => format!("a foreign key of `{on}` refers to `{name}`: {reason}"),
        "view" => format!("view `{name}` would not run: {reason}"),
        kind => format!("{kind} `{name}` of `{on}` would not run: {reason}"),
    };
    let diagnostic = Diagnostic::error(codes::NOWHERE, message)
        .help("Declare what it refers to, in these models or in those of a layer that it requires, or leave it away.");
    match place(models, broken) {
        Some(declares) => diagnostic.at(&declares.source, declares.source.first_line(declares.span), ""),
        None => diagnostic,
    }
}
