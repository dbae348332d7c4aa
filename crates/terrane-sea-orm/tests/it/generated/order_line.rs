//! The table `order_line`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub site: Option<i64>,
    pub number: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub text: Option<String>,

    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
    #[sea_orm(belongs_to, from = "(site, number)", to = "(site, number)")]
    pub parent: BelongsTo<Option<crate::entity::every_attribute::parent::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_sql("PRIMARY KEY (position, order_id)")
    .foreign_key_name([Column::Site, Column::Number], "fk_line_parent")
    .foreign_key_options([Column::Site, Column::Number], "MATCH FULL"));
