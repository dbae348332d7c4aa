//! The lexer: one token after the other, so that a reader may change the lexing between two of them.

use super::token::{Brackets, DEEPEST, LexError, LexFault, Lexing, Token, TokenKind};
use crate::text::Span;

pub(super) struct Lexer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    pub(super) lexing: Lexing,
    at: usize,
    last: Option<Token>,
    /// How many parentheses are open.
    depth: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str, lexing: Lexing, at: usize) -> Lexer<'s> {
        Lexer {
            source,
            bytes: source.as_bytes(),
            lexing,
            at,
            last: None,
            depth: 0,
        }
    }

    /// The next token; none at the end.
    pub(super) fn next_token(&mut self) -> Result<Option<Token>, LexError> {
        self.blanks();
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let (kind, end) = self.token()?;
        let token = Token {
            kind,
            span: Span::new(self.at, end),
        };
        // A server's reading ends at it, in comments and strings too.
        if let Some(nul) = self.bytes[self.at..end].iter().position(|&b| b == 0) {
            return Err(LexError {
                fault: LexFault::Nul,
                span: Span::new(self.at + nul, self.at + nul + 1),
            });
        }
        self.nest(token)?;
        self.at = end;
        self.last = Some(token);
        Ok(Some(token))
    }

    fn nest(&mut self, token: Token) -> Result<(), LexError> {
        if token.kind != TokenKind::Symbol {
            return Ok(());
        }
        match self.bytes[token.span.start] {
            b'(' => self.depth += 1,
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEEPEST {
            return Err(LexError {
                fault: LexFault::TooDeep,
                span: token.span,
            });
        }
        Ok(())
    }

    /// What was read until now is done with: nothing of it is open.
    pub(super) fn begin_statement(&mut self) {
        self.depth = 0;
        self.last = None;
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        let mut start = self.at;
        loop {
            let byte = self.peek(0);
            // SQLite takes a vertical tab for a blank behind another blank, and for no token elsewhere; PostgreSQL takes
            // it for one since 16.
            let vertical = byte == 0x0b && (!self.lexing.tcl_variables || self.at > start);
            let mark = self.lexing.tcl_variables && self.bytes[self.at..].starts_with(b"\xef\xbb\xbf");
            if byte.is_ascii_whitespace() || vertical {
                self.at += 1;
            } else if mark {
                // SQLite's tokenizer takes a byte order mark for a blank of its own wherever a token may begin.
                self.at += 3;
                start = self.at;
            } else {
                return;
            }
        }
    }

    /// The kind and the end of the token that begins here.
    fn token(&self) -> Result<(TokenKind, usize), LexError> {
        use TokenKind::{Number, QuotedIdentifier, String, Word};
        let at = self.at;
        Ok(match self.peek(0) {
            b'-' if self.peek(1) == b'-' => self.line_comment(),
            b'#' if self.lexing.hash_comments => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment()?,
            b'\'' => (String, self.string(at, self.lexing.backslash_escapes)?),
            b'x' | b'X' | b'n' | b'N' | b'b' | b'B' if self.peek(1) == b'\'' => {
                (String, self.string(at + 1, self.lexing.backslash_escapes)?)
            }
            b'e' | b'E' if self.peek(1) == b'\'' && self.lexing.escape_strings => (String, self.string(at + 1, true)?),
            b'u' | b'U' if self.lexing.unicode_prefix && self.peek(1) == b'&' && self.peek(2) == b'\'' => {
                (String, self.string(at + 2, false)?)
            }
            b'u' | b'U' if self.lexing.unicode_prefix && self.peek(1) == b'&' && self.peek(2) == b'"' => {
                (QuotedIdentifier, self.quoted(at + 2, false, "quoted identifier")?)
            }
            b'"' => (QuotedIdentifier, self.quoted(at, false, "quoted identifier")?),
            b'`' if self.lexing.backtick_identifiers => {
                (QuotedIdentifier, self.quoted(at, false, "quoted identifier")?)
            }
            b'[' if self.bracket_quotes() => (QuotedIdentifier, self.bracketed()?),
            b'$' if self.lexing.dollar_quotes && self.dollar_tag().is_some() => (String, self.dollar_string()?),
            b'?' | b':' | b'@' | b'$' | b'#' if self.is_parameter() => self.parameter(),
            byte if byte.is_ascii_digit() || (byte == b'.' && self.peek(1).is_ascii_digit()) => {
                let end = self.number();
                // Letters behind a number are no token of their own to SQLite, and make it none.
                let junk = self.lexing.tcl_variables;
                (Number, if junk { self.end_of(end, is_word_part) } else { end })
            }
            byte if is_word_start(byte) => (Word, self.end_of(at, is_word_part)),
            _ => self.symbol(),
        })
    }

    fn end_of(&self, from: usize, part: fn(u8) -> bool) -> usize {
        self.bytes[from..]
            .iter()
            .position(|&b| !part(b))
            .map_or(self.bytes.len(), |n| from + n)
    }

    fn bracket_quotes(&self) -> bool {
        match self.lexing.brackets {
            Brackets::Quote => true,
            Brackets::QuoteAside => !self.follows_operand(),
            Brackets::Subscript => false,
        }
    }

    /// `a[1]` is a subscript, not an identifier in brackets.
    fn follows_operand(&self) -> bool {
        self.last.is_some_and(|token| {
            token.span.end == self.at
                && (matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
                    || matches!(token.text(self.source), ")" | "]"))
        })
    }

    fn line_comment(&self) -> (TokenKind, usize) {
        let end = match self.lexing.return_ends_comment {
            true => self.end_of(self.at, |b| b != b'\n' && b != b'\r'),
            false => self.end_of(self.at, |b| b != b'\n'),
        };
        // Where lines end in two characters, the first is no part of the comment, whoever reads it.
        let end = end - usize::from(self.bytes[end - 1] == b'\r');
        (TokenKind::Comment, end)
    }

    /// A block comment that is never closed runs to the end in SQLite; here it is a mistake, as everywhere else.
    fn block_comment(&self) -> Result<(TokenKind, usize), LexError> {
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
                        return Ok((TokenKind::Comment, at));
                    }
                }
                _ => at += 1,
            }
        }
        Err(self.unclosed("comment"))
    }

    /// The end of a string whose quote stands at `open`. PostgreSQL joins strings with a line end between them to one,
    /// in which backslashes mean what they meant in the first.
    fn string(&self, open: usize, backslash: bool) -> Result<usize, LexError> {
        let mut end = self.quoted(open, backslash, "string")?;
        if backslash && self.lexing.escape_strings {
            while let Some(next) = self.continuation(end) {
                end = self.quoted(next, backslash, "string")?;
            }
        }
        Ok(end)
    }

    /// The quote of a string that continues the one which ended here: blanks and `--` comments with a line end among them
    /// stand between (`quotecontinue` in `scan.l`).
    fn continuation(&self, from: usize) -> Option<usize> {
        let mut at = from;
        let mut line_ended = false;
        loop {
            match self.bytes.get(at)? {
                b'\n' | b'\r' => line_ended = true,
                b' ' | b'\t' | 0x0b | 0x0c => {}
                b'-' if self.bytes.get(at + 1) == Some(&b'-') => {
                    at = self.end_of(at, |b| b != b'\n' && b != b'\r');
                    continue;
                }
                b'\'' if line_ended => return Some(at),
                _ => return None,
            }
            at += 1;
        }
    }

    /// The end of what is quoted by the byte at `open`, in which two of that byte stand for one.
    fn quoted(&self, open: usize, backslash: bool, what: &'static str) -> Result<usize, LexError> {
        let close = self.bytes[open];
        let mut at = open + 1;
        while at < self.bytes.len() {
            let byte = self.bytes[at];
            if backslash && byte == b'\\' {
                at += 2;
            } else if byte != close {
                at += 1;
            } else if self.bytes.get(at + 1) == Some(&close) {
                at += 2;
            } else {
                return Ok(at + 1);
            }
        }
        Err(self.unclosed(what))
    }

    fn bracketed(&self) -> Result<usize, LexError> {
        let length = self.source[self.at..].find(']');
        length
            .map(|length| self.at + length + 1)
            .ok_or_else(|| self.unclosed("quoted identifier"))
    }

    /// The tag of a dollar quote that begins here, `$` signs included.
    fn dollar_tag(&self) -> Option<&'s str> {
        let end = self.end_of(self.at + 1, |b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80);
        let first = self.peek(1);
        (self.bytes.get(end) == Some(&b'$') && !first.is_ascii_digit()).then(|| &self.source[self.at..=end])
    }

    fn dollar_string(&self) -> Result<usize, LexError> {
        let tag = self.dollar_tag().unwrap_or("$$");
        let body = self.at + tag.len();
        match self.source[body..].find(tag) {
            Some(length) => Ok(body + length + tag.len()),
            None => Err(self.unclosed("string")),
        }
    }

    fn is_parameter(&self) -> bool {
        match self.peek(0) {
            b'?' => true,
            _ if self.lexing.tcl_variables => self.tcl_variable().is_some(),
            // PostgreSQL's have numbers: `@E'…'` is an operator and a string.
            b'$' if self.lexing.unicode_prefix => self.peek(1).is_ascii_digit(),
            _ if self.lexing.unicode_prefix => false,
            b'#' => false,
            b'$' => is_word_part(self.peek(1)),
            // `@$$text$$` and `@1` begin with an operator.
            _ if self.lexing.dollar_quotes => is_word_start(self.peek(1)),
            b':' => is_word_start(self.peek(1)),
            _ => is_word_part(self.peek(1)),
        }
    }

    fn parameter(&self) -> (TokenKind, usize) {
        let digits = self.end_of(self.at + 1, |b| b.is_ascii_digit());
        let end = match self.peek(0) {
            b'?' => digits,
            // `$1$$text$$` is two tokens.
            b'$' if self.lexing.dollar_quotes && digits > self.at + 1 => digits,
            _ if self.lexing.tcl_variables => self.tcl_variable().unwrap_or(self.at + 1),
            _ => self.end_of(self.at + 1, is_word_part),
        };
        (TokenKind::Parameter, end)
    }

    /// The end of a variable of SQLite's, which may be Tcl's `$name::space(index)`: anything but a blank stands in the
    /// index, quotes and semicolons too.
    fn tcl_variable(&self) -> Option<usize> {
        let mut at = self.at + 1;
        let mut letters = 0usize;
        while let Some(&byte) = self.bytes.get(at) {
            if is_word_part(byte) {
                letters += 1;
                at += 1;
            } else if byte == b'(' && letters > 0 {
                let blank = |b: u8| b.is_ascii_whitespace() || b == 0x0b || b == 0;
                while self.bytes.get(at).is_some_and(|&b| !blank(b) && b != b')') {
                    at += 1;
                }
                at += usize::from(self.bytes.get(at) == Some(&b')'));
                break;
            } else if byte == b':' && self.bytes.get(at + 1) == Some(&b':') {
                at += 2;
            } else {
                break;
            }
        }
        (letters > 0).then_some(at)
    }

    fn number(&self) -> usize {
        let base = match (self.peek(0), self.peek(1) | 0x20) {
            (b'0', b'x') => Some(u8::is_ascii_hexdigit as fn(&u8) -> bool),
            (b'0', b'o' | b'b') if self.lexing.dollar_quotes => Some(u8::is_ascii_digit as fn(&u8) -> bool),
            _ => None,
        };
        if let Some(is_digit) = base {
            let rest = &self.bytes[self.at + 2..];
            let length = rest.iter().position(|b| !is_digit(b) && *b != b'_');
            return self.at + 2 + length.unwrap_or(rest.len());
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
        end
    }

    fn symbol(&self) -> (TokenKind, usize) {
        const LONG: [&str; 14] = [
            "->>", "::", "<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->", ":=", "~*", "&&",
        ];
        let rest = &self.source[self.at..];
        let length = LONG
            .iter()
            .find(|symbol| rest.starts_with(**symbol))
            .map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |symbol| symbol.len());
        (TokenKind::Symbol, self.at + length)
    }

    fn unclosed(&self, what: &'static str) -> LexError {
        LexError {
            fault: LexFault::NotClosed(what),
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
