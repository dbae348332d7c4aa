//! Types that become others under the columns that are of them.
//!
//! PostgreSQL takes no value from an enumerated type, gives a domain no other base, and changes no attribute of a composite
//! type that a column is of (`ALTER TYPE` and `ALTER DOMAIN` in the manual). So the old type is put aside, with the types that
//! are made of it; all are made again, the columns change to the new ones, and the old ones go. What depends on them otherwise
//! is away meanwhile ([`super::hold`]).

use super::composed::{self, Domain};
use super::hold::in_order;
use super::say::{ident, object};
use super::table::named;
use super::{Done, Lowering};
use crate::types;
use std::collections::BTreeSet;
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Column, ObjectIdentity, Schema, TypeName, Unmodelled};

/// The schemas around an op, for the types in them.
pub(super) struct Types<'a> {
    pub(super) before: &'a Schema,
    /// The schema before the op.
    pub(super) work: &'a Schema,
    pub(super) after: &'a Schema,
    /// The ops after it.
    pub(super) coming: &'a [Op],
}

/// A type that is made again, and what is made again with it.
pub(super) struct Rebuild {
    /// The types, each after what it is made of.
    pub(super) types: Vec<ObjectIdentity>,
    /// The columns that are of one of them, or of an array of it. A partition's change with its parent's.
    pub(super) columns: Vec<(ObjectName, Ident)>,
}

/// A domain, or another type without a noun.
fn composed_type<'s>(identity: &ObjectIdentity, schema: &'s Schema) -> Option<&'s Unmodelled> {
    let ObjectIdentity::Other(name) = identity else {
        return None;
    };
    let other = schema.unmodelled.get(name);
    other.filter(|other| ["domain", "type"].contains(&other.kind.as_str()))
}

fn attributes_of(other: &Unmodelled) -> Option<Vec<(String, String)>> {
    composed::attributes(other.definition.as_str()).filter(|_| other.kind == "type")
}

impl<'a> Types<'a> {
    /// The types as they were before all ops.
    fn at_first(before: &'a Schema) -> Types<'a> {
        Types {
            before,
            work: before,
            after: before,
            coming: &[],
        }
    }

    pub(super) fn rebuild(&self, root: &ObjectIdentity) -> Rebuild {
        let mut types = BTreeSet::from([root.clone()]);
        let mut next = vec![root.clone()];
        while let Some(ty) = next.pop() {
            for over in self
                .types_over(&ty)
                .into_iter()
                .filter(|over| self.is_rebuilt_with(over))
            {
                if types.insert(over.clone()) {
                    next.push(over);
                }
            }
        }
        let columns: BTreeSet<_> = types.iter().flat_map(|ty| self.columns_of(ty)).collect();
        Rebuild {
            types: in_order(types.into_iter().collect(), self.after),
            columns: columns.into_iter().collect(),
        }
    }

    /// A domain keeps the type that it was made of. So does a composite type, but an attribute of it can be altered as long
    /// as no column is of it.
    fn is_rebuilt_with(&self, over: &ObjectIdentity) -> bool {
        let Some(other) = self.get(over) else {
            return false;
        };
        let is_composite = attributes_of(other).is_some();
        composed_type(over, self.after).is_some() && (!is_composite || self.is_in_use(over))
    }

    /// A type that is there. One that changes where it is, is still there after the op that drops it.
    fn get(&self, identity: &ObjectIdentity) -> Option<&'a Unmodelled> {
        composed_type(identity, self.work).or_else(|| {
            let (old, new) = composed_type(identity, self.before).zip(composed_type(identity, self.after))?;
            let comes = |op: &Op| matches!(op, Op::CreateUnmodelled(other) if other.name == new.name);
            let stays = || composed::alteration(old, new).is_some() || is_rebuilt(old, new, self.before);
            (self.coming.iter().any(comes) && stays()).then_some(old)
        })
    }

    /// The types that are made of that one.
    fn types_over(&self, ty: &ObjectIdentity) -> Vec<ObjectIdentity> {
        let now = self.work.edges.dependents(ty);
        let all: BTreeSet<_> = now.chain(self.before.edges.dependents(ty)).collect();
        all.into_iter()
            .filter(|over| self.get(over).is_some())
            .cloned()
            .collect()
    }

