//! Random schemas, and random neighbours of them.
//!
//! A schema is written from a tape of numbers, each of which decides one thing whatever the others say. So a neighbour
//! is the same tape with a few numbers changed, and proptest shrinks a failing case by shrinking numbers to nought, which
//! is always the plainest choice.
//!
//! Both schemas of a pair can hold the same rows: a column keeps to one family of types, what may come as a new column
//! is nullable or has a default, checks hold for every row, unique columns have no default.

use proptest::prelude::*;
use std::fmt::Write;

/// Two tapes, the second a neighbour of the first or a stranger.
pub(crate) fn pairs() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let tape = || proptest::collection::vec(any::<u8>(), LENGTH);
    let edits = proptest::collection::vec((0..LENGTH, any::<u8>()), 0..24);
    (tape(), tape(), edits, any::<bool>()).prop_map(|(a, stranger, edits, is_stranger)| {
        let mut b = if is_stranger { stranger } else { a.clone() };
        for (at, value) in edits {
            b[at] = value;
        }
        (a, b)
    })
}

const TABLES: usize = 3;
const COLUMNS: usize = 7;
const PER_COLUMN: usize = 8;
const PER_TABLE: usize = 24 + COLUMNS * PER_COLUMN;
const LENGTH: usize = TABLES * PER_TABLE + 16;

/// A column's family: names, of which a schema uses one; types; types for STRICT tables; defaults.
struct Family {
    names: &'static [&'static str],
    types: &'static [&'static str],
    strict: &'static [&'static str],
    defaults: &'static [&'static str],
}

const FAMILIES: [Family; COLUMNS] = [
    Family {
        names: &["a"],
        types: &["TEXT", "varchar(10)", "varchar", "character varying (20)"],
        strict: &["TEXT"],
        defaults: &["'x'", "'it''s'", "CURRENT_TIMESTAMP", "(lower('X') || 'y')", "Word"],
    },
    Family {
        names: &["\"B b\"", "\"b\"\"c\""],
        types: &["int", "bigint", "INTEGER", "numeric(10, 2)"],
        strict: &["INT", "INTEGER"],
        defaults: &["5", "-7", "(1 + 2)", "TRUE", "1e3"],
    },
    Family {
        names: &["größe"],
        types: &["", "blob"],
        strict: &["ANY"],
        defaults: &["x'00ff'", "'q'", "NULL"],
    },
    Family {
        names: &["\"select\"", "Old", "new"],
        types: &["REAL", "double precision"],
        strict: &["REAL"],
        defaults: &["1.5", "(2.0 / 4)"],
    },
    Family {
        names: &["d"],
        types: &["TEXT", "clob"],
        strict: &["TEXT"],
        defaults: &["\"quoted\"", "''", "'a -- b'"],
    },
    Family {
        names: &["e"],
        types: &["int"],
        strict: &["INT"],
        defaults: &["0", "+1"],
    },
    Family {
        names: &["\"end\""],
        types: &["int", "integer"],
        strict: &["INTEGER"],
        defaults: &["9"],
    },
];

const TABLE_NAMES: [&[&str]; TABLES] = [&["p"], &["\"T t\"", "renamed"], &["\"group\""]];

struct Tape<'t> {
    numbers: &'t [u8],
    at: usize,
}

impl Tape<'_> {
    fn pick(&mut self, among: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % among
    }

    /// True once in `among`.
    fn once_in(&mut self, among: usize) -> bool {
        self.pick(among) == among - 1
    }
}

/// A column as it was decided.
struct Column {
    name: &'static str,
    definition: String,
    generated: bool,
}

/// The script that a tape says, with the renames from what other tapes may say declared in comments.
pub(crate) fn script(numbers: &[u8]) -> String {
    let mut script = String::new();
    let mut views = String::new();
    let parents: Vec<bool> = (0..TABLES)
        .map(|table| is_parent(&numbers[table * PER_TABLE..]))
        .collect();
    for table in 0..TABLES {
        let start = table * PER_TABLE;
        let mut tape = Tape {
            numbers: &numbers[start..start + PER_TABLE],
            at: 0,
        };
        write_table(&mut tape, table, numbers, &parents, &mut script, &mut views);
    }
    script + &views
}

fn name_of(table: usize, numbers: &[u8]) -> &'static str {
    let names = TABLE_NAMES[table];
    names[usize::from(numbers[table * PER_TABLE + 1]) % names.len()]
}

/// Whether the table's id is a key that can be referred to.
fn is_parent(numbers: &[u8]) -> bool {
    matches!(usize::from(numbers[2]) % KEYS.len(), 0..=4)
}

