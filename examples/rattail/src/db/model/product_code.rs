//! Further numbers by which a product is found.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub product_uuid: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub code: String,

    #[sea_orm(belongs_to, from = "product_uuid", to = "uuid", on_delete = "Cascade")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_product_code")
    .foreign_key_name([Column::ProductUuid], "fk_product_code_product")
    .index_on("ix_product_code_code", [Column::Code]));
