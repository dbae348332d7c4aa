//! What a layer's part of the schema should be. Here the SQL front door: `CREATE` statements in a file; the doors of
//! Rust are in `declared`.

use crate::config::{LayerConfig, ModelSource};
use crate::declared;
use crate::error::{Result, read_regular};
use crate::words::Words;
use std::collections::BTreeSet;
use std::path::Path;
use terrane_core::ddl::{
    self, Declared, Flavor, Malformed, ParsedStatement, hint_comments, hints, made_by, parse_statement,
};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Dialect, Spelling, TypeNames};
use terrane_core::name::{Ident, LayerName, ObjectName};
use terrane_core::op::{ColumnChange, Commented, Effect, ObjectKind, Op, RawSql};
use terrane_core::ownership::{Breach, Fault, ObjectKey, Ownership, extension_help, objects};
use terrane_core::schema::{Schema, Table};
use terrane_core::sql::{SqlStatement, split};
use terrane_core::text::{SourceFile, Span};
use terrane_model::Door;

/// A desired schema, and where each part of it is written.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// What should be, as the server spells it.
    pub schema: Schema,
    /// What should be, in the models' own words: with standard types, and with comments that the server may not keep.
    pub wish: Schema,
    /// What used to have another name, as it was said.
    pub former_names: Vec<FormerName>,
    /// What there is to say about them that stops nothing.
    pub warnings: Vec<Diagnostic>,
    /// Where tables and columns are written.
    pub(crate) places: Vec<Place>,
    /// Every statement and what it declares.
    pub(crate) statements: Vec<Declares>,
    /// Whether they came through the door of an ORM, which has no words for everything.
    pub(crate) are_of_an_orm: bool,
    /// What is made by statements that are the server's to read.
    unread: BTreeSet<ObjectKey>,
    /// What does not fit the rest of the models. An index on a table of another layer is among it, so whoever knows the
    /// owners speaks first.
    misfits: Vec<(Op, Diagnostic)>,
}

/// What a table, or a column of it, is said to have been called before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormerName {
    /// The table as it is called now.
    pub table: ObjectName,
    /// The column as it is called now, or the table itself.
    pub column: Option<Ident>,
    /// What it was called; where that can be read in several ways, the likeliest first.
    pub names: Vec<String>,
}

/// Where a table, or a column of it, is written.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) table: ObjectName,
    pub(crate) column: Option<Ident>,
    pub(crate) source: SourceFile,
    pub(crate) span: Span,
    /// In which language.
    pub(crate) language: Language,
}

/// The language that a part of the models is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    /// Statements of SQL.
    Sql,
    /// A declaration in Rust, through that door.
    Rust(Door),
    /// A class of SQLAlchemy's.
    Python,
}

/// A place in the models, and what it declares.
#[derive(Clone, Debug)]
pub(crate) struct Declares {
    pub(crate) source: SourceFile,
    pub(crate) span: Span,
    pub(crate) ops: Vec<Op>,
    /// Whether the text there is SQL.
    pub(crate) is_sql: bool,
    /// What it makes, where only the server knows what else it says.
    pub(crate) unread: Option<Unread>,
}

/// A statement that is the server's to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unread {
    /// What it makes, as far as its first words tell.
    pub(crate) makes: Option<ObjectKey>,
}

impl Models {
    /// Reads the models of a layer.
    ///
    /// # Errors
    /// Everything that is wrong in any of them, at once.
    pub fn load(layer: &LayerConfig, dialect: &dyn Dialect) -> Result<Models> {
        let mut models = Models::default();
        let mut diagnostics = Vec::new();
        match &layer.models {
            ModelSource::Files(paths) => {
                for path in paths {
                    match read(path) {
                        Ok(source) => models.read(&source, dialect, &mut diagnostics),
                        Err(error) => diagnostics.extend(error.diagnostics),
                    }
                }
            }
            ModelSource::Module(module) => declared::read(&mut models, layer, module, dialect, &mut diagnostics),
            ModelSource::Python(python) => python.read(&mut models, layer, dialect, &mut diagnostics),
        }
        if diagnostics.is_empty() {
            models.wish.clone_from(&models.schema);
            if layer.types == TypeNames::Standard {
                diagnostics.extend(models.spell(dialect));
            }
        }
        if diagnostics.is_empty() {
            dialect.normalize(&mut models.schema);
            Ok(models)
        } else {
            Err(diagnostics.into())
        }
    }

