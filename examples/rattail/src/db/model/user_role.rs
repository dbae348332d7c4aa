//! The roles of users.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub user_uuid: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub role_uuid: String,

    #[sea_orm(belongs_to, from = "user_uuid", to = "uuid", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
    #[sea_orm(belongs_to, from = "role_uuid", to = "uuid", on_delete = "Cascade")]
    pub role: BelongsTo<super::role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_user_role")
    .foreign_key_name([Column::UserUuid], "fk_user_role_user")
    .foreign_key_name([Column::RoleUuid], "fk_user_role_role")
    .index_on("ix_user_role_role", [Column::RoleUuid]));
