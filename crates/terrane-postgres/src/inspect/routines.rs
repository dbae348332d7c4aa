//! Functions and procedures; aggregates, kept as text.

use super::ask::{Ask, in_schema, ours};
use super::cells::{Cells, Read};
use super::edges;
use super::found::Found;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use terrane_core::schema::{ObjectIdentity, Routine};

pub(super) fn sql(_: &Ask) -> String {
    format!(
        "SELECT p.oid, n.nspname, quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
            pg_get_functiondef(p.oid)
       FROM pg_proc AS p
       JOIN pg_namespace AS n ON n.oid = p.pronamespace
      WHERE p.prokind <> 'a' AND {} AND {}
        -- The constructors of a range type come and go with it.
        AND NOT EXISTS (SELECT FROM pg_depend AS i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid
            AND i.deptype = 'i')",
        in_schema(),
        ours("pg_proc", "p"),
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let number = cells.oid()?;
        let name = cells.object()?;
        let definition = expression(&definition(cells.text()?));
        found
            .identities
            .insert((edges::ROUTINE, number), ObjectIdentity::Routine(name.clone()));
        found.schema.routines.insert(name.clone(), Routine { name, definition });
    }
    Ok(())
}

/// What follows `CREATE`. `pg_get_functiondef` qualifies the function's own name always.
fn definition(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("CREATE OR REPLACE ").unwrap_or(text);
    match text.split_once(' ') {
        Some((noun, rest)) => format!("{noun} {}", rest.strip_prefix("public.").unwrap_or(rest)),
        None => text.to_owned(),
    }
}

/// Aggregates. What `CREATE AGGREGATE` can say, written from `pg_aggregate`.
pub(super) fn sql_of_aggregates(_: &Ask) -> String {
    format!(
        "SELECT 'aggregate', n.nspname,
            quote_ident(p.proname) || '(' || coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*') || ')',
            'CREATE AGGREGATE ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '('
            || coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*') || ') (' || concat_ws(', ',
                'SFUNC = ' || g.aggtransfn::oid::regproc, 'STYPE = ' || format_type(g.aggtranstype, NULL),
                'SSPACE = ' || nullif(g.aggtransspace, 0),
                'FINALFUNC = ' || nullif(g.aggfinalfn::oid, 0)::regproc,
                CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
                'FINALFUNC_MODIFY = ' || CASE WHEN g.aggfinalfn::oid = 0
                    OR g.aggfinalmodify = CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN NULL
                    ELSE CASE g.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE'
                        ELSE 'READ_WRITE' END END,
                'COMBINEFUNC = ' || nullif(g.aggcombinefn::oid, 0)::regproc,
                'SERIALFUNC = ' || nullif(g.aggserialfn::oid, 0)::regproc,
                'DESERIALFUNC = ' || nullif(g.aggdeserialfn::oid, 0)::regproc,
                'INITCOND = ' || quote_literal(g.agginitval),
                'MSFUNC = ' || nullif(g.aggmtransfn::oid, 0)::regproc,
                'MINVFUNC = ' || nullif(g.aggminvtransfn::oid, 0)::regproc,
                'MSTYPE = ' || nullif(g.aggmtranstype, 0)::regtype,
                'MSSPACE = ' || nullif(g.aggmtransspace, 0),
                'MFINALFUNC = ' || nullif(g.aggmfinalfn::oid, 0)::regproc,
                CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
                'MFINALFUNC_MODIFY = ' || CASE WHEN g.aggmfinalfn::oid = 0
                    OR g.aggmfinalmodify = CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN NULL
                    ELSE CASE g.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE'
                        ELSE 'READ_WRITE' END END,
                'MINITCOND = ' || quote_literal(g.aggminitval),
                'SORTOP = OPERATOR(' || (SELECT quote_ident(son.nspname) || '.' || so.oprname FROM pg_operator AS so
                    JOIN pg_namespace AS son ON son.oid = so.oprnamespace WHERE so.oid = g.aggsortop) || ')',
                CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
                CASE g.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END) || ')', 'pg_proc'::regclass::oid, p.oid
       FROM pg_aggregate AS g
       JOIN pg_proc AS p ON p.oid = g.aggfnoid
       JOIN pg_namespace AS n ON n.oid = p.pronamespace
      WHERE {} AND {}
      ORDER BY p.oid",
        in_schema(),
        ours("pg_proc", "p"),
    )
}
