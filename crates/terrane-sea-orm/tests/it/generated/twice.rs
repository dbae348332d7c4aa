//! The table `twice`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub a: i64,

    #[sea_orm(belongs_to, from = "a", to = "id")]
    pub hen: BelongsTo<super::hen::Entity>,
    #[sea_orm(belongs_to, from = "a", to = "id", skip_fk)]
    pub egg: BelongsTo<super::egg::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .foreign_key_name([Column::A], "f1")
    .foreign_key(terrane_sea_orm::ForeignKey::new(["a"], "egg", ["id"]).named("f2")));
