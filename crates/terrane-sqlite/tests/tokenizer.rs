//! The tokenizer is SQLite's: a text is cut where SQLite itself cuts it.
//!
//! SQLite runs a whole text, statement by statement, and on a second database the pieces that we make of it, one by one.
//! Both have to come to the same: as many statements, the same rows, the first error in the same place. `TERRANE_TEXTS`
//! sets how many texts, `TERRANE_SEED` with which the test begins.

use crate::harness::{block_on, say};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Either, Row, SqliteConnection};
use terrane_core::sql::{LexFault, split};
use terrane_sqlite::FLAVOR;

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

/// What SQLite reads as a value, and what another server, or a careless reader, takes for something else.
const VALUES: [&str; 34] = [
    "1",
    "'a'",
    "'it''s; --'",
    "'\\'",
    "e'\\'",
    "E'a'\n'b'",
    "n';'",
    "x'3b'",
    "\"begin\"",
    "end",
    "begin",
    "[a;']",
    "1 [';]",
    "1[']",
    "1 `;'`",
    "1 \"a\"\"b;\"",
    "$a",
    "$$",
    "$a$;$a$",
    ":b",
    ":b::c(';')",
    "@d(--)",
    "#e",
    "$f(\";",
    "?",
    "?1",
    "1 /* ; ' */",
    "1 /* /* ; */",
    "1 -- ; '\n",
    "1 --\r; select 2\n",
    "1 \u{c}\u{b} ",
    "\u{feff}1",
    "case when 1 then 2 end",
    "(select ';')",
];

const STATEMENTS: [&str; 16] = [
    "select * from t",
    "insert into t values (1, 2, 3)",
    "delete from t where begin > end",
    "begin",
    "commit",
    "end",
    "rollback",
    "create trigger g1 after insert on t begin select 1; end",
    "create trigger if not exists begin after update of end on t when end > begin begin delete from t where begin; end",
    "create temp trigger end before delete on t for each row begin update t set end = begin; select end, begin; end",
    "create temporary trigger g2 after insert on t begin select case when 1 then 2 end end; /* ; end; */ end",
    "create table if not exists trigger_log (begin, end)",
    "explain select 1",
    "explain query plan select end from t",
    "drop trigger if exists g1",
    "with begin as (select 1) select * from begin",
];

const NOISE: [&str; 36] = [
    "'", "\"", "`", "[", "]", "$", "(", ")", ";", ";", ":", "::", "-", "--", "/", "*", "/*", "*/", "\r", "\n", "\u{b}",
    " ", "#", "@", "?", "\\", "{", "e'", "x'", "&", "0", ".", "\u{feff}", "é", "end", "begin",
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

/// What a text comes to: a line for each statement that ran, and one for the error that ended it.
async fn outcome(connection: &mut SqliteConnection, sql: &str, into: &mut Vec<String>) -> bool {
    let mut rows = Vec::new();
    // The driver takes what Rust calls blank off both ends of a text, a vertical tab too, which is no token of SQLite's.
    let sql = format!("/**/{sql}\n/**/");
    let mut answers = sqlx::raw_sql(AssertSqlSafe(sql.as_str())).fetch_many(connection);
    loop {
        match answers.try_next().await {
            Ok(Some(Either::Right(row))) => rows.push(row.len()),
            Ok(Some(Either::Left(_))) => into.push(format!("{:?}", std::mem::take(&mut rows))),
            Ok(None) => return true,
            Err(_) => {
                into.push("error".to_owned());
                return false;
            }
        }
    }
}

async fn fresh() -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let table = sqlx::raw_sql("create table t (a, begin, \"end\"); insert into t values (1, 2, 3)");
    table.execute(&mut connection).await.unwrap();
    connection
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_text_is_cut_where_sqlite_cuts_it() {
    let (first, count) = (number("TERRANE_SEED", 1), number("TERRANE_TEXTS", 4_000));
    let (mut ran, mut statements) = (0u64, 0usize);
    block_on(async {
        let (mut whole, mut apart) = (fresh().await, fresh().await);
        for seed in first..first + count {
            // What the texts leave behind is the same on both sides, and must not grow for ever.
            if seed % 500 == 0 {
                (whole, apart) = (fresh().await, fresh().await);
            }
            let text = text(&mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
            let cut = match split(&text, &FLAVOR.lexing) {
                Ok(cut) => cut,
                // SQLite lets a comment run to the end; here that is a mistake.
                Err(error) if error.fault == LexFault::NotClosed("comment") => continue,
                Err(_) => {
                    let mut said = Vec::new();
                    let all = outcome(&mut whole, &text, &mut said).await;
                    assert!(!all, "seed {seed}: SQLite runs {text:?}, and we refuse it");
                    (whole, apart) = (fresh().await, fresh().await);
                    continue;
                }
            };
            let (mut meant, mut found) = (Vec::new(), Vec::new());
            let all = outcome(&mut whole, &text, &mut meant).await;
            for statement in &cut {
                let before = found.len();
                let piece = format!("{};", &text[statement.span.range()]);
                let went_on = outcome(&mut apart, &piece, &mut found).await;
                assert_eq!(
                    found.len(),
                    before + 1,
                    "seed {seed}: a piece of {text:?} is not one statement"
                );
                if !went_on {
                    break;
                }
            }
            assert_eq!(found, meant, "seed {seed}: {text:?}");
            ran += u64::from(all);
            statements += meant.len();
        }
    });
    say(&format!(
        "{count} texts, {ran} of them without an error, {statements} statements, no difference"
    ));
    assert!(ran * 10 > count, "too few texts run to tell anything: {ran} of {count}");
}
