//! The file of one table: its entity, and the declaration beside it.

use super::Chosen;
use super::layout::{Argument, Call, attribute, declaration, literal};
use super::relation::{Relation, action_name};
use super::types::{FieldType, field_type};
use std::fmt::Write;
use terrane_core::ddl::{constraint_definition, print_key};
use terrane_core::dialect::Dialect;
use terrane_core::name::Ident;
use terrane_core::schema::{
    Column, Constraint, ConstraintKind, Deferrability, ForeignKey, Identity, Index, IndexKey, Key,
};

/// A field of the model: what its attribute says, and its type.
struct Field {
    attributes: Vec<String>,
    ident: String,
    rust: String,
}

/// Writes the file of a table.
pub(super) struct Writer<'a> {
    table: &'a Chosen<'a>,
    relations: &'a [Relation],
    types: Vec<FieldType>,
    calls: Vec<Call>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(table: &'a Chosen<'a>, relations: &'a [Relation], dialect: &dyn Dialect) -> Writer<'a> {
        let types = table.table.columns.iter();
        Writer {
            table,
            relations,
            types: types.map(|column| field_type(&column.ty, dialect)).collect(),
            calls: Vec::new(),
        }
    }

    /// Columns whose Rust type does not follow from their declaration.
    pub(super) fn guesses(&self) -> impl Iterator<Item = &Column> {
        let columns = self.table.table.columns.iter().zip(&self.types);
        columns.filter(|(_, ty)| ty.is_guess).map(|(column, _)| column)
    }

    /// The features of SeaORM that its types need.
    pub(super) fn features(&self) -> impl Iterator<Item = &'static str> {
        self.types.iter().filter_map(FieldType::feature)
    }

    /// The text of the file.
    pub(super) fn text(mut self) -> String {
        let table = self.table.table;
        let fields: Vec<Field> = (0..table.columns.len()).map(|at| self.field(at)).collect();
        let mut head = Vec::new();
        if let Some(schema) = &table.name.schema {
            head.push(format!("schema_name = {}", literal(schema.as_str())));
        }
        head.push(format!("table_name = {}", literal(table.name.name.as_str())));
        if let Some(comment) = &table.comment {
            head.push(format!("comment = {}", literal(comment)));
        }
        // Floats are not equal to themselves always.
        let eq = if fields
            .iter()
            .any(|field| field.rust.contains("f64") || field.rust.contains("f32"))
        {
            ""
        } else {
            "Eq, "
        };
        let mut text = format!(
            "//! The table `{}`.\n\nuse sea_orm::entity::prelude::*;\n\n#[sea_orm::model]\n\
             #[derive(Clone, Debug, PartialEq, {eq}DeriveEntityModel)]\n{}pub struct Model {{\n",
            table.name.name.as_str().escape_debug(),
            attribute(&head, 0),
        );
        if let Some((row, name)) = &self.table.row {
            let mut attributes = vec!["primary_key".to_owned()];
            if !row.is_plain {
                attributes.push(format!("column_name = {}", literal(name)));
            }
            let _ = writeln!(text, "{}    pub {}: i64,", attribute(&attributes, 4), row.ident);
        }
        for field in fields {
            let _ = writeln!(
                text,
                "{}    pub {}: {},",
                attribute(&field.attributes, 4),
                field.ident,
                field.rust
            );
        }
        if !self.relations.is_empty() {
            text.push('\n');
        }
        for relation in self.relations {
            let attributes = attribute(&relation.attributes, 4);
            let _ = writeln!(text, "{attributes}    pub {}: {},", relation.field, relation.rust);
        }
        text.push_str("}\n\nimpl ActiveModelBehavior for ActiveModel {}\n\n");
        self.declare();
        text.push_str(&declaration(&self.calls));
        text
    }

    /// The field of a column.
    fn field(&self, at: usize) -> Field {
        let column = &self.table.table.columns[at];
        let (name, ty) = (&self.table.columns[at], &self.types[at]);
        let mut attributes = Vec::new();
        let is_key = self.table.is_key(&column.name);
        if is_key {
            attributes.push("primary_key".to_owned());
            if !self.is_numbered_key(column) {
                attributes.push("auto_increment = false".to_owned());
            }
        }
        if !name.is_plain {
            attributes.push(format!("column_name = {}", literal(column.name.as_str())));
        }
        attributes.extend(ty.attribute.as_ref().map(|ty| format!("column_type = {}", literal(ty))));
        // SeaORM takes no key for nullable, though SQLite does if it is not told otherwise.
        if is_key && column.nullable {
            attributes.push("nullable".to_owned());
        }
        if self.unique_by_attribute(&column.name).is_some() {
            attributes.push("unique".to_owned());
        }
        attributes.extend(default_attribute(column, ty.rust));
        if let Some(conflict) = column.attributes.get("not null on conflict") {
            let extra = format!("NOT NULL ON CONFLICT {}", conflict.to_uppercase());
            attributes.push(format!("extra = {}", literal(&extra)));
        }
        attributes.extend(ty.select_as.map(|ty| format!("select_as = {}", literal(ty))));
        attributes.extend(
            column
                .comment
                .as_ref()
                .map(|text| format!("comment = {}", literal(text))),
        );
        let rust = if self.table.is_optional(&column.name) {
            format!("Option<{}>", ty.rust)
        } else {
            ty.rust.to_owned()
        };
        Field {
            attributes,
            ident: name.ident.clone(),
            rust,
        }
    }

    /// Whether `primary_key` alone says that the server numbers the column.
    fn is_numbered_key(&self, column: &Column) -> bool {
        column.identity == Some(Identity::default()) && self.table.key().is_some_and(|(_, key)| key.columns.len() == 1)
    }

    /// The unique constraint that the field's attribute stands for. SeaORM makes a `find_by_…` of it: of `id` there is one
    /// already, and of `r#type` it makes nothing that compiles (sea-orm-macros 2.0.4).
    fn unique_by_attribute(&self, column: &Ident) -> Option<usize> {
        let name = self.table.field(column)?;
        let mut constraints = self.table.table.constraints.iter().enumerate();
        let found = constraints.find(|(_, constraint)| match &constraint.kind {
            ConstraintKind::Unique(key) => is_plain(key) && key.names().eq([column]),
            _ => false,
        });
        found
            .map(|(at, _)| at)
            .filter(|_| name.ident != "id" && name.ident == name.plain())
    }

    fn call(&mut self, method: &str, arguments: impl IntoIterator<Item = Argument>) {
        self.calls.push(Call::new(method, arguments));
    }

    fn variant(&self, name: &Ident) -> String {
        let field = self.table.field(name);
        format!("Column::{}", field.map_or("", |name| name.variant.as_str()))
    }

    fn columns<'n>(&self, names: impl IntoIterator<Item = &'n Ident>) -> Argument {
        Argument::Array(names.into_iter().map(|name| self.variant(name)).collect())
    }

    /// What the entity does not say.
    fn declare(&mut self) {
        let table = self.table.table;
        if let Some((row, _)) = &self.table.row {
            let column = Argument::Plain(format!("Column::{}", row.variant));
            self.call("implicit_key", [column]);
        }
        self.declare_extension();
        let mut constraints: Vec<(usize, &Constraint)> = table.constraints.iter().enumerate().collect();
        constraints.sort_by_key(|(_, constraint)| match &constraint.kind {
            ConstraintKind::PrimaryKey(_) => 0,
            ConstraintKind::ForeignKey(_) => 1,
            ConstraintKind::Unique(_) => 2,
            ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => 3,
        });
        for (at, constraint) in constraints {
            match &constraint.kind {
                ConstraintKind::PrimaryKey(key) => self.declare_key(constraint, key),
                ConstraintKind::ForeignKey(key) => self.declare_foreign_key(at, constraint, key),
                ConstraintKind::Unique(key) => self.declare_unique(at, constraint, key),
                ConstraintKind::Check(check) if constraint.name.is_some() && check.attributes.is_empty() => {
                    let name = constraint.name.as_ref().map_or("", Ident::as_str);
                    self.call(
                        "check",
                        [Argument::text(name), Argument::text(check.expression.as_str())],
                    );
                }
                ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => self.declare_as_sql(constraint),
            }
        }
        for at in 0..table.columns.len() {
            self.declare_column(at);
        }
        for index in table.indexes.values() {
            self.declare_index(index);
        }
        for (name, value) in table.attributes.iter() {
            let option = if value.is_empty() {
                name.to_uppercase()
            } else {
                format!("{name} = {value}")
            };
            self.call("option", [Argument::text(&option)]);
        }
    }

    fn declare_as_sql(&mut self, constraint: &Constraint) {
        self.call("constraint_sql", [Argument::text(&constraint_definition(constraint))]);
    }

    /// A table whose key is its foreign key to a table of another layer extends that one.
    fn declare_extension(&mut self) {
        let Some((_, key)) = self.table.key().filter(|(_, key)| is_plain(key)) else {
            return;
        };
        let extends = self.relations.iter().find_map(|relation| {
            let entity = relation
                .entity
                .as_ref()
                .filter(|entity| !entity.starts_with("super::"))?;
            let ConstraintKind::ForeignKey(foreign) = &self.table.table.constraints[relation.constraint?].kind else {
                return None;
            };
            (relation.is_key && key.names().eq(&foreign.columns)).then(|| entity.clone())
        });
        if let Some(entity) = extends {
            self.call(&format!("extends::<{entity}>"), []);
        }
    }

    fn declare_key(&mut self, constraint: &Constraint, key: &Key) {
        let columns = self.table.table.columns.iter().map(|column| &column.name);
        let in_order: Vec<&Ident> = columns.filter(|name| self.table.is_key(name)).collect();
        let usual = format!("pk-{}", self.table.table.name.name);
        let name = constraint.name.as_ref().map(Ident::as_str);
        let is_composite = key.columns.len() > 1;
        if !is_plain(key) || !key.names().eq(in_order) || (is_composite && name.is_none()) {
            self.call("primary_key_sql", [Argument::text(&constraint_definition(constraint))]);
        } else if let Some(name) = name.filter(|name| !is_composite || *name != usual) {
            self.call("primary_key_name", [Argument::text(name)]);
        }
    }

    fn declare_unique(&mut self, at: usize, constraint: &Constraint, key: &Key) {
        let by_attribute = match key.names().next() {
            Some(only) if key.columns.len() == 1 => self.unique_by_attribute(only),
            _ => None,
        };
        match &constraint.name {
            _ if !is_plain(key) => self.declare_as_sql(constraint),
            None if by_attribute == Some(at) => {}
            // A further one over the same column would take the name of the first.
            Some(_) if by_attribute.is_some_and(|first| first != at) => self.declare_as_sql(constraint),
            Some(name) => {
                let columns = self.columns(key.names());
                self.call("unique", [Argument::text(name.as_str()), columns]);
            }
            None => self.declare_as_sql(constraint),
        }
    }

    fn declare_foreign_key(&mut self, at: usize, constraint: &Constraint, key: &ForeignKey) {
        let relation = self.relations.iter().find(|relation| relation.constraint == Some(at));
        let options = options(key);
        if relation.is_some_and(|relation| relation.is_key) {
            if let Some(name) = &constraint.name {
                let columns = self.columns(&key.columns);
                self.call("foreign_key_name", [columns, Argument::text(name.as_str())]);
            }
            if !options.is_empty() {
                let columns = self.columns(&key.columns);
                self.call("foreign_key_options", [columns, Argument::text(&options)]);
            }
            return;
        }
        if key.table.schema.is_some() {
            return self.declare_as_sql(constraint);
        }
        let names =
            |names: &[Ident]| Argument::Array(names.iter().map(|name| literal(name.as_str())).collect()).in_one_line();
        let value = format!(
            "terrane_sea_orm::ForeignKey::new({}, {}, {})",
            names(&key.columns),
            literal(key.table.name.as_str()),
            names(&key.referenced)
        );
        let mut calls = Vec::new();
        calls.extend(
            constraint
                .name
                .iter()
                .map(|name| Call::new("named", [Argument::text(name.as_str())])),
        );
        for (method, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
            if let Some(name) = action_name(action) {
                calls.push(Call::new(
                    method,
                    [Argument::Plain(format!("terrane_sea_orm::Action::{name}"))],
                ));
            }
        }
        if !options.is_empty() {
            calls.push(Call::new("options", [Argument::text(&options)]));
        }
        self.call("foreign_key", [Argument::Chain(value, calls)]);
    }

    fn declare_column(&mut self, at: usize) {
        let column = &self.table.table.columns[at];
        let name = || {
            self.table
                .columns
                .get(at)
                .map(|name| format!("Column::{}", name.variant))
        };
        let place = Argument::Plain(name().unwrap_or_default());
        if let Some(declared) = self.types[at].declared.clone() {
            self.call("column_type", [place.clone(), Argument::text(&declared)]);
        }
        if let Some(default) = &column.default
            && default_attribute(column, self.types[at].rust).is_none()
        {
            self.call("default_sql", [place.clone(), Argument::text(default.as_str())]);
        }
        if let Some(collation) = &column.collation {
            self.call("collation", [place.clone(), Argument::text(collation.as_str())]);
        }
        if let Some(generated) = &column.generated {
            let method = if generated.stored {
                "generated_stored"
            } else {
                "generated_virtual"
            };
            self.call(method, [place.clone(), Argument::text(generated.expression.as_str())]);
        }
        if let Some(identity) = &column.identity
            && !(self.table.is_key(&column.name) && self.is_numbered_key(column))
        {
            let options = identity.options.as_ref().map_or("", |options| options.as_str());
            let always = Argument::Plain(identity.always.to_string());
            self.call("identity", [place, always, Argument::text(options)]);
        }
    }

    fn declare_index(&mut self, index: &Index) {
        let name = index.name.as_str();
        let plain: Option<Vec<&Ident>> = index.keys.iter().map(plain_column).collect();
        let is_simple = !index.unique && index.method.is_none() && index.predicate.is_none();
        if let Some(columns) = plain.filter(|_| is_simple) {
            let columns = self.columns(columns);
            return self.call("index_on", [Argument::text(name), columns]);
        }
        let keys = index
            .keys
            .iter()
            .map(|key| Call::new("key", [Argument::text(&print_key(key))]));
        let mut calls: Vec<Call> = keys.collect();
        if index.unique {
            calls.push(Call::new("unique", []));
        }
        calls.extend(
            index
                .method
                .iter()
                .map(|method| Call::new("method", [Argument::text(method)])),
        );
        let predicate = index.predicate.iter();
        calls.extend(predicate.map(|sql| Call::new("predicate", [Argument::text(sql.as_str())])));
        let value = format!("terrane_sea_orm::Index::new({})", literal(name));
        self.call("index", [Argument::Chain(value, calls)]);
    }
}

