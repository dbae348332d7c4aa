//! What a revision asks of Alembic: `op.add_column(…)` and its like, turned into statements.

use super::eval::{Eval, Outcome};
use super::types::{Server, qualified};
use super::value::{Made, Value};
use crate::naming::Naming;
use std::rc::Rc;
use terrane_core::sql::{Lexing, split};
use terrane_core::text::Span;

/// The connection that a revision asks for: what of it is known is its dialect.
const BIND: &str = "the connection";
/// Its dialect, which a type is asked for as well.
pub(super) const DIALECT: &str = "the connection.dialect";
const CONTEXT: &str = "the context";
const BLOCK: &str = "a block of the context";

/// Methods of what SQLAlchemy makes that only make something else.
const PURE: [&str; 22] = [
    "asc",
    "between",
    "cast",
    "copy",
    "delete",
    "desc",
    "evaluates_none",
    "ilike",
    "in_",
    "insert",
    "is_",
    "is_not",
    "isnot",
    "label",
    "like",
    "next_value",
    "not_in",
    "notin_",
    "update",
    "values",
    "where",
    "with_variant",
];

/// What a revision says to the server, and what is known of where it runs.
#[derive(Debug)]
pub(crate) struct Host<'p> {
    pub(super) server: Server,
    pub(super) naming: &'p Naming,
    /// Which SQLAlchemy the project has, where it was found: what some operators mean depends on it.
    pub(super) sqlalchemy: Option<(u32, u32)>,
    pub(super) lexing: Lexing,
    /// What was said so far, and where.
    pub(crate) statements: Vec<(String, Span)>,
    /// The blocks that are open: a table that is changed as a batch, or nothing that matters.
    blocks: Vec<Option<Vec<(String, Span)>>>,
    /// Whether a table was changed in a way that a server may have no statement for.
    pub(crate) is_batch: bool,
}

impl<'p> Host<'p> {
    pub(crate) fn new(server: Server, naming: &'p Naming, sqlalchemy: Option<(u32, u32)>, lexing: Lexing) -> Host<'p> {
        Host {
            server,
            naming,
            sqlalchemy,
            lexing,
            statements: Vec::new(),
            blocks: Vec::new(),
            is_batch: false,
        }
    }

    /// An attribute of something that is known by its path.
    pub(super) fn path_attribute(&self, path: &str, name: &str) -> Value {
        match (path, name) {
            (BIND, "engine" | "connection") => Value::path(BIND),
            (CONTEXT, "bind" | "connection") => Value::path(BIND),
            (CONTEXT, "dialect") => Value::path(DIALECT),
            (path, "name")
                if path
                    .strip_prefix(BIND)
                    .is_some_and(|rest| rest.is_empty() || rest == ".dialect") =>
            {
                Value::Text(self.server.name().to_owned())
            }
            _ => Value::path(&format!("{path}.{name}")),
        }
    }

    /// Whether a `with` over that value is understood.
    pub(super) fn enter(&mut self, value: &Value) -> bool {
        match value {
            Value::Path(path) if **path == *BLOCK => {
                self.blocks.push(None);
                true
            }
            Value::Made(made) if is_batch(made) => {
                self.blocks.push(Some(Vec::new()));
                true
            }
            _ => false,
        }
    }

    fn say(&mut self, sql: String, span: Span) {
        self.statements.push((sql, span));
    }

    /// What is said of a batch's table waits for the end of its block.
    fn say_in_batch(&mut self, from: usize) {
        let said = self.statements.split_off(from);
        match self.blocks.iter_mut().rev().find_map(Option::as_mut) {
            Some(waiting) => waiting.extend(said),
            None => self.statements.extend(said),
        }
    }
}

fn is_batch(made: &Made) -> bool {
    matches!(&made.of, Value::Path(path) if path.ends_with(".batch_alter_table") && path.starts_with("alembic."))
}

impl Eval<'_> {
    /// Ends a `with`.
    pub(super) fn leave(&mut self) -> Outcome<()> {
        if let Some(Some(waiting)) = self.host.blocks.pop() {
            self.host.statements.extend(waiting);
        }
        Ok(())
    }

