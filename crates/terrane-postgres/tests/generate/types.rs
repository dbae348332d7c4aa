//! Schemas, types, sequences and routines.

use super::{Made, Tape};

pub(super) fn write(tape: &mut Tape<'_>, made: &mut Made) {
    made.say("CREATE SCHEMA app; CREATE SCHEMA \"Odd One\"");
    made.say("CREATE COLLATION german (LOCALE = 'C')");
    let values = tape.of(&[
        "'a', 'b'",
        "'a', 'b', 'c'",
        "'z', 'a', 'b'",
        "'b', 'a'",
        "'a', 'it''s', 'b'",
        "'b'",
    ]);
    made.say(&format!("CREATE TYPE mood AS ENUM ({values})").replace("('b')", "('b', 'a', 'x')"));
    let base = tape.of(&["text", "varchar(30)"]);
    let rest = tape.of(&[
        "",
        " DEFAULT 'd'",
        " CONSTRAINT ok CHECK (VALUE <> 'no')",
        " COLLATE \"C\" CHECK (length(VALUE) < 20)",
        " CONSTRAINT ok CHECK (VALUE <> 'never') CONSTRAINT short CHECK (length(VALUE) < 25)",
    ]);
    made.say(&format!("CREATE DOMAIN label AS {base}{rest}"));
    let parts = tape.of(&[
        "x integer",
        "x integer",
        "x integer, y text",
        "x integer, y text",
        "x integer, \"Z z\" text",
        "x bigint, y text, z mood",
    ]);
    made.say(&format!("CREATE TYPE app.pair AS ({parts})"));
    let options = tape.of(&[
        "",
        " START WITH 5",
        " INCREMENT BY 3 CACHE 2",
        " AS integer MAXVALUE 900 CYCLE",
        " AS smallint MINVALUE -5 START WITH 1",
    ]);
    made.say(&format!("CREATE SEQUENCE counter{options}"));
    if tape.once_in(3) {
        let options = tape.of(&["", " INCREMENT BY -1"]);
        made.say(&format!("CREATE SEQUENCE app.\"order\"{options}"));
    }
    if tape.once_in(4) {
        let subtype = tape.of(&["double precision", "integer"]);
        made.say(&format!("CREATE TYPE span AS RANGE (SUBTYPE = {subtype})"));
    }
}

pub(super) fn write_routines(tape: &mut Tape<'_>, made: &mut Made) {
    let returns = tape.of(&["integer", "integer", "bigint"]);
    let more = tape.pick(3);
    made.say(&format!(
        "CREATE FUNCTION f(x integer) RETURNS {returns} LANGUAGE sql IMMUTABLE AS $$ SELECT x + {more} $$"
    ));
    let body = tape.of(&[
        "BEGIN RETURN NEW; END",
        "BEGIN NEW.b := NEW.b; RETURN NEW; END",
        "DECLARE n int; BEGIN\n  -- it's nothing;\n  n := 1; RETURN NEW;\nEND",
    ]);
    made.say(&format!(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    ));
    if tape.once_in(2) {
        made.say(tape.of(&[
            "CREATE FUNCTION g(x text) RETURNS text LANGUAGE sql AS $$ SELECT x $$",
            "CREATE FUNCTION g(x text, y integer DEFAULT 2) RETURNS text LANGUAGE sql STABLE AS $$ SELECT x || y $$",
            "CREATE FUNCTION g(word text) RETURNS text LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = app \
             AS 'BEGIN RETURN word; END'",
            "CREATE FUNCTION g(x text) RETURNS TABLE (n integer, t text) LANGUAGE sql AS $$ SELECT 1, x $$",
            "CREATE FUNCTION g(x mood) RETURNS SETOF mood LANGUAGE sql AS $$ SELECT x $$",
            "CREATE FUNCTION g(VARIADIC x label[]) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$",
        ]));
    }
    if tape.once_in(3) {
        made.say(tape.of(&[
            "CREATE PROCEDURE app.\"Do it\"(INOUT a text) LANGUAGE sql AS 'SELECT a'",
            "CREATE PROCEDURE app.\"Do it\"(a text) LANGUAGE plpgsql AS 'BEGIN NULL; END'",
        ]));
    }
    if tape.once_in(4) {
        made.say(tape.of(&[
            "CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0')",
            "CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '1')",
        ]));
    }
}
