//! Schemas for property tests: valid ones, and pairs that differ as two versions of one schema do.
//!
//! A table is made of a row of bytes, each of which decides one thing, and zero decides for the simplest. So whatever
//! fails shrinks to few tables with few columns and plain names; the debug form of a pair is SQL.

use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use terrane_core::ddl::{Flavor, print};
use terrane_core::diff::{Options, Renames, diff};
use terrane_core::name::{Folding, Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{
    Action, Attributes, Check, Column, Constraint, ConstraintKind, Deferrability, EnumType, Expr, ForeignKey,
    Generated, Identity, Index, IndexKey, Key, KeyTarget, Nulls, Routine, Schema, Sequence, Table, Trigger, TypeName,
    Unmodelled, View,
};
use terrane_core::sql::{Lexing, TokenKind, is_reserved, quote_identifier, tokenize, unquote};

/// How the generated texts are to be read.
pub const FLAVOR: Flavor = Flavor {
    lexing: Lexing::PORTABLE,
    folding: Folding::AsciiInsensitive,
    default_schema: None,
};

/// What may be in a generated schema, beside what every server has.
#[derive(Clone, Copy, Debug)]
pub struct Menu {
    /// Comments, on tables and columns.
    pub comments: bool,
    /// Enumerated types, sequences, routines, materialized views, `INCLUDE`, `NULLS FIRST`.
    pub server_objects: bool,
}

/// Two versions of a schema.
#[derive(Clone)]
pub struct Pair {
    /// The earlier one.
    pub before: Schema,
    /// The later one.
    pub after: Schema,
    /// The renames between them that were declared.
    pub renames: Renames,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (script(&self.before), script(&self.after));
        write!(f, "\n-- before\n{before}-- after\n{after}-- {:?}", self.renames)
    }
}

/// The schema as a script that makes it.
pub fn script(schema: &Schema) -> String {
    let options = Options {
        column_order: true,
        dangling_foreign_keys: true,
        open_names: false,
    };
    let delta = diff(&Schema::new(), schema, &Renames::default(), &options);
    let statements = delta.ops.iter().flat_map(print);
    statements.map(|statement| format!("{statement};\n")).collect()
}

/// One valid schema.
pub fn schemas(menu: Menu) -> impl Strategy<Value = Schema> {
    bytes_of_schema().prop_map(move |bytes| schema(menu, &bytes))
}

/// Two schemas that have nothing to do with one another, or of which one came from the other by a few changes.
pub fn pairs(menu: Menu) -> impl Strategy<Value = Pair> {
    let independent = (bytes_of_schema(), bytes_of_schema()).prop_map(move |(before, after)| Pair {
        before: schema(menu, &before),
        after: schema(menu, &after),
        renames: Renames::default(),
    });
    let changed = (bytes_of_schema(), vec(vec(any::<u8>(), 0..24), 0..6)).prop_map(move |(before, changes)| {
        let mut changing = Changing::new(menu, schema(menu, &before));
        for change in &changes {
            changing.change(&mut Dice::new(change));
        }
        changing.finish()
    });
    prop_oneof![3 => changed, 1 => independent]
}

/// Two schemas between which nothing but names of tables and columns changed, all of it declared.
pub fn renamings(menu: Menu) -> impl Strategy<Value = Pair> {
    (bytes_of_schema(), vec(vec(any::<u8>(), 4..6), 1..5)).prop_map(move |(before, changes)| {
        let mut changing = Changing::new(menu, schema(menu, &before));
        for change in &changes {
            changing.rename(&mut Dice::new(change));
        }
        changing.finish()
    })
}

type Bytes = (Vec<Vec<u8>>, Vec<Vec<u8>>, Vec<u8>);

fn bytes_of_schema() -> impl Strategy<Value = Bytes> {
    (
        vec(vec(any::<u8>(), 0..90), 0..=6),
        vec(vec(any::<u8>(), 0..10), 0..4),
        vec(any::<u8>(), 0..8),
    )
}

/// Decides by the next byte; by zero when there are no more.
struct Dice<'b>(std::slice::Iter<'b, u8>);

impl<'b> Dice<'b> {
    fn new(bytes: &'b [u8]) -> Dice<'b> {
        Dice(bytes.iter())
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % sides.max(1))
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == sides - 1
    }

    fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        let at = self.roll(items.len());
        items.get(at)
    }

    /// Some of the items, each at most once, in an order of their own.
    fn some<T: Clone>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = items.to_vec();
        let count = count.min(left.len());
        (0..count)
            .map(|_| {
                let at = self.roll(left.len());
                left.remove(at)
            })
            .collect()
    }
}

