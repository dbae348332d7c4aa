//! What goes wrong, for whoever called.

use crate::url::cover;
use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use terrane_core::diagnostic::{Code, Diagnostic, codes};
use terrane_core::dialect::Unsupported;
use terrane_core::graph::GraphError;
use terrane_core::revision::LARGEST;
use terrane_core::text::{SourceFile, Span};

/// A result with our [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// An operation that did not succeed: why, and what it had done by then.
///
/// What the user wrote or asked for, and what a server answered, is told in the same form: diagnostics, each with a code.
#[derive(Debug)]
pub struct Error {
    /// Why, the main reason first; never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// What had been done and stays done, as sentences.
    pub done: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What an error means to a caller; the command line makes its exit code of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Something failed.
    Failed,
    /// What was asked for, or the configuration, makes no sense.
    Usage,
    /// Terrane refuses: another layer's object would be touched, or a change cannot be carried over.
    Refused,
}

impl Error {
    /// An error of one diagnostic.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error::from(Diagnostic::error(code, message))
    }

    /// Adds what to do next to the main diagnostic.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Error {
        if let Some(first) = self.diagnostics.first_mut() {
            first.help.push(help.into());
        }
        self
    }

    /// Keeps what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.source = Some(Box::new(source));
        self
    }

    /// An error about a file that cannot be read or written.
    pub fn file(code: Code, what: &str, path: &Path, source: io::Error) -> Error {
        let reason = match source.kind() {
            io::ErrorKind::NotFound => "it is not there".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::InvalidData => "its bytes are no UTF-8".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            io::ErrorKind::NotADirectory => "its folder is a file".to_owned(),
            io::ErrorKind::AlreadyExists => "it is there already".to_owned(),
            _ => plain(&source),
        };
        Error::new(code, format!("cannot {what} `{}`: {reason}", path.display())).caused_by(source)
    }

    /// What it means to the caller.
    pub fn kind(&self) -> Kind {
        let others = [
            codes::UNSUPPORTED,
            codes::CANNOT_CARRY_OVER,
            codes::UNMODELLED,
            codes::EMPTIED,
            codes::UNOWNED,
        ];
        let refused = |code: Code| code.family() == 'O' || others.contains(&code);
        if self
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.is_error() && refused(diagnostic.code))
        {
            Kind::Refused
        } else if self
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code.family() == 'C')
        {
            Kind::Usage
        } else {
            Kind::Failed
        }
    }
}

/// What the system said, without its number.
fn plain(source: &io::Error) -> String {
    let text = source.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut letters = text[..end].chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Reads a file that a user wrote: a revision, models. What is no regular file is not even opened, since a pipe to which
/// nobody writes, or a device, would be read for ever.
///
/// # Errors
/// It cannot be read, is no regular file or too large, or its bytes are no UTF-8; the first of those is shown.
pub(crate) fn read_regular(code: Code, what: &str, path: &Path) -> Result<SourceFile> {
    let kind = std::fs::metadata(path)
        .map_err(|error| Error::file(code, what, path, error))?
        .file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(Error::new(
            code,
            format!("cannot {what} `{}`: it is no regular file", path.display()),
        ));
    }
    read_source(code, what, path)
}

/// Reads a file that a user wrote.
///
/// # Errors
/// It cannot be read or is too large, or its bytes are no UTF-8; the first of those is shown.
pub(crate) fn read_source(code: Code, what: &str, path: &Path) -> Result<SourceFile> {
    let bytes = read_bounded(path).map_err(|error| Error::file(code, what, path, error))?;
    if bytes.len() > LARGEST {
        let message = format!(
            "cannot {what} `{}`: it is larger than {} MiB",
            path.display(),
            LARGEST >> 20
        );
        return Err(Error::new(codes::TOO_LARGE, message));
    }
    let name = path.display().to_string();
    match String::from_utf8(bytes) {
        // Some editors mark UTF-8 with a byte order mark, which is no part of what is written.
        Ok(text) => Ok(SourceFile::new(name, text.strip_prefix('\u{feff}').unwrap_or(&text))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            // What stands before the fault is as long in the text that is shown.
            let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let source = SourceFile::new(name, cover(&shown));
            let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            let message = format!("cannot {what} `{}`: its bytes are no UTF-8", path.display());
            let diagnostic = Diagnostic::error(code, message)
                .at(&source, span, "this byte")
                .help("Save the file as UTF-8.");
            Err(Error::from(diagnostic))
        }
    }
}

/// The bytes of a file, and no more than tell that there are too many.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    let most = LARGEST as u64 + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(most)).unwrap_or(0) + 1);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Error {
        let error = Error::new(codes::UNSUPPORTED, unsupported.reason);
        match unsupported.help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Error {
        Error {
            diagnostics: vec![diagnostic],
            done: Vec::new(),
            source: None,
        }
    }
}

impl From<Vec<Diagnostic>> for Error {
    fn from(diagnostics: Vec<Diagnostic>) -> Error {
        Error {
            diagnostics,
            done: Vec::new(),
            source: None,
        }
    }
}

impl From<GraphError> for Error {
    fn from(error: GraphError) -> Error {
        Error::from(error.diagnostic())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages: Vec<&str> = self
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.message.as_str())
            .collect();
        f.write_str(&messages.join("; "))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
