//! Who may do what, kept as text: grants, default privileges, and owners that are not everybody's.

use super::ask::{Ask, ours};
use super::comments::TARGET;

/// Every object with rights, `initdb`'s included, save for `information_schema`: what that began with nobody wrote down.
/// Catalog, number, column and its number, what `GRANT … ON` calls it, its rights, those that it began with.
fn objects(ask: &Ask) -> String {
    let begin = |catalog: &str, alias: &str, default: &str| {
        format!(
            "coalesce((SELECT i.initprivs FROM pg_init_privs AS i WHERE i.classoid = '{catalog}'::regclass
                AND i.objoid = {alias}.oid AND i.objsubid = 0), {default})"
        )
    };
    format!(
        "SELECT 'pg_class'::regclass::oid AS class, c.oid AS obj, NULL::name AS attname, 0 AS attnum,
                CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass AS target,
                c.relacl AS acl, {relations} AS begun, c.relowner AS owner
           FROM pg_class AS c WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            AND c.relnamespace IS DISTINCT FROM to_regnamespace('information_schema') AND {of_relations}
         UNION ALL
         SELECT 'pg_class'::regclass, a.attrelid, a.attname, a.attnum, 'TABLE ' || a.attrelid::regclass, a.attacl,
                (SELECT i.initprivs FROM pg_init_privs AS i WHERE i.classoid = 'pg_class'::regclass
                    AND i.objoid = a.attrelid AND i.objsubid = a.attnum),
                (SELECT c.relowner FROM pg_class AS c WHERE c.oid = a.attrelid)
           FROM pg_attribute AS a WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND {of_columns}
         UNION ALL
         SELECT 'pg_namespace'::regclass, n.oid, NULL, 0, 'SCHEMA ' || quote_ident(n.nspname), n.nspacl, {schemas}, n.nspowner
           FROM pg_namespace AS n WHERE n.nspacl IS NOT NULL AND n.nspname !~ '^pg_(toast|temp)'
            AND n.nspname <> 'information_schema'
         UNION ALL
         SELECT 'pg_proc'::regclass, p.oid, NULL, 0,
                CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::regprocedure, p.proacl, {routines}, p.proowner
           FROM pg_proc AS p WHERE p.proacl IS NOT NULL
         UNION ALL
         SELECT 'pg_type'::regclass, t.oid, NULL, 0,
                CASE t.typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || t.oid::regtype, t.typacl, {types}, t.typowner
           FROM pg_type AS t WHERE t.typacl IS NOT NULL
         UNION ALL
         SELECT 'pg_language'::regclass, l.oid, NULL, 0, 'LANGUAGE ' || quote_ident(l.lanname), l.lanacl, {languages}, l.lanowner
           FROM pg_language AS l WHERE l.lanacl IS NOT NULL
         UNION ALL
         SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, NULL, 0, 'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname),
                w.fdwacl, {wrappers}, w.fdwowner
           FROM pg_foreign_data_wrapper AS w WHERE w.fdwacl IS NOT NULL
         UNION ALL
         SELECT 'pg_foreign_server'::regclass, s.oid, NULL, 0, 'FOREIGN SERVER ' || quote_ident(s.srvname),
                s.srvacl, {servers}, s.srvowner
           FROM pg_foreign_server AS s WHERE s.srvacl IS NOT NULL",
        relations = begin(
            "pg_class",
            "c",
            "acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner)"
        ),
        of_relations = ask.any("c.oid"),
        of_columns = ask.any("a.attrelid"),
        schemas = begin("pg_namespace", "n", "acldefault('n', n.nspowner)"),
        routines = begin("pg_proc", "p", "acldefault('f', p.proowner)"),
        types = begin("pg_type", "t", "acldefault('T', t.typowner)"),
        languages = begin("pg_language", "l", "acldefault('l', l.lanowner)"),
        wrappers = begin("pg_foreign_data_wrapper", "w", "acldefault('F', w.fdwowner)"),
        servers = begin("pg_foreign_server", "s", "acldefault('S', s.srvowner)"),
    )
}

/// One row for each right that an object has and did not begin with, and for each that it began with and has no longer.
/// What began with is kept for what `initdb` and extensions made, and is the owner's default for the rest.
pub(super) fn sql_of_grants(ask: &Ask) -> String {
    // What the owner has by owning it goes with the ownership to the next one, and so is nobody's by name.
    let exploded = |acl: &str, grantable: &str, given: bool| {
        format!(
            "SELECT nullif(x.grantee, x.grantor), x.privilege_type, {grantable}, {given} FROM aclexplode({acl}) AS x"
        )
    };
    format!(
        "WITH object AS ({objects}), change AS (
            SELECT o.*, coalesce(g.grantee, o.owner) AS grantee, g.privilege_type, g.is_grantable, g.given
              FROM object AS o CROSS JOIN LATERAL (
                ({has} EXCEPT {had})
                UNION ALL
                ({began} EXCEPT {begins})) AS g (grantee, privilege_type, is_grantable, given)
             WHERE o.acl IS DISTINCT FROM o.begun)
     SELECT CASE WHEN given THEN 'grant' ELSE 'revoke' END, NULL,
            what || ' ON ' || target || CASE WHEN given THEN ' FROM ' ELSE ' TO ' END || who,
            CASE WHEN given THEN 'GRANT ' ELSE 'REVOKE ' END || what || ' ON ' || target
            || CASE WHEN given THEN ' TO ' ELSE ' FROM ' END || who
            || CASE WHEN bool_or(is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END,
            class, obj, attnum
       FROM (SELECT class, obj, attnum, target, given, is_grantable,
                privilege_type || coalesce(' (' || quote_ident(attname) || ')', '') AS what,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who
               FROM change) AS c
      GROUP BY class, obj, attnum, target, given, what, who
      ORDER BY target, given, what, who",
        objects = objects(ask),
        has = exploded("o.acl", "x.is_grantable", true),
        had = exploded("o.begun", "x.is_grantable", true),
        began = exploded("o.begun", "false", false),
        begins = exploded("o.acl", "false", false),
    )
}

