//! What the rows of the catalogs are about, a line a catalog.
//!
//! The list holds for PostgreSQL 13 to 18. A catalog that is not in it has rows of which nobody knows whose they are, and
//! counts as somebody else's.

/// A catalog.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) name: &'static str,
    /// What a row is, in a message.
    pub(super) word: &'static str,
    /// The object that a row is, or belongs to. The row's alias is `r`.
    pub(super) about: About,
    /// The number of the schema that the object is in; nothing, for what is in none.
    pub(super) schema: &'static str,
    /// How a row is called by itself, if it has a name.
    pub(super) shown: &'static str,
    /// Other objects that the row is about as well.
    pub(super) also: &'static [Also],
}

/// The object that a row is, or belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    /// An object of its own.
    Itself,
    /// An object of that catalog, by that number.
    Of(&'static str, &'static str),
    /// An object of a catalog that the row names, by that number.
    Any(&'static str, &'static str),
}

/// What has to be true of another object that a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bond {
    /// It is the layer's own, too.
    Own,
    /// It is no other layer's.
    NotOthers,
    /// It is no other layer's, or one's that the layer requires.
    Required,
    /// It is the layer's own, or another object in the row is.
    OneOwn,
    /// There is no such object: what the row says is about all there is.
    Never,
}

/// Another object that a row is about: the catalog, the number, what has to be true of it. No number, no object.
#[derive(Debug)]
pub(super) struct Also(pub(super) &'static str, pub(super) &'static str, pub(super) Bond);

const fn row(name: &'static str, word: &'static str, about: About, shown: &'static str) -> Catalog {
    Catalog {
        name,
        word,
        about,
        schema: "",
        shown,
        also: &[],
    }
}

impl Catalog {
    const fn within(mut self, schema: &'static str) -> Catalog {
        self.schema = schema;
        self
    }

    const fn also(mut self, also: &'static [Also]) -> Catalog {
        self.also = also;
        self
    }
}

/// A column of a relation, by its number.
const COLUMN: &str =
    "(SELECT k.relname FROM pg_catalog.pg_class AS k WHERE k.oid = r.attrelid)::text || '.' || r.attname";

use About::{Any, Itself, Of};

