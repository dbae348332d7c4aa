//! How the labels at the shelf are printed.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "label_profile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[cfg(not(feature = "next"))]
    #[sea_orm(unique, column_type = "String(StringLen::N(20))")]
    pub code: String,
    #[cfg(feature = "next")]
    #[sea_orm(unique, column_type = "String(StringLen::N(20))", renamed_from = "code")]
    pub abbreviation: String,
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub description: Option<String>,
    #[sea_orm(default_value = 1)]
    pub ordinal: i32,
    #[sea_orm(default_value = true)]
    pub visible: bool,
    #[sea_orm(column_type = "Text")]
    pub template: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

#[cfg(not(feature = "next"))]
terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_label_profile")
    .unique("uq_label_profile_code", [Column::Code]));

#[cfg(feature = "next")]
terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_label_profile")
    .unique("uq_label_profile_abbreviation", [Column::Abbreviation]));
