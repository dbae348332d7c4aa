//! The bridge over which the Python of a revision speaks to a database: the program that runs it, and the lines that go
//! over. `docs/reference/bridge.md` has the format.
//!
//! Whoever holds the connection starts [`PROGRAM`], says a [`Task`], and answers what is [`Said`] until it ends.

use serde::Deserialize;
use serde_json::{Value as Json, json};

/// The program. It takes no argument; its first line is a [`Task`].
pub const PROGRAM: &str = include_str!("bridge.py");

/// The version of the format.
pub const VERSION: u64 = 1;

/// How many bytes a line may have. One that is longer is no line of the format.
pub const LONGEST: usize = 64 << 20;

/// An answer is cut into lines of about so many bytes.
const A_LINE: usize = 1 << 20;

/// The revision that the program is to run, and how it finds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task<'a> {
    /// The configuration of the project, seen from where the program runs.
    pub config: &'a str,
    /// Its section.
    pub section: &'a str,
    /// Whether it is a `pyproject.toml`.
    pub is_toml: bool,
    /// The revision.
    pub revision: &'a str,
    /// Whether it is applied, rather than undone.
    pub is_up: bool,
    /// The server's dialect.
    pub dialect: &'a str,
}

impl Task<'_> {
    /// The line that says it.
    pub fn line(&self) -> String {
        let task = json!({
            "terrane_bridge": VERSION,
            "config": self.config,
            "section": self.section,
            "toml": self.is_toml,
            "revision": self.revision,
            "up": self.is_up,
            "dialect": self.dialect,
        });
        format!("{task}\n")
    }
}

/// A message of the program.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    /// It is there, and has what it needs.
    Hello,
    /// A statement is to be run.
    Execute(Statement),
    /// Commits: a later rollback does not undo the statements so far.
    Commit,
    /// Rolls back the statements since the last commit.
    Rollback,
    /// The revision has run.
    Done,
    /// It has not.
    Failed(Failure),
}

/// A statement with the values that it is given.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The text. For PostgreSQL, the values are in it.
    pub sql: String,
    /// The values, where the server takes them apart from the text.
    pub parameters: Option<Vec<Sent>>,
}

/// Why a revision did not run.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// `raised`, `no-sqlalchemy`, `no-alembic`, `not-run`, `not-committed`, `twice` or `too-large`.
    pub kind: String,
    /// The text of the exception, or the reason in a sentence.
    pub message: String,
    /// Where it was said.
    pub place: Option<Place>,
}

/// A line of a file.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, counted from one.
    pub line: u32,
}

/// A value on its way to or from a server.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number as floating point.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A value as the line has it.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "Json")]
pub struct Sent(pub Value);

impl TryFrom<Json> for Sent {
    type Error = String;

    fn try_from(json: Json) -> Result<Sent, String> {
        let value = match &json {
            Json::Null => Some(Value::Null),
            Json::Number(number) => number.as_i64().map(Value::Integer),
            Json::String(text) => Some(Value::Text(text.clone())),
            Json::Object(parts) if parts.len() == 1 => {
                let text = |name: &str| parts.get(name).and_then(Json::as_str);
                let real = text("real").and_then(|text| text.parse().ok()).map(Value::Real);
                real.or_else(|| text("bytes").and_then(bytes).map(Value::Bytes))
            }
            _ => None,
        };
        value.map(Sent).ok_or_else(|| format!("`{json}` is no value"))
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect()
}

impl Value {
    fn json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Integer(number) => json!(number),
            Value::Real(number) => json!({ "real": number.to_string() }),
            Value::Text(text) => json!(text),
            Value::Bytes(bytes) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                json!({ "bytes": hex })
            }
        }
    }
}

impl Said {
    /// Reads a line.
    ///
    /// # Errors
    /// It is none of the format; why, as the end of a sentence.
    pub fn read(line: &str) -> Result<Said, String> {
        let json: Json = serde_json::from_str(line).map_err(|_| format!("it said `{}`", beginning(line)))?;
        let one = json.as_object().filter(|object| object.len() == 1);
        let Some((word, what)) = one.and_then(|object| object.iter().next()) else {
            return Err(format!("it said `{}`", beginning(line)));
        };
        let wrong = |error: serde_json::Error| format!("its `{word}` cannot be read: {error}");
        match word.as_str() {
            "hello" => match what.get("terrane_bridge").and_then(Json::as_u64) {
                Some(VERSION) => Ok(Said::Hello),
                _ => Err("it speaks another version of the format".to_owned()),
            },
            "execute" => Statement::deserialize(what).map(Said::Execute).map_err(wrong),
            "commit" => Ok(Said::Commit),
            "rollback" => Ok(Said::Rollback),
            "done" => Ok(Said::Done),
            "failed" => Failure::deserialize(what).map(Said::Failed).map_err(wrong),
            _ => Err(format!("it said `{}`", beginning(line))),
        }
    }
}

