//! Scripts: text that a shell carries out, and that proves its own steps.
//!
//! A shell may go on after an error: `sqlite3` does unless it is told otherwise, `psql` too. So a script tells its shell to
//! stop ([`shell_head`]); and because other clients do not understand those lines, the SQL itself proves each step. Whoever
//! goes on after an error comes to the end of the step with a proof missing, and the step is rolled back.

mod copied;

use crate::ledger;
use crate::server::{Proofs, Server, server_of};
use crate::version_rows::{self, VersionTable};
use std::collections::BTreeSet;
use std::fmt::Write;
use terrane_core::ddl::Flavor;
use terrane_core::dialect::Dialect;
use terrane_core::graph::{Direction, RevisionId, RowChange};
use terrane_core::ownership::OwnershipChange;
use terrane_core::plan::{Plan, PlanAction, PlanStep};

/// The lines that only the server's own shell understands: they make it stop at the first error. Another client takes them
/// for a mistake, so they go in front of a script only where it is meant for that shell.
pub fn shell_head(dialect: &dyn Dialect) -> &'static str {
    server_of(dialect.name()).shell_head
}

/// A plan as a script. [`shell_head`] goes in front of it for the server's own shell.
///
/// `table` is that of an Alembic project, whose rows a step may move.
pub fn offline_sql(plan: &Plan, dialect: &dyn Dialect, from_nothing: bool, table: Option<&VersionTable>) -> String {
    let server = server_of(dialect.name());
    let mut script = Script::new(server, dialect.flavor());
    script.table = table;
    if from_nothing {
        let tables = [server.prepare.to_owned(), version_rows::prepare(table)];
        let tables = tables.iter().filter(|sql| !sql.is_empty());
        tables.for_each(|sql| {
            let _ = writeln!(script.sql, "{sql};");
        });
        script.sql.push('\n');
    }
    for (at, step) in plan.steps.iter().enumerate() {
        script.step(step, &plan.steps[at..]);
    }
    script.end()
}

/// A script as far as it is written.
pub(crate) struct Script<'t> {
    /// The table of an Alembic project.
    table: Option<&'t VersionTable>,
    server: &'static Server,
    flavor: &'static Flavor,
    sql: String,
    /// How many proofs the open transaction has.
    proofs: usize,
    /// The tables that the open transaction has created, with their statements.
    created: Vec<(String, String)>,
}

