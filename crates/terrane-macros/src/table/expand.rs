//! A table as the code that makes it.

use super::clause::{Check, ForeignKey, Index, optional};
use super::shape::{Column, Shape, Source};
use super::struct_attribute::Clause;
use crate::fault::Faults;
use crate::item::{IndexKey, Text};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;
use terrane_core::sql::quote_identifier;

/// The implementation of `Model`, the declaration, and what the compiler is to check.
pub(crate) fn expand(shape: &Shape<'_>, faults: &mut Faults) -> TokenStream {
    let expansion = Expansion {
        shape,
        krate: shape.said.krate(),
    };
    let model = expansion.model(faults);
    let checks = expansion.checks(faults);
    let (krate, ident) = (&expansion.krate, shape.ident);
    let line = quote_spanned!(ident.span()=> ::core::line!());
    quote! {
        #model
        const _: () = { #checks };
        #krate::inventory::submit! {
            #krate::Declaration {
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: #line,
                manifest: ::core::env!("CARGO_MANIFEST_DIR"),
                door: #krate::Door::Derive,
                table: || {
                    let mut table = <#ident as #krate::Model>::table();
                    table.check();
                    table
                },
            }
        }
    }
}

struct Expansion<'s> {
    shape: &'s Shape<'s>,
    krate: TokenStream,
}

