//! Pieces of SQL that the schema carries without understanding them.

use std::cmp::Ordering;
use std::fmt;

/// A fragment of SQL, an expression or a definition: as it was written, compared by its canonical form.
#[derive(Clone)]
pub struct Expr {
    text: String,
    canonical: String,
}

impl Expr {
    /// A fragment and the form in which it is compared. The form comes from whoever read the text, since this floor
    /// does not read SQL.
    pub fn new(text: impl Into<String>, canonical: impl Into<String>) -> Expr {
        Expr {
            text: text.into(),
            canonical: canonical.into(),
        }
    }

    /// The fragment as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form in which it is compared.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        self.canonical == other.canonical
    }
}
impl Eq for Expr {}
impl Ord for Expr {
    fn cmp(&self, other: &Expr) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}
impl PartialOrd for Expr {
    fn partial_cmp(&self, other: &Expr) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "⟨{}⟩", self.text)
    }
}
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
