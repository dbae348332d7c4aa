//! People, in whatever role.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub first_name: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub last_name: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub display_name: String,
    pub birth_date: Option<Date>,

    #[sea_orm(has_many)]
    pub phones: HasMany<super::person_phone::Entity>,
    #[sea_orm(has_many)]
    pub emails: HasMany<super::person_email::Entity>,
    #[sea_orm(has_many)]
    pub addresses: HasMany<super::person_address::Entity>,
    #[sea_orm(has_one)]
    pub employee: HasOne<super::employee::Entity>,
    #[sea_orm(has_many, via = "customer_person")]
    pub customers: HasMany<super::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_person")
    .index_on("ix_person_name", [Column::LastName, Column::FirstName])
    .index(terrane_sea_orm::Index::new("ix_person_display_name").key("lower(display_name)")));

/// What a phone, an address or a mailbox is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum ContactKind {
    Home,
    Work,
    Mobile,
    Billing,
}
