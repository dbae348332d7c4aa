//! The parts of a schema, each made as dice fall.

use super::{Bytes, Dice, FLAVOR, Menu};
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{
    Action, Attributes, Check, Column, Constraint, ConstraintKind, Deferrability, EnumType, Expr, ForeignKey,
    Generated, Identity, Index, IndexKey, Key, KeyTarget, Nulls, Routine, Schema, Sequence, Table, Trigger, TypeName,
    Unmodelled, View,
};
use terrane_core::sql::quote_identifier;

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

pub(super) const TYPES: [&str; 11] = [
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

pub(super) const DEFAULTS: [&str; 14] = [
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
pub(super) type Taken = BTreeSet<String>;

pub(super) fn fresh(taken: &mut Taken, dice: &mut Dice<'_>) -> Ident {
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
pub(super) struct Maker {
    pub(super) menu: Menu,
    pub(super) relations: Taken,
    pub(super) constraints: Taken,
    pub(super) indexes: Taken,
    pub(super) triggers: Taken,
}

impl Maker {
    pub(super) fn new(menu: Menu) -> Maker {
        Maker {
            menu,
            relations: Taken::new(),
            constraints: Taken::new(),
            indexes: Taken::new(),
            triggers: Taken::new(),
        }
    }
}

pub(super) fn schema(menu: Menu, (tables, views, others): &Bytes) -> Schema {
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

pub(super) fn names(table: &Table) -> Vec<Ident> {
    table.columns.iter().map(|column| column.name.clone()).collect()
}

impl Maker {
    pub(super) fn table(&mut self, dice: &mut Dice<'_>) -> Table {
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

    pub(super) fn column(&mut self, table: &Table, dice: &mut Dice<'_>) -> Column {
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

    pub(super) fn constraint(&mut self, kind: ConstraintKind, dice: &mut Dice<'_>) -> Constraint {
        let name = (dice.roll(3) == 1).then(|| fresh(&mut self.constraints, dice));
        Constraint { name, kind }
    }

    pub(super) fn index(&mut self, table: &Table, dice: &mut Dice<'_>) -> Index {
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
    pub(super) fn reference(&mut self, schema: &mut Schema, from: &ObjectName, dice: &mut Dice<'_>) {
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

    pub(super) fn view(&mut self, schema: &mut Schema, dice: &mut Dice<'_>) {
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

    pub(super) fn trigger(&mut self, schema: &mut Schema, on: &ObjectName, dice: &mut Dice<'_>) {
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

pub(super) fn identity(dice: &mut Dice<'_>) -> Identity {
    Identity {
        always: dice.one_in(3),
        options: dice.one_in(3).then(|| FLAVOR.expr("START WITH 10")),
    }
}

/// An expression over a column that is there and is not computed itself.
pub(super) fn generated(table: &Table, dice: &mut Dice<'_>) -> Option<Generated> {
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

pub(super) fn check(table: &Table, dice: &mut Dice<'_>) -> ConstraintKind {
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
