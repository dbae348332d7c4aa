//! An order of ops in which every definition finds what it names, and nothing goes while something else names it.
//!
//! For servers that check both. What a definition names is told by reading it: a word may be a column here and a table
//! elsewhere, so that a link is only a guess. One that would close a circle is left out, and where nothing tells, ops
//! keep the order in which they came.

use super::is_key;
use crate::name::{Ident, ObjectName};
use crate::op::{ColumnChange, Op};
use crate::schema::{Column, Constraint, ConstraintKind, Expr, Index, IndexKey, KeyTarget, Schema, Table};
use crate::sql::{Lexing, TokenKind, tokenize, unquote};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Stands for a key of a table, on which references to it hang, whatever it is called.
const KEY: &str = "\0key";

/// What an op has to do with names.
#[derive(Default)]
struct Ties {
    /// What other ops of the same thing keep their order with.
    subject: Option<ObjectName>,
    /// What is there after it: a thing, or a column of one.
    makes: Vec<Vec<String>>,
    /// What is not there after it.
    unmakes: Vec<Vec<String>>,
    /// What the definition that it makes names.
    needs: Words,
    /// What the definition that it takes away names.
    frees: Words,
    /// Whether it is something that is said about other things.
    is_said: bool,
    /// The table that it alters.
    alters: Option<String>,
    /// The table of which it says something else as a whole, for which the table may be made anew.
    sets: Option<String>,
    /// What a new table may have its columns from, and has to agree with.
    built_on: BTreeSet<String>,
    /// What a table that goes may have been a part of, and agreed with.
    leaves: BTreeSet<String>,
}

/// The names in some texts.
#[derive(Default)]
struct Words {
    /// Those that a server reads when the definition is made.
    read: BTreeSet<String>,
    /// Those in bodies of functions, which it may read or not.
    quoted: BTreeSet<String>,
}

impl Words {
    fn name(&mut self, name: &Ident) {
        self.read.insert(name.key().to_owned());
    }

    fn object(&mut self, name: &ObjectName) {
        self.name(&name.name);
        self.read
            .extend(name.schema.as_ref().map(|schema| schema.key().to_owned()));
    }

    fn text(&mut self, text: &str) {
        let tokens = tokenize(text, &Lexing::PORTABLE).unwrap_or_default();
        for (at, token) in tokens.iter().enumerate() {
            let written = token.text(text);
            match token.kind {
                TokenKind::Word => {
                    self.read.insert(written.to_lowercase());
                }
                TokenKind::QuotedIdentifier => {
                    self.read.insert(unquote(written).into_owned());
                }
                TokenKind::String => {
                    let cast = tokens.get(at + 1).is_some_and(|next| next.is_symbol(text, "::"));
                    let to = tokens.get(at + 2).map_or("", |ty| ty.text(text));
                    self.string(written, cast && to.to_lowercase().starts_with("reg"));
                }
                _ => {}
            }
        }
    }

    /// `'name'::regclass` is a name; anything longer than a word is the body of something.
    fn string(&mut self, written: &str, is_name: bool) {
        let tag = match written.strip_prefix('$') {
            Some(rest) => rest.find('$').map_or(1, |at| at + 2),
            None => 1,
        };
        let inner = written.get(tag..written.len().saturating_sub(tag)).unwrap_or_default();
        if is_name {
            self.text(inner);
        } else if inner.contains(char::is_whitespace) {
            let mut body = Words::default();
            body.text(inner);
            self.quoted.extend(body.read);
            self.quoted.extend(body.quoted);
        }
    }

    fn expr(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.text(expr.as_str());
        }
    }

    fn column(&mut self, column: &Column) {
        self.text(column.ty.as_str());
        self.expr(column.default.as_ref());
        self.expr(column.generated.as_ref().map(|generated| &generated.expression));
        column.collation.iter().for_each(|collation| self.name(collation));
    }

    fn keys(&mut self, keys: &[IndexKey]) {
        for key in keys {
            if let KeyTarget::Expression(expr) = &key.target {
                self.expr(Some(expr));
            }
            self.text(key.operator_class.as_deref().unwrap_or(""));
            key.collation.iter().for_each(|collation| self.name(collation));
        }
    }

    fn constraint(&mut self, constraint: &Constraint) {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => self.keys(&key.columns),
            ConstraintKind::ForeignKey(key) => {
                self.object(&key.table);
                key.referenced.iter().for_each(|column| self.name(column));
                self.read.insert(KEY.to_owned());
            }
            ConstraintKind::Check(check) => self.expr(Some(&check.expression)),
            ConstraintKind::Exclusion(exclusion) => self.expr(Some(&exclusion.definition)),
        }
    }

    fn index(&mut self, index: &Index) {
        self.keys(&index.keys);
        self.expr(index.predicate.as_ref());
    }

    fn table(&mut self, table: &Table) {
        self.read
            .extend(table.name.schema.as_ref().map(|schema| schema.key().to_owned()));
        table.columns.iter().for_each(|column| self.column(column));
        table
            .constraints
            .iter()
            .for_each(|constraint| self.constraint(constraint));
        table.indexes.values().for_each(|index| self.index(index));
        table
            .triggers
            .values()
            .for_each(|trigger| self.expr(Some(&trigger.definition)));
        for (_, value) in table.attributes.iter() {
            self.text(value);
        }
    }
}

