//! The table `customer_extra`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_extra")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub customer_uuid: String,
    #[sea_orm(column_type = "Text")]
    pub more: Option<String>,

    #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid", on_delete = "Cascade")]
    pub customer: BelongsTo<super::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);