const STEMS: [&str; 22] = [
    "a",
    "b",
    "id",
    "name",
    "points",
    "Order",
    "select",
    "with space",
    "quo\"te",
    "ünï",
    "end",
    "9lives",
    "CamelCase",
    "key",
    "semi;colon",
    "dot.ted",
    "--",
    "it's",
    "[in] brackets",
    "`tick`",
    "and",
    "current_timestamp",
];

const TYPES: [&str; 11] = [
    "INTEGER",
    "TEXT",
    "varchar(20)",
    "numeric(10, 2)",
    "double precision",
    "BLOB",
    "boolean",
    "timestamp with time zone",
    "",
    "BigInt",
    "integer[]",
];

const DEFAULTS: [&str; 14] = [
    "0",
    "-1.5e3",
    "'it''s; a -- string'",
    "''",
    "NULL",
    "CURRENT_TIMESTAMP",
    "(1 + 2)",
    "now()",
    "(lower('A') || 'b')",
    "x'00ff'",
    "(1) + (2)",
    "'a'::character varying",
    "CASE WHEN 1 > 0 THEN 'a'::text ELSE 'b' END",
    "TRUE",
];

/// Names in use, in lower case.
type Taken = BTreeSet<String>;

fn fresh(taken: &mut Taken, dice: &mut Dice<'_>) -> Ident {
    let stem = STEMS[dice.roll(STEMS.len())];
    let mut name = stem.to_owned();
    let mut count = 1;
    while !taken.insert(name.to_lowercase()) {
        count += 1;
        name = format!("{stem}{count}");
    }
    FLAVOR.ident(&name)
}

/// Makes the parts of one schema, whose names must not meet.
struct Maker {
    menu: Menu,
    relations: Taken,
    constraints: Taken,
    indexes: Taken,
    triggers: Taken,
}

impl Maker {
    fn new(menu: Menu) -> Maker {
        Maker {
            menu,
            relations: Taken::new(),
            constraints: Taken::new(),
            indexes: Taken::new(),
            triggers: Taken::new(),
        }
    }
}

fn schema(menu: Menu, (tables, views, others): &Bytes) -> Schema {
    let mut maker = Maker::new(menu);
    let mut schema = Schema::new();
    let mut left = Vec::new();
    for bytes in tables {
        let mut dice = Dice::new(bytes);
        let table = maker.table(&mut dice);
        left.push((table.name.clone(), dice));
        schema.tables.insert(table.name.clone(), table);
    }
    for (name, dice) in &mut left {
        for _ in 0..dice.roll(3) {
            maker.reference(&mut schema, name, dice);
        }
    }
    for bytes in views {
        maker.view(&mut schema, &mut Dice::new(bytes));
    }
    for (name, dice) in &mut left {
        if dice.one_in(3) {
            maker.trigger(&mut schema, name, dice);
        }
    }
    if menu.server_objects {
        server_objects(&mut schema, &mut Dice::new(others));
    }
    schema
}

fn server_objects(schema: &mut Schema, dice: &mut Dice<'_>) {
    let values = ["new", "it's", "done;"];
    if dice.one_in(3) {
        let name = FLAVOR.object("Mood");
        let count = dice.roll(3) + 1;
        let values = dice.some(&values, count).into_iter().map(str::to_owned).collect();
        schema.enums.insert(name.clone(), EnumType { name, values });
    }
    if dice.one_in(3) {
        let name = FLAVOR.object("numbers of orders");
        let options = FLAVOR.expr(["", "START WITH 5", "INCREMENT BY 2"][dice.roll(3)]);
        schema.sequences.insert(name.clone(), Sequence { name, options });
    }
    if dice.one_in(3) {
        let name = FLAVOR.object("twice");
        let factor = dice.roll(2) + 2;
        let definition = format!("FUNCTION twice(x int) RETURNS int LANGUAGE sql AS $$ SELECT x * {factor}; $$");
        let definition = FLAVOR.expr(&definition);
        schema.routines.insert(name.clone(), Routine { name, definition });
    }
    if dice.one_in(3) {
        let name = FLAVOR.object("Search");
        let other = Unmodelled {
            definition: FLAVOR.expr("CREATE VIRTUAL TABLE \"Search\" USING fts5(title, body)"),
            kind: "virtual table".to_owned(),
            name: name.clone(),
        };
        schema.unmodelled.insert(name, other);
    }
}

fn sql(name: &Ident) -> String {
    quote_identifier(name.as_str()).into_owned()
}

