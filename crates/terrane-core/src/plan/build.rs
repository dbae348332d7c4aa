//! Making a plan.

use super::beginning::unknown_statements;
use super::held::held;
use super::{
    Plan, PlanAction, PlanStatement, PlanStep, ReadStatement, Reading, RevisionFile, Unfinished, read, replay,
};
use super::{in_use, nowhere};
use crate::diagnostic::{Diagnostic, codes};
use crate::dialect::{Conduct, Dialect, Scope, Spelling, Unsupported, transactions};
use crate::graph::{Direction, RevisionId, Rows, Step};
use crate::name::{LayerName, ObjectName};
use crate::op::{Effect, Misfit, ObjectKind, Op, RawSql};
use crate::ownership::{Breach, Ownership, OwnershipChange};
use crate::revision::{Action, Checksum, Revision, Section, Target, Way, checksum, running_checksums};
use crate::schema::Schema;
use crate::text::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What is there, and whose it is: as the plan goes on, as it will be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DatabaseState {
    /// What the database holds.
    pub schema: Schema,
    /// Whose it is.
    pub ownership: Ownership,
    /// The tables that have rows, as far as anybody asked: somebody may be using them.
    pub occupied: BTreeSet<ObjectName>,
}

impl DatabaseState {
    /// Nothing is there yet.
    pub fn empty(ownership: Ownership) -> DatabaseState {
        DatabaseState {
            ownership,
            ..DatabaseState::default()
        }
    }

    /// Takes out what an op makes that may have been done: whether it was, and whole, is found out when it is its turn.
    fn forget(&mut self, op: &Op) {
        if let Op::CreateIndex { table, index, .. } = op
            && let Some(table) = self.schema.tables.get_mut(table)
        {
            table.indexes.remove(&index.name);
        }
    }

    /// Changes what there is as an op does.
    fn apply(&mut self, op: &Op) -> Result<(), Misfit> {
        op.apply(&mut self.schema)?;
        if let Op::RenameTable { from, to } = op
            && self.occupied.remove(from)
        {
            self.occupied.insert(to.clone());
        }
        Ok(())
    }
}

/// A statement of the author's whose turn it is.
struct Turn<'a> {
    file: &'a RevisionFile,
    statement: &'a ReadStatement,
    /// Whether every op of it has to fit.
    portable: bool,
    /// Whether the database is looked at again before it runs.
    is_guess: bool,
    /// Whether it may have run already.
    is_doubtful: bool,
}

/// What ops are lowered to; or which part of the file cannot be, and why.
type Lowered = Result<Vec<PlanStatement>, (Unsupported, Option<Span>)>;

/// Makes plans.
pub struct Planner<'a> {
    /// The revisions.
    pub files: &'a BTreeMap<RevisionId, RevisionFile>,
    /// The server.
    pub dialect: &'a dyn Dialect,
    /// How the server spells standard type names.
    pub spelling: Spelling<'a>,
    /// The functions that the app registered.
    pub calls: &'a BTreeSet<String>,
    /// The roles that layers' statements run as, of those layers that have one.
    pub roles: BTreeMap<LayerName, String>,
    /// Whether whoever runs the plan looks at the database again after a step of which the plan cannot foresee what it
    /// does, and plans the rest anew. What does not fit there is no mistake yet.
    pub looks_again: bool,
}

/// The section of a revision that runs on a server.
pub(super) fn section_of<'r>(revision: &'r Revision, way: Way, dialect: &str) -> Option<&'r Section> {
    let section = revision.section(way, dialect)?;
    let other = matches!(&revision.dialect, Target::Named(name) if name != dialect) && section.dialect.is_none();
    (!other).then_some(section)
}

/// The checksum of what a revision runs on a server.
pub fn checksum_of(file: &RevisionFile, way: Way, dialect: &str) -> Option<Checksum> {
    section_of(&file.revision, way, dialect).map(checksum)
}

