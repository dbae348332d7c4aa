//! Tokens of SQL, with the lexical differences between servers as data.

use super::lex::Lexer;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::text::{SourceFile, Span};

/// What a server's SQL looks like below the level of grammar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lexing {
    /// `$tag$ … $tag$` strings, and `$1` that ends after its digits (PostgreSQL).
    pub dollar_quotes: bool,
    /// `E'\''`: backslashes in strings with a prefix, and in those that continue one on another line (PostgreSQL).
    pub escape_strings: bool,
    /// `U&'…'` and `U&"…"` are one token (PostgreSQL).
    pub unicode_prefix: bool,
    /// `/* /* */ */` nests (PostgreSQL).
    pub nested_comments: bool,
    /// A carriage return ends a `--` comment (PostgreSQL).
    pub return_ends_comment: bool,
    /// `\'` within a string is a quote (MariaDB).
    pub backslash_escapes: bool,
    /// `#` begins a comment (MariaDB).
    pub hash_comments: bool,
    /// `` `name` `` is an identifier (SQLite, MariaDB).
    pub backtick_identifiers: bool,
    /// Where `[name]` is an identifier.
    pub brackets: Brackets,
    /// `:a::b(…)` is one variable, whatever stands between the parentheses (SQLite).
    pub tcl_variables: bool,
    /// Where a semicolon ends no statement.
    pub bodies: Bodies,
}

/// Where `[name]` is an identifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Brackets {
    /// Everywhere (SQLite).
    Quote,
    /// Where it does not follow an operand, whose subscript it would be: for text whose server is unknown.
    QuoteAside,
    /// Nowhere: they subscript (PostgreSQL).
    Subscript,
}

/// Which statements have bodies, in which a semicolon ends no statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bodies {
    /// Triggers, up to `; END`; see `sqlite3_complete` in SQLite's documentation.
    Sqlite,
    /// `BEGIN ATOMIC … END` of functions and procedures; see `CREATE FUNCTION` in PostgreSQL's manual.
    Postgresql,
    /// Compound statements of triggers, procedures, functions, packages and events.
    Mariadb,
    /// Whatever has a body on one of the servers.
    Any,
}

impl Lexing {
    /// What any fragment whose server is unknown is read with.
    pub const PORTABLE: Lexing = Lexing {
        dollar_quotes: true,
        escape_strings: true,
        unicode_prefix: false,
        nested_comments: false,
        return_ends_comment: false,
        backslash_escapes: false,
        hash_comments: false,
        backtick_identifiers: true,
        brackets: Brackets::QuoteAside,
        tcl_variables: false,
        bodies: Bodies::Any,
    };
    /// SQLite, by its `sqlite3GetToken`. Comments do not nest; see sqlite.org/lang_comment.html.
    pub const SQLITE: Lexing = Lexing {
        dollar_quotes: false,
        escape_strings: false,
        brackets: Brackets::Quote,
        tcl_variables: true,
        bodies: Bodies::Sqlite,
        ..Lexing::PORTABLE
    };
    /// PostgreSQL with `standard_conforming_strings`, by its `scan.l`; see section 4.1 of its manual.
    pub const POSTGRESQL: Lexing = Lexing {
        unicode_prefix: true,
        nested_comments: true,
        return_ends_comment: true,
        backtick_identifiers: false,
        brackets: Brackets::Subscript,
        bodies: Bodies::Postgresql,
        ..Lexing::PORTABLE
    };
    /// MariaDB in its default SQL mode.
    pub const MARIADB: Lexing = Lexing {
        dollar_quotes: false,
        escape_strings: false,
        backslash_escapes: true,
        hash_comments: true,
        brackets: Brackets::Subscript,
        bodies: Bodies::Mariadb,
        ..Lexing::PORTABLE
    };

