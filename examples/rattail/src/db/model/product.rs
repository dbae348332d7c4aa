//! What is sold.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product", comment = "What is sold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(comment = "The number of its bar code, with the check digit")]
    pub upc: Option<i64>,
    #[cfg_attr(not(feature = "next"), sea_orm(column_type = "String(StringLen::N(120))"))]
    #[cfg_attr(feature = "next", sea_orm(column_type = "String(StringLen::N(255))"))]
    pub description: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub brand_uuid: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub department_uuid: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub subdepartment_uuid: Option<String>,
    #[sea_orm(column_type = "Decimal(Some((8, 3)))")]
    pub unit_size: Option<Decimal>,
    #[sea_orm(column_type = "Decimal(Some((10, 3)))")]
    pub regular_price: Option<Decimal>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub tax_uuid: Option<String>,
    #[sea_orm(default_value = "each")]
    pub sold_by: SoldBy,
    #[sea_orm(comment = "Whatever else is known: allergens, origin, …")]
    pub facts: Option<Json>,
    #[sea_orm(default_value = false)]
    pub discontinued: bool,
    #[cfg(feature = "next")]
    pub shelf_life_days: Option<i32>,

    #[sea_orm(belongs_to, from = "brand_uuid", to = "uuid")]
    pub brand: BelongsTo<Option<super::brand::Entity>>,
    #[sea_orm(belongs_to, from = "department_uuid", to = "uuid")]
    pub department: BelongsTo<Option<super::department::Entity>>,
    #[sea_orm(belongs_to, from = "subdepartment_uuid", to = "uuid")]
    pub subdepartment: BelongsTo<Option<super::subdepartment::Entity>>,
    #[sea_orm(belongs_to, from = "tax_uuid", to = "uuid", on_delete = "SetNull")]
    pub tax: BelongsTo<Option<super::tax::Entity>>,
    #[sea_orm(has_many)]
    pub codes: HasMany<super::product_code::Entity>,
    #[sea_orm(has_many)]
    pub costs: HasMany<super::product_cost::Entity>,
    #[sea_orm(has_many)]
    pub inventory: HasMany<super::inventory::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| {
    let table = table
        .primary_key_name("pk_product")
        .foreign_key_name([Column::BrandUuid], "fk_product_brand")
        .foreign_key_name([Column::DepartmentUuid], "fk_product_department")
        .foreign_key_name([Column::SubdepartmentUuid], "fk_product_subdepartment")
        .foreign_key_name([Column::TaxUuid], "fk_product_tax")
        .check("ck_product_regular_price", "regular_price >= 0")
        .index_on("ix_product_brand", [Column::BrandUuid])
        .index_on(
            "ix_product_department",
            [Column::DepartmentUuid, Column::SubdepartmentUuid],
        )
        .index_on("ix_product_tax", [Column::TaxUuid])
        .index(terrane_sea_orm::Index::new("ix_product_description").key("lower(description)"))
        // A number is given again once its product is gone.
        .index(
            terrane_sea_orm::Index::new("ix_product_upc")
                .key("upc")
                .unique()
                .predicate("NOT discontinued"),
        );
    #[cfg(feature = "next")]
    let table = table.check("ck_product_shelf_life_days", "shelf_life_days > 0");
    table
});

/// How the quantity of a sale is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum SoldBy {
    Each,
    Weight,
    Volume,
}
