//! The table `strict_one`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "strict_one")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text", nullable)]
    pub key: String,
    pub n: Option<i64>,
    pub x: Option<Vec<u8>>,
    pub r: Option<f64>,
    #[sea_orm(column_type = "Blob")]
    pub b: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .column_type(Column::N, r#""INT""#)
    .column_type(Column::X, "ANY")
    .column_type(Column::R, r#""REAL""#)
    .option("STRICT"));
