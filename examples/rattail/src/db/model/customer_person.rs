//! The people of a customer, in order.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub customer_uuid: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub person_uuid: String,
    #[sea_orm(default_value = 1)]
    pub ordinal: i32,

    #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid", on_delete = "Cascade")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "person_uuid", to = "uuid", on_delete = "Cascade")]
    pub person: BelongsTo<super::person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_customer_person")
    .foreign_key_name([Column::CustomerUuid], "fk_customer_person_customer")
    .foreign_key_name([Column::PersonUuid], "fk_customer_person_person")
    .unique("uq_customer_person_ordinal", [Column::CustomerUuid, Column::Ordinal])
    .index_on("ix_customer_person_person", [Column::PersonUuid]));
