//! Foreign data: wrappers, servers, user mappings and foreign tables, kept as text.

use super::ask::{Ask, ours};

/// `OPTIONS (a 'b')` from an array of options, or nothing.
fn options(array: &str) -> String {
    format!(
        "(SELECT 'OPTIONS (' || string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), ', ' ORDER BY option_name) || ')'
            FROM pg_options_to_table({array}))"
    )
}

/// Whether one may see a user mapping's options is the server's to say; those that one may not are missing.
pub(super) fn sql_of_servers(_: &Ask) -> String {
    format!(
        "SELECT * FROM (
            SELECT 'foreign data wrapper', NULL, quote_ident(w.fdwname),
                concat_ws(' ', 'CREATE FOREIGN DATA WRAPPER', quote_ident(w.fdwname),
                    'HANDLER ' || nullif(w.fdwhandler, 0)::regproc, 'VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc,
                    {wrapper_options}), 'pg_foreign_data_wrapper'::regclass::oid, w.oid
              FROM pg_foreign_data_wrapper AS w WHERE {wrapper}
            UNION ALL
            SELECT 'server', NULL, quote_ident(s.srvname),
                concat_ws(' ', 'CREATE SERVER', quote_ident(s.srvname), 'TYPE ' || quote_literal(s.srvtype),
                    'VERSION ' || quote_literal(s.srvversion), 'FOREIGN DATA WRAPPER', quote_ident(w.fdwname),
                    {server_options}), 'pg_foreign_server'::regclass::oid, s.oid
              FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw WHERE {server}
            UNION ALL
            SELECT 'user mapping', NULL,
                'FOR ' || {user} || ' SERVER ' || quote_ident(u.srvname),
                concat_ws(' ', 'CREATE USER MAPPING FOR', {user}, 'SERVER', quote_ident(u.srvname), {mapping_options}),
                'pg_user_mapping'::regclass::oid, u.umid
              FROM pg_user_mappings AS u) AS o ORDER BY 1, 3",
        user = "CASE u.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END",
        wrapper = ours("pg_foreign_data_wrapper", "w"),
        server = ours("pg_foreign_server", "s"),
        wrapper_options = options("w.fdwoptions"),
        server_options = options("s.srvoptions"),
        mapping_options = options("u.umoptions"),
    )
}

pub(super) fn sql_of_tables(ask: &Ask) -> String {
    format!(
        "SELECT 'foreign table', n.nspname, quote_ident(c.relname),
            concat_ws(' ', 'CREATE FOREIGN TABLE', c.oid::regclass::text,
                CASE WHEN c.relispartition THEN 'PARTITION OF ' || {parents} || ' ' || pg_get_expr(c.relpartbound, c.oid)
                ELSE '(' || concat_ws(', ', {columns}, {checks}) || ')' END,
                CASE WHEN NOT c.relispartition THEN 'INHERITS (' || {parents} || ')' END,
                'SERVER ' || quote_ident(s.srvname), {table_options}), 'pg_class'::regclass::oid, c.oid
       FROM pg_foreign_table AS f
       JOIN pg_class AS c ON c.oid = f.ftrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_foreign_server AS s ON s.oid = f.ftserver
      WHERE {scope}
      ORDER BY c.oid",
        scope = ask.relation(),
        parents = "(SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
            FROM pg_inherits AS h WHERE h.inhrelid = c.oid)",
        columns = columns(),
        checks = "(SELECT string_agg('CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), ', '
                ORDER BY k.conname)
            FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal)",
        table_options = options("f.ftoptions"),
    )
}

fn columns() -> String {
    format!(
        "(SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), {options},
                'COLLATE ' || (SELECT quote_ident(con.nspname) || '.' || quote_ident(co.collname)
                    FROM pg_collation AS co JOIN pg_namespace AS con ON con.oid = co.collnamespace
                    JOIN pg_type AS t ON t.oid = a.atttypid
                   WHERE co.oid = a.attcollation AND a.attcollation <> t.typcollation),
                CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                (SELECT CASE a.attgenerated WHEN '' THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                        ELSE 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')'
                        || CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END END
                    FROM pg_attrdef AS d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum)), ', ' ORDER BY a.attnum)
            FROM pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal)",
        options = options("a.attfdwoptions"),
    )
}