fn names(table: &Table) -> Vec<Ident> {
    table.columns.iter().map(|column| column.name.clone()).collect()
}

impl Maker {
    fn table(&mut self, dice: &mut Dice<'_>) -> Table {
        let mut table = Table::new(ObjectName::bare(fresh(&mut self.relations, dice)));
        for _ in 0..=dice.roll(8) {
            let column = self.column(&table, dice);
            table.columns.push(column);
        }
        if let Some(key) = self.primary_key(&table, dice) {
            table.constraints.push(key);
        }
        for _ in 0..dice.roll(3) {
            let columns = 1 + dice.roll(2);
            let mut key = Key::new(dice.some(&names(&table), columns));
            if self.menu.server_objects && dice.one_in(6) {
                key.include = dice.some(&names(&table), 1);
            }
            let kind = ConstraintKind::Unique(key);
            table.constraints.push(self.constraint(kind, dice));
        }
        for _ in 0..dice.roll(3) {
            let kind = check(&table, dice);
            table.constraints.push(self.constraint(kind, dice));
        }
        for _ in 0..dice.roll(3) {
            let index = self.index(&table, dice);
            table.indexes.insert(index.name.clone(), index);
        }
        if dice.one_in(4) {
            table.attributes.set("strict", Some(""));
        }
        if table.primary_key().is_some() && dice.one_in(4) {
            table.attributes.set("without rowid", Some(""));
        }
        if self.menu.comments && dice.one_in(4) {
            table.comment = Some("what's this; -- a table".to_owned());
        }
        table
    }

    fn column(&mut self, table: &Table, dice: &mut Dice<'_>) -> Column {
        let mut taken: Taken = names(table).iter().map(|name| name.as_str().to_lowercase()).collect();
        let name = fresh(&mut taken, dice);
        let mut column = Column::new(name, TypeName::new(TYPES[dice.roll(TYPES.len())]));
        column.nullable = dice.roll(3) != 1;
        if column.ty == TypeName::new("text") && dice.one_in(3) {
            column.collation = Some(FLAVOR.ident("NOCASE"));
        }
        match dice.roll(8) {
            4 | 5 => column.default = Some(FLAVOR.expr(DEFAULTS[dice.roll(DEFAULTS.len())])),
            6 => column.generated = generated(table, dice),
            7 if table.columns.iter().all(|other| other.identity.is_none()) => column.identity = Some(identity(dice)),
            _ => {}
        }
        if self.menu.comments && dice.one_in(6) {
            column.comment = Some("it's".to_owned());
        }
        if !column.nullable && dice.one_in(6) {
            column.attributes.set("not null on conflict", Some("replace"));
        }
        column
    }

    fn primary_key(&mut self, table: &Table, dice: &mut Dice<'_>) -> Option<Constraint> {
        let count = [0, 1, 1, 2, 3][dice.roll(5)];
        if count == 0 {
            return None;
        }
        let mut key = Key::new(dice.some(&names(table), count));
        match dice.roll(6) {
            4 => key.columns[0].descending = true,
            5 => key.attributes.set("on conflict", Some("ignore")),
            _ => {}
        }
        // Said after the columns, the order of a single integer key means nothing; see `normalize_order`.
        let kind = ConstraintKind::PrimaryKey(key);
        Some(self.constraint(kind, dice))
    }

    fn constraint(&mut self, kind: ConstraintKind, dice: &mut Dice<'_>) -> Constraint {
        let name = (dice.roll(3) == 1).then(|| fresh(&mut self.constraints, dice));
        Constraint { name, kind }
    }

    fn index(&mut self, table: &Table, dice: &mut Dice<'_>) -> Index {
        let name = fresh(&mut self.indexes, dice);
        let columns = 1 + dice.roll(3);
        let mut keys: Vec<IndexKey> = dice
            .some(&names(table), columns)
            .into_iter()
            .map(IndexKey::column)
            .collect();
        match dice.roll(8) {
            3 => keys[0].descending = true,
            4 => keys[0].collation = Some(FLAVOR.ident("NOCASE")),
            5 => keys[0].target = KeyTarget::Expression(self.expression(table, dice)),
            6 => {
                keys[0].target = KeyTarget::Expression(self.expression(table, dice));
                keys[0].descending = true;
            }
            7 if self.menu.server_objects => {
                keys[0].nulls = Some([Nulls::First, Nulls::Last][dice.roll(2)]);
            }
            _ => {}
        }
        let predicate = dice.one_in(4).then(|| condition(table, dice));
        let mut index = Index {
            name,
            unique: dice.one_in(3),
            method: None,
            keys,
            include: Vec::new(),
            predicate,
            comment: None,
            attributes: Attributes::default(),
        };
        if self.menu.server_objects && dice.one_in(6) {
            index.method = Some("hash".to_owned());
        }
        if self.menu.server_objects && dice.one_in(6) {
            index.include = dice.some(&names(table), 1);
        }
        index
    }

