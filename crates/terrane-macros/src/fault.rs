//! All that is wrong with what a macro was given.

use proc_macro2::{Span, TokenStream};

/// Errors, each at its place, gathered until there is nothing more to read.
#[derive(Default)]
pub(crate) struct Faults(Option<syn::Error>);

impl Faults {
    pub(crate) fn push(&mut self, span: Span, message: impl Into<String>) {
        self.push_error(syn::Error::new(span, message.into()));
    }

    pub(crate) fn push_error(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The invocations of `compile_error!` that say it, if there is anything to say.
    pub(crate) fn expand(&self) -> Option<TokenStream> {
        self.0.as_ref().map(syn::Error::to_compile_error)
    }

    /// The messages, in the order in which they were found.
    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.0.into_iter().flatten().map(|error| error.to_string()).collect()
    }
}
