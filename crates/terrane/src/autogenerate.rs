//! Models against the database, one layer at a time.

use crate::config::LayerConfig;
use crate::database::OpenMode;
use crate::error::{Error, Result};
use crate::history::History;
use crate::models::Models;
use crate::portable::Portable;
use crate::project::Project;
use crate::revise::{NewRevision, Written};
use crate::script::path_to;
use crate::strict;
use crate::wished::{wished, without};
use std::collections::BTreeSet;
use terrane_core::ddl;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Delta, Question, diff};
use terrane_core::graph::{RevisionId, Rows};
use terrane_core::name::{Ident, LayerName, ObjectName};
use terrane_core::op::{ColumnChange, ObjectKind, Op};
use terrane_core::ownership::{Owner, Ownership, project};
use terrane_core::plan::replay_as_written;
use terrane_core::revision::{Action, Section, Step, Target, Way, print_step};
use terrane_core::schema::{Constraint, ConstraintKind, Schema, Unmodelled};
use terrane_core::text::Span;

/// A layer's models compared with its share of the database.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The layer.
    pub layer: LayerName,
    /// How to get from the database to the models.
    pub delta: Delta,
    /// What there is to say besides: questions, objects without an owner, things without a model.
    pub warnings: Vec<Diagnostic>,
    /// Both sides in the words of models and history, for a file that runs on any server.
    portable: Portable,
    /// Where the layers that it requires stand.
    required: Vec<RevisionId>,
}

/// What autogenerate came to.
#[derive(Clone, Debug)]
pub enum Candidate {
    /// The models say what the database holds; no file was written.
    Nothing(Comparison),
    /// A revision to read, edit and run.
    Written(Box<Written>, Comparison),
}

impl Project {
    /// Compares a layer's models with the database.
    ///
    /// # Errors
    /// The layer has no models, or they make no sense, or claim what another layer owns; the database lacks revisions
    /// of the layer.
    pub async fn compare(&self, history: &History, layer: &LayerName) -> Result<Comparison> {
        let config = self.config.require_layer(layer.as_str())?;
        let dialect = self.dialect()?;
        let models = self.models(config, dialect)?;
        let mut database = self.open(OpenMode::Read).await?;
        let standing = self.standing(database.as_mut()).await?;
        history.up_to_date(layer, &standing.rows)?;
        let ownership = self.claimed(config, standing.books.ownership, dialect)?;
        let breaches = models.breaches(layer, &ownership);
        if !breaches.is_empty() {
            return Err(breaches.into());
        }
        let share = project(&standing.books.schema, layer, &models.schema, &ownership);
        let delta = diff(
            &share.schema,
            &models.schema,
            &models.renames,
            &dialect.capability().diff_options(true),
        );
        let delta = match database.as_mut().filter(|_| !delta.is_empty()) {
            Some(database) => {
                let others = without(&standing.books.schema, &share.schema);
                match wished(database, &models, &others).await? {
                    Some(wish) => diff(
                        &share.schema,
                        &wish,
                        &models.renames,
                        &dialect.capability().diff_options(true),
                    ),
                    None => delta,
                }
            }
            None => delta,
        };
        stuck(&delta)?;
        let mut warnings = models.warnings.clone();
        warnings.extend(delta.questions.iter().map(|q| question(q, &models)));
        let unmodelled = &standing.books.schema.unmodelled;
        warnings.extend(share.unowned.iter().map(|(kind, name)| match unmodelled.get(name) {
            Some(other) if *kind == ObjectKind::Other => nobodys(other),
            _ => unowned(*kind, name),
        }));
        warnings.extend(share.schema.unmodelled.values().map(known_by_text));
        if self.strict {
            strict::refuse(&warnings)?;
        }
        let required = ownership
            .required(layer)
            .flat_map(|name| stands_or_heads(history, &standing.rows, name))
            .collect();
        let told = if delta.is_empty() {
            Schema::new()
        } else {
            self.told(history, &standing.rows, dialect)?
        };
        Ok(Comparison {
            layer: layer.clone(),
            portable: Portable::new(&told, &models.wish, &share.schema, &self.spelling(history, dialect)),
            delta,
            warnings,
            required,
        })
    }