/// How `id` is the key: beside the column, after the columns.
const KEYS: [(&str, &str); 8] = [
    ("INTEGER PRIMARY KEY", ""),
    ("INTEGER PRIMARY KEY AUTOINCREMENT", ""),
    ("int", "PRIMARY KEY (id)"),
    ("INTEGER", "CONSTRAINT \"the key\" UNIQUE (id)"),
    ("INTEGER PRIMARY KEY DESC", ""),
    ("bigint", "PRIMARY KEY (id DESC, a)"),
    ("INTEGER", ""),
    ("integer NOT NULL", "UNIQUE (id, a COLLATE NOCASE)"),
];

fn write_table(
    tape: &mut Tape<'_>,
    table: usize,
    numbers: &[u8],
    parents: &[bool],
    script: &mut String,
    views: &mut String,
) {
    let absent = tape.once_in(5) && table != 0;
    let name = TABLE_NAMES[table][tape.pick(TABLE_NAMES[table].len())];
    let key = tape.pick(KEYS.len());
    let (strict, without_rowid, order) = (tape.once_in(4), tape.once_in(4), tape.pick(4));
    if absent {
        return;
    }
    let strict = strict && key != 5;
    let (id_type, id_key) = KEYS[key];
    let id_type = if strict {
        id_type.replacen("bigint", "INT", 1)
    } else {
        id_type.to_owned()
    };
    let mut columns = Vec::new();
    for at in 0..COLUMNS {
        let mut tape = Tape {
            numbers: &tape.numbers[24 + at * PER_COLUMN..],
            at: 0,
        };
        // The first is always there, for whatever wants a second column.
        let column = column(&mut tape, (table, at), strict, numbers, parents);
        columns.extend(column);
    }
    if order < columns.len() {
        columns.rotate_left(order);
    }
    let mut items = vec![format!("id {id_type}")];
    items.extend(columns.iter().map(|column| column.definition.clone()));
    items.extend([id_key.to_owned()].into_iter().filter(|key| !key.is_empty()));
    items.extend(table_constraints(tape, &columns));
    let mut options = Vec::new();
    options.extend(strict.then_some("STRICT"));
    options.extend((without_rowid && matches!(key, 0 | 2)).then_some("WITHOUT ROWID"));
    let _ = writeln!(
        script,
        "CREATE TABLE {name} ({}) {};",
        items.join(", "),
        options.join(", ")
    );
    let _ = name_of(table, numbers);
    write_indexes(tape, table, name, &columns, script);
    write_definitions(tape, table, name, &columns, views);
}

fn column(
    tape: &mut Tape<'_>,
    (table, at): (usize, usize),
    strict: bool,
    numbers: &[u8],
    parents: &[bool],
) -> Option<Column> {
    let (family, always) = (&FAMILIES[at], at == 0);
    let absent = tape.once_in(3) && !always;
    let name = family.names[tape.pick(family.names.len())];
    let types = if strict { family.strict } else { family.types };
    let ty = types[tape.pick(types.len())];
    let kind = tape.pick(12);
    let (detail, collation, check) = (tape.pick(64), tape.pick(8), tape.pick(8));
    if absent {
        return None;
    }
    let collation = ["", " COLLATE NOCASE", " COLLATE RTRIM"]
        .get(collation)
        .copied()
        .unwrap_or("");
    let check = match check {
        5 => format!(" CHECK ({name} IS NOT 'nothing {detail}')"),
        6 => format!(" CONSTRAINT c{at}_{detail} CHECK (({name} <> 4.25) OR /* always */ {name} IS NULL OR 1)"),
        _ => String::new(),
    };
    let default = family.defaults[detail % family.defaults.len()];
    let rest = match kind {
        0..=3 => String::new(),
        4 => format!(" DEFAULT {default}"),
        5 if default != "NULL" => format!(" NOT NULL DEFAULT {default}"),
        6 if default != "NULL" => format!(" NOT NULL ON CONFLICT IGNORE DEFAULT {default}"),
        7 => " UNIQUE".to_owned(),
        8 => format!(
            " CONSTRAINT u{at}_{} UNIQUE ON CONFLICT {}",
            detail % 3,
            ["REPLACE", "IGNORE", "ABORT"][detail % 3]
        ),
        // A computed value that stays when it is no longer computed refers to nothing: so a column is one or the other.
        9 | 10 if (2..=4).contains(&at) => reference(detail, table, numbers, parents),
        9..=11 if at > 4 || at == 1 => {
            let stored = ["", " VIRTUAL", " STORED"][detail % 3];
            let expression = if ty.is_empty() || ["ANY", "blob"].contains(&ty) {
                "a || id"
            } else {
                "id + 1"
            };
            let text = matches!(ty, "TEXT" | "clob");
            let expression = if text { "lower(a)" } else { expression };
            return Some(Column {
                name,
                definition: format!("{name} {ty}{collation} AS ({expression}){stored}"),
                generated: true,
            });
        }
        _ => String::new(),
    };
    Some(Column {
        name,
        definition: format!("{name} {ty}{collation}{rest}{check}"),
        generated: false,
    })
}

