//! The table `Odd Table`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "Odd Table")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub id: i64,
    pub type_of: Option<i64>,

    #[sea_orm(belongs_to, relation_enum = "TypeOfType", from = "type_of", to = "self_")]
    pub type_of_type: BelongsTo<Option<super::r#type::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);
