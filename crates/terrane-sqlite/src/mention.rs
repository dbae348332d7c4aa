//! Whether a text names something.

use terrane_core::name::Ident;
use terrane_core::schema::Expr;
use terrane_core::sql::quote_identifier;

/// Whether a fragment has a name in it, anywhere and as anything. What reads the fragment for good is SQLite; this errs
/// on the side of yes.
pub(crate) fn mentions(expression: &Expr, name: &Ident) -> bool {
    let canonical = expression.canonical();
    let is_word = canonical.split(' ').any(|word| word.trim_matches('"') == name.key());
    if is_word {
        return true;
    }
    // A name that needs its quotes keeps its case in the canonical form.
    let written = quote_identifier(name.key());
    written.starts_with('"') && canonical.contains('"') && canonical.to_ascii_lowercase().contains(written.as_ref())
}
