//! What PostgreSQL does not do: each a value with a reason, found before anything runs.

use terrane_core::dialect::Unsupported;

/// Why an op cannot be carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    reason: String,
    help: Option<String>,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>) -> Refusal {
        Refusal {
            reason: reason.into(),
            help: None,
        }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Refusal {
        Refusal {
            help: Some(help.into()),
            ..self
        }
    }

    /// The refusal of the op at that position.
    pub(crate) fn at(self, op: usize) -> Unsupported {
        Unsupported {
            op,
            reason: self.reason,
            help: self.help,
        }
    }
}
