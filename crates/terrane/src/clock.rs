//! The time, for the ledger and for new revisions.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use terrane_core::revision::Timestamp;

/// How long ago the epoch was; a clock that stands before it says that it is the epoch.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Now, to the second.
pub(crate) fn now() -> Timestamp {
    Timestamp(i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX))
}

/// Now, to the millisecond, in UTC: `2026-11-22 21:30:00.123+00:00`.
pub(crate) fn now_in_words() -> String {
    in_words(since_epoch())
}

fn in_words(since_epoch: Duration) -> String {
    let seconds = Timestamp(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)).to_string();
    let (time, zone) = seconds.split_at(seconds.len() - "+00:00".len());
    format!("{time}.{:03}{zone}", since_epoch.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_its_milliseconds_and_its_zone() {
        let moment = Duration::from_millis(1_795_469_400_007);
        assert_eq!(in_words(moment), "2026-11-23 21:30:00.007+00:00");
    }
}
