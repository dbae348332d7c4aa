//! From whom the store buys.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vendor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(15))")]
    pub id: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub name: String,
    #[sea_orm(column_type = "Decimal(Some((5, 3)))", comment = "Percent off its list prices")]
    pub discount: Option<Decimal>,
    #[sea_orm(column_type = "Decimal(Some((5, 1)))")]
    pub lead_time_days: Option<Decimal>,

    #[sea_orm(has_many)]
    pub costs: HasMany<super::product_cost::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_vendor")
    // Not `#[sea_orm(unique)]`: that makes a `find_by_id` of its own, which hides the one by key.
    .unique("uq_vendor_id", [Column::Id])
    .check("ck_vendor_discount", "discount >= 0 AND discount < 100")
    .index_on("ix_vendor_name", [Column::Name]));
