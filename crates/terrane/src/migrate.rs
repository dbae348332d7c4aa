//! Upgrade, downgrade and stamp.

use crate::config::ForeignRows;
use crate::database::{Database, Hold, OpenMode};
use crate::error::{Error, Result};
use crate::executor::{Applied, Course, Executor, Interruption, Observer, ROWS_ARE_REFUSED, done_sentence};
use crate::guard::{self, Watch};
use crate::history::{Depth, History};
use crate::ledger;
use crate::missing;
use crate::project::{Extent, Project};
use crate::script::path_to;
use crate::share::Share;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use terrane_core::diagnostic::{Diagnostic, Severity, codes};
use terrane_core::graph::{Direction, Graph, RevisionId, RowChange, Rows, Step};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::ownership::{ObjectKey, Ownership, OwnershipChange};
use terrane_core::plan::{DatabaseState, Plan, PlanStep, Unfinished, replay, settle};
use terrane_core::schema::Schema;

/// Where a database stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Its version rows of the layers that the configuration has.
    pub rows: Rows,
    /// Its version rows of other layers, which are left alone.
    pub strangers: Rows,
    /// What it holds, and whose it is.
    pub books: DatabaseState,
    /// Relations that it holds and that were not looked at.
    pub(crate) left_out: Vec<ObjectKey>,
    /// Sequences among them that a column owns, so that they are their table's.
    pub(crate) left_out_of_columns: BTreeSet<ObjectName>,
    /// The server's own count of changes to the schema.
    pub schema_version: String,
    /// Whether Terrane's tables are there.
    pub prepared: bool,
    /// The revision within which an earlier run was interrupted.
    pub unfinished: Option<Unfinished>,
    /// The number of the newest entry of its ledger.
    pub(crate) newest: Option<String>,
    /// Whose is what that Alembic made, of which the ledger is yet to hear.
    pub(crate) unbooked: Vec<OwnershipChange>,
}

impl Standing {
    /// Whether nothing that Terrane itself writes, and no schema that the server counts the changes of, has changed from one
    /// look to another.
    fn is_where(&self, looked: &Standing) -> bool {
        self.rows == looked.rows
            && self.strangers == looked.strangers
            && self.newest == looked.newest
            && self.unfinished == looked.unfinished
            && self.schema_version == looked.schema_version
            && self.books.ownership == looked.books.ownership
    }
}

/// Where to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination<'a> {
    /// Apply revisions until there.
    Upgrade(&'a str),
    /// Undo revisions until there.
    Downgrade(&'a str),
    /// Say that it is there, and run nothing.
    Stamp {
        /// One or several places.
        targets: &'a [String],
        /// Whether all rows are deleted first.
        purge: bool,
    },
}

impl Destination<'_> {
    /// The way there.
    ///
    /// # Errors
    /// There is no such place, or no way to it.
    pub fn steps(&self, history: &History, rows: &Rows) -> Result<Vec<Step>> {
        Ok(match self {
            Destination::Upgrade(target) => history.graph.upgrade(rows, target)?,
            Destination::Downgrade(target) => {
                history.graph.refuse_several_starts(rows, target)?;
                history.graph.downgrade(rows, target)?
            }
            Destination::Stamp { targets, purge } => {
                let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
                if *purge {
                    let mut steps = purge_steps(&history.graph, rows);
                    steps.extend(history.graph.stamp(&Rows::new(), &targets)?);
                    steps
                } else {
                    history.graph.stamp(rows, &targets)?
                }
            }
        })
    }
}

/// Steps that delete every row, layer by layer; rows of revisions without a file among them.
fn purge_steps(graph: &Graph, rows: &Rows) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (set, id) in rows.iter() {
        let delete = RowChange::Delete(id.clone());
        match steps.last_mut().filter(|step| step.rows == *set) {
            Some(step) => step.changes.push(delete),
            None => steps.push(Step {
                direction: Direction::Stamp,
                revision: None,
                layer: graph.layer_of_row(set, id),
                rows: set.clone(),
                changes: vec![delete],
            }),
        }
    }
    steps
}