    fn expression(&self, table: &Table, dice: &mut Dice<'_>) -> Expr {
        let name = sql(&dice.pick(&names(table)).cloned().expect("a table has a column"));
        FLAVOR.expr(&match dice.roll(3) {
            0 => format!("lower({name})"),
            1 => format!("({name} || 'x')"),
            _ => format!("coalesce( {name}, ',)' /* ) */ )"),
        })
    }

    /// A foreign key to a table that has a key, if it finds one.
    fn reference(&mut self, schema: &mut Schema, from: &ObjectName, dice: &mut Dice<'_>) {
        let tables: Vec<&Table> = schema.tables.values().collect();
        let Some(target) = dice.pick(&tables) else { return };
        let keys: Vec<&ConstraintKind> = target.constraints.iter().map(|constraint| &constraint.kind).collect();
        let keys: Vec<(bool, Vec<Ident>)> = keys
            .into_iter()
            .filter_map(|kind| match kind {
                ConstraintKind::PrimaryKey(key) => Some((true, key.names().cloned().collect())),
                ConstraintKind::Unique(key) => Some((false, key.names().cloned().collect())),
                _ => None,
            })
            .collect();
        let Some((primary, referenced)) = dice.pick(&keys).cloned() else {
            return;
        };
        let own = names(&schema.tables[from]);
        if own.len() < referenced.len() {
            return;
        }
        const ACTIONS: [Action; 5] = [
            Action::NoAction,
            Action::Restrict,
            Action::Cascade,
            Action::SetNull,
            Action::SetDefault,
        ];
        const DEFERRABLE: [Deferrability; 3] = [
            Deferrability::NotDeferrable,
            Deferrability::InitiallyImmediate,
            Deferrability::InitiallyDeferred,
        ];
        let key = ForeignKey {
            columns: dice.some(&own, referenced.len()),
            table: target.name.clone(),
            referenced: if primary && dice.one_in(2) {
                Vec::new()
            } else {
                referenced
            },
            on_delete: ACTIONS[dice.roll(5)],
            on_update: ACTIONS[dice.roll(5)],
            matching: dice.one_in(6).then(|| "full".to_owned()),
            deferrable: DEFERRABLE[dice.roll(3)],
            attributes: Attributes::default(),
        };
        let constraint = self.constraint(ConstraintKind::ForeignKey(key), dice);
        if let Some(table) = schema.tables.get_mut(from) {
            table.constraints.push(constraint);
        }
    }

    fn view(&mut self, schema: &mut Schema, dice: &mut Dice<'_>) {
        let tables: Vec<&Table> = schema.tables.values().collect();
        let Some(table) = dice.pick(&tables).copied() else {
            return;
        };
        let views: Vec<&ObjectName> = schema.views.keys().collect();
        let t = sql(&table.name.name);
        let c = sql(&dice.pick(&names(table)).cloned().expect("a table has a column"));
        let query = match dice.roll(7) {
            0 => format!("SELECT {c} FROM {t}"),
            1 => format!("SELECT {t}.{c} FROM {t} WHERE {t}.{c} IS NOT NULL"),
            2 => format!("SELECT x.{c} AS y, 'FROM a; b' FROM {t} AS x ORDER BY y"),
            3 => match dice.pick(&views) {
                Some(view) => format!("SELECT * FROM {}", sql(&view.name)),
                None => format!("SELECT * FROM {t} -- all of it\n  LIMIT 5"),
            },
            4 => match dice.pick(&views) {
                Some(view) => format!("SELECT {c} FROM {t} CROSS JOIN {}", sql(&view.name)),
                None => format!("SELECT count(*) FROM {t}, {t} AS other"),
            },
            5 => format!("SELECT {c} a FROM {t} UNION ALL SELECT 1"),
            _ => format!("WITH b AS (SELECT {c} FROM {t}) SELECT * FROM b"),
        };
        let name = ObjectName::bare(fresh(&mut self.relations, dice));
        let materialized = self.menu.server_objects && dice.one_in(5);
        let view = View {
            name: name.clone(),
            columns: if dice.one_in(5) {
                vec![FLAVOR.ident("Out")]
            } else {
                Vec::new()
            },
            query: FLAVOR.expr(&query),
            materialized,
            triggers: BTreeMap::new(),
            comment: None,
            attributes: Attributes::default(),
        };
        schema.views.insert(name.clone(), view);
        if !materialized && dice.one_in(4) {
            let trigger = Trigger {
                definition: FLAVOR.expr(&format!(
                    "INSTEAD OF DELETE ON {} BEGIN DELETE FROM {t} WHERE {c} = OLD.{c}; END",
                    sql(&name.name)
                )),
                name: fresh(&mut self.triggers, dice),
                relation: name,
            };
            if let Some(triggers) = schema.triggers_mut(&trigger.relation) {
                triggers.insert(trigger.name.clone(), trigger);
            }
        }
    }