/// Every catalog whose rows say what a database is.
pub(super) const CATALOGS: [Catalog; 61] = [
    row("pg_aggregate", "aggregate", Of("pg_proc", "r.aggfnoid::oid"), "''"),
    row("pg_am", "access method", Itself, "r.amname"),
    row("pg_amop", "operator family", Of("pg_opfamily", "r.amopfamily"), "''"),
    row(
        "pg_amproc",
        "operator family",
        Of("pg_opfamily", "r.amprocfamily"),
        "''",
    ),
    row("pg_attrdef", "default of", Itself, "''"),
    row("pg_attribute", "column", Of("pg_class", "r.attrelid"), COLUMN),
    row(
        "pg_auth_members",
        "membership in role",
        Of("pg_authid", "r.roleid"),
        "''",
    ),
    row("pg_authid", "role", Itself, "r.rolname"),
    row(
        "pg_cast",
        "cast",
        Itself,
        "r.castsource::regtype || ' AS ' || r.casttarget::regtype",
    )
    .also(&[
        Also("pg_type", "r.castsource", Bond::NotOthers),
        Also("pg_type", "r.casttarget", Bond::NotOthers),
        Also("pg_type", "r.castsource", Bond::OneOwn),
        Also("pg_type", "r.casttarget", Bond::OneOwn),
    ]),
    row("pg_class", "relation", Itself, "r.relname").within("r.relnamespace"),
    row("pg_collation", "collation", Itself, "r.collname").within("r.collnamespace"),
    row("pg_constraint", "constraint", Itself, "r.conname").also(&[Also("pg_class", "r.confrelid", Bond::Required)]),
    row("pg_conversion", "conversion", Itself, "r.conname").within("r.connamespace"),
    row("pg_database", "database", Itself, "r.datname"),
    row(
        "pg_db_role_setting",
        "setting of",
        Of("pg_database", "r.setdatabase"),
        "''",
    ),
    row("pg_default_acl", "default privileges", Itself, "''"),
    row("pg_depend", "dependency of", Any("r.classid", "r.objid"), "''").also(&[Also(
        "pg_extension",
        "CASE r.deptype WHEN 'e' THEN r.refobjid END",
        Bond::Own,
    )]),
    row("pg_description", "comment on", Any("r.classoid", "r.objoid"), "''"),
    row("pg_enum", "values of type", Of("pg_type", "r.enumtypid"), "''"),
    row("pg_event_trigger", "event trigger", Itself, "r.evtname").also(&[Also("", "1", Bond::Never)]),
    row("pg_extension", "extension", Itself, "r.extname").also(&[Also(
        "pg_namespace",
        "r.extnamespace",
        Bond::NotOthers,
    )]),
    row("pg_foreign_data_wrapper", "foreign data wrapper", Itself, "r.fdwname"),
    row("pg_foreign_server", "server", Itself, "r.srvname"),
    row("pg_foreign_table", "foreign table", Of("pg_class", "r.ftrelid"), "''"),
    row("pg_index", "index", Of("pg_class", "r.indexrelid"), "''"),
    row("pg_inherits", "inheritance of", Of("pg_class", "r.inhrelid"), "''").also(&[Also(
        "pg_class",
        "r.inhparent",
        Bond::Own,
    )]),
    row(
        "pg_init_privs",
        "initial privileges of",
        Any("r.classoid", "r.objoid"),
        "''",
    ),
    row("pg_language", "language", Itself, "r.lanname"),
    row("pg_largeobject_metadata", "large object", Itself, "r.oid::text"),
    row("pg_namespace", "schema", Itself, "r.nspname"),
    row("pg_opclass", "operator class", Itself, "r.opcname")
        .within("r.opcnamespace")
        .also(&[Also("pg_type", "r.opcintype", Bond::NotOthers)]),
    row("pg_operator", "operator", Itself, "r.oprname")
        .within("r.oprnamespace")
        .also(&[
            Also("pg_type", "r.oprleft", Bond::NotOthers),
            Also("pg_type", "r.oprright", Bond::NotOthers),
        ]),
    row("pg_opfamily", "operator family", Itself, "r.opfname").within("r.opfnamespace"),
    row("pg_parameter_acl", "right to a setting", Itself, "r.parname"),
    row(
        "pg_partitioned_table",
        "partitioning of",
        Of("pg_class", "r.partrelid"),
        "''",
    ),
    row("pg_policy", "policy", Itself, "r.polname"),
    row("pg_proc", "routine", Itself, "r.proname").within("r.pronamespace"),
    row("pg_publication", "publication", Itself, "r.pubname").also(&[Also(
        "",
        "CASE WHEN r.puballtables THEN 1 END",
        Bond::Never,
    )]),
    row("pg_publication_namespace", "publication", Itself, "''").also(&[Also("pg_namespace", "r.pnnspid", Bond::Own)]),
    row("pg_publication_rel", "publication", Itself, "''").also(&[Also("pg_class", "r.prrelid", Bond::Own)]),
    row("pg_range", "range of", Of("pg_type", "r.rngtypid"), "''"),
    row(
        "pg_replication_origin",
        "replication origin",
        Of("pg_replication_origin", "r.roident"),
        "r.roname",
    ),
    row("pg_rewrite", "rule", Itself, "r.rulename"),
    row("pg_seclabel", "security label of", Any("r.classoid", "r.objoid"), "''"),
    row("pg_sequence", "sequence", Of("pg_class", "r.seqrelid"), "''"),
    row("pg_shdepend", "dependency of", Any("r.classid", "r.objid"), "''"),
    row("pg_shdescription", "comment on", Any("r.classoid", "r.objoid"), "''"),
    row(
        "pg_shseclabel",
        "security label of",
        Any("r.classoid", "r.objoid"),
        "''",
    ),
    row("pg_statistic_ext", "statistics", Itself, "r.stxname").within("r.stxnamespace"),
    row("pg_subscription", "subscription", Itself, "r.subname"),
    row(
        "pg_subscription_rel",
        "subscription",
        Of("pg_subscription", "r.srsubid"),
        "''",
    ),
    row("pg_tablespace", "tablespace", Itself, "r.spcname"),
    row("pg_transform", "transform", Itself, "''").also(&[Also("pg_type", "r.trftype", Bond::Own)]),
    row("pg_trigger", "trigger", Itself, "r.tgname"),
    row("pg_ts_config", "text search configuration", Itself, "r.cfgname").within("r.cfgnamespace"),
    row(
        "pg_ts_config_map",
        "text search configuration",
        Of("pg_ts_config", "r.mapcfg"),
        "''",
    ),
    row("pg_ts_dict", "text search dictionary", Itself, "r.dictname").within("r.dictnamespace"),
    row("pg_ts_parser", "text search parser", Itself, "r.prsname").within("r.prsnamespace"),
    row("pg_ts_template", "text search template", Itself, "r.tmplname").within("r.tmplnamespace"),
    row("pg_type", "type", Itself, "r.typname").within("r.typnamespace"),
    row("pg_user_mapping", "user mapping", Itself, "''"),
];