    /// Makes something of a call of what is known by its path: a directive is carried out, anything else is a value.
    pub(super) fn construct(&mut self, made: Made) -> Outcome<Value> {
        if let Value::Path(path) = &made.of {
            let path = path.clone();
            if let Some(directive) = path.strip_prefix("alembic.op.") {
                return self.directive(directive, made);
            }
            return match &*path {
                "alembic.context.get_context" => Ok(Value::path(CONTEXT)),
                "alembic.context.get_bind" => Ok(Value::path(BIND)),
                "decimal.Decimal" if made.arguments.iter().any(|value| value.text().is_some_and(is_number)) => {
                    Ok(Value::Number(made.arguments[0].text().unwrap_or_default().to_owned()))
                }
                path if path == format!("{CONTEXT}.autocommit_block") => Ok(Value::path(BLOCK)),
                path if path == format!("{DIALECT}.type_descriptor") && made.arguments.len() == 1 => {
                    Ok(made.arguments[0].clone())
                }
                path if path == format!("{BIND}.execute") => {
                    self.execute(made.arguments.first().unwrap_or(&Value::None), made.span)?;
                    Ok(self.unknown_result(made.span, "the rows that the database gives"))
                }
                path if path.starts_with("sqlalchemy.") && !path.ends_with(".inspect") => {
                    Ok(Value::Made(Rc::new(made)))
                }
                path => self.refuse(made.span, format!("`{path}` is known to Python alone")),
            };
        }
        if let Some(Value::Made(batch)) = made.receiver()
            && is_batch(batch)
        {
            let batch = batch.clone();
            return self.batch(&batch, made);
        }
        match made.kind() {
            "create" | "drop" => self.make_type(&made),
            // Anything else may do something to the database.
            kind if PURE.contains(&kind) || matches!(made.of, Value::Class(_)) => Ok(Value::Made(Rc::new(made))),
            kind => self.refuse(made.span, format!("what `{kind}` does is known to Python alone")),
        }
    }

    /// `sa.Enum(…).create(bind)`: where it looks first whether the type is there, only the database can tell.
    fn make_type(&mut self, made: &Made) -> Outcome<Value> {
        let ty = made.receiver().and_then(Value::made).filter(|ty| ty.is_of_sqlalchemy());
        let looks = match (made.keyword("checkfirst").or(made.arguments.get(1)), ty.map(Made::kind)) {
            (Some(value), _) => value.truth(),
            (None, Some("Enum")) => Some(false),
            _ => Some(true),
        };
        let (Some(ty), Some(false)) = (ty.filter(|ty| matches!(ty.kind(), "Enum" | "ENUM")), looks) else {
            let message = format!(
                "whether `{}` has something to do, only the database can tell",
                made.kind()
            );
            return self.refuse(made.span, message);
        };
        let whole = self.sql_type(&Value::Made(Rc::new(super::table::copy(ty))), ty.span)?;
        // A server without such types has nothing to make.
        if self.host.server == Server::Postgresql {
            let sql = match (made.kind(), whole.made_by) {
                ("create", Some(sql)) => sql,
                ("drop", _) => format!("DROP TYPE {}", whole.sql),
                _ => return self.refuse(made.span, "what this does is known to Python alone"),
            };
            self.host.say(sql, made.span);
        }
        Ok(Value::None)
    }

    fn unknown_result(&self, span: Span, what: &str) -> Value {
        Value::Unknown(Rc::new(super::value::Refusal {
            message: format!("{what} are known to Python alone"),
            source: self.place.1.clone(),
            span,
        }))
    }

    /// A directive of a batch: the table goes in front of its arguments, as the directive outside of one has it.
    fn batch(&mut self, batch: &Made, mut made: Made) -> Outcome<Value> {
        let directive = made.kind().to_owned();
        let table = batch.argument(0, "table_name").cloned().unwrap_or(Value::None);
        let places: &[usize] = match directive.as_str() {
            "f" | "execute" | "get_bind" | "get_context" => &[],
            "add_column" | "drop_column" | "alter_column" | "create_table_comment" | "drop_table_comment" => &[0],
            "create_index"
            | "drop_index"
            | "create_unique_constraint"
            | "create_foreign_key"
            | "create_primary_key"
            | "create_check_constraint"
            | "drop_constraint" => &[1],
            other => return self.refuse(made.span, format!("`{other}` of a batch is not understood")),
        };
        for &at in places {
            // A name that is given as a keyword leaves its place empty.
            if made.arguments.len() < at {
                let name = made
                    .keywords
                    .iter()
                    .position(|(key, _)| matches!(key.as_str(), "index_name" | "constraint_name" | "name"));
                let name = name.map_or(Value::None, |name| made.keywords.remove(name).1);
                made.arguments.push(name);
            }
            made.arguments.insert(at, table.clone());
        }
        if let Some(schema) = batch.keyword("schema").filter(|_| !places.is_empty()) {
            let key = if directive == "create_foreign_key" {
                "source_schema"
            } else {
                "schema"
            };
            made.keywords.push((key.to_owned(), schema.clone()));
        }
        let is_of_sqlite =
            self.host.server == Server::Sqlite && !matches!(directive.as_str(), "f" | "create_index" | "drop_index");
        if is_of_sqlite && directive == "drop_constraint" && batch.keyword("naming_convention").is_some() {
            return self.refuse(made.span, "a constraint that a batch names by a convention of its own");
        }
        self.host.is_batch |= is_of_sqlite && !places.is_empty();
        let from = self.host.statements.len();
        let value = self.directive(&directive, made);
        if !places.is_empty() {
            self.host.say_in_batch(from);
        }
        value
    }

