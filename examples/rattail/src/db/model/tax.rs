//! Taxes on what is sold.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(30))")]
    pub code: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub description: Option<String>,
    #[sea_orm(column_type = "Decimal(Some((7, 5)))", comment = "In percent")]
    pub rate: Decimal,

    #[sea_orm(has_many)]
    pub products: HasMany<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_tax")
    .unique("uq_tax_code", [Column::Code])
    .check("ck_tax_rate", "rate BETWEEN 0 AND 99"));
