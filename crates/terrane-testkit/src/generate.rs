//! Generated stories: the models of a vendor and of an app on it, as they change from release to release.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt::Write;

/// The models of both layers at one time.
#[derive(Clone, Debug)]
pub struct Release {
    /// The vendor's tables.
    pub vendor: Vec<TableModel>,
    /// The app's.
    pub app: Vec<TableModel>,
}

/// One table of the models.
#[derive(Clone, Debug)]
pub struct TableModel {
    /// Its name.
    pub name: String,
    /// The table that its primary key refers to, if it extends one.
    pub extends: Option<String>,
    /// A further table that it refers to, and whether its rows go with that one's.
    pub parent: Option<(String, bool)>,
    /// Its columns besides `id`.
    pub columns: Vec<ColumnModel>,
    /// Whether a view is made of it.
    pub view: bool,
    /// Whether it has a trigger.
    pub trigger: bool,
    /// Whether its ids are never used again.
    pub autoincrement: bool,
}

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnModel {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: &'static str,
    /// What makes it special.
    pub trait_of: Trait,
}

/// What makes a column special.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Trait {
    Plain,
    Default,
    NotNull,
    Unique,
    Indexed,
    UniqueIndex,
    PartialIndex,
    Checked,
    Collated,
}

/// A story of up to three releases.
pub fn story() -> impl Strategy<Value = Vec<Release>> {
    vec(release(), 1..=3)
}

fn release() -> impl Strategy<Value = Release> {
    let vendor = (
        table("base_customer", Vec::new()),
        table("base_product", vec!["base_customer"]),
        option::weighted(0.6, table("base order", vec!["base_customer", "base_product"])),
    )
        .prop_map(|(customer, product, order)| [Some(customer), Some(product), order].into_iter().flatten().collect());
    let app = (
        option::weighted(0.7, table("app_loyalty", vec!["base_product"])),
        option::weighted(0.5, table("app_widget", vec!["base_customer", "base_product"])),
        option::weighted(0.3, table("App\"Odd", vec!["base_customer"])),
    )
        .prop_map(|(loyalty, widget, odd)| {
            let loyalty = loyalty.map(|table| TableModel {
                extends: Some("base_customer".to_owned()),
                autoincrement: false,
                ..table
            });
            [loyalty, widget, odd].into_iter().flatten().collect()
        });
    (vendor, app).prop_map(|(vendor, app)| Release { vendor, app })
}

fn table(name: &'static str, parents: Vec<&'static str>) -> impl Strategy<Value = TableModel> {
    use Trait::{Checked, Collated, Default, Indexed, NotNull, PartialIndex, Plain, Unique, UniqueIndex};
    // A column that is unique in one release may not get the same value for all rows in another, nor one that is NOT
    // NULL no values at all: going back would fail, and rightly so.
    let unique = [Plain, Unique, Indexed, UniqueIndex, PartialIndex, Checked, Collated];
    let filled = [Plain, Default, Indexed, PartialIndex, Checked, Collated];
    let columns = [
        option::weighted(0.7, column("name", &unique)),
        option::weighted(0.5, column("amount", &filled)),
        option::weighted(0.4, column("note", &filled)),
        option::weighted(0.3, column("Select", &[NotNull])),
        option::weighted(0.3, column("größe", &unique)),
    ];
    let parent = if parents.is_empty() {
        Just(None).boxed()
    } else {
        option::of((proptest::sample::select(parents), any::<bool>())).boxed()
    };
    (columns, parent, any::<[bool; 3]>()).prop_map(move |(columns, parent, [view, trigger, autoincrement])| {
        TableModel {
            name: name.to_owned(),
            extends: None,
            parent: parent.map(|(name, cascades)| (name.to_owned(), cascades)),
            columns: columns.into_iter().flatten().collect(),
            view,
            trigger,
            autoincrement,
        }
    })
}

