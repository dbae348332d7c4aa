//! The table `written`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "written")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub id: i64,
    pub a_bigint: Option<i64>,
    pub an_unsigned: Option<i64>,
    pub a_real: f64,
    pub a_double: Option<f64>,
    #[sea_orm(select_as = "real")]
    pub a_numeric: Decimal,
    #[sea_orm(select_as = "real")]
    pub a_bare_numeric: Option<Decimal>,
    #[sea_orm(select_as = "real")]
    pub a_decimal: Option<Decimal>,
    pub a_bool: Option<bool>,
    pub a_date: Option<Date>,
    pub a_date_time: Option<DateTime>,
    pub a_timestamp: Option<DateTime>,
    pub a_zoned: Option<DateTimeUtc>,
    pub a_time: Option<Time>,
    pub a_string: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub a_word: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub a_double_quoted: Option<String>,
    pub an_interval: Option<String>,
    pub a_year: Option<i64>,
    #[sea_orm(select_as = "text")]
    pub a_json: Option<Json>,
    pub a_uuid: Option<String>,
    pub a_max: Option<String>,
    pub an_array: Option<i64>,
    pub a_quoted: Option<Vec<u8>>,
    pub without_type: Option<Vec<u8>>,
    pub without_type_and_null: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .column_type(Column::Id, r#""INT""#)
    .column_type(Column::ABigint, r#""BIGINT""#)
    .column_type(Column::AnUnsigned, "UNSIGNED BIG INT")
    .column_type(Column::AReal, r#""REAL""#)
    .default_sql(Column::AReal, "0.5")
    .column_type(Column::ADouble, r#""DOUBLE PRECISION""#)
    .column_type(Column::ANumeric, r#""NUMERIC(10,2)""#)
    .default_sql(Column::ANumeric, "0")
    .column_type(Column::ABareNumeric, r#""NUMERIC""#)
    .column_type(Column::ADecimal, r#""DECIMAL(5, 1)""#)
    .column_type(Column::ABool, r#""BOOL""#)
    .default_sql(Column::ABool, "1")
    .column_type(Column::ADate, r#""DATE""#)
    .column_type(Column::ADateTime, r#""DATETIME""#)
    .default_sql(Column::ADateTime, "(datetime('now'))")
    .column_type(Column::ATimestamp, r#""TIMESTAMP""#)
    .column_type(Column::AZoned, r#""TIMESTAMP WITH TIME ZONE""#)
    .column_type(Column::ATime, r#""TIME""#)
    .column_type(Column::AString, "NVARCHAR(100)")
    .default_sql(Column::AString, "'it''s'")
    .default_sql(Column::AWord, "mere_word")
    .default_sql(Column::ADoubleQuoted, r#""quoted""#)
    .column_type(Column::AnInterval, r#""INTERVAL""#)
    .column_type(Column::AYear, r#""YEAR""#)
    .column_type(Column::AJson, r#""JSON""#)
    .column_type(Column::AUuid, r#""UUID""#)
    .column_type(Column::AMax, "VARCHAR(-1)")
    .column_type(Column::AnArray, r#""INT[]""#)
    .column_type(Column::AQuoted, r#""""SOMETHING (odd)""""#)
    .column_type(Column::WithoutType, "")
    .column_type(Column::WithoutTypeAndNull, "")
    .default_sql(Column::WithoutTypeAndNull, "''"));
