//! Where people can be called.

use super::person::ContactKind;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_phone")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub person_uuid: String,
    pub kind: ContactKind,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub number: String,
    #[sea_orm(default_value = false)]
    pub preferred: bool,

    #[sea_orm(belongs_to, from = "person_uuid", to = "uuid", on_delete = "Cascade")]
    pub person: BelongsTo<super::person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_person_phone")
    .foreign_key_name([Column::PersonUuid], "fk_person_phone_person")
    .index_on("ix_person_phone_person", [Column::PersonUuid])
    // At most one is preferred.
    .index(
        terrane_sea_orm::Index::new("ix_person_phone_preferred")
            .key("person_uuid")
            .unique()
            .predicate("preferred")
    ));
