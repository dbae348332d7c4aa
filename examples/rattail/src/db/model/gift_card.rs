//! Money that was paid for later.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gift_card")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(20))")]
    pub number: String,
    #[sea_orm(column_type = "String(StringLen::N(32))", comment = "Empty for whoever holds it")]
    pub customer_uuid: Option<String>,
    #[sea_orm(column_type = "Decimal(Some((8, 2)))")]
    pub balance: Decimal,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub issued: DateTimeUtc,

    #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid", on_delete = "SetNull")]
    pub customer: BelongsTo<Option<super::customer::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_gift_card")
    .foreign_key_name([Column::CustomerUuid], "fk_gift_card_customer")
    .unique("uq_gift_card_number", [Column::Number])
    .check("ck_gift_card_balance", "balance >= 0")
    .index_on("ix_gift_card_customer", [Column::CustomerUuid]));
