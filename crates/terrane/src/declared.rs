//! The doors of Rust: tables that are declared beside their entities, in a module that is compiled into the program.

use crate::config::LayerConfig;
use crate::error::read_source;
use crate::models::{Declares, FormerName, Language, Models, Place, ops_of};
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::op::Op;
use terrane_core::text::{SourceFile, Span};
use terrane_model::{Declaration, Module, Stranger, Table};

/// Reads all that is declared in a module.
pub(crate) fn read(
    models: &mut Models,
    layer: &LayerConfig,
    module: &Module,
    dialect: &dyn Dialect,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let declarations = module.declarations();
    let strangers = module.strangers();
    models.are_of_an_orm = true;
    if declarations.is_empty() && strangers.is_empty() {
        models.warnings.push(nothing_there(layer, module));
    }
    diagnostics.extend(strangers.iter().map(|stranger| undeclared(stranger, module)));
    models
        .warnings
        .extend(module.forgotten_files().iter().map(|path| forgotten(path, module)));
    for declaration in declarations {
        Reader::new(declaration, dialect).read(models, diagnostics);
    }
}

/// A crate that nothing refers to is not linked, and declares nothing. Whether that is a wish to have no tables is asked
/// where there are any, as of a file that was emptied.
fn nothing_there(layer: &LayerConfig, module: &Module) -> Diagnostic {
    let message = format!(
        "layer `{}` has no models: no table is declared in `{}`",
        layer.name,
        module.path()
    );
    Diagnostic::warning(codes::NOTHING_DECLARED, message)
        .help("Declare each table beside its entity: `terrane_sea_orm::table!(Entity);`, or `#[derive(Table)]`.")
        .help("A crate that the program never mentions is not linked: let it call the crate's `layer()`.")
}

fn undeclared(stranger: &Stranger, module: &Module) -> Diagnostic {
    let message = format!("`{}` is an entity that Terrane was not told of", stranger.module);
    let diagnostic = Diagnostic::error(codes::UNDECLARED_ENTITY, message).help(format!(
        "Write `{}` beside it, so that its table is known, with all that an entity cannot say.",
        stranger.declaration
    ));
    let source = file_of(&stranger.module, module).and_then(|path| read_source(codes::BAD_MODEL, "read", &path).ok());
    match source {
        Some(source) => {
            let source = SourceFile::new(module.shown(Path::new(source.name())), source.text());
            let at = source.text().find("struct Model").unwrap_or(0);
            let span = line_at(&source, at);
            diagnostic.at(&source, span, "")
        }
        None => diagnostic,
    }
}

/// The file of a module below that one, where the sources are at hand.
fn file_of(module: &str, parent: &Module) -> Option<PathBuf> {
    let below = module.strip_prefix(&parent.path())?.trim_start_matches("::");
    let folder = below
        .split("::")
        .filter(|part| !part.is_empty())
        .fold(parent.folder()?, |path, part| path.join(part));
    [folder.with_extension("rs"), folder.join("mod.rs")]
        .into_iter()
        .find(|path| path.is_file())
}

fn forgotten(path: &Path, module: &Module) -> Diagnostic {
    let message = format!(
        "`{}` is in the folder of the models, and no `mod` names it",
        module.shown(path)
    );
    let name = path
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Diagnostic::warning(codes::FORGOTTEN_FILE, message).help(format!(
        "What it declares is not compiled, so its tables count as removed. Write `mod {name};` in `{}`, or remove the file.",
        module.path()
    ))
}

/// Reads one declaration.
struct Reader<'a> {
    declaration: &'a Declaration,
    dialect: &'a dyn Dialect,
    source: SourceFile,
    /// The line of the declaration.
    span: Span,
}

