//! The CPU time of processes that have ended.

use std::fs;
use std::time::Duration;

/// What the children of this process and theirs have used up so far, as Linux tells it.
pub(super) fn of_children() -> Option<Duration> {
    read(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// The fields `cutime` and `cstime` of proc_pid_stat(5), in hundredths of a second wherever user programs see them.
fn read(stat: &str) -> Option<Duration> {
    // The name of the program is in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_of_children_are_added() {
        let stat = "7 (x) task) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 1500 50 20 0 1 0 99\n";
        assert_eq!(read(stat), Some(Duration::from_millis(15_500)));
        assert_eq!(read("nonsense"), None);
    }
}
