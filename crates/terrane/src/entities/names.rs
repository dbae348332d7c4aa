//! What tables and columns are called in Rust.

use std::collections::BTreeSet;

/// A name of the database in Rust.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Name {
    /// As it is written: `r#type`.
    pub(super) ident: String,
    /// What SeaORM's macros make of it for the variant of an enum: `Type`.
    pub(super) variant: String,
    /// Whether SeaORM would find the name of the database by itself.
    pub(super) is_plain: bool,
}

/// Words that cannot be names in Rust, in any edition.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Keywords that `r#` does not make a name of.
const NEVER: [&str; 3] = ["crate", "self", "super"];

/// Names for those of the database, each once; `what` begins the name of one that could not stand by itself.
pub(super) fn names<'n>(database: impl IntoIterator<Item = &'n str>, what: &str) -> Vec<Name> {
    let mut taken = BTreeSet::new();
    let database = database.into_iter();
    database
        .map(|text| {
            let base = snake(text, what);
            let mut count = 1;
            let mut plain = base.clone();
            // `a1` and `a_1` are two fields and one variant.
            while !taken.insert(camel(&plain)) {
                count += 1;
                plain = format!("{base}_{count}");
            }
            name(&plain, text)
        })
        .collect()
}

fn name(plain: &str, text: &str) -> Name {
    let ident = match plain {
        never if NEVER.contains(&never) => format!("{plain}_"),
        _ if is_keyword(plain) => format!("r#{plain}"),
        _ => plain.to_owned(),
    };
    let variant = match camel(plain) {
        variant if variant == "Self" => "Self_".to_owned(),
        variant => variant,
    };
    Name {
        is_plain: ident.trim_start_matches("r#") == text,
        ident,
        variant,
    }
}

impl Name {
    /// Without the mark of a keyword.
    pub(super) fn plain(&self) -> &str {
        self.ident.trim_start_matches("r#")
    }

    /// As the attributes of relations take it: they make the variant of it, and know no `r#`.
    pub(super) fn in_relation(&self) -> &str {
        if self.ident.starts_with("r#") {
            &self.variant
        } else {
            &self.ident
        }
    }
}

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// A text in the letters that a name in Rust may have, the words of `camelCase` apart.
fn snake(text: &str, what: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 4);
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            out.push('_');
            continue;
        }
        let before = at.checked_sub(1).map(|before| letters[before]);
        let next = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && (before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit())
                || (before.is_some_and(|before| before.is_ascii_uppercase())
                    && next.is_some_and(char::is_ascii_lowercase)));
        if begins {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    let words: Vec<&str> = out.split('_').filter(|word| !word.is_empty()).collect();
    let joined = words.join("_");
    match joined.bytes().next() {
        None => what.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{what}_{joined}"),
        Some(_) => joined,
    }
}

/// `customer_id` as `CustomerId`, as the crate heck has it, for names of ASCII.
pub(super) fn camel(snake: &str) -> String {
    let words = snake.split('_').filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

/// Several of what one word names, where it names one.
pub(super) fn plural(word: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if ends(&["ss", "x", "ch", "sh"]) {
        format!("{word}es")
    } else if ends(&["s"]) {
        word.to_owned()
    } else if ends(&["y"]) && !ends(&["ay", "ey", "oy", "uy"]) {
        format!("{}ies", &word[..word.len() - 1])
    } else {
        format!("{word}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_in_rust_and_each_once() {
        let made = |texts: &[&str]| {
            let names = names(texts.iter().copied(), "column");
            names
                .into_iter()
                .map(|name| format!("{} {} {}", name.ident, name.variant, name.is_plain))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            made(&[
                "id",
                "customerId",
                "HTTPServer",
                "type",
                "self",
                "a1",
                "a_1",
                "2fa",
                "with space",
                "ß",
                "_x"
            ]),
            [
                "id Id true",
                "customer_id CustomerId false",
                "http_server HttpServer false",
                "r#type Type true",
                "self_ Self_ false",
                "a1 A1 true",
                "a_1_2 A12 false",
                "column_2fa Column2fa false",
                "with_space WithSpace false",
                "column Column false",
                "x X false",
            ]
        );
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn several() {
        let words = ["order", "batch", "category", "orders", "address", "day"];
        assert_eq!(
            words.map(plural),
            ["orders", "batches", "categories", "orders", "addresses", "days"]
        );
    }
}
