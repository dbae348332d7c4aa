//! The table `conflicting`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conflicting")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text", nullable)]
    pub a: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text", nullable)]
    pub b: String,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_sql(r#"PRIMARY KEY (a COLLATE "RTRIM", b) ON CONFLICT IGNORE"#)
    .collation(Column::A, "NOCASE"));
