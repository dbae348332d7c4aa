//! Dependencies that no server told of, read from texts: the one reader of names.
//!
//! A name in a text is looked for among what the schema has, by the place where it stands; what it means, a server alone
//! knows. So these edges are marked as guesses, and give way where they contradict one another.

use super::{ColumnChange, Op, apply::other_type};
use crate::name::{Ident, ObjectName};
use crate::schema::{
    Column, Constraint, ConstraintKind, Edges, Expr, ForeignKey, Index, IndexKey, KeyTarget, ObjectIdentity, Routine,
    Schema, Source, Table, Trigger, Unmodelled,
};
use crate::sql::{Lexing, Token, TokenKind, relations, tokenize, unquote};
use std::collections::{BTreeMap, BTreeSet};

/// All dependencies of a schema: those that a server told, and for the rest those that its texts speak of.
///
/// The bodies of routines are read in any case, since a server keeps no edges for what it does not read.
pub fn edges(schema: &Schema) -> Edges {
    let mut edges = schema.edges.clone();
    let mut reader = Reader::new(schema);
    let untold = |identity: &ObjectIdentity| !schema.edges.is_told(identity);
    for table in schema.tables.values() {
        reader.table(table, &untold);
    }
    for view in schema.views.values() {
        let identity = ObjectIdentity::View(view.name.clone());
        if untold(&identity) {
            reader.namespace(&identity);
            reader.query(&identity, view.query.as_str());
        }
        for trigger in view.triggers.values() {
            reader.trigger(trigger, &untold);
        }
    }
    let types = schema.enums.keys().cloned().map(ObjectIdentity::Enum);
    let sequences = schema.sequences.keys().cloned().map(ObjectIdentity::Sequence);
    for identity in types.chain(sequences).filter(&untold) {
        reader.namespace(&identity);
    }
    for routine in schema.routines.values() {
        let identity = ObjectIdentity::Routine(routine.name.clone());
        let source = if untold(&identity) {
            reader.namespace(&identity);
            Source::Text
        } else {
            Source::Body
        };
        reader.routine(&identity, routine.definition.as_str(), source);
    }
    for other in schema.unmodelled.values() {
        let identity = ObjectIdentity::Other(other.name.clone());
        if untold(&identity) {
            reader.namespace(&identity);
            reader.statement(&identity, other.definition.as_str(), Source::Text);
            if Unmodelled::is_annotation(&other.kind) {
                reader.part_spoken_of(&identity, other.definition.as_str());
            }
        }
    }
    for (from, to, source) in reader.found {
        edges.add(from, to, source);
    }
    edges
}

/// What an op makes something else of, so that its edges have to be read again; before it is applied.
pub(super) fn changed(op: &Op, schema: &Schema) -> Option<ObjectIdentity> {
    Some(match op {
        Op::CreateTable(table) => ObjectIdentity::Table(table.name.clone()),
        Op::DropTable(name) => ObjectIdentity::Table(name.clone()),
        Op::SetTableAttribute { table, .. } => ObjectIdentity::Table(table.clone()),
        Op::AddColumn { table, column } => ObjectIdentity::Column(table.clone(), column.name.clone()),
        Op::DropColumn { table, column } => ObjectIdentity::Column(table.clone(), column.clone()),
        Op::AlterColumn { table, column, change } => match change {
            ColumnChange::Type { .. } => ObjectIdentity::Column(table.clone(), column.clone()),
            ColumnChange::Default(_) | ColumnChange::Generated(_) => {
                ObjectIdentity::Default(table.clone(), column.clone())
            }
            _ => return None,
        },
        Op::AddConstraint { table, constraint } => ObjectIdentity::Constraint(table.clone(), constraint.name.clone()?),
        Op::DropConstraint { table, constraint } => {
            let all = &schema.tables.get(table)?.constraints;
            let gone = all.iter().find(|other| constraint.matches(other))?;
            ObjectIdentity::Constraint(table.clone(), gone.name.clone()?)
        }
        Op::UseIndex { table, index, .. } => ObjectIdentity::Constraint(table.clone(), index.clone()),
        Op::CreateIndex { table, index, .. } => ObjectIdentity::Index(table.clone(), index.name.clone()),
        Op::DropIndex { name, table } => {
            let table = schema.table_of_index(name, table.as_ref())?;
            ObjectIdentity::Index(table.name.clone(), name.clone())
        }
        Op::CreateView(view) => ObjectIdentity::View(view.name.clone()),
        Op::DropView(name) => ObjectIdentity::View(name.clone()),
        Op::CreateTrigger(trigger) => ObjectIdentity::Trigger(trigger.relation.clone(), trigger.name.clone()),
        Op::DropTrigger { name, relation } => {
            let relation = schema.relation_of_trigger(name, relation.as_ref())?;
            ObjectIdentity::Trigger(relation.clone(), name.clone())
        }
        Op::CreateSequence(sequence) => ObjectIdentity::Sequence(sequence.name.clone()),
        Op::DropSequence(name) => ObjectIdentity::Sequence(name.clone()),
        Op::CreateEnum(enum_type) => ObjectIdentity::Enum(enum_type.name.clone()),
        Op::DropEnum(name) => match other_type(schema, name) {
            Some(other) => ObjectIdentity::Other(other),
            None => ObjectIdentity::Enum(name.clone()),
        },
        Op::CreateRoutine(routine) => ObjectIdentity::Routine(routine.name.clone()),
        Op::ReplaceRoutine(Routine { name, .. }) | Op::DropRoutine(name) => {
            let known = schema.routine(name).map(|known| &known.name);
            ObjectIdentity::Routine(known.unwrap_or(name).clone())
        }
        Op::CreateUnmodelled(other) | Op::DropUnmodelled(other) => ObjectIdentity::Other(other.name.clone()),
        _ => return None,
    })
}

