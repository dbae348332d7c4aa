//! Making a plan.

use super::{Plan, PlanAction, PlanStatement, PlanStep, Reading, RevisionFile, read, replay};
use crate::diagnostic::{Diagnostic, codes};
use crate::dialect::{Conduct, Dialect, Unsupported};
use crate::graph::{Direction, RevisionId, Rows, Step};
use crate::name::LayerName;
use crate::op::{Effect, Op, RawSql};
use crate::ownership::{Ownership, OwnershipChange};
use crate::revision::{Action, Revision, Section, Target, Way, checksum};
use crate::schema::Schema;
use crate::text::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What is there, and whose it is: as the plan goes on, as it will be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Books {
    /// What the database holds.
    pub schema: Schema,
    /// Whose it is.
    pub ownership: Ownership,
}

/// Makes plans.
pub struct Planner<'a> {
    /// The revisions.
    pub files: &'a BTreeMap<RevisionId, RevisionFile>,
    /// The server.
    pub dialect: &'a dyn Dialect,
    /// The functions that the app registered.
    pub calls: &'a BTreeSet<String>,
}

/// The section of a revision that runs on a server.
pub(super) fn section_of<'r>(revision: &'r Revision, way: Way, dialect: &str) -> Option<&'r Section> {
    let section = revision.section(way, dialect)?;
    let other = matches!(&revision.dialect, Target::Named(name) if name != dialect) && section.dialect.is_none();
    (!other).then_some(section)
}

