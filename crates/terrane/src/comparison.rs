//! A layer's models compared with its share of the database.

use crate::answers::{Answer, renames};
use crate::config::LayerConfig;
use crate::database::{Database, OpenMode};
use crate::error::{Error, Result};
use crate::folder::Missing;
use crate::history::{Depth, History};
use crate::inexpressible::only_expressible;
use crate::migrate::Standing;
use crate::models::Models;
use crate::portable::Portable;
use crate::project::{Extent, Project};
use crate::questions::{self, OpenQuestion};
use crate::script::path_to;
use crate::share::Share;
use crate::unmodelled;
use crate::wished::{wished, without};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Delta, diff};
use terrane_core::graph::{RevisionId, Rows};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Owner, Ownership, Projection, objects, owning_table, project};
use terrane_core::plan::replay_as_written;
use terrane_core::schema::{Edges, Schema};

/// A layer's models compared with its share of the database.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The layer.
    pub layer: LayerName,
    /// How to get from the database to the models.
    pub delta: Delta,
    /// What has to be answered before a candidate is written.
    pub questions: Vec<OpenQuestion>,
    /// What there is to say besides: objects without an owner, things without a model.
    pub warnings: Vec<Diagnostic>,
    /// The layer's share, as the server has it.
    pub(crate) share: Schema,
    /// What depends on what in the models, as the server has it; nothing, where it was not asked.
    pub(crate) edges: Edges,
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
        self.compare_with(history, layer, Before::Database, &[]).await
    }

    /// The same from another beginning, with answers to what would be asked.
    ///
    /// # Errors
    /// Those of [`Project::compare`]; or an answer is about nothing that differs.
    pub async fn compare_with(
        &self,
        history: &History,
        layer: &LayerName,
        before: Before,
        answers: &[Answer],
    ) -> Result<Comparison> {
        let config = self.config.require_layer(layer.as_str())?;
        let dialect = self.dialect()?;
        let models = self.models(config, dialect)?;
        let mut database = self.open(OpenMode::Read).await?;
        let makers = config.models.makers(dialect);
        let made_by_layer = makers.iter().filter(|(_, maker)| *maker == layer);
        let made_by_layer = made_by_layer.map(|(name, _)| name.clone());
        let share = Share::of_models(layer, &models).with_tables(made_by_layer);
        let standing = self.look_at(database.as_mut(), |_| Ok(Extent::Share(share))).await?;
        if let Some(unfinished) = &standing.unfinished {
            return Err(unfinished.error().into());
        }
        history.graph.refuse_moved(&standing.strangers)?;
        history.up_to_date(layer, &standing.rows)?;
        let mut warnings = models.warnings.clone();
        let ownership = self.claimed(config, (&models, &makers), &standing, dialect, &mut warnings)?;
        let breaches = models.breaches(layer, &ownership);
        if !breaches.is_empty() {
            return Err(breaches.into());
        }
        let sides = Sides::of(
            database.as_mut(),
            dialect,
            &standing.books.schema,
            Wanted {
                layer,
                models: &models,
                before,
                answers,
            },
            &ownership,
        )
        .await?;
        let Sides {
            share,
            others,
            delta,
            questions,
            edges,
        } = sides;
        refuse_unread(&standing.books.schema, &models, dialect)?;
        stuck(&delta)?;
        if !delta.is_empty() {
            let comes = self.comes_unseen(history, config, &standing.rows);
            self.refuse_nowhere(config, &models, &others, comes).await?;
        }
        let left_out = standing.left_out.iter();
        let of_columns = &standing.left_out_of_columns;
        let nobodys_too =
            left_out.filter(|(kind, name)| ownership.owner(*kind, name).is_none() && !of_columns.contains(name));
        let unmodelled = &standing.books.schema.unmodelled;
        let is_ignored = |(_, name): &&ObjectKey| self.config.ignores(name);
        let unowned_of = |(kind, name): &ObjectKey| match unmodelled.get(name) {
            Some(other) if *kind == ObjectKind::Other => unmodelled::concern(other, false, dialect),
            _ => Some(unmodelled::unowned(*kind, name)),
        };
        let nobodys = share.unowned.iter().chain(nobodys_too).filter(|key| !is_ignored(key));
        warnings.extend(nobodys.filter_map(unowned_of));
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
            edges,
            delta,
            questions,
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
            .filter(|node| !rows.of(node.rows()).any(|id| *id == node.id));
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

    /// What the ledger says of owners, and what revisions made that the ledger has not seen run, since Alembic ran them; and
    /// what the models of other layers claim that nobody owns yet: a vendor's table is the vendor's from the moment its models
    /// say so. Where all that is there or spoken of has an owner, they are not
    /// even read. A crate that is not linked claims nothing, which is told.
    fn claimed(
        &self,
        layer: &LayerConfig,
        (models, makers): (&Models, &BTreeMap<ObjectName, LayerName>),
        standing: &Standing,
        dialect: &dyn Dialect,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Ownership> {
        let mut ownership = standing.books.ownership.clone();
        let schema = &standing.books.schema;
        let comes_with_its_table = |(kind, name): &ObjectKey| {
            let sequence = schema.sequences.get(name).filter(|_| *kind == ObjectKind::Sequence);
            let is_owned = sequence.is_some_and(|sequence| owning_table(sequence).is_some());
            is_owned || standing.left_out_of_columns.contains(name)
        };
        let is_relation = |kind: ObjectKind| matches!(kind, ObjectKind::Table | ObjectKind::View);
        let is_owned = |ownership: &Ownership, (kind, name): &ObjectKey| match is_relation(*kind) {
            true => ownership.owner_of_relation(name).is_some(),
            false => match schema.unmodelled.get(name) {
                Some(other) if *kind == ObjectKind::Other => ownership.owner_of_unmodelled(other).is_some(),
                _ => ownership.owner(*kind, name).is_some(),
            },
        };
        let found = objects(schema);
        for key in found.iter().chain(&standing.left_out) {
            if let Some(maker) = makers.get(&key.1).filter(|_| !is_owned(&ownership, key)) {
                let owner = Owner {
                    layer: maker.clone(),
                    created_by: None,
                };
                ownership.give(key.clone(), owner);
            }
        }
        let mut there = found.iter().chain(&standing.left_out);
        let is_known = |key: &ObjectKey| is_owned(&ownership, key) || comes_with_its_table(key);
        let spoken_of = models.relations();
        if there.all(is_known) && spoken_of.iter().all(|name| ownership.owner_of_relation(name).is_some()) {
            return Ok(ownership);
        }
        let others = self.config.layers.iter();
        for other in others.filter(|other| other.name != layer.name && !other.models.is_none()) {
            let theirs = Models::load(other, dialect)?;
            let is_silent = |warning: &&Diagnostic| warning.code == codes::NOTHING_DECLARED;
            warnings.extend(theirs.warnings.iter().filter(is_silent).cloned());
            for key in theirs.declares() {
                if !is_owned(&ownership, &key) {
                    let owner = Owner {
                        layer: other.name.clone(),
                        created_by: None,
                    };
                    ownership.give(key, owner);
                }
            }
        }
        Ok(ownership)
    }
}

/// What a layer's models are compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Before {
    /// What the database holds of the layer.
    #[default]
    Database,
    /// Nothing, as where the layer is yet to be installed.
    Nothing,
}

