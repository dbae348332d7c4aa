//! A table as a front door declares it. Expressions are SQL; nobody has read them yet.

/// A table, and its dependents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// The namespace, where it is not the usual one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// What it was called before.
    pub renamed_from: Option<String>,
    /// The table of another layer that it extends one-to-one.
    pub extends: Option<Reference>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints.
    pub constraints: Vec<Constraint>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// The enumerated types that its columns use.
    pub enums: Vec<EnumType>,
    /// What follows the closing parenthesis: `STRICT`, `WITHOUT ROWID`.
    pub options: Vec<String>,
    /// What is wrong with the declaration, as lower-case fragments with what to do about each.
    pub faults: Vec<(String, String)>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as standard SQL: `varchar(20)`, `timestamp with time zone`; or the name of one of the table's enums.
    pub ty: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The default, as SQL.
    pub default: Option<String>,
    /// What it is computed from.
    pub generated: Option<Generated>,
    /// Whether and how the server numbers it.
    pub identity: Option<Identity>,
    /// Its collation.
    pub collation: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
    /// What it was called before.
    pub renamed_from: Option<String>,
    /// The line on which it is declared, counted from one; 0 where that is not known.
    pub line: u32,
    /// Whatever else SQL says beside a column, as SQL.
    pub extra: Option<String>,
}

/// A column that is computed from others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Generated {
    /// From what, as SQL.
    pub expression: String,
    /// Whether the value is kept in the row.
    pub stored: bool,
}

/// A column that the server numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Identity {
    /// `GENERATED ALWAYS`: a value of one's own is refused.
    pub always: bool,
    /// The options of the sequence behind it, as SQL: `START WITH 1000`.
    pub options: Option<String>,
}

/// A constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Constraint {
    /// `PRIMARY KEY`.
    PrimaryKey(Key),
    /// `UNIQUE`.
    Unique(Key),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
    /// `CHECK`, with its condition as SQL.
    Check {
        /// Its name.
        name: Option<String>,
        /// The condition.
        condition: String,
    },
    /// Any other, as SQL: `CONSTRAINT e EXCLUDE USING gist (…)`.
    Sql(String),
}

/// Columns that tell rows apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Key {
    /// Its name.
    pub name: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<String>,
}

/// A reference to rows of a table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ForeignKey {
    /// Its name.
    pub name: Option<String>,
    /// The referring columns.
    pub columns: Vec<String>,
    /// What is referred to.
    pub references: Reference,
    /// What happens when the row there is deleted.
    pub on_delete: Option<Action>,
    /// What happens when the key there changes.
    pub on_update: Option<Action>,
    /// What follows: `DEFERRABLE INITIALLY DEFERRED`, as SQL.
    pub rest: Option<String>,
}

impl ForeignKey {
    /// A foreign key of those columns, to those of a table.
    pub fn new<'n>(
        columns: impl IntoIterator<Item = &'n str>,
        table: &str,
        referenced: impl IntoIterator<Item = &'n str>,
    ) -> ForeignKey {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        ForeignKey {
            columns: owned(columns.into_iter().collect()),
            references: Reference {
                schema: None,
                table: table.to_owned(),
                columns: owned(referenced.into_iter().collect()),
            },
            ..ForeignKey::default()
        }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> ForeignKey {
        self.name = Some(name.into());
        self
    }

    /// What happens when the row there is deleted.
    #[must_use]
    pub fn on_delete(mut self, action: Action) -> ForeignKey {
        self.on_delete = Some(action);
        self
    }

    /// What happens when the key there changes.
    #[must_use]
    pub fn on_update(mut self, action: Action) -> ForeignKey {
        self.on_update = Some(action);
        self
    }

    /// What follows, as SQL: `DEFERRABLE INITIALLY DEFERRED`.
    #[must_use]
    pub fn options(mut self, sql: impl Into<String>) -> ForeignKey {
        self.rest = Some(sql.into());
        self
    }
}

/// A table, and columns of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reference {
    /// The namespace, where it is not the usual one.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The columns; none means its primary key.
    pub columns: Vec<String>,
}

/// What a foreign key does to the referring rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are SQL's own")]
pub enum Action {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    /// The words of SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Action::NoAction => "NO ACTION",
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        }
    }
}

/// An index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it admits a key once only.
    pub unique: bool,
    /// The access method: `gin`.
    pub method: Option<String>,
    /// Its keys, in order, as SQL: `name`, `lower(name) DESC`.
    pub keys: Vec<String>,
    /// Columns carried along.
    pub include: Vec<String>,
    /// Which rows are indexed, as SQL.
    pub predicate: Option<String>,
}

impl Index {
    /// An index of that name, with no key yet.
    pub fn new(name: impl Into<String>) -> Index {
        Index {
            name: name.into(),
            ..Index::default()
        }
    }

    /// Adds a key as SQL: an expression, or a column with an order, a collation, an operator class.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Index {
        self.keys.push(key.into());
        self
    }

    /// Carries a column along, without its being part of the key.
    #[must_use]
    pub fn include(mut self, column: impl Into<String>) -> Index {
        self.include.push(column.into());
        self
    }

    /// Admits a key once only.
    #[must_use]
    pub fn unique(mut self) -> Index {
        self.unique = true;
        self
    }

    /// Takes another access method than the usual one.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Index {
        self.method = Some(method.into());
        self
    }

    /// Indexes the rows only for which that condition holds.
    #[must_use]
    pub fn predicate(mut self, condition: impl Into<String>) -> Index {
        self.predicate = Some(condition.into());
        self
    }
}

/// An enumerated type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// Its values, in order.
    pub values: Vec<String>,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of that name, to change. One that is not there is a fault of the declaration.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        if !self.columns.iter().any(|column| column.name == name) {
            let fault = format!("`{}` has no column `{name}`", self.name);
            self.faults.push((fault, "Name one of its columns.".to_owned()));
        }
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// The columns of the primary key.
    pub fn primary_key(&self) -> Option<&Key> {
        self.constraints.iter().find_map(|constraint| match constraint {
            Constraint::PrimaryKey(key) => Some(key),
            _ => None,
        })
    }

    /// Notes what is wrong with the table as a whole: a table without columns, an extension table whose primary key is
    /// not its foreign key to what it extends.
    pub fn check(&mut self) {
        if self.columns.is_empty() {
            let fault = format!("`{}` has no columns", self.name);
            self.faults.push((fault, "Give it one.".to_owned()));
        }
        let Some(parent) = &self.extends else { return };
        let own = self.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default();
        let is_tie = |constraint: &Constraint| {
            matches!(constraint, Constraint::ForeignKey(key)
                if key.references.table == parent.table && key.references.schema == parent.schema && key.columns == own)
        };
        if own.is_empty() || !self.constraints.iter().any(is_tie) {
            let fault = format!(
                "`{}` is to extend `{}`, and its primary key is not its foreign key to `{}`",
                self.name, parent.table, parent.table
            );
            let help = format!(
                "Let the columns of the primary key, and no others, refer to the primary key of `{}`.",
                parent.table
            );
            self.faults.push((fault, help));
        }
    }
}
