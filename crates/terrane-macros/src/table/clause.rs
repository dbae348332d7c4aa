//! Clauses that stand in the attributes of a struct, and some of them in those of a field.

use crate::fault::Faults;
use crate::item::{IndexKey, Item, Text, once, unknown};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

/// `primary_key(name = "…", columns(a, b))`, `unique(…)`.
#[derive(Default)]
pub(crate) struct Key {
    pub(crate) name: Option<Text>,
    pub(crate) columns: Option<Vec<Text>>,
}

impl Key {
    pub(crate) fn read(item: &Item, faults: &mut Faults) -> Option<Key> {
        let form = format!("{}(name = \"…\", columns(a, b))", item.name());
        let mut key = Key::default();
        for part in item.list(&form, faults)? {
            match part.name().as_str() {
                "name" => once(&mut key.name, &part, part.text(faults), faults),
                "columns" => once(&mut key.columns, &part, part.names(faults), faults),
                _ => unknown(&part, &format!("`{}`", item.name()), &["name", "columns"], faults),
            }
        }
        Some(key)
    }
}

/// `check(name = "…", sql = "…")`, or `check = "…"`.
pub(crate) struct Check {
    pub(crate) name: Option<Text>,
    pub(crate) sql: Text,
}

impl Check {
    pub(crate) fn read(item: &Item, faults: &mut Faults) -> Option<Check> {
        if let crate::item::Value::Is(_) = item.value {
            return item.text(faults).map(|sql| Check { name: None, sql });
        }
        let (mut name, mut sql) = (None, None);
        for part in item.list("check(name = \"…\", sql = \"…\")", faults)? {
            match part.name().as_str() {
                "name" => once(&mut name, &part, part.text(faults), faults),
                "sql" => once(&mut sql, &part, part.text(faults), faults),
                _ => unknown(&part, "`check`", &["name", "sql"], faults),
            }
        }
        if sql.is_none() {
            faults.push(item.span(), "a check says its condition: `sql = \"…\"`");
        }
        sql.map(|sql| Check { name, sql })
    }
}

/// `index(name = "…", on(a, "lower(b) DESC"), unique, method = "gin", predicate = "…", include(c))`.
#[derive(Default)]
pub(crate) struct Index {
    pub(crate) name: Option<Text>,
    pub(crate) on: Option<Vec<IndexKey>>,
    pub(crate) unique: Option<Span>,
    pub(crate) method: Option<Text>,
    pub(crate) predicate: Option<Text>,
    pub(crate) include: Option<Vec<Text>>,
}

impl Index {
    const KEYS: [&str; 6] = ["name", "on", "unique", "method", "predicate", "include"];

    pub(crate) fn read(item: &Item, faults: &mut Faults) -> Option<Index> {
        let mut index = Index::default();
        for part in item.list("index(name = \"…\", on(a, \"lower(b)\"))", faults)? {
            match part.name().as_str() {
                "name" => once(&mut index.name, &part, part.text(faults), faults),
                "on" => once(&mut index.on, &part, part.keys(faults), faults),
                "unique" => once(&mut index.unique, &part, part.flag(faults), faults),
                "method" => once(&mut index.method, &part, part.text(faults), faults),
                "predicate" => once(&mut index.predicate, &part, part.text(faults), faults),
                "include" => once(&mut index.include, &part, part.names(faults), faults),
                _ => unknown(&part, "`index`", &Index::KEYS, faults),
            }
        }
        if index.on.is_none() {
            faults.push(item.span(), "an index says its keys: `on(a, \"lower(b) DESC\")`");
        }
        let of_sql = |on: &Vec<IndexKey>| on.iter().any(|key| matches!(key, IndexKey::Sql(_)));
        if index.name.is_none() && index.on.as_ref().is_some_and(of_sql) {
            faults.push(item.span(), "an index with an expression needs a name: `name = \"…\"`");
        }
        Some(index)
    }
}

