//! Sequences that columns own: whose they are, and what happens to them when the table is renamed.

use crate::name::ObjectName;
use crate::schema::{Expr, ObjectIdentity, Schema, Sequence};
use crate::sql::{Lexing, canonical_under, quote_identifier, quote_string, tokenize, unquote};

/// How options say the owner, which is the last that they say.
const OWNED_BY: &str = "OWNED BY ";

/// The table whose column owns a sequence. The sequence came with the column, whoever made it, and goes with it.
pub fn owning_table(sequence: &Sequence) -> Option<ObjectName> {
    owned_by(&sequence.name, sequence.options.as_str())
}

/// The table in `OWNED BY table.column`.
pub(crate) fn owned_by(sequence: &ObjectName, text: &str) -> Option<ObjectName> {
    let behind = text.rsplit_once(OWNED_BY)?.1;
    let tokens = tokenize(behind, &Lexing::POSTGRESQL).ok()?;
    let mut parts = vec![sequence.name.sibling(unquote(tokens.first()?.text(behind)))];
    for pair in tokens[1..].chunks_exact(2) {
        if !pair[0].is_symbol(behind, ".") {
            break;
        }
        parts.push(sequence.name.sibling(unquote(pair[1].text(behind))));
    }
    // The last one is the column's.
    parts.pop();
    let name = parts.pop()?;
    let schema = parts.pop().filter(|schema| schema.as_str() != "public");
    Some(ObjectName { schema, name })
}

/// The sequences that columns of a renamed table own say its new name, and go with it into another namespace (`SET SCHEMA` in
/// PostgreSQL's manual).
pub(super) fn follow(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    let is_owned = |sequence: &&Sequence| owning_table(sequence).as_ref() == Some(from);
    let owned: Vec<Sequence> = schema.sequences.values().filter(is_owned).cloned().collect();
    for old in owned {
        let mut new = old.clone();
        if from.schema != to.schema {
            new.name.schema.clone_from(&to.schema);
        }
        if let Some((head, path)) = old.options.as_str().rsplit_once(OWNED_BY) {
            let column = path.strip_prefix(&written(from)).unwrap_or(path);
            new.options = expression(&old, format!("{head}{OWNED_BY}{}{column}", written(to)));
        }
        if old.name != new.name {
            moved(schema, &old, &new.name);
        }
        schema.sequences.remove(&old.name);
        schema.sequences.insert(new.name.clone(), new);
    }
}

/// The server keeps which sequence a default counts on, and says its new name from then on.
fn moved(schema: &mut Schema, old: &Sequence, to: &ObjectName) {
    let [was, is] = [&old.name, to].map(|name| quote_string(&written(name)));
    for table in schema.tables.values_mut() {
        for default in table.columns.iter_mut().filter_map(|column| column.default.as_mut()) {
            if default.as_str().contains(&was) {
                *default = expression(old, default.as_str().replace(&was, &is));
            }
        }
    }
    schema.edges.rename(|identity| match identity {
        ObjectIdentity::Sequence(name) if *name == old.name => Some(ObjectIdentity::Sequence(to.clone())),
        _ => None,
    });
}

fn expression(sequence: &Sequence, text: String) -> Expr {
    let canonical = canonical_under(&text, sequence.name.name.folding());
    Expr::new(text, canonical)
}

/// A name as the server writes it.
fn written(name: &ObjectName) -> String {
    let own = quote_identifier(name.name.as_str());
    match &name.schema {
        Some(schema) => format!("{}.{own}", quote_identifier(schema.as_str())),
        None => own.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::ddl::sample::{FLAVOR, schema};

    #[test]
    fn the_sequence_of_a_serial_goes_with_its_table_into_another_namespace() {
        let schema = schema(
            "create sequence t_id_seq AS integer OWNED BY t.id;
             create table t (id int default nextval('t_id_seq'::regclass)); alter table t rename to s.u",
        );
        let sequence = schema.sequences.values().next().unwrap();
        assert_eq!(sequence.name.to_string(), "s.t_id_seq");
        assert_eq!(sequence.options.as_str(), "AS integer OWNED BY s.u.id");
        let table = schema.tables.values().next().unwrap();
        let default = table.column(&FLAVOR.ident("id")).unwrap().default.as_ref().unwrap();
        assert_eq!(default.as_str(), "nextval('s.t_id_seq'::regclass)");
    }
}
