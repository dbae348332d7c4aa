//! Enrols two customers, notes a visit of each, and shows who has how many points: `loyalty [URL]`.

#![expect(clippy::print_stdout, reason = "it is for that")]

use poser::loyalty::{Newcomer, enroll, standings, visited};
use sea_orm::Database;
use sea_orm::prelude::Decimal;
use std::error::Error;

const NEWCOMERS: [(Newcomer<'_>, i64); 2] = [
    (
        Newcomer {
            first_name: "Ada",
            last_name: "Marsh",
            nickname: Some("the baker"),
            number: "000101",
        },
        2_350,
    ),
    (
        Newcomer {
            first_name: "Ulf",
            last_name: "Brook",
            nickname: None,
            number: "000102",
        },
        799,
    ),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite:poser.db".to_owned());
    let db = Database::connect(url).await?;
    for (newcomer, cents) in NEWCOMERS {
        let customer = enroll(&db, newcomer).await?;
        visited(&db, &customer, Decimal::new(cents, 2)).await?;
    }
    println!("{:>6}  {:<8}{:<20}{:<14}visits", "points", "id", "customer", "nickname");
    for member in standings(&db).await? {
        let (id, name) = match member.customer.as_ref() {
            Some(customer) => (customer.id.as_str(), customer.name.as_str()),
            None => ("", ""),
        };
        let nickname = member.nickname.as_deref().unwrap_or("");
        let visits = member.visits.iter().count();
        println!("{:>6}  {id:<8}{name:<20}{nickname:<14}{visits}", member.loyalty_points);
    }
    Ok(())
}
