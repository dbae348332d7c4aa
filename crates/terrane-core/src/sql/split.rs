//! Cutting a script into statements.

use super::lex::Lexer;
use super::token::{Bodies, LexError, LexFault, Lexing, Token, TokenKind, tokenize};
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

/// The statements of a script, in order. A body between `BEGIN` and `END` is part of its statement; an empty statement is
/// nothing.
///
/// # Errors
/// A string, a quoted identifier, a comment or a parenthesis that is not closed; a NUL byte.
pub fn split(source: &str, lexing: &Lexing) -> Result<Vec<SqlStatement>, LexError> {
    let mut statements = Vec::new();
    let mut leading = Vec::new();
    let mut pieces = Pieces::new(source, *lexing, 0);
    // Whoever reads a statement tells of a parenthesis that is not closed, and where.
    pieces.closes_at_end = true;
    for piece in pieces {
        match piece? {
            Piece::Comment(token) => leading.push(token),
            Piece::Statement(statement, _) => statements.push(SqlStatement {
                leading: std::mem::take(&mut leading),
                ..statement
            }),
        }
    }
    Ok(statements)
}

/// A text that is one statement already, whatever semicolons its body has; none, where nothing but comments stands there.
///
/// # Errors
/// As [`split`].
pub fn statement(source: &str, lexing: &Lexing) -> Result<Option<SqlStatement>, LexError> {
    let tokens = tokenize(source, lexing)?;
    let first = tokens.iter().position(|token| token.kind != TokenKind::Comment);
    let Some(first) = first else { return Ok(None) };
    let leading = tokens[..first].to_vec();
    Ok(close(tokens[first..].to_vec()).map(|(statement, _)| SqlStatement { leading, ..statement }))
}

/// A piece of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// A comment that stands in no statement.
    Comment(Token),
    /// A statement, and the comments between it and its semicolon. Its `leading` is empty, since each comment before it
    /// is a piece of its own.
    Statement(SqlStatement, Vec<Token>),
}

/// The pieces of a script, one after the other: whoever reads a comment may say how to read on.
pub struct Pieces<'s> {
    source: &'s str,
    lexer: Lexer<'s>,
    /// The end of the text closes what parentheses are open.
    closes_at_end: bool,
    is_done: bool,
}

impl<'s> Pieces<'s> {
    /// The pieces of a script from that place on.
    pub fn new(source: &'s str, lexing: Lexing, from: usize) -> Pieces<'s> {
        Pieces {
            source,
            lexer: Lexer::new(source, lexing, from),
            closes_at_end: false,
            is_done: false,
        }
    }

    /// How to read what follows the last piece.
    pub fn read_on(&mut self, lexing: Lexing) {
        self.lexer.lexing = lexing;
    }

    fn piece(&mut self) -> Result<Option<Piece>, LexError> {
        let mut building = Building::new(self.lexer.lexing.bodies);
        self.lexer.begin_statement();
        while let Some(token) = self.lexer.next_token()? {
            let begins = building.tokens.is_empty();
            if begins && token.kind == TokenKind::Comment {
                return Ok(Some(Piece::Comment(token)));
            }
            if token.is_symbol(self.source, ";") && building.ends_here() {
                if !begins {
                    return Ok(building.finish());
                }
                self.lexer.begin_statement();
                building = Building::new(self.lexer.lexing.bodies);
                continue;
            }
            building.push(token, self.source);
        }
        let not_closed = |what, from| {
            Err(LexError {
                fault: LexFault::NotClosed(what),
                span: Span::new(from, building.tokens.last().map_or(from, |token| token.span.end)),
            })
        };
        match (building.open.first(), building.tokens.first()) {
            (Some(&open), _) if building.cut_open || !self.closes_at_end => not_closed("parenthesis", open),
            (_, Some(first)) if !self.closes_at_end && !building.body_ended() => not_closed("body", first.span.start),
            _ => Ok(building.finish()),
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, LexError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let piece = self.piece();
        self.is_done = !matches!(piece, Ok(Some(_)));
        piece.transpose()
    }
}

/// A statement of those tokens, and the comments at its end.
fn close(mut tokens: Vec<Token>) -> Option<(SqlStatement, Vec<Token>)> {
    let last = tokens.iter().rposition(|token| token.kind != TokenKind::Comment)?;
    let trailing = tokens.split_off(last + 1);
    let statement = SqlStatement {
        span: tokens[0].span.to(tokens[last].span),
        tokens,
        leading: Vec::new(),
    };
    Some((statement, trailing))
}

/// What a statement makes, as far as it matters for its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Makes {
    /// Too early to say: only words stood there that may come before.
    Open,
    Trigger,
    Routine,
    Other,
}

/// A statement as far as it was read.
struct Building {
    bodies: Bodies,
    tokens: Vec<Token>,
    /// Words so far.
    words: usize,
    makes: Makes,
    /// Open parentheses, by place.
    open: Vec<usize>,
    /// A semicolon stood in open parentheses.
    cut_open: bool,
    /// How many bodies, and in MariaDB's `CASE`s in them, are open.
    depth: usize,
    /// The significant token before the last, and the last.
    before: [Mark; 2],
}

/// What of a token tells where a body begins and ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Semicolon,
    Begin,
    Atomic,
    End,
    Dot,
    Other,
}

