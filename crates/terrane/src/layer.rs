//! A layer that is compiled into the program.

use crate::connection::Connection;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use terrane_model::{Module, Revisions};

/// What a crate brings: its models, its history, and functions that its revisions call.
///
/// ```
/// use terrane::{CallError, Connection, Layer};
///
/// async fn fill_points(mut database: Connection<'_>) -> Result<(), CallError> {
///     database.execute("UPDATE poser_customer SET points = 0 WHERE points IS NULL").await?;
///     Ok(())
/// }
///
/// pub fn layer() -> Layer {
///     Layer::new("poser").requires("rattail").call("fill_points", fill_points)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Layer {
    pub(crate) name: String,
    pub(crate) requires: Vec<String>,
    pub(crate) models: Option<Module>,
    pub(crate) revisions: Vec<Revisions>,
    pub(crate) calls: Calls,
}

impl Layer {
    /// A layer of that name, with nothing in it. Whether the name is allowed is checked with the configuration.
    pub fn new(name: impl Into<String>) -> Layer {
        Layer {
            name: name.into(),
            requires: Vec::new(),
            models: None,
            revisions: Vec::new(),
            calls: Calls::default(),
        }
    }

    /// It builds on that layer: its foreign keys may point there.
    #[must_use]
    pub fn requires(mut self, layer: impl Into<String>) -> Layer {
        self.requires.push(layer.into());
        self
    }

    /// The module under which its entities live.
    #[must_use]
    pub fn models(mut self, module: Module) -> Layer {
        self.models = Some(module);
        self
    }

    /// Its revision files. A second folder may follow; new files go into the first.
    #[must_use]
    pub fn revisions(mut self, revisions: Revisions) -> Layer {
        self.revisions.push(revisions);
        self
    }

    /// A function that its revisions call by that name: `-- call NAME`. It runs in the revision's transaction, and must
    /// not end it.
    #[must_use]
    pub fn call<F>(mut self, name: impl Into<String>, function: F) -> Layer
    where
        F: for<'c> CallFn<'c> + Send + Sync + 'static,
    {
        let call: Call = Arc::new(move |database| Box::pin(function.begin(database)));
        self.calls.0.insert(name.into(), call);
        self
    }
}

/// Why a function that a revision called did not succeed.
pub type CallError = Box<dyn std::error::Error + Send + Sync>;

/// An `async fn(Connection<'_>) -> Result<(), CallError>`, and whatever behaves as one.
pub trait CallFn<'c> {
    /// What it returns.
    type Running: Future<Output = Result<(), CallError>> + Send + 'c;

    /// Calls it.
    fn begin(&self, database: Connection<'c>) -> Self::Running;
}

impl<'c, F, R> CallFn<'c> for F
where
    F: Fn(Connection<'c>) -> R,
    R: Future<Output = Result<(), CallError>> + Send + 'c,
{
    type Running = R;

    fn begin(&self, database: Connection<'c>) -> R {
        self(database)
    }
}

type Running<'c> = Pin<Box<dyn Future<Output = Result<(), CallError>> + Send + 'c>>;
pub(crate) type Call = Arc<dyn for<'c> Fn(Connection<'c>) -> Running<'c> + Send + Sync>;

/// Functions by name.
#[derive(Clone, Default)]
pub(crate) struct Calls(BTreeMap<String, Call>);

impl Calls {
    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Takes over those of another layer.
    pub(crate) fn extend(&mut self, other: &Calls) {
        self.0.extend(other.0.clone());
    }

    /// The function of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Call> {
        self.0.get(name)
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
