//! Which names a text could mention, without reading it.

use std::collections::BTreeSet;
use terrane_core::name::ObjectName;

/// Every word of some texts, and of the texts in them, in lower case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Words(BTreeSet<String>);

impl Words {
    pub(crate) fn add(&mut self, text: &str) {
        self.0.extend(words(text));
    }

    /// All of them.
    pub(crate) fn all(&self) -> &BTreeSet<String> {
        &self.0
    }

    /// Whether they have all words of a name; the arguments of a routine aside.
    pub(crate) fn mention(&self, name: &ObjectName) -> bool {
        let bare = name.without_arguments();
        let name = bare.as_ref().unwrap_or(name).name.as_str();
        words(name).all(|word| self.0.contains(&word))
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}
