//! A layer's models compared with its share of the database.

use crate::config::LayerConfig;
use crate::database::{Database, OpenMode};
use crate::error::{Error, Result};
use crate::folder::Missing;
use crate::history::{Depth, History};
use crate::migrate::Standing;
use crate::models::Models;
use crate::portable::Portable;
use crate::project::{Extent, Project};
use crate::script::path_to;
use crate::share::Share;
use crate::unmodelled;
use crate::unsaid::without_unsaid;
use crate::wished::{wished, without};
use terrane_core::ddl;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Delta, Question, diff};
use terrane_core::graph::{RevisionId, Rows};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Owner, Ownership, Projection, objects, project};
use terrane_core::plan::replay_as_written;
use terrane_core::schema::Schema;

/// A layer's models compared with its share of the database.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The layer.
    pub layer: LayerName,
    /// How to get from the database to the models.
    pub delta: Delta,
    /// What there is to say besides: questions, objects without an owner, things without a model.
    pub warnings: Vec<Diagnostic>,
    /// The layer's share, as the server has it.
    pub(crate) share: Schema,
    /// Both sides in the words of models and history, for a file that runs on any server.
    pub(crate) portable: Portable,
    /// Where the layers that it requires stand.
    pub(crate) required: Vec<RevisionId>,
}

impl Project {
    /// Compares a layer's models with the database.
    ///
    /// # Errors
    /// The layer has no models, or they make no sense, or claim what another layer owns; the database lacks revisions
    /// of the layer. Where there is a difference, also what is wrong with any revision file.
    pub async fn compare(&self, history: &History, layer: &LayerName) -> Result<Comparison> {
        let config = self.config.require_layer(layer.as_str())?;
        let dialect = self.dialect()?;
        let models = self.models(config, dialect)?;
        let mut database = self.open(OpenMode::Read).await?;
        let share = Share::of_models(layer, &models);
        let standing = self.look_at(database.as_mut(), |_| Ok(Extent::Share(share))).await?;
        if let Some(unfinished) = &standing.unfinished {
            return Err(unfinished.error().into());
        }
        history.up_to_date(layer, &standing.rows)?;
        let ownership = self.claimed(config, &models, &standing, dialect)?;
        let breaches = models.breaches(layer, &ownership);
        if !breaches.is_empty() {
            return Err(breaches.into());
        }
        let sides = Sides::of(
            database.as_mut(),
            dialect,
            &standing.books.schema,
            &models,
            layer,
            &ownership,
        )
        .await?;
        let Sides { share, delta } = sides;
        refuse_unread(&standing.books.schema, &models, dialect)?;
        stuck(&delta)?;
        if !delta.is_empty() {
            let others = without(&standing.books.schema, &share.schema);
            let comes = self.comes_unseen(history, config, &standing.rows);
            self.refuse_nowhere(config, &models, &others, comes).await?;
        }
        let mut warnings = models.warnings.clone();
        warnings.extend(delta.questions.iter().map(|q| question(q, &models)));
        let left_out = standing.left_out.iter();
        let nobodys_too = left_out.filter(|(kind, name)| ownership.owner(*kind, name).is_none());
        let unmodelled = &standing.books.schema.unmodelled;
        let unowned_of = |(kind, name): &ObjectKey| match unmodelled.get(name) {
            Some(other) if *kind == ObjectKind::Other => unmodelled::concern(other, false, dialect),
            _ => Some(unowned(*kind, name)),
        };
        warnings.extend(share.unowned.iter().chain(nobodys_too).filter_map(unowned_of));
        let mine = share.schema.unmodelled.values();
        warnings.extend(mine.filter_map(|other| unmodelled::concern(other, true, dialect)));
        if self.strict {
            unmodelled::refuse(&warnings)?;
        }
        let required = ownership
            .required(layer)
            .flat_map(|name| stands_or_heads(history, &standing.rows, name))
            .collect();
        let portable = if delta.is_empty() {
            Portable::default()
        } else {
            self.in_words(history, &standing.rows, &models, &share.schema)?
        };
        Ok(Comparison {
            layer: layer.clone(),
            portable,
            share: share.schema,
            delta,
            warnings,
            required,
        })
    }

    /// Whether another layer has revisions to come, and no models that would tell what they make.
    fn comes_unseen(&self, history: &History, layer: &LayerConfig, rows: &Rows) -> bool {
        let silent = |name: &LayerName| {
            let mut layers = self.config.layers.iter();
            layers.any(|other| other.name == *name && other.name != layer.name && other.models.is_none())
        };
        let heads = history.graph.heads();
        let mut pending = heads
            .iter()
            .filter(|node| !rows.of(&node.layer).any(|id| *id == node.id));
        pending.any(|node| silent(&node.layer))
    }

