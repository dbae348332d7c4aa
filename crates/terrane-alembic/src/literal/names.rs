//! The names of constraints and indexes, by the metadata's naming convention (`sql/naming.py` of SQLAlchemy 2.0).

use super::eval::{Eval, Outcome};
use super::value::Value;
use crate::naming::Naming;
use terrane_core::text::Span;

/// The longest name that PostgreSQL keeps, in bytes; SQLAlchemy shortens a longer one by a hash.
const LONGEST: usize = 63;

/// What is to be named.
#[derive(Clone, Debug, Default)]
pub(super) struct Nameless<'n> {
    /// `pk`, `fk`, `uq`, `ck` or `ix`.
    pub(super) kind: &'static str,
    pub(super) table: &'n str,
    pub(super) schema: Option<&'n str>,
    pub(super) columns: &'n [String],
    /// What a foreign key refers to.
    pub(super) referred: Option<(&'n str, &'n [String])>,
    pub(super) span: Option<Span>,
}

impl Eval<'_> {
    /// The name that a constraint or an index gets; none, where the server gives it one.
    pub(super) fn name_of(&self, given: Option<&Value>, nameless: &Nameless<'_>) -> Outcome<Option<String>> {
        let span = nameless.span.unwrap_or(Span::new(0, 0));
        let constraint = match given {
            Some(Value::ExactName(name)) => return Ok(Some(name.clone())),
            Some(Value::Text(name)) => Some(name.as_str()),
            None | Some(Value::None) => None,
            Some(Value::Unknown(refusal)) => return Err((**refusal).clone()),
            Some(other) => return self.refuse(span, format!("a name is `{other}`")),
        };
        let templates = match self.host.naming {
            Naming::Known(templates) => templates,
            // Of a name that was given, only that of a check is ever changed.
            Naming::Unknown if constraint.is_some() && nameless.kind != "ck" => {
                return Ok(constraint.map(str::to_owned));
            }
            Naming::Unknown => {
                let message = "what it is called follows the metadata's `naming_convention`, which is kept in Python";
                return self.refuse(span, message);
            }
        };
        let Some(template) = templates.get(nameless.kind) else {
            return Ok(constraint.map(str::to_owned));
        };
        let takes_name = template.contains("%(constraint_name)s");
        if constraint.is_some() && !takes_name {
            return Ok(constraint.map(str::to_owned));
        }
        match self.filled(template, nameless, constraint) {
            Some(name) if name.len() <= LONGEST => Ok(Some(name)),
            Some(_) => self.refuse(
                span,
                "its name by the naming convention is longer than the server takes",
            ),
            None if constraint.is_none() && takes_name => self.refuse(span, "the naming convention needs a name here"),
            None => self.refuse(span, format!("the naming convention `{template}` is not understood")),
        }
    }

    fn filled(&self, template: &str, nameless: &Nameless<'_>, constraint: Option<&str>) -> Option<String> {
        let mut name = String::new();
        let mut rest = template;
        while let Some(at) = rest.find("%(") {
            name.push_str(&rest[..at]);
            let (token, after) = rest[at + 2..].split_once(")s")?;
            name.push_str(&token_value(token, nameless, constraint)?);
            rest = after;
        }
        name.push_str(rest);
        Some(name)
    }
}

fn token_value(token: &str, nameless: &Nameless<'_>, constraint: Option<&str>) -> Option<String> {
    let columns = nameless.columns;
    let label = |column: &String| match nameless.schema {
        Some(schema) => format!("{schema}_{}_{column}", nameless.table),
        None => format!("{}_{column}", nameless.table),
    };
    let all = |parts: &[String], joined: &str| parts.join(joined);
    Some(match token {
        "table_name" => nameless.table.to_owned(),
        "constraint_name" => constraint?.to_owned(),
        "referred_table_name" => nameless.referred?.0.to_owned(),
        "column_0_name" | "column_0_key" => columns.first()?.clone(),
        "column_0_label" => label(columns.first()?),
        "column_0N_name" | "column_0N_key" => all(columns, ""),
        "column_0_N_name" | "column_0_N_key" => all(columns, "_"),
        "column_0_N_label" => all(&columns.iter().map(label).collect::<Vec<_>>(), "_"),
        "referred_column_0_name" => nameless.referred?.1.first()?.clone(),
        "referred_column_0_N_name" => all(nameless.referred?.1, "_"),
        _ => {
            let number: usize = token.strip_prefix("column_")?.strip_suffix("_name")?.parse().ok()?;
            columns.get(number)?.clone()
        }
    })
}