    /// Spells standard types as the server does; what it does not have is told of.
    fn spell(&mut self, dialect: &dyn Dialect) -> Vec<Diagnostic> {
        let spelling = Spelling::new(dialect, self.schema.enums.keys().cloned());
        let Err(unknown) = spelling.spell_schema(&mut self.schema) else {
            return Vec::new();
        };
        let told = unknown.into_iter().map(|(table, column, why)| {
            let message = format!("`{}` cannot hold column `{column}` of `{table}`: {why}", dialect.name());
            let diagnostic = Diagnostic::error(codes::UNSUPPORTED, message)
                .help("Give the column a type that this server has, or use a server that has this one.");
            match self.place_of(&table, Some(&column)) {
                Some(place) => diagnostic.at(&place.source, place.span, ""),
                None => diagnostic,
            }
        });
        told.collect()
    }

    /// Reads models that stand by themselves, outside of any layer.
    ///
    /// # Errors
    /// Everything that is wrong in them, at once.
    pub fn of(source: &SourceFile, dialect: &dyn Dialect) -> Result<Models> {
        let mut models = Models::default();
        let mut diagnostics = Vec::new();
        models.read(source, dialect, &mut diagnostics);
        diagnostics.extend(models.misfits());
        if diagnostics.is_empty() {
            Ok(models)
        } else {
            Err(diagnostics.into())
        }
    }

    /// The statements of a file, in order.
    pub fn statements(&self) -> impl Iterator<Item = (&SourceFile, Span)> {
        self.statements.iter().map(|declares| (&declares.source, declares.span))
    }

    fn read(&mut self, source: &SourceFile, dialect: &dyn Dialect, diagnostics: &mut Vec<Diagnostic>) {
        let flavor = dialect.flavor();
        let statements = match split(source.text(), &flavor.lexing) {
            Ok(statements) => statements,
            Err(error) => return diagnostics.push(error.diagnostic(source, 0)),
        };
        let mut hints_read = BTreeSet::new();
        for statement in &statements {
            match parse_statement(source.text(), statement, flavor) {
                parsed if is_the_servers(&parsed, source, statement, dialect) => {
                    if dialect.affects_cluster(source.slice(statement.span)) {
                        diagnostics.push(beyond(source, statement.span));
                        continue;
                    }
                    let makes = made_by(source.text(), statement, flavor);
                    self.unread.extend(makes.clone());
                    self.statements.push(Declares {
                        source: source.clone(),
                        span: statement.span,
                        ops: Vec::new(),
                        is_sql: true,
                        unread: Some(Unread { makes }),
                    });
                }
                Ok(parsed) => {
                    hints_read.extend(self.add_hints(source, statement, &parsed.declared));
                    self.places.extend(parsed.declared.into_iter().map(|place| Place {
                        table: place.table,
                        column: place.column,
                        source: source.clone(),
                        span: place.span,
                        language: Language::Sql,
                    }));
                    let declares = Declares {
                        source: source.clone(),
                        span: statement.span,
                        ops: parsed.ops,
                        is_sql: true,
                        unread: None,
                    };
                    let declares = self.or_asked(declares, dialect);
                    self.declare(declares, parsed.tolerant, diagnostics);
                }
                Err(malformed) => diagnostics.push(Diagnostic::error(codes::BAD_MODEL, malformed.message).at(
                    source,
                    malformed.span,
                    "",
                )),
            }
        }
        let all = hint_comments(source.text(), &flavor.lexing).into_iter();
        diagnostics.extend(
            all.filter(|span| !hints_read.contains(span))
                .map(|span| misplaced(source, span)),
        );
    }

    /// The former names that are said beside the columns of a statement; where each of them stands.
    fn add_hints(&mut self, source: &SourceFile, statement: &SqlStatement, declared: &[Declared]) -> Vec<Span> {
        let mut spans = Vec::new();
        for hint in hints(source.text(), statement, declared) {
            let is_same = |other: &FormerName| other.table == hint.table && other.column == hint.column;
            if self.former_names.iter().any(is_same) {
                continue;
            }
            spans.push(hint.span);
            self.former_names.push(FormerName {
                table: hint.table,
                column: hint.column,
                names: hint.whole.into_iter().chain([hint.renamed_from]).collect(),
            });
        }
        spans
    }

    pub(crate) fn declare(&mut self, mut declares: Declares, tolerant: bool, diagnostics: &mut Vec<Diagnostic>) {
        let source = &declares.source;
        let head = source.first_line(declares.span);
        for op in &declares.ops {
            if declares.unread.is_some() || self.needs_what_is_unread(op) {
                declares.unread = Some(Unread { makes: None });
            } else if !is_declaration(op) {
                diagnostics.push(
                    Diagnostic::error(codes::NOT_A_DECLARATION, "models only declare what should be there")
                        .at(source, head, "")
                        .help("Move the statement into a revision."),
                );
            } else if let Err(misfit) = op.apply(&mut self.schema)
                && !tolerant
            {
                let code = if misfit.is_taken {
                    codes::DECLARED_TWICE
                } else {
                    codes::BAD_MODEL
                };
                let mut diagnostic = Diagnostic::error(code, misfit.message).at(source, head, "");
                if let Op::CreateTable(table) = op
                    && let Some(first) = self.places.iter().find(|place| place.table == table.name)
                    && (first.source != *source || first.span != declares.span)
                {
                    let first_line = first.source.first_line(first.span);
                    diagnostic = diagnostic.at(&first.source, first_line, "declared here first");
                }
                self.misfits.push((op.clone(), diagnostic));
            }
        }
        self.statements.push(declares);
    }

