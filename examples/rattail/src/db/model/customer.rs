//! Who buys: a household, or a company.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer", comment = "Who buys: a household, or a company")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(
        column_type = "String(StringLen::N(20))",
        comment = "What the customer calls it: the number on the card"
    )]
    pub id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    pub email_preference: Option<EmailPreference>,
    pub wholesale: Option<bool>,
    #[cfg(feature = "next")]
    pub since: Option<Date>,

    #[sea_orm(has_many, via = "customer_person")]
    pub people: HasMany<super::person::Entity>,
    #[sea_orm(has_many)]
    pub orders: HasMany<super::order::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_customer")
    // Not `#[sea_orm(unique)]`: that makes a `find_by_id` of its own, which hides the one by key.
    .unique("uq_customer_id", [Column::Id])
    .index_on("ix_customer_name", [Column::Name]));

/// How often a customer wants to hear of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum EmailPreference {
    Never,
    Receipts,
    Weekly,
}
