//! What tells two versions of a revision's statements apart.

use super::{Action, Section, Step};
use crate::sql::{Lexing, TokenKind, tokenize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 of what a section does. Comments and spacing may be edited without changing it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The checksum of a section.
pub fn checksum(section: &Section) -> Checksum {
    let mut hash = Sha256::new();
    section.steps.iter().for_each(|next| step(&mut hash, next));
    Checksum(hash.finalize().into())
}

/// For each step of a section, the checksum that it would have if it ended there.
pub fn running_checksums(section: &Section) -> Vec<Checksum> {
    let mut hash = Sha256::new();
    let until = |next: &Step| {
        step(&mut hash, next);
        Checksum(hash.clone().finalize().into())
    };
    section.steps.iter().map(until).collect()
}

fn step(hash: &mut Sha256, step: &Step) {
    match &step.action {
        Action::Sql(text) => statement(hash, text),
        Action::Python(text) => {
            hash.update(b"python\0");
            hash.update(text.as_bytes());
        }
        Action::Call(name) => {
            hash.update(b"call\0");
            hash.update(name.as_bytes());
        }
    }
    hash.update(b"\0\0");
}

fn statement(hash: &mut Sha256, text: &str) {
    let Ok(tokens) = tokenize(text, &Lexing::PORTABLE) else {
        return hash.update(text.as_bytes());
    };
    for token in tokens.iter().filter(|token| token.kind != TokenKind::Comment) {
        hash.update(token.text(text).as_bytes());
        hash.update(b"\0");
    }
}
