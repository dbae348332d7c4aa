//! What is kept as a definition: views, triggers, functions, types, sequences.

use super::{Attributes, Expr};
use crate::name::{Ident, ObjectName};
use std::collections::BTreeMap;

/// A view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    /// Its name.
    pub name: ObjectName,
    /// Names for its columns, where they were given.
    pub columns: Vec<Ident>,
    /// The query.
    pub query: Expr,
    /// Whether the rows are kept.
    pub materialized: bool,
    /// `INSTEAD OF` triggers.
    pub triggers: BTreeMap<Ident, Trigger>,
    /// The comment, on servers that keep one.
    pub comment: Option<String>,
    /// What only one server knows of views.
    pub attributes: Attributes,
}

/// A trigger of a table or a view.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Trigger {
    /// Its name.
    pub name: Ident,
    /// What it belongs to.
    pub relation: ObjectName,
    /// The definition from after the name (`AFTER INSERT ON …`) to the end.
    pub definition: Expr,
}

/// A function or a procedure.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Routine {
    /// Its name, with argument types where overloads are told by them.
    pub name: ObjectName,
    /// The definition from `FUNCTION` or `PROCEDURE` to the end.
    pub definition: Expr,
}

/// An enumerated type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct EnumType {
    /// Its name.
    pub name: ObjectName,
    /// Its values, in order.
    pub values: Vec<String>,
}

/// A sequence that stands by itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sequence {
    /// Its name.
    pub name: ObjectName,
    /// Its options, as SQL.
    pub options: Expr,
}

/// Something the catalog holds and this model has no noun for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unmodelled {
    /// Its name.
    pub name: ObjectName,
    /// What the server calls such a thing: `virtual table`.
    pub kind: String,
    /// The text that makes it, or what there is of it.
    pub definition: Expr,
}

/// Kinds with names of their own: what one of them is called, a type, an extension or one of another may be called. It is
/// said always, lest the name of one depended on whether the other is there.
const SAYS_ITS_KIND: [&str; 14] = [
    "access method",
    "event trigger",
    "foreign data wrapper",
    "language",
    "operator family",
    "publication",
    "rule",
    "server",
    "statistics",
    "subscription",
    "text search configuration",
    "text search dictionary",
    "text search parser",
    "text search template",
];

/// Kinds that are no objects of their own, and are said of others.
const ANNOTATIONS: [&str; 6] = [
    "comment",
    "default privileges",
    "grant",
    "owner",
    "revoke",
    "security label",
];

impl Unmodelled {
    /// Whether what is of that kind is said of another object: a comment, a right, an owner.
    pub fn is_annotation(kind: &str) -> bool {
        ANNOTATIONS.contains(&kind)
    }

    /// Whether the name of such a thing says its kind behind it, in a comment ([`Unmodelled::said_with_kind`]).
    pub fn says_its_kind(kind: &str) -> bool {
        SAYS_ITS_KIND.contains(&kind)
    }

    /// A name with its kind, in a comment: it is still what `DROP` wants.
    pub fn said_with_kind(name: &str, kind: &str) -> String {
        format!("{name} /* {kind} */")
    }
}
