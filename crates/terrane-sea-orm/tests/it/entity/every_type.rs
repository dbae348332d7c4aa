//! A column of every type that SQLite can hold.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "every_type")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(column_type = "Char(Some(3))")]
    pub a_char: String,
    #[sea_orm(column_type = "Char(None)")]
    pub a_bare_char: String,
    pub a_string: String,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub a_short_string: String,
    #[sea_orm(column_type = "String(StringLen::Max)")]
    pub a_long_string: String,
    #[sea_orm(column_type = "Text")]
    pub a_text: String,
    #[sea_orm(column_type = "Blob")]
    pub a_blob: Vec<u8>,
    pub a_tiny: i8,
    pub a_small: i16,
    pub an_integer: i32,
    pub a_big: i64,
    pub a_tiny_unsigned: u8,
    pub a_small_unsigned: u16,
    pub an_unsigned: u32,
    #[sea_orm(column_type = "BigUnsigned")]
    pub a_big_unsigned: i64,
    pub a_float: f32,
    pub a_double: f64,
    pub a_bare_decimal: Decimal,
    #[sea_orm(column_type = "Decimal(Some((8, 3)))")]
    pub a_decimal: Decimal,
    #[sea_orm(column_type = "Money(None)")]
    pub a_bare_money: Decimal,
    #[sea_orm(column_type = "Money(Some((10, 2)))")]
    pub a_money: Decimal,
    pub a_date_time: DateTime,
    #[sea_orm(column_type = "Timestamp")]
    pub a_timestamp: DateTimeUtc,
    pub a_zoned: DateTimeUtc,
    pub a_fixed: DateTimeWithTimeZone,
    pub a_time: Time,
    pub a_date: Date,
    #[sea_orm(column_type = "Binary(16)")]
    pub a_binary: Vec<u8>,
    pub a_var_binary: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(40))")]
    pub a_short_var_binary: Vec<u8>,
    pub a_boolean: bool,
    pub a_json: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub a_json_binary: Json,
    pub a_uuid: Uuid,
    pub a_mood: Mood,
    pub a_word: Word,
    pub a_number: Number,
    #[sea_orm(column_type = r#"custom("citext")"#)]
    pub a_custom: String,
    pub a_nullable: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity);

/// A native enumerated type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
pub enum Mood {
    #[sea_orm(string_value = "1")]
    One,
    #[sea_orm(string_value = "so so")]
    SoSo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(1))")]
pub enum Word {
    #[sea_orm(string_value = "A")]
    A,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub enum Number {
    #[sea_orm(num_value = 7)]
    Seven,
}
