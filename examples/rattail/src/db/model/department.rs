//! Parts of the store, one within another.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "department")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(unique)]
    pub number: i32,
    #[sea_orm(column_type = "String(StringLen::N(30))")]
    pub name: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub parent_uuid: Option<String>,
    #[sea_orm(default_value = true)]
    pub taxable: bool,

    #[sea_orm(
        self_ref,
        relation_enum = "Parent",
        relation_reverse = "Children",
        from = "parent_uuid",
        to = "uuid"
    )]
    pub parent: BelongsTo<Option<Entity>>,
    #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
    pub children: HasMany<Entity>,
    #[sea_orm(has_many)]
    pub subdepartments: HasMany<super::subdepartment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_department")
    .foreign_key_name([Column::ParentUuid], "fk_department_parent")
    .unique("uq_department_number", [Column::Number])
    .check("ck_department_parent", "parent_uuid <> uuid")
    .index_on("ix_department_parent", [Column::ParentUuid]));