/// `foreign_key(name = "…", columns(a, b), references = path::Type, to(x, y), on_delete = "cascade", on_update = "…",
/// options = "…")`.
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<Text>,
    pub(crate) references: Type,
    pub(crate) to: Option<Vec<Text>>,
    pub(crate) terms: Terms,
}

/// What a foreign key says besides its columns.
#[derive(Default)]
pub(crate) struct Terms {
    pub(crate) name: Option<Text>,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
    pub(crate) options: Option<Text>,
}

impl ForeignKey {
    const KEYS: [&str; 7] = [
        "name",
        "columns",
        "references",
        "to",
        "on_delete",
        "on_update",
        "options",
    ];

    pub(crate) fn read(item: &Item, faults: &mut Faults) -> Option<ForeignKey> {
        let (mut columns, mut references, mut to) = (None, None, None);
        let mut terms = Terms::default();
        for part in item.list("foreign_key(columns(a, b), references = path::To::Struct)", faults)? {
            match part.name().as_str() {
                "name" => once(&mut terms.name, &part, part.text(faults), faults),
                "columns" => once(&mut columns, &part, part.names(faults), faults),
                "references" => once(&mut references, &part, part.ty(faults), faults),
                "to" => once(&mut to, &part, part.names(faults), faults),
                "on_delete" => once(&mut terms.on_delete, &part, Action::read(&part, faults), faults),
                "on_update" => once(&mut terms.on_update, &part, Action::read(&part, faults), faults),
                "options" => once(&mut terms.options, &part, part.text(faults), faults),
                _ => unknown(&part, "`foreign_key`", &ForeignKey::KEYS, faults),
            }
        }
        if columns.is_none() {
            faults.push(item.span(), "a foreign key says its columns: `columns(a, b)`");
        }
        if references.is_none() {
            faults.push(
                item.span(),
                "a foreign key says what it refers to: `references = path::To::Struct`",
            );
        }
        let (columns, references) = (columns?, references?);
        if to.as_ref().is_some_and(|to: &Vec<Text>| to.len() != columns.len()) {
            faults.push(item.span(), "`columns` and `to` name another number of columns");
        }
        Some(ForeignKey {
            columns,
            references,
            to,
            terms,
        })
    }
}

/// What a foreign key does to the referring rows: a variant of `Action`.
pub(crate) struct Action(Ident);

impl Action {
    const ALL: [(&str, &str); 5] = [
        ("no action", "NoAction"),
        ("restrict", "Restrict"),
        ("cascade", "Cascade"),
        ("set null", "SetNull"),
        ("set default", "SetDefault"),
    ];

    pub(crate) fn read(item: &Item, faults: &mut Faults) -> Option<Action> {
        let said = item.text(faults)?;
        let words = said.text.to_ascii_lowercase().replace(['_', '-'], " ");
        let found = Action::ALL.iter().find(|(name, _)| *name == words.trim());
        if found.is_none() {
            let names = Action::ALL.map(|(name, _)| name).join("`, `");
            faults.push(said.span, format!("`{}` is no action; there are `{names}`", said.text));
        }
        found.map(|(_, variant)| Action(format_ident!("{variant}")))
    }
}

impl Terms {
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_none() && self.on_delete.is_none() && self.on_update.is_none() && self.options.is_none()
    }

    /// The value of `terrane_model::expansion::Terms`.
    pub(crate) fn expand(&self, krate: &TokenStream) -> TokenStream {
        let text = |text: &Option<Text>| optional(text.as_ref().map(quote_text));
        let action =
            |action: &Option<Action>| optional(action.as_ref().map(|Action(variant)| quote!(#krate::Action::#variant)));
        let (name, rest) = (text(&self.name), text(&self.options));
        let (on_delete, on_update) = (action(&self.on_delete), action(&self.on_update));
        quote!(#krate::expansion::Terms {
            name: #name,
            on_delete: #on_delete,
            on_update: #on_update,
            rest: #rest,
        })
    }
}

fn quote_text(text: &Text) -> TokenStream {
    let text = &text.text;
    quote!(#text)
}

/// A value of `Option`.
pub(crate) fn optional(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
