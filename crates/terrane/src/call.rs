//! Calling a function of the app's so that its panic is an error like any other.

use crate::connection::Connection;
use crate::layer::{Call, CallError};
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// How a function ended that did not return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Panicked(pub(crate) String);

/// Calls it, and waits for it.
///
/// # Errors
/// It panicked, when it was called or later. The connection is then as it left it.
pub(crate) async fn caught(call: &Call, database: Connection<'_>) -> Result<Result<(), CallError>, Panicked> {
    // What it leaves half done is the transaction's, which is rolled back.
    let begun = catch_unwind(AssertUnwindSafe(|| call(database)));
    let mut running = begun.map_err(|panic| message(&*panic))?;
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
            Err(panic) => Poll::Ready(Err(message(&*panic))),
        }
    })
    .await
}

/// What the panic says: `panic!` with a text carries a `String` or a `&str`.
fn message(panic: &(dyn Any + Send)) -> Panicked {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    Panicked(text.unwrap_or("it does not say why").to_owned())
}
