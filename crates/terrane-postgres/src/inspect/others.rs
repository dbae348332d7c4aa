//! Schemas, extensions and whatever else stands by itself, kept as text.

use super::ask::{Ask, in_schema, ours};

/// What `initdb` makes has numbers below (`FirstNormalObjectId` in the server's `access/transam.h`).
pub(super) const FIRST_NORMAL_OID: &str = "16384";

/// Schemas. Their names are quoted always: an extension often has a schema of its name.
pub(super) fn sql_of_schemas(_: &Ask) -> String {
    format!(
        "SELECT 'schema', NULL, format('\"%s\"', replace(n.nspname, '\"', '\"\"')),
            'CREATE SCHEMA ' || quote_ident(n.nspname), 'pg_namespace'::regclass::oid, n.oid
       FROM pg_namespace AS n WHERE n.nspname <> 'public' AND {} AND {}
      ORDER BY n.oid",
        in_schema(),
        ours("pg_namespace", "n"),
    )
}

/// Extensions, languages, access methods and event triggers.
pub(super) fn sql_of_extensions(_: &Ask) -> String {
    format!(
        "SELECT * FROM (
            SELECT 'extension', NULL, quote_ident(x.extname),
                'CREATE EXTENSION ' || quote_ident(x.extname) || ' WITH SCHEMA ' || quote_ident(n.nspname)
                || ' VERSION ' || quote_literal(x.extversion), 'pg_extension'::regclass::oid, x.oid
              FROM pg_extension AS x JOIN pg_namespace AS n ON n.oid = x.extnamespace WHERE x.oid >= {FIRST_NORMAL_OID}
            UNION ALL
            SELECT 'language', NULL, quote_ident(l.lanname),
                concat_ws(' ', 'CREATE', CASE WHEN l.lanpltrusted THEN 'TRUSTED' END, 'LANGUAGE',
                    quote_ident(l.lanname), 'HANDLER ' || l.lanplcallfoid::regproc,
                    'INLINE ' || nullif(l.laninline, 0)::regproc, 'VALIDATOR ' || nullif(l.lanvalidator, 0)::regproc), 'pg_language'::regclass::oid, l.oid
              FROM pg_language AS l WHERE l.lanispl AND l.oid >= {FIRST_NORMAL_OID} AND {language}
            UNION ALL
            SELECT 'access method', NULL, quote_ident(m.amname),
                'CREATE ACCESS METHOD ' || quote_ident(m.amname) || ' TYPE '
                || CASE m.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END || ' HANDLER ' || m.amhandler::oid::regproc, 'pg_am'::regclass::oid, m.oid
              FROM pg_am AS m WHERE m.oid >= {FIRST_NORMAL_OID} AND {method}
            UNION ALL
            SELECT 'event trigger', NULL, quote_ident(t.evtname),
                'CREATE EVENT TRIGGER ' || quote_ident(t.evtname) || ' ON ' || t.evtevent
                || coalesce(' WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ' ORDER BY tag)
                    FROM unnest(t.evttags) AS tag) || ')', '')
                || ' EXECUTE FUNCTION ' || t.evtfoid::regproc || '()'
                || CASE t.evtenabled WHEN 'O' THEN '' ELSE '; ALTER EVENT TRIGGER ' || quote_ident(t.evtname)
                    || CASE t.evtenabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA'
                        ELSE ' ENABLE ALWAYS' END END, 'pg_event_trigger'::regclass::oid, t.oid
              FROM pg_event_trigger AS t WHERE {event}) AS o ORDER BY 1, 3",
        language = ours("pg_language", "l"),
        method = ours("pg_am", "m"),
        event = ours("pg_event_trigger", "t"),
    )
}

/// Statistics, collations and conversions.
pub(super) fn sql_of_statistics(ask: &Ask) -> String {
    let target = ask.since(170_000, "s.stxstattarget", "nullif(s.stxstattarget, -1)");
    format!(
        "SELECT * FROM (
            SELECT 'statistics', n.nspname, quote_ident(s.stxname),
                pg_get_statisticsobjdef(s.oid) || coalesce('; ALTER STATISTICS ' || quote_ident(n.nspname) || '.'
                    || quote_ident(s.stxname) || ' SET STATISTICS ' || {target}, ''),
                'pg_statistic_ext'::regclass::oid, s.oid
              FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE {in_schema} AND {statistics} AND {of_relation}
            UNION ALL
            SELECT 'collation', n.nspname, quote_ident(l.collname),
                'CREATE COLLATION ' || quote_ident(n.nspname) || '.' || quote_ident(l.collname) || ' (' || concat_ws(', ',
                    'PROVIDER = ' || CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
                    {locale}, 'LC_COLLATE = ' || quote_literal(l.collcollate), 'LC_CTYPE = ' || quote_literal(l.collctype),
                    CASE WHEN NOT l.collisdeterministic THEN 'DETERMINISTIC = false' END{rules}) || ')',
                'pg_collation'::regclass::oid, l.oid
              FROM pg_collation AS l JOIN pg_namespace AS n ON n.oid = l.collnamespace WHERE {in_schema} AND {collation}
            UNION ALL
            SELECT 'conversion', n.nspname, quote_ident(v.conname),
                'CREATE ' || CASE WHEN v.condefault THEN 'DEFAULT ' ELSE '' END || 'CONVERSION '
                || quote_ident(n.nspname) || '.' || quote_ident(v.conname)
                || ' FOR ' || quote_literal(pg_encoding_to_char(v.conforencoding))
                || ' TO ' || quote_literal(pg_encoding_to_char(v.contoencoding)) || ' FROM ' || v.conproc::oid::regproc, 'pg_conversion'::regclass::oid, v.oid
              FROM pg_conversion AS v JOIN pg_namespace AS n ON n.oid = v.connamespace
             WHERE {in_schema} AND {conversion}) AS o ORDER BY 1, 3",
        in_schema = in_schema(),
        statistics = ours("pg_statistic_ext", "s"),
        of_relation = ask.any("s.stxrelid"),
        collation = ours("pg_collation", "l"),
        conversion = ours("pg_conversion", "v"),
        locale = match ask.version {
            170_000.. => "'LOCALE = ' || quote_literal(l.colllocale)",
            150_000.. => "'LOCALE = ' || quote_literal(l.colliculocale)",
            _ => "NULL",
        },
        rules = ask.since(160_000, ", 'RULES = ' || quote_literal(l.collicurules)", ""),
    )
}

