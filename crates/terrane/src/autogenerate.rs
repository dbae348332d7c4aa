//! What is written of a difference: a candidate revision, for somebody to read and edit.

use crate::comparison::Comparison;
use crate::error::{Error, Result};
use crate::history::History;
use crate::online::{Form, recipes};
use crate::project::Project;
use crate::revise::{Content, NewRevision, Written};
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::ddl::{self, Flavor, parse_statement};
use terrane_core::diagnostic::codes;
use terrane_core::dialect::{Dialect, Work};
use terrane_core::diff::in_order;
use terrane_core::graph::RevisionId;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ObjectKind, Op, Touch};
use terrane_core::plan::can_be_portable;
use terrane_core::revision::{Action, Section, Step, Target, Way, print_step, reads_alike};
use terrane_core::schema::{Constraint, ConstraintKind, Edges, NOT_VALID, Schema, Table};
use terrane_core::sql::split;
use terrane_core::text::Span;

/// What autogenerate came to.
#[derive(Clone, Debug)]
pub enum Candidate {
    /// The models say what the database holds; no file was written.
    Nothing(Comparison),
    /// Something has to be answered first ([`Comparison::questions`]); no file was written.
    Open(Comparison),
    /// A revision to read, edit and run.
    Written(Box<Written>, Comparison),
}

impl Project {
    /// Writes a candidate revision that makes the database what the models say.
    ///
    /// # Errors
    /// As for [`Project::compare`] and [`NewRevision::write`].
    pub async fn autogenerate(&self, history: &History, new: &NewRevision) -> Result<Candidate> {
        let place = new.place(self, history)?;
        let comparison = self
            .compare_with(history, &place.layer, new.before, &new.answers)
            .await?;
        if comparison.delta.is_empty() {
            return Ok(Candidate::Nothing(comparison));
        }
        if !comparison.questions.is_empty() {
            return Ok(Candidate::Open(comparison));
        }
        let content = comparison.content(self, new.form)?;
        let depends_on = match &content {
            Content::Sql(..) => comparison.depends_on(history, &place.down_revisions),
            // In Alembic's books it would take the vendor's row away, and make `current` differ from `heads`.
            Content::Python(_) => Vec::new(),
        };
        let written = new.write_at(self, history, place, content, depends_on)?;
        Ok(Candidate::Written(Box::new(written), comparison))
    }

    /// The text of the candidate that [`Project::autogenerate`] would write; empty if there is nothing to do, or as long as
    /// something has to be answered first.
    ///
    /// # Errors
    /// As for [`Project::compare`].
    pub async fn candidate_text(&self, history: &History, new: &NewRevision) -> Result<(Comparison, String)> {
        let place = new.place(self, history)?;
        let comparison = self
            .compare_with(history, &place.layer, new.before, &new.answers)
            .await?;
        let mut text = String::new();
        if !comparison.questions.is_empty() {
            return Ok((comparison, text));
        }
        let sections = match comparison.content(self, new.form)? {
            Content::Sql(_, sections) => sections,
            Content::Python(body) => return Ok((comparison, body.shown())),
        };
        for section in sections {
            text.push_str(&format!("-- {}\n", section.way.word()));
            section.steps.iter().for_each(|step| text.push_str(&print_step(step)));
        }
        Ok((comparison, text))
    }
}

impl Comparison {
    /// What a revision of the layer says, in the layer's language.
    fn content(&self, project: &Project, form: Form) -> Result<Content> {
        let dialect = project.dialect()?;
        let layer = project.config.require_layer(self.layer.as_str())?;
        let Some(python) = &layer.python else {
            let form = match project.config.online && dialect.capability().online {
                true => form,
                false => Form::Short,
            };
            let (target, sections) = self.sections(dialect, form)?;
            return Ok(Content::Sql(target, sections));
        };
        let ops = python.in_its_words(&self.delta.ops, dialect);
        let ways = Ways::of(&ops, &self.share, &self.edges, dialect, Form::Short)?;
        python.candidate(&ways, dialect).map(Content::Python)
    }