    /// What the history says that the database holds, in its own words.
    fn told(&self, history: &History, rows: &Rows, dialect: &dyn Dialect) -> Result<Schema> {
        let applied = path_to(&history.graph, rows)?;
        Ok(replay_as_written(&history.graph, &history.files, &applied, dialect))
    }

    pub(crate) fn models(&self, layer: &LayerConfig, dialect: &dyn Dialect) -> Result<Models> {
        if layer.models.is_none() {
            let message = format!("layer `{}` has no models to compare the database with", layer.name);
            return Err(Error::new(codes::NO_MODELS, message)
                .help("Set `models` of the layer in `terrane.toml`, or write the revision by hand."));
        }
        Models::load(layer, dialect)
    }

    /// What the ledger says of owners, and what the models of other layers claim that nobody owns yet: a vendor's table
    /// is the vendor's from the moment its models say so.
    fn claimed(&self, layer: &LayerConfig, mut ownership: Ownership, dialect: &dyn Dialect) -> Result<Ownership> {
        for other in self
            .config
            .layers
            .iter()
            .filter(|other| other.name != layer.name && !other.models.is_none())
        {
            let models = Models::load(other, dialect)?;
            let tables = models.schema.tables.keys().map(|name| (ObjectKind::Table, name));
            for (kind, name) in tables.chain(models.schema.views.keys().map(|name| (ObjectKind::View, name))) {
                if ownership.owner_of_relation(name).is_none() {
                    let owner = Owner {
                        layer: other.name.clone(),
                        created_by: None,
                    };
                    ownership.give((kind, name.clone()), owner);
                }
            }
        }
        Ok(ownership)
    }

    /// Writes a candidate revision that makes the database what the models say.
    ///
    /// # Errors
    /// As for [`Project::compare`] and [`NewRevision::write`].
    pub async fn autogenerate(&self, history: &History, new: &NewRevision) -> Result<Candidate> {
        let place = new.place(self, history)?;
        let comparison = self.compare(history, &place.layer).await?;
        if comparison.delta.is_empty() {
            return Ok(Candidate::Nothing(comparison));
        }
        let dialect = self.dialect()?;
        let sections = comparison.sections(dialect)?;
        let depends_on = comparison.depends_on(history, &place.down_revisions);
        let written = new.write_at(self, history, place, Target::Any, sections, depends_on)?;
        Ok(Candidate::Written(Box::new(written), comparison))
    }

    /// The text of the candidate that [`Project::autogenerate`] would write; empty if there is nothing to do.
    ///
    /// # Errors
    /// As for [`Project::compare`].
    pub async fn candidate_text(&self, history: &History, new: &NewRevision) -> Result<(Comparison, String)> {
        let place = new.place(self, history)?;
        let comparison = self.compare(history, &place.layer).await?;
        let mut text = String::new();
        for section in comparison.sections(self.dialect()?)? {
            text.push_str(&format!("-- {}\n", section.way.word()));
            section.steps.iter().for_each(|step| text.push_str(&print_step(step)));
        }
        Ok((comparison, text))
    }
}

/// Where a required layer stands; if it is not in the database yet, where its history ends.
fn stands_or_heads(history: &History, rows: &Rows, layer: &LayerName) -> Vec<RevisionId> {
    let stands: Vec<RevisionId> = rows.of(layer).cloned().collect();
    if !stands.is_empty() {
        return stands;
    }
    let heads = history.graph.heads().into_iter().filter(|node| node.layer == *layer);
    heads.map(|node| node.id.clone()).collect()
}

pub(crate) fn stuck(delta: &Delta) -> Result<()> {
    if delta.stuck.is_empty() {
        return Ok(());
    }
    let diagnostics = delta.stuck.iter().map(|stuck| {
        let message = format!(
            "{} `{}` cannot be carried over: {}",
            stuck.kind, stuck.name, stuck.reason
        );
        Diagnostic::error(codes::CANNOT_CARRY_OVER, message).help("Write the change by hand, in a revision of its own.")
    });
    Err(diagnostics.collect::<Vec<_>>().into())
}

