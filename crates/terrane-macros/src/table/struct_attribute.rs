//! `#[table(…)]`.

use super::clause::{Check, ForeignKey, Index, Key};
use crate::fault::Faults;
use crate::item::{Item, Text, items_of, once, unknown};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Path, Type};

/// What it says of a table.
#[derive(Default)]
pub(crate) struct StructAttributes {
    pub(crate) krate: Option<TokenStream>,
    pub(crate) name: Option<Text>,
    pub(crate) schema: Option<Text>,
    pub(crate) comment: Option<Text>,
    pub(crate) renamed_from: Option<Text>,
    pub(crate) extends: Option<Type>,
    pub(crate) primary_key: Option<Key>,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) options: Vec<Text>,
}

/// A constraint, in the order in which they are written.
pub(crate) enum Clause {
    Unique(Key),
    Check(Check),
    ForeignKey(Box<ForeignKey>),
    Sql(Text),
}

const KEYS: [&str; 13] = [
    "name",
    "schema",
    "comment",
    "renamed_from",
    "extends",
    "primary_key",
    "unique",
    "index",
    "check",
    "foreign_key",
    "constraint",
    "option",
    "crate",
];

impl StructAttributes {
    pub(crate) fn read(attributes: &[Attribute], faults: &mut Faults) -> StructAttributes {
        let mut said = StructAttributes::default();
        for item in items_of(attributes, "table", faults) {
            match item.name().as_str() {
                "name" => once(&mut said.name, &item, item.text(faults), faults),
                "schema" => once(&mut said.schema, &item, item.text(faults), faults),
                "comment" => once(&mut said.comment, &item, item.text(faults), faults),
                "renamed_from" => once(&mut said.renamed_from, &item, item.text(faults), faults),
                "extends" => once(&mut said.extends, &item, item.ty(faults), faults),
                "primary_key" => once(&mut said.primary_key, &item, Key::read(&item, faults), faults),
                "unique" => said.clauses.extend(unique(&item, faults)),
                "index" => said.indexes.extend(Index::read(&item, faults)),
                "check" => said.clauses.extend(Check::read(&item, faults).map(Clause::Check)),
                "foreign_key" => said.clauses.extend(foreign_key(&item, faults)),
                "constraint" => said.clauses.extend(item.text(faults).map(Clause::Sql)),
                "option" => said.options.extend(item.text(faults)),
                "crate" => once(&mut said.krate, &item, krate(&item, faults), faults),
                _ => unknown(&item, "`#[table(…)]`", &KEYS, faults),
            }
        }
        said
    }

    /// The path of `terrane_model`.
    pub(crate) fn krate(&self) -> TokenStream {
        self.krate.clone().unwrap_or_else(|| quote!(::terrane_model))
    }
}

fn unique(item: &Item, faults: &mut Faults) -> Option<Clause> {
    let key = Key::read(item, faults)?;
    if key.columns.is_none() {
        faults.push(item.span(), "a unique key says its columns: `columns(a, b)`");
        return None;
    }
    Some(Clause::Unique(key))
}

fn foreign_key(item: &Item, faults: &mut Faults) -> Option<Clause> {
    ForeignKey::read(item, faults).map(|key| Clause::ForeignKey(Box::new(key)))
}

/// Of `crate = "path"`.
pub(crate) fn krate(item: &Item, faults: &mut Faults) -> Option<TokenStream> {
    let text = item.text(faults)?;
    match syn::parse_str::<Path>(&text.text) {
        Ok(path) => Some(path.into_token_stream()),
        Err(_) => {
            faults.push(text.span, format!("`{}` is no path", text.text));
            None
        }
    }
}