    /// The columns that have that type, or arrays of it, by themselves: as the server told, or an op has said since.
    fn columns_of(&self, ty: &ObjectIdentity) -> Vec<(ObjectName, Ident)> {
        let (name, edges) = (type_name(ty), &self.work.edges);
        let mut columns = Vec::new();
        for table in self.work.tables.values() {
            if table.attributes.has("partition of") {
                continue;
            }
            let is_told = |column: &Column| {
                let column = ObjectIdentity::Column(table.name.clone(), column.name.clone());
                edges.of(&column).any(|(to, _)| to == ty)
            };
            let own = table
                .columns
                .iter()
                .filter(|column| !column.attributes.has("inherited"));
            let of_type = own.filter(|column| is_of(column, &name) || is_told(column));
            columns.extend(of_type.map(|column| (table.name.clone(), column.name.clone())));
        }
        columns
    }

    /// Whether a column has the type, or a type that is made of it.
    fn is_in_use(&self, ty: &ObjectIdentity) -> bool {
        !self.columns_of(ty).is_empty() || self.types_over(ty).iter().any(|over| self.is_in_use(over))
    }

    /// Whether a column has arrays of the type, or a composite type or a range with it inside. PostgreSQL looks for values of
    /// a domain in columns of the domain alone (`validateDomainConstraint` in its source).
    fn is_contained(&self, ty: &ObjectIdentity) -> bool {
        let in_array = |(table, column): (ObjectName, Ident)| {
            let column = self.work.tables.get(&table).and_then(|table| table.column(&column));
            column.is_some_and(|column| column.ty.canonical().ends_with("[]"))
        };
        self.columns_of(ty).into_iter().any(in_array)
            || self.types_over(ty).iter().any(|over| match self.get(over) {
                Some(other) if other.kind == "domain" => self.is_contained(over),
                _ => self.is_in_use(over),
            })
    }
}

/// Whether a type becomes another in a way that it cannot where columns are of it.
pub(super) fn is_rebuilt(old: &Unmodelled, new: &Unmodelled, before: &Schema) -> bool {
    is_stopped(old, new, &Types::at_first(before))
}

/// The same of the columns that there are at some moment.
fn is_stopped(old: &Unmodelled, new: &Unmodelled, types: &Types<'_>) -> bool {
    if old.kind != new.kind || !["domain", "type"].contains(&old.kind.as_str()) {
        return false;
    }
    let identity = ObjectIdentity::Other(old.name.clone());
    match composed::alteration(old, new) {
        Some(statements) => {
            let narrows = statements.iter().any(|sql| {
                sql.starts_with("ALTER DOMAIN") && (sql.contains(" ADD CONSTRAINT ") || sql.ends_with(" SET NOT NULL"))
            });
            let retypes = statements.iter().any(|sql| sql.contains(" ALTER ATTRIBUTE "));
            narrows && types.is_contained(&identity) || retypes && types.is_in_use(&identity)
        }
        // The texts of a composite type's values say their attributes by their order.
        None => attributes_of(old).is_none() && types.is_in_use(&identity),
    }
}

