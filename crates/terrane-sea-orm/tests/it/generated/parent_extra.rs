//! The table `parent_extra`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "parent_extra")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(column_type = "Text")]
    pub more: Option<String>,

    #[sea_orm(belongs_to, from = "(site, number)", to = "(site, number)", on_delete = "Cascade")]
    pub parent: BelongsTo<crate::entity::every_attribute::parent::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .extends::<crate::entity::every_attribute::parent::Entity>()
    .primary_key_name("pk_parent_extra")
    .foreign_key_name([Column::Site, Column::Number], "fk_parent_extra"));