/// As much of a line as fits into a message.
fn beginning(line: &str) -> String {
    let line = line.trim_end();
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A column of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// PostgreSQL's number of its type; none, where values say their own.
    pub type_number: Option<u32>,
}

/// The result of a statement.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// The columns; none, where it gives no rows.
    pub columns: Option<Vec<Column>>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// How many rows it read or wrote; none, where that makes no sense.
    pub count: Option<u64>,
    /// The number of the last row that SQLite added.
    pub last: Option<i64>,
}

impl Answer {
    /// The lines that say it, in order; or that a value is too large for one.
    ///
    /// # Errors
    /// A row is longer than a line may be.
    pub fn lines(&self) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        let mut rows: Vec<Json> = Vec::new();
        let mut size = 0;
        for row in &self.rows {
            let row = Json::Array(row.iter().map(Value::json).collect());
            size += row.to_string().len();
            if size > LONGEST - A_LINE {
                return Err("a row of the answer is too large to be handed over".to_owned());
            }
            rows.push(row);
            if size > A_LINE {
                lines.push(format!(
                    "{}\n",
                    json!({ "rows": std::mem::take(&mut rows), "more": true })
                ));
                size = 0;
            }
        }
        let column = |column: &Column| json!({ "name": column.name, "type": column.type_number });
        let columns = self.columns.as_ref();
        let last = json!({
            "columns": columns.map(|columns| columns.iter().map(column).collect::<Vec<_>>()),
            "rows": rows,
            "count": self.count.map_or(json!(-1), |count| json!(count)),
            "last": self.last,
        });
        lines.push(format!("{last}\n"));
        Ok(lines)
    }

    /// The line that says that the server refused, with its own code.
    pub fn refusal(message: &str, code: Option<&str>) -> String {
        format!("{}\n", json!({ "error": { "message": message, "code": code } }))
    }

    /// The line that says that something other than a statement was done.
    pub fn done() -> String {
        format!("{}\n", json!({ "done": {} }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_to_the_last_digit() {
        let said = Said::read(
            "{\"execute\": {\"sql\": \"INSERT\", \"parameters\": [null, -9223372036854775808, {\"real\": \"0.1\"}, \"ä\", \
             {\"bytes\": \"00ff\"}]}}",
        );
        let values = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Real(0.1),
            Value::Text("ä".to_owned()),
            Value::Bytes(vec![0, 255]),
        ];
        let statement = Statement {
            sql: "INSERT".to_owned(),
            parameters: Some(values.into_iter().map(Sent).collect()),
        };
        assert_eq!(said, Ok(Said::Execute(statement)));
        assert_eq!(Said::read("{\"commit\": {}}\n"), Ok(Said::Commit));
    }

    #[test]
    fn what_is_none_of_the_format_is_refused() {
        for line in [
            "",
            "hello",
            "{}",
            "[]",
            "{\"commit\": {}, \"rollback\": {}}",
            "{\"drop\": {}}",
            "{\"hello\": {\"terrane_bridge\": 2}}",
            "{\"execute\": {\"sql\": 1, \"parameters\": null}}",
            "{\"execute\": {\"sql\": \"a\", \"parameters\": [{\"bytes\": \"0\"}]}}",
            "{\"execute\": {\"sql\": \"a\", \"parameters\": [1.5]}}",
            "{\"execute\": {\"sql\": \"a\", \"parameters\": [true]}}",
            "{\"execute\": {\"sql\": \"a\", \"parameters\": [], \"more\": 1}}",
            "{\"failed\": {\"kind\": \"raised\"}}",
        ] {
            assert!(Said::read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn many_rows_come_in_several_lines() {
        let answer = Answer {
            columns: Some(Vec::new()),
            rows: vec![vec![Value::Text("x".repeat(300_000))]; 10],
            ..Answer::default()
        };
        let lines = answer.lines().unwrap();
        let rows = |line: &String| {
            let json: Json = serde_json::from_str(line).unwrap();
            (json["rows"].as_array().unwrap().len(), json["more"] == json!(true))
        };
        let found: Vec<_> = lines.iter().map(rows).collect();
        assert_eq!(found, [(4, true), (4, true), (2, false)]);
    }
}
