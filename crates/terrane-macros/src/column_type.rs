//! `#[derive(ColumnType)]`: an enum as an enumerated type, a struct around one value as the type of the value.

use crate::case::{CASES, in_case, snake_case};
use crate::fault::Faults;
use crate::item::{Item, Text, items_of, once, unknown};
use crate::table::{RustType, krate};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::BTreeSet;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DataEnum, DataStruct, DeriveInput, Variant};

/// The code for a type, or all that is wrong with it.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut faults = Faults::default();
    let expanded = read(input, &mut faults);
    faults.expand().unwrap_or(expanded)
}

fn read(input: TokenStream, faults: &mut Faults) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => {
            faults.push_error(error);
            return TokenStream::new();
        }
    };
    if !input.generics.params.is_empty() {
        faults.push(
            input.generics.span(),
            "implement `ColumnType` for a type with parameters by hand",
        );
    }
    let said = Attributes::read(&input.attrs, faults);
    let members = match &input.data {
        Data::Enum(data) => enumerated(&input.ident, data, &said, faults),
        Data::Struct(data) => around(&input.ident, data, &said, faults),
        Data::Union(_) => {
            faults.push(input.ident.span(), "a union is no type of a column");
            TokenStream::new()
        }
    };
    let (krate, ident) = (said.krate(), &input.ident);
    quote! {
        #[automatically_derived]
        impl #krate::ColumnType for #ident {
            #members
        }
    }
}

/// What `#[column_type(…)]` says of a type.
#[derive(Default)]
struct Attributes {
    krate: Option<TokenStream>,
    name: Option<Text>,
    ty: Option<Text>,
    rename_all: Option<Text>,
}

impl Attributes {
    fn read(attributes: &[Attribute], faults: &mut Faults) -> Attributes {
        let mut said = Attributes::default();
        for item in items_of(attributes, "column_type", faults) {
            match item.name().as_str() {
                "name" => once(&mut said.name, &item, item.text(faults), faults),
                "ty" => once(&mut said.ty, &item, item.text(faults), faults),
                "rename_all" => once(&mut said.rename_all, &item, case(&item, faults), faults),
                "crate" => once(&mut said.krate, &item, krate(&item, faults), faults),
                _ => unknown(
                    &item,
                    "`#[column_type(…)]` of a type",
                    &["name", "ty", "rename_all", "crate"],
                    faults,
                ),
            }
        }
        if let (Some(name), Some(_)) = (&said.name, &said.ty) {
            faults.push(name.span, "`name` makes an enumerated type, and `ty` does without one");
        }
        said
    }

    fn krate(&self) -> TokenStream {
        self.krate.clone().unwrap_or_else(|| quote!(::terrane_model))
    }
}

fn case(item: &Item, faults: &mut Faults) -> Option<Text> {
    let case = item.text(faults)?;
    if !CASES.contains(&case.text.as_str()) {
        let message = format!("`{}` is no case; there are `{}`", case.text, CASES.join("`, `"));
        faults.push(case.span, message);
    }
    Some(case)
}

fn enumerated(ident: &Ident, data: &DataEnum, said: &Attributes, faults: &mut Faults) -> TokenStream {
    let mut values = Vec::new();
    let mut seen = BTreeSet::new();
    for variant in &data.variants {
        let value = value(variant, said, faults);
        if !seen.insert(value.clone()) {
            faults.push(variant.ident.span(), format!("two variants are `{value}`"));
        }
        values.push(value);
    }
    if values.is_empty() {
        faults.push(ident.span(), "an enumerated type has a value at least");
    }
    if let Some(ty) = &said.ty {
        let ty = &ty.text;
        return quote!(const SQL: &'static str = #ty;);
    }
    let krate = said.krate();
    let name = said.name.as_ref().map(|name| name.text.clone());
    let name = name.unwrap_or_else(|| snake_case(&ident.unraw().to_string()));
    quote! {
        const SQL: &'static str = #name;

        fn enum_type() -> ::core::option::Option<#krate::EnumType> {
            ::core::option::Option::Some(#krate::EnumType {
                name: ::std::string::String::from(#name),
                values: #krate::expansion::strings(&[#(#values),*]),
            })
        }
    }
}

/// The value of a variant in the database.
fn value(variant: &Variant, said: &Attributes, faults: &mut Faults) -> String {
    if !variant.fields.is_empty() {
        faults.push(variant.fields.span(), "a value of an enumerated type holds nothing");
    }
    let mut rename = None;
    for item in items_of(&variant.attrs, "column_type", faults) {
        match item.name().as_str() {
            "rename" => once(&mut rename, &item, item.text(faults), faults),
            _ => unknown(&item, "`#[column_type(…)]` of a variant", &["rename"], faults),
        }
    }
    let name = variant.ident.unraw().to_string();
    match (rename, &said.rename_all) {
        (Some(rename), _) => rename.text,
        (None, Some(case)) => in_case(&name, &case.text),
        (None, None) => name,
    }
}

fn around(ident: &Ident, data: &DataStruct, said: &Attributes, faults: &mut Faults) -> TokenStream {
    for only_enum in [&said.name, &said.rename_all].into_iter().flatten() {
        faults.push(
            only_enum.span,
            "this is said of an enum; say the type of a struct: `ty = \"…\"`",
        );
    }
    let mut fields = data.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        faults.push(ident.span(), "a struct that is a column holds one value");
        return TokenStream::new();
    };
    let rust = RustType::of(&field.ty);
    let nullable = rust.optional;
    if let Some(ty) = said.ty.as_ref().map(|ty| &ty.text).or(rust.sql.as_ref()) {
        return quote!(const SQL: &'static str = #ty; const NULLABLE: bool = #nullable;);
    }
    let (krate, ty) = (said.krate(), &field.ty);
    quote_spanned! {ty.span()=>
        const SQL: &'static str = <#ty as #krate::ColumnType>::SQL;
        const NULLABLE: bool = <#ty as #krate::ColumnType>::NULLABLE;

        fn enum_type() -> ::core::option::Option<#krate::EnumType> {
            <#ty as #krate::ColumnType>::enum_type()
        }

        fn references() -> ::core::option::Option<#krate::Reference> {
            <#ty as #krate::ColumnType>::references()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(input: &str, expected: &[&str]) {
        let mut faults = Faults::default();
        read(input.parse().unwrap(), &mut faults);
        assert_eq!(faults.messages(), expected, "{input}");
    }

    #[test]
    fn what_no_column_can_hold_is_refused() {
        refused("enum Mood { Sad, #[column_type(rename = \"glad\")] Happy }", &[]);
        refused("struct Upc { digits: String }", &[]);
        refused("enum Mood {}", &["an enumerated type has a value at least"]);
        refused(
            "#[column_type(rename_all = \"lower\", name = \"m\", ty = \"text\")] enum Mood { Sad(i32), SAD, #[column_type(rename = \"SAD\", sort)] C }",
            &[
                "`lower` is no case; there are `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, \
                 `SCREAMING_SNAKE_CASE`, `kebab-case`",
                "`name` makes an enumerated type, and `ty` does without one",
                "a value of an enumerated type holds nothing",
                "`sort` means nothing in `#[column_type(…)]` of a variant; known are `rename`",
                "two variants are `SAD`",
            ],
        );
        refused(
            "#[column_type(name = \"p\")] struct Point(i32, i32);",
            &[
                "this is said of an enum; say the type of a struct: `ty = \"…\"`",
                "a struct that is a column holds one value",
            ],
        );
        refused(
            "struct Of<T>(T);",
            &["implement `ColumnType` for a type with parameters by hand"],
        );
    }
}