    fn trigger(&mut self, schema: &mut Schema, on: &ObjectName, dice: &mut Dice<'_>) {
        let tables: Vec<&Table> = schema.tables.values().collect();
        let Some(other) = dice.pick(&tables).copied() else {
            return;
        };
        let column = |table: &Table, dice: &mut Dice<'_>| sql(&dice.pick(&names(table)).cloned().expect("a column"));
        let c = column(&schema.tables[on], dice);
        let d = column(other, dice);
        let (t, u) = (sql(&on.name), sql(&other.name.name));
        let definition = match dice.roll(3) {
            0 => format!("AFTER INSERT ON {t} BEGIN UPDATE {u} SET {d} = NEW.{c}; END"),
            1 => format!(
                "BEFORE UPDATE OF {c} ON {t} FOR EACH ROW WHEN NEW.{c} IS NOT OLD.{c}\n\
                 BEGIN INSERT INTO {u} ({d}) VALUES (CASE WHEN 1 THEN 'a;' END); SELECT 1; END"
            ),
            _ => format!("AFTER DELETE ON {t} BEGIN DELETE FROM {u} WHERE {d} = ';'; -- end;\n END"),
        };
        let trigger = Trigger {
            name: fresh(&mut self.triggers, dice),
            relation: on.clone(),
            definition: FLAVOR.expr(&definition),
        };
        if let Some(triggers) = schema.triggers_mut(on) {
            triggers.insert(trigger.name.clone(), trigger);
        }
    }
}

fn identity(dice: &mut Dice<'_>) -> Identity {
    Identity {
        always: dice.one_in(3),
        options: dice.one_in(3).then(|| FLAVOR.expr("START WITH 10")),
    }
}

/// An expression over a column that is there and is not computed itself.
fn generated(table: &Table, dice: &mut Dice<'_>) -> Option<Generated> {
    let plain: Vec<&Column> = table.columns.iter().filter(|c| c.generated.is_none()).collect();
    let name = sql(&dice.pick(&plain)?.name);
    let text = match dice.roll(3) {
        0 => format!("{name} + 1"),
        1 => format!("CASE WHEN {name} IS NULL THEN ')' ELSE 'b' END"),
        _ => format!("upper({name}) -- loud"),
    };
    Some(Generated {
        expression: FLAVOR.expr(&text),
        stored: dice.one_in(2),
    })
}

fn check(table: &Table, dice: &mut Dice<'_>) -> ConstraintKind {
    let mut attributes = Attributes::default();
    let expression = condition(table, dice);
    if dice.one_in(8) {
        attributes.set("on conflict", Some("fail"));
    }
    ConstraintKind::Check(Check { expression, attributes })
}

fn condition(table: &Table, dice: &mut Dice<'_>) -> Expr {
    let columns = names(table);
    let mut column = || sql(&dice.pick(&columns).cloned().expect("a table has a column"));
    let (c, d) = (column(), column());
    let t = sql(&table.name.name);
    FLAVOR.expr(&match dice.roll(7) {
        0 => format!("{c} > 0"),
        1 => format!("({c} IS NOT NULL OR {d} <> 'it''s; -- x')"),
        2 => format!("length({c}) < 20 -- short"),
        3 => format!("{t}.{c} >= {t}.{d}"),
        4 => format!("{c} /* why */ IN (1, 2) AND {d} NOT BETWEEN 3 AND 4"),
        5 => format!("({c} > 1) AND ({d} > 1)"),
        _ => format!("CASE WHEN {c} IS NULL THEN 0 ELSE 1 END = 1"),
    })
}

/// A schema on its way to its next version.
struct Changing {
    maker: Maker,
    before: Schema,
    after: Schema,
    /// What tables of `before` are called now, where a rename was declared.
    tables: Vec<(ObjectName, ObjectName)>,
    /// The table as it is called now, the column's first name, its name now.
    columns: Vec<(ObjectName, Ident, Ident)>,
}

