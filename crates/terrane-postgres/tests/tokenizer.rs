//! The tokenizer is PostgreSQL's: a text is cut where the server's own parser cuts it.
//!
//! In a transaction that is aborted the server parses what it is sent, and goes no further: it says whether that is one
//! statement, several, or none that it can read (`exec_parse_message` in `postgres.c`). So a whole text and the pieces that
//! we make of it are sent as `Parse` messages, many at once. `TERRANE_TEXTS` sets how many texts, `TERRANE_SEED` with which
//! the test begins.

use crate::harness::{say, server};
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use terrane_core::sql::{TokenKind, split, tokenize};
use terrane_postgres::FLAVOR;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % sides as u64).unwrap()
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.roll(of.len())]
    }
}

/// What PostgreSQL reads as a value, and what another server, or a careless reader, takes for something else.
const VALUES: [&str; 42] = [
    "1",
    "'a'",
    "'it''s; --'",
    "'\\'",
    "E'\\';'",
    "e'a'\n'b\\';'",
    "E'a' -- it's; \n  '\\';'",
    "E'a'\r'\\''",
    "E'a' /* ' */",
    "'a'\n'b\\'",
    "N'\\'",
    "b'1'",
    "x'3b'",
    "U&'\\0061;'",
    "U&'!0061;' uescape '!'",
    "U&\"a;\"",
    "u&1",
    "\"begin;\"",
    "\"a\"\"b;\"",
    "array[1] [ length(']') ]",
    "a[1:2]",
    "a['b;']",
    "$$;'$$",
    "$a$;$$;$b$;$a$",
    "$\u{fc}$;$\u{fc}$",
    "a$$b",
    "a$b$",
    "$1",
    "$1$$;$$",
    "1$$;$$",
    "1.5$a$;$a$",
    "@ 1",
    "@$$;$$",
    "a ?$$;$$",
    "a ?| 'b;'",
    "a @> 'b;'",
    "1 /* ; ' */",
    "1 /* /* ; */ ; */",
    "1 +/* ; */ 1",
    "1 +-- ; \n 1",
    "1 -- ; '\n",
    "1 --\r",
];

const STATEMENTS: [&str; 24] = [
    "select",
    "select 1 end",
    "select 1 as case",
    "select a.end, begin from t",
    "begin",
    "commit",
    "end",
    "abort",
    "insert into t values (1) returning a",
    "create trigger begin after insert on t for each row when (new.begin > 1) execute function f()",
    "create rule r as on insert to t do also (insert into a values (1); delete from b)",
    "create rule r as on insert to t do instead (;delete from b;;select 1;)",
    "create function f() returns int language sql begin atomic select 1; select 2; end",
    "create or replace function f(a int default case when true then 1 end) returns int begin atomic select 1 end; end",
    "create procedure p() language sql begin atomic end",
    "create procedure p() begin atomic insert into t values (case a when 1 then 2 end); select 1 case; end",
    "create function f() returns int return case when true then 1 end",
    "create function f() returns begin language sql as 'select 1; end;'",
    "create function f() returns int begin atomic create rule r as on insert to t do also (select 1; select 2); end",
    "create function end1() returns int language plpgsql as $f$ begin return ';'; end; $f$",
    "do $$ begin; end $$",
    "create table trigger_log (begin int, \"end\" int)",
    "comment on table t is E'it\\'s;'",
    "copy t from stdin",
];

const NOISE: [&str; 40] = [
    "'", "\"", "`", "[", "]", "$", "$$", "(", ")", ";", ";", ":", "::", "-", "--", "/", "*", "/*", "*/", "\r", "\n",
    "\t", " ", "#", "@", "?", "\\", "{", "e'", "x'", "U&'", "U&\"", "&", "0", ".", "\u{feff}", "\u{fc}", "end",
    "begin", "atomic",
];

fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.roll(3) {
        if dice.roll(3) == 0 {
            text.push_str(dice.pick(&STATEMENTS));
        } else {
            text.push_str("select ");
            for at in 0..=dice.roll(3) {
                text.push_str(if at == 0 { "" } else { ", " });
                text.push_str(dice.pick(&VALUES));
            }
        }
        text.push_str(dice.pick(&[";", "; ", ";;", ";\n", " ; -- ;\n", "/* ; */;", ""]));
    }
    for _ in 0..dice.roll(4) {
        let mut at = dice.roll(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        if dice.roll(4) == 0 {
            text.truncate(at);
        } else {
            text.insert_str(at, dice.pick(&NOISE));
        }
    }
    text
}

/// What the server makes of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// No statement, or one that ends the aborted transaction.
    Parsed,
    One,
    Several,
    Refused,
}

/// A session that parses and does nothing.
struct Parser {
    reading: BufReader<TcpStream>,
    writing: TcpStream,
}

