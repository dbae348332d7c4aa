//! Settings of the application, by name.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "setting", comment = "Settings of the application, by name")]
pub struct Model {
    #[sea_orm(
        primary_key,
        auto_increment = false,
        column_type = "String(StringLen::N(255))",
        comment = "Dotted: `rattail.mail.from`"
    )]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub value: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table.primary_key_name("pk_setting"));
