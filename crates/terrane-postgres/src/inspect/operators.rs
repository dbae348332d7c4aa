//! Operators, their classes and families, casts and transforms, kept as text.

use super::ask::{Ask, in_schema, ours};

pub(super) fn sql(_: &Ask) -> String {
    format!(
        "SELECT * FROM ({} UNION ALL {} UNION ALL {} UNION ALL {} UNION ALL {}) AS o ORDER BY 1, 3",
        operators(),
        families(),
        classes(),
        casts(),
        transforms(),
    )
}

fn operators() -> String {
    let other = |column: &str| {
        format!(
            "(SELECT 'OPERATOR(' || quote_ident(on_.nspname) || '.' || o2.oprname || ')' FROM pg_operator AS o2
                JOIN pg_namespace AS on_ ON on_.oid = o2.oprnamespace WHERE o2.oid = {column})"
        )
    };
    format!(
        "SELECT 'operator', n.nspname,
            o.oprname || ' (' || coalesce(nullif(o.oprleft, 0)::regtype::text, 'NONE') || ', '
                || coalesce(nullif(o.oprright, 0)::regtype::text, 'NONE') || ')',
            CASE WHEN o.oprcode = 0 THEN '-- a shell: ' ELSE '' END
            || 'CREATE OPERATOR ' || quote_ident(n.nspname) || '.' || o.oprname || ' (' || concat_ws(', ',
                'FUNCTION = ' || nullif(o.oprcode::oid, 0)::regproc,
                'LEFTARG = ' || nullif(o.oprleft, 0)::regtype, 'RIGHTARG = ' || nullif(o.oprright, 0)::regtype,
                'COMMUTATOR = ' || {commutator}, 'NEGATOR = ' || {negator},
                'RESTRICT = ' || nullif(o.oprrest::oid, 0)::regproc, 'JOIN = ' || nullif(o.oprjoin::oid, 0)::regproc,
                CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END) || ')',
            'pg_operator'::regclass::oid, o.oid
       FROM pg_operator AS o JOIN pg_namespace AS n ON n.oid = o.oprnamespace WHERE {in_schema} AND {ours}",
        commutator = other("o.oprcom"),
        negator = other("o.oprnegate"),
        in_schema = in_schema(),
        ours = ours("pg_operator", "o"),
    )
}

/// The members of a family, as `CREATE OPERATOR CLASS` and `ALTER OPERATOR FAMILY` list them.
fn members(condition: &str) -> String {
    format!(
        "(SELECT string_agg(member, ', ' ORDER BY member) FROM (
            SELECT 'OPERATOR ' || ao.amopstrategy || ' ' || ao.amopopr::regoperator
                || coalesce(' FOR ORDER BY ' || (SELECT quote_ident(sn.nspname) || '.' || quote_ident(sf.opfname)
                    FROM pg_opfamily AS sf JOIN pg_namespace AS sn ON sn.oid = sf.opfnamespace
                   WHERE sf.oid = ao.amopsortfamily), '') AS member
              FROM pg_amop AS ao
              JOIN pg_depend AS d ON d.classid = 'pg_amop'::regclass AND d.objid = ao.oid AND {condition}
            UNION ALL
            SELECT 'FUNCTION ' || ap.amprocnum || ' (' || ap.amproclefttype::regtype || ', '
                || ap.amprocrighttype::regtype || ') ' || ap.amproc::oid::regprocedure
              FROM pg_amproc AS ap
              JOIN pg_depend AS d ON d.classid = 'pg_amproc'::regclass AND d.objid = ap.oid AND {condition}) AS m)"
    )
}

/// Members belong to a class, or are loose in the family; `pg_depend` says which.
fn families() -> String {
    format!(
        "SELECT 'operator family', n.nspname, quote_ident(f.opfname) || ' USING ' || m.amname,
            'CREATE OPERATOR FAMILY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname) || ' USING ' || m.amname
            || coalesce('; ALTER OPERATOR FAMILY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname)
                || ' USING ' || m.amname || ' ADD ' || {members}, ''), 'pg_opfamily'::regclass::oid, f.oid
       FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_am AS m ON m.oid = f.opfmethod
      WHERE {in_schema} AND {ours}",
        members = members(
            "d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid AND d.deptype = 'a'
             AND NOT EXISTS (SELECT FROM pg_depend AS k WHERE k.classid = d.classid AND k.objid = d.objid
                AND k.refclassid = 'pg_opclass'::regclass)"
        ),
        in_schema = in_schema(),
        ours = ours("pg_opfamily", "f"),
    )
}

fn classes() -> String {
    format!(
        "SELECT 'operator class', n.nspname, quote_ident(k.opcname) || ' USING ' || m.amname,
            'CREATE OPERATOR CLASS ' || quote_ident(n.nspname) || '.' || quote_ident(k.opcname)
            || CASE WHEN k.opcdefault THEN ' DEFAULT' ELSE '' END || ' FOR TYPE ' || k.opcintype::regtype
            || ' USING ' || m.amname || ' FAMILY ' || quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) || ' AS '
            || concat_ws(', ', {members}, 'STORAGE ' || coalesce(nullif(k.opckeytype, 0), CASE WHEN NOT EXISTS (
                SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_opclass'::regclass AND d.refobjid = k.oid
                   AND d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass)) THEN k.opcintype END)::regtype),
            'pg_opclass'::regclass::oid, k.oid
       FROM pg_opclass AS k JOIN pg_namespace AS n ON n.oid = k.opcnamespace JOIN pg_am AS m ON m.oid = k.opcmethod
       JOIN pg_opfamily AS f ON f.oid = k.opcfamily JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace
      WHERE {in_schema} AND {ours}",
        members = members("d.refclassid = 'pg_opclass'::regclass AND d.refobjid = k.oid"),
        in_schema = in_schema(),
        ours = ours("pg_opclass", "k"),
    )
}

fn casts() -> String {
    format!(
        "SELECT 'cast', NULL,
            '(' || k.castsource::regtype || ' AS ' || k.casttarget::regtype || ')',
            'CREATE CAST (' || k.castsource::regtype || ' AS ' || k.casttarget::regtype || ') '
            || CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure
                WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END
            || CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END,
            'pg_cast'::regclass::oid, k.oid
       FROM pg_cast AS k WHERE k.oid >= 16384 AND {}
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass AND d.objid = k.oid
            AND d.deptype = 'i')",
        ours("pg_cast", "k"),
    )
}

fn transforms() -> String {
    format!(
        "SELECT 'transform', NULL,
            'FOR ' || t.trftype::regtype || ' LANGUAGE ' || quote_ident(l.lanname),
            'CREATE TRANSFORM FOR ' || t.trftype::regtype || ' LANGUAGE ' || quote_ident(l.lanname) || ' ('
            || concat_ws(', ', 'FROM SQL WITH FUNCTION ' || nullif(t.trffromsql::oid, 0)::regprocedure,
                'TO SQL WITH FUNCTION ' || nullif(t.trftosql::oid, 0)::regprocedure) || ')',
            'pg_transform'::regclass::oid, t.oid
       FROM pg_transform AS t JOIN pg_language AS l ON l.oid = t.trflang WHERE {}",
        ours("pg_transform", "t"),
    )
}
