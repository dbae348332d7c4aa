//! Where people get their mail.

use super::person::ContactKind;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_address")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub person_uuid: String,
    pub kind: ContactKind,
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub street: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(60))")]
    pub city: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub region: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(10))")]
    pub postcode: Option<String>,
    #[sea_orm(column_type = "Char(Some(2))", comment = "Of ISO 3166")]
    pub country: Option<String>,

    #[sea_orm(belongs_to, from = "person_uuid", to = "uuid", on_delete = "Cascade")]
    pub person: BelongsTo<super::person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_person_address")
    .foreign_key_name([Column::PersonUuid], "fk_person_address_person")
    .index_on("ix_person_address_person", [Column::PersonUuid])
    .index_on("ix_person_address_postcode", [Column::Country, Column::Postcode]));
