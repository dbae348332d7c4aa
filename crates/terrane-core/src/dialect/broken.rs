//! A view, trigger, index or foreign key that a server keeps although it cannot be used.

use std::fmt;

/// Something in a database that cannot be used as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Broken {
    /// `view`, `trigger`, `index` or `foreign key`.
    pub kind: &'static str,
    /// Its name; a foreign key goes by what it refers to.
    pub name: String,
    /// The table or view that it belongs to; for a view, its own name.
    pub on: String,
    /// Why, as the server says it.
    pub reason: String,
    /// Whether it may well be whole for an app that registers functions, collations or modules with its connections.
    pub is_of_the_app: bool,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken {
            kind, name, on, reason, ..
        } = self;
        match *kind {
            "view" => write!(f, "view `{name}`: {reason}"),
            "foreign key" => write!(f, "a foreign key of `{on}` to `{name}`: {reason}"),
            _ => write!(f, "{kind} `{name}` of `{on}`: {reason}"),
        }
    }
}
