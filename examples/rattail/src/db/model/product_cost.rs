//! What a product costs at a vendor.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_cost")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub product_uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub vendor_uuid: String,
    #[sea_orm(comment = "1 is the vendor from whom it is ordered as a rule")]
    pub preference: i16,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub code: Option<String>,
    #[sea_orm(column_type = "Decimal(Some((9, 4)))", default_value = 1)]
    pub case_size: Decimal,
    #[sea_orm(column_type = "Decimal(Some((9, 5)))")]
    pub unit_cost: Option<Decimal>,
    pub effective: Option<DateTime>,

    #[sea_orm(belongs_to, from = "product_uuid", to = "uuid", on_delete = "Cascade")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "vendor_uuid", to = "uuid")]
    pub vendor: BelongsTo<super::vendor::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_product_cost")
    .foreign_key_name([Column::ProductUuid], "fk_product_cost_product")
    .foreign_key_name([Column::VendorUuid], "fk_product_cost_vendor")
    .unique("uq_product_cost_preference", [Column::ProductUuid, Column::Preference])
    .check("ck_product_cost_case_size", "case_size > 0")
    .check("ck_product_cost_unit_cost", "unit_cost >= 0")
    .index_on("ix_product_cost_vendor", [Column::VendorUuid, Column::Code]));