impl Project {
    /// What would be done to get there.
    ///
    /// # Errors
    /// There is no way, or a revision on it is refused.
    pub async fn plan(&self, destination: Destination<'_>) -> Result<Plan> {
        let history = self.history()?;
        let mut database = self.open(OpenMode::Read).await?;
        let (standing, mut plan) = self.look(&history, destination, database.as_mut()).await?;
        let said = (&standing, &plan);
        let further = self.warnings(&history, destination, said, database.as_mut()).await?;
        plan.warnings.extend(further);
        Ok(plan)
    }

    async fn look(
        &self,
        history: &History,
        destination: Destination<'_>,
        mut database: Option<&mut Database<'_>>,
    ) -> Result<(Standing, Plan)> {
        let looked = self.standing_for(history, destination, database.as_deref_mut()).await;
        let looked = looked.and_then(|standing| Ok((self.planned_there(history, destination, &standing)?, standing)));
        match looked {
            Ok((plan, standing)) => Ok((standing, plan)),
            Err(error) => Err(missing::told(error, history, database, self.config.version_table.as_ref()).await),
        }
    }

    fn planned_there(&self, history: &History, destination: Destination<'_>, standing: &Standing) -> Result<Plan> {
        let steps = self.way(history, destination, standing)?;
        self.planned(history, destination, &steps, standing)
    }

    /// Where the database stands, with what matters of it to the steps from there: nothing, where there is none to run.
    async fn standing_for(
        &self,
        history: &History,
        destination: Destination<'_>,
        mut database: Option<&mut Database<'_>>,
    ) -> Result<Standing> {
        let mut standing = self
            .look_at(database.as_deref_mut(), |standing| {
                history.graph.refuse_moved(&standing.strangers)?;
                self.refuse_lowered(history, destination, &standing.rows)?;
                match destination {
                    Destination::Stamp { .. } => Ok(Extent::Whole),
                    _ => self.extent_of(history, &destination.steps(history, &standing.rows)?),
                }
            })
            .await?;
        let goes = !destination.steps(history, &standing.rows)?.is_empty();
        if goes && !matches!(destination, Destination::Stamp { .. }) {
            self.own_what_others_made(history, &mut standing)?;
            self.own_what_python_made(history, &mut standing, database).await?;
        }
        Ok(standing)
    }

    /// Gives what Alembic made the layer whose revision made it: the rows say that it ran, and the ledger, that it did not
    /// run here. So it is guarded as if it had; the ledger learns of it with the next step that is written there.
    fn own_what_others_made(&self, history: &History, standing: &mut Standing) -> Result<()> {
        let Some(table) = &self.config.version_table else {
            return Ok(());
        };
        let rows = table.rows();
        if standing.rows.of(&rows).next().is_none() || history.depth != Depth::Whole {
            return Ok(());
        }
        let owners = standing.books.ownership.clone();
        for change in self.settled(history, &standing.rows, &owners, None)? {
            if let OwnershipChange::Settle(key, owner) = &change {
                standing.books.ownership.give(key.clone(), owner.clone());
                standing.unbooked.push(change);
            }
        }
        Ok(())
    }

    /// Alembic's rows are written by others as well, who may have taken a vendor's revisions away under an app's. A stamp
    /// puts that right.
    fn refuse_lowered(&self, history: &History, destination: Destination<'_>, rows: &Rows) -> Result<()> {
        match destination {
            Destination::Stamp { .. } => Ok(()),
            _ if self.config.version_table.is_none() => Ok(()),
            _ => Ok(history.graph.refuse_lowered(rows)?),
        }
    }

    /// How much of a database matters to steps that are about to run.
    fn extent_of(&self, history: &History, steps: &[Step]) -> Result<Extent> {
        if steps.is_empty() {
            return Ok(Extent::Rows);
        }
        let planner = self.planner(history, self.dialect()?, true)?;
        let does_more = |step: &Step| !planner.tells_all(step);
        Ok(Extent::Share(Share::of_steps(history, steps, does_more)))
    }