/// The ops in an order in which each can run. Things of the kinds `first` come before all else and go last, and those of
/// the kinds `last` the other way round.
pub(super) fn settle(ops: Vec<Op>, work: &Schema, first: &[&str], last: &[&str]) -> Vec<Op> {
    let mut places: [Vec<Op>; 5] = Default::default();
    for op in ops {
        let place = match &op {
            Op::DropUnmodelled(other) if last.contains(&other.kind.as_str()) => 0,
            Op::CreateUnmodelled(other) if first.contains(&other.kind.as_str()) => 1,
            Op::CreateUnmodelled(other) if last.contains(&other.kind.as_str()) => 3,
            Op::DropUnmodelled(other) if first.contains(&other.kind.as_str()) => 4,
            _ => 2,
        };
        places[place].push(op);
    }
    let ops: Vec<Op> = places.into_iter().flatten().collect();
    let ties: Vec<Ties> = ops
        .iter()
        .map(|op| match op {
            Op::CreateUnmodelled(other) | Op::DropUnmodelled(other) if last.contains(&other.kind.as_str()) => {
                // Only what is said about other things names it.
                Ties {
                    is_said: true,
                    ..ties(op, work)
                }
            }
            op => ties(op, work),
        })
        .collect();
    let order = sorted(&links(&ties));
    let mut ops: Vec<Option<Op>> = ops.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| ops[at].take()).collect()
}

/// For each op, which ones have to come before it.
fn links(ties: &[Ties]) -> Vec<BTreeSet<usize>> {
    let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); ties.len()];
    let mut last: BTreeMap<&ObjectName, usize> = BTreeMap::new();
    let (mut makers, mut freers) = (BTreeMap::new(), BTreeMap::new());
    for (at, tie) in ties.iter().enumerate() {
        if let Some(subject) = &tie.subject
            && let Some(earlier) = last.insert(subject, at)
        {
            before[at].insert(earlier);
        }
        for path in &tie.makes {
            makers.entry(&path[0]).or_insert_with(Vec::new).push((at, path));
        }
        for word in &tie.frees.read {
            freers.entry(word).or_insert_with(Vec::new).push(at);
        }
    }
    let is_seen = |one: usize, other: usize| ties[other].is_said || !ties[one].is_said;
    let others = |is: &dyn Fn(&Ties) -> bool| {
        let found = (0..ties.len()).filter(|at| is(&ties[*at]));
        found.collect::<Vec<_>>().into_iter()
    };
    let mut guesses = Vec::new();
    for (at, tie) in ties.iter().enumerate() {
        let made = |words: &BTreeSet<String>| {
            let paths = words.iter().filter_map(|word| makers.get(word)).flatten();
            let all = paths.filter(|(_, path)| path.iter().all(|part| words.contains(part)));
            all.map(|(maker, _)| *maker)
                .filter(|maker| *maker != at && is_seen(*maker, at))
                .collect::<Vec<_>>()
        };
        guesses.extend(made(&tie.needs.read).into_iter().map(|maker| (maker, at)));
        for path in &tie.unmakes {
            for freer in freers.get(&path[0]).into_iter().flatten() {
                let names_all = path.iter().all(|part| ties[*freer].frees.read.contains(part));
                if *freer != at && names_all && is_seen(at, *freer) {
                    guesses.push((*freer, at));
                }
            }
            for (maker, made) in makers.get(&path[0]).into_iter().flatten() {
                if *made == path && *maker != at {
                    guesses.push((at, *maker));
                }
            }
        }
    }
    for (at, tie) in ties.iter().enumerate() {
        // The rows of a table that is made anew are in the parts that go, and move to those that come.
        let Some(name) = &tie.sets else { continue };
        guesses.extend(others(&|other| other.built_on.contains(name)).map(|part| (part, at)));
        guesses.extend(others(&|other| other.leaves.contains(name)).map(|part| (at, part)));
    }
    for (at, tie) in ties.iter().enumerate() {
        let Some(name) = &tie.alters else { continue };
        guesses.extend(others(&|other| other.built_on.contains(name)).map(|part| (at, part)));
        guesses.extend(others(&|other| other.leaves.contains(name)).map(|part| (part, at)));
    }
    for (at, tie) in ties.iter().enumerate() {
        let all: BTreeSet<String> = tie.needs.read.union(&tie.needs.quoted).cloned().collect();
        let paths = all.iter().filter_map(|word| makers.get(word)).flatten();
        let quoted = paths
            .filter(|(maker, path)| *maker != at && is_seen(*maker, at) && path.iter().all(|part| all.contains(part)));
        guesses.extend(quoted.map(|(maker, _)| (*maker, at)));
    }
    for (earlier, later) in guesses {
        if !before[later].contains(&earlier) && !comes_before(&before, later, earlier) {
            before[later].insert(earlier);
        }
    }
    before
}

