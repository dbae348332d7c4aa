//! SQLAlchemy's expressions and statements on rows, as SQL.

use super::eval::{Eval, Outcome};
use super::types::{Server, qualified};
use super::value::{Made, Value};
use terrane_core::sql::{quote_identifier, quote_string};
use terrane_core::text::Span;

/// An operator in Python, and in SQL.
const OPERATORS: &[(&str, &str)] = &[
    ("==", "="),
    ("!=", "!="),
    ("<", "<"),
    ("<=", "<="),
    (">", ">"),
    (">=", ">="),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("&", "AND"),
    ("|", "OR"),
];

/// Functions that SQL writes without parentheses.
const WORDS: [&str; 6] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_user",
];

/// A statement on rows, as far as its methods have said it.
#[derive(Debug, Default)]
struct Statement<'v> {
    verb: &'static str,
    table: Option<&'v Value>,
    conditions: Vec<&'v Value>,
    values: Vec<(String, Value)>,
}

impl Eval<'_> {
    /// What a text says to SQLAlchemy's `text()`: a colon in front of a word is a parameter, and needs a value.
    pub(super) fn textual(&self, text: &str, span: Span) -> Outcome<String> {
        let mut before = ' ';
        let characters: Vec<char> = text.chars().collect();
        for (at, c) in characters.iter().enumerate() {
            let next = characters.get(at + 1).copied().unwrap_or(' ');
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            if *c == ':' && !matches!(before, ':' | '\\') && !is_word(before) && is_word(next) {
                // `::type` is a cast, and `a:b` is not one word in front of another.
                let rest = &characters[at + 1..];
                let end = rest.iter().position(|c| !is_word(*c)).unwrap_or(rest.len());
                if rest.get(end) != Some(&':') {
                    let name: String = rest[..end].iter().collect();
                    return self.refuse(span, format!("`:{name}` in this text is a parameter"));
                }
            }
            before = *c;
        }
        Ok(text.replace("\\:", ":"))
    }

    /// An expression.
    pub(super) fn sql(&self, value: &Value, span: Span) -> Outcome<String> {
        Ok(match value {
            Value::None => "NULL".to_owned(),
            Value::Bool(truth) => self.boolean(*truth).to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Number(number) => number.clone(),
            Value::Text(text) | Value::ExactName(text) => quote_string(text),
            Value::Attribute(attribute) => match (&attribute.0, attribute.1.as_str()) {
                (Value::Attribute(columns), name) if matches!(columns.1.as_str(), "c" | "columns") => {
                    let table = self.table_name(&columns.0, span)?;
                    format!("{table}.{}", quote_identifier(name))
                }
                _ => return self.refuse(span, format!("`{value}` is no column that is known")),
            },
            Value::Made(made) => return self.made_sql(made),
            Value::Unknown(refusal) => return Err((**refusal).clone()),
            other => return self.refuse(span, format!("`{other}` is no expression that is known")),
        })
    }

    pub(super) fn boolean(&self, truth: bool) -> &'static str {
        match (self.host.server, truth) {
            (Server::Postgresql, true) => "true",
            (Server::Postgresql, false) => "false",
            (Server::Sqlite, true) => "1",
            (Server::Sqlite, false) => "0",
        }
    }

    fn made_sql(&self, made: &Made) -> Outcome<String> {
        let span = made.span;
        if let Value::Path(path) = &made.of {
            if let Some(operator) = path.strip_prefix("operator.") {
                return self.operation(operator, &made.arguments, span);
            }
            if let Some((_, function)) = path
                .split_once("sqlalchemy")
                .and_then(|(_, path)| path.rsplit_once(".func."))
            {
                return self.function_sql(function, made);
            }
        }
        if let Some(receiver) = made.receiver() {
            return self.method_sql(receiver, made);
        }
        let first = made.arguments.first();
        let text = first.and_then(Value::text);
        match (made.kind(), text) {
            ("text", Some(text)) if made.is_of_sqlalchemy() => self.textual(text, span),
            ("literal_column", Some(text)) => Ok(text.to_owned()),
            ("column", Some(name)) => Ok(quote_identifier(name).into_owned()),
            ("null", _) => Ok("NULL".to_owned()),
            ("true", _) => Ok(self.boolean(true).to_owned()),
            ("false", _) => Ok(self.boolean(false).to_owned()),
            ("literal", _) => self.sql(first.unwrap_or(&Value::None), span),
            ("and_", _) => self.joined(&made.arguments, " AND ", span),
            ("or_", _) => self.joined(&made.arguments, " OR ", span),
            ("not_", _) => Ok(format!("NOT ({})", self.sql(first.unwrap_or(&Value::None), span)?)),
            ("cast", _) => {
                let [value, ty] = made.arguments.as_slice() else {
                    return self.refuse(span, "a cast of that kind is not understood");
                };
                Ok(format!(
                    "CAST({} AS {})",
                    self.sql(value, span)?,
                    self.sql_type(ty, span)?.sql
                ))
            }
            (kind, _) => self.refuse(span, format!("`{kind}` is no expression that is known")),
        }
    }

    fn joined(&self, values: &[Value], word: &str, span: Span) -> Outcome<String> {
        let parts: Outcome<Vec<String>> = values
            .iter()
            .map(|value| Ok(format!("({})", self.sql(value, span)?)))
            .collect();
        Ok(parts?.join(word))
    }

    fn operation(&self, operator: &str, arguments: &[Value], span: Span) -> Outcome<String> {
        if let ("~", [value]) = (operator, arguments) {
            return Ok(format!("NOT ({})", self.sql(value, span)?));
        }
        let [left, right] = arguments else {
            return self.refuse(span, format!("`{operator}` is not understood here"));
        };
        let is_null =
            |value: &Value| matches!(value, Value::None) || value.made().is_some_and(|made| made.kind() == "null");
        if is_null(right) && matches!(operator, "==" | "!=") {
            let word = if operator == "==" { "IS" } else { "IS NOT" };
            return Ok(format!("{} {word} NULL", self.sql(left, span)?));
        }
        if operator == "/" {
            return self.division(left, right, span);
        }
        match OPERATORS.iter().find(|(python, _)| *python == operator) {
            Some((_, sql)) => Ok(format!(
                "{} {sql} {}",
                self.operand(left, span)?,
                self.operand(right, span)?
            )),
            None => self.refuse(span, format!("`{operator}` is not understood here")),
        }
    }

    /// Before version 2, `/` of SQLAlchemy is the server's; since then it casts, by the types of both sides.
    fn division(&self, left: &Value, right: &Value, span: Span) -> Outcome<String> {
        match self.host.sqlalchemy {
            Some((1, _)) => Ok(format!(
                "{} / {}",
                self.operand(left, span)?,
                self.operand(right, span)?
            )),
            _ => self.refuse(
                span,
                "what `/` means depends on the types of both sides, since SQLAlchemy 2",
            ),
        }
    }

    fn operand(&self, value: &Value, span: Span) -> Outcome<String> {
        let sql = self.sql(value, span)?;
        let is_operation = value
            .made()
            .is_some_and(|made| matches!(&made.of, Value::Path(path) if path.starts_with("operator.")));
        Ok(if is_operation { format!("({sql})") } else { sql })
    }

    fn function_sql(&self, name: &str, made: &Made) -> Outcome<String> {
        let lower = name.to_lowercase();
        if made.arguments.is_empty() && WORDS.contains(&lower.as_str()) {
            return Ok(lower.to_uppercase());
        }
        if lower == "now" && self.host.server == Server::Sqlite {
            return Ok("CURRENT_TIMESTAMP".to_owned());
        }
        if !made.keywords.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return self.refuse(made.span, format!("the function `{name}` is not understood"));
        }
        let arguments: Outcome<Vec<String>> = made.arguments.iter().map(|value| self.sql(value, made.span)).collect();
        Ok(format!("{name}({})", arguments?.join(", ")))
    }

    fn method_sql(&self, receiver: &Value, made: &Made) -> Outcome<String> {
        let span = made.span;
        let of = || self.operand(receiver, span);
        let first = made.arguments.first();
        let argument = || self.sql(first.unwrap_or(&Value::None), span);
        Ok(match made.kind() {
            "is_" => format!("{} IS {}", of()?, argument()?),
            "isnot" | "is_not" => format!("{} IS NOT {}", of()?, argument()?),
            "like" => format!("{} LIKE {}", of()?, argument()?),
            "cast" => {
                let ty = self.sql_type(first.unwrap_or(&Value::None), span)?;
                format!("CAST({} AS {})", self.sql(receiver, span)?, ty.sql)
            }
            word @ ("in_" | "notin_" | "not_in") => {
                let Some(Value::List(values)) = first else {
                    return self.refuse(span, "what the list holds is known to Python alone");
                };
                let values: Outcome<Vec<String>> = values.borrow().iter().map(|value| self.sql(value, span)).collect();
                let values = values?;
                if values.is_empty() {
                    return self.refuse(span, "the list is empty");
                }
                let word = if word == "in_" { "IN" } else { "NOT IN" };
                format!("{} {word} ({})", of()?, values.join(", "))
            }
            kind => return self.refuse(span, format!("`{kind}` is no expression that is known")),
        })
    }

    /// A table that rows are written to, as SQL.
    fn table_name(&self, table: &Value, span: Span) -> Outcome<String> {
        let made = table
            .made()
            .filter(|made| made.is_of_sqlalchemy() && matches!(made.kind(), "table" | "Table"));
        let name = made.and_then(|made| made.argument(0, "name")).and_then(Value::text);
        match (made, name) {
            (Some(made), Some(name)) => Ok(qualified(made.keyword("schema").and_then(Value::text), name)),
            _ => self.refuse(span, "which table this is, is known to Python alone"),
        }
    }

    /// A statement that was made of `table.update()` and its like; none, where it is something else.
    pub(super) fn on_rows(&self, value: &Value, span: Span) -> Option<Outcome<String>> {
        let mut statement = Statement::default();
        let gathered = self.gather(value, &mut statement)?;
        Some(gathered.and_then(|()| self.written(&statement, span)))
    }

    fn gather<'v>(&self, value: &'v Value, statement: &mut Statement<'v>) -> Option<Outcome<()>> {
        let made = value.made()?;
        let verb = |kind: &str| ["insert", "update", "delete"].into_iter().find(|verb| *verb == kind);
        let Some(receiver) = made.receiver() else {
            statement.verb = verb(made.kind()).filter(|_| made.is_of_sqlalchemy())?;
            statement.table = made.arguments.first();
            return Some(Ok(()));
        };
        if let Some(verb) = verb(made.kind()) {
            statement.verb = verb;
            statement.table = Some(receiver);
            let taken = self.take(made, statement);
            return Some(taken);
        }
        match self.gather(receiver, statement)? {
            Ok(()) => Some(self.take(made, statement)),
            Err(refusal) => Some(Err(refusal)),
        }
    }

    fn take<'v>(&self, made: &'v Made, statement: &mut Statement<'v>) -> Outcome<()> {
        match made.kind() {
            "where" => statement.conditions.extend(&made.arguments),
            "values" | "insert" | "update" | "delete" => {
                if made.kind() == "update" && !made.arguments.is_empty() {
                    return self.refuse(made.span, "a condition in `update()` itself is not understood");
                }
                for argument in &made.arguments {
                    statement.values.extend(self.pairs(argument, made.span)?);
                }
                statement.values.extend(made.keywords.iter().cloned());
            }
            kind => return self.refuse(made.span, format!("`{kind}` of a statement is not understood")),
        }
        Ok(())
    }

    /// The values by column; a column stands there by its name, or as itself.
    fn pairs(&self, value: &Value, span: Span) -> Outcome<Vec<(String, Value)>> {
        let Value::Dict(pairs) = value else {
            return self.refuse(span, "the values are known to Python alone");
        };
        let mut named = Vec::new();
        for (key, value) in pairs.borrow().iter() {
            let name = match key {
                Value::Attribute(column) => Some(column.1.clone()),
                other => other.text().map(str::to_owned),
            };
            match name {
                Some(name) => named.push((name, value.clone())),
                None => return self.refuse(span, "the columns are known to Python alone"),
            }
        }
        Ok(named)
    }

    fn written(&self, statement: &Statement<'_>, span: Span) -> Outcome<String> {
        let table = statement.table.unwrap_or(&Value::None);
        let name = self.table_name(table, span)?;
        let conditions: Outcome<Vec<String>> = statement.conditions.iter().map(|value| self.sql(value, span)).collect();
        let conditions = match conditions? {
            all if all.is_empty() => String::new(),
            all if all.len() == 1 => format!(" WHERE {}", all[0]),
            all => format!(" WHERE ({})", all.join(") AND (")),
        };
        let mut pairs = Vec::new();
        for (column, value) in &statement.values {
            pairs.push((
                quote_identifier(column).into_owned(),
                self.value_for(table, column, value, span)?,
            ));
        }
        Ok(match statement.verb {
            "delete" => format!("DELETE FROM {name}{conditions}"),
            "update" if !pairs.is_empty() => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(column, value)| format!("{column} = {value}"))
                    .collect();
                format!("UPDATE {name} SET {}{conditions}", pairs.join(", "))
            }
            "insert" if !pairs.is_empty() => insert(&name, &pairs),
            _ => return self.refuse(span, "a statement without values is not understood"),
        })
    }

    /// A row of `bulk_insert`.
    pub(super) fn inserted(&self, table: &Value, row: &[(Value, Value)], span: Span) -> Outcome<String> {
        let name = self.table_name(table, span)?;
        let mut pairs = Vec::new();
        for (key, value) in row {
            let Some(column) = key.text() else {
                return self.refuse(span, "the columns of the row are known to Python alone");
            };
            pairs.push((
                quote_identifier(column).into_owned(),
                self.value_for(table, column, value, span)?,
            ));
        }
        self.refuse_defaults(table, row, span)?;
        Ok(insert(&name, &pairs))
    }

    /// Python gives a column a value of its own where the row has none.
    fn refuse_defaults(&self, table: &Value, row: &[(Value, Value)], span: Span) -> Outcome<()> {
        let columns = table.made().map_or(&[][..], |made| &made.arguments);
        let defaulted = columns.iter().filter_map(Value::made).find(|column| {
            let name = column.argument(0, "name").and_then(Value::text);
            column.keyword("default").is_some() && !row.iter().any(|(key, _)| key.text() == name)
        });
        match defaulted {
            Some(column) => self.refuse(column.span, "Python gives this column a value of its own"),
            None => self.refuse_unless_known(table, span),
        }
    }

    fn refuse_unless_known(&self, table: &Value, span: Span) -> Outcome<()> {
        self.table_name(table, span).map(drop)
    }

    /// A value for a column. A type of the project's own, or one that is kept in another form, changes it in Python.
    fn value_for(&self, table: &Value, column: &str, value: &Value, span: Span) -> Outcome<String> {
        let columns = table.made().map_or(&[][..], |made| &made.arguments);
        let found = columns
            .iter()
            .filter_map(Value::made)
            .find(|made| made.argument(0, "name").and_then(Value::text) == Some(column));
        let ty = found.and_then(|made| made.argument(1, "type_"));
        let kind = match ty {
            Some(Value::Made(made)) => made.kind().to_owned(),
            Some(Value::Path(path)) => path.rsplit('.').next().unwrap_or_default().to_owned(),
            Some(Value::Class(class)) => class.name.clone(),
            _ => String::new(),
        };
        let is_class = match ty {
            Some(Value::Made(made)) => matches!(made.of, Value::Class(_)),
            other => matches!(other, Some(Value::Class(_))),
        };
        let is_changed = is_class
            || matches!(
                kind.as_str(),
                "JSON" | "JSONB" | "PickleType" | "ARRAY" | "HSTORE" | "Interval" | "Uuid"
            );
        let is_kept = matches!(value, Value::None) || value.is_sql();
        if is_changed && !is_kept {
            return self.refuse(
                span,
                format!("what the type `{kind}` makes of a value is known to Python alone"),
            );
        }
        self.operand(value, span)
    }
}

fn insert(name: &str, pairs: &[(String, String)]) -> String {
    let (columns, values): (Vec<&str>, Vec<&str>) = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).unzip();
    format!(
        "INSERT INTO {name} ({}) VALUES ({})",
        columns.join(", "),
        values.join(", ")
    )
}
