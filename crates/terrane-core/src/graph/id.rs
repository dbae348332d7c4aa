//! The id of a revision.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::GraphError;
use crate::diagnostic::codes;
use crate::text::is_hostile;

/// Names that mean something in a target, so that neither a revision nor a branch can carry them.
pub(super) const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// The id of a revision: not empty, and without the characters that mean something in a target.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionId(Arc<str>);

impl RevisionId {
    /// Reads an id.
    ///
    /// # Errors
    /// `G012` where the text is empty, is one of `head`, `heads`, `base` and `current`, begins with a dot, or holds `@`,
    /// `-`, `+`, `:`, a comma, a space, a control character, or what no file's name can hold.
    pub fn parse(text: &str) -> Result<RevisionId, GraphError> {
        let fault = if text.is_empty() {
            "a revision id may not be empty".to_owned()
        } else if RESERVED.contains(&text) {
            format!("`{text}` means something in targets, and cannot be the id of a revision")
        } else if let Some(bad) = text
            .chars()
            .find(|&c| reserved_in_targets(c) || matches!(c, '-' | '+') || leaves_file_name(c))
        {
            format!(
                "`{}` is not allowed in the revision id `{}`",
                bad.escape_debug(),
                text.escape_debug()
            )
        } else if text.starts_with('.') {
            format!("the revision id `{text}` begins with a dot, and its file would be hidden")
        } else {
            return Ok(RevisionId(text.into()));
        };
        Err(GraphError::new(codes::BAD_REVISION_ID, fault)
            .help("Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`."))
    }

    /// The text of the id, without a copy of it.
    pub(super) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character leads out of the name of a file that is called after the id, or cannot stand in one.
fn leaves_file_name(c: char) -> bool {
    matches!(c, '/' | '\\' | '"' | '\'' | '<' | '>' | '|' | '?' | '*') || is_hostile(c)
}

/// Whether no name in a target can hold that character, a branch label's included.
pub(super) fn reserved_in_targets(c: char) -> bool {
    matches!(c, '@' | ':' | ',') || c.is_whitespace() || c.is_control()
}

impl Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl fmt::Debug for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}
impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
