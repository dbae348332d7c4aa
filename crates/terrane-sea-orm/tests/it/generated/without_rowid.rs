//! The table `without_rowid`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "without_rowid")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text", nullable)]
    pub a: String,
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub b: i64,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_sql("PRIMARY KEY (a, b DESC)")
    .option("WITHOUT ROWID"));
