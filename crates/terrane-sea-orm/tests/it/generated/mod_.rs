//! The table `mod`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mod")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub id: i64,
    pub type_id: Option<i64>,

    #[sea_orm(belongs_to, relation_enum = "TypeIdType", from = "type_id", to = "self_")]
    pub type_id_type: BelongsTo<Option<super::r#type::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);