/// Catalogs that say what rows there are, or count them, and nothing of what the database is.
pub(super) const OF_ROWS: [&str; 3] = ["pg_largeobject", "pg_statistic", "pg_statistic_ext_data"];

/// What of a row of `pg_class` changes with the table's rows, with what refers to it, and with time.
pub(super) const UNSTEADY: &str = "relfilenode,relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,\
                                   relhastriggers,relhasindex,relhassubclass,reltoastrelid";

/// Objects that belong to another one: the catalog, and a query for the number of each with the catalog and number of what it
/// belongs to. A condition on `x.oid` follows.
pub(super) const BELONGING: [(&str, &str); 16] = [
    // An index to its table, a toast table and its index too; a sequence to the table whose column owns it; the relation
    // behind a composite type to the type.
    (
        "pg_class",
        "SELECT x.oid, CASE b.relkind WHEN 'c' THEN 'pg_type' ELSE 'pg_class' END, CASE WHEN b.relkind = 'c' THEN b.reltype \
         WHEN b.relkind IN ('t', 'S') THEN COALESCE((SELECT d.refobjid FROM pg_catalog.pg_depend AS d WHERE d.classid = \
         'pg_catalog.pg_class'::regclass AND d.objid = b.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype \
         IN ('a', 'i') AND (b.relkind = 't' OR d.refobjsubid > 0) LIMIT 1), b.oid) ELSE b.oid END FROM pg_catalog.pg_class \
         AS x LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = x.oid JOIN pg_catalog.pg_class AS b ON b.oid = \
         COALESCE(i.indrelid, x.oid)",
    ),
    (
        "pg_type",
        // The row type of a table to the table; an array to its element; a multirange, and an array of it, to its range.
        "SELECT x.oid, CASE WHEN c.relkind <> 'c' THEN 'pg_class' ELSE 'pg_type' END, CASE WHEN c.relkind <> 'c' THEN c.oid \
         ELSE b.oid END FROM pg_catalog.pg_type AS x LEFT JOIN pg_catalog.pg_type AS e ON e.oid = x.typelem AND e.typarray = \
         x.oid JOIN pg_catalog.pg_type AS b ON b.oid = COALESCE((SELECT d.refobjid FROM pg_catalog.pg_depend AS d WHERE \
         d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = COALESCE(e.oid, x.oid) AND d.refclassid = \
         'pg_catalog.pg_type'::regclass AND d.deptype = 'i' LIMIT 1), e.oid, x.oid) LEFT JOIN pg_catalog.pg_class AS c ON \
         c.oid = b.typrelid",
    ),
    // The functions and the cast that a range type brings, and those of its multirange.
    (
        "pg_proc",
        "SELECT x.oid, CASE WHEN t.number IS NULL THEN 'pg_proc' ELSE 'pg_type' END, COALESCE(t.number, x.oid) FROM \
         pg_catalog.pg_proc AS x LEFT JOIN LATERAL (SELECT COALESCE((SELECT e.refobjid FROM pg_catalog.pg_depend AS e WHERE \
         e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = d.refobjid AND e.refclassid = \
         'pg_catalog.pg_type'::regclass AND e.deptype = 'i' LIMIT 1), d.refobjid) AS number FROM pg_catalog.pg_depend AS d \
         WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = x.oid AND d.refclassid = \
         'pg_catalog.pg_type'::regclass AND d.deptype = 'i' LIMIT 1) AS t ON true",
    ),
    (
        "pg_cast",
        "SELECT x.oid, CASE WHEN t.number IS NULL THEN 'pg_cast' ELSE 'pg_type' END, COALESCE(t.number, x.oid) FROM \
         pg_catalog.pg_cast AS x LEFT JOIN LATERAL (SELECT COALESCE((SELECT e.refobjid FROM pg_catalog.pg_depend AS e WHERE \
         e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = d.refobjid AND e.refclassid = \
         'pg_catalog.pg_type'::regclass AND e.deptype = 'i' LIMIT 1), d.refobjid) AS number FROM pg_catalog.pg_depend AS d \
         WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = x.oid AND d.refclassid = \
         'pg_catalog.pg_type'::regclass AND d.deptype = 'i' LIMIT 1) AS t ON true",
    ),
    (
        "pg_attrdef",
        "SELECT x.oid, 'pg_class', x.adrelid FROM pg_catalog.pg_attrdef AS x",
    ),
    (
        "pg_constraint",
        "SELECT x.oid, CASE WHEN x.conrelid <> 0 THEN 'pg_class' ELSE 'pg_type' END, CASE WHEN x.conrelid <> 0 THEN \
         x.conrelid ELSE x.contypid END FROM pg_catalog.pg_constraint AS x",
    ),
    (
        "pg_policy",
        "SELECT x.oid, 'pg_class', x.polrelid FROM pg_catalog.pg_policy AS x",
    ),
    (
        "pg_rewrite",
        "SELECT x.oid, 'pg_class', x.ev_class FROM pg_catalog.pg_rewrite AS x",
    ),
    (
        "pg_statistic_ext",
        "SELECT x.oid, 'pg_class', x.stxrelid FROM pg_catalog.pg_statistic_ext AS x",
    ),
    // The triggers of a foreign key stand at both ends of it, and are the key's.
    (
        "pg_trigger",
        "SELECT x.oid, 'pg_class', CASE WHEN x.tgisinternal AND k.conrelid <> 0 THEN k.conrelid ELSE x.tgrelid END FROM \
         pg_catalog.pg_trigger AS x LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = x.tgconstraint AND k.contype = 'f'",
    ),
    (
        "pg_amop",
        "SELECT x.oid, 'pg_opfamily', x.amopfamily FROM pg_catalog.pg_amop AS x",
    ),
    (
        "pg_amproc",
        "SELECT x.oid, 'pg_opfamily', x.amprocfamily FROM pg_catalog.pg_amproc AS x",
    ),
    (
        "pg_publication_rel",
        "SELECT x.oid, 'pg_publication', x.prpubid FROM pg_catalog.pg_publication_rel AS x",
    ),
    (
        "pg_default_acl",
        "SELECT x.oid, CASE x.defaclnamespace WHEN 0 THEN 'pg_authid' ELSE 'pg_namespace' END, CASE x.defaclnamespace WHEN 0 \
         THEN x.defaclrole ELSE x.defaclnamespace END FROM pg_catalog.pg_default_acl AS x",
    ),
    (
        "pg_user_mapping",
        "SELECT x.oid, 'pg_foreign_server', x.srvid FROM (SELECT umid AS oid, srvid FROM pg_catalog.pg_user_mappings) AS x",
    ),
    (
        "pg_publication_namespace",
        "SELECT x.oid, 'pg_publication', x.pnpubid FROM pg_catalog.pg_publication_namespace AS x",
    ),
];
