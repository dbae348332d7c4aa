//! A place in the tokens of one statement.

use super::{Flavor, Malformed};
use crate::name::{Folding, Ident, ObjectName};
use crate::schema::Expr;
use crate::sql::{Lexing, Token, TokenKind, unquote};
use crate::text::Span;

pub(super) type Read<T> = Result<T, Malformed>;

#[derive(Clone)]
pub(super) struct Cursor<'s> {
    pub(super) source: &'s str,
    pub(super) flavor: &'s Flavor,
    tokens: Vec<Token>,
    at: usize,
    end: usize,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(source: &'s str, tokens: &[Token], flavor: &'s Flavor) -> Cursor<'s> {
        let tokens: Vec<Token> = tokens
            .iter()
            .filter(|token| token.kind != TokenKind::Comment)
            .copied()
            .collect();
        let end = tokens.last().map_or(0, |token| token.span.end);
        Cursor {
            source,
            flavor,
            tokens,
            at: 0,
            end,
        }
    }

    pub(super) fn token(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn bump(&mut self) -> Option<Token> {
        let token = self.token(0);
        self.at += usize::from(token.is_some());
        token
    }

    /// The place of the next token, or the end of the statement.
    pub(super) fn here(&self) -> Span {
        self.token(0).map_or(Span::new(self.end, self.end), |token| token.span)
    }

    pub(super) fn last_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].span.end)
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Malformed {
            message: message.into(),
            span: self.here(),
        })
    }

    pub(super) fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        self.token(ahead).is_some_and(|token| token.is_word(self.source, word))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    pub(super) fn is_words(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(ahead, word)| self.is_word_at(ahead, word))
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.token(0).is_some_and(|token| token.is_symbol(self.source, symbol))
    }

    /// Takes the words if they all come next.
    pub(super) fn take(&mut self, words: &[&str]) -> bool {
        let found = self.is_words(words);
        self.at += if found { words.len() } else { 0 };
        found
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, words: &[&str]) -> Read<()> {
        if self.take(words) {
            Ok(())
        } else {
            self.fail(format!("expected {}", words.join(" ").to_uppercase()))
        }
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Read<()> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            self.fail(format!("expected `{symbol}`"))
        }
    }

    pub(super) fn expect_end(&self) -> Read<()> {
        if self.is_done() {
            Ok(())
        } else {
            self.fail("cannot read on from here")
        }
    }

    /// Whether the text is SQLite's own, which reads a few things as nobody else does.
    pub(super) fn is_sqlite(&self) -> bool {
        self.flavor.lexing == Lexing::SQLITE
    }

    /// Whether the text is PostgreSQL's own.
    pub(super) fn is_postgres(&self) -> bool {
        self.flavor.lexing == Lexing::POSTGRESQL
    }

    /// A name. SQLite takes a string in single quotes for one where a name has to be.
    pub(super) fn ident(&mut self) -> Read<Ident> {
        match self.token(0) {
            Some(token)
                if matches!(
                    token.kind,
                    TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::String
                ) =>
            {
                self.at += 1;
                let written = token.text(self.source);
                if token.kind == TokenKind::Word && self.flavor.folding == Folding::LowerUnquoted {
                    return Ok(self.flavor.ident(&written.to_lowercase()));
                }
                Ok(self.flavor.ident(&unquote(written)))
            }
            _ => self.fail("expected a name"),
        }
    }

    pub(super) fn object(&mut self) -> Read<ObjectName> {
        let first = self.ident()?;
        if !self.take_symbol(".") {
            return Ok(ObjectName::bare(first));
        }
        let name = self.ident()?;
        let goes_without_saying = self
            .flavor
            .default_schema
            .is_some_and(|default| first.as_str().eq_ignore_ascii_case(default));
        Ok(ObjectName {
            schema: (!goes_without_saying).then_some(first),
            name,
        })
    }

    /// `(a, b, …)`.
    pub(super) fn names(&mut self) -> Read<Vec<Ident>> {
        self.expect_symbol("(")?;
        let mut names = vec![self.ident()?];
        while self.take_symbol(",") {
            names.push(self.ident()?);
        }
        self.expect_symbol(")")?;
        Ok(names)
    }

    /// A string literal's value.
    pub(super) fn string(&mut self) -> Read<String> {
        match self.token(0) {
            Some(token) if token.kind == TokenKind::String => {
                self.at += 1;
                Ok(unquote(token.text(self.source)).into_owned())
            }
            _ => self.fail("expected a string"),
        }
    }

    /// Skips a pair of parentheses and what is between; gives the place of what is between.
    pub(super) fn parenthesized(&mut self) -> Read<Span> {
        let open = self.here();
        self.expect_symbol("(")?;
        let mut depth = 1usize;
        while let Some(token) = self.bump() {
            depth += usize::from(token.is_symbol(self.source, "("));
            depth -= usize::from(token.is_symbol(self.source, ")"));
            if depth == 0 {
                return Ok(Span::new(open.end, token.span.start));
            }
        }
        Err(Malformed {
            message: "this parenthesis is not closed".to_owned(),
            span: open,
        })
    }

    /// The expression between parentheses.
    pub(super) fn expr_in_parentheses(&mut self) -> Read<Expr> {
        let span = self.parenthesized()?;
        Ok(self.flavor.expr(&self.source[span.range()]))
    }

    /// What is left of an item in a list.
    pub(super) fn item(&mut self) -> Read<Expr> {
        let start = self.here().start;
        while !self.is_done() && !self.is_symbol(",") && !self.is_symbol(")") {
            if self.is_symbol("(") {
                self.parenthesized()?;
            } else {
                self.bump();
            }
        }
        Ok(self.flavor.expr(self.text_from(start)))
    }

    /// All that is left of the statement.
    pub(super) fn rest(&mut self) -> Read<Expr> {
        let start = self.here().start;
        if self.is_done() {
            return self.fail("expected more");
        }
        self.at = self.tokens.len();
        Ok(self.flavor.expr(&self.source[start..self.end]))
    }

    pub(super) fn text_from(&self, start: usize) -> &'s str {
        &self.source[start..self.last_end()]
    }
}
