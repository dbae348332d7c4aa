//! The same tables through each front door are the same schema.

/// As entities of SeaORM.
#[expect(unreachable_pub, reason = "SeaORM wants its models public")]
mod entities {
    pub(super) mod customer {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "customer", comment = "Who buys")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
            pub uuid: String,
            #[sea_orm(column_type = "String(StringLen::N(20))")]
            pub code: String,
            #[sea_orm(column_type = "String(StringLen::N(100))", renamed_from = "title")]
            pub name: Option<String>,
            #[sea_orm(default_value = 0)]
            pub points: i32,
            #[sea_orm(column_type = "Decimal(Some((8, 2)))")]
            pub credit: Option<Decimal>,
            pub since: DateTimeUtc,
            pub born: Option<Date>,
            pub details: Json,
            pub picture: Vec<u8>,
            pub active: bool,
            pub token: Uuid,
            pub weight: f64,
            pub total: i64,
        }

        impl ActiveModelBehavior for ActiveModel {}

        terrane_sea_orm::table!(Entity, |table| table
            .renamed_from("client")
            .primary_key_name("pk_customer")
            .unique("uq_customer_code", [Column::Code])
            .check("ck_customer_points", "points >= 0")
            .generated_stored(Column::Total, "points * 2")
            .collation(Column::Code, "NOCASE")
            .default_sql(Column::Active, "TRUE")
            .column_comment(Column::Points, "for loyalty")
            .index(
                terrane_sea_orm::Index::new("ix_customer_name")
                    .key("lower(name)")
                    .key("points DESC")
            )
            .index(
                terrane_sea_orm::Index::new("ix_customer_active")
                    .key("code")
                    .unique()
                    .predicate("active")
            ));
    }

    pub(super) mod visit {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "visit")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i64,
            #[sea_orm(column_type = "String(StringLen::N(32))")]
            pub customer_uuid: String,
            #[sea_orm(column_type = "String(StringLen::N(32))")]
            pub brought_uuid: Option<String>,
            pub mood: Mood,
            #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid", on_delete = "Cascade")]
            pub customer: BelongsTo<super::customer::Entity>,
            #[sea_orm(
                belongs_to,
                relation_enum = "Brought",
                from = "brought_uuid",
                to = "uuid",
                on_delete = "SetNull"
            )]
            pub brought: BelongsTo<Option<super::customer::Entity>>,
        }

        impl ActiveModelBehavior for ActiveModel {}

        terrane_sea_orm::table!(Entity, |table| table
            .primary_key_name("pk_visit")
            .foreign_key_name([Column::CustomerUuid], "fk_visit_customer")
            .index_on("ix_visit_customer", [Column::CustomerUuid, Column::Id]));

        #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
        pub enum Mood {
            #[sea_orm(string_value = "good")]
            Good,
            #[sea_orm(string_value = "so so")]
            SoSo,
        }
    }
}

/// As plain structs.
#[expect(dead_code, reason = "they are declared, and nobody makes one")]
mod structs {
    use terrane_model::{ColumnType, Fk, Table};

    #[derive(Table)]
    #[table(
        name = "customer",
        comment = "Who buys",
        renamed_from = "client",
        primary_key(name = "pk_customer", columns(uuid)),
        check(name = "ck_customer_points", sql = "points >= 0"),
        index(name = "ix_customer_name", on("lower(name)", "points DESC")),
        index(name = "ix_customer_active", on = ["code"], unique, predicate = "active")
    )]
    pub(super) struct Customer {
        #[column(length = 32)]
        uuid: String,
        #[column(length = 20, unique = "uq_customer_code", collation = "NOCASE")]
        code: String,
        #[column(length = 100, renamed_from = "title")]
        name: Option<String>,
        #[column(default = "0", comment = "for loyalty")]
        points: i32,
        #[column(precision = 8, scale = 2)]
        credit: Option<sea_orm::prelude::Decimal>,
        since: sea_orm::prelude::DateTimeUtc,
        born: Option<sea_orm::prelude::Date>,
        details: sea_orm::prelude::Json,
        picture: Vec<u8>,
        #[column(default = "TRUE")]
        active: bool,
        token: sea_orm::prelude::Uuid,
        weight: f64,
        #[column(generated = "points * 2")]
        total: i64,
    }

    #[derive(Table)]
    #[table(
        name = "visit",
        primary_key(name = "pk_visit", columns(id)),
        index(name = "ix_visit_customer", on(customer, id))
    )]
    pub(super) struct Visit {
        #[column(identity)]
        id: i64,
        #[column(name = "customer_uuid", fk_name = "fk_visit_customer", on_delete = "cascade")]
        customer: Fk<Customer>,
        #[column(name = "brought_uuid", on_delete = "set null")]
        brought: Option<Fk<Customer>>,
        mood: Mood,
    }

    #[derive(ColumnType)]
    #[column_type(name = "mood")]
    pub(super) enum Mood {
        #[column_type(rename = "good")]
        Good,
        #[column_type(rename = "so so")]
        SoSo,
    }
}

