//! Whether a text names something.

use std::collections::BTreeSet;
use terrane_core::name::Ident;
use terrane_core::schema::Expr;
use terrane_core::sql::quote_identifier;

/// Whether a fragment has a name in it, anywhere and as anything. What reads the fragment for good is SQLite; this errs
/// on the side of yes.
pub(crate) fn mentions(expression: &Expr, name: &Ident) -> bool {
    mentions_any(expression, &BTreeSet::from([name]))
}

/// Whether a fragment has one of several names in it.
pub(crate) fn mentions_any(expression: &Expr, names: &BTreeSet<&Ident>) -> bool {
    if names.is_empty() {
        return false;
    }
    let canonical = expression.canonical();
    let keys: BTreeSet<&str> = names.iter().map(|name| name.key()).collect();
    let is_named = |word: &str| keys.contains(word.trim_matches('"'));
    if canonical.split(' ').any(is_named) {
        return true;
    }
    // A name that needs its quotes keeps its case in the canonical form.
    if !canonical.contains('"') {
        return false;
    }
    let lower = canonical.to_ascii_lowercase();
    keys.into_iter()
        .map(quote_identifier)
        .any(|written| written.starts_with('"') && lower.contains(written.as_ref()))
}
