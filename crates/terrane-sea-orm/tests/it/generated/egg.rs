//! The table `egg`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "egg")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub id: i64,
    pub hen_id: Option<i64>,
    pub laid_by: Option<i64>,

    #[sea_orm(belongs_to, from = "hen_id", to = "id")]
    pub hen: BelongsTo<Option<super::hen::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "LaidByHen", from = "laid_by", to = "id")]
    pub laid_by_hen: BelongsTo<Option<super::hen::Entity>>,
    #[sea_orm(has_one)]
    pub twice: HasOne<super::twice::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);
