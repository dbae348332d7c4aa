//! The SQL front door: `CREATE` statements in a file are what a layer's part of the schema should be.

use crate::error::{Result, read_source};
use std::path::{Path, PathBuf};
use terrane_core::ddl::{Declared, hints, parse_statement};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::Renames;
use terrane_core::name::{Ident, LayerName, ObjectName};
use terrane_core::op::{ObjectKind, Op};
use terrane_core::ownership::{Fault, Ownership, extension_help};
use terrane_core::schema::Schema;
use terrane_core::sql::{SqlStatement, split};
use terrane_core::text::{SourceFile, Span};

/// A desired schema, and where each part of it is written.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// What should be.
    pub schema: Schema,
    /// What used to have another name.
    pub renames: Renames,
    /// Where tables and columns are written.
    declared: Vec<(SourceFile, Declared)>,
    /// Every statement and what it declares.
    statements: Vec<(SourceFile, Span, Vec<Op>)>,
    /// What does not fit the rest of the models. An index on a table of another layer is among it, so whoever knows the
    /// owners speaks first.
    misfits: Vec<(Op, Diagnostic)>,
}

impl Models {
    /// Reads models from files.
    ///
    /// # Errors
    /// Everything that is wrong in any of them, at once.
    pub fn load(paths: &[PathBuf], dialect: &dyn Dialect) -> Result<Models> {
        let mut models = Models::default();
        let mut diagnostics = Vec::new();
        for path in paths {
            match read(path) {
                Ok(source) => models.read(&source, dialect, &mut diagnostics),
                Err(error) => diagnostics.extend(error.diagnostics),
            }
        }
        if diagnostics.is_empty() {
            dialect.normalize(&mut models.schema);
            Ok(models)
        } else {
            Err(diagnostics.into())
        }
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

    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = (&SourceFile, Span)> {
        self.statements.iter().map(|(source, span, _)| (source, *span))
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
                    self.declared
                        .extend(parsed.declared.into_iter().map(|place| (source.clone(), place)));
                    self.declare(source, statement.span, parsed.ops, parsed.tolerant, diagnostics);
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

    fn declare(
        &mut self,
        source: &SourceFile,
        span: Span,
        ops: Vec<Op>,
        tolerant: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let head = source.first_line(span);
        for op in &ops {
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
                let diagnostic = Diagnostic::error(code, misfit.message).at(source, head, "");
                self.misfits.push((op.clone(), diagnostic));
            }
        }
        self.statements.push((source.clone(), span, ops));
    }

    /// Where a table, or a column of it, is declared.
    pub fn place_of(&self, table: &ObjectName, column: Option<&Ident>) -> Option<(&SourceFile, Span)> {
        let is_it = |place: &Declared| place.table == *table && place.column.as_ref() == column;
        let place = self.declared.iter().find(|(_, place)| is_it(place));
        place.map(|(source, place)| (source, place.span))
    }

    /// What a layer's models may not say: that another layer's object is theirs, or that a foreign key points into a
    /// layer that is not required.
    pub fn breaches(&self, layer: &LayerName, ownership: &Ownership) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (source, span, ops) in &self.statements {
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
            | Op::CreateUnmodelled(_)
            | Op::CommentTable { .. }
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