/// A question with both answers spelled out.
pub(crate) fn question(question: &Question, models: &Models) -> Diagnostic {
    let rename = ddl::print(&question.rename()).join("; ");
    let (what, place) = match question {
        Question::Table { from, to } => (
            format!("was table `{from}` renamed to `{to}`, or is one dropped and another created?"),
            models.place_of(to, None),
        ),
        Question::Column { table, from, to } => (
            format!("was column `{from}` of `{table}` renamed to `{to}`, or is one dropped and another added?"),
            models.place_of(table, Some(to)),
        ),
    };
    let declare = match (place.and_then(|place| place.door), question) {
        (None, Question::Table { from, .. }) => format!("-- renamed_from: {from}"),
        (None, Question::Column { from, .. }) => format!("-- renamed_from: {from}"),
        (Some(door), Question::Table { from, .. }) => door.renamed_table(from.name.as_str()),
        (Some(door), Question::Column { from, .. }) => door.renamed_column(from.as_str()),
    };
    let mut diagnostic = Diagnostic::warning(codes::QUESTION, what)
        .help(format!("If it was renamed, write `{declare}` beside it in the models and run this again: `{rename}` keeps the values."))
        .help("If it was not, leave it: the old one is dropped with its values, as the file says.");
    if let Some(place) = place {
        diagnostic = diagnostic.at(&place.source, place.span, "");
    }
    diagnostic
}

/// Something without a model that no layer owns.
pub(crate) fn nobodys(other: &Unmodelled) -> Diagnostic {
    let message = format!(
        "{} `{}` is something that Terrane has no model of, and is left as it is",
        other.kind, other.name
    );
    Diagnostic::warning(codes::UNMODELLED, message)
        .help("Declare it in the models of the layer that it belongs to, so that it has an owner.")
}

fn unowned(kind: ObjectKind, name: &ObjectName) -> Diagnostic {
    Diagnostic::warning(
        codes::UNOWNED,
        format!("{} `{name}` has no owner and is left as it is", kind.word()),
    )
    .help("Declare it in the models of the layer that it belongs to.")
}

/// Something without a model that the layer owns.
pub(crate) fn known_by_text(other: &Unmodelled) -> Diagnostic {
    let message = format!(
        "{} `{}` is known by its text only, and compared as a whole",
        other.kind, other.name
    );
    Diagnostic::warning(codes::UNMODELLED, message).help("Change it by a revision written by hand.")
}

impl Comparison {
    /// Both directions, with what each statement costs.
    fn sections(&self, dialect: &dyn Dialect) -> Result<Vec<Section>> {
        let mut ops = self.portable.ops(&self.delta.ops);
        let mut work = self.portable.before.clone();
        let mut writer = Writer { dialect, rebuilt: None };
        let mut upgrade = Vec::new();
        let mut back: Vec<Vec<Op>> = Vec::new();
        for op in &mut ops {
            name_constraints(op, &work);
            let undo = op.reverse(&work).map_err(|why| internal(op, &why.to_string()))?;
            upgrade.extend(writer.steps(op, &work));
            op.apply(&mut work).map_err(|why| internal(op, &why.to_string()))?;
            back.push(undo);
        }
        writer.rebuilt = None;
        let mut downgrade = Vec::new();
        for op in back.iter().rev().flatten() {
            downgrade.extend(writer.steps(op, &work));
            op.apply(&mut work).map_err(|why| internal(op, &why.to_string()))?;
        }
        Ok(vec![
            Section {
                way: Way::Upgrade,
                dialect: None,
                steps: upgrade,
            },
            Section {
                way: Way::Downgrade,
                dialect: None,
                steps: downgrade,
            },
        ])
    }

    /// The vendor's heads that it is written against, those aside that its parents depend on already.
    fn depends_on(&self, history: &History, parents: &[RevisionId]) -> Vec<String> {
        let mut known = BTreeSet::new();
        let mut pending = parents.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(next) = pending.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            known.extend(
                history
                    .graph
                    .dependencies(&next)
                    .into_iter()
                    .map(|node| node.id.clone()),
            );
            pending.extend(
                history
                    .graph
                    .node(&next)
                    .into_iter()
                    .flat_map(|node| node.down_revisions.clone()),
            );
        }
        self.required
            .iter()
            .filter(|id| !known.contains(*id))
            .map(|id| id.to_string())
            .collect()
    }
}

