//! What customers asked for.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order", comment = "What customers asked for")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique)]
    pub number: i64,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub customer_uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub store_uuid: Option<String>,
    #[sea_orm(default_value = "open")]
    pub status: Status,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub placed: DateTimeUtc,
    pub wanted: Option<Date>,

    #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "store_uuid", to = "uuid", on_delete = "SetNull")]
    pub store: BelongsTo<Option<super::store::Entity>>,
    #[sea_orm(has_many)]
    pub items: HasMany<super::order_item::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_order")
    .foreign_key_name([Column::CustomerUuid], "fk_order_customer")
    .foreign_key_name([Column::StoreUuid], "fk_order_store")
    .unique("uq_order_number", [Column::Number])
    .check(
        "ck_order_status",
        "status IN ('open', 'ready', 'delivered', 'cancelled')"
    )
    .index_on("ix_order_customer", [Column::CustomerUuid, Column::Placed])
    .index(
        terrane_sea_orm::Index::new("ix_order_open")
            .key("wanted")
            .predicate("status = 'open'")
    ));

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum Status {
    Open,
    Ready,
    Delivered,
    Cancelled,
}