impl Changing {
    fn new(menu: Menu, before: Schema) -> Changing {
        let mut maker = Maker::new(menu);
        let relations = before.tables.keys().chain(before.views.keys());
        maker.relations = relations.map(|name| name.name.as_str().to_lowercase()).collect();
        for table in before.tables.values() {
            let names = table.constraints.iter().filter_map(|c| c.name.as_ref());
            maker.constraints.extend(names.map(|name| name.as_str().to_lowercase()));
            let names = table.indexes.keys().map(|name| name.as_str().to_lowercase());
            maker.indexes.extend(names);
            let names = table.triggers.keys().map(|name| name.as_str().to_lowercase());
            maker.triggers.extend(names);
        }
        for view in before.views.values() {
            let names = view.triggers.keys().map(|name| name.as_str().to_lowercase());
            maker.triggers.extend(names);
        }
        Changing {
            maker,
            after: before.clone(),
            before,
            tables: Vec::new(),
            columns: Vec::new(),
        }
    }

    fn finish(self) -> Pair {
        let (before, after) = (&self.before, &self.after);
        let tables = self.tables.into_iter();
        let tables = tables.filter(|(from, to)| from != to && before.tables.contains_key(from));
        let columns = self.columns.into_iter().filter(|(_, from, to)| from != to);
        let there = |table: &ObjectName, column: &Ident| {
            let table = after.tables.get(table);
            table.is_some_and(|table| table.column(column).is_some())
        };
        Pair {
            renames: Renames {
                tables: tables.filter(|(_, to)| after.tables.contains_key(to)).collect(),
                columns: columns.filter(|(table, _, to)| there(table, to)).collect(),
            },
            before: self.before,
            after: self.after,
        }
    }

    fn some_table(&self, dice: &mut Dice<'_>) -> Option<ObjectName> {
        let names: Vec<&ObjectName> = self.after.tables.keys().collect();
        dice.pick(&names).map(|name| (*name).clone())
    }

    fn change(&mut self, dice: &mut Dice<'_>) {
        let kind = dice.roll(14);
        let Some(name) = self.some_table(dice) else { return };
        match kind {
            1 => self.drop_table(&name),
            2 => {
                let table = self.maker.table(dice);
                self.after.tables.insert(table.name.clone(), table.clone());
                self.maker.reference(&mut self.after, &table.name, dice);
            }
            3 => self.drop_column(&name, dice),
            4 | 5 => self.rename(dice),
            6 => self.change_constraints(&name, dice),
            7 => self.change_indexes(&name, dice),
            8 => self.change_views(dice),
            9 => self.maker.trigger(&mut self.after, &name, dice),
            10 => self.rename_in_secret(&name, dice),
            11 => self.maker.reference(&mut self.after, &name, dice),
            12 => {
                let triggers = self.after.triggers_mut(&name);
                triggers.and_then(BTreeMap::pop_first);
            }
            _ => self.change_columns(&name, dice),
        }
    }

    fn drop_table(&mut self, name: &ObjectName) {
        self.after.tables.remove(name);
        self.tables.retain(|(_, to)| to != name);
        self.columns.retain(|(table, _, _)| table != name);
        for table in self.after.tables.values_mut() {
            table
                .constraints
                .retain(|c| !matches!(&c.kind, ConstraintKind::ForeignKey(key) if key.table == *name));
        }
        self.forget(&name.name);
    }

    /// Drops the views and triggers that mention a name, and the views that mention those.
    fn forget(&mut self, name: &Ident) {
        let mut gone = vec![name.clone()];
        while let Some(name) = gone.pop() {
            for table in self.after.tables.values_mut() {
                table
                    .triggers
                    .retain(|_, trigger| !mentions(&trigger.definition, &name));
            }
            self.after.views.retain(|other, view| {
                view.triggers.retain(|_, trigger| !mentions(&trigger.definition, &name));
                let stays = !mentions(&view.query, &name);
                if !stays {
                    gone.push(other.name.clone());
                }
                stays
            });
        }
    }

