//! Views of the plain tables, and dependents of views.

use super::tables::NAMES;
use super::{Made, Tape};

pub(super) fn write(tape: &mut Tape<'_>, table: usize, made: &mut Made) {
    if !made.has(table) || !tape.once_in(2) {
        return;
    }
    let name = NAMES[table];
    let materialized = tape.once_in(4);
    let kind = if materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let options = if materialized {
        tape.of(&["", "", " WITH (fillfactor=80)"])
    } else {
        tape.of(&["", " WITH (security_barrier=true)", " (id, \"A a\", b)"])
    };
    let query = match tape.pick(6) {
        0 => format!("SELECT id, a, b FROM {name} WHERE id > 0"),
        1 => format!("SELECT id, a, b FROM {name} WHERE id > 1"),
        2 => format!("SELECT id, a, b FROM {name} t WHERE t.* IS NOT NULL"),
        3 => format!("SELECT f(id::integer) AS id, a, b FROM {name}"),
        4 if table > 0 => format!("SELECT t.id, p.a, p.b FROM {name} t JOIN p USING (id)"),
        _ => format!("SELECT max(id) AS id, a, b FROM {name} GROUP BY a, b"),
    };
    made.say(&format!("CREATE {kind} v{table}{options} AS {query}"));
    if materialized {
        if tape.once_in(2) {
            made.say(&format!("CREATE UNIQUE INDEX vi{table} ON v{table} (id)"));
        }
    } else if tape.once_in(4) {
        let rest = tape.of(&["INSTEAD OF INSERT", "INSTEAD OF UPDATE"]);
        made.say(&format!(
            "CREATE TRIGGER g {rest} ON v{table} FOR EACH ROW EXECUTE FUNCTION touch()"
        ));
    }
    if tape.once_in(2) {
        made.say(&format!("CREATE VIEW w{table} AS SELECT id, b FROM v{table}"));
        let comment = tape.of(&[
            "VIEW w0 IS 'w'",
            "COLUMN w0.b IS 'a column'",
            "VIEW w0 IS 'it''s another'",
        ]);
        made.say(&format!("COMMENT ON {}", comment.replace("w0", &format!("w{table}"))));
        if tape.once_in(3) {
            made.say(&format!(
                "CREATE MATERIALIZED VIEW app.x{table} AS SELECT count(*) AS n FROM w{table}"
            ));
        }
    }
}
