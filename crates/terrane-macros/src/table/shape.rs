//! A struct and its attributes as the table that they mean, before it is put into code.

use super::field_attribute::FieldAttributes;
use super::rust_type::RustType;
use super::struct_attribute::{Clause, StructAttributes};
use crate::case::snake_case;
use crate::fault::Faults;
use crate::item::Text;
use proc_macro2::{Ident, Span};
use std::collections::BTreeMap;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, Type};
use terrane_core::text::closest;

pub(crate) struct Shape<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) said: StructAttributes,
    /// The name of the table.
    pub(crate) name: String,
    pub(crate) columns: Vec<Column<'i>>,
    /// Which of the columns are the primary key, in its order.
    pub(crate) key: Vec<usize>,
}

pub(crate) struct Column<'i> {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) said: FieldAttributes,
    pub(crate) rust: RustType<'i>,
    pub(crate) source: Source,
}

/// Where the SQL type of a column comes from.
pub(crate) enum Source {
    /// It is known.
    Sql(String),
    /// It is that of the primary key of another table.
    KeyOf(Type),
    /// It is that of a column of the primary key of the table that this one extends.
    KeyOfExtended { index: usize },
    /// The Rust type knows it.
    Trait,
}

impl<'i> Shape<'i> {
    pub(crate) fn of(input: &'i DeriveInput, faults: &mut Faults) -> Option<Shape<'i>> {
        let said = StructAttributes::read(&input.attrs, faults);
        if !input.generics.params.is_empty() {
            faults.push(input.generics.span(), "a table has no parameters");
        }
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => Some(&fields.named),
                _ => None,
            },
            _ => None,
        };
        let Some(fields) = fields else {
            faults.push(input.ident.span(), "a table is a struct with named fields");
            return None;
        };
        let columns: Vec<Column<'i>> = fields.iter().filter_map(|field| Column::of(field, faults)).collect();
        if columns.is_empty() {
            faults.push(
                input.ident.span(),
                "a table has a column at least; this struct has no field that is one",
            );
        }
        let name = said.name.as_ref().map(|name| name.text.clone());
        let mut shape = Shape {
            ident: &input.ident,
            name: name.unwrap_or_else(|| snake_case(&input.ident.unraw().to_string())),
            said,
            columns,
            key: Vec::new(),
        };
        shape.refuse_doubles(faults);
        shape.key = shape.find_key(faults);
        shape.inherit_types();
        Some(shape)
    }

    fn refuse_doubles(&self, faults: &mut Faults) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for column in &self.columns {
            if let Some(other) = seen.insert(&column.name, &column.field) {
                faults.push(
                    column.span,
                    format!("`{other}` and `{}` are both the column `{}`", column.field, column.name),
                );
            }
        }
    }

    /// The primary key, which the struct names, or the fields do.
    fn find_key(&self, faults: &mut Faults) -> Vec<usize> {
        let marked = |index: &usize| self.columns[*index].said.primary_key.is_some();
        let by_fields: Vec<usize> = (0..self.columns.len()).filter(marked).collect();
        let Some(named) = self.said.primary_key.as_ref().and_then(|key| key.columns.as_ref()) else {
            if let (Some(key), true) = (&self.said.primary_key, by_fields.is_empty()) {
                let at = key.name.as_ref().map_or(self.ident.span(), |name| name.span);
                faults.push(
                    at,
                    "a primary key says its columns: `columns(a, b)`, or `primary_key` on a field",
                );
            }
            return self.refuse_nulls(by_fields, faults);
        };
        if let Some(at) = by_fields
            .first()
            .and_then(|&index| self.columns[index].said.primary_key)
        {
            faults.push(at, "the struct names the columns of the primary key already");
        }
        let by_struct = self.find_all(named, faults);
        self.refuse_nulls(by_struct, faults)
    }

    fn refuse_nulls(&self, key: Vec<usize>, faults: &mut Faults) -> Vec<usize> {
        for column in key.iter().map(|&index| &self.columns[index]) {
            let marked = column.said.primary_key.is_some();
            if column.rust.optional {
                let message = "a column of the primary key is never NULL, and no `Option`";
                faults.push(column.rust.inner.span(), message);
            } else if let (Some(at), false) = (column.said.nullable, marked) {
                faults.push(at, "a column of the primary key is never NULL");
            }
        }
        key
    }

    /// The primary key of a table that extends another is of the types there, unless it says what it refers to itself.
    fn inherit_types(&mut self) {
        if !self.is_tied_by_itself() {
            return;
        }
        for (index, &at) in self.key.iter().enumerate() {
            let column = &mut self.columns[at];
            if !column.says_type() {
                column.source = Source::KeyOfExtended { index };
            }
        }
    }

    /// Whether it extends a table without a foreign key of its primary key that is written out.
    pub(crate) fn is_tied_by_itself(&self) -> bool {
        let key: Vec<&Column<'_>> = self.key.iter().map(|&index| &self.columns[index]).collect();
        let names_key = |clause: &Clause| {
            matches!(clause, Clause::ForeignKey(clause)
                if clause.columns.iter().map(|column| &column.text).eq(key.iter().map(|column| &column.field)))
        };
        let is_written = match key.as_slice() {
            [column] => column.refers() || self.said.clauses.iter().any(names_key),
            _ => self.said.clauses.iter().any(names_key),
        };
        self.said.extends.is_some() && !is_written
    }

    /// The column of a field that an attribute names.
    pub(crate) fn find(&self, field: &Text, faults: &mut Faults) -> Option<usize> {
        let found = self.columns.iter().position(|column| column.field == field.text);
        if found.is_none() {
            let fields = || self.columns.iter().map(|column| column.field.as_str());
            let by_column = self.columns.iter().find(|column| column.name == field.text);
            let near = by_column
                .map(|column| column.field.as_str())
                .or_else(|| closest(&field.text, fields()));
            let hint = match near {
                Some(near) => format!("; write `{near}`"),
                None => format!("; there are `{}`", fields().collect::<Vec<_>>().join("`, `")),
            };
            let message = format!("no field `{}` is a column of `{}`{hint}", field.text, self.ident);
            faults.push(field.span, message);
        }
        found
    }

    /// The columns of fields that an attribute names, each once.
    pub(crate) fn find_all(&self, fields: &[Text], faults: &mut Faults) -> Vec<usize> {
        let mut found = Vec::new();
        for field in fields {
            match self.find(field, faults) {
                Some(index) if found.contains(&index) => {
                    faults.push(field.span, format!("`{}` is named twice", field.text));
                }
                Some(index) => found.push(index),
                None => {}
            }
        }
        found
    }

    /// Their names.
    pub(crate) fn names(&self, fields: &[Text], faults: &mut Faults) -> Vec<&str> {
        let found = self.find_all(fields, faults);
        found
            .into_iter()
            .map(|index| self.columns[index].name.as_str())
            .collect()
    }
}

