//! The table `named_alike`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "named_alike")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub a: i64,
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub b: i64,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);