/// Text search: parsers, dictionaries, templates and configurations.
pub(super) fn sql_of_text_search(_: &Ask) -> String {
    format!(
        "SELECT * FROM (
            SELECT 'text search parser', n.nspname, quote_ident(p.prsname),
                'CREATE TEXT SEARCH PARSER ' || quote_ident(n.nspname) || '.' || quote_ident(p.prsname) || ' ('
                || concat_ws(', ', 'START = ' || p.prsstart::oid::regproc, 'GETTOKEN = ' || p.prstoken::oid::regproc,
                    'END = ' || p.prsend::oid::regproc, 'HEADLINE = ' || nullif(p.prsheadline::oid, 0)::regproc,
                    'LEXTYPES = ' || p.prslextype::oid::regproc) || ')', 'pg_ts_parser'::regclass::oid, p.oid
              FROM pg_ts_parser AS p JOIN pg_namespace AS n ON n.oid = p.prsnamespace WHERE {in_schema} AND {parser}
            UNION ALL
            SELECT 'text search template', n.nspname, quote_ident(t.tmplname),
                'CREATE TEXT SEARCH TEMPLATE ' || quote_ident(n.nspname) || '.' || quote_ident(t.tmplname) || ' ('
                || concat_ws(', ', 'INIT = ' || nullif(t.tmplinit::oid, 0)::regproc,
                    'LEXIZE = ' || t.tmpllexize::oid::regproc) || ')', 'pg_ts_template'::regclass::oid, t.oid
              FROM pg_ts_template AS t JOIN pg_namespace AS n ON n.oid = t.tmplnamespace WHERE {in_schema} AND {template}
            UNION ALL
            SELECT 'text search dictionary', n.nspname, quote_ident(d.dictname),
                'CREATE TEXT SEARCH DICTIONARY ' || quote_ident(n.nspname) || '.' || quote_ident(d.dictname)
                || ' (TEMPLATE = ' || quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname)
                || coalesce(', ' || nullif(d.dictinitoption, ''), '') || ')', 'pg_ts_dict'::regclass::oid, d.oid
              FROM pg_ts_dict AS d JOIN pg_namespace AS n ON n.oid = d.dictnamespace
              JOIN pg_ts_template AS t ON t.oid = d.dicttemplate JOIN pg_namespace AS tn ON tn.oid = t.tmplnamespace
             WHERE {in_schema} AND {dictionary}
            UNION ALL
            SELECT 'text search configuration', n.nspname, quote_ident(g.cfgname),
                'CREATE TEXT SEARCH CONFIGURATION ' || quote_ident(n.nspname) || '.' || quote_ident(g.cfgname)
                || ' (PARSER = ' || quote_ident(pn.nspname) || '.' || quote_ident(p.prsname) || ')'
                || coalesce((SELECT string_agg('; ALTER TEXT SEARCH CONFIGURATION ' || quote_ident(n.nspname) || '.'
                        || quote_ident(g.cfgname) || ' ADD MAPPING FOR ' || m.alias || ' WITH ' || m.dicts, ''
                        ORDER BY m.alias)
                    FROM (SELECT token.alias, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dicts
                        FROM pg_ts_config_map AS m JOIN ts_token_type(g.cfgparser) AS token ON token.tokid = m.maptokentype
                       WHERE m.mapcfg = g.oid GROUP BY token.alias) AS m), ''),
                'pg_ts_config'::regclass::oid, g.oid
              FROM pg_ts_config AS g JOIN pg_namespace AS n ON n.oid = g.cfgnamespace
              JOIN pg_ts_parser AS p ON p.oid = g.cfgparser JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace
             WHERE {in_schema} AND {configuration}) AS o ORDER BY 1, 3",
        in_schema = in_schema(),
        parser = ours("pg_ts_parser", "p"),
        template = ours("pg_ts_template", "t"),
        dictionary = ours("pg_ts_dict", "d"),
        configuration = ours("pg_ts_config", "g"),
    )
}
