//! Tokens of SQL, with the lexical differences between servers as data.

use crate::diagnostic::{Diagnostic, codes};
use crate::text::{SourceFile, Span};

/// What a server's SQL looks like below the level of grammar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lexing {
    /// `$tag$ … $tag$` strings (PostgreSQL).
    pub dollar_quotes: bool,
    /// `/* /* */ */` nests (PostgreSQL).
    pub nested_comments: bool,
    /// `\'` within a string is a quote (MariaDB).
    pub backslash_escapes: bool,
    /// `#` begins a comment (MariaDB).
    pub hash_comments: bool,
    /// `[name]` is an identifier (SQLite).
    pub bracket_identifiers: bool,
}

impl Lexing {
    /// What portable SQL, and any fragment whose server is unknown, is read with.
    pub const PORTABLE: Lexing = Lexing {
        dollar_quotes: true,
        nested_comments: false,
        backslash_escapes: false,
        hash_comments: false,
        bracket_identifiers: true,
    };
    /// SQLite. Comments do not nest; see sqlite.org/lang_comment.html.
    pub const SQLITE: Lexing = Lexing {
        dollar_quotes: false,
        ..Lexing::PORTABLE
    };
    /// PostgreSQL; see section 4.1 of its manual.
    pub const POSTGRESQL: Lexing = Lexing {
        nested_comments: true,
        bracket_identifiers: false,
        ..Lexing::PORTABLE
    };
    /// MariaDB in its default SQL mode.
    pub const MARIADB: Lexing = Lexing {
        dollar_quotes: false,
        backslash_escapes: true,
        hash_comments: true,
        bracket_identifiers: false,
        ..Lexing::PORTABLE
    };
}

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

/// Text that ends in the middle of a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LexError {
    /// What is not closed: `string`, `quoted identifier`, `comment`.
    pub what: &'static str,
    /// From where it begins to the end of the text.
    pub span: Span,
}

impl LexError {
    /// What to tell whoever wrote the text, which begins at `offset` of the source.
    pub fn diagnostic(&self, source: &SourceFile, offset: usize) -> Diagnostic {
        let line = source.first_line(self.span.shift(offset));
        Diagnostic::error(codes::NOT_CLOSED, format!("this {} is not closed", self.what)).at(
            source,
            line,
            "opened here",
        )
    }
}