    /// The lexing of a dialect by its name in revision files.
    pub fn named(dialect: &str) -> Option<Lexing> {
        match dialect {
            "sqlite" => Some(Lexing::SQLITE),
            "postgresql" => Some(Lexing::POSTGRESQL),
            "mariadb" => Some(Lexing::MARIADB),
            _ => None,
        }
    }
}

/// The dialects that a revision file may name.
pub const DIALECTS: [&str; 3] = ["sqlite", "postgresql", "mariadb"];

/// The kind of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A keyword or an unquoted identifier.
    Word,
    /// `"name"`, `` `name` `` or `[name]`.
    QuotedIdentifier,
    /// `'text'`, `x'00'`, `$$text$$`.
    String,
    /// A number.
    Number,
    /// `?1`, `:name`, `@name`, `$1`.
    Parameter,
    /// An operator or a punctuation mark; operators of several characters are one token.
    Symbol,
    /// `-- …` or `/* … */`.
    Comment,
}

/// A token and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is.
    pub span: Span,
}

impl Token {
    /// The token as it is written.
    pub fn text<'s>(&self, source: &'s str) -> &'s str {
        &source[self.span.range()]
    }

    /// Whether the token is this word, without regard to case.
    pub fn is_word(&self, source: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    /// Whether the token is this symbol.
    pub fn is_symbol(&self, source: &str, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text(source) == symbol
    }
}

/// Text that no server reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LexError {
    /// Why not.
    pub fault: LexFault,
    /// From where it begins to the end of the text; or the one place.
    pub span: Span,
}

/// Why no server reads a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LexFault {
    /// It ends within that: `string`, `quoted identifier`, `comment`, `parenthesis`.
    NotClosed(&'static str),
    /// It holds a NUL byte, where a server's reading ends or fails.
    Nul,
    /// Parentheses stand in more parentheses than a server's stack holds.
    TooDeep,
}

/// How many parentheses may stand one in another. SQLite counts 1,000 (`SQLITE_MAX_EXPR_DEPTH`), and each subquery takes
/// some of its stack; people write a dozen.
pub const DEEPEST: usize = 400;

impl LexError {
    /// What is wrong, as a fragment.
    pub fn message(&self) -> String {
        match self.fault {
            LexFault::NotClosed(what) => format!("this {what} is not closed"),
            LexFault::Nul => "a NUL byte stands here".to_owned(),
            LexFault::TooDeep => format!("more than {DEEPEST} parentheses stand one in another"),
        }
    }

    /// Under which code it is told.
    pub fn code(&self) -> Code {
        match self.fault {
            LexFault::NotClosed(_) => codes::NOT_CLOSED,
            LexFault::Nul => codes::HOSTILE_TEXT,
            LexFault::TooDeep => codes::TOO_LARGE,
        }
    }

    /// What to tell whoever wrote the text, which begins at `offset` of the source.
    pub fn diagnostic(&self, source: &SourceFile, offset: usize) -> Diagnostic {
        let line = source.first_line(self.span.shift(offset));
        let diagnostic = Diagnostic::error(self.code(), self.message());
        match self.fault {
            LexFault::NotClosed(_) => diagnostic.at(source, line, "opened here"),
            LexFault::Nul => diagnostic
                .at(source, self.span.shift(offset), "")
                .help("Take it out; a value that holds one is written as a blob, `x'00'`."),
            LexFault::TooDeep => diagnostic
                .at(source, self.span.shift(offset), "")
                .help("Say it in several statements, or by a view or a `WITH` query."),
        }
    }
}

/// The tokens of a text, comments included and white space left out.
///
/// # Errors
/// A string, a quoted identifier or a comment that is not closed; a NUL byte; parentheses deeper than any server reads.
pub fn tokenize(source: &str, lexing: &Lexing) -> Result<Vec<Token>, LexError> {
    // A token and the space after it take about five bytes.
    let mut tokens = Vec::with_capacity(source.len() / 5);
    let mut lexer = Lexer::new(source, *lexing, 0);
    while let Some(token) = lexer.next_token()? {
        tokens.push(token);
    }
    Ok(tokens)
}