/// Whether the one has to come before the other already.
fn comes_before(before: &[BTreeSet<usize>], one: usize, other: usize) -> bool {
    let mut seen = vec![false; before.len()];
    let mut stack = vec![other];
    while let Some(at) = stack.pop() {
        if at == one {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            stack.extend(&before[at]);
        }
    }
    false
}

/// What comes first is what came first, of those that nothing holds up.
fn sorted(before: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (at, earlier) in before.iter().enumerate() {
        earlier.iter().for_each(|earlier| after[*earlier].push(at));
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..before.len()).filter(|at| open[*at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for later in &after[at] {
            open[*later] -= 1;
            if open[*later] == 0 {
                ready.push(Reverse(*later));
            }
        }
    }
    order
}

/// A thing's name as it is found in texts, without its namespace.
fn path(name: &ObjectName) -> Vec<String> {
    vec![name.name.key().to_owned()]
}

/// The same for a name that is SQL itself: in quotes where it needs them, with the types of arguments behind it.
fn path_in_sql(name: &ObjectName) -> Vec<String> {
    let written = name.name.key();
    let bare = match written.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((bare, _)) => bare,
        None => written.split(['(', ' ']).next().unwrap_or_default(),
    };
    vec![bare.to_owned()]
}

/// What the attributes of a table name, the tables among it that it hangs on.
fn attribute_words(table: &Table) -> BTreeSet<String> {
    let mut words = Words::default();
    table.attributes.iter().for_each(|(_, value)| words.text(value));
    words.read
}

fn ties(op: &Op, work: &Schema) -> Ties {
    let mut ties = Ties::default();
    match op {
        Op::CreateTable(table) => {
            ties.makes.push(path(&table.name));
            ties.subject = Some(table.name.clone());
            ties.needs.table(table);
            ties.built_on = attribute_words(table);
        }
        Op::DropTable(name) => {
            ties.unmakes.push(path(name));
            ties.subject = Some(name.clone());
            if let Some(table) = work.tables.get(name) {
                ties.frees.table(table);
                ties.leaves = attribute_words(table);
            }
        }
        Op::CreateView(view) => {
            ties.makes.push(path(&view.name));
            ties.needs.object(&view.name);
            ties.needs.read.remove(view.name.name.key());
            ties.needs.expr(Some(&view.query));
        }
        Op::DropView(name) => {
            ties.unmakes.push(path(name));
            if let Some(view) = work.views.get(name) {
                ties.frees.expr(Some(&view.query));
                view.triggers
                    .values()
                    .for_each(|trigger| ties.frees.expr(Some(&trigger.definition)));
            }
        }
        Op::CreateTrigger(trigger) => {
            ties.needs.object(&trigger.relation);
            ties.needs.expr(Some(&trigger.definition));
        }
        Op::DropTrigger { name, relation } => {
            let relation = work.relation_of_trigger(name, relation.as_ref());
            if let Some(trigger) = relation.and_then(|relation| work.triggers(relation)?.get(name)) {
                ties.frees.object(&trigger.relation);
                ties.frees.expr(Some(&trigger.definition));
            }
        }
        Op::CreateUnmodelled(other) => {
            ties.makes.push(path_in_sql(&other.name));
            ties.needs.object(&other.name);
            ties.needs.expr(Some(&other.definition));
        }
        Op::DropUnmodelled(other) => {
            ties.unmakes.push(path_in_sql(&other.name));
            ties.frees.expr(Some(&other.definition));
        }
        _ => {
            of_part(op, work, &mut ties);
            of_definition(op, work, &mut ties);
        }
    }
    ties
}

