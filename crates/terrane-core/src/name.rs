//! Names of things in a database, and how they compare.
//!
//! Whether `Users` and `users` are one name is the server's business: a dialect builds its names with the [`Folding`]
//! of its server, and from then on comparison is a property of the value.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How a server compares the names of its objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Folding {
    /// Byte for byte.
    Exact,
    /// ASCII letters without regard to case, as SQLite does.
    AsciiInsensitive,
    /// Byte for byte, after what was written without quotes is made lower case, as PostgreSQL does (section 4.1.1 of its
    /// manual). Whoever reads a text knows what was quoted; here, names are as they are kept.
    LowerUnquoted,
}

/// The name of one thing: as it was written, compared as its server compares.
#[derive(Clone)]
pub struct Ident {
    text: Arc<str>,
    /// What is compared, where that is not the text itself.
    folded: Option<Arc<str>>,
    folding: Folding,
}

impl Ident {
    /// The name `text` under a server's folding.
    pub fn new(text: impl Into<Arc<str>>, folding: Folding) -> Ident {
        let text = text.into();
        let folded = match folding {
            Folding::AsciiInsensitive if text.bytes().any(|b| b.is_ascii_uppercase()) => {
                Some(text.to_ascii_lowercase().into())
            }
            _ => None,
        };
        Ident { text, folded, folding }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name as it is compared.
    pub fn key(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.text)
    }

    /// Whether two names that compare equal are also written alike.
    pub fn same_spelling(&self, other: &Ident) -> bool {
        self.text == other.text
    }

    /// How it is compared.
    pub fn folding(&self) -> Folding {
        self.folding
    }

    /// Another name under the same folding.
    pub fn sibling(&self, text: impl Into<Arc<str>>) -> Ident {
        Ident::new(text, self.folding)
    }
}

impl PartialEq for Ident {
    fn eq(&self, other: &Ident) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Ident {}
impl Ord for Ident {
    fn cmp(&self, other: &Ident) -> Ordering {
        self.key().cmp(other.key())
    }
}
impl PartialOrd for Ident {
    fn partial_cmp(&self, other: &Ident) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Hash for Ident {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}
impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The name of an object that stands by itself: a table, a view, a type; qualified where the user qualified it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The namespace, where one was given.
    pub schema: Option<Ident>,
    /// The name within it.
    pub name: Ident,
}

impl ObjectName {
    /// A name without a namespace.
    pub fn bare(name: Ident) -> ObjectName {
        ObjectName { schema: None, name }
    }

    /// Whether two names that compare equal are also written alike.
    pub fn same_spelling(&self, other: &ObjectName) -> bool {
        self.name.same_spelling(&other.name)
            && match (&self.schema, &other.schema) {
                (Some(a), Some(b)) => a.same_spelling(b),
                (None, None) => true,
                _ => false,
            }
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}", self.name)
    }
}

/// The name of a layer: a package's share of the database.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LayerName(Arc<str>);

impl LayerName {
    /// A layer of that name. Whether the name is allowed is checked where it is written, in the configuration.
    pub fn new(name: impl Into<Arc<str>>) -> LayerName {
        LayerName(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}
impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
