//! The foreign keys of a table as relations of its entity, as far as they can be such.

use super::Chosen;
use super::names::{Name, camel, is_keyword, names, plural};
use std::collections::BTreeSet;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{Action, ConstraintKind, ForeignKey, Table};

/// A relation, as a field of the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Relation {
    pub(super) field: String,
    pub(super) rust: String,
    pub(super) attributes: Vec<String>,
    /// The foreign key that it is, by its place among the table's constraints.
    pub(super) constraint: Option<usize>,
    /// Whether it says all of that key but for its name and options.
    pub(super) is_key: bool,
    /// The path of the other side's entity, where that is one of another module.
    pub(super) entity: Option<String>,
}

/// What other tables' foreign keys refer to, and where their entities are.
pub(super) struct Surroundings<'a> {
    pub(super) chosen: &'a [Chosen<'a>],
    /// Entities that are there already, by table.
    pub(super) parents: &'a [(ObjectName, String)],
    pub(super) schema: &'a terrane_core::schema::Schema,
}

/// The most columns that SeaORM has tuples for.
pub(super) const MOST_COLUMNS: usize = 12;

impl Surroundings<'_> {
    /// The relations of a table.
    pub(super) fn relations(&self, own: &Chosen<'_>) -> Vec<Relation> {
        let mut maker = Maker {
            fields: own.columns.iter().map(|name| name.plain().to_owned()).collect(),
            variants: BTreeSet::new(),
            relations: Vec::new(),
        };
        let mut keyed: Vec<&[Ident]> = Vec::new();
        for (at, constraint) in own.table.constraints.iter().enumerate() {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            let Some(target) = self.target(own, key) else { continue };
            // The declaration speaks of a foreign key by its columns.
            let is_key = !key.referenced.is_empty() && !keyed.contains(&key.columns.as_slice());
            keyed.push(&key.columns);
            maker.belongs_to(own, key, target, at, is_key);
        }
        for other in self.chosen {
            self.reverse(own, other, &mut maker);
        }
        maker.relations
    }

    /// Where a foreign key leads, if an entity is there.
    fn target(&self, own: &Chosen<'_>, key: &ForeignKey) -> Option<Target> {
        let (path, table, columns) = if key.table == own.table.name {
            (String::new(), own.table, own.columns.clone())
        } else if let Some(other) = self.chosen.iter().find(|other| other.table.name == key.table) {
            (
                format!("super::{}", other.module.ident),
                other.table,
                other.columns.clone(),
            )
        } else {
            let (_, path) = self.parents.iter().find(|(table, _)| *table == key.table)?;
            let table = self.schema.tables.get(&key.table)?;
            (path.clone(), table, column_names(table))
        };
        let referenced: Vec<&Ident> = match key.referenced.as_slice() {
            [] => table.primary_key()?.names().collect(),
            named => named.iter().collect(),
        };
        let field = |name: &&Ident| {
            let at = table.columns.iter().position(|column| column.name == **name)?;
            columns.get(at).map(|name| name.in_relation().to_owned())
        };
        let fields: Vec<String> = referenced.iter().map_while(field).collect();
        let fits = fields.len() == referenced.len() && fields.len() == key.columns.len();
        (fits && fields.len() <= MOST_COLUMNS).then_some(Target { path, fields })
    }

    /// The other side of a foreign key, where there is one only between the two tables.
    fn reverse(&self, own: &Chosen<'_>, other: &Chosen<'_>, maker: &mut Maker) {
        let keys_to = |from: &Chosen<'_>, to: &Table| -> Vec<ForeignKey> {
            let keys = from.table.foreign_keys().filter(|(_, key)| key.table == to.name);
            keys.map(|(_, key)| key.clone()).collect()
        };
        let back = keys_to(other, own.table);
        let [key] = back.as_slice() else { return };
        let is_other = other.table.name != own.table.name;
        if !is_other || !keys_to(own, other.table).is_empty() || self.target(other, key).is_none() {
            return;
        }
        let module = other.module.plain();
        let is_one = other.table.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(unique) | ConstraintKind::Unique(unique) => {
                unique.names().collect::<BTreeSet<_>>() == key.columns.iter().collect()
            }
            _ => false,
        });
        let word = module.trim_end_matches('_');
        let field = if is_one { word.to_owned() } else { plural(word) };
        let is_free = !is_keyword(&field) && !maker.fields.contains(&field);
        if other.module.ident != module || !is_free || !maker.variants.insert(camel(module)) {
            return;
        }
        let (ty, attribute) = if is_one {
            ("HasOne", "has_one")
        } else {
            ("HasMany", "has_many")
        };
        maker.fields.insert(field.clone());
        maker.relations.push(Relation {
            field,
            rust: format!("{ty}<super::{module}::Entity>"),
            attributes: vec![attribute.to_owned()],
            constraint: None,
            is_key: false,
            entity: None,
        });
    }
}

