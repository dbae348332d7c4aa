//! Names of column types.

use std::cmp::Ordering;
use std::fmt;

/// A column's type as SQL names it, arguments included: `varchar(20)`, `double precision`, `text[]`.
///
/// Which names mean the same type is a dialect's knowledge; a dialect's `normalize` writes its server's own. Here, only
/// case and spacing do not matter. SQLite columns may have no type: the empty name.
#[derive(Clone, Default)]
pub struct TypeName {
    text: String,
    canonical: String,
}

impl TypeName {
    /// The type of that name.
    pub fn new(text: impl Into<String>) -> TypeName {
        let text = text.into();
        let canonical = canonical(&text);
        TypeName { text, canonical }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Lower case, without spaces that mean nothing.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Whether the column has no declared type.
    pub fn is_empty(&self) -> bool {
        self.canonical.is_empty()
    }

    /// The name without arguments: `varchar` of `varchar(20)`.
    pub fn base(&self) -> &str {
        self.canonical.split('(').next().unwrap_or("").trim_end()
    }

    /// All words of the name, without arguments: `timestamp with time zone` of `timestamp(3) with time zone`.
    pub fn words(&self) -> String {
        match self.canonical.split_once('(') {
            Some((before, rest)) => {
                let behind = rest.rsplit_once(')').map_or("", |(_, behind)| behind);
                format!("{}{behind}", before.trim_end())
            }
            None => self.canonical.clone(),
        }
    }

    /// What stands between the parentheses, or nothing.
    pub fn arguments(&self) -> Vec<&str> {
        match self
            .canonical
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
        {
            Some((inside, _)) => inside.split(',').map(str::trim).collect(),
            None => Vec::new(),
        }
    }
}

/// What stands in quotes is a value, or a name that was quoted for its case, and stays as it is.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['\'', '"']) {
        let close = rest[open + 1..].find(&rest[open..=open]);
        let end = close.map_or(rest.len(), |close| open + close + 2);
        push_unquoted(&mut out, &rest[..open]);
        out.push_str(&rest[open..end]);
        rest = &rest[end..];
    }
    push_unquoted(&mut out, rest);
    out.trim_end().to_owned()
}

fn push_unquoted(out: &mut String, text: &str) {
    for ch in text.chars() {
        let tight = |ch: char| matches!(ch, '(' | ')' | ',');
        if ch.is_whitespace() {
            if !out.is_empty() && !out.ends_with([' ', '(', ',']) {
                out.push(' ');
            }
            continue;
        }
        if tight(ch) && out.ends_with(' ') {
            out.pop();
        }
        out.push(ch.to_ascii_lowercase());
    }
}

impl PartialEq for TypeName {
    fn eq(&self, other: &TypeName) -> bool {
        self.canonical == other.canonical
    }
}
impl Eq for TypeName {}
impl Ord for TypeName {
    fn cmp(&self, other: &TypeName) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}
impl PartialOrd for TypeName {
    fn partial_cmp(&self, other: &TypeName) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl fmt::Debug for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spacing_do_not_matter_but_in_quotes_they_do() {
        assert_eq!(TypeName::new("Numeric ( 10 , 2 )").canonical(), "numeric(10,2)");
        assert_eq!(TypeName::new("double\n PRECISION ").canonical(), "double precision");
        assert_eq!(
            TypeName::new("ENUM('New, ', 'it''s')").canonical(),
            "enum('New, ','it''s')"
        );
        assert_ne!(TypeName::new("enum('A')"), TypeName::new("enum('a')"));
    }
}
