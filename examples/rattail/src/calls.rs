//! What revisions do that takes more than SQL.

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
