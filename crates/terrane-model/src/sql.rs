//! A declared table as the standard DDL that it means, so that one grammar reads every front door.

use crate::table::{Column, Constraint, EnumType, ForeignKey, Index, Key, Table};
use std::fmt::Write;
use terrane_core::sql::{quote_identifier, quote_string};

/// A name as it stands in SQL, for a key of an index.
pub fn quoted(name: &str) -> String {
    quote_identifier(name).into_owned()
}

impl Table {
    /// The statements that make the table, its types, its indexes and its comments, without semicolons.
    pub fn statements(&self) -> Vec<String> {
        let mut statements: Vec<String> = self.enums.iter().map(create_type).collect();
        statements.push(self.create_table());
        statements.extend(self.indexes.iter().map(|index| self.create_index(index)));
        if let Some(comment) = &self.comment {
            statements.push(format!(
                "COMMENT ON TABLE {} IS {}",
                self.quoted(),
                quote_string(comment)
            ));
        }
        let commented = self
            .columns
            .iter()
            .filter_map(|column| Some((column, column.comment.as_ref()?)));
        statements.extend(commented.map(|(column, comment)| {
            let name = quote_identifier(&column.name);
            format!(
                "COMMENT ON COLUMN {}.{name} IS {}",
                self.quoted(),
                quote_string(comment)
            )
        }));
        statements
    }

    fn create_table(&self) -> String {
        let columns = self.columns.iter().map(column);
        let lines: Vec<String> = columns.chain(self.constraints.iter().map(constraint)).collect();
        let options = match self.options.as_slice() {
            [] => String::new(),
            options => format!(" {}", options.join(", ")),
        };
        format!(
            "CREATE TABLE {} (\n    {}\n){options}",
            self.quoted(),
            lines.join(",\n    ")
        )
    }

    fn create_index(&self, index: &Index) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let mut text = format!(
            "CREATE {unique}INDEX {} ON {}",
            quote_identifier(&index.name),
            self.quoted()
        );
        if let Some(method) = &index.method {
            let _ = write!(text, " USING {method}");
        }
        let _ = write!(text, " ({})", index.keys.join(", "));
        if !index.include.is_empty() {
            let _ = write!(text, " INCLUDE ({})", names(&index.include));
        }
        if let Some(predicate) = &index.predicate {
            let _ = write!(text, " WHERE {predicate}");
        }
        text
    }

    fn quoted(&self) -> String {
        object(self.schema.as_deref(), &self.name)
    }
}

fn object(schema: Option<&str>, name: &str) -> String {
    let schema = schema.map(|schema| format!("{}.", quote_identifier(schema)));
    format!("{}{}", schema.unwrap_or_default(), quote_identifier(name))
}

fn names(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| quote_identifier(name)).collect();
    quoted.join(", ")
}

fn create_type(ty: &EnumType) -> String {
    let values: Vec<String> = ty.values.iter().map(|value| quote_string(value)).collect();
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        quote_identifier(&ty.name),
        values.join(", ")
    )
}

fn column(column: &Column) -> String {
    let mut text = format!("{} {}", quote_identifier(&column.name), column.ty);
    if let Some(collation) = &column.collation {
        let _ = write!(text, " COLLATE {}", quote_identifier(collation));
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        let _ = write!(text, " DEFAULT {default}");
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        let _ = write!(text, " GENERATED ALWAYS AS ({}) {kept}", generated.expression);
    }
    if let Some(identity) = &column.identity {
        let how = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
        let _ = write!(text, " GENERATED {how} AS IDENTITY");
        if let Some(options) = &identity.options {
            let _ = write!(text, " ({options})");
        }
    }
    if let Some(extra) = &column.extra {
        let _ = write!(text, " {extra}");
    }
    text
}

fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::PrimaryKey(key) => key_clause("PRIMARY KEY", key),
        Constraint::Unique(key) => key_clause("UNIQUE", key),
        Constraint::ForeignKey(key) => foreign_key(key),
        Constraint::Check { name, condition } => format!("{}CHECK ({condition})", named(name.as_deref())),
        Constraint::Sql(sql) => sql.clone(),
    }
}

fn key_clause(words: &str, key: &Key) -> String {
    format!("{}{words} ({})", named(key.name.as_deref()), names(&key.columns))
}

fn foreign_key(key: &ForeignKey) -> String {
    let to = &key.references;
    let mut text = format!(
        "{}FOREIGN KEY ({}) REFERENCES {}",
        named(key.name.as_deref()),
        names(&key.columns),
        object(to.schema.as_deref(), &to.table)
    );
    if !to.columns.is_empty() {
        let _ = write!(text, " ({})", names(&to.columns));
    }
    for (when, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if let Some(action) = action {
            let _ = write!(text, " ON {when} {}", action.sql());
        }
    }
    if let Some(rest) = &key.rest {
        let _ = write!(text, " {rest}");
    }
    text
}

fn named(name: Option<&str>) -> String {
    name.map(|name| format!("CONSTRAINT {} ", quote_identifier(name)))
        .unwrap_or_default()
}
