//! The directives that change a schema, as the statements that Alembic's implementations for PostgreSQL and SQLite say
//! (`alembic/ddl/impl.py`, `ddl/postgresql.py`, `operations/toimpl.py` of version 1.19).

use super::eval::{Eval, Outcome};
use super::table::{TableName, list};
use super::types::{Server, qualified};
use super::value::{Made, Value};
use std::rc::Rc;
use terrane_core::sql::{quote_identifier, quote_string};
use terrane_core::text::Span;

/// The keywords that each directive understands, besides its arguments' own names. What is not here is refused by name.
const KEYWORDS: &[(&str, &[&str])] = &[
    ("add_column", &["table_name", "column", "schema", "if_not_exists"]),
    (
        "alter_column",
        &[
            "autoincrement",
            "column_name",
            "comment",
            "existing_autoincrement",
            "existing_comment",
            "existing_nullable",
            "existing_server_default",
            "existing_type",
            "modify_nullable",
            "new_column_name",
            "nullable",
            "postgresql_using",
            "schema",
            "server_default",
            "table_name",
            "type_",
        ],
    ),
    (
        "create_check_constraint",
        &[
            "condition",
            "constraint_name",
            "deferrable",
            "initially",
            "schema",
            "table_name",
        ],
    ),
    (
        "create_foreign_key",
        &[
            "constraint_name",
            "deferrable",
            "initially",
            "local_cols",
            "match",
            "ondelete",
            "onupdate",
            "referent_schema",
            "referent_table",
            "remote_cols",
            "source_schema",
            "source_table",
            "use_alter",
        ],
    ),
    (
        "create_index",
        &[
            "columns",
            "if_not_exists",
            "index_name",
            "postgresql_concurrently",
            "postgresql_include",
            "postgresql_ops",
            "postgresql_using",
            "postgresql_where",
            "schema",
            "sqlite_where",
            "table_name",
            "unique",
        ],
    ),
    (
        "create_primary_key",
        &["columns", "constraint_name", "schema", "table_name"],
    ),
    (
        "create_table",
        &[
            "comment",
            "if_not_exists",
            "info",
            "mysql_charset",
            "mysql_collate",
            "mysql_engine",
            "schema",
            "sqlite_autoincrement",
            "table_name",
        ],
    ),
    (
        "create_table_comment",
        &["comment", "existing_comment", "schema", "table_name"],
    ),
    (
        "create_unique_constraint",
        &[
            "columns",
            "constraint_name",
            "deferrable",
            "initially",
            "postgresql_nulls_not_distinct",
            "schema",
            "table_name",
        ],
    ),
    (
        "drop_column",
        &[
            "column_name",
            "if_exists",
            "mssql_drop_check",
            "mssql_drop_default",
            "mssql_drop_foreign_key",
            "schema",
            "table_name",
        ],
    ),
    (
        "drop_constraint",
        &["constraint_name", "if_exists", "schema", "table_name", "type_"],
    ),
    (
        "drop_index",
        &[
            "if_exists",
            "index_name",
            "postgresql_concurrently",
            "schema",
            "table_name",
        ],
    ),
    ("drop_table", &["if_exists", "schema", "table_name"]),
    ("drop_table_comment", &["existing_comment", "schema", "table_name"]),
    ("rename_table", &["new_table_name", "old_table_name", "schema"]),
];