impl Parser {
    fn open(url: &str) -> Parser {
        let rest = url.split_once("://").unwrap().1;
        let (user, place) = rest.split_once('@').unwrap_or(("postgres", rest));
        let (host, database) = place.split_once('/').unwrap();
        let user = user.split(':').next().unwrap();
        let database = database.split('?').next().unwrap();
        let writing = TcpStream::connect(host).unwrap();
        writing.set_nodelay(true).unwrap();
        let reading = BufReader::with_capacity(1 << 16, writing.try_clone().unwrap());
        let mut parser = Parser { reading, writing };
        let mut body = 196_608u32.to_be_bytes().to_vec();
        for part in ["user", user, "database", database, "client_encoding", "UTF8", ""] {
            body.extend(part.as_bytes());
            body.push(0);
        }
        let mut startup = u32::try_from(body.len() + 4).unwrap().to_be_bytes().to_vec();
        startup.append(&mut body);
        parser.writing.write_all(&startup).unwrap();
        parser.answer();
        for sql in ["SET standard_conforming_strings = on", "BEGIN", "SELECT 1/0"] {
            let message = message(b'Q', format!("{sql}\0").as_bytes());
            parser.writing.write_all(&message).unwrap();
            parser.answer();
        }
        parser
    }

    /// Reads up to the end of an answer.
    fn answer(&mut self) -> Verdict {
        let mut verdict = Verdict::Parsed;
        loop {
            let mut head = [0u8; 5];
            self.reading.read_exact(&mut head).unwrap();
            let length = u32::from_be_bytes(head[1..].try_into().unwrap());
            let mut body = vec![0u8; length as usize - 4];
            self.reading.read_exact(&mut body).unwrap();
            match head[0] {
                b'R' => assert_eq!(body[..4], [0; 4], "the server asks for a password"),
                b'E' => verdict = judge(&body),
                b'Z' => return verdict,
                _ => {}
            }
        }
    }

    fn parse(&mut self, texts: &[&str]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(texts.len());
        // More at once would fill the buffers of both sides.
        for some in texts.chunks(100) {
            let mut out = Vec::new();
            for text in some {
                out.extend(message(b'P', format!("\0{text}\0\0\0").as_bytes()));
                out.extend(message(b'S', b""));
            }
            self.writing.write_all(&out).unwrap();
            verdicts.extend(some.iter().map(|_| self.answer()));
        }
        verdicts
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    message.extend(body);
    message
}

fn judge(error: &[u8]) -> Verdict {
    let fields: Vec<&[u8]> = error.split(|b| *b == 0).collect();
    if fields.contains(&b"C25P02".as_slice()) {
        Verdict::One
    } else if fields.contains(&b"Mcannot insert multiple commands into a prepared statement".as_slice()) {
        Verdict::Several
    } else {
        Verdict::Refused
    }
}

/// Whether a text begins as what ends a transaction, which the server parses to its end.
fn ends_transaction(text: &str) -> bool {
    let tokens = tokenize(text, &FLAVOR.lexing).unwrap_or_default();
    let first = tokens.iter().find(|token| token.kind != TokenKind::Comment);
    let words = ["commit", "end", "rollback", "abort", "prepare"];
    first.is_some_and(|token| words.iter().any(|word| token.is_word(text, word)))
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_text_is_cut_where_postgresql_cuts_it() {
    let Some(url) = server("tokenizer") else { return };
    let mut parser = Parser::open(&url);
    let (first, count) = (number("TERRANE_SEED", 1), number("TERRANE_TEXTS", 20_000));
    let (mut read, mut statements) = (0u64, 0usize);
    for begin in (first..first + count).step_by(1_000) {
        let seeds = begin..(begin + 1_000).min(first + count);
        let texts: Vec<String> = seeds
            .clone()
            .map(|seed| text(&mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)))
            .collect();
        let cuts: Vec<Option<Vec<&str>>> = texts
            .iter()
            .map(|text| {
                let cut = split(text, &FLAVOR.lexing).ok()?;
                Some(cut.iter().map(|statement| &text[statement.span.range()]).collect())
            })
            .collect();
        let sent: Vec<&str> = texts
            .iter()
            .zip(&cuts)
            .flat_map(|(text, cut)| std::iter::once(text.as_str()).chain(cut.iter().flatten().copied()))
            .collect();
        let mut verdicts = parser.parse(&sent).into_iter();
        for ((seed, text), cut) in seeds.zip(&texts).zip(&cuts) {
            let whole = verdicts.next().unwrap();
            let Some(cut) = cut else {
                assert_eq!(
                    whole,
                    Verdict::Refused,
                    "seed {seed}: the server reads {text:?}, and we refuse it"
                );
                continue;
            };
            let pieces: Vec<Verdict> = cut.iter().map(|_| verdicts.next().unwrap()).collect();
            for (piece, verdict) in cut.iter().zip(&pieces) {
                let is_one = *verdict != Verdict::Several && (*verdict != Verdict::Parsed || ends_transaction(piece));
                assert!(is_one, "seed {seed}: {piece:?} is {verdict:?}, of {text:?}");
            }
            let is_refused = pieces.contains(&Verdict::Refused);
            assert_eq!(
                whole == Verdict::Refused,
                is_refused,
                "seed {seed}: {text:?} as {cut:?}: {pieces:?}"
            );
            if !is_refused {
                assert_eq!(
                    whole == Verdict::Several,
                    cut.len() > 1,
                    "seed {seed}: {text:?} as {cut:?}"
                );
                read += 1;
                statements += cut.len();
            }
        }
    }
    say(&format!(
        "{count} texts, {read} of them read by the server, {statements} statements, no difference"
    ));
    assert!(
        read * 5 > count,
        "too few texts are read to tell anything: {read} of {count}"
    );
}
