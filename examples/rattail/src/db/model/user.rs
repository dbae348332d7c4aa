//! Who may log in.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(25))")]
    pub username: String,
    #[sea_orm(
        column_type = "String(StringLen::N(255))",
        comment = "Hashed; empty for who cannot log in"
    )]
    pub password: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub person_uuid: Option<String>,
    #[sea_orm(default_value = true)]
    pub active: bool,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created: DateTimeUtc,
    pub last_login: Option<DateTimeUtc>,

    #[sea_orm(belongs_to, from = "person_uuid", to = "uuid", on_delete = "SetNull")]
    pub person: BelongsTo<Option<super::person::Entity>>,
    #[sea_orm(has_many, via = "user_role")]
    pub roles: HasMany<super::role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_user")
    .foreign_key_name([Column::PersonUuid], "fk_user_person")
    .unique("uq_user_username", [Column::Username])
    .index_on("ix_user_person", [Column::PersonUuid]));
