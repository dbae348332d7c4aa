//! The macros of `terrane-model`, which is where they are documented and used from.

mod fault;
mod revisions;

use proc_macro::TokenStream;

/// See `terrane_model::revisions!`, which calls this with its own crate in braces, and the folder.
#[doc(hidden)]
#[proc_macro]
pub fn revisions(input: TokenStream) -> TokenStream {
    revisions::expand(input.into()).into()
}
