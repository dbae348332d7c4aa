//! The lines of an order.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub order_uuid: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i32,
    #[sea_orm(
        column_type = "String(StringLen::N(32))",
        comment = "Empty for what the store does not have yet"
    )]
    pub product_uuid: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(120))")]
    pub description: String,
    #[sea_orm(column_type = "Decimal(Some((9, 3)))", default_value = 1)]
    pub quantity: Decimal,
    #[sea_orm(column_type = "Decimal(Some((10, 3)))")]
    pub unit_price: Option<Decimal>,

    #[sea_orm(belongs_to, from = "order_uuid", to = "uuid", on_delete = "Cascade")]
    pub order: BelongsTo<super::order::Entity>,
    #[sea_orm(belongs_to, from = "product_uuid", to = "uuid")]
    pub product: BelongsTo<Option<super::product::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_order_item")
    .foreign_key_name([Column::OrderUuid], "fk_order_item_order")
    .foreign_key_name([Column::ProductUuid], "fk_order_item_product")
    .check("ck_order_item_quantity", "quantity > 0")
    .index_on("ix_order_item_product", [Column::ProductUuid]));
