//! Publications and subscriptions, kept as text.

use super::ask::{Ask, ours};

pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT 'publication', NULL, quote_ident(p.pubname),
            concat_ws(' ', 'CREATE PUBLICATION', quote_ident(p.pubname),
                CASE WHEN p.puballtables THEN 'FOR ALL TABLES'
                     ELSE 'FOR ' || nullif(concat_ws(', ', {tables}, {schemas}), '') END,
                'WITH (publish = ' || quote_literal(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                    CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
                    CASE WHEN p.pubtruncate THEN 'truncate' END))
                || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END
                || {generated} || ')'),
            'pg_publication'::regclass::oid, p.oid
       FROM pg_publication AS p WHERE {}
      UNION ALL
     SELECT 'subscription', NULL, quote_ident(s.subname),
            {head} || ' PUBLICATION ' || (SELECT string_agg(quote_ident(p), ', ' ORDER BY p) FROM unnest(s.subpublications) AS p)
            || ' WITH (connect = false, slot_name = ' || coalesce(quote_literal(s.subslotname), 'NONE')
            || ', synchronous_commit = ' || quote_literal(s.subsynccommit) || {options} || ')'
            || CASE WHEN s.subenabled THEN '; ALTER SUBSCRIPTION ' || quote_ident(s.subname) || ' ENABLE' ELSE '' END,
            'pg_subscription'::regclass::oid, s.oid
       FROM pg_subscription AS s
      WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      ORDER BY 1, 3",
        ours("pg_publication", "p"),
        tables = tables(ask),
        head = head(ask),
        schemas = ask.since(
            150_000,
            "(SELECT string_agg('TABLES IN SCHEMA ' || quote_ident(n.nspname), ', ' ORDER BY n.nspname)
                FROM pg_publication_namespace AS pn JOIN pg_namespace AS n ON n.oid = pn.pnnspid WHERE pn.pnpubid = p.oid)",
            "NULL"
        ),
        generated = ask.since(
            180_000,
            "CASE p.pubgencols WHEN 's' THEN ', publish_generated_columns = stored' ELSE '' END",
            "''"
        ),
        options = ask.since(
            150_000,
            "', binary = ' || s.subbinary || ', streaming = ' || CASE s.substream::text WHEN 'p' THEN 'parallel'
                WHEN 't' THEN 'on' WHEN 'true' THEN 'on' ELSE 'off' END
             || ', two_phase = ' || (s.subtwophasestate <> 'd') || ', disable_on_error = ' || s.subdisableonerr",
            "''"
        ),
    )
}

/// How a subscription begins. It is told without connecting, as `pg_dump` does.
fn head(ask: &Ask) -> &'static str {
    if ask.reads_connections {
        "'CREATE SUBSCRIPTION ' || quote_ident(s.subname) || ' CONNECTION ' || quote_literal(s.subconninfo)"
    } else {
        "'-- its connection is not for everybody to read: CREATE SUBSCRIPTION ' || quote_ident(s.subname)"
    }
}

/// The tables of a publication; since 15 with their columns and their condition.
fn tables(ask: &Ask) -> String {
    let some = ask.since(
        150_000,
        "|| coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
                WHERE a.attrelid = pr.prrelid AND a.attnum = ANY (pr.prattrs)) || ')', '')
         || coalesce(' WHERE (' || pg_get_expr(pr.prqual, pr.prrelid) || ')', '')",
        "",
    );
    format!(
        "(SELECT string_agg('TABLE ' || pr.prrelid::regclass {some}, ', ' ORDER BY pr.prrelid::regclass::text)
            FROM pg_publication_rel AS pr WHERE pr.prpubid = p.oid)"
    )
}
