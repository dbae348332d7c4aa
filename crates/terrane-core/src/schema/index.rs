//! Indexes.

use super::{Attributes, Expr};
use crate::name::Ident;

/// An index of a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Index {
    /// Its name.
    pub name: Ident,
    /// Whether it admits a key once only.
    pub unique: bool,
    /// The access method in lower case, where it is not the server's default.
    pub method: Option<String>,
    /// What is indexed, in order.
    pub keys: Vec<IndexKey>,
    /// Columns carried along without being part of the key.
    pub include: Vec<Ident>,
    /// Which rows are indexed; all, if there is no predicate.
    pub predicate: Option<Expr>,
    /// The comment, on servers that keep one.
    pub comment: Option<String>,
    /// What only one server knows of indexes.
    pub attributes: Attributes,
}

impl Index {
    /// Whether two indexes are the same but for their names.
    pub fn same_definition(&self, other: &Index) -> bool {
        *self
            == Index {
                name: self.name.clone(),
                ..other.clone()
            }
    }

    /// Whether two indexes are the same but for their comments.
    pub fn same_but_for_comment(&self, other: &Index) -> bool {
        *self
            == Index {
                comment: self.comment.clone(),
                ..other.clone()
            }
    }
}

/// One key of an index.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct IndexKey {
    /// A column or an expression.
    pub target: KeyTarget,
    /// The collation, where it is not the column's.
    pub collation: Option<Ident>,
    /// The operator class, where it is not the type's default.
    pub operator_class: Option<String>,
    /// Whether it descends.
    pub descending: bool,
    /// Where NULLs go, if not where the order puts them by default.
    pub nulls: Option<Nulls>,
}

impl IndexKey {
    /// A column, ascending, as it comes.
    pub fn column(name: Ident) -> IndexKey {
        IndexKey {
            target: KeyTarget::Column(name),
            collation: None,
            operator_class: None,
            descending: false,
            nulls: None,
        }
    }

    /// The column, if it is one.
    pub fn name(&self) -> Option<&Ident> {
        match &self.target {
            KeyTarget::Column(name) => Some(name),
            KeyTarget::Expression(_) => None,
        }
    }
}

/// What a key of an index is made of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum KeyTarget {
    /// A column.
    Column(Ident),
    /// An expression.
    Expression(Expr),
}

/// Where NULLs are in an order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}
