//! Scenes from the field: the versions of one layer's models, one after the other, up, down, up again and to the base, and
//! the first and the last compared as databases; judged by `pg_dump`, as the scenes' README says.
//!
//! What does not pass is in `scenes-ledger.txt`, a line a scene, with the step that falls and why. A scene that starts to pass
//! has to leave it. `TERRANE_LEDGER=write` writes it anew, and loses the reasons that were written by hand. All scenes are run
//! with `TERRANE_SCENES=1`, and every fourth one without.
//!
//! Scenes of the same form that belong to the repository are in `scenes/`.
//!
//! The words of the ledger:
//!
//! | word | meaning |
//! |---|---|
//! | `unloaded` | the server does not take a version's own text, so that there is nothing to be equal to |
//! | `unfit` | the server does not take the rows in their new form, and the database is as it was before the step |
//! | `refused` | a refusal with its reason, before anything is touched |
//! | `failed`, `missed`, `lost` | something is wrong |

use crate::corpus::{Made, look};
use crate::harness::{Scratch, block_on, columns_of, say, server, shared_folder};
use crate::ledger::compare_with_ledger;
use crate::pairs::{Outcome, Wholes, compare, counts, execute, in_parallel, lost, parent, renames, unordered};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Renames, diff, in_order};
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::{Column, ObjectIdentity, Schema, Table};
use terrane_core::sql::split;
use terrane_postgres::{FLAVOR, Postgres};

/// Every which scene is run where nobody asks for all of them: a whole run takes minutes.
const SHARE: usize = 4;

#[derive(Default)]
struct Scene {
    name: String,
    /// What is said about the database, whose name stands in it as `@DB@`.
    settings: String,
    /// What is there before the first version, and is nobody's.
    before: String,
    versions: Vec<String>,
    /// Rows for the first version.
    seed: String,
    /// What somebody made by hand: no model has it, and it is there in every version.
    by_hand: String,
}

impl Scene {
    fn read(path: &Path) -> Scene {
        let text = std::fs::read_to_string(path).unwrap();
        let mut scene = Scene {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            ..Scene::default()
        };
        for section in text.split("\n-- @").skip(1) {
            let (heading, body) = section.split_once('\n').unwrap_or((section, ""));
            match heading.trim() {
                "dbset" => body.clone_into(&mut scene.settings),
                "pre" => body.clone_into(&mut scene.before),
                "seed" => scene.read_seed(body),
                // What is worth a look for a reader.
                "rows" => {}
                version if version.starts_with('v') => scene.versions.push(body.to_owned()),
                other => panic!("{}: the section `@{other}` is not known", scene.name),
            }
        }
        let by_hand = std::mem::take(&mut scene.by_hand);
        for version in &mut scene.versions {
            version.push_str(&by_hand);
        }
        scene
    }

    /// Rows; and what somebody made by hand, which stays in the database whatever the models say.
    fn read_seed(&mut self, seed: &str) {
        for statement in split(seed, &FLAVOR.lexing).unwrap() {
            let text = &seed[statement.span.range()];
            let writes_rows = ["INSERT", "UPDATE"].iter().any(|word| text.starts_with(word));
            let to = if writes_rows { &mut self.seed } else { &mut self.by_hand };
            to.push_str(text);
            to.push_str(";\n");
        }
    }

    async fn database(&self, url: &str, model: &str) -> Result<Scratch, String> {
        let mut scratch = Scratch::new(url, &self.before).await?;
        if !self.settings.is_empty() {
            scratch.set_for_database(&self.settings).await?;
        }
        // Functions may call one another, as far as the server lets them.
        let unchecked = "SET check_function_bodies = off";
        scratch
            .database
            .execute(unchecked)
            .await
            .map_err(|error| error.to_string())?;
        // A file of models is read without its byte order mark.
        match scratch.database.execute(model.trim_start_matches('\u{feff}')).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.drop().await;
                Err(error.to_string())
            }
        }
    }
}

/// How a scene falls: the word for the ledger, the step and why.
struct Fallen {
    word: &'static str,
    step: String,
    why: String,
}

fn fallen(word: &'static str, step: &str, why: impl Into<String>) -> Fallen {
    Fallen {
        word,
        step: step.to_owned(),
        why: why.into(),
    }
}

