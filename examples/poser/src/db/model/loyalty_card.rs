//! The cards that customers show.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poser_loyalty_card")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(16))")]
    pub number: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub customer_uuid: String,
    #[sea_orm(default_value = "active")]
    pub status: Status,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub issued: DateTimeUtc,

    #[sea_orm(belongs_to, from = "customer_uuid", to = "uuid", on_delete = "Cascade")]
    pub customer: BelongsTo<super::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_poser_loyalty_card")
    .foreign_key_name([Column::CustomerUuid], "fk_poser_loyalty_card_customer")
    .check(
        "ck_poser_loyalty_card_status",
        "status IN ('active', 'lost', 'blocked')"
    )
    .index_on("ix_poser_loyalty_card_customer", [Column::CustomerUuid]));

/// What became of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum Status {
    Active,
    Lost,
    Blocked,
}
