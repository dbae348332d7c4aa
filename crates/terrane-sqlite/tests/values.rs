//! After a change of type a value is the same value, or the change is refused with the column and the number of rows:
//! every pair of kinds of columns, each with fifty hostile values (docs/decisions/006).

use crate::harness::{block_on, database, desired, difference, say};
use sqlx::{Row, TypeInfo, ValueRef};
use terrane_core::dialect::Dialect;
use terrane_core::diff::Renames;
use terrane_sqlite::Sqlite;
use terrane_sqlite::connect::Database;
use terrane_sqlite::misfit::misfit;
use terrane_sqlite::say::Failure;

/// A declared type, and whether its table is STRICT.
const KINDS: [(&str, bool); 12] = [
    ("TEXT", false),
    ("INTEGER", false),
    ("REAL", false),
    ("NUMERIC", false),
    ("BLOB", false),
    ("", false),
    ("ANY", false),
    ("INTEGER", true),
    ("REAL", true),
    ("TEXT", true),
    ("BLOB", true),
    ("ANY", true),
];

const VALUES: [&str; 60] = [
    "NULL",
    "0",
    "7",
    "-1",
    "-0.0",
    "7.0",
    "0.5",
    "0.1",
    "0.1 + 0.2",
    "1234567890.1234567",
    "1e300",
    "-1e300",
    "1e-300",
    "5e-324",
    "2.2250738585072014e-308",
    "1.7976931348623157e308",
    "9e999",
    "-9e999",
    "9e999 - 9e999",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775807.0",
    "9.0e18",
    "1e15",
    "1e16",
    "123456789012345680.0",
    "3.141592653589793",
    "1.0 / 3",
    "2.675",
    "100.0 / 7",
    "''",
    "' '",
    "'7'",
    "'007'",
    "' 7'",
    "'7 '",
    "'+7'",
    "'-0'",
    "'0.0'",
    "'7.0'",
    "'7.10'",
    "'1e3'",
    "'1e300'",
    "'0x10'",
    "'9007199254740993'",
    "'9223372036854775807'",
    "'9223372036854775808'",
    "'0.30000000000000004'",
    "'1234567890.1234567'",
    "'Inf'",
    "'nan'",
    "'seven'",
    "CAST(x'6100620000' AS TEXT)",
    "CAST(x'3700' AS TEXT)",
    "x''",
    "x'00'",
    "x'37'",
];

#[derive(Clone, PartialEq, Debug)]
enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

async fn value(database: &mut Database<'_>) -> Value {
    let rows = database
        .rows("SELECT v, CAST(v AS BLOB) FROM t ORDER BY id LIMIT 1")
        .await
        .unwrap();
    let row = &rows[0];
    let raw = row.try_get_raw(0).unwrap();
    let bytes = |row: &sqlx::sqlite::SqliteRow| row.get_unchecked::<Option<Vec<u8>>, _>(1).unwrap_or_default();
    if raw.is_null() {
        return Value::Null;
    }
    match raw.type_info().name() {
        "INTEGER" => Value::Integer(row.get_unchecked(0)),
        "REAL" => Value::Real(row.get_unchecked(0)),
        "BLOB" => Value::Blob(bytes(row)),
        _ => Value::Text(bytes(row)),
    }
}

/// Whether the number is exactly the other; no integer has more than 64 bits, and no other number is compared by rounding.
fn equal(integer: i64, real: f64) -> bool {
    real.fract() == 0.0 && real.abs() < 1e19 && real as i128 == i128::from(integer)
}

/// Digits without the zeros around them, and where the point is: what a decimal number is, however it is spelled.
fn decimal(text: &str) -> Option<(bool, String, i32)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut exponent: i32 = exponent.parse().ok()?;
    let mut digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    exponent -= i32::try_from(fraction.len()).ok()?;
    let trimmed = digits.trim_end_matches('0').len();
    exponent += i32::try_from(digits.len() - trimmed).ok()?;
    digits.truncate(trimmed);
    let digits = digits.trim_start_matches('0').to_owned();
    Some((
        negative && !digits.is_empty(),
        digits.clone(),
        if digits.is_empty() { 0 } else { exponent },
    ))
}