/// Makes a schema's edges what they are after an op that changed this, or gave it another name.
pub(super) fn follow(op: &Op, changed: Option<ObjectIdentity>, edges: &mut Edges) {
    match op {
        Op::RenameTable { from, to } => edges.rename_table(from, to),
        Op::RenameColumn { table, from, to } => edges.rename(|identity| match identity {
            ObjectIdentity::Column(of, name) if of == table && name == from => {
                Some(ObjectIdentity::Column(of.clone(), to.clone()))
            }
            ObjectIdentity::Default(of, name) if of == table && name == from => {
                Some(ObjectIdentity::Default(of.clone(), to.clone()))
            }
            _ => None,
        }),
        Op::RenameConstraint { table, from, to } => edges.rename(|identity| match identity {
            ObjectIdentity::Constraint(of, name) if of == table && name == from => {
                Some(ObjectIdentity::Constraint(of.clone(), to.clone()))
            }
            _ => None,
        }),
        Op::RenameIndex { table, from, to } => edges.rename(|identity| match identity {
            ObjectIdentity::Index(of, name) if name == from && table.as_ref().is_none_or(|table| table == of) => {
                Some(ObjectIdentity::Index(of.clone(), to.clone()))
            }
            _ => None,
        }),
        _ => {}
    }
    let Some(changed) = changed else { return };
    match op {
        Op::CreateTable(_) | Op::DropTable(_) | Op::CreateView(_) | Op::DropView(_) => edges.forget_object(&changed),
        _ => edges.forget(&changed),
    }
    if let ObjectIdentity::Column(of, name) = &changed
        && !matches!(op, Op::AlterColumn { .. })
    {
        edges.forget(&ObjectIdentity::Default(of.clone(), name.clone()));
    }
}

/// The objects that a constraint without a name depends on, which so has no identity of its own.
pub(crate) fn of_constraint(schema: &Schema, table: &Table, constraint: &Constraint) -> Vec<(ObjectIdentity, Source)> {
    let mut reader = Reader::new(schema);
    let whole = ObjectIdentity::Table(table.name.clone());
    reader.constraint(&whole, table, constraint);
    reader.found.into_iter().map(|(_, to, source)| (to, source)).collect()
}

/// What a name may stand for at its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Relation,
    Type,
    Routine,
    /// Whatever else has a name: it may stand anywhere.
    Other,
    /// What only annotations speak of.
    Leaf,
}

/// Kinds that no object depends on: of their names, another text means something else.
const LEAVES: [&str; 10] = [
    "cast",
    "event trigger",
    "index",
    "policy",
    "publication",
    "rule",
    "statistics",
    "subscription",
    "transform",
    "user mapping",
];

struct Reader<'s> {
    schema: &'s Schema,
    /// By the name alone.
    names: BTreeMap<String, Vec<(Kind, ObjectIdentity)>>,
    namespaces: BTreeMap<String, ObjectIdentity>,
    found: Vec<(ObjectIdentity, ObjectIdentity, Source)>,
}

