//! The table `type`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "type")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_name = "self", nullable)]
    pub self_: i64,
    #[sea_orm(column_type = "Text", default_value = "")]
    pub r#type: String,
    #[sea_orm(column_type = "Text")]
    pub r#match: Option<String>,
    #[sea_orm(column_name = "Self Reference")]
    pub self_reference: Option<i64>,
    #[sea_orm(column_name = "2nd", column_type = "Text")]
    pub column_2nd: Option<String>,
    #[sea_orm(column_name = "camelCase", column_type = "Text")]
    pub camel_case: Option<String>,
    #[sea_orm(column_name = "camel_case", column_type = "Text")]
    pub camel_case_2: Option<String>,
    #[sea_orm(column_name = r#"with "quotes""#, column_type = "Text")]
    pub with_quotes: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub a1: Option<String>,
    #[sea_orm(column_name = "a_1", column_type = "Text")]
    pub a_1_2: Option<String>,
    #[sea_orm(column_name = "größe", column_type = "Text")]
    pub gr_e: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub entity: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub select: Option<String>,
    #[sea_orm(column_name = "crate", column_type = "Text")]
    pub crate_: Option<String>,

    #[sea_orm(self_ref, relation_enum = "SelfReferenceType", from = "self_reference", to = "self_")]
    pub self_reference_type: BelongsTo<Option<Entity>>,
    #[sea_orm(has_many)]
    pub mods: HasMany<super::mod_::Entity>,
    #[sea_orm(has_many)]
    pub odd_tables: HasMany<super::odd_table::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .foreign_key_name([Column::SelfReference], r#"fk "odd""#)
    .constraint_sql(r#"UNIQUE ("match")"#)
    .constraint_sql(r#"CHECK ("with ""quotes""" <> '"')"#)
    .index_on("ix odd", [Column::Column2nd, Column::WithQuotes]));