/// What a layer is to be, and what was answered about the way there.
struct Wanted<'a> {
    layer: &'a LayerName,
    models: &'a Models,
    before: Before,
    answers: &'a [Answer],
}

impl Wanted<'_> {
    /// What the models are compared with.
    fn begins<'s>(&self, share: &'s Projection) -> &'s Schema {
        static NOTHING: LazyLock<Schema> = LazyLock::new(Schema::new);
        match self.before {
            Before::Database => &share.schema,
            Before::Nothing => &NOTHING,
        }
    }

    /// How to get from the layer's share to what the models say, and what is asked about it.
    fn difference(
        &self,
        share: &Schema,
        desired: &Schema,
        dialect: &dyn Dialect,
    ) -> Result<(Delta, Vec<OpenQuestion>)> {
        let options = dialect.capability().diff_options(true);
        let renames = renames(self.models, self.answers, share, desired, dialect.flavor())?;
        let delta = match self.models.are_of_an_orm {
            false => diff(share, desired, &renames, &options),
            true => {
                let attributes_too = !dialect.capability().keeps_texts;
                diff(
                    &only_expressible(share, desired, attributes_too),
                    desired,
                    &renames,
                    &options,
                )
            }
        };
        let questions = questions::open(self.layer, &delta, &renames, share, desired, self.models);
        Ok((delta, questions))
    }
}

/// A layer's share of the database, and how to get from there to what its models say.
struct Sides {
    /// What the models are compared with.
    share: Projection,
    /// What the database holds besides the layer's share.
    others: Schema,
    delta: Delta,
    questions: Vec<OpenQuestion>,
    edges: Edges,
}

impl Sides {
    async fn of(
        database: Option<&mut Database<'_>>,
        dialect: &dyn Dialect,
        schema: &Schema,
        wanted: Wanted<'_>,
        ownership: &Ownership,
    ) -> Result<Sides> {
        let Wanted { layer, models, .. } = wanted;
        let mut declared = models.declares();
        let mut share = project(schema, layer, &declared, ownership);
        let (mut delta, mut questions) = wanted.difference(wanted.begins(&share), &models.schema, dialect)?;
        let mut edges = Edges::default();
        let is_told = !models.only_the_server_knows() && delta.is_empty();
        if let Some(database) = database.filter(|_| !is_told)
            && let Some(desired) = wished(database, layer, models, &without(schema, &share.schema)).await?
        {
            declared.extend(objects(&desired));
            share = project(schema, layer, &declared, ownership);
            (delta, questions) = wanted.difference(wanted.begins(&share), &desired, dialect)?;
            edges = desired.edges;
        }
        let others = without(schema, &share.schema);
        share.schema = wanted.begins(&share).clone();
        Ok(Sides {
            share,
            others,
            delta,
            questions,
            edges,
        })
    }
}

/// Where a required layer stands; if it is not in the database yet, where its history ends.
fn stands_or_heads(history: &History, rows: &Rows, layer: &LayerName) -> Vec<RevisionId> {
    let stands = rows
        .iter()
        .filter(|(set, id)| history.graph.layer_of_row(set, id) == *layer);
    let stands: Vec<RevisionId> = stands.map(|(_, id)| id.clone()).collect();
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
