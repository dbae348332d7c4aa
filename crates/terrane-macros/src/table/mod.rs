//! `#[derive(Table)]`: a struct as a declared table.

mod clause;
mod expand;
mod field_attribute;
mod rust_type;
mod shape;
mod struct_attribute;

pub(crate) use rust_type::RustType;
pub(crate) use struct_attribute::krate;

use crate::fault::Faults;
use proc_macro2::TokenStream;
use syn::DeriveInput;

/// The code for a struct, or all that is wrong with it.
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
    let shape = shape::Shape::of(&input, faults);
    shape.map(|shape| expand::expand(&shape, faults)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a struct, line by line.
    #[track_caller]
    fn refused(input: &str, expected: &[&str]) {
        let mut faults = Faults::default();
        read(input.parse().unwrap(), &mut faults);
        assert_eq!(faults.messages(), expected, "{input}");
    }

    #[track_caller]
    fn refused_field(column: &str, field: &str, expected: &[&str]) {
        refused(&format!("struct T {{ #[column({column})] {field}, b: i32 }}"), expected);
    }

    #[track_caller]
    fn refused_table(table: &str, expected: &[&str]) {
        refused(
            &format!("#[table({table})] struct T {{ a: i32, #[column(name = \"c\")] b: i32 }}"),
            expected,
        );
    }

    #[test]
    fn nothing_is_wrong() {
        refused("struct T { a: i32 }", &[]);
        refused_field("primary_key, identity, always,", "a: i64", &[]);
        refused_table("unique(columns(a, b)), index(on(a))", &[]);
    }

    #[test]
    fn all_faults_are_said_at_once() {
        refused(
            "#[table(naem = \"t\", unique(columns(c)), schema)]
             struct T {
                 #[column(lenght = 3, ty = 5, nullable, not_null)] a: i32,
                 #[column(name = \"a\", always)] b: i64,
             }",
            &[
                "`naem` means nothing in `#[table(…)]`; did you mean `name`? known are `name`, `schema`, `comment`, \
                 `renamed_from`, `extends`, `primary_key`, `unique`, `index`, `check`, `foreign_key`, `constraint`, \
                 `option`, `crate`",
                "write `schema = \"…\"`",
                "`lenght` means nothing in `#[column(…)]`; did you mean `length`? known are `name`, `ty`, `length`, \
                 `precision`, `scale`, `primary_key`, `identity`, `always`, `unique`, `index`, `nullable`, `not_null`, \
                 `default`, `generated`, `virtual`, `collation`, `comment`, `renamed_from`, `check`, `references`, \
                 `fk_name`, `on_delete`, `on_update`, `fk_options`, `extra`, `skip`",
                "write `ty = \"…\"`",
                "a column is `nullable` or `not_null`",
                "`always` is said of an identity: `identity, always`",
                "`a` and `b` are both the column `a`",
                "no field `c` is a column of `T`; write `a`",
            ],
        );
    }

    #[test]
    fn what_is_no_struct_with_fields_is_no_table() {
        let expected = ["a table is a struct with named fields"];
        refused("struct T(i32);", &expected);
        refused("enum T { A }", &expected);
        refused("struct T<X> { a: X }", &["a table has no parameters"]);
        refused(
            "struct T { #[column(skip)] a: i32 }",
            &["a table has a column at least; this struct has no field that is one"],
        );
    }

    #[test]
    fn an_attribute_that_cannot_be_read_does_not_hide_the_next() {
        refused_field(
            "length 20, ty =, 5, default = 0, skip = \"no\"",
            "a: i32",
            &[
                "expected `,`, `=` or `(` after `length`",
                "`ty =` is followed by nothing",
                "expected a name",
                "write `default = \"…\"`",
                "write `skip`",
            ],
        );
        refused(
            "struct T { #[column] a: i32, #[column = 5] b: i32 }",
            &["`column` says nothing", "write `#[column(…)]`"],
        );
        refused_field("default = \"\"", "a: i32", &["`default` is empty"]);
        refused_field("name = \"x\", name = \"y\"", "a: i32", &["`name` is said twice"]);
    }

    #[test]
    fn a_column_does_not_contradict_itself() {
        refused_field(
            "skip, unique",
            "a: i32",
            &["what is skipped is no column, and nothing else can be said of it"],
        );
        refused_field(
            "primary_key, nullable",
            "a: i32",
            &["a column of the primary key is never NULL"],
        );
        refused_field(
            "primary_key",
            "a: Option<i32>",
            &["a column of the primary key is never NULL, and no `Option`"],
        );
        refused_field(
            "identity, default = \"1\"",
            "a: i32",
            &["a column that the server numbers has no default"],
        );
        refused_field(
            "generated = \"b\", default = \"1\", identity",
            "a: i32",
            &[
                "a column that the server numbers has no default",
                "a generated column has no default",
                "a column is `generated` or an `identity`",
            ],
        );
        refused_field(
            "virtual",
            "a: i32",
            &["`virtual` is said of a generated column: `generated = \"…\", virtual`"],
        );
    }

    #[test]
    fn a_size_fits_the_type() {
        refused_field(
            "length = 5, ty = \"char\"",
            "a: String",
            &["say it in the type: `ty = \"char(…)\"`"],
        );
        refused_field(
            "length = 5",
            "a: i32",
            &["`String`, `char` and `Vec<u8>` have a length; say others whole: `ty = \"…\"`"],
        );
        refused_field(
            "precision = 5",
            "a: f64",
            &["decimals have a precision; say others whole: `ty = \"…\"`"],
        );
        refused_field("scale = 5", "a: Decimal", &["`scale` comes with `precision`"]);
        refused_field("length = \"5\"", "a: String", &["write `length = 20`"]);
    }

    #[test]
    fn a_foreign_key_says_to_what_and_how() {
        let terms = "`on_delete`, `on_update`, `fk_name` and `fk_options` are said of a foreign key: \
                     `references = path::To::Struct`, or a field of type `Fk<path::To::Struct>`";
        refused_field("on_delete = \"cascade\"", "a: i32", &[terms]);
        refused_field("on_delete = \"cascade\"", "a: Fk<b::C>", &[]);
        refused_field("references = b::C, on_delete = \"cascade\"", "a: i32", &[]);
        refused_field(
            "references = b::C",
            "a: Fk<b::C>",
            &["the type of the field says what it refers to already"],
        );
        refused_field(
            "references = \"c\", on_delete = \"remove\"",
            "a: Fk<C>",
            &[
                "write `references = path::To::Struct`",
                "`remove` is no action; there are `no action`, `restrict`, `cascade`, `set null`, `set default`",
            ],
        );
        refused_table(
            "foreign_key(columns(a)), foreign_key(references = C, colums(a)), foreign_key(columns(a), references = C, to(x, y))",
            &[
                "a foreign key says what it refers to: `references = path::To::Struct`",
                "`colums` means nothing in `foreign_key`; did you mean `columns`? known are `name`, `columns`, \
                 `references`, `to`, `on_delete`, `on_update`, `options`",
                "a foreign key says its columns: `columns(a, b)`",
                "`columns` and `to` name another number of columns",
            ],
        );
    }

    #[test]
    fn clauses_name_fields() {
        refused_table(
            "unique(columns(a, a)), unique(columns(\"a\")), unique(name = \"u\"), unique(columns())",
            &[
                "name a field, without quotes",
                "a unique key says its columns: `columns(a, b)`",
                "`columns` names nothing",
                "`a` is named twice",
            ],
        );
        refused_table(
            "index(on(\"lower(a)\")), index(on(a DESC)), index(name = \"i\"), index(on(b), include(c), uniqe), check(name = \"c\")",
            &[
                "an index with an expression needs a name: `name = \"…\"`",
                "expected `,`; SQL stands in quotes",
                "an index says its keys: `on(a, \"lower(b) DESC\")`",
                "`uniqe` means nothing in `index`; did you mean `unique`? known are `name`, `on`, `unique`, `method`, \
                 `predicate`, `include`",
                "a check says its condition: `sql = \"…\"`",
                "no field `c` is a column of `T`; write `b`",
            ],
        );
        refused_table(
            "foreign_key(columns(x1), references = C)",
            &["no field `x1` is a column of `T`; there are `a`, `b`"],
        );
    }

    #[test]
    fn a_primary_key_is_said_once() {
        refused_table(
            "primary_key(name = \"pk\")",
            &["a primary key says its columns: `columns(a, b)`, or `primary_key` on a field"],
        );
        refused(
            "#[table(primary_key(columns(b)))] struct T { #[column(primary_key)] a: i32, #[column(nullable)] b: i32 }",
            &[
                "the struct names the columns of the primary key already",
                "a column of the primary key is never NULL",
            ],
        );
        refused_table(
            "extends = C",
            &["a table that extends another has a primary key, which is the foreign key to that one's"],
        );
        refused_table("crate = \"a b\"", &["`a b` is no path"]);
    }
}