    /// A comment on what no statement that is understood has made is the server's to read, where it can be asked: a column of
    /// a view, an attribute of a type, the index of a key.
    fn or_asked(&self, declares: Declares, dialect: &dyn Dialect) -> Declares {
        let is_of_unknown = |op: &Op| match op {
            Op::AlterColumn {
                table,
                column,
                change: ColumnChange::Comment(_),
            } => self
                .schema
                .tables
                .get(table)
                .is_none_or(|table| table.column(column).is_none()),
            Op::Comment { on, .. } => match on {
                Commented::Table(name) => !self.schema.tables.contains_key(name),
                Commented::View(name) => !self.schema.views.contains_key(name),
                Commented::Index(name, table) => self.schema.table_of_index(name, table.as_ref()).is_none(),
            },
            _ => false,
        };
        let is_asked = !dialect.capability().keeps_texts && declares.ops.iter().any(is_of_unknown);
        Declares {
            unread: is_asked.then_some(Unread { makes: None }),
            ..declares
        }
    }

    /// Whether only the server can tell what comes of an op: it is about a table of which it alone has read the rest, or an
    /// index of a view, or makes another routine of a name, told from the first by arguments whose types it alone knows.
    fn needs_what_is_unread(&self, op: &Op) -> bool {
        let table = match op {
            Op::CreateRoutine(routine) => return self.schema.routines.contains_key(&routine.name),
            Op::CreateIndex { table, .. } if self.schema.views.contains_key(table) => return true,
            Op::CreateIndex { table, .. } => Some(table),
            Op::CreateTrigger(trigger) => Some(&trigger.relation),
            other => other.altered_table(),
        };
        table.is_some_and(|table| self.unread.contains(&(ObjectKind::Table, table.clone())))
    }

    /// Where a table, or a column of it, is declared.
    pub(crate) fn place_of(&self, table: &ObjectName, column: Option<&Ident>) -> Option<&Place> {
        self.places
            .iter()
            .find(|place| place.table == *table && place.column.as_ref() == column)
    }

    /// Whatever they say should be there, and is owned by itself.
    pub(crate) fn declares(&self) -> BTreeSet<ObjectKey> {
        let mut all = objects(&self.schema);
        all.extend(self.unread.iter().cloned());
        all
    }

    /// The schemas that they make together with what is in them.
    pub(crate) fn unread_schemas(&self) -> impl Iterator<Item = &ObjectName> {
        let made = self.unread.iter().filter(|(kind, _)| *kind == ObjectKind::Other);
        made.map(|(_, name)| name)
    }

    /// The relations that they make or refer to by a key.
    pub(crate) fn relations(&self) -> BTreeSet<ObjectName> {
        let keys = self.schema.tables.values().flat_map(Table::foreign_keys);
        let mut names: BTreeSet<ObjectName> = keys.map(|(_, key)| key.table.clone()).collect();
        let is_relation = |kind| matches!(kind, ObjectKind::Table | ObjectKind::View);
        names.extend(
            self.declares()
                .into_iter()
                .filter(|(kind, _)| is_relation(*kind))
                .map(|(_, name)| name),
        );
        names
    }

    /// Every word that could be the name of something.
    pub(crate) fn mentions(&self) -> Words {
        let mut words = Words::default();
        for declares in &self.statements {
            if declares.is_sql {
                words.add(declares.source.slice(declares.span));
            } else {
                for op in &declares.ops {
                    ddl::print(op).iter().for_each(|text| words.add(text));
                }
            }
        }
        words
    }

    /// Whether some of it is the server's to read.
    pub(crate) fn only_the_server_knows(&self) -> bool {
        self.statements.iter().any(|declares| declares.unread.is_some())
    }

