//! `#[column(…)]`.

use super::clause::{Action, Check, Terms};
use crate::fault::Faults;
use crate::item::{Text, items_of, once, unknown};
use proc_macro2::Span;
use syn::{Attribute, Type};

/// What it says of a column.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) name: Option<Text>,
    pub(crate) ty: Option<Text>,
    pub(crate) length: Option<(u32, Span)>,
    pub(crate) precision: Option<(u32, Span)>,
    pub(crate) scale: Option<(u32, Span)>,
    pub(crate) primary_key: Option<Span>,
    pub(crate) identity: Option<Option<Text>>,
    pub(crate) always: Option<Span>,
    pub(crate) unique: Option<Option<Text>>,
    pub(crate) index: Option<Option<Text>>,
    pub(crate) nullable: Option<Span>,
    pub(crate) not_null: Option<Span>,
    pub(crate) default: Option<Text>,
    pub(crate) generated: Option<Text>,
    pub(crate) computed_when_read: Option<Span>,
    pub(crate) collation: Option<Text>,
    pub(crate) comment: Option<Text>,
    pub(crate) renamed_from: Option<Text>,
    pub(crate) checks: Vec<Check>,
    pub(crate) references: Option<Type>,
    pub(crate) terms: Terms,
    pub(crate) extra: Option<Text>,
    pub(crate) skip: Option<Span>,
}

const KEYS: [&str; 26] = [
    "name",
    "ty",
    "length",
    "precision",
    "scale",
    "primary_key",
    "identity",
    "always",
    "unique",
    "index",
    "nullable",
    "not_null",
    "default",
    "generated",
    "virtual",
    "collation",
    "comment",
    "renamed_from",
    "check",
    "references",
    "fk_name",
    "on_delete",
    "on_update",
    "fk_options",
    "extra",
    "skip",
];

impl FieldAttributes {
    pub(crate) fn read(attributes: &[Attribute], faults: &mut Faults) -> FieldAttributes {
        let mut said = FieldAttributes::default();
        let items = items_of(attributes, "column", faults);
        for item in &items {
            match item.name().as_str() {
                "name" => once(&mut said.name, item, item.text(faults), faults),
                "ty" => once(&mut said.ty, item, item.text(faults), faults),
                "length" => once(&mut said.length, item, item.number(faults), faults),
                "precision" => once(&mut said.precision, item, item.number(faults), faults),
                "scale" => once(&mut said.scale, item, item.number(faults), faults),
                "primary_key" => once(&mut said.primary_key, item, item.flag(faults), faults),
                "identity" => once(&mut said.identity, item, item.flag_or_text(faults), faults),
                "always" => once(&mut said.always, item, item.flag(faults), faults),
                "unique" => once(&mut said.unique, item, item.flag_or_text(faults), faults),
                "index" => once(&mut said.index, item, item.flag_or_text(faults), faults),
                "nullable" => once(&mut said.nullable, item, item.flag(faults), faults),
                "not_null" => once(&mut said.not_null, item, item.flag(faults), faults),
                "default" => once(&mut said.default, item, item.text(faults), faults),
                "generated" => once(&mut said.generated, item, item.text(faults), faults),
                "virtual" => once(&mut said.computed_when_read, item, item.flag(faults), faults),
                "collation" => once(&mut said.collation, item, item.text(faults), faults),
                "comment" => once(&mut said.comment, item, item.text(faults), faults),
                "renamed_from" => once(&mut said.renamed_from, item, item.text(faults), faults),
                "check" => said.checks.extend(Check::read(item, faults)),
                "references" => once(&mut said.references, item, item.ty(faults), faults),
                "fk_name" => once(&mut said.terms.name, item, item.text(faults), faults),
                "on_delete" => once(&mut said.terms.on_delete, item, Action::read(item, faults), faults),
                "on_update" => once(&mut said.terms.on_update, item, Action::read(item, faults), faults),
                "fk_options" => once(&mut said.terms.options, item, item.text(faults), faults),
                "extra" => once(&mut said.extra, item, item.text(faults), faults),
                "skip" => once(&mut said.skip, item, item.flag(faults), faults),
                _ => unknown(item, "`#[column(…)]`", &KEYS, faults),
            }
        }
        if let Some(skip) = said.skip
            && items.len() > 1
        {
            faults.push(skip, "what is skipped is no column, and nothing else can be said of it");
        }
        said.refuse_contradictions(faults);
        said
    }

    /// What cannot stand together, and what cannot stand alone, whatever the type is.
    fn refuse_contradictions(&self, faults: &mut Faults) {
        if let (Some(_), Some(at)) = (self.nullable, self.not_null) {
            faults.push(at, "a column is `nullable` or `not_null`");
        }
        if let (Some(_), Some(at)) = (self.primary_key, self.nullable) {
            faults.push(at, "a column of the primary key is never NULL");
        }
        if let (Some(_), Some(default)) = (&self.identity, &self.default) {
            faults.push(default.span, "a column that the server numbers has no default");
        }
        if let Some(generated) = &self.generated {
            if self.default.is_some() {
                faults.push(generated.span, "a generated column has no default");
            }
            if self.identity.is_some() {
                faults.push(generated.span, "a column is `generated` or an `identity`");
            }
        }
        if let (Some(at), None) = (self.computed_when_read, &self.generated) {
            faults.push(
                at,
                "`virtual` is said of a generated column: `generated = \"…\", virtual`",
            );
        }
        if let (Some(at), None) = (self.always, &self.identity) {
            faults.push(at, "`always` is said of an identity: `identity, always`");
        }
        if let (Some((_, at)), None) = (self.scale, self.precision) {
            faults.push(at, "`scale` comes with `precision`");
        }
        if let Some(ty) = &self.ty {
            for (_, at) in [self.length, self.precision, self.scale].into_iter().flatten() {
                faults.push(at, format!("say it in the type: `ty = \"{}(…)\"`", ty.text));
            }
        }
    }
}
