//! When customers came, where, and for what.

use rattail::db::model as base;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poser_visit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub customer_uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub store_uuid: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub came: DateTimeUtc,
    #[sea_orm(column_type = "Decimal(Some((8, 2)))", default_value = 0)]
    pub spent: Decimal,
    pub details: Option<Json>,

    #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid", on_delete = "Cascade")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "store_uuid", to = "uuid", on_delete = "SetNull")]
    pub store: BelongsTo<Option<base::store::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_poser_visit")
    .foreign_key_name([Column::CustomerUuid], "fk_poser_visit_customer")
    .foreign_key_name([Column::StoreUuid], "fk_poser_visit_store")
    .check("ck_poser_visit_spent", "spent >= 0")
    .index(
        terrane_sea_orm::Index::new("ix_poser_visit_customer")
            .key("customer_uuid")
            .key("came DESC")
    )
    .index_on("ix_poser_visit_store", [Column::StoreUuid]));