    /// What a layer's models may not say: that another layer's object is theirs, or that a foreign key points into a
    /// layer that is not required.
    pub fn breaches(&self, layer: &LayerName, ownership: &Ownership) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for Declares {
            source,
            span,
            ops,
            unread,
            ..
        } in &self.statements
        {
            let head = source.first_line(*span);
            let makes = unread.as_ref().and_then(|unread| unread.makes.as_ref());
            if let Some(breach) = makes.and_then(|made| makes_anothers(made, layer, ownership)) {
                let diagnostic = Diagnostic::error(codes::FOREIGN_MODEL, breach.message(layer));
                diagnostics.push(
                    diagnostic
                        .at(source, head, "")
                        .help(extension_help(layer, &breach.object)),
                );
            }
            for op in ops {
                for breach in ownership.breaches(op, layer, &[], &self.schema) {
                    let referring = breach.code() == codes::FOREIGN_REFERENCE;
                    let (code, help) = if referring {
                        (codes::FOREIGN_REFERENCE, breach.help(layer))
                    } else if breach.kind == ObjectKind::Table && breach.fault == Fault::Changes {
                        (codes::FOREIGN_MODEL, extension_help(layer, &breach.object))
                    } else {
                        (codes::FOREIGN_MODEL, breach.help(layer))
                    };
                    diagnostics.push(
                        Diagnostic::error(code, breach.message(layer))
                            .at(source, head, op.describe())
                            .help(help),
                    );
                }
            }
        }
        let theirs = |op: &Op| !ownership.breaches(op, layer, &[], &self.schema).is_empty();
        diagnostics.extend(
            self.misfits
                .iter()
                .filter(|(op, _)| !theirs(op))
                .map(|(_, misfit)| misfit.clone()),
        );
        diagnostics
    }

    /// What does not fit, where no layers are known.
    pub fn misfits(&self) -> Vec<Diagnostic> {
        self.misfits.iter().map(|(_, misfit)| misfit.clone()).collect()
    }
}

/// Whether a statement is one that makes something, and in a way that is the server's own: the server reads it then.
fn is_the_servers(
    parsed: &std::result::Result<ParsedStatement, Malformed>,
    source: &SourceFile,
    statement: &SqlStatement,
    dialect: &dyn Dialect,
) -> bool {
    const VERBS: [&str; 6] = ["alter", "comment", "create", "grant", "revoke", "security"];
    let is_read = match parsed {
        Ok(parsed) => !parsed.ops.iter().all(|op| {
            matches!(
                op,
                Op::Sql(RawSql {
                    effect: Effect::Unknown,
                    ..
                })
            )
        }),
        Err(_) => false,
    };
    let first = statement.tokens.first().map(|token| token.text(source.text()));
    let makes = first.is_some_and(|word| VERBS.iter().any(|verb| word.eq_ignore_ascii_case(verb)));
    !dialect.capability().keeps_texts && makes && !is_read
}

/// That a former name stands where it says nothing.
fn misplaced(source: &SourceFile, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::MISPLACED_FORMER_NAME,
        "this says a former name, and nothing says of what",
    )
    .at(source, span, "")
    .help("Write it once, on the line of the column, or on a line of its own above `CREATE TABLE`.")
}

/// That models are made in a scratch database, where this one would not stay.
fn beyond(source: &SourceFile, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_DECLARATION,
        "models declare what is in the database, and this is about more: roles, other databases or other servers",
    )
    .at(source, source.first_line(span), "")
    .help("Move the statement into a revision, or leave it to whoever runs the server.")
}

/// That what a statement makes is another layer's.
fn makes_anothers((kind, name): &ObjectKey, layer: &LayerName, ownership: &Ownership) -> Option<Breach> {
    let owner = &ownership.owner_of_relation(name)?.layer;
    (owner != layer).then(|| Breach {
        object: name.clone(),
        kind: *kind,
        owner: owner.clone(),
        fault: Fault::Changes,
    })
}

fn is_declaration(op: &Op) -> bool {
    matches!(
        op,
        Op::CreateTable(_)
            | Op::CreateIndex { .. }
            | Op::CreateView(_)
            | Op::CreateTrigger(_)
            | Op::CreateEnum(_)
            | Op::CreateSequence(_)
            | Op::CreateRoutine(_)
            | Op::ReplaceRoutine(_)
            | Op::CreateUnmodelled(_)
            | Op::Comment { .. }
            | Op::AlterColumn {
                change: ColumnChange::Comment(_),
                ..
            }
            | Op::AddConstraint { .. }
    )
}

/// The ops that a text amounts to; why it is none, as a fragment.
pub(crate) fn ops_of(text: &str, flavor: &Flavor) -> std::result::Result<Vec<Op>, String> {
    let statements = split(text, &flavor.lexing).map_err(|error| error.message())?;
    let mut ops = Vec::new();
    for statement in &statements {
        let parsed = parse_statement(text, statement, flavor).map_err(|error| error.message)?;
        ops.extend(parsed.ops);
    }
    Ok(ops)
}

pub(crate) fn read(path: &Path) -> Result<SourceFile> {
    read_regular(codes::BAD_MODEL, "read the models", path)
}