    /// Both directions, with what each statement costs: in portable words, if they can say all of it; else in the words of
    /// the server.
    fn sections(&self, dialect: &dyn Dialect, form: Form) -> Result<(Target, Vec<Section>)> {
        let ops = self.portable.ops(&self.delta.ops);
        let ways = Ways::of(&ops, &self.portable.before, &self.edges, dialect, form)?;
        // What servers read differently says for which of them it is.
        let alike = |steps: &[Step]| steps.iter().all(|step| reads_alike(step.action.sql()));
        if let Some([upgrade, downgrade]) = ways.in_portable_words(dialect)?
            && alike(&upgrade)
            && alike(&downgrade)
        {
            return Ok((Target::Any, sections(upgrade, downgrade)));
        }
        let ways = Ways::of(&self.delta.ops, &self.share, &self.edges, dialect, form)?;
        let upgrade = as_the_server_says(&ways.there, &ways.before, dialect)?;
        let downgrade = as_the_server_says(&ways.back, &ways.after, dialect)?;
        Ok((Target::Named(dialect.name().to_owned()), sections(upgrade, downgrade)))
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

pub(crate) fn internal(op: &Op, why: &str) -> Error {
    Error::new(codes::DOES_NOT_FIT, format!("cannot {}: {why}", op.describe()))
        .help("This is a defect of Terrane; please report it with the models.")
}

fn sections(upgrade: Vec<Step>, downgrade: Vec<Step>) -> Vec<Section> {
    let section = |way, steps| Section {
        way,
        dialect: None,
        steps,
    };
    vec![section(Way::Upgrade, upgrade), section(Way::Downgrade, downgrade)]
}

/// The ops there and back, and where each way begins.
pub(crate) struct Ways {
    pub(crate) before: Schema,
    pub(crate) there: Vec<Op>,
    pub(crate) back: Vec<Op>,
    pub(crate) after: Schema,
}

impl Ways {
    /// `edges` are those after the ops, as the server has them.
    fn of(ops: &[Op], before: &Schema, edges: &Edges, dialect: &dyn Dialect, form: Form) -> Result<Ways> {
        let mut there = ops.to_vec();
        let mut after = before.clone();
        let mut back = Vec::new();
        for op in &mut there {
            name_constraints(op, &after);
            back.push(op.reverse(&after).map_err(|why| internal(op, &why.to_string()))?);
            op.apply(&mut after).map_err(|why| internal(op, &why.to_string()))?;
        }
        // What an op changes is known from words alone; which function a view calls from now on, the server alone knows.
        if !edges.is_empty() {
            after.edges = edges.clone();
        }
        let back = back.into_iter().rev().flatten().collect();
        let options = dialect.capability().diff_options(false);
        let back = in_order(back, &after, before, &options);
        let (there, back) = match form {
            Form::Short => (there, back),
            Form::Online => (
                recipes(&there, before, dialect.flavor()),
                recipes(&back, &after, dialect.flavor()),
            ),
        };
        Ok(Ways {
            before: before.clone(),
            there,
            back,
            after,
        })
    }

    /// The steps of both; none, where an op is more than portable words can say.
    fn in_portable_words(&self, dialect: &dyn Dialect) -> Result<Option<[Vec<Step>; 2]>> {
        let mut work = self.before.clone();
        let mut ways = [Vec::new(), Vec::new()];
        for (ops, steps) in [&self.there, &self.back].into_iter().zip(&mut ways) {
            let mut writer = Writer {
                dialect,
                rebuilt: None,
                retyped: None,
            };
            for op in ops {
                if !is_said_portably(op, &work, dialect.flavor()) {
                    return Ok(None);
                }
                writer.write(op, &work, steps);
                op.apply(&mut work).map_err(|why| internal(op, &why.to_string()))?;
            }
        }
        Ok(Some(ways))
    }
}

/// Whether the portable words for an op are read as what it is.
fn is_said_portably(op: &Op, before: &Schema, flavor: &Flavor) -> bool {
    let mut read = Vec::new();
    for text in ddl::print(op) {
        let statements = split(&text, &flavor.lexing).unwrap_or_default();
        for statement in &statements {
            match parse_statement(&text, statement, flavor) {
                Ok(parsed) => read.extend(parsed.ops),
                Err(_) => return false,
            }
        }
    }
    if read.iter().any(|op| !can_be_portable(op)) {
        return false;
    }
    if read.as_slice() == std::slice::from_ref(op) {
        return true;
    }
    let apply = |ops: &[Op]| {
        let mut schema = about(op, before);
        ops.iter()
            .try_for_each(|op| op.apply(&mut schema))
            .ok()
            .map(|()| schema)
    };
    let made = apply(std::slice::from_ref(op));
    made.is_some() && apply(&read) == made
}

/// As much of a schema as an op touches.
pub(crate) fn about(op: &Op, schema: &Schema) -> Schema {
    fn pick<T: Clone>(from: &BTreeMap<ObjectName, T>, name: &ObjectName, into: &mut BTreeMap<ObjectName, T>) {
        into.extend(from.get_key_value(name).map(|(name, one)| (name.clone(), one.clone())));
    }
    let mut about = Schema::new();
    let touches = op.touches();
    for touch in &touches {
        let name = &touch.name;
        pick(&schema.tables, name, &mut about.tables);
        pick(&schema.views, name, &mut about.views);
        pick(&schema.enums, name, &mut about.enums);
        pick(&schema.sequences, name, &mut about.sequences);
        pick(&schema.unmodelled, name, &mut about.unmodelled);
        if let Some(routine) = schema.routine(name) {
            pick(&schema.routines, &routine.name, &mut about.routines);
        }
    }
    // An index or a trigger does not always say what it belongs to. All tables are gone through for those alone.
    let hangs = |touch: &&Touch| matches!(touch.kind, ObjectKind::Index | ObjectKind::Trigger);
    let hanging: Vec<&Ident> = touches.iter().filter(hangs).map(|touch| &touch.name.name).collect();
    if hanging.is_empty() {
        return about;
    }
    let holds = |table: &&Table| {
        let mut names = hanging.iter();
        names.any(|name| table.indexes.contains_key(*name) || table.triggers.contains_key(*name))
    };
    let tables = schema.tables.values().filter(holds);
    about
        .tables
        .extend(tables.map(|table| (table.name.clone(), table.clone())));
    about
}

/// The statements of the server for ops, each after what the ops cost that it is the first of.
fn as_the_server_says(ops: &[Op], before: &Schema, dialect: &dyn Dialect) -> Result<Vec<Step>> {
    let lowered = dialect.lower(ops, before)?;
    let costs = costs_of_all(ops, before, dialect)?;
    let mut told = BTreeSet::new();
    let steps = lowered.into_iter().map(|statement| {
        let first = statement
            .ops
            .into_iter()
            .filter(|at| told.insert(*at))
            .collect::<Vec<_>>();
        Step {
            comments: first.iter().flat_map(|at| costs[*at].clone()).collect(),
            action: Action::Sql(statement.sql),
            span: Span::default(),
        }
    });
    Ok(steps.collect())
}

/// What each op loses that runs on what those before it have made.
fn costs_of_all(ops: &[Op], before: &Schema, dialect: &dyn Dialect) -> Result<Vec<Vec<String>>> {
    let retypes = |op: &Op| {
        matches!(
            op,
            Op::AlterColumn {
                change: ColumnChange::Type { .. },
                ..
            }
        )
    };
    // Only a change of type needs to know what there was.
    if !ops.iter().any(retypes) {
        return Ok(ops.iter().map(|op| costs(op, before, dialect)).collect());
    }
    let mut work = before.clone();
    let mut all = Vec::new();
    for op in ops {
        all.push(costs(op, &work, dialect));
        op.apply(&mut work).map_err(|why| internal(op, &why.to_string()))?;
    }
    Ok(all)
}

/// What an op loses, and what has to hold for it.
pub(crate) fn costs(op: &Op, before: &Schema, dialect: &dyn Dialect) -> Vec<String> {
    let loses = op.loses().map(|loss| format!("Loses {loss}."));
    let mut costs: Vec<String> = loses.into_iter().collect();
    if let Op::AlterColumn {
        table,
        column,
        change: ColumnChange::Type { ty, .. },
    } = op
    {
        let old = before.tables.get(table).and_then(|table| table.column(column));
        costs.extend(old.into_iter().flat_map(|old| dialect.narrowing(&old.ty, ty)));
        let rewrites = old.is_some_and(|old| dialect.rewrites(&old.ty, ty));
        costs.extend(rewrites.then(|| REWRITES.to_owned()));
    }
    costs.extend(filling(op, before, dialect).map(str::to_owned));
    costs.extend(condition(op).map(str::to_owned));
    costs
}

/// That a new column of a table that was there is filled row by row.
fn filling(op: &Op, before: &Schema, dialect: &dyn Dialect) -> Option<&'static str> {
    let Op::AddColumn { table, .. } = op else { return None };
    before.tables.get(table)?;
    let locks = ddl::print(op).first().map(|text| dialect.locks(text))?;
    match locks.first()?.work {
        Work::Rewrites => Some(
            "Writes the table anew, while nobody reads or writes it. Where it has many rows: add a plain column, and fill it in \
             pieces.",
        ),
        Work::MayRewrite => Some(
            "Writes the table anew, while nobody reads or writes it, if the default differs from row to row. Where it has many \
             rows: add the column, set its default then, and fill it in pieces.",
        ),
        Work::Catalog | Work::MayRead | Work::Reads => None,
    }
}

/// The column to which an op gives another type.
fn retyped(op: &Op) -> Option<(ObjectName, Ident)> {
    match op {
        Op::AlterColumn {
            table,
            column,
            change: ColumnChange::Type { .. },
        } => Some((table.clone(), column.clone())),
        _ => None,
    }
}

/// Makes one statement of two that give columns of one table other types: a server may go through the rows for each. What
/// each costs says of which column it is.
fn join((last, first): (&mut Step, &Ident), (next, column): (&Step, &Ident)) {
    let (Action::Sql(text), Action::Sql(further)) = (&mut last.action, &next.action) else {
        return;
    };
    let Some(action) = further.find("ALTER COLUMN").map(|at| &further[at..]) else {
        return;
    };
    let is_alone = !text.contains(",\n    ALTER COLUMN");
    text.push_str(",\n    ");
    text.push_str(action);
    let of_table = |comment: &String| comment == REWRITES;
    let of = |column: &Ident, comments: &[String]| -> Vec<String> {
        let own = comments.iter().filter(|comment| !of_table(comment));
        own.map(|comment| format!("{column}: {comment}")).collect()
    };
    let rewrites = last.comments.iter().chain(&next.comments).any(of_table);
    let mut comments = match is_alone {
        true => of(first, &last.comments),
        false => last
            .comments
            .iter()
            .filter(|comment| !of_table(comment))
            .cloned()
            .collect(),
    };
    comments.extend(of(column, &next.comments));
    comments.extend(rewrites.then(|| REWRITES.to_owned()));
    last.comments = comments;
}

/// Writes ops as steps of a file, what each costs above it.
struct Writer<'a> {
    dialect: &'a dyn Dialect,
    /// The table of which it was just said that it is rebuilt; its further changes take no second rebuild.
    rebuilt: Option<ObjectName>,
    /// The column that was just given another type: the next one of its table goes into the same statement.
    retyped: Option<(ObjectName, Ident)>,
}

impl Writer<'_> {
    fn write(&mut self, op: &Op, before: &Schema, steps: &mut Vec<Step>) {
        let written = self.steps(op, before);
        let retyped = retyped(op);
        match (written.as_slice(), steps.last_mut(), &self.retyped, &retyped) {
            ([step], Some(last), Some((before, first)), Some((table, next))) if before == table => {
                join((last, first), (step, next));
            }
            _ => steps.extend(written),
        }
        self.retyped = retyped;
    }

    fn steps(&mut self, op: &Op, before: &Schema) -> Vec<Step> {
        let mut comments = costs(op, before, self.dialect);
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

const REWRITES: &str = "Writes the table anew, while nobody reads or writes it. Where it has many rows: add a column, fill it in \
                        pieces, and let it take the old one's name.";

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
        Op::CreateIndex { concurrently: true, .. } => {
            Some("Where the table has rows, it is built while they are written, outside of a transaction.")
        }
        Op::AddConstraint { constraint, .. } if constraint.kind.attributes().has(NOT_VALID) => {
            Some("For new rows; VALIDATE checks the others, where there are any, while rows are written.")
        }
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