/// The columns of a table in Rust.
pub(super) fn column_names(table: &Table) -> Vec<Name> {
    names(table.columns.iter().map(|column| column.name.as_str()), "column")
}

/// The entity at the other end of a foreign key; an empty path is the entity itself.
struct Target {
    path: String,
    /// Its fields that are referred to.
    fields: Vec<String>,
}

struct Maker {
    fields: BTreeSet<String>,
    /// Of the enum `Relation`.
    variants: BTreeSet<String>,
    relations: Vec<Relation>,
}

impl Maker {
    fn belongs_to(&mut self, own: &Chosen<'_>, key: &ForeignKey, target: Target, constraint: usize, is_key: bool) {
        let from: Vec<&Name> = key.columns.iter().filter_map(|name| own.field(name)).collect();
        let is_self = target.path.is_empty();
        let module = target.path.rsplit("::").next().unwrap_or_default();
        let ways = own
            .table
            .foreign_keys()
            .filter(|(_, other)| other.table == key.table)
            .count();
        let field = self.field(&from, if is_self { own.module.plain() } else { module }, ways > 1);
        let mut variant = camel(&field);
        while !self.variants.insert(variant.clone()) {
            variant.push_str("To");
        }
        if is_self {
            self.variants.insert(format!("{variant}Reverse"));
        }
        let inferred = !is_self && variant == camel(module);
        let mut attributes = vec![if is_self { "self_ref" } else { "belongs_to" }.to_owned()];
        if !inferred {
            attributes.push(format!("relation_enum = \"{variant}\""));
        }
        let from_fields: Vec<&str> = from.iter().map(|name| name.in_relation()).collect();
        attributes.push(format!("from = \"{}\"", list(&from_fields)));
        attributes.push(format!("to = \"{}\"", list(&target.fields)));
        for (when, action) in [("on_update", key.on_update), ("on_delete", key.on_delete)] {
            if is_key && let Some(name) = action_name(action) {
                attributes.push(format!("{when} = \"{name}\""));
            }
        }
        if !is_key {
            attributes.push("skip_fk".to_owned());
        }
        let is_optional = key.columns.iter().any(|name| own.is_optional(name));
        let entity = if is_self {
            "Entity".to_owned()
        } else {
            format!("{}::Entity", target.path)
        };
        self.relations.push(Relation {
            field,
            rust: if is_optional {
                format!("BelongsTo<Option<{entity}>>")
            } else {
                format!("BelongsTo<{entity}>")
            },
            attributes,
            constraint: Some(constraint),
            is_key,
            entity: (!is_self).then_some(entity),
        });
    }

    /// `customer` for `customer_id`; else what the other entity is called, with the columns before it where there are
    /// several ways to that one.
    fn field(&mut self, from: &[&Name], module: &str, is_one_of_several: bool) -> String {
        let mut names: Vec<String> = Vec::new();
        if let [only] = from {
            let stem = |end: &&str| only.plain().strip_suffix(*end);
            names.extend(
                ["_uuid", "_id", "_key", "_code", "_no"]
                    .iter()
                    .find_map(stem)
                    .map(str::to_owned),
            );
        }
        let module = module.trim_start_matches("r#").trim_end_matches('_');
        let from: Vec<&str> = from.iter().map(|name| name.plain().trim_end_matches('_')).collect();
        let last = format!("{}_{module}", from.join("_"));
        if !is_one_of_several {
            names.push(module.to_owned());
        }
        names.push(last.clone());
        names.extend((2..1000).map(|count| format!("{last}_{count}")));
        // SeaORM makes setters of fields: `set_a_option` for a relation `a`.
        let is_free = |name: &String| {
            !is_keyword(name) && !self.fields.contains(name) && !self.fields.contains(&format!("{name}_option"))
        };
        let name = names.into_iter().find(is_free).unwrap_or(last);
        self.fields.insert(name.clone());
        name
    }
}

/// One field, or several in parentheses.
fn list(fields: &[impl AsRef<str>]) -> String {
    let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
    match fields.as_slice() {
        [only] => (*only).to_owned(),
        several => format!("({})", several.join(", ")),
    }
}

/// The name of an action in SeaORM; the usual one goes without saying.
pub(super) fn action_name(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::NoAction => return None,
        Action::Restrict => "Restrict",
        Action::Cascade => "Cascade",
        Action::SetNull => "SetNull",
        Action::SetDefault => "SetDefault",
    })
}
