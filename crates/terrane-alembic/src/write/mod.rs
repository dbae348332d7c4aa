//! Revisions written as Alembic's users write them: ops as directives in Python, in the project's own template.
//!
//! What is written here is read again by `literal`, and whoever writes holds the one against the other. An op that Alembic
//! has no directive for has none here either; it is written as the statement that the server is told.

mod column;
mod directive;
mod template;
mod types;

pub use directive::directive;
pub use template::{Filled, Values, file_name, fill};

use terrane_core::name::ObjectName;

/// A step of a revision in Python.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What is said above it.
    pub comments: Vec<String>,
    /// The table that it changes in a batch; none, where it stands by itself.
    pub batch: Option<ObjectName>,
    /// The call, its lines without the indentation of the function.
    pub text: String,
}

/// Whether Alembic makes a table anew in a batch on that server: SQLite alters next to nothing.
pub fn needs_batch(dialect: &str) -> bool {
    dialect == "sqlite"
}

/// A statement as it is.
pub fn execute(sql: &str) -> Line {
    Line {
        comments: Vec::new(),
        batch: None,
        text: format!("op.execute({})", long_text(&escaped(sql))),
    }
}

/// The body of a function: directives of one table's batch in one block, all indented but for the first line.
pub fn body(lines: &[Line]) -> String {
    let mut body: Vec<String> = Vec::new();
    let mut open: Option<&ObjectName> = None;
    for line in lines {
        let batch = line.batch.as_ref();
        if batch != open {
            body.extend(batch.map(block));
            open = batch;
        }
        let indentation = if batch.is_some() { "    " } else { "" };
        let comments = line.comments.iter().map(|comment| format!("# {comment}"));
        let text = line.text.lines().map(str::to_owned);
        body.extend(comments.chain(text).map(|line| format!("{indentation}{line}")));
    }
    body.join("\n    ")
}

fn block(table: &ObjectName) -> String {
    let schema = table.schema.as_ref();
    let schema = schema.map_or_else(String::new, |schema| format!(", schema={}", text(schema.as_str())));
    format!(
        "with op.batch_alter_table({}{schema}) as batch_op:",
        text(table.name.as_str())
    )
}

/// What a revision with that text imports besides `op` and `sa`.
pub fn imports(upgrade: &str, downgrade: &str) -> &'static str {
    let is_used = [upgrade, downgrade].iter().any(|body| body.contains("postgresql."));
    if is_used {
        "from sqlalchemy.dialects import postgresql"
    } else {
        ""
    }
}

/// A text as Python writes it, in the quotes that it does not hold.
pub(crate) fn text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut python = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => python.push_str("\\\\"),
            c if c == quote => python.extend(['\\', c]),
            '\n' => python.push_str("\\n"),
            '\r' => python.push_str("\\r"),
            '\t' => python.push_str("\\t"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => python.push_str(&format!("\\x{:02x}", c as u32)),
            c if is_hidden(c) => python.push_str(&format!("\\u{:04x}", c as u32)),
            c => python.push(c),
        }
    }
    python.push(quote);
    python
}

/// What shows a text otherwise than it is read, in the plane where Python's short escape reaches.
fn is_hidden(c: char) -> bool {
    terrane_core::text::is_hostile(c) && (c as u32) < 0x1_0000
}

/// The same on a line for each of its own, where it has several.
fn long_text(long: &str) -> String {
    if !long.trim_end().contains('\n') {
        return text(long);
    }
    let lines: Vec<String> = long
        .split_inclusive('\n')
        .map(|line| format!("    {}", text(line)))
        .collect();
    format!("\n{}\n", lines.join("\n"))
}

/// SQL as a text that SQLAlchemy's `text()` says again: a colon in front of a word would be a parameter.
pub(crate) fn escaped(sql: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut escaped = String::with_capacity(sql.len());
    let mut before = ' ';
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        if c == ':' && is_word(next) && !is_word(before) && !matches!(before, ':' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
        before = c;
    }
    escaped
}

/// SQL as an expression of SQLAlchemy's.
pub(crate) fn sa_text(sql: &str) -> String {
    format!("sa.text({})", text(&escaped(sql)))
}

/// Names as a list.
pub(crate) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(text).collect();
    format!("[{}]", names.join(", "))
}