/// A name in a text with what stands before it and a dot.
struct Chain {
    parts: Vec<String>,
    /// Whether a parenthesis opens behind it.
    is_called: bool,
    /// Whether a type is said here: behind `::` or `AS`.
    is_type: bool,
}

impl<'s> Reader<'s> {
    fn new(schema: &'s Schema) -> Reader<'s> {
        let mut reader = Reader {
            schema,
            names: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            found: Vec::new(),
        };
        for name in schema.tables.keys() {
            reader.know(name.name.key(), Kind::Relation, ObjectIdentity::Table(name.clone()));
        }
        for name in schema.views.keys() {
            reader.know(name.name.key(), Kind::Relation, ObjectIdentity::View(name.clone()));
        }
        for name in schema.sequences.keys() {
            reader.know(name.name.key(), Kind::Relation, ObjectIdentity::Sequence(name.clone()));
        }
        for name in schema.enums.keys() {
            reader.know(name.name.key(), Kind::Type, ObjectIdentity::Enum(name.clone()));
        }
        for name in schema.routines.keys() {
            let bare = name.without_arguments();
            let bare = bare.as_ref().unwrap_or(name);
            reader.know(bare.name.key(), Kind::Routine, ObjectIdentity::Routine(name.clone()));
        }
        for other in schema.unmodelled.values() {
            reader.know_other(other);
        }
        reader
    }

    fn know(&mut self, name: &str, kind: Kind, identity: ObjectIdentity) {
        self.names.entry(name.to_owned()).or_default().push((kind, identity));
    }

    fn know_other(&mut self, other: &Unmodelled) {
        let identity = ObjectIdentity::Other(other.name.clone());
        let written = other.name.name.key();
        // SQL: in quotes where it needs them, with the types of arguments behind it, or what it is on.
        let bare = match written.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some((bare, _)) => bare,
            None => written.split(['(', ' ']).next().unwrap_or_default(),
        };
        match other.kind.as_str() {
            "schema" => {
                self.namespaces.insert(bare.to_owned(), identity);
            }
            // Nothing depends on what is said about other objects.
            kind if Unmodelled::is_annotation(kind) || bare.is_empty() => {}
            "foreign table" | "sequence" => self.know(bare, Kind::Relation, identity),
            "domain" | "type" => self.know(bare, Kind::Type, identity),
            "aggregate" => self.know(bare, Kind::Routine, identity),
            kind if LEAVES.contains(&kind) => self.know(bare, Kind::Leaf, identity),
            _ => self.know(bare, Kind::Other, identity),
        }
    }

    fn add(&mut self, from: &ObjectIdentity, to: ObjectIdentity, source: Source) {
        self.found.push((from.clone(), to, source));
    }

    /// It is in a namespace.
    fn namespace(&mut self, of: &ObjectIdentity) {
        let schema = of.object().schema.as_ref();
        if let Some(namespace) = schema.and_then(|schema| self.namespaces.get(schema.key())) {
            self.add(of, namespace.clone(), Source::Text);
        }
    }

    fn table(&mut self, table: &Table, untold: &impl Fn(&ObjectIdentity) -> bool) {
        let name = || table.name.clone();
        let whole = ObjectIdentity::Table(name());
        if untold(&whole) {
            self.namespace(&whole);
            for (_, value) in table.attributes.iter() {
                self.statement(&whole, value, Source::Text);
            }
        }
        for column in &table.columns {
            self.column(table, column, untold);
        }
        for constraint in &table.constraints {
            let identity = constraint.name.as_ref().map_or_else(
                || whole.clone(),
                |constraint| ObjectIdentity::Constraint(name(), constraint.clone()),
            );
            if untold(&identity) {
                self.constraint(&identity, table, constraint);
            }
        }
        for index in table.indexes.values() {
            let identity = ObjectIdentity::Index(name(), index.name.clone());
            if untold(&identity) {
                self.index(&identity, table, index);
            }
        }
        for trigger in table.triggers.values() {
            self.trigger(trigger, untold);
        }
    }

