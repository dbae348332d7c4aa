//! What is beside plain tables: partitions, inheritance, odd names, rights, comments and the rest.

use super::tables::NAMES;
use super::{Made, Tape};

pub(super) fn write_partitions(tape: &mut Tape<'_>, made: &mut Made) {
    if tape.once_in(4) {
        return;
    }
    let ty = tape.of(&["text", "varchar(40)"]);
    let default = tape.of(&["", " DEFAULT 'v'", " NOT NULL DEFAULT 'w'"]);
    let more = tape.of(&[
        "",
        ", n integer",
        ", n bigint, CHECK (n > 0)",
        ", n int, CONSTRAINT pos CHECK (n > -9)",
    ]);
    let key = tape.of(&["", ", PRIMARY KEY (k)", ", CONSTRAINT parts_key UNIQUE (k, v)"]);
    let reference = if tape.once_in(3) {
        ", p int REFERENCES p (id)"
    } else {
        ""
    };
    let is_plain = tape.once_in(8);
    let by = if is_plain { "" } else { " PARTITION BY RANGE (k)" };
    made.say(&format!(
        "CREATE TABLE parts (k int NOT NULL, v {ty}{default}{more}{reference}{key}){by}"
    ));
    if !is_plain {
        write_parts(tape, key.contains("PRIMARY"), made);
    }
    made.say(tape.of(&[
        "",
        "CREATE INDEX parts_v ON parts (v)",
        "CREATE INDEX parts_v ON parts (lower(v), k)",
    ]));
    if tape.once_in(4) {
        made.say("CREATE TRIGGER part AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION touch()");
    }
}

/// The partitions; where the range alone is a key, none of them can be divided by anything else.
fn write_parts(tape: &mut Tape<'_>, is_key: bool, made: &mut Made) {
    for part in 0..3 {
        if tape.once_in(3) {
            continue;
        }
        let (from, to) = (part * 10, part * 10 + tape.of(&[10, 10, 10, 5]));
        let is_divided = tape.once_in(6) && !is_key;
        let by = if is_divided { " PARTITION BY LIST (v)" } else { "" };
        made.say(&format!(
            "CREATE TABLE parts_{part} PARTITION OF parts FOR VALUES FROM ({from}) TO ({to}){by}"
        ));
        if is_divided {
            made.say(&format!(
                "CREATE TABLE parts_{part}_all PARTITION OF parts_{part} DEFAULT"
            ));
        }
        match tape.pick(6) {
            1 => made.say(&format!(
                "ALTER TABLE parts_{part} ADD CONSTRAINT own{part} CHECK (k >= 0)"
            )),
            2 => made.say(&format!("CREATE INDEX own_{part} ON parts_{part} (v, k)")),
            3 => made.say(&format!("ALTER TABLE parts_{part} ALTER v SET DEFAULT 'own'")),
            4 if !is_divided => made.say(&format!("ALTER TABLE parts_{part} SET (fillfactor=90)")),
            _ => {}
        }
    }
    if tape.once_in(3) {
        made.say("CREATE TABLE app.parts_rest PARTITION OF parts DEFAULT");
    }
    if tape.once_in(4) && !is_key {
        made.say("CREATE TABLE deep PARTITION OF parts FOR VALUES FROM (100) TO (200) PARTITION BY LIST (v)");
        made.say("CREATE TABLE deep_a PARTITION OF deep FOR VALUES IN ('a', 'it''s')");
    }
}

pub(super) fn write_inheritance(tape: &mut Tape<'_>, made: &mut Made) {
    if tape.once_in(3) {
        return;
    }
    let more = tape.of(&["", ", c date", ", c int DEFAULT 4", ", c int NOT NULL DEFAULT 5"]);
    let check = tape.of(&["", ", CONSTRAINT up CHECK (id > 0)", ", CHECK (a <> 'z') NO INHERIT"]);
    made.say(&format!("CREATE TABLE base (id int, a text{more}{check})"));
    if tape.once_in(5) {
        return;
    }
    let own = tape.of(&[
        "",
        "extra int",
        "extra text DEFAULT 'e', PRIMARY KEY (id)",
        "a text DEFAULT 'kid'",
    ]);
    made.say(&format!("CREATE TABLE kid ({own}) INHERITS (base)"));
    match tape.pick(5) {
        1 => made.say("ALTER TABLE kid ALTER a SET NOT NULL"),
        2 => made.say("ALTER TABLE kid ADD CONSTRAINT low CHECK (id < 1000)"),
        3 => made.say("CREATE INDEX kid_a ON kid (a)"),
        _ => {}
    }
    if tape.once_in(4) {
        made.say("CREATE TABLE app.grandkid () INHERITS (kid)");
    }
}

