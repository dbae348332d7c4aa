//! Columns.

use super::{Attributes, Expr, TypeName};
use crate::name::Ident;

/// A column of a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeName,
    /// Whether it may be NULL, as declared; a primary key says nothing here.
    pub nullable: bool,
    /// The default, as SQL.
    pub default: Option<Expr>,
    /// The expression it is computed from, if it is.
    pub generated: Option<Generated>,
    /// Whether and how the server numbers it.
    pub identity: Option<Identity>,
    /// The collation, where one is declared.
    pub collation: Option<Ident>,
    /// The comment, on servers that keep one.
    pub comment: Option<String>,
    /// What only one server knows of columns.
    pub attributes: Attributes,
}

impl Column {
    /// A nullable column of that name and type.
    pub fn new(name: Ident, ty: TypeName) -> Column {
        Column {
            name,
            ty,
            nullable: true,
            default: None,
            generated: None,
            identity: None,
            collation: None,
            comment: None,
            attributes: Attributes::default(),
        }
    }
}

/// A column that is computed from others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Generated {
    /// From what.
    pub expression: Expr,
    /// Whether the value is kept in the row, or computed when it is read.
    pub stored: bool,
}

/// A column that the server numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Identity {
    /// `GENERATED ALWAYS`: a value of one's own is refused. SQLite's AUTOINCREMENT is `BY DEFAULT`.
    pub always: bool,
    /// The options of the sequence behind it, as SQL, where there are any.
    pub options: Option<Expr>,
}