    fn column(&mut self, table: &Table, column: &Column, untold: &impl Fn(&ObjectIdentity) -> bool) {
        let identity = ObjectIdentity::Column(table.name.clone(), column.name.clone());
        if untold(&identity) {
            for chain in chains(column.ty.as_str()).0 {
                self.resolve(
                    &identity,
                    &chain,
                    &[Kind::Type, Kind::Relation, Kind::Other],
                    Source::Text,
                );
            }
            self.others_called(&identity, column.collation.as_ref());
        }
        let value = column.default.as_ref();
        let value = value.or_else(|| column.generated.as_ref().map(|generated| &generated.expression));
        let identity = ObjectIdentity::Default(table.name.clone(), column.name.clone());
        if let Some(value) = value.filter(|_| untold(&identity)) {
            self.expression(&identity, table, value);
        }
    }

    fn others_called(&mut self, from: &ObjectIdentity, name: Option<&Ident>) {
        let known = name.and_then(|name| self.names.get(name.key())).cloned();
        for (kind, identity) in known.unwrap_or_default() {
            if kind == Kind::Other {
                self.add(from, identity, Source::Text);
            }
        }
    }

    fn columns_of<'n>(
        &mut self,
        from: &ObjectIdentity,
        table: &ObjectName,
        names: impl IntoIterator<Item = &'n Ident>,
    ) {
        for name in names {
            self.add(from, ObjectIdentity::Column(table.clone(), name.clone()), Source::Text);
        }
    }

    fn constraint(&mut self, identity: &ObjectIdentity, table: &Table, constraint: &Constraint) {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                self.columns_of(identity, &table.name, key.names().chain(&key.include));
                self.keys(identity, table, &key.columns);
            }
            ConstraintKind::ForeignKey(key) => self.foreign_key(identity, table, key),
            ConstraintKind::Check(check) => self.expression(identity, table, &check.expression),
            ConstraintKind::Exclusion(exclusion) => self.expression(identity, table, &exclusion.definition),
        }
    }

    fn foreign_key(&mut self, identity: &ObjectIdentity, table: &Table, key: &ForeignKey) {
        self.columns_of(identity, &table.name, &key.columns);
        self.add(identity, ObjectIdentity::Table(key.table.clone()), Source::Text);
        self.columns_of(identity, &key.table, &key.referenced);
        let Some(target) = self.schema.tables.get(&key.table) else {
            return;
        };
        let is_meant = |columns: BTreeSet<&Ident>| columns == key.referenced.iter().collect();
        let is_primary = |kind: &ConstraintKind| matches!(kind, ConstraintKind::PrimaryKey(_));
        for constraint in &target.constraints {
            let (ConstraintKind::PrimaryKey(of) | ConstraintKind::Unique(of)) = &constraint.kind else {
                continue;
            };
            let referred = key.referenced.is_empty() && is_primary(&constraint.kind) || is_meant(of.names().collect());
            let to = match &constraint.name {
                _ if !referred => continue,
                Some(name) => ObjectIdentity::Constraint(target.name.clone(), name.clone()),
                None => ObjectIdentity::Table(target.name.clone()),
            };
            self.add(identity, to, Source::Text);
        }
        for index in target.indexes.values().filter(|index| index.unique) {
            if is_meant(index.keys.iter().filter_map(IndexKey::name).collect()) {
                self.add(
                    identity,
                    ObjectIdentity::Index(target.name.clone(), index.name.clone()),
                    Source::Text,
                );
            }
        }
    }

    fn index(&mut self, identity: &ObjectIdentity, table: &Table, index: &Index) {
        self.columns_of(
            identity,
            &table.name,
            index.keys.iter().filter_map(IndexKey::name).chain(&index.include),
        );
        self.keys(identity, table, &index.keys);
        if let Some(predicate) = &index.predicate {
            self.expression(identity, table, predicate);
        }
    }

    fn keys(&mut self, identity: &ObjectIdentity, table: &Table, keys: &[IndexKey]) {
        for key in keys {
            if let KeyTarget::Expression(expression) = &key.target {
                self.expression(identity, table, expression);
            }
            self.others_called(identity, key.collation.as_ref());
            for chain in chains(key.operator_class.as_deref().unwrap_or_default()).0 {
                self.resolve(identity, &chain, &[Kind::Other], Source::Text);
            }
        }
    }

    fn trigger(&mut self, trigger: &Trigger, untold: &impl Fn(&ObjectIdentity) -> bool) {
        let identity = ObjectIdentity::Trigger(trigger.relation.clone(), trigger.name.clone());
        if !untold(&identity) {
            return;
        }
        let relation = match self.schema.views.contains_key(&trigger.relation) {
            true => ObjectIdentity::View(trigger.relation.clone()),
            false => ObjectIdentity::Table(trigger.relation.clone()),
        };
        self.add(&identity, relation, Source::Text);
        self.statement(&identity, trigger.definition.as_str(), Source::Text);
    }

    /// An expression over a table's own columns: it reads no other table.
    fn expression(&mut self, identity: &ObjectIdentity, table: &Table, expression: &Expr) {
        let (chains, strings) = chains(expression.as_str());
        for chain in &chains {
            let last = chain.parts.last().map_or("", String::as_str);
            let column = table.columns.iter().find(|column| column.name.key() == last);
            match column.filter(|_| !chain.is_called && !chain.is_type) {
                Some(column) => self.columns_of(identity, &table.name, [&column.name]),
                None => self.resolve(identity, chain, &[Kind::Type, Kind::Routine, Kind::Other], Source::Text),
            }
        }
        self.named_in(identity, strings, Source::Text);
    }

    /// A query: its relations stand where a relation stands.
    fn query(&mut self, identity: &ObjectIdentity, text: &str) {
        let read = relations(text);
        self.read(identity, text, Source::Text, |name| read.contains(&name.to_lowercase()));
    }

    /// Any other text, in which a name may stand anywhere.
    fn statement(&mut self, identity: &ObjectIdentity, text: &str, source: Source) {
        self.read(identity, text, source, |_| true);
    }

    fn read(&mut self, identity: &ObjectIdentity, text: &str, source: Source, is_relation: impl Fn(&str) -> bool) {
        let (chains, strings) = chains(text);
        let from = self.found.len();
        for chain in &chains {
            let is_relation = chain.is_type || chain.parts.iter().any(|part| is_relation(part));
            let kinds: &[Kind] = if is_relation {
                &[Kind::Relation, Kind::Type, Kind::Routine, Kind::Other]
            } else {
                &[Kind::Type, Kind::Routine, Kind::Other]
            };
            self.resolve(identity, chain, kinds, source);
        }
        self.named_in(identity, strings, source);
        let words: BTreeSet<&String> = chains.iter().flat_map(|chain| &chain.parts).collect();
        let tables: BTreeSet<ObjectName> = self.found[from..]
            .iter()
            .filter_map(|(_, to, _)| match to {
                ObjectIdentity::Table(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        for name in tables {
            let Some(table) = self.schema.tables.get(&name) else {
                continue;
            };
            for column in &table.columns {
                if words.contains(&column.name.key().to_owned()) {
                    self.add(
                        identity,
                        ObjectIdentity::Column(name.clone(), column.name.clone()),
                        source,
                    );
                }
            }
        }
    }

    /// What is said of a leaf names it; of a trigger or a constraint, with its relation: `TRIGGER a ON b`.
    fn part_spoken_of(&mut self, identity: &ObjectIdentity, text: &str) {
        let (chains, _) = chains(text);
        for chain in &chains {
            self.resolve(identity, chain, &[Kind::Leaf], Source::Text);
        }
        for window in chains.windows(4) {
            let [kind, name, on, relation] = window else { continue };
            let name = |of: &ObjectName| of.name.sibling(name.parts.last().map_or("", String::as_str));
            if on.parts != ["on"] {
                continue;
            }
            let from = self.found.len();
            self.resolve(identity, relation, &[Kind::Relation], Source::Text);
            let relations: Vec<ObjectName> = self
                .found
                .drain(from..)
                .map(|(_, relation, _)| relation.object().clone())
                .collect();
            for relation in relations {
                let name = name(&relation);
                match kind.parts.last().map(String::as_str) {
                    Some("trigger") => self.add(identity, ObjectIdentity::Trigger(relation, name), Source::Text),
                    Some("constraint") => self.add(identity, ObjectIdentity::Constraint(relation, name), Source::Text),
                    _ => {}
                }
            }
        }
    }

    /// What it takes and gives, and the body, which the server may read or not.
    fn routine(&mut self, identity: &ObjectIdentity, definition: &str, source: Source) {
        if source > Source::Body {
            self.statement(identity, definition, source);
        }
        for body in chains(definition).1.into_iter().filter(|string| !string.is_name) {
            if body.text.contains(char::is_whitespace) {
                self.statement(identity, &body.text, Source::Body);
            }
        }
    }

    /// `'name'::regclass` is a name.
    fn named_in(&mut self, identity: &ObjectIdentity, strings: Vec<Text>, source: Source) {
        for name in strings.into_iter().filter(|string| string.is_name) {
            for chain in chains(&name.text).0 {
                let kinds = [Kind::Relation, Kind::Type, Kind::Routine, Kind::Other];
                self.resolve(identity, &chain, &kinds, source);
            }
        }
    }

    /// All objects that a name can mean: one that is qualified by its namespace, or those that are called so.
    fn resolve(&mut self, from: &ObjectIdentity, chain: &Chain, kinds: &[Kind], source: Source) {
        let mut meant: Vec<ObjectIdentity> = Vec::new();
        for (at, part) in chain.parts.iter().enumerate() {
            let is_last = at + 1 == chain.parts.len();
            let fits = |kind: Kind| match kind {
                Kind::Routine => is_last && chain.is_called && kinds.contains(&kind),
                kind => kinds.contains(&kind),
            };
            let known = self.names.get(part).into_iter().flatten();
            let fitting: Vec<&ObjectIdentity> = known
                .filter(|(kind, _)| fits(*kind))
                .map(|(_, identity)| identity)
                .collect();
            let namespace = at.checked_sub(1).map(|before| chain.parts[before].as_str());
            let is_in = |identity: &ObjectIdentity, namespace: &str| match &identity.object().schema {
                Some(schema) => schema.key() == namespace,
                None => namespace == "public",
            };
            let qualified: Vec<ObjectIdentity> = match namespace {
                Some(namespace) => fitting
                    .iter()
                    .filter(|one| is_in(one, namespace))
                    .map(|one| (*one).clone())
                    .collect(),
                None => Vec::new(),
            };
            if !qualified.is_empty() {
                meant = qualified;
                break;
            }
            // What stands behind a dot is a column, unless a namespace is before it.
            if namespace.is_none() {
                let here = |one: &&&ObjectIdentity| {
                    one.object().schema == from.object().schema || one.object().schema.is_none()
                };
                let near: Vec<ObjectIdentity> = fitting.iter().filter(here).map(|one| (**one).clone()).collect();
                meant = match near.is_empty() {
                    true => fitting.into_iter().cloned().collect(),
                    false => near,
                };
            }
        }
        for to in meant {
            self.add(from, to, source);
        }
    }
}

/// A string in a text.
struct Text {
    text: String,
    /// Whether it is cast to a name: `::regclass`.
    is_name: bool,
}

/// The names in a text, and its strings.
fn chains(text: &str) -> (Vec<Chain>, Vec<Text>) {
    let tokens: Vec<Token> = tokenize(text, &Lexing::PORTABLE).unwrap_or_default();
    let is_symbol = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is_symbol(text, symbol));
    let name = |at: usize| match tokens.get(at) {
        Some(token) if token.kind == TokenKind::Word => Some(token.text(text).to_lowercase()),
        Some(token) if token.kind == TokenKind::QuotedIdentifier => Some(unquote(token.text(text)).into_owned()),
        _ => None,
    };
    let (mut chains, mut strings) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind == TokenKind::String {
            let to = tokens.get(at + 2).map_or("", |ty| ty.text(text));
            strings.push(Text {
                text: inner(tokens[at].text(text)).to_owned(),
                is_name: is_symbol(at + 1, "::") && to.to_lowercase().starts_with("reg"),
            });
        }
        let Some(first) = name(at) else {
            at += 1;
            continue;
        };
        let before = at.checked_sub(1).map(|before| tokens[before].text(text).to_lowercase());
        let mut parts = vec![first];
        while is_symbol(at + 1, ".")
            && let Some(next) = name(at + 2)
        {
            parts.push(next);
            at += 2;
        }
        at += 1;
        chains.push(Chain {
            parts,
            is_called: is_symbol(at, "("),
            is_type: before.is_some_and(|before| before == "::" || before == "as"),
        });
    }
    (chains, strings)
}

/// What is between the quotes of a string.
fn inner(written: &str) -> &str {
    let tag = match written.strip_prefix('$') {
        Some(rest) => rest.find('$').map_or(1, |at| at + 2),
        None => 1,
    };
    written.get(tag..written.len().saturating_sub(tag)).unwrap_or_default()
}
