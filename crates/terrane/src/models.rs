//! What a layer's part of the schema should be. Here the SQL front door: `CREATE` statements in a file; the doors of
//! Rust are in `declared`.

use crate::config::{LayerConfig, ModelSource};
use crate::declared;
use crate::error::{Result, read_source};
use std::path::Path;
use terrane_core::ddl::{Declared, hints, parse_statement};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Dialect, Spelling, TypeNames};
use terrane_core::diff::Renames;
use terrane_core::name::{Ident, LayerName, ObjectName};
use terrane_core::op::{ObjectKind, Op};
use terrane_core::ownership::{Fault, Ownership, extension_help};
use terrane_core::schema::Schema;
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
    /// What used to have another name.
    pub renames: Renames,
    /// What there is to say about them that stops nothing.
    pub warnings: Vec<Diagnostic>,
    /// Where tables and columns are written.
    pub(crate) places: Vec<Place>,
    /// Every statement and what it declares.
    pub(crate) statements: Vec<Declares>,
    /// What does not fit the rest of the models. An index on a table of another layer is among it, so whoever knows the
    /// owners speaks first.
    misfits: Vec<(Op, Diagnostic)>,
}

/// Where a table, or a column of it, is written.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) table: ObjectName,
    pub(crate) column: Option<Ident>,
    pub(crate) source: SourceFile,
    pub(crate) span: Span,
    /// The door it came through; none, if it is SQL.
    pub(crate) door: Option<Door>,
}

/// A place in the models, and what it declares.
#[derive(Clone, Debug)]
pub(crate) struct Declares {
    pub(crate) source: SourceFile,
    pub(crate) span: Span,
    pub(crate) ops: Vec<Op>,
    /// Whether the text there is SQL.
    pub(crate) is_sql: bool,
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
        for statement in &statements {
            match parse_statement(source.text(), statement, flavor) {
                Ok(parsed) => {
                    self.add_hints(source, statement, &parsed.declared, dialect);
                    self.places.extend(parsed.declared.into_iter().map(|place| Place {
                        table: place.table,
                        column: place.column,
                        source: source.clone(),
                        span: place.span,
                        door: None,
                    }));
                    let declares = Declares {
                        source: source.clone(),
                        span: statement.span,
                        ops: parsed.ops,
                        is_sql: true,
                    };
                    self.declare(declares, parsed.tolerant, diagnostics);
                }
                Err(malformed) => diagnostics.push(Diagnostic::error(codes::BAD_MODEL, malformed.message).at(
                    source,
                    malformed.span,
                    "",
                )),
            }
        }
    }

    fn add_hints(
        &mut self,
        source: &SourceFile,
        statement: &SqlStatement,
        declared: &[Declared],
        dialect: &dyn Dialect,
    ) {
        let flavor = dialect.flavor();
        for hint in hints(source.text(), statement, declared) {
            match hint.column {
                Some(column) => {
                    self.renames
                        .columns
                        .push((hint.table, flavor.ident(&hint.renamed_from), column));
                }
                None => self
                    .renames
                    .tables
                    .push((flavor.object(&hint.renamed_from), hint.table)),
            }
        }
    }

    pub(crate) fn declare(&mut self, declares: Declares, tolerant: bool, diagnostics: &mut Vec<Diagnostic>) {
        let source = &declares.source;
        let head = source.first_line(declares.span);
        for op in &declares.ops {
            if !is_declaration(op) {
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

    /// Where a table, or a column of it, is declared.
    pub(crate) fn place_of(&self, table: &ObjectName, column: Option<&Ident>) -> Option<&Place> {
        self.places
            .iter()
            .find(|place| place.table == *table && place.column.as_ref() == column)
    }

    /// What a layer's models may not say: that another layer's object is theirs, or that a foreign key points into a
    /// layer that is not required.
    pub fn breaches(&self, layer: &LayerName, ownership: &Ownership) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for Declares { source, span, ops, .. } in &self.statements {
            let head = source.first_line(*span);
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

fn is_declaration(op: &Op) -> bool {
    use terrane_core::op::ColumnChange;
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

pub(crate) fn read(path: &Path) -> Result<SourceFile> {
    read_source(codes::BAD_MODEL, "read the models", path)
}