/// Types, sequences and routines.
fn of_definition(op: &Op, work: &Schema, ties: &mut Ties) {
    match op {
        Op::CreateEnum(enum_type) | Op::AlterEnum(enum_type) => {
            if matches!(op, Op::AlterEnum(_)) {
                // It may have to go, to come back as another.
                ties.unmakes.push(path(&enum_type.name));
            }
            ties.makes.push(path(&enum_type.name));
            ties.needs.object(&enum_type.name);
        }
        Op::DropEnum(name) => ties.unmakes.push(path(name)),
        Op::CreateSequence(sequence) | Op::AlterSequence(sequence) => {
            ties.makes.push(path(&sequence.name));
            ties.needs.object(&sequence.name);
        }
        Op::DropSequence(name) => ties.unmakes.push(path(name)),
        Op::CreateRoutine(routine) | Op::ReplaceRoutine(routine) => {
            ties.makes.push(path_in_sql(&routine.name));
            ties.needs.object(&routine.name);
            ties.needs.expr(Some(&routine.definition));
            ties.subject = Some(routine.name.clone());
            if let Some(old) = work.routines.get(&routine.name) {
                // It may have to go, to come back as another.
                ties.unmakes.push(path_in_sql(&routine.name));
                ties.frees.expr(Some(&old.definition));
            }
        }
        Op::DropRoutine(name) => {
            ties.unmakes.push(path_in_sql(name));
            if let Some(old) = work.routines.get(name) {
                ties.frees.expr(Some(&old.definition));
            }
        }
        _ => {}
    }
}

/// What happens to a part of a table.
fn of_part(op: &Op, work: &Schema, ties: &mut Ties) {
    let Some(name) = op.altered_table().or_else(|| match op {
        Op::CreateIndex { table, .. } => Some(table),
        Op::DropIndex { name, table } => Some(&work.table_of_index(name, table.as_ref())?.name),
        _ => None,
    }) else {
        return;
    };
    ties.subject = Some(name.clone());
    let altered = op.altered_table().map(|name| name.name.key().to_owned());
    if matches!(op, Op::SetTableAttribute { .. }) {
        ties.sets = altered;
    } else {
        ties.alters = altered;
    }
    let table = work.tables.get(name);
    let part = |column: &Ident| vec![name.name.key().to_owned(), column.key().to_owned()];
    match op {
        Op::CreateIndex { index, .. } => ties.needs.index(index),
        Op::DropIndex { name, .. } => {
            if let Some(index) = table.and_then(|table| table.indexes.get(name)) {
                ties.frees.index(index);
            }
            if let Some(table) = table {
                ties.unmakes
                    .push(vec![table.name.name.key().to_owned(), KEY.to_owned()]);
            }
        }
        Op::AddColumn { column, .. } => {
            ties.makes.push(part(&column.name));
            ties.needs.column(column);
        }
        Op::DropColumn { column, .. } => {
            ties.unmakes.push(part(column));
            if let Some(column) = table.and_then(|table| table.column(column)) {
                ties.frees.column(column);
            }
        }
        Op::AlterColumn { column, change, .. } => {
            if let Some(column) = table.and_then(|table| table.column(column)) {
                let computed = column.generated.as_ref().map(|generated| &generated.expression);
                match change {
                    ColumnChange::Default(_) => ties.frees.expr(column.default.as_ref()),
                    ColumnChange::Generated(_) => ties.frees.expr(computed),
                    _ => ties.frees.column(column),
                }
            }
            if matches!(change, ColumnChange::Type { .. } | ColumnChange::Generated(Some(_))) {
                // What reads it as it was has to go before, if it goes.
                ties.unmakes.push(part(column));
                ties.makes.push(part(column));
            }
            match change {
                ColumnChange::Type { ty, collation } => {
                    ties.needs.text(ty.as_str());
                    collation.iter().for_each(|collation| ties.needs.name(collation));
                }
                ColumnChange::Default(default) => ties.needs.expr(default.as_ref()),
                ColumnChange::Generated(generated) => {
                    ties.needs
                        .expr(generated.as_ref().map(|generated| &generated.expression));
                }
                _ => {}
            }
        }
        Op::AddConstraint { constraint, .. } => {
            if is_key(&constraint.kind) {
                ties.makes.push(vec![name.name.key().to_owned(), KEY.to_owned()]);
            }
            ties.needs.constraint(constraint);
        }
        Op::DropConstraint { constraint, .. } => {
            let all = table.into_iter().flat_map(|table| &table.constraints);
            let gone = all.filter(|other| constraint.matches(other));
            for constraint in gone {
                ties.frees.constraint(constraint);
                if is_key(&constraint.kind) {
                    ties.unmakes.push(vec![name.name.key().to_owned(), KEY.to_owned()]);
                }
            }
        }
        Op::SetTableAttribute { value, .. } => ties.needs.text(value.as_deref().unwrap_or("")),
        _ => {}
    }
}