    fn drop_column(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(table) = self.after.tables.get_mut(name) else {
            return;
        };
        let column = dice.pick(&names(table)).cloned();
        let Some(column) = column.filter(|_| table.columns.len() > 1) else {
            return;
        };
        table.columns.retain(|other| other.name != column);
        for other in &mut table.columns {
            if other
                .generated
                .as_ref()
                .is_some_and(|g| mentions(&g.expression, &column))
            {
                other.generated = None;
            }
        }
        let uses = |kind: &ConstraintKind| match kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                key.names().chain(&key.include).any(|name| *name == column)
            }
            ConstraintKind::ForeignKey(key) => {
                key.columns.contains(&column) || (key.table == *name && key.referenced.contains(&column))
            }
            ConstraintKind::Check(check) => mentions(&check.expression, &column),
            ConstraintKind::Exclusion(_) => false,
        };
        table.constraints.retain(|constraint| !uses(&constraint.kind));
        if table.primary_key().is_none() {
            table.attributes.set("without rowid", None);
        }
        table.indexes.retain(|_, index| {
            let used = |key: &IndexKey| match &key.target {
                KeyTarget::Column(name) => *name == column,
                KeyTarget::Expression(expr) => mentions(expr, &column),
            };
            let filtered = index.predicate.as_ref().is_some_and(|expr| mentions(expr, &column));
            !index.keys.iter().any(used) && !index.include.contains(&column) && !filtered
        });
        self.forget(&column);
        self.prune();
    }

    /// Drops the foreign keys whose target has no such key any more.
    fn prune(&mut self) {
        let keys: BTreeSet<(ObjectName, Vec<Ident>)> = self
            .after
            .tables
            .values()
            .flat_map(|table| {
                let kinds = table.constraints.iter().map(|constraint| &constraint.kind);
                kinds.flat_map(|kind| match kind {
                    ConstraintKind::PrimaryKey(key) => {
                        vec![
                            (table.name.clone(), Vec::new()),
                            (table.name.clone(), key.names().cloned().collect()),
                        ]
                    }
                    ConstraintKind::Unique(key) => vec![(table.name.clone(), key.names().cloned().collect())],
                    _ => Vec::new(),
                })
            })
            .collect();
        for table in self.after.tables.values_mut() {
            table.constraints.retain(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => keys.contains(&(key.table.clone(), key.referenced.clone())),
                _ => true,
            });
        }
    }

    /// Renames a table or a column, swaps two tables or two columns, or changes the case of a name; declared.
    fn rename(&mut self, dice: &mut Dice<'_>) {
        let kind = dice.roll(6);
        let Some(name) = self.some_table(dice) else { return };
        match kind {
            0 => {
                let to = ObjectName::bare(fresh(&mut self.maker.relations, dice));
                self.rename_table(&name, &to);
            }
            1 => {
                let Some(other) = self.some_table(dice).filter(|other| *other != name) else {
                    return;
                };
                let aside = FLAVOR.object("aside");
                self.rename_table(&name, &aside);
                self.rename_table(&other, &name);
                self.rename_table(&aside, &other);
            }
            2 => {
                let text = name.name.as_str();
                let upper = FLAVOR.object(&text.to_ascii_uppercase());
                self.rename_table(&name, &upper);
            }
            kind => {
                let table = &self.after.tables[&name];
                let columns = names(table);
                let Some(from) = dice.pick(&columns).cloned() else {
                    return;
                };
                let mut taken: Taken = columns.iter().map(|name| name.as_str().to_lowercase()).collect();
                match kind {
                    3 => {
                        let to = fresh(&mut taken, dice);
                        self.rename_column(&name, &from, &to);
                    }
                    4 => {
                        let to = FLAVOR.ident(&from.as_str().to_ascii_uppercase());
                        self.rename_column(&name, &from, &to);
                    }
                    _ => {
                        let Some(other) = dice.pick(&columns).filter(|other| **other != from) else {
                            return;
                        };
                        let aside = FLAVOR.ident("aside");
                        self.rename_column(&name, &from, &aside);
                        self.rename_column(&name, other, &from);
                        self.rename_column(&name, &aside, other);
                    }
                }
            }
        }
    }

    fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) {
        let op = Op::RenameTable {
            from: from.clone(),
            to: to.clone(),
        };
        op.apply(&mut self.after).expect("the new name is free");
        match self.tables.iter_mut().find(|(_, now)| now == from) {
            Some((_, now)) => *now = to.clone(),
            None => self.tables.push((from.clone(), to.clone())),
        }
        for (table, _, _) in self.columns.iter_mut().filter(|(table, _, _)| table == from) {
            *table = to.clone();
        }
    }

    fn rename_column(&mut self, table: &ObjectName, from: &Ident, to: &Ident) {
        let op = Op::RenameColumn {
            table: table.clone(),
            from: from.clone(),
            to: to.clone(),
        };
        op.apply(&mut self.after).expect("the new name is free");
        let known = self
            .columns
            .iter_mut()
            .find(|(other, _, now)| other == table && now == from);
        match known {
            Some((_, _, now)) => *now = to.clone(),
            None => self.columns.push((table.clone(), from.clone(), to.clone())),
        }
    }

    /// A rename that nobody declares.
    fn rename_in_secret(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let (tables, columns) = (self.tables.clone(), self.columns.clone());
        let to = ObjectName::bare(fresh(&mut self.maker.relations, dice));
        self.rename_table(name, &to);
        self.tables = tables;
        self.tables.retain(|(_, now)| now != name);
        self.columns = columns;
        self.columns.retain(|(now, _, _)| now != name);
    }

    fn change_constraints(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(mut table) = self.after.tables.remove(name) else {
            return;
        };
        match dice.roll(4) {
            0 => {
                let kind = check(&table, dice);
                table.constraints.push(self.maker.constraint(kind, dice));
            }
            1 if !table.constraints.is_empty() => {
                table.constraints.remove(dice.roll(table.constraints.len()));
                if table.primary_key().is_none() {
                    table.attributes.set("without rowid", None);
                }
            }
            2 if !table.constraints.is_empty() => {
                let at = dice.roll(table.constraints.len());
                table.constraints[at].name = Some(fresh(&mut self.maker.constraints, dice));
            }
            _ if table.constraints.len() > 1 => {
                let first = table.constraints[0].name.take();
                table.constraints[0].name = table.constraints[1].name.take();
                table.constraints[1].name = first;
            }
            _ => {}
        }
        self.after.tables.insert(name.clone(), table);
        self.prune();
    }

    fn change_indexes(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(table) = self.after.tables.get_mut(name) else {
            return;
        };
        match (dice.roll(3), table.indexes.pop_first()) {
            (1, Some((_, mut index))) => {
                index.name = fresh(&mut self.maker.indexes, dice);
                table.indexes.insert(index.name.clone(), index);
            }
            (2, Some((name, mut index))) => {
                index.unique = !index.unique;
                table.indexes.insert(name, index);
            }
            (0, Some((name, _))) => {
                self.maker.indexes.remove(&name.as_str().to_lowercase());
            }
            _ => {
                let index = self.maker.index(table, dice);
                table.indexes.insert(index.name.clone(), index);
            }
        }
    }

    fn change_views(&mut self, dice: &mut Dice<'_>) {
        match dice.roll(2) {
            0 => self.maker.view(&mut self.after, dice),
            _ => {
                if let Some((name, _)) = self.after.views.pop_first() {
                    self.forget(&name.name);
                }
            }
        }
    }

    fn change_columns(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(mut table) = self.after.tables.remove(name) else {
            return;
        };
        let at = dice.roll(table.columns.len());
        match dice.roll(10) {
            0 => {
                let column = self.maker.column(&table, dice);
                table.columns.insert(at, column);
            }
            1 => table.columns[at].ty = TypeName::new(TYPES[dice.roll(TYPES.len())]),
            2 => {
                table.columns[at].nullable ^= true;
                table.columns[at].attributes.set("not null on conflict", None);
            }
            3 => table.columns[at].default = Some(FLAVOR.expr(DEFAULTS[dice.roll(DEFAULTS.len())])),
            4 => table.columns[at].default = None,
            5 => table.columns.rotate_left(at),
            6 => {
                let identity = table.columns[at].identity.take();
                if identity.is_none() && table.columns.iter().all(|column| column.identity.is_none()) {
                    table.columns[at].identity = Some(self::identity(dice));
                }
            }
            7 if self.maker.menu.comments => {
                table.comment = dice.one_in(2).then(|| "another".to_owned());
                table.columns[at].comment = dice.one_in(2).then(|| "another's".to_owned());
            }
            8 => {
                let strict = table.attributes.has("strict");
                table.attributes.set("strict", (!strict).then_some(""));
            }
            _ if at > 0 => {
                let rest = table.columns.split_off(at);
                let generated = generated(&table, dice);
                table.columns.extend(rest);
                table.columns[at].generated = generated;
            }
            _ => table.columns[at].generated = None,
        }
        self.after.tables.insert(name.clone(), table);
    }
}

/// Whether a name stands in a fragment, anywhere. Generated texts have no reserved word for a name without quotes.
pub fn mentions(fragment: &Expr, name: &Ident) -> bool {
    let text = fragment.as_str();
    let tokens = tokenize(text, &FLAVOR.lexing).unwrap_or_default();
    tokens.iter().any(|token| {
        let is_keyword = token.kind == TokenKind::Word && is_reserved(&token.text(text).to_ascii_lowercase());
        matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
            && !is_keyword
            && *name == name.sibling(unquote(token.text(text)).into_owned())
    })
}