/// A scene that is being played.
struct Play<'a> {
    scene: &'a Scene,
    /// What a database is that was made by each version's own text; the first is the one before all versions.
    references: Vec<Made>,
    scratch: Scratch,
    /// The ops of each version's revision.
    revisions: Vec<Vec<Op>>,
}

#[test]
fn scenes_from_the_field_go_up_down_and_up_again() {
    let test = "scenes_from_the_field_go_up_down_and_up_again";
    let (Some(url), Some(folder)) = (server(test), shared_folder("scenes")) else {
        return;
    };
    let scenes = scenes(&folder);
    let results = in_parallel(&scenes, |scene| {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block_on(play(&url, scene))));
        played.unwrap_or_else(|_| Err(fallen("failed", "somewhere", "panicked")))
    });
    let mut lines = BTreeSet::new();
    for (scene, result) in scenes.iter().zip(&results) {
        let Err(fallen) = result else { continue };
        if is_asked_for().is_some() {
            say(&format!(
                "{}: {}: {}: {}",
                scene.name, fallen.word, fallen.step, fallen.why
            ));
        }
        let why: String = fallen
            .why
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect();
        lines.insert(format!("{}\t{}\t{}: {why}", fallen.word, scene.name, fallen.step));
    }
    say(&format!("scenes: {} of {} fall", lines.len(), scenes.len()));
    if is_asked_for().is_none() {
        let ran = |name: &str| scenes.iter().any(|scene| scene.name == name);
        compare_with_ledger("scenes-ledger.txt", &lines, ran);
    }
}

/// `TERRANE_CASE` names one scene, or several by a part of their names.
fn is_asked_for() -> Option<String> {
    std::env::var("TERRANE_CASE").ok()
}

/// A share of the shared scenes, and all of the repository's own.
fn scenes(folder: &Path) -> Vec<Scene> {
    let own = read(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenes"));
    let all = read(folder);
    match is_asked_for() {
        Some(part) => all.chain(own).filter(|scene| scene.name.contains(&part)).collect(),
        None if std::env::var_os("TERRANE_SCENES").is_some() => all.chain(own).collect(),
        None => all.step_by(SHARE).chain(own).collect(),
    }
}

fn read(folder: &Path) -> impl Iterator<Item = Scene> + use<> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "sql"));
    paths.sort();
    paths.into_iter().map(|path| Scene::read(&path))
}

async fn play(url: &str, scene: &Scene) -> Result<(), Fallen> {
    let mut references = Vec::new();
    for model in std::iter::once("").chain(scene.versions.iter().map(String::as_str)) {
        let unloaded = |why| fallen("unloaded", "the models do not load", why);
        let mut scratch = scene.database(url, model).await.map_err(unloaded)?;
        let made = look(&mut scratch).await;
        scratch.drop().await;
        references.push(made.map_err(unloaded)?);
    }
    let mut play = Play {
        scene,
        references,
        scratch: scene.database(url, "").await.unwrap(),
        revisions: Vec::new(),
    };
    // As whoever migrates says it: whatever the database's own path is, a name without a schema means one of `public`.
    play.scratch
        .database
        .execute("SET search_path = public, pg_temp")
        .await
        .unwrap();
    let played = play.all().await;
    play.scratch.drop().await;
    played
}