    /// What there is to say about a plan besides.
    async fn warnings(
        &self,
        history: &History,
        destination: Destination<'_>,
        (standing, plan): (&Standing, &Plan),
        database: Option<&mut Database<'_>>,
    ) -> Result<Vec<Diagnostic>> {
        let Some(database) = database else {
            return Ok(Vec::new());
        };
        let mut warnings = Vec::new();
        // An upgrade that has nothing to do is the last to notice that a file does not say any more what ran.
        if matches!(destination, Destination::Upgrade(_)) {
            let edited = self.edited_in(history, database).await?;
            warnings.extend(edited.into_iter().map(|(_, warning)| warning));
        }
        let is_base = |layer: &LayerName| self.config.layers.iter().any(|other| other.requires.contains(layer));
        let moves_base = |step: &PlanStep| step.direction != Direction::Stamp && is_base(&step.layer);
        if plan.steps.iter().any(moves_base) {
            warnings.extend(strangers(&standing.strangers));
        }
        Ok(warnings)
    }

    fn planned(
        &self,
        history: &History,
        destination: Destination<'_>,
        steps: &[Step],
        standing: &Standing,
    ) -> Result<Plan> {
        let dialect = self.dialect()?;
        let planner = self.planner(history, dialect, true)?;
        // A stamp says where the database stands, whatever was under way.
        let is_stamp = matches!(destination, Destination::Stamp { .. });
        let unfinished = standing.unfinished.as_ref().filter(|_| !is_stamp);
        let mut plan = planner.plan_after(steps, &standing.rows, standing.books.clone(), unfinished)?;
        let table = self.config.version_table.as_ref();
        guard::refuse_hidden(&plan, &standing.books.ownership, dialect.flavor(), table)?;
        self.refuse_rows(&plan)?;
        self.settle(history, steps, standing, &mut plan)?;
        if let Some(first) = plan.steps.first_mut() {
            first.ownership.splice(0..0, standing.unbooked.iter().cloned());
        }
        Ok(plan)
    }

    /// Refuses what the plan says of rows of other layers, where the configuration wants it.
    fn refuse_rows(&self, plan: &Plan) -> Result<()> {
        let written = plan
            .warnings
            .iter()
            .filter(|warning| warning.code == codes::FOREIGN_ROWS);
        let refused: Vec<Diagnostic> = written
            .map(|warning| Diagnostic {
                severity: Severity::Error,
                help: vec![ROWS_ARE_REFUSED.to_owned()],
                ..warning.clone()
            })
            .collect();
        match self.config.rows == ForeignRows::Warn || refused.is_empty() {
            true => Ok(()),
            false => Err(refused.into()),
        }
    }

    /// The steps to get there. A stamp of where the database stands anyhow is still said where it changes what is known:
    /// who owns what, or that an interrupted revision is over.
    fn way(&self, history: &History, destination: Destination<'_>, standing: &Standing) -> Result<Vec<Step>> {
        let mut steps = destination.steps(history, &standing.rows)?;
        if !matches!(destination, Destination::Stamp { .. }) || !steps.is_empty() {
            return Ok(steps);
        }
        let says = standing.unfinished.is_some()
            || !self
                .settled(
                    history,
                    &standing.rows,
                    &standing.books.ownership,
                    Some(&standing.books.schema),
                )?
                .is_empty();
        let first = standing.rows.iter().next();
        let first = first.map(|(rows, id)| (history.graph.layer_of_row(rows, id), rows.clone()));
        let usual = || {
            self.config
                .layers
                .first()
                .map(|layer| (layer.name.clone(), layer.rows(&self.config)))
        };
        if let Some((layer, rows)) = first.or_else(usual).filter(|_| says) {
            steps.push(Step {
                direction: Direction::Stamp,
                revision: None,
                layer,
                rows,
                changes: Vec::new(),
            });
        }
        Ok(steps)
    }

