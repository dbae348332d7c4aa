//! Schemas for property tests: valid ones, and pairs that differ as two versions of one schema do.
//!
//! A table is made of a row of bytes, each of which decides one thing, and zero decides for the simplest. So whatever
//! fails shrinks to few tables with few columns and plain names; the debug form of a pair is SQL.

// Named by their paths, so that other crates can have this file by its own.
#[path = "generate/change.rs"]
mod change;
#[path = "generate/make.rs"]
mod make;

use change::Changing;
use make::schema;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt;
use terrane_core::ddl::{Flavor, print};
use terrane_core::diff::{Dependencies, Options, Renames, diff};
use terrane_core::name::{Folding, Ident};
use terrane_core::schema::{Expr, Schema};
use terrane_core::sql::{Lexing, TokenKind, is_reserved, tokenize, unquote};

/// How the generated texts are to be read.
pub const FLAVOR: Flavor = Flavor {
    lexing: Lexing::PORTABLE,
    folding: Folding::AsciiInsensitive,
    default_schema: None,
};

/// What may be in a generated schema, beside what every server has.
#[derive(Clone, Copy, Debug)]
pub struct Menu {
    /// Comments, on tables and columns.
    pub comments: bool,
    /// Enumerated types, sequences, routines, materialized views, `INCLUDE`, `NULLS FIRST`.
    pub server_objects: bool,
}

/// Two versions of a schema.
#[derive(Clone)]
pub struct Pair {
    /// The earlier one.
    pub before: Schema,
    /// The later one.
    pub after: Schema,
    /// The renames between them that were declared.
    pub renames: Renames,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (script(&self.before), script(&self.after));
        write!(f, "\n-- before\n{before}-- after\n{after}-- {:?}", self.renames)
    }
}

/// The schema as a script that makes it.
pub fn script(schema: &Schema) -> String {
    let options = Options {
        column_order: true,
        dangling_foreign_keys: true,
        open_names: false,
        dependencies: Dependencies::Loose,
    };
    let delta = diff(&Schema::new(), schema, &Renames::default(), &options);
    let statements = delta.ops.iter().flat_map(print);
    statements.map(|statement| format!("{statement};\n")).collect()
}

/// One valid schema.
pub fn schemas(menu: Menu) -> impl Strategy<Value = Schema> {
    bytes_of_schema().prop_map(move |bytes| schema(menu, &bytes))
}

/// Two schemas that have nothing to do with one another, or of which one came from the other by a few changes.
pub fn pairs(menu: Menu) -> impl Strategy<Value = Pair> {
    let independent = (bytes_of_schema(), bytes_of_schema()).prop_map(move |(before, after)| Pair {
        before: schema(menu, &before),
        after: schema(menu, &after),
        renames: Renames::default(),
    });
    let changed = (bytes_of_schema(), vec(vec(any::<u8>(), 0..24), 0..6)).prop_map(move |(before, changes)| {
        let mut changing = Changing::new(menu, schema(menu, &before));
        for change in &changes {
            changing.change(&mut Dice::new(change));
        }
        changing.finish()
    });
    prop_oneof![3 => changed, 1 => independent]
}

/// Two schemas between which nothing but names of tables and columns changed, all of it declared.
pub fn renamings(menu: Menu) -> impl Strategy<Value = Pair> {
    (bytes_of_schema(), vec(vec(any::<u8>(), 4..6), 1..5)).prop_map(move |(before, changes)| {
        let mut changing = Changing::new(menu, schema(menu, &before));
        for change in &changes {
            changing.rename(&mut Dice::new(change));
        }
        changing.finish()
    })
}

type Bytes = (Vec<Vec<u8>>, Vec<Vec<u8>>, Vec<u8>);

fn bytes_of_schema() -> impl Strategy<Value = Bytes> {
    (
        vec(vec(any::<u8>(), 0..90), 0..=6),
        vec(vec(any::<u8>(), 0..10), 0..4),
        vec(any::<u8>(), 0..8),
    )
}

/// Decides by the next byte; by zero when there are no more.
struct Dice<'b>(std::slice::Iter<'b, u8>);

impl<'b> Dice<'b> {
    fn new(bytes: &'b [u8]) -> Dice<'b> {
        Dice(bytes.iter())
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % sides.max(1))
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == sides - 1
    }

    fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        let at = self.roll(items.len());
        items.get(at)
    }

    /// Some of the items, each at most once, in an order of their own.
    fn some<T: Clone>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = items.to_vec();
        let count = count.min(left.len());
        (0..count)
            .map(|_| {
                let at = self.roll(left.len());
                left.remove(at)
            })
            .collect()
    }
}

/// Whether a name stands in a fragment, anywhere. Generated texts have no reserved word for a name without quotes.
pub fn mentions(fragment: &Expr, name: &Ident) -> bool {
    let text = fragment.as_str();
    let tokens = tokenize(text, &FLAVOR.lexing).unwrap_or_default();
    tokens.iter().any(|token| {
        let is_keyword = token.kind == TokenKind::Word && is_reserved(&token.text(text).to_ascii_lowercase());
        matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
            && !is_keyword
            && *name == name.sibling(unquote(token.text(text)).into_owned())
    })
}