impl Play<'_> {
    async fn all(&mut self) -> Result<(), Fallen> {
        let last = self.scene.versions.len();
        for version in 1..=last {
            let renames = renames(&self.scene.versions[version - 1]);
            let ops = self.difference(version - 1, version, &renames, &format!("up to v{version}"))?;
            self.revisions.push(ops);
            self.up(version).await?;
            if version == 1 {
                self.scratch
                    .database
                    .execute(&self.scene.seed)
                    .await
                    .map_err(|error| fallen("failed", "the rows", error.to_string()))?;
            }
        }
        for version in (2..=last).rev() {
            self.down(version).await?;
        }
        for version in 2..=last {
            self.up(version).await?;
        }
        if last > 1 {
            for (from, to) in [(last, 1), (1, last)] {
                let step = format!("diff v{from} → v{to}");
                let ops = self.difference(from, to, &Renames::default(), &step)?;
                self.travel(from, to, &ops, &step).await?;
            }
        }
        for version in (1..=last).rev() {
            self.down(version).await?;
        }
        Ok(())
    }

    fn difference(&self, from: usize, to: usize, renames: &Renames, step: &str) -> Result<Vec<Op>, Fallen> {
        let options = Postgres.capability().diff_options(false);
        let delta = diff(
            &self.references[from].schema,
            &self.references[to].schema,
            renames,
            &options,
        );
        match delta.stuck.first() {
            Some(stuck) => Err(fallen("refused", step, format!("{}: {}", stuck.name, stuck.reason))),
            None => Ok(delta.ops),
        }
    }

    async fn up(&mut self, version: usize) -> Result<(), Fallen> {
        let ops = self.revisions[version - 1].clone();
        self.travel(version - 1, version, &ops, &format!("up to v{version}"))
            .await
    }

    async fn down(&mut self, version: usize) -> Result<(), Fallen> {
        let step = format!("down from v{version}");
        let mut work = self.references[version - 1].schema.clone();
        let mut back = Vec::new();
        for op in &self.revisions[version - 1] {
            back.push(
                op.reverse(&work)
                    .map_err(|why| fallen("failed", &step, why.to_string()))?,
            );
            op.apply(&mut work)
                .map_err(|misfit| fallen("failed", &step, misfit.message))?;
        }
        let ops: Vec<Op> = back.into_iter().rev().flatten().collect();
        let (before, after) = (&self.references[version].schema, &self.references[version - 1].schema);
        let ops = in_order(ops, before, after, &Postgres.capability().diff_options(false));
        self.travel(version, version - 1, &ops, &step).await
    }

    async fn travel(&mut self, from: usize, to: usize, ops: &[Op], step: &str) -> Result<(), Fallen> {
        let (before, after) = (&self.references[from], &self.references[to]);
        let lowered = Postgres.lower(ops, &before.schema);
        let statements = lowered.map_err(|refused| fallen("refused", step, refused.reason))?;
        let all: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
        let all = all.join(";\n");
        let database = &mut self.scratch.database;
        let [was, is] = [true, false].map(|is_before| survivors(&before.schema, &after.schema, ops, is_before));
        let counted = counts(database, &before.schema).await;
        let rows = rows(&mut self.scratch, &was).await;
        if let Err(failure) = execute(&mut self.scratch.database, &statements).await {
            let word = match failure.is_of_rows() && self.is_untouched(from).await? {
                true => "unfit",
                false => "failed",
            };
            return Err(fallen(word, step, failure.why));
        }
        let reached = look(&mut self.scratch)
            .await
            .map_err(|why| fallen("failed", step, why))?;
        let now = counts(&mut self.scratch.database, &reached.schema).await;
        if let Some(lost) = lost((&before.schema, &counted), (&reached.schema, &now), ops) {
            return Err(fallen("lost", step, format!("{lost}\n{all}")));
        }
        let now = self::rows(&mut self.scratch, &is).await;
        if let Some((table, rows)) = rows.iter().find(|(table, rows)| now.get(*table) != Some(rows)) {
            let why = format!("rows of {table} were {rows:?} and are {:?}\n{all}", now.get(table));
            return Err(fallen("lost", step, why));
        }
        match compare((&reached, after), ops, &all) {
            Outcome::Pass | Outcome::PassUnordered => Ok(()),
            Outcome::Refused(why) => Err(fallen("refused", step, why)),
            Outcome::Failed(why) => Err(fallen("failed", step, why)),
            Outcome::Missed(why) => Err(fallen("missed", step, why)),
        }
    }
}

impl Play<'_> {
    /// Whether the database is as the version before left it.
    async fn is_untouched(&mut self, version: usize) -> Result<bool, Fallen> {
        let now = look(&mut self.scratch).await;
        let now = now.map_err(|why| fallen("failed", "after a failure", why))?;
        Ok(unordered(&now.dump) == unordered(&self.references[version].dump))
    }
}

