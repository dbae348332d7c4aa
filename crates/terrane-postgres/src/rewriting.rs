//! Which changes of type the server makes without touching a row. All others write the table anew, and its indexes, while
//! nobody reads or writes it (manual, `ALTER TABLE`, notes).

use crate::types::canonical;
use terrane_core::schema::TypeName;

/// Whether the server writes the table anew where a column of the one type gets the other.
pub(crate) fn rewrites(from: &TypeName, to: &TypeName) -> bool {
    let (from, to) = (canonical(from), canonical(to));
    let (old, new) = (Limited::of(&from), Limited::of(&to));
    !(old == new || old.is_relabelled(&new) || old.is_widened(&new))
}

/// A type with its limits: length, precision, scale.
#[derive(PartialEq, Eq)]
struct Limited {
    words: String,
    limits: Vec<u32>,
    is_array: bool,
}

impl Limited {
    fn of(ty: &TypeName) -> Limited {
        let text = ty.canonical();
        let element = TypeName::new(text.trim_end_matches("[]"));
        let limits = element.arguments();
        Limited {
            words: element.words(),
            limits: limits.iter().filter_map(|limit| limit.trim().parse().ok()).collect(),
            is_array: text.ends_with("[]"),
        }
    }

    /// The values are of both types as they are (`pg_cast`, binary coercible).
    fn is_relabelled(&self, new: &Limited) -> bool {
        const PAIRS: [(&str, &str); 4] = [
            ("character varying", "text"),
            ("text", "character varying"),
            ("bit", "bit varying"),
            ("cidr", "inet"),
        ];
        !self.is_array
            && !new.is_array
            && new.limits.is_empty()
            && PAIRS.contains(&(self.words.as_str(), new.words.as_str()))
    }

    /// What fitted fits (the support functions of `varchar`, `varbit`, `numeric` and the times in the server's source).
    fn is_widened(&self, new: &Limited) -> bool {
        if self.is_array || new.is_array || self.words != new.words {
            return false;
        }
        let limit = |of: &Limited| of.limits.first().copied().unwrap_or(u32::MAX);
        match self.words.as_str() {
            "character varying" | "bit varying" => limit(new) >= limit(self),
            "numeric" => match (self.limits.as_slice(), new.limits.as_slice()) {
                (_, []) => true,
                ([before, scale @ ..], [after, other @ ..]) => after >= before && scale == other,
                ([], _) => false,
            },
            words if words.starts_with("time") => precision(new) >= precision(self),
            _ => false,
        }
    }
}

/// How many digits of a second a time has.
fn precision(of: &Limited) -> u32 {
    of.limits.first().copied().unwrap_or(6)
}