    fn directive(&mut self, directive: &str, made: Made) -> Outcome<Value> {
        if let Some(Value::Unknown(refusal)) = made.arguments.iter().find(|value| matches!(value, Value::Unknown(_))) {
            return Err((**refusal).clone());
        }
        match directive {
            "f" => match made.arguments.first().and_then(Value::text) {
                Some(name) => return Ok(Value::ExactName(name.to_owned())),
                None => return self.refuse(made.span, "the name is known to Python alone"),
            },
            "get_bind" => return Ok(Value::path(BIND)),
            "get_context" => return Ok(Value::path(CONTEXT)),
            "batch_alter_table" => return Ok(Value::Made(Rc::new(made))),
            "execute" => self.execute(made.argument(0, "sqltext").unwrap_or(&Value::None), made.span)?,
            "create_table" => return self.create_table(made),
            "bulk_insert" => self.bulk_insert(&made)?,
            _ => {
                for sql in self.ddl(directive, &made)? {
                    self.host.say(sql, made.span);
                }
            }
        }
        Ok(Value::None)
    }

    /// `op.execute`: a text, which may be several statements; or something that SQLAlchemy makes a statement of.
    fn execute(&mut self, value: &Value, span: Span) -> Outcome<()> {
        if let Some(statement) = self.on_rows(value, span) {
            let statement = statement?;
            self.host.say(statement, span);
            return Ok(());
        }
        let text = match value {
            Value::Text(text) => self.textual(text, span)?,
            Value::Made(made) if made.is_of_sqlalchemy() && made.kind() == "text" => self.sql(value, span)?,
            Value::Made(made) if made.is_of_sqlalchemy() => self.schema_item(made)?,
            Value::Unknown(refusal) => return Err((**refusal).clone()),
            other => {
                return self.refuse(
                    span,
                    format!("what `{other}` says to the server is known to Python alone"),
                );
            }
        };
        match split(&text, &self.host.lexing) {
            Ok(statements) => {
                for statement in statements {
                    self.host.say(text[statement.span.range()].to_owned(), span);
                }
                Ok(())
            }
            Err(_) => self.refuse(span, "where its statements end cannot be told"),
        }
    }

    /// `CreateSequence(…)` and its like.
    fn schema_item(&self, made: &Made) -> Outcome<String> {
        let item = made.arguments.first().and_then(Value::made);
        let name = item.and_then(|item| item.argument(0, "name")).and_then(Value::text);
        let (Some(item), Some(name)) = (item, name) else {
            return self.refuse(
                made.span,
                format!("what `{}` says to the server is known to Python alone", made.kind()),
            );
        };
        let name = qualified(item.keyword("schema").and_then(Value::text), name);
        let exists = |word: &str, keyword: &str| match made.keyword(keyword).and_then(Value::truth) {
            Some(true) => format!("{word} "),
            _ => String::new(),
        };
        match (made.kind(), item.kind()) {
            ("CreateSequence", "Sequence") => {
                let mut sql = format!("CREATE SEQUENCE {}{name}", exists("IF NOT EXISTS", "if_not_exists"));
                for (keyword, value) in &item.keywords {
                    match (keyword.as_str(), value) {
                        ("start", Value::Int(number)) => sql.push_str(&format!(" START WITH {number}")),
                        ("increment", Value::Int(number)) => sql.push_str(&format!(" INCREMENT BY {number}")),
                        ("metadata" | "schema" | "optional", _) | (_, Value::None) => {}
                        _ => return self.refuse(item.span, format!("`{keyword}` of a sequence is not understood")),
                    }
                }
                // SQLAlchemy 2 says where a sequence starts where nobody does; that is where it starts anyway.
                Ok(sql)
            }
            ("DropSequence", "Sequence") => Ok(format!("DROP SEQUENCE {}{name}", exists("IF EXISTS", "if_exists"))),
            (kind, _) => self.refuse(
                made.span,
                format!("what `{kind}` says to the server is known to Python alone"),
            ),
        }
    }

    fn create_table(&mut self, made: Made) -> Outcome<Value> {
        let (statements, table) = self.created(&made)?;
        for sql in statements {
            self.host.say(sql, made.span);
        }
        Ok(table)
    }

    fn bulk_insert(&mut self, made: &Made) -> Outcome<()> {
        let (Some(table), Some(Value::List(rows))) = (made.argument(0, "table"), made.argument(1, "rows")) else {
            return self.refuse(made.span, "the rows are known to Python alone");
        };
        for row in rows.borrow().iter() {
            let Value::Dict(pairs) = row else {
                return self.refuse(made.span, "a row is known to Python alone");
            };
            let sql = self.inserted(table, &pairs.borrow(), made.span)?;
            self.host.say(sql, made.span);
        }
        Ok(())
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
}
