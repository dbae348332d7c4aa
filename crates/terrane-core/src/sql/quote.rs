//! Quoting of names and strings.

use std::borrow::Cow;

/// A name as SQL: bare where every server reads it back as itself, in double quotes otherwise.
///
/// A bare name is lower case, since servers fold what is not quoted in different directions, or not at all.
pub fn quote_identifier(name: &str) -> Cow<'_, str> {
    let plain = name
        .bytes()
        .enumerate()
        .all(|(at, byte)| byte.is_ascii_lowercase() || byte == b'_' || (at > 0 && byte.is_ascii_digit()));
    if plain && !name.is_empty() && !is_reserved(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// A string literal.
pub fn quote_string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The value of a name or a string as it is written: quotes of any kind taken off, doubled ones made single.
pub fn unquote(written: &str) -> Cow<'_, str> {
    let (open, close) = match written.as_bytes().first() {
        Some(b'"') => ('"', '"'),
        Some(b'`') => ('`', '`'),
        Some(b'\'') => ('\'', '\''),
        Some(b'[') => ('[', ']'),
        _ => return Cow::Borrowed(written),
    };
    let Some(inner) = written.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) else {
        return Cow::Borrowed(written);
    };
    if open == '[' || !inner.contains(close) {
        return Cow::Borrowed(inner);
    }
    let mut doubled = String::with_capacity(2);
    doubled.push(close);
    doubled.push(close);
    Cow::Owned(inner.replace(&doubled, &close.to_string()))
}

/// Whether a lower-case word needs quotes to be a name. The union of what SQLite, PostgreSQL and MariaDB reserve,
/// from the keyword appendix of each manual, less what nobody would call a table or a column.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Sorted, for the search.
const RESERVED: &[&str] = &[
    "abort",
    "action",
    "add",
    "after",
    "all",
    "alter",
    "always",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "attach",
    "authorization",
    "autoincrement",
    "before",
    "begin",
    "between",
    "bigint",
    "binary",
    "blob",
    "both",
    "by",
    "call",
    "cascade",
    "case",
    "cast",
    "change",
    "char",
    "character",
    "check",
    "collate",
    "collation",
    "column",
    "commit",
    "concurrently",
    "condition",
    "conflict",
    "constraint",
    "continue",
    "convert",
    "create",
    "cross",
    "current",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "cursor",
    "database",
    "databases",
    "dec",
    "decimal",
    "declare",
    "default",
    "deferrable",
    "deferred",
    "delayed",
    "delete",
    "desc",
    "describe",
    "detach",
    "distinct",
    "div",
    "do",
    "double",
    "drop",
    "dual",
    "each",
    "else",
    "elseif",
    "enclosed",
    "end",
    "escape",
    "escaped",
    "except",
    "exclude",
    "exclusive",
    "exists",
    "exit",
    "explain",
    "fail",
    "false",
    "fetch",
    "filter",
    "first",
    "float",
    "following",
    "for",
    "force",
    "foreign",
    "freeze",
    "from",
    "full",
    "fulltext",
    "generated",
    "glob",
    "grant",
    "group",
    "groups",
    "having",
    "if",
    "ignore",
    "ilike",
    "immediate",
    "in",
    "index",
    "indexed",
    "initially",
    "inner",
    "inout",
    "insert",
    "instead",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "iterate",
    "join",
    "key",
    "keys",
    "kill",
    "last",
    "lateral",
    "leading",
    "leave",
    "left",
    "like",
    "limit",
    "linear",
    "lines",
    "load",
    "localtime",
    "localtimestamp",
    "lock",
    "long",
    "loop",
    "match",
    "materialized",
    "mod",
    "natural",
    "no",
    "not",
    "nothing",
    "notnull",
    "null",
    "nulls",
    "numeric",
    "of",
    "offset",
    "on",
    "only",
    "optimize",
    "option",
    "or",
    "order",
    "others",
    "out",
    "outer",
    "over",
    "overlaps",
    "partition",
    "placing",
    "plan",
    "pragma",
    "preceding",
    "precision",
    "primary",
    "procedure",
    "purge",
    "query",
    "raise",
    "range",
    "read",
    "real",
    "recursive",
    "references",
    "regexp",
    "reindex",
    "release",
    "rename",
    "repeat",
    "replace",
    "require",
    "restrict",
    "return",
    "returning",
    "revoke",
    "right",
    "rlike",
    "rollback",
    "row",
    "rows",
    "savepoint",
    "schema",
    "select",
    "session_user",
    "set",
    "show",
    "similar",
    "smallint",
    "some",
    "sql",
    "starting",
    "symmetric",
    "table",
    "tablesample",
    "temp",
    "temporary",
    "then",
    "ties",
    "tinyint",
    "to",
    "trailing",
    "transaction",
    "trigger",
    "true",
    "unbounded",
    "undo",
    "union",
    "unique",
    "unlock",
    "unsigned",
    "update",
    "usage",
    "use",
    "user",
    "using",
    "vacuum",
    "values",
    "varchar",
    "variadic",
    "varying",
    "verbose",
    "view",
    "virtual",
    "when",
    "where",
    "while",
    "window",
    "with",
    "without",
    "write",
    "xor",
    "zerofill",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn a_quoted_name_reads_back_as_itself() {
        for name in ["plain", "Mixed", "select", "with space", "a\"b", "", "ünï", "9lives"] {
            assert_eq!(unquote(&quote_identifier(name)), name);
        }
    }
}