fn column(name: &'static str, traits: &[Trait]) -> impl Strategy<Value = ColumnModel> + use<> {
    let types = proptest::sample::select(vec!["INTEGER", "TEXT", "varchar(20)", "REAL", "NUMERIC(10, 2)", "BLOB"]);
    (types, proptest::sample::select(traits.to_vec())).prop_map(move |(ty, trait_of)| ColumnModel {
        name: name.to_owned(),
        ty,
        trait_of,
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The models as a file of SQL.
pub fn models(tables: &[TableModel]) -> String {
    let mut sql = String::new();
    for table in tables {
        write_table(&mut sql, table);
    }
    sql
}

fn write_table(sql: &mut String, table: &TableModel) {
    let name = quoted(&table.name);
    let plain = table.name.replace(['"', ' '], "_").to_lowercase();
    let id = if table.autoincrement {
        "id INTEGER PRIMARY KEY AUTOINCREMENT".to_owned()
    } else {
        "id INTEGER PRIMARY KEY".to_owned()
    };
    let mut lines = vec![match &table.extends {
        Some(parent) => format!("{id} REFERENCES {} (id) ON DELETE CASCADE", quoted(parent)),
        None => id,
    }];
    for column in &table.columns {
        let own = quoted(&column.name);
        let more = match column.trait_of {
            Trait::Default => " DEFAULT 7".to_owned(),
            Trait::NotNull => " NOT NULL DEFAULT 0".to_owned(),
            Trait::Unique => " UNIQUE".to_owned(),
            Trait::Checked => format!(" CHECK ({own} IS NULL OR length({own}) >= 0)"),
            Trait::Collated => " COLLATE NOCASE".to_owned(),
            Trait::Plain | Trait::Indexed | Trait::UniqueIndex | Trait::PartialIndex => String::new(),
        };
        lines.push(format!("{own} {}{more}", column.ty));
    }
    if let Some((parent, cascades)) = &table.parent {
        let action = if *cascades { " ON DELETE CASCADE" } else { "" };
        lines.push("parent_id INTEGER".to_owned());
        lines.push(format!(
            "CONSTRAINT fk_{plain}_parent FOREIGN KEY (parent_id) REFERENCES {} (id){action}",
            quoted(parent)
        ));
    }
    let _ = writeln!(sql, "CREATE TABLE {name} (\n    {}\n);", lines.join(",\n    "));
    for column in &table.columns {
        let own = quoted(&column.name);
        let index = format!("ix_{plain}_{}", column.name.to_lowercase());
        let _ = match column.trait_of {
            Trait::Indexed => writeln!(sql, "CREATE INDEX \"{index}\" ON {name} ({own} DESC);"),
            Trait::UniqueIndex => writeln!(sql, "CREATE UNIQUE INDEX \"{index}\" ON {name} ({own});"),
            Trait::PartialIndex => writeln!(
                sql,
                "CREATE INDEX \"{index}\" ON {name} (lower({own})) WHERE {own} IS NOT NULL;"
            ),
            _ => Ok(()),
        };
    }
    if table.view {
        let _ = writeln!(sql, "CREATE VIEW {plain}_ids AS SELECT id FROM {name} WHERE id > 0;");
    }
    if table.trigger {
        let _ = writeln!(
            sql,
            "CREATE TRIGGER {plain}_kept BEFORE DELETE ON {name} WHEN old.id < 0 BEGIN SELECT RAISE(ABORT, 'kept'); END;"
        );
    }
}

/// Statements that fill the tables with rows of these ids; each value tells its row.
pub fn rows(tables: &[TableModel], ids: &[u32]) -> String {
    let mut sql = String::new();
    for table in tables {
        for id in ids {
            let mut names = vec!["id".to_owned()];
            let mut values = vec![id.to_string()];
            for column in &table.columns {
                names.push(quoted(&column.name));
                values.push(match column.ty {
                    "INTEGER" | "NUMERIC(10, 2)" => format!("{}", id * 10),
                    "REAL" => format!("{id}.5"),
                    "BLOB" => format!("x'00ff{id:08x}'"),
                    _ => format!("'it''s {id}'"),
                });
            }
            if table.parent.is_some() {
                names.push("parent_id".to_owned());
                values.push(id.to_string());
            }
            let _ = writeln!(
                sql,
                "INSERT INTO {} ({}) VALUES ({});",
                quoted(&table.name),
                names.join(", "),
                values.join(", ")
            );
        }
    }
    sql
}

/// Queries for what has to survive from one release to the next: each column that both have, of the same type.
pub fn survivors(before: &[TableModel], after: &[TableModel]) -> Vec<String> {
    let mut queries = Vec::new();
    for old in before {
        let Some(new) = after.iter().find(|table| table.name == old.name) else {
            continue;
        };
        let lasting = old.columns.iter().filter(|column| {
            new.columns.iter().any(|other| {
                let same = other.name == column.name && other.ty == column.ty;
                // A column that is no longer empty where it was is another matter.
                same && (other.trait_of != Trait::NotNull || column.trait_of == Trait::NotNull)
            })
        });
        let names: Vec<String> = std::iter::once("id".to_owned())
            .chain(lasting.map(|column| format!("hex({})", quoted(&column.name))))
            .collect();
        queries.push(format!(
            "SELECT {} FROM {} ORDER BY id",
            names.join(", "),
            quoted(&old.name)
        ));
    }
    queries
}