impl Script<'_> {
    pub(crate) fn new(server: &'static Server, flavor: &'static Flavor) -> Script<'static> {
        Script {
            table: None,
            server,
            flavor,
            sql: server.script_begins.to_owned(),
            proofs: 0,
            created: Vec::new(),
        }
    }

    pub(crate) fn end(mut self) -> String {
        self.sql.push_str(self.server.script_ends);
        self.sql
    }

    /// A step; `from_here` is it and all behind it.
    fn step(&mut self, step: &PlanStep, from_here: &[PlanStep]) {
        let name = step.revision.as_ref().map_or_else(String::new, |id| format!(" {id}"));
        let title = if step.title.is_empty() {
            String::new()
        } else {
            format!(": {}", step.title)
        };
        let word = step.direction.word();
        let _ = writeln!(self.sql, "-- {word}{name} of layer {}{title}", step.layer);
        self.settings(&step.conduct.before);
        let stands = stands(step, from_here, self.table);
        if step.transactional {
            self.begin();
            self.prove_stands(&stands);
            self.take_role(step);
            step.statements.iter().for_each(|one| self.action(&one.action));
            self.leave_role(step, true);
        } else {
            // No transaction takes them together. The shell stops at the first error; what the SQL itself can do is not
            // to write down a step whose objects are not there.
            self.prove_alone(&stands);
            for part in &step.parts {
                self.part(step, part.clone());
            }
            self.begin();
        }
        self.books(step);
        self.commit();
        self.settings(&step.conduct.after);
        self.sql.push('\n');
    }

    fn part(&mut self, step: &PlanStep, part: std::ops::Range<usize>) {
        let together = part.len() > 1;
        if together {
            self.begin();
        }
        self.take_role(step);
        for statement in &step.statements[part] {
            match together {
                true => self.action(&statement.action),
                false => self.statement(text(&statement.action).trim_end()),
            }
        }
        self.leave_role(step, together);
        if together {
            self.commit();
        }
    }

    fn take_role(&mut self, step: &PlanStep) {
        if let Some((role, words)) = step.role.as_deref().zip(self.server.roles.as_ref()) {
            self.statement(&(words.take)(role));
        }
    }

    fn leave_role(&mut self, step: &PlanStep, in_transaction: bool) {
        if let Some((_, words)) = step.role.as_ref().zip(self.server.roles.as_ref()) {
            if in_transaction {
                self.statement(words.flush);
            }
            self.statement(words.leave);
        }
    }

    fn action(&mut self, action: &PlanAction) {
        match action {
            PlanAction::Sql(sql) => self.in_transaction(sql),
            PlanAction::Call(_) | PlanAction::Python => self.statement(&text(action)),
        }
    }

    /// What is written of the step, once what it made is there.
    fn books(&mut self, step: &PlanStep) {
        if step.direction != Direction::Stamp {
            let made: Vec<String> = step
                .ownership
                .iter()
                .filter_map(|change| self.is_there(change))
                .collect();
            self.prove_stands(&made);
        }
        self.savepoint();
        self.sql.push_str(&ledger::script(step, self.server, self.table));
        let written: Vec<String> = step
            .row_changes
            .iter()
            .map(|change| row_after(step, change, self.table))
            .collect();
        self.prove_stands(&written);
    }

    fn is_there(&self, change: &OwnershipChange) -> Option<String> {
        match change {
            OwnershipChange::Take((kind, object)) => {
                let name = self.server.written(*kind, object);
                Some(self.server.is_there(*kind, &name)).filter(|condition| condition != "1 = 1")
            }
            OwnershipChange::Release(_) | OwnershipChange::Settle(..) => None,
        }
    }

    pub(crate) fn settings(&mut self, settings: &[String]) {
        settings.iter().for_each(|setting| self.statement(setting));
    }

    pub(crate) fn begin(&mut self) {
        self.proofs = 0;
        self.created.clear();
        if let Proofs::Kept(proofs) = &self.server.proofs {
            self.statement(proofs.forget);
        }
        self.statement(self.server.begin);
        if !self.server.begin_script.is_empty() {
            self.statement(self.server.begin_script);
        }
    }

    pub(crate) fn commit(&mut self) {
        if let Proofs::Kept(proofs) = &self.server.proofs
            && self.proofs > 0
        {
            self.statement(&(proofs.complete)(self.proofs));
        }
        self.statement("COMMIT");
    }

    /// A statement of a transaction; what is lost with its failure is proven to be there.
    pub(crate) fn in_transaction(&mut self, sql: &str) {
        if copied::destroys(sql, self.flavor) {
            self.savepoint();
        }
        self.statement(sql);
        if let Proofs::Kept(proofs) = &self.server.proofs {
            if let Some(condition) = copied::proof(sql, &self.created, self.flavor) {
                self.proofs += 1;
                self.statement(&(proofs.copied)(&condition));
            }
            self.created.extend(copied::created(sql, self.flavor));
        }
    }

    /// Some errors end the whole transaction: a full disk, `ON CONFLICT ROLLBACK`. What comes behind would be kept, each
    /// statement by itself; a savepoint begins another transaction there, which the missing proofs roll back.
    fn savepoint(&mut self) {
        if matches!(self.server.proofs, Proofs::Kept(_)) {
            self.statement("SAVEPOINT terrane");
        }
    }

    /// That all of this holds, or the transaction ends with nothing done.
    pub(crate) fn prove_stands(&mut self, conditions: &[String]) {
        if conditions.is_empty() {
            return;
        }
        self.proofs += 1;
        self.prove_alone(conditions);
    }

    fn prove_alone(&mut self, conditions: &[String]) {
        if conditions.is_empty() {
            return;
        }
        let condition = conditions.join(" AND ");
        let proof = match &self.server.proofs {
            Proofs::Kept(proofs) => (proofs.stands)(&condition),
            Proofs::Raised(raise) => raise(&condition),
        };
        self.statement(&proof);
    }

    pub(crate) fn statement(&mut self, sql: &str) {
        if sql.starts_with("-- ") && !sql.contains('\n') {
            self.sql.push_str(sql);
            self.sql.push('\n');
            return;
        }
        // Only the `sqlite3` shell has other servers' ends of statements.
        match self.server.proofs {
            Proofs::Kept(_) => self.sql.push_str(&copied::unlike_a_terminator(sql, self.flavor)),
            Proofs::Raised(_) => self.sql.push_str(sql),
        }
        // A comment at the end would swallow the semicolon.
        let in_comment = sql.lines().next_back().is_some_and(|line| line.contains("--"));
        self.sql.push_str(if in_comment { "\n;\n" } else { ";\n" });
    }
}

fn text(action: &PlanAction) -> String {
    match action {
        PlanAction::Sql(sql) => sql.clone(),
        PlanAction::Call(name) => format!("-- call {name}: only the app itself can do this"),
        PlanAction::Python => "-- only Python can run this".to_owned(),
    }
}

/// Where the database has to stand when a step begins: on the rows that it moves, and on nothing that this script does.
fn stands(step: &PlanStep, from_here: &[PlanStep], table: Option<&VersionTable>) -> Vec<String> {
    let mut conditions = Vec::new();
    for change in &step.row_changes {
        if let RowChange::Update { from, .. } | RowChange::Delete(from) = change {
            conditions.push(version_rows::exists(step, table, from));
        }
    }
    if step.direction == Direction::Up {
        let same = from_here.iter().filter(|later| later.rows == step.rows);
        let ids: BTreeSet<&RevisionId> = same.filter_map(|later| later.revision.as_ref()).collect();
        let ids: Vec<&RevisionId> = ids.into_iter().collect();
        if !ids.is_empty() {
            conditions.push(format!("NOT {}", version_rows::exists_any(step, table, &ids)));
        }
    }
    conditions
}

fn row_after(step: &PlanStep, change: &RowChange, table: Option<&VersionTable>) -> String {
    match change {
        RowChange::Insert(id) | RowChange::Update { to: id, .. } => version_rows::exists(step, table, id),
        RowChange::Delete(id) => format!("NOT {}", version_rows::exists(step, table, id)),
    }
}