/// A query for the values, in every table that stays, of columns that stay as they are: as they were before or are after. A
/// row of a partitioned table may be in any of its partitions, and goes and comes with them.
fn survivors(before: &Schema, after: &Schema, ops: &[Op], is_before: bool) -> String {
    let wholes = Wholes { before, after, ops };
    let goes = |table: &Table| {
        ops.iter()
            .any(|op| matches!(op, Op::DropTable(gone) if *gone == table.name))
    };
    let renamed = |table: &Table| {
        ops.iter()
            .any(|op| matches!(op, Op::RenameTable { from, to } if *from == table.name || *to == table.name))
    };
    let kept = before.tables.values().filter(|table| !goes(table) && !renamed(table));
    let both = kept.filter_map(|table| Some((table, after.tables.get(&table.name)?)));
    let is_recast = |table: &Table, column: &Column| {
        let column = ObjectIdentity::Column(table.name.clone(), column.name.clone());
        is_of_other_shape(&column, before, after)
    };
    let mut members: BTreeMap<ObjectName, Vec<(&Table, Vec<&Column>)>> = BTreeMap::new();
    for (old, new) in both {
        let whole = wholes.of_before(&old.name);
        if !wholes.goes(&whole) {
            let columns = kept_columns(old, new, ops, &is_recast);
            members.entry(whole).or_default().push((old, columns));
        }
    }
    let side = if is_before { before } else { after };
    let parts = members.iter().filter_map(|(whole, members)| {
        let is_in_all = |column: &&Column| {
            let has = |columns: &Vec<&Column>| columns.iter().any(|one| one.name == column.name);
            members.iter().all(|(_, columns)| has(columns))
        };
        let columns: Vec<&Column> = members[0]
            .1
            .iter()
            .copied()
            .filter(|column| is_in_all(column))
            .collect();
        let alone = members.iter().filter(|(table, _)| parent(side, &table.name).is_none());
        let rows = alone.map(|(table, _)| {
            let (path, row) = columns_of(table, &columns);
            format!("SELECT {row} FROM {path}")
        });
        let rows = rows.collect::<Vec<_>>().join(" UNION ALL ");
        (!columns.is_empty()).then(|| {
            format!("SELECT $t${whole}$t$, coalesce(string_agg(r, '; ' ORDER BY r), '') FROM ({rows}) AS r (r)")
        })
    });
    parts.collect::<Vec<_>>().join(" UNION ALL ")
}

/// Whether a column is of a composite type or a table's row type that has other attributes then: `(s,3)` is `(s,3,)`.
fn is_of_other_shape(column: &ObjectIdentity, before: &Schema, after: &Schema) -> bool {
    before.edges.of(column).any(|(to, _)| match to {
        ObjectIdentity::Other(name) => {
            let ty = before.unmodelled.get(name).filter(|other| other.kind == "type");
            ty.is_some() && ty != after.unmodelled.get(name) || is_of_other_shape(to, before, after)
        }
        ObjectIdentity::Table(name) => {
            let columns = |schema: &Schema| schema.tables.get(name).map(|table| table.columns.clone());
            columns(before) != columns(after)
        }
        _ => false,
    })
}

/// The columns of a table that stay as they are, values and all.
fn kept_columns<'t>(
    old: &'t Table,
    new: &Table,
    ops: &[Op],
    is_recast: &impl Fn(&Table, &Column) -> bool,
) -> Vec<&'t Column> {
    let renamed = |column: &Column| {
        ops.iter().any(|op| {
            matches!(op, Op::RenameColumn { table, from, to }
                if *table == old.name && (*from == column.name || *to == column.name))
        })
    };
    let dropped = |name: &Column| {
        ops.iter()
            .any(|op| matches!(op, Op::DropColumn { table, column } if *table == old.name && *column == name.name))
    };
    let stays = |column: &&Column| {
        let now = new.column(&column.name);
        let same = now.is_some_and(|now| now.generated.is_none() && now.ty == column.ty);
        column.generated.is_none() && same && !renamed(column) && !dropped(column) && !is_recast(old, column)
    };
    old.columns.iter().filter(stays).collect()
}

async fn rows(scratch: &mut Scratch, query: &str) -> BTreeMap<String, String> {
    if query.is_empty() {
        return BTreeMap::new();
    }
    let rows = scratch.database.rows(query).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
