//! What a server does not do: each a value with a reason, found before anything runs.

use super::Unsupported;

/// Why an op cannot be carried out, before it is known which of the ops that is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    reason: String,
    help: Option<String>,
}

impl Refusal {
    /// For a reason, a lower-case fragment.
    pub fn new(reason: impl Into<String>) -> Refusal {
        Refusal {
            reason: reason.into(),
            help: None,
        }
    }

    /// With what to do instead, an imperative sentence.
    pub fn help(self, help: impl Into<String>) -> Refusal {
        Refusal {
            help: Some(help.into()),
            ..self
        }
    }

    /// The refusal of the op at that position.
    pub fn at(self, op: usize) -> Unsupported {
        Unsupported {
            op,
            reason: self.reason,
            help: self.help,
        }
    }
}