impl Expansion<'_> {
    fn key(&self) -> impl Iterator<Item = &Column<'_>> {
        self.shape.key.iter().map(|&index| &self.shape.columns[index])
    }

    /// What was written, with `Self` as the name that it has outside of the struct.
    fn outside(&self, written: impl ToTokens) -> TokenStream {
        without_self(written.into_token_stream(), self.shape.ident)
    }

    fn model(&self, faults: &mut Faults) -> TokenStream {
        let krate = &self.krate;
        let (ident, name) = (self.shape.ident, &self.shape.name);
        let schema = optional(
            self.shape
                .said
                .schema
                .as_ref()
                .map(|schema| schema.text.to_token_stream()),
        );
        let key_types: Vec<_> = self.key().map(|column| column.rust.inner).collect();
        let key = match key_types.as_slice() {
            [one] => quote!(#one),
            several => quote!((#(#several),*)),
        };
        let key_columns = self.key().map(|column| {
            let (name, ty) = (&column.name, self.sql_type(column));
            quote!(#krate::KeyColumn { name: #name, ty: #ty })
        });
        let fields = self.shape.columns.iter().map(|column| {
            let (field, name) = (&column.field, &column.name);
            quote!((#field, #name))
        });
        let table = self.table(faults);
        quote! {
            #[automatically_derived]
            impl #krate::Model for #ident {
                type Key = #key;
                const SCHEMA: ::core::option::Option<&'static str> = #schema;
                const TABLE: &'static str = #name;
                const KEY: &'static [#krate::KeyColumn] = &[#(#key_columns),*];
                const FIELDS: &'static [(&'static str, &'static str)] = &[#(#fields),*];

                fn table() -> #krate::Table {
                    #table
                }
            }
        }
    }

    fn table(&self, faults: &mut Faults) -> TokenStream {
        let krate = &self.krate;
        let said = &self.shape.said;
        let (comment, renamed_from) = (string(said.comment.as_ref()), string(said.renamed_from.as_ref()));
        let columns = self.shape.columns.iter().map(|column| self.column(column));
        let indexes = self.indexes(faults);
        let constraints = self.constraints(faults);
        let options = strings(krate, said.options.iter().map(|option| &option.text));
        quote! {
            let mut table = #krate::Table {
                schema: <Self as #krate::Model>::SCHEMA.map(::std::string::String::from),
                name: ::std::string::String::from(<Self as #krate::Model>::TABLE),
                comment: #comment,
                renamed_from: #renamed_from,
                columns: ::std::vec![#(#columns),*],
                indexes: ::std::vec![#(#indexes),*],
                ..::core::default::Default::default()
            };
            #(#constraints)*
            table.options = #options;
            table
        }
    }

    fn column(&self, column: &Column<'_>) -> TokenStream {
        let krate = &self.krate;
        let (name, said) = (&column.name, &column.said);
        let (ty, nullable) = (self.sql_type(column), self.nullable(column));
        let line = quote_spanned!(column.span=> ::core::line!());
        let mut more = TokenStream::new();
        for (field, text) in [
            (quote!(default), &said.default),
            (quote!(collation), &said.collation),
            (quote!(comment), &said.comment),
            (quote!(renamed_from), &said.renamed_from),
            (quote!(extra), &said.extra),
        ] {
            if text.is_some() {
                let text = string(text.as_ref());
                more.extend(quote!(#field: #text,));
            }
        }
        if let Some(generated) = &said.generated {
            let (expression, stored) = (&generated.text, said.computed_when_read.is_none());
            more.extend(quote!(generated: ::core::option::Option::Some(#krate::Generated {
                expression: ::std::string::String::from(#expression),
                stored: #stored,
            }),));
        }
        if let Some(options) = &said.identity {
            let (always, options) = (said.always.is_some(), string(options.as_ref()));
            more.extend(quote!(identity: ::core::option::Option::Some(#krate::Identity {
                always: #always,
                options: #options,
            }),));
        }
        quote! {
            #krate::Column {
                name: ::std::string::String::from(#name),
                ty: ::std::string::String::from(#ty),
                nullable: #nullable,
                line: #line,
                #more
                ..::core::default::Default::default()
            }
        }
    }

    /// The type of a column, as an expression that is constant.
    fn sql_type(&self, column: &Column<'_>) -> TokenStream {
        let krate = &self.krate;
        match &column.source {
            Source::Sql(ty) => quote!(#ty),
            Source::KeyOf(model) => quote!(#krate::expansion::key_type(<#model as #krate::Model>::KEY)),
            Source::KeyOfExtended { index } => {
                let (parent, length) = (&self.shape.said.extends, self.shape.key.len());
                quote!(#krate::expansion::key_type_at(<#parent as #krate::Model>::KEY, #index, #length))
            }
            Source::Trait => {
                let ty = column.rust.inner;
                quote_spanned!(ty.span()=> <#ty as #krate::ColumnType>::SQL)
            }
        }
    }

    fn nullable(&self, column: &Column<'_>) -> TokenStream {
        let is_key = self.key().any(|key| key.name == column.name);
        let said = &column.said;
        match column.source {
            _ if is_key || said.not_null.is_some() => quote!(false),
            _ if said.nullable.is_some() || column.rust.optional => quote!(true),
            Source::Trait => {
                let (krate, ty) = (&self.krate, column.rust.inner);
                quote_spanned!(ty.span()=> <#ty as #krate::ColumnType>::NULLABLE)
            }
            _ => quote!(false),
        }
    }

    /// The statements that add constraints, and what comes with them: the keys, then the foreign keys and checks of
    /// fields, then what the struct says.
    fn constraints(&self, faults: &mut Faults) -> Vec<TokenStream> {
        let krate = &self.krate;
        let mut statements = Vec::new();
        let key: Vec<&str> = self.key().map(|column| column.name.as_str()).collect();
        if !key.is_empty() {
            let name = self.shape.said.primary_key.as_ref().and_then(|key| key.name.as_ref());
            statements.push(self.key_constraint(quote!(PrimaryKey), name, &key));
        }
        for column in &self.shape.columns {
            if let Some(name) = &column.said.unique {
                statements.push(self.key_constraint(quote!(Unique), name.as_ref(), &[&column.name]));
            }
        }
        for column in &self.shape.columns {
            statements.extend(self.foreign_key_of(column));
        }
        for check in self.shape.columns.iter().flat_map(|column| &column.said.checks) {
            statements.push(self.check(check));
        }
        for clause in &self.shape.said.clauses {
            statements.push(match clause {
                Clause::Unique(key) => {
                    let columns = self.shape.names(key.columns.as_deref().unwrap_or_default(), faults);
                    self.key_constraint(quote!(Unique), key.name.as_ref(), &columns)
                }
                Clause::Check(check) => self.check(check),
                Clause::ForeignKey(key) => self.foreign_key(key, faults),
                Clause::Sql(sql) => {
                    let sql = &sql.text;
                    quote!(table.constraints.push(#krate::Constraint::Sql(::std::string::String::from(#sql)));)
                }
            });
        }
        if let Some(parent) = &self.shape.said.extends {
            statements.push(quote!(#krate::expansion::extends::<#parent>(&mut table);));
        }
        statements
    }

    fn key_constraint(&self, kind: TokenStream, name: Option<&Text>, columns: &[&str]) -> TokenStream {
        let krate = &self.krate;
        let (name, columns) = (string(name), strings(krate, columns));
        quote! {
            table.constraints.push(#krate::Constraint::#kind(#krate::Key { name: #name, columns: #columns }));
        }
    }

    fn check(&self, check: &Check) -> TokenStream {
        let krate = &self.krate;
        let (name, condition) = (string(check.name.as_ref()), &check.sql.text);
        quote! {
            table.constraints.push(#krate::Constraint::Check {
                name: #name,
                condition: ::std::string::String::from(#condition),
            });
        }
    }

    /// The foreign key of a field, and what else its type brings with it.
    fn foreign_key_of(&self, column: &Column<'_>) -> Option<TokenStream> {
        let krate = &self.krate;
        let (name, terms) = (&column.name, &column.said.terms);
        if let Some(model) = &column.said.references {
            let terms = terms.expand(krate);
            return Some(quote! {
                #krate::expansion::foreign_key::<#model>(
                    &mut table, &[#name], ::core::option::Option::None, #terms,
                );
            });
        }
        if !matches!(column.source, Source::Trait) && !column.rust.is_foreign_key() {
            return None;
        }
        let ty = column.rust.inner;
        let terms = optional((!terms.is_empty()).then(|| terms.expand(krate)));
        Some(quote_spanned!(ty.span()=> #krate::expansion::typed::<#ty>(&mut table, #name, #terms);))
    }

    fn foreign_key(&self, key: &ForeignKey, faults: &mut Faults) -> TokenStream {
        let krate = &self.krate;
        let columns = self.shape.names(&key.columns, faults);
        let (model, terms) = (&key.references, key.terms.expand(krate));
        let to = optional(key.to.as_ref().map(|to| {
            let columns = to.iter().map(|field| self.column_there(model, field));
            quote!(&[#(#columns),*])
        }));
        quote!(#krate::expansion::foreign_key::<#model>(&mut table, &[#(#columns),*], #to, #terms);)
    }

    /// The column of a field of another struct.
    fn column_there(&self, model: &Type, field: &Text) -> TokenStream {
        let krate = &self.krate;
        let name = &field.text;
        quote_spanned!(field.span=> #krate::expansion::column_of(<#model as #krate::Model>::FIELDS, #name))
    }

    fn indexes(&self, faults: &mut Faults) -> Vec<TokenStream> {
        let mut all = Vec::new();
        for column in &self.shape.columns {
            if let Some(name) = &column.said.index {
                let name = name.as_ref().map(|name| name.text.clone());
                let name = name.unwrap_or_else(|| format!("ix_{}_{}", self.shape.name, column.name));
                let keys = [quote_identifier(&column.name).into_owned()];
                all.push(self.index(&name, &keys, &Index::default(), faults));
            }
        }
        for index in &self.shape.said.indexes {
            let mut names = vec!["ix".to_owned(), self.shape.name.clone()];
            let mut keys = Vec::new();
            for key in index.on.iter().flatten() {
                match key {
                    IndexKey::Sql(sql) => keys.push(sql.text.clone()),
                    IndexKey::Field(field) => {
                        let Some(column) = self.shape.find(field, faults) else {
                            continue;
                        };
                        let name = &self.shape.columns[column].name;
                        keys.push(quote_identifier(name).into_owned());
                        names.push(name.clone());
                    }
                }
            }
            let name = index
                .name
                .as_ref()
                .map_or_else(|| names.join("_"), |name| name.text.clone());
            all.push(self.index(&name, &keys, index, faults));
        }
        all
    }

    fn index(&self, name: &str, keys: &[String], index: &Index, faults: &mut Faults) -> TokenStream {
        let krate = &self.krate;
        let include = self.shape.names(index.include.as_deref().unwrap_or_default(), faults);
        let (keys, include) = (strings(krate, keys), strings(krate, &include));
        let unique = index.unique.is_some();
        let (method, predicate) = (string(index.method.as_ref()), string(index.predicate.as_ref()));
        quote! {
            #krate::Index {
                name: ::std::string::String::from(#name),
                unique: #unique,
                method: #method,
                keys: #keys,
                include: #include,
                predicate: #predicate,
            }
        }
    }

    /// What does not compile where a foreign key does not fit what it refers to. It stands outside of functions, since
    /// the compiler looks into those only when they are called.
    fn checks(&self, faults: &mut Faults) -> TokenStream {
        let krate = &self.krate;
        let mut checks = TokenStream::new();
        for column in &self.shape.columns {
            let (ty, span) = (self.outside(column.rust.inner), column.rust.inner.span());
            let krate = &spanned(krate, span);
            if let Some(model) = &column.said.references {
                checks.extend(self.same_key(model, &ty, span));
                let model = self.outside(model);
                checks.extend(quote_spanned!(span=>
                    let _ = #krate::expansion::key_type(<#model as #krate::Model>::KEY);));
            }
            if column.rust.is_foreign_key() {
                checks.extend(quote_spanned!(span=> let _ = <#ty as #krate::ColumnType>::SQL;));
            }
        }
        for clause in &self.shape.said.clauses {
            let Clause::ForeignKey(key) = clause else { continue };
            let model = self.outside(&key.references);
            let Some(to) = &key.to else {
                // What is not found was reported where the foreign key was made.
                let found = self.shape.find_all(&key.columns, &mut Faults::default());
                let columns: Vec<_> = found.iter().map(|&index| &self.shape.columns[index]).collect();
                checks.extend(self.same_key(&key.references, &self.key_of(&columns), key.references.span()));
                continue;
            };
            for field in to {
                let (name, krate) = (&field.text, spanned(krate, field.span));
                checks.extend(quote_spanned!(field.span=>
                    let _ = #krate::expansion::column_of(<#model as #krate::Model>::FIELDS, #name);));
            }
        }
        if let (Some(parent), true) = (&self.shape.said.extends, self.shape.is_tied_by_itself()) {
            let columns: Vec<_> = self.key().collect();
            if columns.is_empty() {
                let message = "a table that extends another has a primary key, which is the foreign key to that one's";
                faults.push(parent.span(), message);
            }
            checks.extend(self.same_key(parent, &self.key_of(&columns), parent.span()));
        }
        checks
    }

    /// The Rust type of a key of those columns.
    fn key_of(&self, columns: &[&Column<'_>]) -> TokenStream {
        let types: Vec<_> = columns.iter().map(|column| self.outside(column.rust.inner)).collect();
        match types.as_slice() {
            [one] => one.clone(),
            several => quote!((#(#several),*)),
        }
    }

    /// Holds the Rust type of a foreign key to that of the primary key to which it refers.
    fn same_key(&self, model: &Type, ty: &TokenStream, span: Span) -> TokenStream {
        let krate = spanned(&self.krate, span);
        let outside = self.outside(model);
        quote_spanned! {span=>
            let _: #krate::expansion::Key<<#outside as #krate::Model>::Key> = #krate::expansion::Key::<#ty>::new();
        }
    }
}

/// A text as a value of `Option<String>`.
fn string(text: Option<&Text>) -> TokenStream {
    optional(text.map(|text| {
        let text = &text.text;
        quote!(::std::string::String::from(#text))
    }))
}

/// Texts as a value of `Vec<String>`.
fn strings(krate: &TokenStream, texts: impl IntoIterator<Item = impl AsRef<str>>) -> TokenStream {
    let texts: Vec<String> = texts.into_iter().map(|text| text.as_ref().to_owned()).collect();
    quote!(#krate::expansion::strings(&[#(#texts),*]))
}

/// The same tokens as if they stood there, which is where the compiler then points.
fn spanned(tokens: &TokenStream, span: Span) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    moved.collect()
}

fn without_self(tokens: TokenStream, ident: &Ident) -> TokenStream {
    let renamed = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(name) if name == "Self" => {
            let mut outside = ident.clone();
            outside.set_span(name.span());
            TokenTree::Ident(outside)
        }
        TokenTree::Group(group) => {
            let mut renamed = Group::new(group.delimiter(), without_self(group.stream(), ident));
            renamed.set_span(group.span());
            TokenTree::Group(renamed)
        }
        other => other,
    });
    renamed.collect()
}
