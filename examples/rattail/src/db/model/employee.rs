//! People who work here, or did.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "employee")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(32))")]
    pub person_uuid: String,
    #[sea_orm(comment = "What the till calls the employee")]
    pub id: Option<i32>,
    #[sea_orm(default_value = "current")]
    pub status: Status,
    pub start_date: Option<Date>,
    pub end_date: Option<Date>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub store_uuid: Option<String>,

    #[sea_orm(belongs_to, from = "person_uuid", to = "uuid")]
    pub person: BelongsTo<super::person::Entity>,
    #[sea_orm(belongs_to, from = "store_uuid", to = "uuid", on_delete = "SetNull")]
    pub store: BelongsTo<Option<super::store::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_employee")
    .foreign_key_name([Column::PersonUuid], "fk_employee_person")
    .foreign_key_name([Column::StoreUuid], "fk_employee_store")
    .unique("uq_employee_person", [Column::PersonUuid])
    .check("ck_employee_dates", "end_date >= start_date")
    .index_on("ix_employee_store", [Column::StoreUuid])
    .index(
        terrane_sea_orm::Index::new("ix_employee_id")
            .key("id")
            .unique()
            .predicate("status = 'current'")
    ));

/// Whether somebody still works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum Status {
    Current,
    Former,
}
