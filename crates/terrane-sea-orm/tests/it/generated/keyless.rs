//! The table `keyless`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "keyless")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub rowid: i64,
    #[sea_orm(column_type = "Text")]
    pub what: String,
    pub at: DateTime,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .implicit_key(Column::Rowid)
    .column_type(Column::At, r#""DATETIME""#));