    /// A stamp says what is applied, and so whose is what. It is said with the last of its steps.
    fn settle(&self, history: &History, steps: &[Step], standing: &Standing, plan: &mut Plan) -> Result<()> {
        let Some(last) = plan.steps.last_mut().filter(|step| step.direction == Direction::Stamp) else {
            return Ok(());
        };
        let mut rows = standing.rows.clone();
        steps.iter().for_each(|step| rows.apply(step));
        last.ownership = self.settled(history, &rows, &standing.books.ownership, Some(&standing.books.schema))?;
        Ok(())
    }

    /// What changes of who owns what, when the database is said to stand at those rows. `seen` is what it holds; where
    /// nobody has looked, it holds what the history says.
    pub(crate) fn settled(
        &self,
        history: &History,
        rows: &Rows,
        owners: &Ownership,
        seen: Option<&Schema>,
    ) -> Result<Vec<OwnershipChange>> {
        let applied = path_to(&history.graph, rows)?;
        let nothing = DatabaseState::empty(self.layers());
        let replayed = replay(&history.graph, &history.files, &applied, self.dialect()?, nothing).books;
        let books = DatabaseState {
            schema: seen.unwrap_or(&replayed.schema).clone(),
            ..DatabaseState::empty(owners.clone())
        };
        Ok(settle(&replayed.ownership, &applied, &books))
    }

    /// Goes there.
    ///
    /// # Errors
    /// There is no way; a revision is refused, before anything runs; or one fails, and is rolled back. What was done
    /// before stays done, and the error says so.
    pub async fn migrate(&self, destination: Destination<'_>, observer: &mut dyn Observer) -> Result<Vec<Applied>> {
        let history = self.history()?;
        // A way that does not exist, and a plan that is refused, are found without touching the database.
        let mut looking = self.open(OpenMode::Read).await?;
        let looked = self.looked(&history, destination, looking.as_mut(), observer).await?;
        let kept = match looking {
            Some(database) if looked.is_some() && database.opens_alike() => Some(database),
            Some(database) => database.close().await.map(|()| None)?,
            None => None,
        };
        let Some(looked) = looked else { return Ok(Vec::new()) };
        let opened = match kept {
            Some(database) => Some(database),
            None => self.open(OpenMode::Write).await?,
        };
        let Some(mut database) = opened else {
            return Ok(Vec::new());
        };
        let applied = self
            .carry_out(&history, destination, looked, &mut database, observer)
            .await?;
        database.close().await?;
        Ok(applied)
    }

    /// Goes there on a connection that is open already.
    ///
    /// # Errors
    /// As [`Project::migrate`].
    pub(crate) async fn migrate_on(
        &self,
        database: &mut Database<'_>,
        destination: Destination<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>> {
        let history = self.history()?;
        match self.looked(&history, destination, Some(database), observer).await? {
            Some(looked) => self.carry_out(&history, destination, looked, database, observer).await,
            None => Ok(Vec::new()),
        }
    }

    /// What there is to do, with what there is to say about it; nothing, if there is nothing. No plan, where only who has
    /// the lock can tell.
    async fn looked(
        &self,
        history: &History,
        destination: Destination<'_>,
        mut database: Option<&mut Database<'_>>,
        observer: &mut dyn Observer,
    ) -> Result<Option<Looked>> {
        let standing = self.standing_for(history, destination, database.as_deref_mut()).await;
        let standing = match standing {
            Ok(standing) => standing,
            Err(error) => {
                return Err(missing::told(error, history, database, self.config.version_table.as_ref()).await);
            }
        };
        // Whether a step is half done, or being done by somebody else at this moment, is known under the lock alone.
        if standing.unfinished.is_some() {
            return Ok(Some(Looked::new(standing, None)));
        }
        let plan = self.planned_there(history, destination, &standing);
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => {
                return Err(missing::told(error, history, database, self.config.version_table.as_ref()).await);
            }
        };
        let said = (&standing, &plan);
        let further = self
            .warnings(history, destination, said, database.as_deref_mut())
            .await?;
        plan.warnings
            .iter()
            .chain(&further)
            .for_each(|warning| observer.warning(warning));
        if plan.steps.is_empty() {
            let at_work = match database {
                Some(database) => database.is_held().await?,
                None => false,
            };
            return Ok(at_work.then(|| Looked::new(standing, None)));
        }
        Ok(Some(Looked::new(standing, Some(plan))))
    }

