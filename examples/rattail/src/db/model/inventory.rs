//! What is there of a product, in a store.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub product_uuid: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub store_uuid: String,
    #[sea_orm(column_type = "Decimal(Some((9, 3)))")]
    pub on_hand: Decimal,
    #[sea_orm(column_type = "Decimal(Some((9, 3)))")]
    pub reserved: Decimal,
    #[sea_orm(column_type = "Decimal(Some((9, 3)))")]
    pub available: Option<Decimal>,
    pub counted: Option<DateTimeUtc>,

    #[sea_orm(belongs_to, from = "product_uuid", to = "uuid", on_delete = "Cascade")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "store_uuid", to = "uuid")]
    pub store: BelongsTo<super::store::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_inventory")
    .foreign_key_name([Column::ProductUuid], "fk_inventory_product")
    .foreign_key_name([Column::StoreUuid], "fk_inventory_store")
    .default_sql(Column::OnHand, "0")
    .default_sql(Column::Reserved, "0")
    .generated_stored(Column::Available, "on_hand - reserved")
    .check("ck_inventory_reserved", "reserved >= 0")
    .index_on("ix_inventory_store", [Column::StoreUuid]));