/// The tokens of a text, comments included and white space left out.
///
/// # Errors
/// A string, a quoted identifier or a comment that is not closed.
pub fn tokenize(source: &str, lexing: &Lexing) -> Result<Vec<Token>, LexError> {
    let mut lexer = Lexer {
        source,
        bytes: source.as_bytes(),
        lexing,
        at: 0,
        // A token and the space after it take about five bytes.
        tokens: Vec::with_capacity(source.len() / 5),
    };
    while lexer.at < lexer.bytes.len() {
        lexer.step()?;
    }
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    lexing: &'s Lexing,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token {
            kind,
            span: Span::new(self.at, end),
        });
        self.at = end;
    }

    fn step(&mut self) -> Result<(), LexError> {
        match self.peek(0) {
            byte if byte.is_ascii_whitespace() || byte == 0x0b => self.at += 1,
            b'-' if self.peek(1) == b'-' => self.line_comment(),
            b'#' if self.lexing.hash_comments => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment()?,
            b'\'' => self.quoted(b'\'', 0, TokenKind::String, "string")?,
            b'x' | b'X' | b'n' | b'N' | b'b' | b'B' if self.peek(1) == b'\'' => {
                self.quoted(b'\'', 1, TokenKind::String, "string")?;
            }
            b'e' | b'E' if self.peek(1) == b'\'' && self.lexing.dollar_quotes => self.escape_string()?,
            b'"' => self.quoted(b'"', 0, TokenKind::QuotedIdentifier, "quoted identifier")?,
            b'`' => self.quoted(b'`', 0, TokenKind::QuotedIdentifier, "quoted identifier")?,
            b'[' if self.lexing.bracket_identifiers && !self.follows_operand() => {
                self.quoted(b']', 0, TokenKind::QuotedIdentifier, "quoted identifier")?;
            }
            b'$' if self.lexing.dollar_quotes && self.dollar_tag().is_some() => self.dollar_string()?,
            b'?' | b':' | b'@' | b'$' if self.is_parameter() => self.parameter(),
            byte if byte.is_ascii_digit() || (byte == b'.' && self.peek(1).is_ascii_digit()) => self.number(),
            byte if is_word_start(byte) => {
                let end = self.end_of(self.at, is_word_part);
                self.push(TokenKind::Word, end);
            }
            _ => self.symbol(),
        }
        Ok(())
    }

    fn end_of(&self, from: usize, part: fn(u8) -> bool) -> usize {
        self.bytes[from..]
            .iter()
            .position(|&b| !part(b))
            .map_or(self.bytes.len(), |n| from + n)
    }

    /// `a[1]` is a subscript, not an identifier in brackets.
    fn follows_operand(&self) -> bool {
        self.tokens.last().is_some_and(|token| {
            token.span.end == self.at
                && (matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
                    || matches!(token.text(self.source), ")" | "]"))
        })
    }

    fn line_comment(&mut self) {
        let end = self.end_of(self.at, |b| b != b'\n');
        self.push(TokenKind::Comment, end);
    }

    /// A block comment that is never closed runs to the end in SQLite; here it is a mistake, as everywhere else.
    fn block_comment(&mut self) -> Result<(), LexError> {
        let mut depth = 0usize;
        let mut at = self.at;
        while at + 1 < self.bytes.len() {
            match &self.bytes[at..at + 2] {
                b"/*" if depth == 0 || self.lexing.nested_comments => {
                    depth += 1;
                    at += 2;
                }
                b"*/" => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        self.push(TokenKind::Comment, at);
                        return Ok(());
                    }
                }
                _ => at += 1,
            }
        }
        Err(self.unclosed("comment"))
    }

    fn quoted(&mut self, close: u8, prefix: usize, kind: TokenKind, what: &'static str) -> Result<(), LexError> {
        let escapes = self.lexing.backslash_escapes && kind == TokenKind::String;
        self.quoted_until(close, prefix, kind, what, escapes)
    }

    fn escape_string(&mut self) -> Result<(), LexError> {
        self.quoted_until(b'\'', 1, TokenKind::String, "string", true)
    }

    fn quoted_until(
        &mut self,
        close: u8,
        prefix: usize,
        kind: TokenKind,
        what: &'static str,
        backslash: bool,
    ) -> Result<(), LexError> {
        let mut at = self.at + prefix + 1;
        while at < self.bytes.len() {
            let byte = self.bytes[at];
            if backslash && byte == b'\\' {
                at += 2;
            } else if byte != close {
                at += 1;
            } else if self.bytes.get(at + 1) == Some(&close) && close != b']' {
                at += 2;
            } else {
                self.push(kind, at + 1);
                return Ok(());
            }
        }
        Err(self.unclosed(what))
    }

    /// The tag of a dollar quote that begins here, `$` signs included.
    fn dollar_tag(&self) -> Option<&str> {
        let end = self.end_of(self.at + 1, |b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80);
        let first = self.peek(1);
        (self.bytes.get(end) == Some(&b'$') && !first.is_ascii_digit()).then(|| &self.source[self.at..=end])
    }

    fn dollar_string(&mut self) -> Result<(), LexError> {
        let tag = self.dollar_tag().unwrap_or("$$").to_owned();
        let body = self.at + tag.len();
        match self.source[body..].find(&tag) {
            Some(length) => {
                self.push(TokenKind::String, body + length + tag.len());
                Ok(())
            }
            None => Err(self.unclosed("string")),
        }
    }

    fn is_parameter(&self) -> bool {
        match self.peek(0) {
            b'?' => true,
            b':' => is_word_start(self.peek(1)),
            _ => is_word_part(self.peek(1)),
        }
    }

    fn parameter(&mut self) {
        let end = self.end_of(self.at + 1, is_word_part);
        self.push(TokenKind::Parameter, end);
    }

    fn number(&mut self) {
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X') {
            let end = self.end_of(self.at + 2, |b| b.is_ascii_hexdigit() || b == b'_');
            return self.push(TokenKind::Number, end);
        }
        let digits = |b: u8| b.is_ascii_digit() || b == b'_';
        let mut end = self.end_of(self.at, digits);
        if self.bytes.get(end) == Some(&b'.') {
            end = self.end_of(end + 1, digits);
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            if self.bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                end = self.end_of(end + 1 + sign, digits);
            }
        }
        self.push(TokenKind::Number, end);
    }

    fn symbol(&mut self) {
        const LONG: [&str; 14] = [
            "->>", "::", "<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->", ":=", "~*", "&&",
        ];
        let rest = &self.source[self.at..];
        let length = LONG
            .iter()
            .find(|symbol| rest.starts_with(**symbol))
            .map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |symbol| symbol.len());
        self.push(TokenKind::Symbol, self.at + length);
    }

    fn unclosed(&self, what: &'static str) -> LexError {
        LexError {
            what,
            span: Span::new(self.at, self.bytes.len()),
        }
    }
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
