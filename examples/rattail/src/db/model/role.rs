//! What users are to the application.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(100))")]
    pub name: String,
    #[sea_orm(comment = "After how many minutes of idling a user of this role is logged out")]
    pub session_timeout: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,

    #[sea_orm(has_many)]
    pub permissions: HasMany<super::permission::Entity>,
    #[sea_orm(has_many, via = "user_role")]
    pub users: HasMany<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_role")
    .unique("uq_role_name", [Column::Name])
    .check("ck_role_session_timeout", "session_timeout > 0"));
