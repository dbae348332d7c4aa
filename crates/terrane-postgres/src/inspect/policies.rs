//! Row security policies and rewrite rules, kept as text.

use super::ask::Ask;

/// Policies. A role is named; `PUBLIC` goes without saying.
pub(super) fn sql_of_policies(ask: &Ask) -> String {
    format!(
        "SELECT 'policy', NULL,
            quote_ident(p.polname) || ' ON ' || p.polrelid::regclass,
            concat_ws(' ', 'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || p.polrelid::regclass,
                CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END,
                CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE'
                    WHEN 'd' THEN 'FOR DELETE' END,
                'TO ' || (SELECT string_agg(CASE u.role WHEN 0 THEN 'PUBLIC'
                        ELSE quote_ident(pg_get_userbyid(u.role)) END, ', ' ORDER BY pg_get_userbyid(u.role))
                    FROM unnest(p.polroles) AS u (role) WHERE p.polroles <> '{{0}}'),
                'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
            'pg_policy'::regclass::oid, p.oid
       FROM pg_policy AS p
       JOIN pg_class AS c ON c.oid = p.polrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE {} AND {}
      ORDER BY p.oid",
        ask.hanging("p.polrelid"),
        super::ask::ours("pg_policy", "p"),
    )
}

/// Rules, those aside that make a view.
pub(super) fn sql_of_rules(ask: &Ask) -> String {
    format!(
        "SELECT 'rule', NULL,
            quote_ident(r.rulename) || ' ON ' || r.ev_class::regclass,
            rtrim(pg_get_ruledef(r.oid), ';') || CASE r.ev_enabled WHEN 'O' THEN ''
                ELSE '; ALTER TABLE ' || r.ev_class::regclass || CASE r.ev_enabled WHEN 'D' THEN ' DISABLE'
                    WHEN 'R' THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END || ' RULE ' || quote_ident(r.rulename)
                END, 'pg_rewrite'::regclass::oid, r.oid
       FROM pg_rewrite AS r
       JOIN pg_class AS c ON c.oid = r.ev_class
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE r.rulename <> '_RETURN' AND {} AND {}
      ORDER BY r.oid",
        ask.hanging("r.ev_class"),
        super::ask::ours("pg_rewrite", "r"),
    )
}