impl Planner<'_> {
    /// The plan for steps of the graph, on a database that holds `books` and stands at `rows`.
    ///
    /// # Errors
    /// Everything that is wrong with any of the revisions, at once.
    pub fn plan(&self, steps: &[Step], rows: &Rows, books: DatabaseState) -> Result<Plan, Vec<Diagnostic>> {
        self.plan_after(steps, rows, books, None)
    }

    /// The same, where an earlier run may have been interrupted within a revision. That one comes first: whoever only says
    /// where the database stands tells of none.
    ///
    /// # Errors
    /// As [`Planner::plan`]; and the steps begin with another revision, or the statements that ran are not those of the
    /// file.
    pub fn plan_after(
        &self,
        steps: &[Step],
        rows: &Rows,
        mut books: DatabaseState,
        unfinished: Option<&Unfinished>,
    ) -> Result<Plan, Vec<Diagnostic>> {
        let mut plan = Plan::default();
        let mut diagnostics = Vec::new();
        let mut rows = rows.clone();
        let mut foreseen = true;
        let loose = nowhere::loose(&books.schema, self.dialect);
        if let Some(unfinished) = unfinished
            && !steps.first().is_some_and(|first| unfinished.goes_on_with(first))
        {
            return Err(vec![unfinished.error()]);
        }
        for (at, step) in steps.iter().enumerate() {
            rows.apply(step);
            let unfinished = unfinished.filter(|_| at == 0);
            match self.step(step, unfinished, foreseen, &mut books, &mut diagnostics) {
                Some(mut planned) => {
                    foreseen = planned.foreseen;
                    planned.heads_after = rows.iter().map(|(_, id)| id.clone()).collect();
                    planned.heads_after.sort();
                    plan.steps.push(planned);
                }
                None => debug_assert!(!diagnostics.is_empty()),
            }
        }
        if foreseen && !diagnostics.iter().any(Diagnostic::is_error) {
            diagnostics.extend(nowhere::told(
                &plan,
                &loose,
                &books.schema,
                (self.files, &rows),
                self.dialect,
            ));
        }
        let (errors, warnings) = diagnostics.into_iter().partition::<Vec<_>, _>(Diagnostic::is_error);
        plan.warnings = warnings;
        if errors.is_empty() { Ok(plan) } else { Err(errors) }
    }

    /// Whether reading the statements of a step tells all that they do: none is a call, a block, or one that reads or
    /// writes rows, which runs functions and sets off triggers.
    pub fn tells_all(&self, step: &Step) -> bool {
        let way = match step.direction {
            Direction::Up => Way::Upgrade,
            Direction::Down => Way::Downgrade,
            Direction::Stamp => return true,
        };
        let file = step.revision.as_ref().and_then(|id| self.files.get(id));
        if file.is_some_and(|file| file.unread.iter().any(|(unread, _)| *unread == way)) {
            return false;
        }
        let section = file.and_then(|file| Some((file, section_of(&file.revision, way, self.dialect.name())?)));
        section.is_none_or(|(file, section)| {
            let reading = read(file, section, self.dialect.flavor(), Some(&self.spelling));
            !reading
                .statements
                .iter()
                .flat_map(|statement| &statement.ops)
                .any(is_opaque)
        })
    }

    fn step(
        &self,
        step: &Step,
        unfinished: Option<&Unfinished>,
        foreseen: bool,
        books: &mut DatabaseState,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<PlanStep> {
        let mut planned = PlanStep {
            direction: step.direction,
            revision: step.revision.clone(),
            title: String::new(),
            layer: step.layer.clone(),
            role: self.roles.get(&step.layer).cloned(),
            rows: step.rows.clone(),
            statements: Vec::new(),
            transactional: true,
            parts: Vec::new(),
            done: 0,
            progress: Vec::new(),
            conduct: Conduct::default(),
            spans: Vec::new(),
            row_changes: step.changes.clone(),
            heads_after: Vec::new(),
            ownership: Vec::new(),
            waivers: Vec::new(),
            checksum: None,
            understood: true,
            lowered: false,
            foreseen,
            renames: false,
            tables: BTreeSet::new(),
            neighbours: BTreeSet::new(),
            held: BTreeSet::new(),
            source: None,
        };
        let way = match step.direction {
            Direction::Up => Way::Upgrade,
            Direction::Down => Way::Downgrade,
            Direction::Stamp => return Some(planned),
        };
        let id = step.revision.as_ref()?;
        let Some(file) = self.files.get(id) else {
            diagnostics.push(Diagnostic::error(
                codes::UNKNOWN_REVISION,
                format!("there is no file for revision `{id}`"),
            ));
            return None;
        };
        planned.title = file.revision.title().to_owned();
        planned.waivers.clone_from(&file.revision.touches);
        planned.source = Some(file.source.clone());
        // A script has no Python; who holds a connection lends it to one.
        let is_refused = !(self.looks_again && file.is_bridged(way));
        let unread = file.unread.iter().filter(|(unread, _)| *unread == way && is_refused);
        let known = diagnostics.len();
        diagnostics.extend(unread.map(|(_, diagnostic)| diagnostic.clone()));
        if diagnostics.len() > known {
            return None;
        }
        let section = match self.section(file, way) {
            Ok(Some(section)) => section,
            Ok(None) => return Some(planned),
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                return None;
            }
        };
        planned.checksum = Some(checksum(section));
        if way == Way::Upgrade && file.revision.has_no_way_back(self.dialect.name()) {
            let top = Span::new(0, file.source.text().find('\n').unwrap_or(0));
            diagnostics.push(no_way_back(&format!("revision `{id}` has")).at(&file.source, top, ""));
        }
        planned.transactional = (file.revision.transactional && unfinished.is_none()) || section.steps.is_empty();
        if !planned.transactional {
            planned.progress = running_checksums(section);
        }
        if let Some(unfinished) = unfinished {
            let ran = unfinished.done.checked_sub(1).map(|at| planned.progress.get(at));
            if ran.is_some_and(|ran| ran.map(ToString::to_string).as_ref() != Some(&unfinished.checksum)) {
                diagnostics.push(unfinished.edited(file));
                return None;
            }
            planned.done = unfinished.done;
        }
        let doubtful = unfinished.and_then(Unfinished::doubtful);
        self.fill_or_bridge(planned, doubtful, (file, section), books, diagnostics)
    }

    /// Alembic says what was read of a batch in its own way, by which more fits than by ours: it replaces a constraint of the
    /// same name. Where what was read does not fit, Python itself runs it.
    fn fill_or_bridge(
        &self,
        planned: PlanStep,
        doubtful: Option<usize>,
        (file, section): (&RevisionFile, &Section),
        books: &mut DatabaseState,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<PlanStep> {
        let may_bridge = self.looks_again && file.is_python() && planned.transactional;
        if !may_bridge || !replay::is_portable(file, section.dialect.as_deref()) {
            return self.plan_section(planned, doubtful, (file, section), books, diagnostics);
        }
        let (before, known) = (books.clone(), diagnostics.len());
        if let Some(filled) = self.plan_section(planned.clone(), doubtful, (file, section), books, diagnostics) {
            return Some(filled);
        }
        let is_misfit = |told: &Diagnostic| [codes::DOES_NOT_FIT, codes::UNSUPPORTED].contains(&told.code);
        let errors = || diagnostics[known..].iter().filter(|told| told.is_error());
        let span = errors()
            .next()
            .and_then(|told| told.labels.first())
            .map(|label| label.span);
        if !errors().all(is_misfit) {
            return None;
        }
        diagnostics.truncate(known);
        *books = before;
        let section = Section {
            way: section.way,
            dialect: Some(self.dialect.name().to_owned()),
            steps: vec![crate::revision::Step {
                comments: Vec::new(),
                action: Action::Python(file.source.text().to_owned()),
                span: span.unwrap_or(Span::new(0, 0)),
            }],
        };
        self.plan_section(planned, doubtful, (file, &section), books, diagnostics)
    }

    /// The section to run; none for a revision that has none at all, as a merge.
    fn section<'f>(&self, file: &'f RevisionFile, way: Way) -> Result<Option<&'f Section>, Box<Diagnostic>> {
        let revision = &file.revision;
        if let Some(section) = section_of(revision, way, self.dialect.name()) {
            return Ok(Some(section));
        }
        if revision.sections.is_empty() {
            return Ok(None);
        }
        let top = Span::new(0, file.source.text().find('\n').unwrap_or(0));
        let other = match &revision.dialect {
            Target::Named(name) if *name != self.dialect.name() => Some(name),
            _ => None,
        };
        let (id, here) = (&revision.id, self.dialect.name());
        Err(Box::new(match other {
            Some(name) => Diagnostic::error(
                codes::WRONG_DIALECT,
                format!("revision `{id}` is written for `{name}`, and this database is `{here}`"),
            )
            .at(&file.source, top, "")
            .help(format!("Add a section `-- {}: {here}`.", way.word())),
            None => Diagnostic::error(
                codes::NO_SECTION,
                format!("revision `{id}` has no {} section for `{here}`", way.word()),
            )
            .at(&file.source, top, "")
            .help(format!(
                "Add `-- {}`; leave it empty if there is nothing to do.",
                way.word()
            )),
        }))
    }

    fn plan_section(
        &self,
        mut planned: PlanStep,
        doubtful: Option<usize>,
        (file, section): (&RevisionFile, &Section),
        books: &mut DatabaseState,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<PlanStep> {
        let flavor = self.dialect.flavor();
        let mut reading = read(file, section, flavor, Some(&self.spelling));
        let portable = replay::is_portable(file, section.dialect.as_deref());
        let known = diagnostics.len();
        if portable {
            in_use::resolve(&mut reading.statements, books, self.dialect);
            diagnostics.extend(reading.not_understood(file));
            let unsupported = reading.unsupported.iter().map(|(span, reason)| {
                let (op, reason, help) = (0, reason.clone(), None);
                unsupported_diagnostic(file, Unsupported { op, reason, help }, Some(*span), self.dialect.name())
            });
            diagnostics.extend(unsupported);
        }
        if !portable {
            diagnostics.extend(unknown_statements(file, &reading, self.dialect));
        }
        self.check_statements(file, &reading, diagnostics);
        let all: Vec<Op> = reading.statements[planned.done..]
            .iter()
            .flat_map(|statement| statement.ops.clone())
            .collect();
        planned.conduct = self.dialect.conduct(&all, &books.schema);
        if !planned.conduct.probes.is_empty() {
            let left = reading.statements[planned.done..].iter();
            planned.spans = left.flat_map(|s| s.ops.iter().map(|_| s.span)).collect();
        }
        planned.understood = !all.iter().any(is_opaque);
        planned.lowered = portable && !all.is_empty();
        let is_guess = self.looks_again && !planned.foreseen;
        planned.foreseen &= !all.iter().any(is_unforeseen);
        let touched = all.iter().flat_map(Op::touches);
        planned.tables = touched
            .filter(|touch| touch.kind == ObjectKind::Table)
            .map(|touch| touch.name)
            .collect();
        planned.neighbours =
            books
                .ownership
                .neighbours(&file.layer, &planned.tables, planned.understood, &books.schema);
        planned.renames = all
            .iter()
            .any(|op| matches!(op, Op::RenameTable { .. } | Op::RenameColumn { .. }));
        let mut lowered = (portable && planned.transactional)
            .then(|| self.lowered(&self.applicable(&reading.statements, &books.schema), &books.schema));
        if planned.transactional && self.needs_several(&reading, lowered.as_ref()) {
            planned.transactional = false;
            planned.progress = running_checksums(section);
            lowered = None;
        }
        let whole = lowered.is_some();
        // Where each statement is a transaction of its own, an interrupted run goes on between two of the author's.
        let mut apart: Lowered = Ok(Vec::new());
        for (at, statement) in reading.statements.iter().enumerate() {
            let is_done = at < planned.done;
            if portable && !whole {
                apart = apart.and_then(|mut before| {
                    before.push(self.lower_separately(statement, is_done, &books.schema)?);
                    Ok(before)
                });
            }
            let turn = Turn {
                file,
                statement,
                portable,
                is_guess,
                is_doubtful: doubtful == Some(at),
            };
            for op in &statement.ops {
                if is_done || self.foresee(op, &turn, &mut planned.foreseen, books, diagnostics) {
                    let taken = books.ownership.record(op, &file.layer, &file.revision.id);
                    planned.ownership.extend(taken);
                }
            }
        }
        if diagnostics[known..].iter().any(Diagnostic::is_error) {
            return None;
        }
        planned.ownership = net(std::mem::take(&mut planned.ownership));
        planned.statements = match lowered.or((portable && !whole).then_some(apart)) {
            None => as_written(&reading),
            Some(Ok(statements)) => statements,
            Some(Err(_)) if is_guess => as_written(&reading),
            Some(Err((unsupported, span))) => {
                diagnostics.push(unsupported_diagnostic(file, unsupported, span, self.dialect.name()));
                return None;
            }
        };
        if portable {
            planned.held = held(&planned, &books.ownership, flavor);
        }
        planned.parts = self.parts(&planned, file.revision.transactional);
        Some(planned)
    }

    /// Changes the books as an op of the author's does; whether it does anything that owners have to be told of.
    fn foresee(
        &self,
        op: &Op,
        turn: &Turn<'_>,
        foreseen: &mut bool,
        books: &mut DatabaseState,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> bool {
        let (file, statement) = (turn.file, turn.statement);
        if self.judge(file, op, statement.span, books, diagnostics) {
            // What is refused changes nothing, so that what follows is judged by what would really be there.
            return false;
        }
        if turn.is_doubtful {
            books.forget(op);
        }
        match books.apply(op) {
            Err(_) if statement.tolerant || turn.is_guess => return false,
            Err(misfit) if turn.portable => {
                let diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, misfit.message);
                diagnostics.push(diagnostic.at(&file.source, statement.span, "at this point of the history"));
            }
            // The server has the last word, and the schema is not what it will be.
            Err(_) => *foreseen = false,
            Ok(()) => {}
        }
        !leaves_another(op, &books.schema)
    }

    /// Whether no one transaction takes all the statements.
    fn needs_several(&self, reading: &Reading, lowered: Option<&Lowered>) -> bool {
        let texts: Vec<&str> = match lowered {
            Some(Ok(statements)) => texts(statements),
            Some(Err(_)) => return false,
            None => reading
                .statements
                .iter()
                .map(|statement| statement.action.sql())
                .collect(),
        };
        match transactions(self.dialect, &texts).as_slice() {
            [] => false,
            [one] => texts[one.clone()]
                .iter()
                .any(|sql| self.dialect.scope(sql) == Scope::Alone),
            _ => true,
        }
    }

    /// The transactions of a step. An author who wants no transaction has each statement to be one.
    fn parts(&self, planned: &PlanStep, wanted: bool) -> Vec<Range<usize>> {
        let count = planned.statements.len();
        match planned.transactional {
            true => (count > 0).then_some(0..count).into_iter().collect(),
            false if wanted => transactions(self.dialect, &texts(&planned.statements)),
            false => (0..count).map(|at| at..at + 1).collect(),
        }
    }

    /// The ops to lower. Those of a tolerant statement count only if they fit, which takes a copy of the schema to try
    /// them on; without such a statement there is none, so that a plan's cost does not grow with the schema's size.
    fn applicable(&self, statements: &[ReadStatement], schema: &Schema) -> Vec<(Op, Span)> {
        let each = statements.iter().flat_map(|s| s.ops.iter().map(move |op| (op, s)));
        if !statements.iter().any(|statement| statement.tolerant) {
            return each.map(|(op, statement)| (op.clone(), statement.span)).collect();
        }
        let mut trial = schema.clone();
        let fits = each.filter(|(op, statement)| op.apply(&mut trial).is_ok() || !statement.tolerant);
        fits.map(|(op, statement)| (op.clone(), statement.span)).collect()
    }

    /// One statement of the author's, whatever it is lowered to, as one of the plan's.
    fn lower_separately(
        &self,
        statement: &ReadStatement,
        is_done: bool,
        schema: &Schema,
    ) -> Result<PlanStatement, (Unsupported, Option<Span>)> {
        let span = Some(statement.span);
        if is_done || matches!(statement.action, Action::Call(_) | Action::Python(_)) {
            return Ok(written(statement));
        }
        let lowered = self.lowered(&self.applicable(std::slice::from_ref(statement), schema), schema)?;
        let texts = lowered.into_iter().filter_map(|statement| match statement.action {
            PlanAction::Sql(sql) => Some(sql),
            PlanAction::Call(_) | PlanAction::Python => None,
        });
        Ok(PlanStatement::of(&texts.collect::<Vec<_>>(), span))
    }

    fn check_statements(&self, file: &RevisionFile, reading: &Reading, diagnostics: &mut Vec<Diagnostic>) {
        for statement in &reading.statements {
            for op in &statement.ops {
                match op {
                    Op::Sql(RawSql {
                        effect: Effect::Transaction,
                        ..
                    }) => {
                        let (what, help) = if file.revision.transactional {
                            (
                                "a revision runs in one transaction already",
                                "Take the statement out, or say `-- Transaction: none` in the header.",
                            )
                        } else {
                            (
                                "each statement of this revision is a transaction of its own already",
                                "Take the statement out; what belongs together goes into a revision without \
                                 `Transaction: none`.",
                            )
                        };
                        diagnostics.push(
                            Diagnostic::error(codes::TRANSACTION_CONTROL, what)
                                .at(&file.source, statement.span, "")
                                .help(help),
                        );
                    }
                    Op::Call(name) if !self.calls.contains(name) => diagnostics.push(
                        Diagnostic::error(codes::UNKNOWN_CALL, format!("no function is registered as `{name}`"))
                            .at(&file.source, statement.span, "")
                            .help("Register it where the app makes its layer."),
                    ),
                    _ => {}
                }
            }
        }
    }

    /// Whether the op is refused.
    fn judge(
        &self,
        file: &RevisionFile,
        op: &Op,
        span: Span,
        books: &DatabaseState,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> bool {
        let layer: &LayerName = &file.layer;
        let breaches = books
            .ownership
            .breaches(op, layer, &file.revision.touches, &books.schema);
        let refused = breaches.iter().any(Breach::is_refused);
        for breach in breaches {
            let of_severity = if breach.is_refused() {
                Diagnostic::error
            } else {
                Diagnostic::warning
            };
            diagnostics.push(
                of_severity(breach.code(), breach.message(layer))
                    .at(&file.source, span, op.describe())
                    .help(breach.help(layer)),
            );
        }
        refused
    }

    /// The statements for ops. A call is the executor's to make: what stands before it and what stands behind it is lowered
    /// apart, so that it finds the schema which its author left there.
    fn lowered(&self, ops: &[(Op, Span)], before: &Schema) -> Lowered {
        let is_call = |(op, _): &(Op, Span)| matches!(op, Op::Call(_));
        if !ops.iter().any(is_call) {
            return self.lowered_run(ops, before);
        }
        let mut work = before.clone();
        let mut statements = Vec::new();
        for run in ops.chunk_by(|a, b| !is_call(a) && !is_call(b)) {
            if let [(Op::Call(name), span)] = run {
                statements.push(PlanStatement::new(PlanAction::Call(name.clone()), Some(*span)));
                continue;
            }
            statements.extend(self.lowered_run(run, &work)?);
            for (op, _) in run {
                // What does not fit is told of where the whole is judged.
                let _misfit = op.apply(&mut work);
            }
        }
        Ok(statements)
    }

    fn lowered_run(&self, ops: &[(Op, Span)], before: &Schema) -> Lowered {
        let only: Vec<Op> = ops.iter().map(|(op, _)| op.clone()).collect();
        let span_of = |positions: &[usize]| {
            positions
                .iter()
                .filter_map(|at| ops.get(*at))
                .map(|(_, span)| *span)
                .reduce(Span::to)
        };
        let lowered = self.dialect.lower(&only, before).map_err(|unsupported| {
            let span = span_of(&[unsupported.op]);
            (unsupported, span)
        })?;
        let planned = lowered
            .into_iter()
            .map(|statement| PlanStatement::new(PlanAction::Sql(statement.sql), span_of(&statement.ops)));
        Ok(planned.collect())
    }
}

/// What to tell of revisions that cannot be undone.
pub fn no_way_back(who: &str) -> Diagnostic {
    Diagnostic::warning(
        codes::NO_WAY_BACK,
        format!("{who} no downgrade section, and cannot be undone"),
    )
    .help("Add `-- downgrade`; leave it empty if there is nothing to do.")
}

fn texts(statements: &[PlanStatement]) -> Vec<&str> {
    statements.iter().map(|statement| statement.action.sql()).collect()
}

fn as_written(reading: &Reading) -> Vec<PlanStatement> {
    reading.statements.iter().map(written).collect()
}

fn written(statement: &ReadStatement) -> PlanStatement {
    let action = match &statement.action {
        Action::Sql(text) => PlanAction::Sql(text.clone()),
        Action::Call(name) => PlanAction::Call(name.clone()),
        Action::Python(_) => PlanAction::Python,
    };
    PlanStatement::new(action, Some(statement.span))
}

/// Whether nobody knows what an op does without running it. Reading and writing rows calls functions, and sets off
/// triggers.
fn is_opaque(op: &Op) -> bool {
    matches!(
        op,
        Op::Call(_)
            | Op::Python
            | Op::Sql(RawSql {
                effect: Effect::Unknown | Effect::CreatesTable(_) | Effect::Rows(_),
                ..
            })
    )
}

/// Whether an op drops one of several routines of a name. The books have one line for all of them, since a statement that
/// makes one does not say how the server names the types of its arguments.
fn leaves_another(op: &Op, schema: &Schema) -> bool {
    let Op::DropRoutine(name) = op else { return false };
    let bare = name.without_arguments();
    let bare = bare.as_ref().unwrap_or(name);
    let mut others = schema.routines.keys();
    others.any(|other| other.without_arguments().as_ref() == Some(bare))
}

/// Whether an op may change the schema in a way that reading it does not tell.
fn is_unforeseen(op: &Op) -> bool {
    match op {
        Op::Call(_) | Op::Python => true,
        Op::Sql(raw) => raw.effect.is_untold(),
        _ => false,
    }
}

/// Of several changes to one object only the last counts.
fn net(changes: Vec<OwnershipChange>) -> Vec<OwnershipChange> {
    let mut last = BTreeMap::new();
    for change in changes {
        last.insert(change.key().clone(), change);
    }
    last.into_values().collect()
}

fn unsupported_diagnostic(
    file: &RevisionFile,
    unsupported: Unsupported,
    span: Option<Span>,
    dialect: &str,
) -> Diagnostic {
    let message = format!("`{dialect}` cannot do this: {}", unsupported.reason);
    let mut diagnostic = Diagnostic::error(codes::UNSUPPORTED, message);
    if let Some(span) = span {
        diagnostic = diagnostic.at(&file.source, span, "");
    }
    match unsupported.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}
