//! The rows of a batch, in order.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub batch_uuid: String,
    pub sequence: i32,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub product_uuid: Option<String>,
    #[sea_orm(column_type = "Decimal(Some((9, 3)))")]
    pub quantity: Option<Decimal>,
    #[sea_orm(column_type = "Decimal(Some((10, 3)))")]
    pub price: Option<Decimal>,
    #[sea_orm(default_value = false)]
    pub removed: bool,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,

    #[sea_orm(belongs_to, from = "batch_uuid", to = "uuid", on_delete = "Cascade")]
    pub batch: BelongsTo<super::batch::Entity>,
    #[sea_orm(belongs_to, from = "product_uuid", to = "uuid")]
    pub product: BelongsTo<Option<super::product::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_batch_row")
    .foreign_key_name([Column::BatchUuid], "fk_batch_row_batch")
    .foreign_key_name([Column::ProductUuid], "fk_batch_row_product")
    .unique("uq_batch_row_sequence", [Column::BatchUuid, Column::Sequence])
    .index_on("ix_batch_row_product", [Column::ProductUuid]));
