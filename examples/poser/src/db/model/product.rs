//! What poser knows of a product besides: one row to one of the vendor's.

use rattail::db::model as base;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poser_product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(default_value = 1, comment = "How many points for each unit of money")]
    pub points_factor: i32,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub widget_uuid: Option<String>,

    #[sea_orm(belongs_to, from = "uuid", to = "uuid", on_delete = "Cascade")]
    pub product: BelongsTo<base::product::Entity>,
    #[sea_orm(belongs_to, from = "widget_uuid", to = "uuid", on_delete = "SetNull")]
    pub widget: BelongsTo<Option<super::widget::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .extends::<base::product::Entity>()
    .primary_key_name("pk_poser_product")
    .foreign_key_name([Column::Uuid], "fk_poser_product_product")
    .foreign_key_name([Column::WidgetUuid], "fk_poser_product_widget")
    .check("ck_poser_product_points_factor", "points_factor BETWEEN 0 AND 10")
    .index_on("ix_poser_product_widget", [Column::WidgetUuid]));
