//! Parts of a department.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subdepartment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    pub number: i32,
    #[sea_orm(column_type = "String(StringLen::N(30))")]
    pub name: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub department_uuid: String,

    #[sea_orm(belongs_to, from = "department_uuid", to = "uuid")]
    pub department: BelongsTo<super::department::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_subdepartment")
    .foreign_key_name([Column::DepartmentUuid], "fk_subdepartment_department")
    .unique("uq_subdepartment_number", [Column::DepartmentUuid, Column::Number]));
