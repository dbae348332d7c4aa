//! Where people can be written to.

use super::person::ContactKind;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_email")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub person_uuid: String,
    pub kind: ContactKind,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub address: String,
    #[sea_orm(comment = "Empty until a message came back, or did not")]
    pub valid: Option<bool>,

    #[sea_orm(belongs_to, from = "person_uuid", to = "uuid", on_delete = "Cascade")]
    pub person: BelongsTo<super::person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_person_email")
    .foreign_key_name([Column::PersonUuid], "fk_person_email_person")
    .check("ck_person_email_address", "address LIKE '%_@_%'")
    .index_on("ix_person_email_person", [Column::PersonUuid])
    .index(terrane_sea_orm::Index::new("ix_person_email_address").key("lower(address)")));
