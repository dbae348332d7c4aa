//! The table `order`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, nullable)]
    pub id: i64,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub customer_uuid: String,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub billed_to: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub implied: Option<String>,
    pub quantity: i64,
    pub price: f64,
    pub total: Option<f64>,
    #[sea_orm(column_type = "Text")]
    pub label: Option<String>,
    pub before: Option<i64>,
    pub after: Option<i64>,

    #[sea_orm(
        belongs_to,
        from = "customer_uuid",
        to = "uuid",
        on_update = "Restrict",
        on_delete = "Cascade"
    )]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "BilledToCustomer",
        from = "billed_to",
        to = "uuid",
        on_delete = "SetNull"
    )]
    pub billed_to_customer: BelongsTo<Option<super::customer::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "ImpliedCustomer",
        from = "implied",
        to = "uuid",
        skip_fk
    )]
    pub implied_customer: BelongsTo<Option<super::customer::Entity>>,
    #[sea_orm(self_ref, relation_enum = "BeforeOrder", from = "before", to = "id")]
    pub before_order: BelongsTo<Option<Entity>>,
    #[sea_orm(self_ref, relation_enum = "AfterOrder", from = "after", to = "id")]
    pub after_order: BelongsTo<Option<Entity>>,
    #[sea_orm(has_many)]
    pub order_lines: HasMany<super::order_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .foreign_key_name([Column::CustomerUuid], "fk_order_customer")
    .foreign_key_options([Column::BilledTo], "DEFERRABLE INITIALLY DEFERRED")
    .foreign_key(terrane_sea_orm::ForeignKey::new(["implied"], "customer", []))
    .column_type(Column::Price, r#""REAL""#)
    .column_type(Column::Total, r#""REAL""#)
    .generated_stored(Column::Total, "quantity * price")
    .generated_virtual(Column::Label, "'#' || id"));
