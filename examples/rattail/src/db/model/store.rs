//! Where things are sold.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(10))")]
    pub id: String,
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub name: String,
    #[sea_orm(default_value = false)]
    pub archived: bool,

    #[sea_orm(has_many)]
    pub employees: HasMany<super::employee::Entity>,
    #[sea_orm(has_many)]
    pub inventory: HasMany<super::inventory::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_store")
    // Not `#[sea_orm(unique)]`: that makes a `find_by_id` of its own, which hides the one by key.
    .unique("uq_store_id", [Column::Id]));
