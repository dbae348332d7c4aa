//! Cutting a script into statements.

use super::token::{LexError, Lexing, Token, TokenKind, tokenize};
use crate::text::Span;

/// One statement of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SqlStatement {
    /// From its first token to its last; neither comments around it nor the semicolon belong to it.
    pub span: Span,
    /// Its tokens in the coordinates of the script, comments within it included.
    pub tokens: Vec<Token>,
    /// The comments between the statement before and this one.
    pub leading: Vec<Token>,
}

/// The statements of a script, in order. A body between `BEGIN` and `END` is part of its statement.
///
/// # Errors
/// A string, a quoted identifier or a comment that is not closed.
pub fn split(source: &str, lexing: &Lexing) -> Result<Vec<SqlStatement>, LexError> {
    let mut statements = Vec::new();
    let mut current = Building::default();
    for token in tokenize(source, lexing)? {
        if token.is_symbol(source, ";") && current.depth == 0 {
            statements.extend(current.finish());
            current = Building::default();
        } else {
            current.push(token, source);
        }
    }
    statements.extend(current.finish());
    Ok(statements)
}

/// A statement as far as it was read.
#[derive(Default)]
struct Building {
    leading: Vec<Token>,
    tokens: Vec<Token>,
    /// Significant words so far, at most enough to see whether a body may follow.
    words: usize,
    has_body: bool,
    creates: bool,
    /// How many `BEGIN` and `CASE` are open.
    depth: usize,
    /// The last word was `END`.
    after_end: bool,
}

impl Building {
    fn push(&mut self, token: Token, source: &str) {
        if token.kind == TokenKind::Comment {
            if self.tokens.is_empty() {
                self.leading.push(token);
            } else {
                self.tokens.push(token);
            }
            return;
        }
        let after_dot = self.tokens.last().is_some_and(|last| last.is_symbol(source, "."));
        if token.kind == TokenKind::Word && !after_dot {
            self.word(token.text(source));
        }
        self.after_end = token.is_word(source, "end");
        self.tokens.push(token);
    }

    /// Only `CREATE TRIGGER`, `PROCEDURE`, `FUNCTION`, `PACKAGE` and `EVENT` have bodies: elsewhere `BEGIN` opens a
    /// transaction and `END` closes one.
    fn word(&mut self, word: &str) {
        const WITH_BODY: [&str; 5] = ["trigger", "procedure", "function", "package", "event"];
        const WITHOUT: [&str; 6] = ["table", "view", "index", "type", "sequence", "schema"];
        let is = |expected: &str| word.eq_ignore_ascii_case(expected);
        self.words += 1;
        if self.words == 1 {
            self.creates = is("create");
        } else if self.creates && !self.has_body && self.words <= 8 {
            self.has_body = WITH_BODY.iter().any(|expected| is(expected));
            self.creates = !WITHOUT.iter().any(|expected| is(expected));
        }
        if !self.has_body {
            return;
        }
        if self.after_end {
            // `END IF` and its like close what was not counted; `END CASE` is one `END`.
            let uncounted = ["if", "loop", "while", "repeat", "for"]
                .iter()
                .any(|expected| is(expected));
            self.depth += usize::from(uncounted);
            if uncounted || is("case") {
                return;
            }
        }
        if is("begin") || (self.depth > 0 && is("case")) {
            self.depth += 1;
        } else if is("end") {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn finish(mut self) -> Option<SqlStatement> {
        let last = self.tokens.iter().rposition(|token| token.kind != TokenKind::Comment)?;
        self.tokens.truncate(last + 1);
        let span = self.tokens[0].span.to(self.tokens[last].span);
        Some(SqlStatement {
            span,
            tokens: self.tokens,
            leading: self.leading,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        split(source, &Lexing::PORTABLE)
            .unwrap()
            .iter()
            .map(|s| &source[s.span.range()])
            .collect()
    }

    #[test]
    fn semicolons_in_strings_names_comments_and_bodies_do_not_cut() {
        assert_eq!(
            texts("select ';'; select \";\" /* ; */ -- ;\n, `;`, [;] ;"),
            ["select ';'", "select \";\" /* ; */ -- ;\n, `;`, [;]",]
        );
        let trigger =
            "CREATE TRIGGER t AFTER UPDATE ON a BEGIN UPDATE b SET x = CASE WHEN 1 THEN 2 END; DELETE FROM c; END";
        assert_eq!(texts(&format!("{trigger}; select 1")), [trigger, "select 1"]);
        assert_eq!(
            texts("do $a$ begin; $$ end; $a$; select 2"),
            ["do $a$ begin; $$ end; $a$", "select 2"]
        );
    }

    #[test]
    fn a_qualified_name_is_no_keyword() {
        let trigger = "CREATE TRIGGER g AFTER INSERT ON t WHEN NEW.end > NEW.begin BEGIN DELETE FROM t; END";
        assert_eq!(texts(&format!("{trigger}; select 1")), [trigger, "select 1"]);
    }

    #[test]
    fn a_transaction_is_no_body() {
        assert_eq!(
            texts("begin; create table t (a); end; select 1;"),
            ["begin", "create table t (a)", "end", "select 1"]
        );
    }

    #[test]
    fn a_table_may_have_columns_that_begin_and_end() {
        let table = "create table event (begin int, end int)";
        assert_eq!(texts(&format!("{table}; select 1")), [table, "select 1"]);
        let trigger = "create trigger t after insert on event begin select new.end; select 1; end";
        assert_eq!(texts(&format!("{trigger}; select 1")), [trigger, "select 1"]);
    }

    #[test]
    fn end_if_does_not_end_a_procedure() {
        let procedure = "create procedure p() begin if a then select 1; end if; \
                         while b do case c when 1 then select 2; end case; end while; end";
        assert_eq!(texts(&format!("{procedure}; select 1")), [procedure, "select 1"]);
    }

    #[test]
    fn what_is_not_closed_is_named_with_its_place() {
        let error = split("select 1; select 'abc", &Lexing::PORTABLE).unwrap_err();
        assert_eq!((error.what, error.span.start), ("string", 17));
    }
}