impl Eval<'_> {
    /// The statements of a directive.
    pub(super) fn ddl(&self, directive: &str, made: &Made) -> Outcome<Vec<String>> {
        self.refuse_keywords(directive, made)?;
        match directive {
            "add_column" => self.add_column(made),
            "alter_column" => self.alter_column(made),
            "create_check_constraint" => {
                let (table, condition) = (
                    self.table(made, 1)?,
                    made.argument(2, "condition").unwrap_or(&Value::None),
                );
                let name = made.argument(0, "constraint_name");
                self.added(table, self.check_of(name, condition, table, made)?.sql())
            }
            "create_foreign_key" => self.create_foreign_key(made),
            "create_index" => self.create_index(made),
            "create_primary_key" => {
                let (table, columns) = (self.table(made, 1)?, self.columns_at(made, 2, "columns")?);
                let name = made.argument(0, "constraint_name");
                self.added(table, self.primary_key(name, table, &columns, made)?.sql())
            }
            "create_unique_constraint" => {
                let (table, columns) = (self.table(made, 1)?, self.columns_at(made, 2, "columns")?);
                let name = made.argument(0, "constraint_name");
                self.added(table, self.unique(name, table, &columns, made)?.sql())
            }
            "create_table_comment" | "drop_table_comment" if self.host.server == Server::Sqlite => Ok(Vec::new()),
            "create_table_comment" => {
                let comment = self.text_at(made, 1, "comment")?;
                Ok(vec![format!(
                    "COMMENT ON TABLE {} IS {}",
                    self.table(made, 0)?.sql(),
                    quote_string(comment)
                )])
            }
            "drop_table_comment" => Ok(vec![format!("COMMENT ON TABLE {} IS NULL", self.table(made, 0)?.sql())]),
            "drop_column" => {
                let (table, column) = (self.table(made, 0)?, self.text_at(made, 1, "column_name")?);
                let exists = self.exists(made, "if_exists", "IF EXISTS ")?;
                Ok(vec![format!(
                    "ALTER TABLE {} DROP COLUMN {exists}{}",
                    table.sql(),
                    quote_identifier(column)
                )])
            }
            "drop_constraint" => self.drop_constraint(made),
            "drop_index" => {
                let name = self.text_at(made, 0, "index_name")?;
                let schema = made.keyword("schema").and_then(Value::text);
                let concurrently = self.exists(made, "postgresql_concurrently", "CONCURRENTLY ")?;
                let exists = self.exists(made, "if_exists", "IF EXISTS ")?;
                Ok(vec![format!(
                    "DROP INDEX {concurrently}{exists}{}",
                    qualified(schema, name)
                )])
            }
            "drop_table" => {
                let exists = self.exists(made, "if_exists", "IF EXISTS ")?;
                Ok(vec![format!("DROP TABLE {exists}{}", self.table(made, 0)?.sql())])
            }
            "rename_table" => {
                let new = quote_identifier(self.text_at(made, 1, "new_table_name")?);
                let old = TableName {
                    schema: self.schema(made)?,
                    name: self.text_at(made, 0, "old_table_name")?,
                };
                Ok(vec![format!("ALTER TABLE {} RENAME TO {new}", old.sql())])
            }
            other => self.refuse(made.span, format!("`op.{other}` is not understood")),
        }
    }

    fn refuse_keywords(&self, directive: &str, made: &Made) -> Outcome<()> {
        let known = KEYWORDS
            .iter()
            .find(|(name, _)| *name == directive)
            .map_or(&[][..], |(_, known)| known);
        let passed = |keyword: &str| {
            // What is for another server means nothing here.
            let others = ["mysql_", "mssql_", "oracle_", "mariadb_"];
            others.iter().any(|other| keyword.starts_with(other))
                || self.host.server == Server::Postgresql && keyword.starts_with("sqlite_")
                || self.host.server == Server::Sqlite && keyword.starts_with("postgresql_")
        };
        let strange = made.keywords.iter().find(|(keyword, value)| {
            !known.contains(&keyword.as_str()) && !passed(keyword) && !matches!(value, Value::None)
        });
        let of_python = [
            "existing_autoincrement",
            "existing_comment",
            "existing_nullable",
            "existing_server_default",
            "existing_type",
            "info",
        ];
        self.refuse_unknown(made, &of_python)?;
        match strange {
            Some((keyword, _)) => self.refuse(made.span, format!("`{keyword}` of `op.{directive}` is not understood")),
            None => Ok(()),
        }
    }

    fn schema<'v>(&self, made: &'v Made) -> Outcome<Option<&'v str>> {
        match made.keyword("schema") {
            None => Ok(None),
            Some(value) => match value.text() {
                Some(schema) => Ok(Some(schema)),
                None => self.refuse(made.span, "the schema is known to Python alone"),
            },
        }
    }

    fn table<'v>(&self, made: &'v Made, at: usize) -> Outcome<TableName<'v>> {
        Ok(TableName {
            schema: self.schema(made)?,
            name: self.text_at(made, at, "table_name")?,
        })
    }

    fn text_at<'v>(&self, made: &'v Made, at: usize, name: &str) -> Outcome<&'v str> {
        match made.argument(at, name).map(|value| (value, value.text())) {
            Some((_, Some(text))) => Ok(text),
            Some((Value::Unknown(refusal), _)) => Err((**refusal).clone()),
            Some((value, None)) => self.refuse(made.span, format!("`{name}` is `{value}`")),
            None => self.refuse(made.span, format!("`{name}` is missing")),
        }
    }

    fn columns_at(&self, made: &Made, at: usize, name: &str) -> Outcome<Vec<String>> {
        match made.argument(at, name).and_then(Value::texts) {
            Some(names) => Ok(names),
            None => self.refuse(made.span, "the columns are known to Python alone"),
        }
    }

    /// A word that stands where a keyword is true.
    fn exists(&self, made: &Made, keyword: &str, word: &'static str) -> Outcome<&'static str> {
        // Such keywords are for one server, as their names say.
        if keyword.starts_with("postgresql_") && self.host.server != Server::Postgresql {
            return Ok("");
        }
        match made.keyword(keyword).map(Value::truth) {
            None | Some(Some(false)) => Ok(""),
            Some(Some(true)) => Ok(word),
            Some(None) => self.refuse(made.span, format!("`{keyword}` is known to Python alone")),
        }
    }

    fn added(&self, table: TableName<'_>, constraint: String) -> Outcome<Vec<String>> {
        Ok(vec![format!("ALTER TABLE {} ADD {constraint}", table.sql())])
    }

    fn add_column(&self, made: &Made) -> Outcome<Vec<String>> {
        let table = self.table(made, 0)?;
        let column = self.column(made.argument(1, "column").unwrap_or(&Value::None), made.span)?;
        let specification = self.specification(&column, false, false)?;
        let exists = self.exists(made, "if_not_exists", "IF NOT EXISTS ")?;
        let mut statements = vec![format!(
            "ALTER TABLE {} ADD COLUMN {exists}{specification}",
            table.sql()
        )];
        for constraint in self.of_column(&column, table)? {
            statements.extend(self.added(table, constraint.sql())?);
        }
        statements.extend(self.index_of_column(&column, table)?);
        statements.extend(self.comments(std::slice::from_ref(&column), None, table)?);
        Ok(statements)
    }

    /// One statement for each thing that changes, in Alembic's order: the type first on PostgreSQL, and the name last.
    fn alter_column(&self, made: &Made) -> Outcome<Vec<String>> {
        let table = self.table(made, 0)?;
        let column = quote_identifier(self.text_at(made, 1, "column_name")?).into_owned();
        let head = format!("ALTER TABLE {} ALTER COLUMN {column}", table.sql());
        let mut statements = Vec::new();
        if let Some(ty) = made.keyword("type_") {
            let ty = self.sql_type(ty, made.span)?;
            let using = match made
                .keyword("postgresql_using")
                .filter(|_| self.host.server == Server::Postgresql)
            {
                Some(text) => match text.text() {
                    Some(text) => format!(" USING {text}"),
                    None => return self.refuse(made.span, "`postgresql_using` is known to Python alone"),
                },
                None => String::new(),
            };
            statements.push(format!("{head} TYPE {}{using}", ty.sql));
        }
        if let Some(nullable) = made.keyword("nullable") {
            let word = match nullable.truth() {
                Some(true) => "DROP",
                Some(false) => "SET",
                None => return self.refuse(made.span, "`nullable` is known to Python alone"),
            };
            statements.push(format!("{head} {word} NOT NULL"));
        }
        let default = made
            .keywords
            .iter()
            .find(|(key, _)| key == "server_default")
            .map(|(_, value)| value);
        match default {
            // `False` says that it is not about the default, and `None` that there is to be none.
            None | Some(Value::Bool(false)) => {}
            Some(Value::None) => statements.push(format!("{head} DROP DEFAULT")),
            Some(value) => statements.push(format!("{head} SET DEFAULT {}", self.default_sql(value, made.span)?)),
        }
        let comment = made
            .keywords
            .iter()
            .find(|(key, _)| key == "comment")
            .map(|(_, value)| value);
        if let Some(comment) =
            comment.filter(|value| !matches!(value, Value::Bool(false)) && self.host.server == Server::Postgresql)
        {
            let text = match comment {
                Value::None => "NULL".to_owned(),
                other => match other.text() {
                    Some(text) => quote_string(text),
                    None => return self.refuse(made.span, "the comment is known to Python alone"),
                },
            };
            statements.push(format!("COMMENT ON COLUMN {}.{column} IS {text}", table.sql()));
        }
        if let Some(name) = made.keyword("new_column_name") {
            let Some(name) = name.text() else {
                return self.refuse(made.span, "the new name is known to Python alone");
            };
            statements.push(format!(
                "ALTER TABLE {} RENAME COLUMN {column} TO {}",
                table.sql(),
                quote_identifier(name)
            ));
        }
        Ok(statements)
    }

    fn create_foreign_key(&self, made: &Made) -> Outcome<Vec<String>> {
        let schema = |name: &str| made.keyword(name).and_then(Value::text);
        let source = TableName {
            schema: schema("source_schema"),
            name: self.text_at(made, 1, "source_table")?,
        };
        let parent = TableName {
            schema: schema("referent_schema"),
            name: self.text_at(made, 2, "referent_table")?,
        };
        let columns = self.columns_at(made, 3, "local_cols")?;
        let targets = self.columns_at(made, 4, "remote_cols")?;
        let key = self.key_to(
            made.argument(0, "constraint_name"),
            (source, &columns),
            (parent, &targets),
            made,
        )?;
        self.added(source, key.sql())
    }

    fn create_index(&self, made: &Made) -> Outcome<Vec<String>> {
        let table = self.table(made, 1)?;
        let unique = self.exists(made, "unique", "UNIQUE ")?;
        let concurrently = self.exists(made, "postgresql_concurrently", "CONCURRENTLY ")?;
        let exists = self.exists(made, "if_not_exists", "IF NOT EXISTS ")?;
        let Some(Value::List(columns)) = made.argument(2, "columns") else {
            return self.refuse(made.span, "the columns are known to Python alone");
        };
        let classes = made
            .keyword("postgresql_ops")
            .filter(|_| self.host.server == Server::Postgresql);
        let (mut names, mut parts) = (Vec::new(), Vec::new());
        for column in columns.borrow().iter() {
            let (name, mut part) = match column {
                Value::Text(name) => (name.clone(), quote_identifier(name).into_owned()),
                other => (String::new(), self.index_part(other, made.span)?),
            };
            let class = classes.and_then(|classes| super::python_text::item(classes, &Value::Text(name.clone())));
            if let Some(class) = class.as_ref().and_then(Value::text) {
                part.push_str(&format!(" {class}"));
            }
            names.push(name);
            parts.push(part);
        }
        let name = self.name_of(
            made.argument(0, "index_name"),
            &super::table::nameless("ix", table, &names, made.span),
        )?;
        let Some(name) = name else {
            return self.refuse(made.span, "the index has no name");
        };
        let (using, condition) = match self.host.server {
            Server::Postgresql => ("postgresql_using", "postgresql_where"),
            Server::Sqlite => ("sqlite_using", "sqlite_where"),
        };
        let using = match made.keyword(using).and_then(Value::text) {
            Some(method) => format!(" USING {method}"),
            None => String::new(),
        };
        let include = match made
            .keyword("postgresql_include")
            .filter(|_| self.host.server == Server::Postgresql)
        {
            Some(columns) => match columns.texts() {
                Some(columns) => format!(" INCLUDE ({})", list(&columns)),
                None => return self.refuse(made.span, "the columns are known to Python alone"),
            },
            None => String::new(),
        };
        let condition = match made.keyword(condition) {
            Some(condition) => format!(" WHERE {}", self.raw(condition, made.span)?),
            None => String::new(),
        };
        let index = quote_identifier(&name);
        Ok(vec![format!(
            "CREATE {unique}INDEX {concurrently}{exists}{index} ON {}{using} ({}){include}{condition}",
            table.sql(),
            parts.join(", ")
        )])
    }

    /// An expression in an index: what `sa.text` says stands there as it is, anything else in parentheses.
    fn index_part(&self, value: &Value, span: Span) -> Outcome<String> {
        match value {
            Value::Made(made) if made.kind() == "text" => self.sql(value, span),
            Value::Made(made) if made.receiver().is_none() && made.kind() != "literal_column" => {
                // A call needs no parentheses of its own; PostgreSQL writes them off again.
                self.sql(value, span)
            }
            other => self.refuse(span, format!("`{other}` in an index is not understood")),
        }
    }

    fn drop_constraint(&self, made: &Made) -> Outcome<Vec<String>> {
        let table = self.table(made, 1)?;
        let given = made.argument(0, "constraint_name");
        let is_check = made.argument(2, "type_").and_then(Value::text) == Some("check");
        let name = match given {
            Some(value) if is_check => {
                self.name_of(Some(value), &super::table::nameless("ck", table, &[], made.span))?
            }
            Some(value) => value.text().map(str::to_owned),
            None => None,
        };
        let Some(name) = name else {
            return self.refuse(made.span, "the constraint that is dropped has no name");
        };
        let exists = self.exists(made, "if_exists", "IF EXISTS ")?;
        Ok(vec![format!(
            "ALTER TABLE {} DROP CONSTRAINT {exists}{}",
            table.sql(),
            quote_identifier(&name)
        )])
    }

    /// `op.create_table`, and the table that rows can be written to afterwards.
    pub(super) fn created(&self, made: &Made) -> Outcome<(Vec<String>, Value)> {
        self.refuse_keywords("create_table", made)?;
        let table = self.table(made, 0)?;
        let (mut columns, mut constraints, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for part in made.arguments.iter().skip(1) {
            match part {
                Value::Made(part) if part.is_of_sqlalchemy() && part.kind() == "Index" => indexes.push(&**part),
                Value::Made(other) if other.is_of_sqlalchemy() && other.kind() != "Column" => {
                    constraints.push(&**other);
                }
                column => columns.push(self.column(column, made.span)?),
            }
        }
        let (key, primary) = self.key_of_table(&columns, &constraints, table, made)?;
        let counting = self.counting(&columns, &key);
        let mut statements: Vec<String> = Vec::new();
        for column in &columns {
            let made_by = column.ty.made_by.iter();
            let new: Vec<String> = made_by.filter(|sql| !statements.contains(sql)).cloned().collect();
            statements.extend(new);
        }
        let mut parts = Vec::new();
        let mut further = Vec::new();
        for column in &columns {
            let counts = counting == Some(column.name.as_str());
            parts.push(self.specification(column, key.contains(&column.name), counts)?);
            further.extend(self.of_column(column, table)?);
        }
        parts.extend(primary.map(|constraint| constraint.sql()));
        for constraint in constraints
            .iter()
            .filter(|constraint| constraint.kind() != "PrimaryKeyConstraint")
        {
            parts.push(self.constraint(constraint, table)?.sql());
        }
        parts.extend(further.iter().map(super::table::Constraint::sql));
        let exists = self.exists(made, "if_not_exists", "IF NOT EXISTS ")?;
        statements.push(format!(
            "CREATE TABLE {exists}{} (\n    {}\n)",
            table.sql(),
            parts.join(",\n    ")
        ));
        for column in &columns {
            statements.extend(self.index_of_column(column, table)?);
        }
        for index in indexes {
            statements.push(self.index_of_table(index, table)?);
        }
        statements.extend(self.comments(&columns, made.keyword("comment"), table)?);
        Ok((statements, as_table(made)))
    }

    /// `sa.Index("name", "column", …)` among a table's arguments.
    fn index_of_table(&self, index: &Made, table: TableName<'_>) -> Outcome<String> {
        let columns: Option<Vec<String>> = index
            .arguments
            .iter()
            .skip(1)
            .map(|column| column.text().map(str::to_owned))
            .collect();
        let Some(columns) = columns.filter(|columns| !columns.is_empty()) else {
            return self.refuse(index.span, "the columns of the index are known to Python alone");
        };
        self.refuse_unknown(index, &[])?;
        if let Some((keyword, _)) = index.keywords.iter().find(|(keyword, _)| keyword != "unique") {
            return self.refuse(
                index.span,
                format!("`{keyword}` of an index in a table is not understood"),
            );
        }
        let nameless = super::table::nameless("ix", table, &columns, index.span);
        let Some(name) = self.name_of(index.arguments.first(), &nameless)? else {
            return self.refuse(index.span, "the index has no name");
        };
        let unique = self.exists(index, "unique", "UNIQUE ")?;
        Ok(format!(
            "CREATE {unique}INDEX {} ON {} ({})",
            quote_identifier(&name),
            table.sql(),
            list(&columns)
        ))
    }
}

/// What `op.create_table` gives back: the table with its columns.
fn as_table(made: &Made) -> Value {
    Value::Made(Rc::new(Made {
        of: Value::path("sqlalchemy.Table"),
        arguments: made.arguments.clone(),
        keywords: made
            .keywords
            .iter()
            .filter(|(key, _)| key == "schema")
            .cloned()
            .collect(),
        span: made.span,
    }))
}