impl Building {
    fn new(bodies: Bodies) -> Building {
        Building {
            bodies,
            tokens: Vec::new(),
            words: 0,
            makes: Makes::Open,
            open: Vec::new(),
            cut_open: false,
            depth: 0,
            before: [Mark::Other, Mark::Semicolon],
        }
    }

    /// Whether a semicolon here ends the statement.
    fn ends_here(&mut self) -> bool {
        if !self.open.is_empty() {
            // PostgreSQL's rules have several actions in parentheses; no other statement has a semicolon there.
            self.cut_open = true;
            return false;
        }
        self.body_ended()
    }

    /// Whether no body is open.
    fn body_ended(&self) -> bool {
        match self.bodies {
            // SQLite's grammar ends a trigger so, and its tokenizer decides nothing else.
            Bodies::Sqlite if self.makes == Makes::Trigger => self.before == [Mark::Semicolon, Mark::End],
            _ => self.depth == 0,
        }
    }

    fn push(&mut self, token: Token, source: &str) {
        self.tokens.push(token);
        let mark = match token.kind {
            TokenKind::Comment => return,
            TokenKind::Symbol => match token.text(source) {
                ";" => Mark::Semicolon,
                "." => Mark::Dot,
                "(" => {
                    self.open.push(token.span.start);
                    Mark::Other
                }
                ")" => {
                    self.open.pop();
                    Mark::Other
                }
                _ => Mark::Other,
            },
            // A qualified name is no keyword.
            TokenKind::Word if self.before[1] != Mark::Dot => self.word(token.text(source)),
            _ => Mark::Other,
        };
        self.before = [self.before[1], mark];
    }

    fn word(&mut self, word: &str) -> Mark {
        let is = |expected: &str| word.eq_ignore_ascii_case(expected);
        self.words += 1;
        if self.makes == Makes::Open {
            self.head(word);
        }
        let mark = if is("begin") {
            Mark::Begin
        } else if is("end") {
            Mark::End
        } else if is("atomic") {
            Mark::Atomic
        } else {
            Mark::Other
        };
        match (self.makes, self.bodies) {
            (Makes::Routine, Bodies::Postgresql) => self.atomic_body(mark),
            (Makes::Routine, Bodies::Any) if self.before[1] == Mark::Begin && mark == Mark::Atomic => {
                // It was counted as a compound statement; from here on it is read as the other kind.
                self.bodies = Bodies::Postgresql;
                self.depth = 1;
            }
            (Makes::Trigger, Bodies::Any) => self.trigger_body(word, mark),
            (Makes::Routine, Bodies::Mariadb | Bodies::Any) | (Makes::Trigger, Bodies::Mariadb) => {
                self.compound(word, mark);
            }
            _ => {}
        }
        mark
    }

    /// The words before the noun. Only triggers, procedures, functions, packages and events have bodies: elsewhere
    /// `BEGIN` opens a transaction and `END` closes one.
    fn head(&mut self, word: &str) {
        const FIRST: [&str; 4] = ["create", "explain", "query", "plan"];
        const BETWEEN: [&str; 10] = [
            "or",
            "replace",
            "temp",
            "temporary",
            "constraint",
            "definer",
            "aggregate",
            "create",
            "query",
            "plan",
        ];
        let is = |expected: &&str| word.eq_ignore_ascii_case(expected);
        if self.words == 1 {
            if !FIRST[..2].iter().any(is) {
                self.makes = Makes::Other;
            }
            return;
        }
        self.makes = if is(&"trigger") {
            Makes::Trigger
        } else if ["procedure", "function", "package", "event"].iter().any(is) {
            Makes::Routine
        } else if BETWEEN.iter().any(is) || (self.has_long_heads() && self.words <= 8 && !is_noun(word)) {
            Makes::Open
        } else {
            Makes::Other
        };
    }