impl Planner<'_> {
    /// The plan for steps of the graph, on a database that holds `books` and stands at `rows`.
    ///
    /// # Errors
    /// Everything that is wrong with any of the revisions, at once.
    pub fn plan(&self, steps: &[Step], rows: &Rows, mut books: Books) -> Result<Plan, Vec<Diagnostic>> {
        let mut plan = Plan::default();
        let mut diagnostics = Vec::new();
        let mut rows = rows.clone();
        for step in steps {
            rows.apply(step);
            match self.step(step, &mut books, &mut diagnostics) {
                Some(mut planned) => {
                    planned.heads_after = rows.iter().map(|(_, id)| id.clone()).collect();
                    planned.heads_after.sort();
                    plan.steps.push(planned);
                }
                None => debug_assert!(!diagnostics.is_empty()),
            }
        }
        let (errors, warnings) = diagnostics.into_iter().partition::<Vec<_>, _>(Diagnostic::is_error);
        plan.warnings = warnings;
        if errors.is_empty() { Ok(plan) } else { Err(errors) }
    }

    fn step(&self, step: &Step, books: &mut Books, diagnostics: &mut Vec<Diagnostic>) -> Option<PlanStep> {
        let mut planned = PlanStep {
            direction: step.direction,
            revision: step.revision.clone(),
            title: String::new(),
            layer: step.layer.clone(),
            statements: Vec::new(),
            transactional: true,
            conduct: Conduct::default(),
            row_changes: step.changes.clone(),
            heads_after: Vec::new(),
            ownership: Vec::new(),
            waivers: Vec::new(),
            checksum: None,
            understood: true,
            renames: false,
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
        planned.transactional = file.revision.transactional;
        planned.waivers.clone_from(&file.revision.touches);
        planned.source = Some(file.source.clone());
        let section = match self.section(file, way) {
            Ok(Some(section)) => section,
            Ok(None) => return Some(planned),
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                return None;
            }
        };
        planned.checksum = Some(checksum(section));
        self.fill(planned, file, section, books, diagnostics)
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

    fn fill(
        &self,
        mut planned: PlanStep,
        file: &RevisionFile,
        section: &Section,
        books: &mut Books,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<PlanStep> {
        let flavor = self.dialect.flavor();
        let reading = read(file, section, flavor);
        let portable = replay::is_portable(file, section.dialect.as_deref());
        let known = diagnostics.len();
        if portable {
            diagnostics.extend(reading.not_understood(file));
        }
        self.check_statements(file, &reading, diagnostics);
        let all: Vec<Op> = reading
            .statements
            .iter()
            .flat_map(|statement| statement.ops.clone())
            .collect();
        planned.conduct = self.dialect.conduct(&all, &books.schema);
        planned.understood = !all.iter().any(|op| {
            matches!(
                op,
                Op::Sql(RawSql {
                    effect: Effect::Unknown,
                    ..
                })
            )
        });
        planned.renames = all
            .iter()
            .any(|op| matches!(op, Op::RenameTable { .. } | Op::RenameColumn { .. }));
        let lowered = portable.then(|| self.lowered(&self.that_fit(&reading, &books.schema), &books.schema));
        for statement in &reading.statements {
            for op in &statement.ops {
                self.judge(file, op, statement.span, books, diagnostics);
                match op.apply(&mut books.schema) {
                    Err(_) if statement.tolerant => continue,
                    Err(misfit) if portable => {
                        let diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, misfit.message);
                        diagnostics.push(diagnostic.at(&file.source, statement.span, "at this point of the history"));
                    }
                    _ => {}
                }
                planned
                    .ownership
                    .extend(books.ownership.record(op, &file.layer, &file.revision.id));
            }
        }
        if diagnostics[known..].iter().any(Diagnostic::is_error) {
            return None;
        }
        planned.ownership = net(std::mem::take(&mut planned.ownership));
        planned.statements = match lowered {
            None => as_written(&reading),
            Some(Ok(statements)) => statements,
            Some(Err((unsupported, span))) => {
                diagnostics.push(unsupported_diagnostic(file, unsupported, span, self.dialect.name()));
                return None;
            }
        };
        Some(planned)
    }

    /// The ops to lower. Those of a tolerant statement count only if they fit, which takes a copy of the schema to try
    /// them on; without such a statement there is none, so that a plan's cost does not grow with the schema's size.
    fn that_fit(&self, reading: &Reading, schema: &Schema) -> Vec<(Op, Span)> {
        let each = reading
            .statements
            .iter()
            .flat_map(|s| s.ops.iter().map(move |op| (op, s)));
        if !reading.statements.iter().any(|statement| statement.tolerant) {
            return each.map(|(op, statement)| (op.clone(), statement.span)).collect();
        }
        let mut trial = schema.clone();
        let fits = each.filter(|(op, statement)| op.apply(&mut trial).is_ok() || !statement.tolerant);
        fits.map(|(op, statement)| (op.clone(), statement.span)).collect()
    }

    fn check_statements(&self, file: &RevisionFile, reading: &Reading, diagnostics: &mut Vec<Diagnostic>) {
        for statement in &reading.statements {
            for op in &statement.ops {
                match op {
                    Op::Sql(RawSql {
                        effect: Effect::Transaction,
                        ..
                    }) if file.revision.transactional => {
                        diagnostics.push(
                            Diagnostic::error(codes::TRANSACTION_CONTROL, "a revision runs in one transaction already")
                                .at(&file.source, statement.span, "")
                                .help("Take the statement out, or say `-- Transaction: none` in the header."),
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

    fn judge(&self, file: &RevisionFile, op: &Op, span: Span, books: &Books, diagnostics: &mut Vec<Diagnostic>) {
        let layer: &LayerName = &file.layer;
        for breach in books
            .ownership
            .breaches(op, layer, &file.revision.touches, &books.schema)
        {
            diagnostics.push(
                Diagnostic::error(breach.code(), breach.message(layer))
                    .at(&file.source, span, op.describe())
                    .help(breach.help(layer)),
            );
        }
    }

    fn lowered(&self, ops: &[(Op, Span)], before: &Schema) -> Result<Vec<PlanStatement>, (Unsupported, Option<Span>)> {
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
        Ok(lowered
            .into_iter()
            .map(|statement| {
                let call = match statement.ops.as_slice() {
                    [at] => match only.get(*at) {
                        Some(Op::Call(name)) => Some(name.clone()),
                        _ => None,
                    },
                    _ => None,
                };
                let span = span_of(&statement.ops);
                let action = call.map_or(PlanAction::Sql(statement.sql), PlanAction::Call);
                PlanStatement { action, span }
            })
            .collect())
    }
}

fn as_written(reading: &Reading) -> Vec<PlanStatement> {
    let statements = reading.statements.iter().map(|statement| PlanStatement {
        action: match &statement.action {
            Action::Sql(text) => PlanAction::Sql(text.clone()),
            Action::Call(name) => PlanAction::Call(name.clone()),
        },
        span: Some(statement.span),
    });
    statements.collect()
}

/// Of several changes to one object only the last counts.
fn net(changes: Vec<OwnershipChange>) -> Vec<OwnershipChange> {
    let mut last = BTreeMap::new();
    for change in changes {
        let (OwnershipChange::Take(key) | OwnershipChange::Release(key)) = &change;
        last.insert(key.clone(), change);
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