    /// Both sides in the words of models and history. Only what the revisions do is asked here, of which nothing need be
    /// read where there is no difference.
    fn in_words(&self, history: &History, rows: &Rows, models: &Models, share: &Schema) -> Result<Portable> {
        let read;
        let history = match history.depth {
            Depth::Whole => history,
            Depth::Headers => {
                // A folder that is yet to be made holds nothing, and the headers were read already.
                read = History::load_where(&self.config, Depth::Whole, Missing::Made)?;
                &read
            }
        };
        let dialect = self.dialect()?;
        let applied = path_to(&history.graph, rows)?;
        let told = replay_as_written(&history.graph, &history.files, &applied, dialect);
        let spelling = self.spelling(history, dialect);
        Ok(Portable::new(&told, &models.wish, share, &spelling))
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
    /// is the vendor's from the moment its models say so. Where all that is there or spoken of has an owner, they are not
    /// even read.
    fn claimed(
        &self,
        layer: &LayerConfig,
        models: &Models,
        standing: &Standing,
        dialect: &dyn Dialect,
    ) -> Result<Ownership> {
        let mut ownership = standing.books.ownership.clone();
        let found = objects(&standing.books.schema);
        let is_relation = |(kind, _): &&ObjectKey| matches!(kind, ObjectKind::Table | ObjectKind::View);
        let there = found
            .iter()
            .chain(&standing.left_out)
            .filter(is_relation)
            .map(|(_, name)| name);
        let spoken_of = models.relations();
        let is_owned = |name: &ObjectName| ownership.owner_of_relation(name).is_some();
        if there.chain(&spoken_of).all(is_owned) {
            return Ok(ownership);
        }
        for other in self
            .config
            .layers
            .iter()
            .filter(|other| other.name != layer.name && !other.models.is_none())
        {
            let models = Models::load(other, dialect)?;
            for (kind, name) in models.declares().iter().filter(is_relation).cloned() {
                if ownership.owner_of_relation(&name).is_none() {
                    let owner = Owner {
                        layer: other.name.clone(),
                        created_by: None,
                    };
                    ownership.give((kind, name), owner);
                }
            }
        }
        Ok(ownership)
    }
}

/// A layer's share of the database, and how to get from there to what its models say.
struct Sides {
    share: Projection,
    delta: Delta,
}

impl Sides {
    async fn of(
        database: Option<&mut Database<'_>>,
        dialect: &dyn Dialect,
        schema: &Schema,
        models: &Models,
        layer: &LayerName,
        ownership: &Ownership,
    ) -> Result<Sides> {
        let options = dialect.capability().diff_options(true);
        let in_sql = models.are_in_sql();
        let attributes_too = !dialect.capability().keeps_texts;
        let difference = |share: &Schema, wish: &Schema| match in_sql {
            true => diff(share, wish, &models.renames, &options),
            false => diff(
                &without_unsaid(share, wish, attributes_too),
                wish,
                &models.renames,
                &options,
            ),
        };
        let mut declared = models.declares();
        let mut share = project(schema, layer, &declared, ownership);
        let mut delta = difference(&share.schema, &models.schema);
        let is_told = !models.only_the_server_knows() && delta.is_empty();
        if let Some(database) = database.filter(|_| !is_told)
            && let Some(wish) = wished(database, layer, models, &without(schema, &share.schema)).await?
        {
            declared.extend(objects(&wish));
            share = project(schema, layer, &declared, ownership);
            delta = difference(&share.schema, &wish);
        }
        Ok(Sides { share, delta })
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

/// Refuses models of a table that is there and that nobody can read: to create it again would fail, and to alter it could
/// lose something.
fn refuse_unread(schema: &Schema, models: &Models, dialect: &dyn Dialect) -> Result<()> {
    let unread = schema.unmodelled.values().filter(|other| other.kind == "table");
    let declared = unread.filter(|other| models.schema.tables.contains_key(&other.name));
    let diagnostics: Vec<Diagnostic> = declared
        .map(|other| {
            let why = dialect.why_unread(other);
            let why = why.unwrap_or_else(|| "its definition is not understood".to_owned());
            let message = format!("table `{}` is there, and cannot be compared: {why}", other.name);
            let diagnostic = Diagnostic::error(codes::NOT_READ, message).help(
                "Make the table anew as it is meant, by a revision written by hand, or take it out of the models.",
            );
            match models.place_of(&other.name, None) {
                Some(place) => diagnostic.at(&place.source, place.span, ""),
                None => diagnostic,
            }
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics.into())
    }
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

fn unowned(kind: ObjectKind, name: &ObjectName) -> Diagnostic {
    Diagnostic::warning(
        codes::UNOWNED,
        format!("{} `{name}` has no owner and is left as it is", kind.word()),
    )
    .help("Declare it in the models of the layer that it belongs to.")
}
