//! What an entity can say of its table, and what a declaration adds.

/// What is referred to, with a composite key.
pub mod parent {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "parent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub above_site: Option<i32>,
        pub above_number: Option<i32>,
        #[sea_orm(
            self_ref,
            relation_enum = "Above",
            from = "(above_site, above_number)",
            to = "(site, number)"
        )]
        pub above: BelongsTo<Option<Entity>>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    terrane_sea_orm::table!(Entity);
}

/// What the attributes of SeaORM say.
pub mod plain {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order", comment = "a reserved word, and 'quotes'")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_name = "select", unique)]
        pub renamed: String,
        #[sea_orm(indexed)]
        pub indexed: i32,
        #[sea_orm(unique_key = "pair")]
        pub left: i32,
        #[sea_orm(unique_key = "pair")]
        pub right: i32,
        #[sea_orm(nullable)]
        pub nullable: i32,
        #[sea_orm(default_value = "it's")]
        pub a_default: String,
        #[sea_orm(default_value = -7)]
        pub a_negative: i32,
        #[sea_orm(default_value = true)]
        pub a_truth: bool,
        #[sea_orm(default_expr = "Expr::current_timestamp()")]
        pub now: DateTimeUtc,
        #[sea_orm(extra = "COLLATE NOCASE")]
        pub extra: String,
        #[sea_orm(comment = "with a comment")]
        pub commented: i32,
        pub site: i32,
        pub number: i32,
        #[sea_orm(
            belongs_to,
            from = "(site, number)",
            to = "(site, number)",
            on_delete = "Cascade",
            on_update = "Restrict"
        )]
        pub parent: BelongsTo<super::parent::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    terrane_sea_orm::table!(Entity);
}

/// What a declaration adds.
pub mod more {
    use sea_orm::entity::prelude::*;
    use terrane_sea_orm::Index;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "more")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        #[sea_orm(unique)]
        pub name: String,
        pub price: i32,
        pub amount: i32,
        pub total: i32,
        pub code: String,
        pub gone: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "(site, number)", to = "(site, number)")]
        pub parent: BelongsTo<super::parent::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    terrane_sea_orm::table!(Entity, |table| table
        .extends::<super::parent::Entity>()
        .primary_key_name("pk_more")
        .foreign_key_name([Column::Site, Column::Number], "fk_more_parent")
        .foreign_key_options([Column::Site, Column::Number], "DEFERRABLE INITIALLY DEFERRED")
        .unique("uq_more_name", [Column::Name])
        .unique("uq_more_code", [Column::Site, Column::Code])
        .check("ck_more_price", "price >= 0 AND \"amount\" <> 13")
        .generated_stored(Column::Total, "price * amount")
        .default_sql(Column::Code, "lower(hex(randomblob(4)))")
        .collation(Column::Code, "NOCASE")
        .column_comment(Column::Price, "in cents")
        .comment("more than an entity can say")
        .index_on("ix_more_price", [Column::Price, Column::Amount])
        .index(
            Index::new("ix_more_lower")
                .key("lower(name)")
                .key("price DESC")
                .unique()
        )
        .index(Index::new("ix_more_there").key("name").predicate("gone IS NULL")));
}
