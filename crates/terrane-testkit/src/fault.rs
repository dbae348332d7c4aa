//! Faults at a given place.

use terrane::Observer;

/// Ends the process, with nothing tidied up, before the n-th thing that is said to the server.
#[derive(Clone, Copy, Debug)]
pub struct AbortAt {
    left: usize,
}

impl AbortAt {
    /// Before the one of that number, from 0 on.
    pub fn new(at: usize) -> AbortAt {
        AbortAt { left: at }
    }
}

impl Observer for AbortAt {
    fn statement_begins(&mut self, _sql: &str) {
        if self.left == 0 {
            std::process::abort();
        }
        self.left -= 1;
    }
}

/// Writes down what is said to the server.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// Everything, in order.
    pub said: Vec<String>,
}

impl Observer for Listener {
    fn statement_begins(&mut self, sql: &str) {
        self.said.push(sql.to_owned());
    }
}