impl<'i> Column<'i> {
    /// The column of a field, unless it is skipped.
    fn of(field: &'i Field, faults: &mut Faults) -> Option<Column<'i>> {
        let said = FieldAttributes::read(&field.attrs, faults);
        let ident = field.ident.as_ref().filter(|_| said.skip.is_none())?;
        let field_name = ident.unraw().to_string();
        let rust = RustType::of(&field.ty);
        let source = source(&said, &rust, faults);
        let column = Column {
            name: said.name.as_ref().map_or(&field_name, |name| &name.text).clone(),
            field: field_name,
            span: ident.span(),
            said,
            rust,
            source,
        };
        column.refuse_terms(faults);
        Some(column)
    }

    /// Whether it is a foreign key by itself.
    pub(crate) fn refers(&self) -> bool {
        self.said.references.is_some() || self.rust.is_foreign_key()
    }

    fn says_type(&self) -> bool {
        self.said.ty.is_some() || self.said.length.is_some() || self.said.precision.is_some()
    }

    fn refuse_terms(&self, faults: &mut Faults) {
        if let (Some(ty), true) = (&self.said.references, self.rust.is_foreign_key()) {
            faults.push(ty.span(), "the type of the field says what it refers to already");
        }
        // A type that is not known here may be a foreign key all the same, which shows when the table is asked for.
        if !self.said.terms.is_empty() && !self.refers() && !matches!(self.source, Source::Trait) {
            let message = "`on_delete`, `on_update`, `fk_name` and `fk_options` are said of a foreign key: \
                           `references = path::To::Struct`, or a field of type `Fk<path::To::Struct>`";
            faults.push(self.span, message);
        }
    }
}

fn source(said: &FieldAttributes, rust: &RustType<'_>, faults: &mut Faults) -> Source {
    if let Some(ty) = &said.ty {
        return Source::Sql(ty.text.clone());
    }
    let known = rust.sql.as_deref();
    if let Some((length, at)) = said.length {
        if let Some(name @ ("varchar" | "char" | "varbinary")) = known {
            return Source::Sql(format!("{name}({length})"));
        }
        faults.push(
            at,
            "`String`, `char` and `Vec<u8>` have a length; say others whole: `ty = \"…\"`",
        );
    }
    if let Some((precision, at)) = said.precision {
        if known == Some("decimal") {
            let scale = said.scale.map(|(scale, _)| format!(", {scale}")).unwrap_or_default();
            return Source::Sql(format!("decimal({precision}{scale})"));
        }
        faults.push(at, "decimals have a precision; say others whole: `ty = \"…\"`");
    }
    match (&said.references, known) {
        (Some(model), _) => Source::KeyOf(model.clone()),
        (None, Some(name)) => Source::Sql(name.to_owned()),
        (None, None) => Source::Trait,
    }
}