    /// Whether other words may stand between `CREATE` and the noun: `CREATE DEFINER = a TRIGGER`.
    fn has_long_heads(&self) -> bool {
        matches!(self.bodies, Bodies::Mariadb | Bodies::Any)
    }

    /// `BEGIN ATOMIC …; …; END`: the `END` follows a semicolon, as no statement of a body begins with that word.
    fn atomic_body(&mut self, mark: Mark) {
        let last = self.before[1];
        if mark == Mark::Atomic && last == Mark::Begin && self.open.is_empty() && self.depth == 0 {
            self.depth = 1;
        } else if mark == Mark::End && matches!(last, Mark::Semicolon | Mark::Atomic) {
            self.depth = 0;
        }
    }

    /// The body of a trigger where the server is not known: `BEGIN` and a statement of SQLite's.
    fn trigger_body(&mut self, word: &str, mark: Mark) {
        const STATEMENTS: [&str; 7] = ["select", "values", "insert", "replace", "update", "delete", "with"];
        let begins = self.before[1] == Mark::Begin && self.open.is_empty();
        if self.depth == 0 && begins && STATEMENTS.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            self.depth = 1;
        } else if mark == Mark::End && self.before[1] == Mark::Semicolon {
            self.depth = 0;
        }
    }

    /// A compound statement of MariaDB's. `END IF` and its like close what was not counted; `END CASE` is one `END`.
    fn compound(&mut self, word: &str, mark: Mark) {
        let is = |expected: &&str| word.eq_ignore_ascii_case(expected);
        if self.before[1] == Mark::End {
            let uncounted = ["if", "loop", "while", "repeat", "for"].iter().any(is);
            self.depth += usize::from(uncounted);
            if uncounted || is(&"case") {
                return;
            }
        }
        if mark == Mark::Begin || (self.depth > 0 && is(&"case")) {
            self.depth += 1;
        } else if mark == Mark::End {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn finish(self) -> Option<Piece> {
        close(self.tokens).map(|(statement, trailing)| Piece::Statement(statement, trailing))
    }
}

/// What is created without a body.
fn is_noun(word: &str) -> bool {
    const WITHOUT: [&str; 6] = ["table", "view", "index", "type", "sequence", "schema"];
    WITHOUT.iter().any(|noun| word.eq_ignore_ascii_case(noun))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts_in<'s>(source: &'s str, lexing: &Lexing) -> Vec<&'s str> {
        let statements = split(source, lexing).unwrap();
        statements.iter().map(|s| &source[s.span.range()]).collect()
    }

    fn texts(source: &str) -> Vec<&str> {
        texts_in(source, &Lexing::PORTABLE)
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
        for lexing in [Lexing::PORTABLE, Lexing::SQLITE, Lexing::POSTGRESQL] {
            assert_eq!(
                texts_in("begin; create table t (a); end; select 1;", &lexing),
                ["begin", "create table t (a)", "end", "select 1"]
            );
        }
    }

    #[test]
    fn a_table_may_have_columns_that_begin_and_end() {
        let table = "create table event (begin int, end int)";
        assert_eq!(texts(&format!("{table}; select 1")), [table, "select 1"]);
        let trigger = "create trigger t after insert on event begin select new.end; select 1; end";
        assert_eq!(texts(&format!("{trigger}; select 1")), [trigger, "select 1"]);
    }

    #[test]
    fn a_trigger_of_sqlite_ends_where_end_follows_a_semicolon() {
        for body in [
            "select begin, end, case when begin then end end from t;",
            "update t set end = 1, begin = 2; delete from t where case = 3;",
            "select 1 as end; select end from t;",
            "select 1; select 2; /* end; */ -- end;\n",
        ] {
            for head in [
                "create trigger",
                "create temp trigger if not exists",
                "explain create trigger",
            ] {
                let trigger =
                    format!("{head} begin after update of begin, end on end when begin > end begin {body} end");
                let script = format!("{trigger} ; select 1");
                assert_eq!(
                    texts_in(&script, &Lexing::SQLITE),
                    [trigger.as_str(), "select 1"],
                    "{script}"
                );
            }
        }
        let script =
            "create table trigger_log (end int); create trigger end after insert on t begin select 1; end; end";
        assert_eq!(texts_in(script, &Lexing::SQLITE).len(), 3);
    }

    #[test]
    fn a_trigger_of_postgresql_has_no_body() {
        let trigger = "create trigger begin after insert on t for each row when (new.begin > 1) execute function f()";
        for lexing in [Lexing::POSTGRESQL, Lexing::PORTABLE] {
            assert_eq!(
                texts_in(&format!("{trigger}; select 1"), &lexing),
                [trigger, "select 1"]
            );
        }
    }

    #[test]
    fn an_atomic_body_ends_where_end_follows_a_semicolon() {
        let function = "create or replace function f(a int default case when true then 1 end) returns int language sql \
                        begin atomic select 1 end; select case a when 1 then 2 end as case; end";
        for lexing in [Lexing::POSTGRESQL, Lexing::PORTABLE] {
            assert_eq!(
                texts_in(&format!("{function}; select 1"), &lexing),
                [function, "select 1"]
            );
        }
        let empty = "create procedure p() begin atomic end";
        assert_eq!(
            texts_in(&format!("{empty}; select 1"), &Lexing::POSTGRESQL),
            [empty, "select 1"]
        );
    }

    #[test]
    fn a_rule_has_several_actions_in_parentheses() {
        let rule = "create rule r as on insert to t do also (insert into a values (1); delete from b;)";
        assert_eq!(
            texts_in(&format!("{rule}; select 1"), &Lexing::POSTGRESQL),
            [rule, "select 1"]
        );
        let error = split("select (1; select 2;", &Lexing::SQLITE).unwrap_err();
        assert_eq!((error.fault, error.span.start), (LexFault::NotClosed("parenthesis"), 7));
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
        assert_eq!((error.fault, error.span.start), (LexFault::NotClosed("string"), 17));
    }

    #[test]
    fn strings_and_names_are_each_servers_own() {
        let one = [
            (Lexing::POSTGRESQL, "select E'a'\n'b\\'; commit; select '"),
            (Lexing::POSTGRESQL, "select e'a' -- it's\n  '\\'; commit; select '"),
            (Lexing::POSTGRESQL, "select U&'a;' uescape ';', U&\"b;\""),
            (Lexing::POSTGRESQL, "select /* /* ; */ ; */ 1"),
            (Lexing::POSTGRESQL, "select $ünï$ ; $$ $ünï$, a$$b"),
            (Lexing::SQLITE, "select 1 --\r; commit; select 2\n, 3"),
            (Lexing::SQLITE, "select a[';], ['], $a(;), $b::c(';'), #d(;)"),
            (Lexing::SQLITE, "select 1 as \u{feff}`;`"),
        ];
        for (lexing, text) in one {
            assert_eq!(texts_in(text, &lexing), [text]);
        }
        let several: [(Lexing, &str, usize); 7] = [
            (Lexing::POSTGRESQL, "select 1 --\r; commit; select 2", 3),
            (Lexing::POSTGRESQL, "select array[1] [ length(']') ]; commit", 2),
            (Lexing::POSTGRESQL, "select '\\'; commit; select '", 2),
            (Lexing::POSTGRESQL, "select $1$$;$$; commit", 2),
            (Lexing::SQLITE, "select e'\\'; commit; select '1'", 3),
            (Lexing::SQLITE, "select $$; commit; select $$", 3),
            (Lexing::SQLITE, "select /* /* */ 1; commit /* */", 2),
        ];
        for (lexing, text, count) in several {
            match split(text, &lexing) {
                Ok(statements) => assert_eq!(statements.len(), count, "{text}"),
                Err(error) => assert_eq!(error.fault, LexFault::NotClosed("string"), "{text}"),
            }
        }
    }

    #[test]
    fn nul_and_depth_are_told_at_once() {
        for text in ["select \0", "select '\0'", "-- \0\nselect 1"] {
            assert_eq!(split(text, &Lexing::SQLITE).unwrap_err().fault, LexFault::Nul);
        }
        let deep = format!("select {}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(split(&deep, &Lexing::SQLITE).unwrap_err().fault, LexFault::TooDeep);
    }
}
