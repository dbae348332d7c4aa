//! What revisions do that takes more than SQL.

use terrane::core::sql::quote_string;
use terrane::{CallError, Connection};

/// Gives a number to each customer that has none, in the order of their names.
///
/// # Errors
/// The database refuses a statement.
pub async fn fill_customer_numbers(mut database: Connection<'_>) -> Result<(), CallError> {
    let first = |rows: Vec<Vec<Option<String>>>| -> Vec<String> {
        rows.into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect()
    };
    let taken = first(
        database
            .rows("SELECT number FROM customer WHERE number IS NOT NULL")
            .await?,
    );
    let without = first(
        database
            .rows("SELECT uuid FROM customer WHERE number IS NULL ORDER BY name, uuid")
            .await?,
    );
    let numbers = next_numbers(taken.iter().map(String::as_str), without.len());
    for (uuid, number) in without.iter().zip(numbers) {
        let uuid = quote_string(uuid);
        let update = format!("UPDATE customer SET number = '{number}' WHERE uuid = {uuid}");
        database.execute(&update).await?;
    }
    Ok(())
}

/// The next `count` customer numbers: six digits, after the highest among those that are taken. What is no number, such
/// as a name that somebody wrote there, does not count.
pub fn next_numbers<'t>(taken: impl IntoIterator<Item = &'t str>, count: usize) -> Vec<String> {
    let numbers = taken.into_iter().filter_map(|number| number.trim().parse().ok());
    let highest: u64 = numbers.max().unwrap_or(0);
    (highest + 1..)
        .take(count)
        .map(|number| format!("{number:06}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_after_the_highest_and_pass_over_what_is_none() {
        assert_eq!(next_numbers(["000007", "41", "the baker"], 2), ["000042", "000043"]);
        assert_eq!(next_numbers([], 1), ["000001"]);
    }
}
