//! The table `spelled`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "spelled")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(column_type = "Char(Some(3))")]
    pub a_char: String,
    #[sea_orm(column_type = "Char(None)")]
    pub a_bare_char: Option<String>,
    #[sea_orm(default_value = "new")]
    pub a_string: String,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub a_short_string: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub a_text: Option<String>,
    #[sea_orm(column_type = "Blob")]
    pub a_blob: Option<Vec<u8>>,
    #[sea_orm(column_type = "Binary(16)")]
    pub a_short_blob: Option<Vec<u8>>,
    pub a_binary: Option<Vec<u8>>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(40))")]
    pub a_short_binary: Option<Vec<u8>>,
    pub a_tiny: Option<i8>,
    #[sea_orm(default_value = 0)]
    pub a_small: i16,
    #[sea_orm(default_value = -7)]
    pub a_number: i64,
    #[sea_orm(column_type = "Float")]
    pub a_float: Option<f64>,
    pub a_double: Option<f64>,
    #[sea_orm(column_type = "Decimal(Some((8, 3)))")]
    pub a_decimal: Option<Decimal>,
    pub a_bare_decimal: Option<Decimal>,
    #[sea_orm(column_type = "Money(Some((10, 2)))")]
    pub a_price: Option<Decimal>,
    #[sea_orm(column_type = "Money(None)")]
    pub a_bare_price: Option<Decimal>,
    #[sea_orm(default_value = true)]
    pub a_truth: bool,
    pub a_date: Option<Date>,
    pub a_time: Option<Time>,
    pub a_date_time: Option<DateTime>,
    #[sea_orm(column_type = "Timestamp")]
    pub a_timestamp: Option<DateTimeUtc>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub a_zoned: DateTimeUtc,
    pub a_json: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub a_json_binary: Option<Json>,
    pub a_uuid: Option<Uuid>,
    pub an_enum: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_spelled")
    .column_type(Column::AnEnum, "ENUM_TEXT"));
