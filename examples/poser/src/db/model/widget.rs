//! What poser sells beside the store's products.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poser_widget")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(20))")]
    pub code: String,
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub name: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub vendor_uuid: Option<String>,
    pub upc: Option<i64>,
    #[sea_orm(default_value = true)]
    pub active: bool,
    #[sea_orm(column_type = "Decimal(Some((8, 3)))")]
    pub price: Option<Decimal>,

    #[sea_orm(belongs_to, from = "vendor_uuid", to = "uuid")]
    pub vendor: BelongsTo<Option<rattail::db::model::vendor::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_poser_widget")
    .foreign_key_name([Column::VendorUuid], "fk_poser_widget_vendor")
    .unique("uq_poser_widget_code", [Column::Code])
    .check("ck_poser_widget_price", "price >= 0")
    .index_on("ix_poser_widget_name", [Column::Name])
    .index_on("ix_poser_widget_vendor", [Column::VendorUuid]));