/// A default that SeaORM can say: a number, a text, a truth, the time.
fn default_attribute(column: &Column, rust: &str) -> Option<String> {
    let default = column.default.as_ref()?;
    let sql = default.as_str();
    let is_simple = |text: &str| {
        text.chars()
            .all(|c| (' '..='~').contains(&c) && !matches!(c, '\'' | '\\' | '"'))
    };
    match rust {
        "i8" | "i16" | "i32" | "i64" => {
            let number: i32 = sql.parse().ok()?;
            (number.to_string() == sql).then(|| format!("default_value = {number}"))
        }
        "String" => {
            let text = sql.strip_prefix('\'')?.strip_suffix('\'')?;
            is_simple(text).then(|| format!("default_value = {}", literal(text)))
        }
        "bool" => match default.canonical() {
            truth @ ("true" | "false") => Some(format!("default_value = {truth}")),
            _ => None,
        },
        "DateTime" | "DateTimeUtc" if default.canonical() == "current_timestamp" => {
            Some("default_expr = \"Expr::current_timestamp()\"".to_owned())
        }
        _ => None,
    }
}

fn plain_column(key: &IndexKey) -> Option<&Ident> {
    let name = key.name()?;
    (*key == IndexKey::column(name.clone())).then_some(name)
}

/// Whether a key is its columns, and nothing else is said of it.
fn is_plain(key: &Key) -> bool {
    *key == Key::new(key.names().cloned())
}

/// What follows the actions of a foreign key.
fn options(key: &ForeignKey) -> String {
    let mut options = Vec::new();
    options.extend(
        key.matching
            .as_ref()
            .map(|matching| format!("MATCH {}", matching.to_uppercase())),
    );
    options.extend(match key.deferrable {
        Deferrability::NotDeferrable => None,
        Deferrability::InitiallyImmediate => Some("DEFERRABLE INITIALLY IMMEDIATE".to_owned()),
        Deferrability::InitiallyDeferred => Some("DEFERRABLE INITIALLY DEFERRED".to_owned()),
    });
    options.extend(key.attributes.has("not valid").then(|| "NOT VALID".to_owned()));
    options.join(" ")
}