impl<'a> Reader<'a> {
    fn new(declaration: &'a Declaration, dialect: &'a dyn Dialect) -> Reader<'a> {
        let source = source_of(declaration);
        let span = line_span(&source, declaration.line);
        Reader {
            declaration,
            dialect,
            source,
            span,
        }
    }

    fn read(&self, models: &mut Models, diagnostics: &mut Vec<Diagnostic>) {
        let table = (self.declaration.table)();
        for (fault, help) in &table.faults {
            let diagnostic = Diagnostic::error(codes::BAD_MODEL, fault.clone());
            diagnostics.push(diagnostic.at(&self.source, self.span, "").help(help.clone()));
        }
        if !table.faults.is_empty() {
            return;
        }
        self.note_places(&table, models);
        let mut ops = Vec::new();
        for text in table.statements() {
            match self.parse(&text) {
                Ok(read) => ops.extend(read),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        // Several tables may use one enumerated type; each declares it.
        ops.retain(|op| !matches!(op, Op::CreateEnum(ty) if models.schema.enums.get(&ty.name) == Some(ty)));
        let declares = Declares {
            source: self.source.clone(),
            span: self.span,
            ops,
            is_sql: false,
            unread: None,
        };
        models.declare(declares, false, diagnostics);
    }

    fn note_places(&self, table: &Table, models: &mut Models) {
        let flavor = self.dialect.flavor();
        let mut name = flavor.object(&table.name);
        name.schema = table.schema.as_deref().map(|schema| flavor.ident(schema));
        let mut place = Place {
            table: name.clone(),
            column: None,
            source: self.source.clone(),
            span: self.span,
            language: Language::Rust(self.declaration.door),
        };
        models.places.push(place.clone());
        let former = |column, from: &String| FormerName {
            table: name.clone(),
            column,
            names: vec![from.clone()],
        };
        let of_table = table.renamed_from.as_ref();
        models.former_names.extend(of_table.map(|from| former(None, from)));
        for column in &table.columns {
            let ident = flavor.ident(&column.name);
            place.column = Some(ident.clone());
            place.span = self.column_span(&column.name, column.line);
            models.places.push(place.clone());
            let of_column = column.renamed_from.as_ref();
            models
                .former_names
                .extend(of_column.map(|from| former(Some(ident), from)));
        }
    }

    /// The line of a column; an ORM's macros do not tell it, so the field of that name above the declaration is looked
    /// for.
    fn column_span(&self, name: &str, line: u32) -> Span {
        if line > 0 {
            return line_span(&self.source, line);
        }
        let above = &self.source.text()[..self.span.start];
        let is_field = |at: usize| {
            let behind = above[at + name.len()..].trim_start();
            let before = above[..at].trim_end_matches("r#");
            behind.starts_with(':') && !behind.starts_with("::") && before.ends_with([' ', '\n', '\t'])
        };
        let found = above
            .match_indices(name)
            .map(|(at, _)| at)
            .filter(|at| is_field(*at))
            .last();
        found.map_or(self.span, |at| line_at(&self.source, at))
    }

    fn parse(&self, text: &str) -> Result<Vec<Op>, Box<Diagnostic>> {
        ops_of(text, self.dialect.flavor()).map_err(|message| {
            Box::new(
                Diagnostic::error(codes::BAD_MODEL, message)
                    .at(&self.source, self.span, "declared here")
                    .help(format!("It was read as: {text}")),
            )
        })
    }
}

/// The file of a declaration; where it is not at hand, one that is empty but for the line numbers.
fn source_of(declaration: &Declaration) -> SourceFile {
    let read = declaration
        .path()
        .and_then(|path| read_source(codes::BAD_MODEL, "read", &path).ok());
    match read {
        Some(source) => SourceFile::new(declaration.file, source.text()),
        None => SourceFile::new(declaration.file, "\n".repeat(declaration.line as usize)),
    }
}

/// The text of a line that is counted from one, without what surrounds it.
pub(crate) fn line_span(source: &SourceFile, line: u32) -> Span {
    let mut start = 0;
    for (at, text) in source.text().split_inclusive('\n').enumerate() {
        if at + 1 == line as usize {
            return trimmed(source, start, start + text.len());
        }
        start += text.len();
    }
    Span::new(start, start)
}

/// The line in which a byte stands.
fn line_at(source: &SourceFile, at: usize) -> Span {
    let text = source.text();
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    trimmed(source, start, end)
}

fn trimmed(source: &SourceFile, start: usize, end: usize) -> Span {
    let text = &source.text()[start..end];
    let inner = text.trim();
    let lead = text.len() - text.trim_start().len();
    Span::new(start + lead, start + lead + inner.len())
}