pub(super) fn write_odd(tape: &mut Tape<'_>, made: &mut Made) {
    if tape.once_in(3) {
        return;
    }
    let values = tape.of(&["'Yes', 'no'", "'Yes', 'no', 'may be'", "'it''s', 'Yes', 'no'"]);
    made.say(&format!("CREATE TYPE \"Odd One\".\"Mood\" AS ENUM ({values})"));
    let more = tape.of(&[
        "",
        ", \"Where\" \"Odd One\".\"Mood\" DEFAULT 'no'",
        ", \"where\" int CHECK (\"where\" > 0)",
    ]);
    let rest = tape.of(&[
        "",
        ", CONSTRAINT \"Check it\" CHECK (\"From\" <> \"from\")",
        ", UNIQUE (\"From\")",
    ]);
    made.say(&format!(
        "CREATE TABLE \"Odd One\".\"select\" (\"From\" text, \"from\" text{more}, \"a\"\"b\" int{rest})"
    ));
    made.say(tape.of(&[
        "",
        "CREATE INDEX \"Order By\" ON \"Odd One\".\"select\" (\"from\", \"a\"\"b\" DESC)",
        "CREATE INDEX \"Order By\" ON \"Odd One\".\"select\" ((\"a\"\"b\" + 1)) WHERE \"From\" = 'from'",
    ]));
    made.say(tape.of(&[
        "",
        "CREATE VIEW \"Odd One\".\"View\" AS SELECT \"From\" AS \"select\", \"from\" FROM \"Odd One\".\"select\"",
        "CREATE VIEW \"Odd One\".\"View\" AS SELECT \"from\" FROM \"Odd One\".\"select\" WHERE \"a\"\"b\" > 1",
    ]));
    made.say(tape.of(&[
        "",
        "CREATE FUNCTION \"Odd One\".\"F f\"(\"In\" text) RETURNS text LANGUAGE sql AS $_$ SELECT $1 || '$$' $_$",
        "CREATE FUNCTION \"Odd One\".\"F f\"(\"In\" \"Odd One\".\"Mood\") RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ]));
    if tape.once_in(3) {
        made.say("CREATE SEQUENCE \"Odd One\".\"Numbers\" OWNED BY \"Odd One\".\"select\".\"a\"\"b\"");
    }
}

/// What names several of the others.
pub(super) fn write_loose(tape: &mut Tape<'_>, made: &mut Made) {
    let b_is_number = |made: &Made| matches!(made.type_of(0, "b"), Some("int" | "bigint" | "smallint"));
    if made.has(2) && !made.is_unlogged && b_is_number(made) && tape.once_in(4) {
        let rest = tape.of(&["", " NOT VALID", " DEFERRABLE INITIALLY DEFERRED"]);
        let group = NAMES[2];
        made.say(&format!(
            "ALTER TABLE p ADD CONSTRAINT circle FOREIGN KEY (b) REFERENCES {group} (id){rest}"
        ));
    }
    if tape.once_in(3) {
        made.say(tape.of(&[
            "CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM p'",
            "CREATE FUNCTION total() RETURNS SETOF p LANGUAGE sql AS 'SELECT * FROM p'",
            "CREATE FUNCTION total(of p) RETURNS text LANGUAGE sql AS 'SELECT of.a::text'",
        ]));
    }
    if tape.once_in(4) {
        made.say(tape.of(&[
            "CREATE STATISTICS s ON a, b FROM p",
            "CREATE STATISTICS s (ndistinct) ON id, a FROM p",
        ]));
    }
    if tape.once_in(5) {
        made.say(tape.of(&[
            "CREATE RULE r AS ON DELETE TO p WHERE OLD.id = 99 DO INSTEAD NOTHING",
            "CREATE RULE r AS ON INSERT TO p WHERE NEW.a = 'never' DO ALSO SELECT 1",
        ]));
    }
    if tape.once_in(6) {
        made.say(tape.of(&[
            "CREATE PUBLICATION news FOR TABLE p",
            "CREATE PUBLICATION news FOR TABLE p WITH (publish = 'insert')",
        ]));
    }
}

pub(super) fn write_rights(tape: &mut Tape<'_>, made: &mut Made) {
    for right in [
        "GRANT SELECT ON p TO terrane_laws",
        "GRANT UPDATE (a) ON p TO terrane_laws WITH GRANT OPTION",
        "GRANT INSERT, DELETE ON p TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION f(integer) FROM PUBLIC",
        "GRANT USAGE ON SCHEMA app TO terrane_laws",
        "GRANT USAGE ON SEQUENCE counter TO terrane_laws",
        "REVOKE USAGE ON TYPE mood FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO terrane_laws",
    ] {
        if tape.once_in(5) {
            made.say(right);
        }
    }
}

pub(super) fn write_comments(tape: &mut Tape<'_>, made: &mut Made) {
    let comment = tape.of(&["NULL", "'one'", "'it''s two'"]);
    for (table, name) in NAMES.iter().enumerate() {
        if made.has(table) && tape.once_in(2) {
            made.say(&format!("COMMENT ON TABLE {name} IS {comment}"));
            made.say(&format!("COMMENT ON COLUMN {name}.a IS {comment}"));
        }
    }
    for on in [
        "FUNCTION f(integer)",
        "TYPE mood",
        "SEQUENCE counter",
        "SCHEMA app",
        "DOMAIN label",
        "COLLATION german",
        "COLUMN app.pair.x",
    ] {
        if tape.once_in(4) {
            made.say(&format!("COMMENT ON {on} IS {comment}"));
        }
    }
    let indexes = made.indexes.iter().map(|name| format!("INDEX {name}"));
    let triggers = made.triggers.iter().map(|name| format!("TRIGGER {name}"));
    let policies = made.policies.iter().map(|name| format!("POLICY {name}"));
    let hanging: Vec<String> = indexes.chain(triggers).chain(policies).collect();
    for on in hanging {
        if tape.once_in(4) {
            made.say(&format!("COMMENT ON {on} IS {comment}"));
        }
    }
}