fn internal(op: &Op, why: &str) -> Error {
    Error::new(codes::DOES_NOT_FIT, format!("cannot {}: {why}", op.describe()))
        .help("This is a defect of Terrane; please report it with the models.")
}

/// Writes ops as steps of a file, what each costs above it.
struct Writer<'a> {
    dialect: &'a dyn Dialect,
    /// The table of which it was just said that it is rebuilt; its further changes take no second rebuild.
    rebuilt: Option<ObjectName>,
}

impl Writer<'_> {
    fn steps(&mut self, op: &Op, before: &Schema) -> Vec<Step> {
        let mut comments = Vec::new();
        if let Some(loss) = op.loses() {
            comments.push(format!("Loses {loss}."));
        }
        comments.extend(condition(op).map(str::to_owned));
        if self.rebuilds_anew(op, before) {
            comments.push("Rebuilds the table: its rows are copied while other writers wait.".to_owned());
        }
        let texts = ddl::print(op).into_iter();
        let with_comments = texts.map(|sql| Step {
            comments: std::mem::take(&mut comments),
            action: Action::Sql(sql),
            span: Span::default(),
        });
        with_comments.collect()
    }

    fn rebuilds_anew(&mut self, op: &Op, before: &Schema) -> bool {
        let Some(table) = op.altered_table() else {
            self.rebuilt = None;
            return false;
        };
        if self.rebuilt.as_ref() == Some(table) {
            return false;
        }
        let lowered = self.dialect.lower(std::slice::from_ref(op), before);
        let rebuilds = lowered.is_ok_and(|statements| statements.len() > 1);
        self.rebuilt = rebuilds.then(|| table.clone());
        rebuilds
    }
}

/// What has to hold of the rows, or else the server refuses the op.
fn condition(op: &Op) -> Option<&'static str> {
    match op {
        Op::AddColumn { column, .. }
            if !column.nullable
                && column.default.is_none()
                && column.generated.is_none()
                && column.identity.is_none() =>
        {
            Some("Fails where the table has rows: give the column a default, or fill it before it is NOT NULL.")
        }
        Op::AlterColumn {
            change: ColumnChange::Nullable(false),
            ..
        } => Some("Fails where a row has no value: fill the column first."),
        _ => None,
    }
}

/// Gives every constraint that an op makes a name, so that a later revision can speak of it.
fn name_constraints(op: &mut Op, before: &Schema) {
    match op {
        Op::CreateTable(table) => {
            let name = table.name.clone();
            let mut taken: Vec<Ident> = table.constraints.iter().filter_map(|c| c.name.clone()).collect();
            for constraint in &mut table.constraints {
                name_constraint(&name, constraint, &mut taken);
            }
        }
        Op::AddConstraint { table, constraint } => {
            let known = before
                .tables
                .get(table)
                .into_iter()
                .flat_map(|table| &table.constraints);
            let mut taken: Vec<Ident> = known.filter_map(|other| other.name.clone()).collect();
            name_constraint(table, constraint, &mut taken);
        }
        _ => {}
    }
}

fn name_constraint(table: &ObjectName, constraint: &mut Constraint, taken: &mut Vec<Ident>) {
    if constraint.name.is_some() {
        return;
    }
    let join = |names: Vec<&Ident>| names.into_iter().map(Ident::as_str).collect::<Vec<_>>().join("_");
    let own = &table.name;
    let name = match &constraint.kind {
        ConstraintKind::PrimaryKey(_) => format!("pk_{own}"),
        ConstraintKind::Unique(key) => format!("uq_{own}_{}", join(key.names().collect())),
        ConstraintKind::ForeignKey(key) => {
            format!("fk_{own}_{}_{}", join(key.columns.iter().collect()), key.table.name)
        }
        ConstraintKind::Check(_) => format!("ck_{own}"),
        ConstraintKind::Exclusion(_) => format!("ex_{own}"),
    };
    let mut unique = own.sibling(name.as_str());
    let mut count = 1;
    while taken.contains(&unique) {
        count += 1;
        unique = own.sibling(format!("{name}_{count}"));
    }
    taken.push(unique.clone());
    constraint.name = Some(unique);
}