/// Neither a sign nor a zero too many.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.starts_with('+') && (digits == "0" || !digits.starts_with('0') || digits.starts_with("0.")) && text != "-0"
}

/// The law itself, told without SQLite.
fn is_same(old: &Value, new: &Value) -> bool {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    match (old, new) {
        (Value::Integer(a), Value::Real(b)) | (Value::Real(b), Value::Integer(a)) => equal(*a, *b),
        (Value::Integer(number), Value::Text(bytes)) => text(bytes) == Some(number.to_string()),
        // The shortest digits that read back as the number, which is what Rust writes, in SQLite's spelling.
        (Value::Real(number), Value::Text(bytes)) => text(bytes)
            .is_some_and(|text| text.parse() == Ok(*number) && decimal(&text) == decimal(&format!("{number:e}"))),
        // A text that says the number as a number is written.
        (Value::Text(bytes), Value::Integer(number)) => {
            text(bytes).is_some_and(|text| is_plain(&text) && decimal(&text) == decimal(&number.to_string()))
        }
        (Value::Text(bytes), Value::Real(number)) => text(bytes).is_some_and(|text| {
            let is_integer = text.parse().is_ok_and(|integer| equal(integer, *number));
            let is_shortest = text.parse() == Ok(*number) && decimal(&text) == decimal(&format!("{number:e}"));
            is_plain(&text) && (is_integer || is_shortest)
        }),
        (old, new) => old == new,
    }
}

fn table((ty, strict): (&str, bool)) -> String {
    let strict = if strict { " STRICT" } else { "" };
    format!("CREATE TABLE t (id INTEGER PRIMARY KEY, v {ty}){strict}")
}

/// The statements of a change from one kind to the other.
async fn statements(from: (&str, bool), to: (&str, bool)) -> Vec<String> {
    let before = desired(&table(from)).await;
    let delta = difference(&before, &desired(&table(to)).await, &Renames::default());
    let lowered = Sqlite.lower(&delta.ops, &before).unwrap();
    lowered.into_iter().map(|statement| statement.sql).collect()
}

/// What became of one value: whether the change was refused.
async fn changed(database: &mut Database<'_>, statements: &[&str], said: &str, pair: &str) -> Option<bool> {
    let insert = format!("BEGIN; INSERT INTO t (v) VALUES ({said}), ({said})");
    if database.execute(&insert).await.is_err() {
        // What the column does not take in the first place is no value of it.
        database.execute("ROLLBACK").await.unwrap();
        return None;
    }
    let old = value(database).await;
    let refused = match database.say(statements, |_| ()).await {
        Ok(()) => {
            let new = value(database).await;
            assert!(is_same(&old, &new), "{pair}: {said}: {old:?} became {new:?}");
            false
        }
        Err((_, Failure::Several)) => panic!("{pair}: a statement is several"),
        Err((at, Failure::Refused(error))) => {
            let misfit = misfit(database, statements[at], &error).await.unwrap();
            let message = misfit.map_or_else(|| error.to_string(), |misfit| misfit.message);
            let expected = "2 rows of `t` have values in `v` that would change with its type";
            assert_eq!(message, expected, "{pair}: {said}");
            true
        }
    };
    database.execute("ROLLBACK").await.unwrap();
    Some(refused)
}

#[test]
fn a_value_is_the_same_after_a_change_of_type_or_the_change_is_refused() {
    block_on(async {
        let (mut kept, mut refused) = (0, 0);
        for from in KINDS {
            let mut database = database(&table(from)).await;
            for to in KINDS.into_iter().filter(|to| *to != from) {
                let statements = statements(from, to).await;
                let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
                for said in VALUES {
                    match changed(&mut database, &statements, said, &format!("{from:?} to {to:?}")).await {
                        Some(true) => refused += 1,
                        Some(false) => kept += 1,
                        None => {}
                    }
                }
            }
        }
        say(&format!("{kept} values kept, {refused} changes refused"));
        assert!(kept > 4_000 && refused > 1_000, "{kept} {refused}");
    });
}
