//! The table `hen`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hen")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub id: i64,
    pub egg_id: Option<i64>,

    #[sea_orm(belongs_to, from = "egg_id", to = "id")]
    pub egg: BelongsTo<Option<super::egg::Entity>>,
    #[sea_orm(has_one)]
    pub twice: HasOne<super::twice::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);