/// To the first table, which is always there and has its rows, or to the own one.
fn reference(detail: usize, own: usize, numbers: &[u8], parents: &[bool]) -> String {
    let table = if detail.is_multiple_of(2) { 0 } else { own };
    if !parents[table] {
        return String::new();
    }
    let action = [
        "",
        " ON DELETE CASCADE",
        " ON UPDATE SET NULL",
        " ON DELETE SET DEFAULT",
        " DEFERRABLE INITIALLY DEFERRED",
    ];
    let parent = name_of(table, numbers);
    format!(" REFERENCES {parent} (id){}", action[detail / 2 % action.len()])
}

fn table_constraints(tape: &mut Tape<'_>, columns: &[Column]) -> Vec<String> {
    let (which, detail) = (tape.pick(6), tape.pick(8));
    let plain: Vec<&Column> = columns.iter().filter(|column| !column.generated).collect();
    let last = plain[plain.len() - 1].name;
    match which {
        3 => vec![format!("CHECK (id > -{detail})")],
        4 => vec![format!(
            "CONSTRAINT k{detail} CHECK (id IS NOT NULL AND a IS NOT 'z{detail}')"
        )],
        5 => vec![format!("UNIQUE (id, {last} DESC)"), "CHECK (1)".to_owned()],
        _ => Vec::new(),
    }
}

fn write_indexes(tape: &mut Tape<'_>, table: usize, name: &str, columns: &[Column], script: &mut String) {
    for number in 0..2 {
        let (present, column, kind) = (tape.pick(3), tape.pick(8), tape.pick(8));
        if present == 0 {
            continue;
        }
        let column = columns[column % columns.len()].name;
        let index = if kind == 7 {
            format!("other_{table}_{number}")
        } else {
            format!("\"index {table} {number}\"")
        };
        let keys = match kind {
            0 => format!("({column})"),
            1 => format!("({column} DESC, id)"),
            2 => format!("({column} COLLATE RTRIM)"),
            3 => format!("(lower({column}), id + 1 DESC)"),
            4 => format!("({column}) WHERE id > {kind}"),
            5 => format!("(id, {column}) WHERE {column} IS NOT NULL AND a <> 'x'"),
            _ => format!("(id, {column})"),
        };
        let unique = if present == 2 && kind == 6 { "UNIQUE " } else { "" };
        let _ = writeln!(script, "CREATE {unique}INDEX {index} ON {name} {keys};");
    }
}

fn write_definitions(tape: &mut Tape<'_>, table: usize, name: &str, columns: &[Column], views: &mut String) {
    let (trigger, view, column, detail) = (tape.pick(5), tape.pick(5), tape.pick(8), tape.pick(4));
    let column = columns[column % columns.len()].name;
    if trigger > 2 {
        let when = ["", "OF id ", "OF a, id "][detail % 3];
        let _ = writeln!(
            views,
            "CREATE TRIGGER g{table} AFTER UPDATE {when}ON {name} WHEN NEW.id <> {detail} BEGIN SELECT NEW.{column}, CASE WHEN OLD.id THEN 1 END; UPDATE {name} SET a = a WHERE 0; END;"
        );
    }
    if view > 1 {
        let _ = writeln!(
            views,
            "CREATE VIEW \"v {table}\" AS SELECT id, {column} FROM {name} WHERE id > {detail};"
        );
    }
    if view > 2 {
        let _ = writeln!(views, "CREATE VIEW w{table} (x) AS SELECT id FROM \"v {table}\";");
        let _ = writeln!(
            views,
            "CREATE TRIGGER h{table} INSTEAD OF DELETE ON w{table} BEGIN DELETE FROM {name} WHERE id = OLD.x + {detail}; END;"
        );
    }
}

/// The renames that lead from one tape's names to another's: tables first, columns by their table's new name.
pub(crate) fn declared(from: &[u8], to: &[u8]) -> terrane_core::diff::Renames {
    use terrane_sqlite::FLAVOR;
    let unquoted = |name: &str| terrane_core::sql::unquote(name).into_owned();
    let mut renames = terrane_core::diff::Renames::default();
    for table in 0..TABLES {
        let (old, new) = (unquoted(name_of(table, from)), unquoted(name_of(table, to)));
        if old != new {
            renames.tables.push((FLAVOR.object(&old), FLAVOR.object(&new)));
        }
        for (at, family) in FAMILIES.iter().enumerate() {
            let place = table * PER_TABLE + 24 + at * PER_COLUMN + 1;
            let name = |tape: &[u8]| unquoted(family.names[usize::from(tape[place]) % family.names.len()]);
            let (was, is) = (name(from), name(to));
            if was != is {
                renames
                    .columns
                    .push((FLAVOR.object(&new), FLAVOR.ident(&was), FLAVOR.ident(&is)));
            }
        }
    }
    renames
}
