//! Changes that are gathered, looked at, and then made at once; whose they are is their handler's to say.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(32))")]
    pub uuid: String,
    #[sea_orm(
        column_type = "String(StringLen::N(50))",
        comment = "Who knows what the rows mean: `pricing`, `receiving`"
    )]
    pub handler: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub description: Option<String>,
    #[sea_orm(default_value = "new")]
    pub status: Status,
    #[sea_orm(comment = "For the handler")]
    pub params: Option<Json>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created: DateTimeUtc,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub created_by_uuid: String,
    pub executed: Option<DateTimeUtc>,
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub executed_by_uuid: Option<String>,

    #[sea_orm(belongs_to, relation_enum = "CreatedBy", from = "created_by_uuid", to = "uuid")]
    pub created_by: BelongsTo<super::user::Entity>,
    #[sea_orm(belongs_to, relation_enum = "ExecutedBy", from = "executed_by_uuid", to = "uuid")]
    pub executed_by: BelongsTo<Option<super::user::Entity>>,
    #[sea_orm(has_many)]
    pub rows: HasMany<super::batch_row::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

terrane_sea_orm::table!(Entity, |table| table
    .primary_key_name("pk_batch")
    .foreign_key_name([Column::CreatedByUuid], "fk_batch_created_by")
    .foreign_key_name([Column::ExecutedByUuid], "fk_batch_executed_by")
    .check("ck_batch_status", "status IN ('new', 'ready', 'executed', 'failed')")
    .check("ck_batch_executed", "(executed IS NULL) = (executed_by_uuid IS NULL)")
    .index_on("ix_batch_created_by", [Column::CreatedByUuid])
    .index(
        terrane_sea_orm::Index::new("ix_batch_pending")
            .key("handler")
            .key("created DESC")
            .predicate("executed IS NULL")
    ));

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum Status {
    New,
    Ready,
    Executed,
    Failed,
}
