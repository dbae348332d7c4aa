//! Reading SQL as text: tokens, statements with their places, quoting.
//!
//! Nothing here knows what a table is. What is read is never changed: every token carries its place in the source, so
//! that an edit can keep each byte that it does not mean.

mod canonical;
mod lex;
mod names;
mod quote;
mod split;
mod token;

pub use canonical::{canonical, canonical_under, is_parenthesized};
pub use names::{NameInText, Place, relations, rename_identifiers};
pub use quote::{is_reserved, quote_identifier, quote_string, unquote};
pub use split::{Piece, Pieces, SqlStatement, split, statement};
pub use token::{Bodies, Brackets, DEEPEST, DIALECTS, LexError, LexFault, Lexing, Token, TokenKind, tokenize};