impl Lowering<'_> {
    /// Whether what has no noun is a type that goes and comes back by [`Lowering::rebuild`].
    pub(super) fn is_rebuilt(&self, new: &Unmodelled) -> bool {
        let goes = |op: &Op| matches!(op, Op::DropUnmodelled(old) if old.name == new.name);
        let old = self.before.unmodelled.get(&new.name);
        old.is_some_and(|old| self.ops.iter().any(goes) && is_rebuilt(old, new, self.before))
    }

    /// Refuses to alter a type of which columns have come meanwhile, as none were before all ops.
    pub(super) fn refuse_while_in_use(&self, new: &Unmodelled) -> Done {
        let types = Types {
            before: self.before,
            work: &self.work,
            after: &self.after,
            coming: &self.ops[self.at..],
        };
        let old = self.before.unmodelled.get(&new.name);
        match old.is_some_and(|old| is_stopped(old, new, &types)) {
            true => Err(Refusal::new(format!(
                "the type `{}` changes in a way that PostgreSQL does not let it where columns are of it, and a column becomes one",
                new.name
            ))
            .help("Change the type in a revision before, and the column in one behind it.")),
            false => Ok(()),
        }
    }

    /// Makes a type again, with the types that are made of it, and gives the new ones to the columns.
    pub(super) fn rebuild(&mut self, root: &ObjectIdentity) -> Done {
        let types = Types {
            before: self.before,
            work: &self.work,
            after: &self.after,
            coming: &self.ops[self.at..],
        };
        let rebuild = types.rebuild(root);
        for ty in &rebuild.types {
            self.put_type_aside(ty)?;
        }
        for ty in &rebuild.types {
            self.make_type(ty);
        }
        for ty in &rebuild.types {
            self.retype_attributes(&type_name(ty), &rebuild)?;
        }
        for (table, column) in &rebuild.columns {
            self.partition_key_stays(table, column)?;
            let identity = ObjectIdentity::Column(table.clone(), column.clone());
            let found = self.column(table, column).filter(|_| !self.is_identity_away(&identity));
            if let Some(column) = found.cloned() {
                self.retype_column(table, &column, &rebuild);
            }
        }
        for ty in in_order(rebuild.types, self.before).iter().rev() {
            let noun = match composed_type(ty, self.before) {
                Some(other) => other.kind.to_uppercase(),
                None => "TYPE".to_owned(),
            };
            self.push(format!("DROP {noun} {}", object(&aside(&type_name(ty)))));
        }
        Ok(())
    }

    /// A type as it is at the moment: one that changes where it is has not done so at the op that drops it.
    fn type_now(&self, ty: &ObjectIdentity) -> Option<&Unmodelled> {
        composed_type(ty, &self.work).or_else(|| composed_type(ty, self.before))
    }

    fn put_type_aside(&mut self, ty: &ObjectIdentity) -> Done {
        let name = type_name(ty);
        let old = self.type_now(ty).cloned();
        if old
            .as_ref()
            .is_some_and(|old| old.kind == "type" && attributes_of(old).is_none())
        {
            // A range brings functions of its name, which would be in the new one's way; a base type is its functions.
            return Err(Refusal::new(format!(
                "the type `{name}` cannot become another while columns are of it"
            ))
            .help("Make another type under another name, and give it to the columns."));
        }
        let to = aside(&name);
        self.push(format!("ALTER TYPE {} RENAME TO {}", object(&name), ident(&to.name)));
        // It gets as many attributes as the new one has, so that its values are of that as well.
        let new = composed_type(ty, &self.after).and_then(attributes_of);
        if let Some((old, new)) = old.as_ref().and_then(attributes_of).zip(new) {
            for action in composed::changes(&old, &new).unwrap_or_default() {
                if !action.starts_with("ALTER ATTRIBUTE ") {
                    self.push(format!("ALTER TYPE {} {action}", object(&to)));
                }
            }
        }
        Ok(())
    }

    /// As it is wished for in the end; no later op need say so.
    fn make_type(&mut self, ty: &ObjectIdentity) {
        if let ObjectIdentity::Enum(name) = ty {
            if let Some(enum_type) = self.after.enums.get(name).cloned() {
                self.create_enum(&enum_type);
            }
            return;
        }
        let Some(other) = composed_type(ty, &self.after).cloned() else {
            return;
        };
        let is_about =
            |op: &Op| matches!(op, Op::DropUnmodelled(one) | Op::CreateUnmodelled(one) if one.name == other.name);
        let about: Vec<usize> = self.coming().filter(|(_, op)| is_about(op)).map(|(at, _)| at).collect();
        self.done.extend(about);
        self.make_other(other.definition.as_str());
        self.take_default_rights_of_other(&other);
    }

    fn retype_column(&mut self, table: &ObjectName, column: &Column, rebuild: &Rebuild) {
        if column.default.is_some() {
            self.alter_column(table, &column.name, "DROP DEFAULT");
        }
        let (name, ty) = (ident(&column.name), &column.ty);
        let by_itself = rebuild
            .types
            .iter()
            .any(|one| is_of(column, &type_name(one)) && self.values_cast(one, rebuild));
        let array = if ty.canonical().ends_with("[]") { "[]" } else { "" };
        let using = match by_itself {
            true => String::new(),
            false => format!(" USING {name}::text{array}::{ty}"),
        };
        self.alter_column(table, &column.name, format!("TYPE {ty}{using}"));
        let default = ObjectIdentity::Default(table.clone(), column.name.clone());
        if column.default.is_some() && !self.is_default_said_later(table, column) && !self.is_identity_away(&default) {
            let after = self
                .after
                .tables
                .get(table)
                .and_then(|table| table.column(&column.name));
            let default = after.and_then(|column| column.default.clone());
            if let Some(default) = default.or_else(|| column.default.clone()) {
                self.alter_column(table, &column.name, super::say::set_default(&default));
            }
        }
    }

    /// Whether values of the old type become those of the new one without being asked: those of a domain do where those of
    /// its base do. They are not cut off by that, as they would be where a cast is asked for (`CREATE CAST` in the manual).
    fn values_cast(&self, ty: &ObjectIdentity, rebuild: &Rebuild) -> bool {
        let base = |ty: Option<&Unmodelled>| {
            let other = ty.filter(|other| other.kind == "domain")?;
            let base = Domain::read(other.definition.as_str())?.base;
            let base = base.split(" COLLATE ").next().unwrap_or_default();
            Some(TypeName::new(base))
        };
        let Some((old, new)) = base(self.type_now(ty)).zip(base(composed_type(ty, &self.after))) else {
            return false;
        };
        let is_base = |one: &&ObjectIdentity| {
            let name = type_name(one);
            named(old.as_str().trim_end_matches("[]")) == name || named(new.as_str().trim_end_matches("[]")) == name
        };
        match rebuild.types.iter().find(is_base) {
            Some(one) => old == new && self.values_cast(one, rebuild),
            None => types::casts_by_itself(&types::canonical(&old), &types::canonical(&new)),
        }
    }

    fn is_default_said_later(&self, table: &ObjectName, column: &Column) -> bool {
        self.coming().any(|(_, op)| match op {
            Op::AlterColumn {
                table: of,
                column: name,
                change: ColumnChange::Default(_) | ColumnChange::Type { .. },
            }
            | Op::DropColumn {
                table: of,
                column: name,
            } => of == table && *name == column.name,
            _ => false,
        })
    }

    /// Gives attributes of composite types that no column is of the new type that is called as theirs was.
    fn retype_attributes(&mut self, ty: &ObjectName, rebuild: &Rebuild) -> Done {
        // One that is about to be altered is still there, although its op to go was seen.
        let waits = |other: &&Unmodelled| {
            let comes = |(_, op): (usize, &Op)| matches!(op, Op::CreateUnmodelled(new) if new.name == other.name);
            !self.work.unmodelled.contains_key(&other.name) && self.coming().any(comes) && self.is_altered(other)
        };
        let waiting = self.before.unmodelled.values().filter(waits);
        let is_rebuilt = |other: &&Unmodelled| rebuild.types.contains(&ObjectIdentity::Other(other.name.clone()));
        let all = self.work.unmodelled.values().chain(waiting);
        let composites: Vec<Unmodelled> = all.filter(|other| !is_rebuilt(other)).cloned().collect();
        for other in composites.iter().filter(|other| other.kind == "type") {
            for (attribute, of) in composed::attributes(other.definition.as_str()).unwrap_or_default() {
                if named(of.trim_end_matches("[]")) == *ty {
                    self.refuse_type_in_use(other)?;
                    let name = object(&composed::type_name(other));
                    self.push(format!("ALTER TYPE {name} ALTER ATTRIBUTE {attribute} TYPE {of}"));
                }
            }
        }
        Ok(())
    }
}

/// Whether the column is of that type, or an array of it.
pub(super) fn is_of(column: &Column, ty: &ObjectName) -> bool {
    named(column.ty.as_str().trim_end_matches("[]")) == *ty
}

fn type_name(ty: &ObjectIdentity) -> ObjectName {
    match ty {
        ObjectIdentity::Other(name) => named(&super::say::beside(name, name.name.as_str())),
        other => other.object().clone(),
    }
}

/// What the old one is called until no column is of it.
fn aside(name: &ObjectName) -> ObjectName {
    ObjectName {
        name: name.name.sibling(format!("_terrane_old_{}", name.name)),
        ..name.clone()
    }
}
