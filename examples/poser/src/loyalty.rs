//! Customers who come back, by the vendor's entities and the app's together.

use crate::db::model::{customer as member, loyalty_card, visit};
use rattail::db::model::{customer, customer_person, person};
use rattail::db::new_key;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{DatabaseConnection, QueryOrder, Set, TransactionTrait};

/// Somebody who is no customer yet.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'t> {
    /// Given name.
    pub first_name: &'t str,
    /// Family name.
    pub last_name: &'t str,
    /// How the store calls somebody who is known well.
    pub nickname: Option<&'t str>,
    /// What stands on the card.
    pub number: &'t str,
}

/// Makes somebody a customer of the base and a member of the scheme, or finds who has that number already; gives the key.
///
/// # Errors
/// The database refuses; then nothing has changed.
pub async fn enroll(db: &DatabaseConnection, newcomer: Newcomer<'_>) -> Result<String, DbErr> {
    let of_number = customer::Entity::find().filter(customer::Column::Id.eq(newcomer.number));
    if let Some(known) = of_number.one(db).await? {
        return Ok(known.uuid);
    }
    let (person_uuid, customer_uuid) = (new_key(), new_key());
    let name = format!("{} {}", newcomer.first_name, newcomer.last_name);
    let transaction = db.begin().await?;
    let row = person::ActiveModel {
        uuid: Set(person_uuid.clone()),
        first_name: Set(Some(newcomer.first_name.to_owned())),
        last_name: Set(Some(newcomer.last_name.to_owned())),
        display_name: Set(name.clone()),
        ..Default::default()
    };
    row.insert(&transaction).await?;
    let row = customer::ActiveModel {
        uuid: Set(customer_uuid.clone()),
        id: Set(newcomer.number.to_owned()),
        name: Set(name),
        ..Default::default()
    };
    row.insert(&transaction).await?;
    let row = customer_person::ActiveModel {
        customer_uuid: Set(customer_uuid.clone()),
        person_uuid: Set(person_uuid),
        ..Default::default()
    };
    row.insert(&transaction).await?;
    let row = member::ActiveModel {
        uuid: Set(customer_uuid.clone()),
        nickname: Set(newcomer.nickname.map(str::to_owned)),
        ..Default::default()
    };
    row.insert(&transaction).await?;
    let row = loyalty_card::ActiveModel {
        number: Set(newcomer.number.to_owned()),
        customer_uuid: Set(customer_uuid.clone()),
        ..Default::default()
    };
    row.insert(&transaction).await?;
    transaction.commit().await?;
    Ok(customer_uuid)
}

/// Notes that a member came and spent so much, a point for each full unit of money.
///
/// # Errors
/// The database refuses; then nothing has changed.
pub async fn visited(db: &DatabaseConnection, customer_uuid: &str, spent: Decimal) -> Result<(), DbErr> {
    let points = i32::try_from(spent.trunc()).map_err(|_| DbErr::Custom(format!("{spent} is too much")))?;
    let transaction = db.begin().await?;
    let row = visit::ActiveModel {
        uuid: Set(new_key()),
        customer_uuid: Set(customer_uuid.to_owned()),
        spent: Set(spent),
        ..Default::default()
    };
    row.insert(&transaction).await?;
    let total = Expr::col(member::Column::LoyaltyPoints).add(points);
    member::Entity::update_many()
        .col_expr(member::Column::LoyaltyPoints, total)
        .filter(member::Column::Uuid.eq(customer_uuid))
        .exec(&transaction)
        .await?;
    transaction.commit().await
}

/// The members with their customers, cards and visits, most points first.
///
/// # Errors
/// The database does not answer.
pub async fn standings(db: &DatabaseConnection) -> Result<Vec<member::ModelEx>, DbErr> {
    member::Entity::load()
        .with(customer::Entity)
        .with(loyalty_card::Entity)
        .with(visit::Entity)
        .order_by_desc(member::Column::LoyaltyPoints)
        .all(db)
        .await
}
