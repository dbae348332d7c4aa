//! Tables, columns and constraints as Alembic's directives take them, as SQL.

use super::eval::{Eval, Outcome};
use super::names::Nameless;
use super::types::{Server, SqlType, qualified};
use super::value::{Made, Value};
use terrane_core::sql::{quote_identifier, quote_string};
use terrane_core::text::Span;

/// The table that a part belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableName<'n> {
    pub(super) schema: Option<&'n str>,
    pub(super) name: &'n str,
}

impl TableName<'_> {
    pub(super) fn sql(self) -> String {
        qualified(self.schema, self.name)
    }
}

/// A column.
#[derive(Debug)]
pub(super) struct Column<'v> {
    pub(super) name: String,
    pub(super) ty: SqlType,
    made: &'v Made,
}

/// A constraint by its kind in a naming convention, its name, and what it says.
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) name: Option<String>,
    pub(super) body: String,
}

impl Constraint {
    pub(super) fn sql(&self) -> String {
        match &self.name {
            Some(name) => format!("CONSTRAINT {} {}", quote_identifier(name), self.body),
            None => self.body.clone(),
        }
    }
}

/// Keywords of a column that matter to Python, or to something that is said elsewhere.
const OF_PYTHON: &[&str] = &[
    "autoincrement",
    "comment",
    "default",
    "doc",
    "index",
    "info",
    "key",
    "name",
    "nullable",
    "onupdate",
    "primary_key",
    "quote",
    "server_default",
    "sort_order",
    "system",
    "type_",
    "unique",
];

/// Arguments of a column that are constraints or the like.
fn parts<'v>(made: &'v Made, kind: &str) -> Vec<&'v Made> {
    let all = made.arguments.iter().filter_map(Value::made);
    all.filter(|part| part.is_of_sqlalchemy() && part.kind() == kind)
        .collect()
}