    async fn carry_out(
        &self,
        history: &History,
        destination: Destination<'_>,
        looked: Looked,
        database: &mut Database<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>> {
        database.look_at_connection().await?;
        let hold = database.lock(self.config.lock_timeout).await?;
        let done = self
            .carried_out(history, destination, looked, database, hold, observer)
            .await;
        // Where the connection is broken, the lock went with it.
        let unlocked = database.unlock(hold).await;
        let applied = done?;
        unlocked.map(|()| applied)
    }

    /// Where the database stands once the lock is had, with the plan that was made before where it is the same place still:
    /// then its catalog is not read once more. Nobody's lock keeps out DDL by hand, before the second look as after it.
    async fn stands_still(
        &self,
        history: &History,
        destination: Destination<'_>,
        looked: Looked,
        database: &mut Database<'_>,
    ) -> Result<(Standing, Option<Plan>)> {
        let Looked { standing, plan, at } = looked;
        if plan.is_some() && at.elapsed() < STANDS_STILL {
            let books = self.look_at(Some(&mut *database), |_| Ok(Extent::Owners)).await?;
            if books.is_where(&standing) {
                return Ok((standing, plan));
            }
        }
        let now = self.standing_alone(history, destination, database).await?;
        let plan = plan.filter(|_| now.is_where(&standing) && now.books.schema == standing.books.schema);
        Ok((now, plan))
    }

    /// Where the database stands once no other migrator is at work. Where a lock keeps the others out, that is now; where
    /// each transaction has its own, a step the other way is seen to go on, or to stand still.
    async fn standing_alone(
        &self,
        history: &History,
        destination: Destination<'_>,
        database: &mut Database<'_>,
    ) -> Result<Standing> {
        let mut standing = self.standing_for(history, destination, Some(database)).await?;
        let mut since = Instant::now();
        let is_over = |standing: &Standing| match (&standing.unfinished, destination) {
            (Some(unfinished), Destination::Upgrade(_)) => unfinished.direction == Direction::Up,
            (Some(unfinished), Destination::Downgrade(_)) => unfinished.direction == Direction::Down,
            _ => true,
        };
        while !database.locks_for_long() && !is_over(&standing) && since.elapsed() < STANDS_STILL {
            tokio::time::sleep(STANDS_STILL / 20).await;
            let now = self.standing_for(history, destination, Some(database)).await?;
            if now.unfinished != standing.unfinished {
                since = Instant::now();
            }
            standing = now;
        }
        Ok(standing)
    }

    async fn carried_out(
        &self,
        history: &History,
        destination: Destination<'_>,
        looked: Looked,
        database: &mut Database<'_>,
        mut hold: Hold,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>> {
        let table = self.config.version_table.as_ref();
        if !looked.standing.prepared {
            ledger::prepare(database, hold, self.config.lock_timeout, table, observer).await?;
        }
        let (mut standing, plan) = self.stands_still(history, destination, looked, database).await?;
        let mut steps = self.way(history, destination, &standing)?;
        let mut plan = match plan {
            Some(plan) => plan,
            None => self.planned(history, destination, &steps, &standing)?,
        };
        let total = steps.len();
        let mut watch = Watch::new();
        let mut applied = Vec::new();
        // Whoever is overtaken looks again; as often as there are steps, somebody else may be first.
        loop {
            if hold == Hold::Transaction {
                refuse_alone(&plan)?;
            }
            let mut executor = Executor {
                project: self,
                database: &mut *database,
                observer,
                ownership: standing.books.ownership.clone(),
                applied: std::mem::take(&mut applied),
                schema_version: standing.schema_version.clone(),
                heads: sorted_heads(&standing.rows),
                seen: None,
                watch,
                made: Vec::new(),
                making: Vec::new(),
                written: BTreeSet::new(),
                writing: Vec::new(),
                course: Course::default(),
                whole: Vec::new(),
                hold,
                offset: total - steps.len(),
                total,
            };
            let outcome = executor.run(&plan).await?;
            applied = executor.applied;
            hold = executor.hold;
            watch = executor.watch;
            let Interruption::Stale(at) = outcome else {
                return Ok(applied);
            };
            let stood = if at == 0 {
                sorted_heads(&standing.rows)
            } else {
                plan.steps[at - 1].heads_after.clone()
            };
            let ahead = &steps[at..];
            standing = self
                .look_at(Some(&mut *database), |_| self.extent_of(history, ahead))
                .await?;
            self.own_what_others_made(history, &mut standing)?;
            self.own_what_python_made(history, &mut standing, Some(&mut *database))
                .await?;
            let rest = at + remaining(&plan, at, &stood, &sorted_heads(&standing.rows))?;
            steps.drain(..rest);
            plan = self
                .planned(history, destination, &steps, &standing)
                .map_err(|mut error| {
                    error.done = applied.iter().map(done_sentence).collect();
                    error
                })?;
        }
    }
}

/// Where a database stood when it was looked at without the lock, and the plan for it where one could be made.
struct Looked {
    standing: Standing,
    plan: Option<Plan>,
    at: Instant,
}

impl Looked {
    fn new(standing: Standing, plan: Option<Plan>) -> Looked {
        Looked {
            standing,
            plan,
            at: Instant::now(),
        }
    }
}

/// How long a step that somebody else has begun may stand still, until it counts as interrupted. Between two transactions
/// of one there are milliseconds.
const STANDS_STILL: Duration = Duration::from_secs(1);

/// That the database has layers of other configurations, which may build on what is about to change.
fn strangers(rows: &Rows) -> Option<Diagnostic> {
    let layers: BTreeSet<String> = rows.iter().map(|(layer, _)| format!("`{layer}`")).collect();
    if layers.is_empty() {
        return None;
    }
    let names = layers.into_iter().collect::<Vec<_>>().join(", ");
    let message =
        format!("the database also has {names}, which this configuration does not have, and which may build on this");
    Some(Diagnostic::warning(codes::STRANGER, message).help("They are left alone; see that their apps go on with it."))
}

/// Behind a pooler there is nothing that would keep another migrator out between two transactions of one step.
fn refuse_alone(plan: &Plan) -> Result<()> {
    let several = plan.steps.iter().filter(|step| !step.transactional);
    let diagnostics: Vec<Diagnostic> = several
        .map(|step| {
            let id = step.revision.as_ref().map(ToString::to_string).unwrap_or_default();
            let message =
                format!("revision `{id}` does not run in one transaction, and a pooler gives each another session");
            let help = "Name the server itself by `direct_url` in `terrane.toml`, or by TERRANE_DIRECT_URL.";
            Diagnostic::error(codes::POOLED, message).help(help)
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics.into())
    }
}

fn sorted_heads(rows: &Rows) -> Vec<RevisionId> {
    let mut heads: Vec<RevisionId> = rows.iter().map(|(_, id)| id.clone()).collect();
    heads.sort();
    heads
}

/// How many further steps of the plan somebody else has done since.
fn remaining(plan: &Plan, at: usize, stood: &[RevisionId], stands: &[RevisionId]) -> Result<usize> {
    if stood == stands {
        return Ok(0);
    }
    let done = plan.steps[at..].iter().position(|step| step.heads_after == stands);
    done.map(|more| more + 1).ok_or_else(|| {
        Error::from(
            Diagnostic::error(
                codes::NOT_UP_TO_DATE,
                "somebody else moved the database to another place meanwhile",
            )
            .help("Look where it stands with `terrane current`, and run the command again."),
        )
    })
}
