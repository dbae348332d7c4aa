//! The table `customer`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    #[sea_orm(select_as = "real")]
    pub balance: Decimal,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(column_type = "Text", unique)]
    pub nick: Option<String>,
    #[sea_orm(column_type = "Text", unique)]
    pub mail: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(10))")]
    pub vendor_code: Option<String>,
    #[sea_orm(
        column_type = "String(StringLen::N(20))",
        default_value = "active",
        extra = "NOT NULL ON CONFLICT FAIL"
    )]
    pub status: String,

    #[sea_orm(has_one)]
    pub customer_extra: HasOne<super::customer_extra::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_customer")
    .foreign_key(
        terrane_sea_orm::ForeignKey::new(["vendor_code"], "vendor", ["code"])
            .on_delete(terrane_sea_orm::Action::SetDefault)
    )
    .constraint_sql("UNIQUE (note) ON CONFLICT REPLACE")
    .unique("uq_customer_nick", [Column::Nick])
    .unique("uq_customer_id", [Column::Id])
    .constraint_sql("UNIQUE (name, id)")
    .check("ck_customer_balance", "balance >= 0")
    .constraint_sql("CHECK (status IN ('active', 'gone'))")
    .constraint_sql(r#"CHECK ("name" <> '' AND name <> "nobody")"#)
    .collation(Column::Name, "NOCASE")
    .column_type(Column::Balance, r#""NUMERIC""#)
    .default_sql(Column::Balance, "0")
    .index(
        terrane_sea_orm::Index::new("ix_customer_collated")
            .key(r#"name COLLATE "BINARY" DESC"#)
            .key("balance + 1")
    )
    .index_on("ix_customer_name", [Column::Name])
    .index_on("ix_customer_status", [Column::Status, Column::Name])
    .index(
        terrane_sea_orm::Index::new("ux_customer_lower")
            .key("lower(name)")
            .key("uuid DESC")
            .unique()
            .predicate("status = 'active'")
    ));