/// As SQL.
const SQL: &str = "\
CREATE TYPE mood AS ENUM ('good', 'so so');

CREATE TABLE customer (                    -- renamed_from: client
    uuid varchar(32) NOT NULL,
    code varchar(20) COLLATE NOCASE NOT NULL,
    name varchar(100),                     -- renamed_from: title
    points integer NOT NULL DEFAULT 0,
    credit decimal(8, 2),
    since timestamp with time zone NOT NULL,
    born date,
    details json NOT NULL,
    picture varbinary NOT NULL,
    active boolean NOT NULL DEFAULT TRUE,
    token uuid NOT NULL,
    weight double precision NOT NULL,
    total bigint NOT NULL GENERATED ALWAYS AS (points * 2) STORED,
    CONSTRAINT pk_customer PRIMARY KEY (uuid),
    CONSTRAINT uq_customer_code UNIQUE (code),
    CONSTRAINT ck_customer_points CHECK (points >= 0)
);
COMMENT ON TABLE customer IS 'Who buys';
COMMENT ON COLUMN customer.points IS 'for loyalty';
CREATE INDEX ix_customer_name ON customer (lower(name), points DESC);
CREATE UNIQUE INDEX ix_customer_active ON customer (code) WHERE active;

CREATE TABLE visit (
    id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    customer_uuid varchar(32) NOT NULL,
    brought_uuid varchar(32),
    mood mood NOT NULL,
    CONSTRAINT pk_visit PRIMARY KEY (id),
    CONSTRAINT fk_visit_customer FOREIGN KEY (customer_uuid) REFERENCES customer (uuid) ON DELETE CASCADE,
    FOREIGN KEY (brought_uuid) REFERENCES customer (uuid) ON DELETE SET NULL
);
CREATE INDEX ix_visit_customer ON visit (customer_uuid, id);
";

use terrane::core::dialect::TypeNames;
use terrane::{Config, Layer, Models};
use terrane_model::Module;

fn of_module(module: Module) -> Models {
    let config = Config::compiled(&[Layer::new("tests").models(module)]).unwrap();
    Models::load(&config.layers[0], &terrane_sqlite::Sqlite).unwrap()
}

fn of_sql() -> Models {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.sql"), SQL).unwrap();
    let config = "[[layer]]\nname = \"tests\"\nversions = \"versions\"\nmodels = \"model.sql\"\ntypes = \"standard\"\n";
    let config = Config::parse("terrane.toml", config, folder.path()).unwrap();
    assert_eq!(config.layers[0].types, TypeNames::Standard);
    Models::load(&config.layers[0], &terrane_sqlite::Sqlite).unwrap()
}

#[test]
fn every_front_door_yields_the_same_schema() {
    let sql = of_sql();
    let orm = of_module(terrane_sea_orm::models!(crate::doors::entities));
    let plain = of_module(terrane_model::models!(crate::doors::structs));
    assert_eq!(sql.schema.tables.len(), 2);
    for (door, models) in [("SeaORM", &orm), ("derive", &plain)] {
        for (name, table) in &sql.wish.tables {
            assert_eq!(models.wish.tables.get(name), Some(table), "{door}");
        }
        assert_eq!(models.wish, sql.wish, "{door}");
        assert_eq!(models.schema, sql.schema, "{door}");
        assert_eq!(models.former_names, sql.former_names, "{door}");
    }
    // Types and comments as they were meant are still there beside what SQLite makes of them.
    assert!(sql.wish.enums.len() == 1 && sql.schema.enums.is_empty());
}