/// `ALTER DEFAULT PRIVILEGES`: as grants, but what an object of that kind begins with.
pub(super) fn sql_of_defaults(_: &Ask) -> String {
    "SELECT 'default privileges', NULL,
            head || CASE WHEN given THEN 'REVOKE ' || privilege_type || ' ON ' || what || ' FROM ' || who
                ELSE 'GRANT ' || privilege_type || ' ON ' || what || ' TO ' || who END,
            'ALTER DEFAULT PRIVILEGES ' || head || CASE WHEN given THEN 'GRANT ' || privilege_type || ' ON ' || what
                || ' TO ' || who || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                ELSE 'REVOKE ' || privilege_type || ' ON ' || what || ' FROM ' || who END,
            'pg_default_acl'::regclass::oid, number, 0
       FROM (SELECT d.oid AS number, 'FOR ROLE ' || quote_ident(pg_get_userbyid(d.defaclrole)) || ' '
                || coalesce('IN SCHEMA ' || quote_ident(n.nspname) || ' ', '') AS head,
                CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                    WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS what,
                CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS who, g.*
               FROM pg_default_acl AS d
               LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
               CROSS JOIN LATERAL (SELECT CASE WHEN d.defaclnamespace = 0 THEN
                    acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)
                    END AS acl) AS begun
               CROSS JOIN LATERAL (
                    (SELECT x.grantee, x.privilege_type, x.is_grantable, true AS given FROM aclexplode(d.defaclacl) AS x
                     EXCEPT SELECT x.grantee, x.privilege_type, x.is_grantable, true FROM aclexplode(begun.acl) AS x)
                    UNION ALL
                    (SELECT x.grantee, x.privilege_type, false, false FROM aclexplode(begun.acl) AS x
                     EXCEPT SELECT x.grantee, x.privilege_type, false, false FROM aclexplode(d.defaclacl) AS x)) AS g)
            AS c
      ORDER BY 3"
        .to_owned()
}

/// The catalogs whose objects have an owner, each with the column that names it.
const OWNED: [(&str, &str); 18] = [
    ("pg_class", "relowner"),
    ("pg_collation", "collowner"),
    ("pg_conversion", "conowner"),
    ("pg_event_trigger", "evtowner"),
    ("pg_foreign_data_wrapper", "fdwowner"),
    ("pg_foreign_server", "srvowner"),
    ("pg_language", "lanowner"),
    ("pg_namespace", "nspowner"),
    ("pg_opclass", "opcowner"),
    ("pg_operator", "oprowner"),
    ("pg_opfamily", "opfowner"),
    ("pg_proc", "proowner"),
    ("pg_publication", "pubowner"),
    ("pg_statistic_ext", "stxowner"),
    ("pg_subscription", "subowner"),
    ("pg_ts_config", "cfgowner"),
    ("pg_ts_dict", "dictowner"),
    ("pg_type", "typowner"),
];

/// Owners. Nearly always one role owns all; which one it is differs from server to server, and says nothing. So the owner
/// of most is nobody's to mention, and only what somebody else owns is told.
pub(super) fn sql_of_owners(ask: &Ask) -> String {
    let owned = OWNED.map(|(catalog, owner)| {
        let more = match catalog {
            "pg_class" => "AND x.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')",
            "pg_type" => {
                "AND x.typtype IN ('b', 'c', 'd', 'e', 'r') AND x.typelem = 0 AND (x.typrelid = 0
                    OR x.typrelid IN (SELECT c.oid FROM pg_class AS c WHERE c.relkind = 'c'))"
            }
            "pg_subscription" => {
                "AND x.subdbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())"
            }
            _ => "",
        };
        format!(
            "SELECT '{catalog}'::regclass::oid, x.oid, x.{owner} FROM {catalog} AS x
              WHERE x.oid >= 16384 AND {} {more}",
            ours(catalog, "x")
        )
    });
    format!(
        "WITH d (classoid, objoid, owner) AS MATERIALIZED ({owned}), target AS (
            SELECT {TARGET} AS name, d.*
              FROM d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, 0) AS i
             WHERE d.owner <> (SELECT o.owner FROM d AS o GROUP BY o.owner
                ORDER BY count(*) DESC, pg_get_userbyid(o.owner) <> current_user, pg_get_userbyid(o.owner) LIMIT 1)
               AND i.schema IS DISTINCT FROM 'pg_toast'
               AND (d.classoid <> 'pg_class'::regclass OR {of_relation}))
     SELECT 'owner', NULL, name || ' OWNER TO CURRENT_USER',
            'ALTER ' || name || ' OWNER TO ' || quote_ident(pg_get_userbyid(owner)), classoid, objoid, 0
       FROM target
      ORDER BY 3",
        owned = owned.join(" UNION ALL "),
        of_relation = ask.any("d.objoid"),
    )
}
