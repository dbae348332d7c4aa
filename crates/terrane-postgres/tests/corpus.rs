//! The pairs of schemas from the field; and what each script of theirs makes, looked at once however many pairs have it.

use crate::harness::{Scratch, block_on, without_noise};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Renames, diff};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_core::sql::{quote_identifier, split};
use terrane_postgres::connect::Database;
use terrane_postgres::inspect::inspect;
use terrane_postgres::{FLAVOR, Postgres};

pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) seed: String,
}

/// The pairs, and the roles that they need. `TERRANE_CASE` says which pairs.
pub(crate) fn read(corpus: &str) -> (Vec<Pair>, BTreeSet<String>) {
    let mut pairs = Vec::new();
    let mut roles = BTreeSet::new();
    let only = std::env::var("TERRANE_CASE").unwrap_or_default();
    for line in corpus.lines() {
        let pair: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| pair[key].as_str().unwrap_or_default().to_owned();
        for role in pair["roles"].as_array().into_iter().flatten() {
            roles.extend(role.as_str().map(str::to_owned));
        }
        if text("name").contains(&only) {
            pairs.push(Pair {
                name: text("name"),
                a: text("a"),
                b: text("b"),
                seed: text("seed"),
            });
        }
    }
    (pairs, roles)
}

pub(crate) async fn make_roles(url: &str, roles: &BTreeSet<String>) {
    let mut admin = Database::open(url).await.unwrap();
    for role in roles {
        // It may be there already.
        let _ = admin.execute(&format!("CREATE ROLE {}", quote_identifier(role))).await;
    }
}

/// The script without the roles that it makes, which are there now: roles are the whole server's, and another script may
/// have made them.
pub(crate) async fn without_roles(url: &str, script: &str) -> String {
    if !script.contains("CREATE ROLE") {
        return script.to_owned();
    }
    let mut admin = Database::open(url).await.unwrap();
    let mut rest = String::new();
    for statement in split(script, &FLAVOR.lexing).unwrap() {
        let text = &script[statement.span.range()];
        if text.starts_with("CREATE ROLE") {
            let _there = admin.execute(text).await;
        } else {
            rest.push_str(text);
            rest.push_str(";\n");
        }
    }
    rest
}

/// What both judges say of a database.
pub(crate) struct Made {
    pub(crate) dump: String,
    pub(crate) schema: Schema,
    /// `pg_dump` says nothing of the versions of extensions.
    versions: String,
    /// As it can be run.
    script: String,
}

impl Made {
    /// What one judge tells apart and the other does not.
    pub(crate) fn told_otherwise(&self, other: &Made) -> Option<(&'static str, String)> {
        let same_dump = self.dump == other.dump && self.versions == other.versions;
        match (same_dump, self.schema == other.schema) {
            (false, true) => Some(("unseen", apart(&self.dump, &other.dump))),
            (true, false) => Some((
                "phantom",
                apart(&format!("{:#?}", self.schema), &format!("{:#?}", other.schema)),
            )),
            _ => None,
        }
    }
}

pub(crate) async fn look(scratch: &mut Scratch) -> Result<Made, String> {
    const VERSIONS: &str = "SELECT string_agg(extname || extversion, ' ' ORDER BY extname) FROM pg_extension";
    let inspected = inspect(scratch.database.connection()).await;
    let schema = inspected.map_err(|error| format!("inspection: {error}"))?.schema;
    let rows = scratch.database.rows(VERSIONS).await;
    let script = scratch.dump().ok_or("there is no pg_dump")?;
    Ok(Made {
        dump: without_noise(&script),
        schema,
        versions: rows.map_err(|error| error.to_string())?[0].get(0),
        script,
    })
}

/// What the scripts make.
#[derive(Default)]
pub(crate) struct Looks {
    made: Mutex<BTreeMap<String, Look<Arc<Made>>>>,
    /// What the dumps make; many scripts have the same.
    restored: Mutex<BTreeMap<String, Look<Schema>>>,
    /// How the schemas came back from their dumps that did not come back as they were.
    unrestored: Mutex<BTreeMap<String, String>>,
}

type Look<T> = Arc<OnceLock<Result<T, String>>>;

impl Looks {
    /// What a script makes, which `scratch` is fresh from; its dump is restored the first time.
    pub(crate) fn at(&self, url: &str, script: &str, scratch: &mut Scratch) -> Result<Arc<Made>, String> {
        let look = self.made.lock().unwrap().entry(script.to_owned()).or_default().clone();
        let first = || {
            let made = block_on(self::look(scratch)).map(Arc::new)?;
            if let Err(why) = self.restore(url, &made) {
                self.unrestored.lock().unwrap().insert(script.to_owned(), why);
            }
            Ok(made)
        };
        look.get_or_init(first).clone()
    }

    /// A schema that is loaded from its own dump differs in nothing.
    fn restore(&self, url: &str, made: &Made) -> Result<(), String> {
        let mut restored = self.restored.lock().unwrap();
        let look = restored.entry(made.dump.clone()).or_default().clone();
        drop(restored);
        let schema = look.get_or_init(|| block_on(restored_from(url, &made.script)));
        compare(&made.schema, schema.as_ref().map_err(String::clone)?)
    }

    pub(crate) fn unrestored(&self, script: &str) -> Option<String> {
        self.unrestored.lock().unwrap().get(script).cloned()
    }
}

async fn restored_from(url: &str, dump: &str) -> Result<Schema, String> {
    let mut copy = Scratch::new(url, dump).await?;
    let inspected = inspect(copy.database.connection()).await;
    copy.drop().await;
    inspected
        .map(|inspected| inspected.schema)
        .map_err(|error| format!("inspection: {error}"))
}

fn compare(made: &Schema, restored: &Schema) -> Result<(), String> {
    let options = Postgres.capability().diff_options(false);
    for (one, other) in [(made, restored), (restored, made)] {
        let delta = diff(one, other, &Renames::default(), &options);
        if !delta.is_empty() {
            let ops: Vec<String> = delta.ops.iter().map(Op::describe).collect();
            return Err(ops.join("; "));
        }
    }
    if restored == made {
        Ok(())
    } else {
        Err(apart(&format!("{restored:#?}"), &format!("{made:#?}")))
    }
}

/// The lines that only one of two texts has.
pub(crate) fn apart(is: &str, should: &str) -> String {
    let [is, should]: [BTreeSet<&str>; 2] = [is, should].map(|text| text.lines().collect());
    let lines = |one: &BTreeSet<&str>, other: &BTreeSet<&str>, mark: &str| -> String {
        one.difference(other).map(|line| format!(" {mark}{line}")).collect()
    };
    lines(&is, &should, "is: ") + &lines(&should, &is, "should be: ")
}