impl Eval<'_> {
    /// Refuses what was made with something that only Python knows; but for what matters to Python alone.
    pub(super) fn refuse_unknown(&self, made: &Made, allowed: &[&str]) -> Outcome<()> {
        let named = made
            .keywords
            .iter()
            .filter(|(name, _)| !allowed.contains(&name.as_str()));
        let mut values = made.arguments.iter().chain(named.map(|(_, value)| value));
        match values.find(|value| matches!(value, Value::Unknown(_))) {
            Some(Value::Unknown(refusal)) => Err((**refusal).clone()),
            _ => Ok(()),
        }
    }

    /// A `sa.Column(…)`.
    pub(super) fn column<'v>(&self, value: &'v Value, span: Span) -> Outcome<Column<'v>> {
        let made = match value {
            Value::Made(made) if made.is_of_sqlalchemy() && made.kind() == "Column" => made,
            Value::Unknown(refusal) => return Err((**refusal).clone()),
            other => return self.refuse(span, format!("`{other}` is no column that is known")),
        };
        self.refuse_unknown(made, &["default", "doc", "info", "key", "onupdate"])?;
        let Some(name) = made.argument(0, "name").and_then(Value::text) else {
            return self.refuse(made.span, "the name of the column is known to Python alone");
        };
        let flags = ["index", "nullable", "primary_key", "unique"];
        let is_unclear = |flag: &&&str| made.keyword(flag).is_some_and(|value| !matches!(value, Value::Bool(_)));
        if let Some(flag) = flags.iter().find(is_unclear) {
            return self.refuse(
                made.span,
                format!("`{flag}` of the column `{name}` is neither true nor false"),
            );
        }
        for part in made.arguments.iter().filter_map(Value::made) {
            self.refuse_unknown(part, &[])?;
        }
        if let Some((keyword, _)) = made
            .keywords
            .iter()
            .find(|(keyword, _)| !OF_PYTHON.contains(&keyword.as_str()))
        {
            return self.refuse(made.span, format!("`{keyword}` of a column is not understood"));
        }
        let known = [
            "ForeignKey",
            "CheckConstraint",
            "Sequence",
            "Computed",
            "Identity",
            "FetchedValue",
        ];
        let parts = made.arguments.iter().skip(1);
        let is_type = |value: &Value| !matches!(value, Value::Made(part) if known.contains(&part.kind()));
        let ty = parts
            .clone()
            .find(|value| is_type(value))
            .or_else(|| made.keyword("type_"));
        let Some(ty) = ty else {
            return self.refuse(made.span, format!("the column `{name}` has no type of its own"));
        };
        if parts.filter(|value| is_type(value)).count() > 1 {
            return self.refuse(made.span, format!("a part of the column `{name}` is not understood"));
        }
        Ok(Column {
            name: name.to_owned(),
            ty: self.sql_type(ty, made.span)?,
            made,
        })
    }

    /// What a column says of itself in `CREATE TABLE` and `ADD COLUMN`.
    pub(super) fn specification(&self, column: &Column<'_>, is_key: bool, counts: bool) -> Outcome<String> {
        let made = column.made;
        let serial = column
            .ty
            .serial
            .filter(|_| counts && self.host.server == Server::Postgresql);
        let mut sql = format!(
            "{} {}",
            quote_identifier(&column.name),
            serial.unwrap_or(&column.ty.sql)
        );
        if let Some(default) = made.keyword("server_default") {
            sql.push_str(&format!(" DEFAULT {}", self.default_sql(default, made.span)?));
        }
        for computed in parts(made, "Computed") {
            let Some(text) = computed.argument(0, "sqltext") else {
                return self.refuse(computed.span, "the expression is known to Python alone");
            };
            let stored = match (computed.keyword("persisted").and_then(Value::truth), self.host.server) {
                (Some(false), _) => " VIRTUAL",
                (Some(true), _) | (None, Server::Postgresql) => " STORED",
                (None, Server::Sqlite) => "",
            };
            sql.push_str(&format!(
                " GENERATED ALWAYS AS ({}){stored}",
                self.raw(text, computed.span)?
            ));
        }
        let identities = parts(made, "Identity");
        for identity in &identities {
            sql.push_str(&self.identity(identity)?);
        }
        let nullable = made.keyword("nullable").map(Value::truth);
        let is_nullable = match nullable {
            Some(Some(truth)) => truth,
            Some(None) => return self.refuse(made.span, "whether the column takes NULL is known to Python alone"),
            None => {
                !is_key && identities.is_empty() && made.keyword("primary_key").and_then(Value::truth) != Some(true)
            }
        };
        if !is_nullable {
            sql.push_str(" NOT NULL");
        }
        Ok(sql)
    }

    fn identity(&self, identity: &Made) -> Outcome<String> {
        let is = |name: &str| identity.keyword(name).and_then(Value::truth) == Some(true);
        let mut options = Vec::new();
        for (keyword, value) in &identity.keywords {
            match (keyword.as_str(), value) {
                ("always" | "on_null", _) | (_, Value::None) => {}
                ("start", Value::Int(number)) => options.push(format!("START WITH {number}")),
                ("increment", Value::Int(number)) => options.push(format!("INCREMENT BY {number}")),
                _ => return self.refuse(identity.span, format!("`{keyword}` of an identity is not understood")),
            }
        }
        if !identity.arguments.is_empty() || self.host.server != Server::Postgresql {
            return self.refuse(identity.span, "an identity of that kind is not understood");
        }
        let word = if is("always") { "ALWAYS" } else { "BY DEFAULT" };
        let options = if options.is_empty() {
            String::new()
        } else {
            format!(" ({})", options.join(" "))
        };
        Ok(format!(" GENERATED {word} AS IDENTITY{options}"))
    }

    /// A `server_default`: a text is a string, and everything else an expression.
    pub(super) fn default_sql(&self, value: &Value, span: Span) -> Outcome<String> {
        Ok(match value {
            Value::Text(text) => quote_string(text),
            Value::Made(made) if made.kind() == "text" => self.sql(value, span)?,
            Value::Made(made) if made.kind() == "Sequence" => {
                let name = made.argument(0, "name").and_then(Value::text).unwrap_or_default();
                format!("nextval({})", quote_string(&quote_identifier(name)))
            }
            Value::Made(made) if made.kind() == "next_value" => match made.receiver().and_then(Value::made) {
                Some(sequence) => self.default_sql(&Value::Made(std::rc::Rc::new(copy(sequence))), span)?,
                None => return self.refuse(span, "the default is known to Python alone"),
            },
            Value::Made(made) if matches!(made.kind(), "Identity" | "Computed" | "FetchedValue") => {
                return self.refuse(span, format!("a default `{}` is not understood here", made.kind()));
            }
            Value::Made(_) if self.host.server == Server::Sqlite => format!("({})", self.sql(value, span)?),
            Value::Made(_) => self.sql(value, span)?,
            Value::Unknown(refusal) => return Err((**refusal).clone()),
            other => {
                return self.refuse(
                    span,
                    format!("the default `{other}` is neither a text nor an expression"),
                );
            }
        })
    }

    /// SQL that stands where a condition or an expression does: a text as it is written.
    pub(super) fn raw(&self, value: &Value, span: Span) -> Outcome<String> {
        match value {
            Value::Text(text) => self.textual(text, span),
            other => self.sql(other, span),
        }
    }

    /// The constraints that columns say of themselves, besides the primary key.
    pub(super) fn of_column(&self, column: &Column<'_>, table: TableName<'_>) -> Outcome<Vec<Constraint>> {
        let made = column.made;
        let columns = [column.name.clone()];
        let mut constraints = Vec::new();
        for key in parts(made, "ForeignKey") {
            let Some(target) = key.argument(0, "column").and_then(Value::text) else {
                return self.refuse(key.span, "what the foreign key refers to is known to Python alone");
            };
            constraints.push(self.foreign_key(key, table, &columns, &[target.to_owned()])?);
        }
        for check in parts(made, "CheckConstraint") {
            constraints.push(self.check(check, table)?);
        }
        if made.keyword("unique").and_then(Value::truth) == Some(true)
            && made.keyword("index").and_then(Value::truth) != Some(true)
        {
            constraints.push(self.unique(None, table, &columns, made)?);
        }
        Ok(constraints)
    }

    /// The index that a column says of itself: its name, and whether it is unique.
    pub(super) fn index_of_column(&self, column: &Column<'_>, table: TableName<'_>) -> Outcome<Option<String>> {
        let is = |name: &str| column.made.keyword(name).and_then(Value::truth) == Some(true);
        if !is("index") {
            return Ok(None);
        }
        let columns = [column.name.clone()];
        let name = self.name_of(None, &nameless("ix", table, &columns, column.made.span))?;
        let Some(name) = name else {
            return self.refuse(column.made.span, "the index has no name");
        };
        let unique = if is("unique") { "UNIQUE " } else { "" };
        Ok(Some(format!(
            "CREATE {unique}INDEX {} ON {} ({})",
            quote_identifier(&name),
            table.sql(),
            quote_identifier(&column.name)
        )))
    }

    /// A constraint as an argument of `create_table`.
    pub(super) fn constraint(&self, made: &Made, table: TableName<'_>) -> Outcome<Constraint> {
        self.refuse_unknown(made, &["info"])?;
        match made.kind() {
            "ForeignKeyConstraint" => {
                let columns = made.argument(0, "columns").and_then(Value::texts);
                let targets = made.argument(1, "refcolumns").and_then(Value::texts);
                match columns.zip(targets) {
                    Some((columns, targets)) => self.foreign_key(made, table, &columns, &targets),
                    None => self.refuse(made.span, "the columns of the foreign key are known to Python alone"),
                }
            }
            "CheckConstraint" => self.check(made, table),
            "UniqueConstraint" => {
                let columns = self.column_names(&made.arguments, made.span)?;
                self.unique(made.keyword("name"), table, &columns, made)
            }
            "PrimaryKeyConstraint" => {
                let columns = self.column_names(&made.arguments, made.span)?;
                self.primary_key(made.keyword("name"), table, &columns, made)
            }
            kind => self.refuse(made.span, format!("`{kind}` of a table is not understood")),
        }
    }

    fn column_names(&self, values: &[Value], span: Span) -> Outcome<Vec<String>> {
        match values.iter().map(|value| value.text().map(str::to_owned)).collect() {
            Some(names) => Ok(names),
            None => self.refuse(span, "the columns are known to Python alone"),
        }
    }

    pub(super) fn primary_key(
        &self,
        name: Option<&Value>,
        table: TableName<'_>,
        columns: &[String],
        made: &Made,
    ) -> Outcome<Constraint> {
        Ok(Constraint {
            name: self.name_of(name, &nameless("pk", table, columns, made.span))?,
            body: format!("PRIMARY KEY ({}){}", list(columns), self.deferring(made)?),
        })
    }

    pub(super) fn unique(
        &self,
        name: Option<&Value>,
        table: TableName<'_>,
        columns: &[String],
        made: &Made,
    ) -> Outcome<Constraint> {
        let nulls = match made.keyword("postgresql_nulls_not_distinct").and_then(Value::truth) {
            Some(true) => " NULLS NOT DISTINCT",
            _ => "",
        };
        Ok(Constraint {
            name: self.name_of(name, &nameless("uq", table, columns, made.span))?,
            body: format!("UNIQUE{nulls} ({}){}", list(columns), self.deferring(made)?),
        })
    }

    fn check(&self, made: &Made, table: TableName<'_>) -> Outcome<Constraint> {
        let Some(condition) = made.argument(0, "sqltext") else {
            return self.refuse(made.span, "the condition is known to Python alone");
        };
        let name = made.argument(1, "name");
        self.check_of(name, condition, table, made)
    }

    pub(super) fn check_of(
        &self,
        name: Option<&Value>,
        condition: &Value,
        table: TableName<'_>,
        made: &Made,
    ) -> Outcome<Constraint> {
        // A convention for checks that wants a name leaves one without a name alone.
        let name = match (name, self.takes_name("ck")) {
            (None, true) => None,
            (name, _) => self.name_of(name, &nameless("ck", table, &[], made.span))?,
        };
        let body = format!("CHECK ({}){}", self.raw(condition, made.span)?, self.deferring(made)?);
        Ok(Constraint { name, body })
    }

    fn takes_name(&self, kind: &str) -> bool {
        match self.host.naming {
            crate::naming::Naming::Known(templates) => templates
                .get(kind)
                .is_some_and(|template| template.contains("%(constraint_name)s")),
            crate::naming::Naming::Unknown => false,
        }
    }

    /// A foreign key whose targets are written `table.column`.
    fn foreign_key(
        &self,
        made: &Made,
        table: TableName<'_>,
        columns: &[String],
        targets: &[String],
    ) -> Outcome<Constraint> {
        let mut referred: Option<&str> = None;
        let mut names = Vec::new();
        for target in targets {
            let Some((of, column)) = target
                .rsplit_once('.')
                .filter(|(of, _)| referred.is_none_or(|other| other == *of))
            else {
                return self.refuse(made.span, format!("`{target}` is no column of one table"));
            };
            referred = Some(of);
            names.push(column.to_owned());
        }
        let Some(of) = referred.filter(|_| names.len() == columns.len()) else {
            return self.refuse(made.span, "the foreign key has not as many targets as columns");
        };
        if made.keyword("use_alter").and_then(Value::truth) == Some(true) {
            return self.refuse(made.span, "`use_alter` of a foreign key is not understood");
        }
        let (schema, name) = of
            .rsplit_once('.')
            .map_or((None, of), |(schema, name)| (Some(schema), name));
        let parent = TableName { schema, name };
        self.key_to(made.keyword("name"), (table, columns), (parent, &names), made)
    }

    /// A foreign key.
    pub(super) fn key_to(
        &self,
        name: Option<&Value>,
        (table, columns): (TableName<'_>, &[String]),
        (parent, targets): (TableName<'_>, &[String]),
        made: &Made,
    ) -> Outcome<Constraint> {
        let nameless = Nameless {
            referred: Some((parent.name, targets)),
            ..nameless("fk", table, columns, made.span)
        };
        let mut body = format!(
            "FOREIGN KEY ({}) REFERENCES {} ({})",
            list(columns),
            parent.sql(),
            list(targets)
        );
        for (keyword, words) in [("match", "MATCH"), ("ondelete", "ON DELETE"), ("onupdate", "ON UPDATE")] {
            match made.keyword(keyword).map(Value::text) {
                None => {}
                Some(Some(action)) if action.chars().all(|c| c.is_ascii_alphabetic() || c == ' ') => {
                    body.push_str(&format!(" {words} {action}"));
                }
                Some(_) => {
                    return self.refuse(
                        made.span,
                        format!("`{keyword}` of the foreign key is known to Python alone"),
                    );
                }
            }
        }
        body.push_str(&self.deferring(made)?);
        Ok(Constraint {
            name: self.name_of(name, &nameless)?,
            body,
        })
    }

    fn deferring(&self, made: &Made) -> Outcome<String> {
        let mut sql = String::new();
        match made.keyword("deferrable").map(Value::truth) {
            None => {}
            Some(Some(true)) => sql.push_str(" DEFERRABLE"),
            Some(Some(false)) => sql.push_str(" NOT DEFERRABLE"),
            Some(None) => return self.refuse(made.span, "`deferrable` is known to Python alone"),
        }
        match made.keyword("initially").map(Value::text) {
            None => {}
            Some(Some(word)) if word.chars().all(|c| c.is_ascii_alphabetic()) => {
                sql.push_str(&format!(" INITIALLY {word}"));
            }
            Some(_) => return self.refuse(made.span, "`initially` is known to Python alone"),
        }
        Ok(sql)
    }

    /// The columns of a primary key that a table's columns and arguments say, and its constraint.
    pub(super) fn key_of_table(
        &self,
        columns: &[Column<'_>],
        constraints: &[&Made],
        table: TableName<'_>,
        made: &Made,
    ) -> Outcome<(Vec<String>, Option<Constraint>)> {
        let own = columns
            .iter()
            .filter(|column| column.made.keyword("primary_key").and_then(Value::truth) == Some(true));
        let mut names: Vec<String> = own.map(|column| column.name.clone()).collect();
        let said = constraints
            .iter()
            .find(|constraint| constraint.kind() == "PrimaryKeyConstraint");
        if let Some(said) = said {
            let more = self.column_names(&said.arguments, said.span)?;
            // Columns that say so themselves come in where the constraint names none.
            if !more.is_empty() {
                names = more;
            }
        }
        if names.is_empty() {
            return Ok((names, None));
        }
        let (name, place) = said.map_or((None, made), |said| (said.keyword("name"), *said));
        let constraint = self.primary_key(name, table, &names, place)?;
        Ok((names, Some(constraint)))
    }

    /// The column of a primary key that counts up by itself (`PrimaryKeyConstraint._autoincrement_column`).
    pub(super) fn counting<'c>(&self, columns: &'c [Column<'_>], key: &[String]) -> Option<&'c str> {
        let counts = |column: &Column<'_>, is_only: bool| {
            let made = column.made;
            let keyword = made.keyword("autoincrement");
            let is_told = matches!(keyword, Some(Value::Bool(true)));
            let is_auto = match keyword {
                None => true,
                Some(value) => value.text() == Some("auto"),
            };
            let is_free = parts(made, "ForeignKey").is_empty();
            let has_default = made.keyword("server_default").is_some()
                || made.keyword("default").is_some()
                || !parts(made, "Sequence").is_empty()
                || !parts(made, "Identity").is_empty();
            column.ty.serial.is_some() && !has_default && (is_told || is_auto && is_free && is_only)
        };
        let of_key = columns.iter().filter(|column| key.contains(&column.name));
        let found = of_key.into_iter().find(|column| counts(column, key.len() == 1));
        found.map(|column| column.name.as_str())
    }

    /// The comments of a table and its columns, as statements.
    pub(super) fn comments(
        &self,
        columns: &[Column<'_>],
        comment: Option<&Value>,
        table: TableName<'_>,
    ) -> Outcome<Vec<String>> {
        let mut statements = Vec::new();
        if self.host.server == Server::Sqlite {
            return Ok(statements);
        }
        if let Some(text) = comment {
            let Some(text) = text.text() else {
                return self.refuse(Span::new(0, 0), "the comment is known to Python alone");
            };
            statements.push(format!("COMMENT ON TABLE {} IS {}", table.sql(), quote_string(text)));
        }
        for column in columns {
            if let Some(text) = column.made.keyword("comment").and_then(Value::text) {
                let name = format!("{}.{}", table.sql(), quote_identifier(&column.name));
                statements.push(format!("COMMENT ON COLUMN {name} IS {}", quote_string(text)));
            }
        }
        Ok(statements)
    }
}

/// The same once more, for who owns one.
pub(super) fn copy(made: &Made) -> Made {
    Made {
        of: made.of.clone(),
        arguments: made.arguments.clone(),
        keywords: made.keywords.clone(),
        span: made.span,
    }
}

/// What is to be named by a convention.
pub(super) fn nameless<'n>(
    kind: &'static str,
    table: TableName<'n>,
    columns: &'n [String],
    span: Span,
) -> Nameless<'n> {
    Nameless {
        kind,
        table: table.name,
        schema: table.schema,
        columns,
        referred: None,
        span: Some(span),
    }
}

/// Names as a list in SQL.
pub(super) fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| quote_identifier(name))
        .collect::<Vec<_>>()
        .join(", ")
}
