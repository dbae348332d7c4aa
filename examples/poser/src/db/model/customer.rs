//! What poser knows of a customer besides: one row to one of the vendor's.

use rattail::db::model as base;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poser_customer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(default_value = 0)]
    pub loyalty_points: i32,
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub nickname: Option<String>,

    #[sea_orm(belongs_to, from = "uuid", to = "uuid", on_delete = "Cascade")]
    pub customer: BelongsTo<base::customer::Entity>,
    #[sea_orm(has_many)]
    pub cards: HasMany<super::loyalty_card::Entity>,
    #[sea_orm(has_many)]
    pub visits: HasMany<super::visit::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .extends::<base::customer::Entity>()
    .primary_key_name("pk_poser_customer")
    .foreign_key_name([Column::Uuid], "fk_poser_customer_customer")
    .check("ck_poser_customer_loyalty_points", "loyalty_points >= 0"));
