//! How constraints and indexes without a name are called: `MetaData(naming_convention=…)` of SQLAlchemy
//! (docs.sqlalchemy.org, "Configuring Constraint Naming Conventions").

use crate::chain::Chain;
use std::collections::BTreeMap;
use terrane_core::diagnostic::Diagnostic;

/// The section of an INI file with what Terrane alone reads.
const SECTION: &str = "terrane";

/// What the key of a convention begins with there.
const KEY: &str = "naming_convention.";

/// What is known of a project's naming convention.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Naming {
    /// Nothing: it is kept in Python, and nobody has asked.
    Unknown,
    /// The templates by kind: `pk`, `fk`, `uq`, `ck`, `ix`.
    Known(BTreeMap<String, String>),
}

impl Naming {
    /// That of a `MetaData` to which nothing was said: indexes have names, constraints none.
    pub fn usual() -> Naming {
        Naming::Known(usual_templates())
    }

    /// Those templates, with SQLAlchemy's own for what they leave out.
    pub fn of(templates: impl IntoIterator<Item = (String, String)>) -> Naming {
        Naming::Known(templates.into_iter().collect())
    }

    /// What `[terrane]` of a configuration says, in lines like `naming_convention.pk = pk_%%(table_name)s`.
    pub(crate) fn from_configuration(chain: &Chain) -> Result<Option<Naming>, Box<Diagnostic>> {
        let mut templates = BTreeMap::new();
        for file in chain.files() {
            for kind in ["pk", "fk", "uq", "ck", "ix"] {
                if let Some(value) = file.get(SECTION, &format!("{KEY}{kind}"))? {
                    templates.entry(kind.to_owned()).or_insert(value.text);
                }
            }
        }
        Ok((!templates.is_empty()).then_some(Naming::Known(templates)))
    }
}

fn usual_templates() -> BTreeMap<String, String> {
    BTreeMap::from([("ix".to_owned(), "ix_%(column_0_label)s".to_owned())])
}
