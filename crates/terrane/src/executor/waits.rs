//! Waiting for locks without making anybody wait.
//!
//! A statement that waits for a hard lock has everybody wait who comes behind it. So it waits for a moment only, and its
//! transaction is tried again later, with longer and longer pauses in which the application works on.

use crate::database::Blocker;
use crate::error::Error;
use std::time::{Duration, Instant};

/// How long statements wait for locks, where the server lets that be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waits {
    /// Of one attempt at a lock that others queue behind.
    pub attempt: Duration,
    /// Of all attempts together; and of one attempt at a lock that nobody queues behind.
    pub patience: Duration,
}

impl Default for Waits {
    /// 100 ms, behind which an application's statement hardly feels longer than usual; and ten minutes.
    fn default() -> Waits {
        Waits {
            attempt: Duration::from_millis(100),
            patience: Duration::from_secs(600),
        }
    }
}

/// The pause after the first attempt; each one after it is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The attempts at one transaction.
#[derive(Debug)]
pub(super) struct Attempts {
    begun: Instant,
    made: u32,
    /// Tables on which a vacuum would be let finish, unless it is asked to make way first.
    pub(super) vacuumed: Vec<String>,
}

impl Attempts {
    pub(super) fn new() -> Attempts {
        Attempts {
            begun: Instant::now(),
            made: 0,
            vacuumed: Vec::new(),
        }
    }

    /// The pause before the next attempt; none, when there is no more patience.
    pub(super) fn pause(&mut self, waits: Waits) -> Option<Duration> {
        let elapsed = self.begun.elapsed();
        if elapsed >= waits.patience {
            return None;
        }
        self.made += 1;
        let pause = (FIRST_PAUSE * 2_u32.saturating_pow(self.made - 1)).min(LONGEST_PAUSE);
        // Half of it or half more, so that two that met do not meet again.
        let spread = elapsed.subsec_nanos() % 1000;
        Some(pause / 2 + pause * spread / 1000)
    }

    /// An autovacuum gives way only to who waits for longer than an attempt (`deadlock_timeout`), and a lock that neither
    /// reads nor writes wait for can be waited for that long.
    pub(super) fn note(&mut self, blockers: &[Blocker]) {
        for blocker in blockers.iter().filter(|blocker| blocker.is_autovacuum) {
            if !self.vacuumed.contains(&blocker.table) {
                self.vacuumed.push(blocker.table.clone());
            }
        }
    }

    /// How many there were.
    pub(super) fn made(&self) -> u32 {
        self.made
    }
}

/// The error of the last attempt, with who was in the way.
pub(super) fn gave_up(mut error: Error, attempts: &Attempts, blockers: &[Blocker]) -> Error {
    if let Some(first) = error.diagnostics.first_mut() {
        let (times, seconds) = (attempts.made() + 1, attempts.begun.elapsed().as_secs());
        first.message = format!("{}, in {times} attempts over {seconds} s", first.message);
        first.help.clear();
    }
    for blocker in blockers.iter().take(5) {
        error = error.help(blocker.to_string());
    }
    error.help("Run it again when they are done, or wait longer with `patience` under `[locks]` in `terrane.toml`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_with_patience() {
        let waits = Waits::default();
        let mut attempts = Attempts::new();
        let pauses: Vec<Duration> = (0..8).filter_map(|_| attempts.pause(waits)).collect();
        assert!(pauses[0] < Duration::from_millis(80) && pauses[7] >= Duration::from_millis(500));
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_PAUSE * 3 / 2));
        let none = Waits {
            patience: Duration::ZERO,
            ..waits
        };
        assert_eq!(Attempts::new().pause(none), None);
    }
}
