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
    /// What it hangs on.
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
