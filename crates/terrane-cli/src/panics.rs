//! A panic of the program, or of an app's code in it, told as an error.

use std::any::Any;
use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

/// The place of the last panic that this hook reported.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

thread_local! {
    /// Whether this thread is at the work whose panics are told as errors.
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// What is done with a panic.
type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Does the work, on whatever threads it is polled; if it panics, what is to be said.
///
/// # Errors
/// It panicked: what it said, and where.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let usual: Arc<Hook> = Arc::from(panic::take_hook());
    let of_others = Arc::clone(&usual);
    panic::set_hook(Box::new(move |info| {
        if !AT_WORK.get() {
            return of_others(info);
        }
        let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        *place = info.location().map(ToString::to_string);
    }));
    let mut work = pin!(work);
    let outcome = poll_fn(|context| {
        AT_WORK.set(true);
        let polled = panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        AT_WORK.set(false);
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await;
    panic::set_hook(Box::new(move |info| usual(info)));
    outcome.map_err(|panic| told(&*panic))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let place = place.map(|place| format!(", at {place}")).unwrap_or_default();
    format!("the program panicked: {}{place}", text.unwrap_or("it does not say why"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(work)
    }

    #[test]
    fn a_panic_is_told_with_its_place() {
        let told = now(caught(async { panic!("no {}", "luck") })).unwrap_err();
        assert!(told.starts_with("the program panicked: no luck, at "), "{told}");
        assert!(told.contains("panics.rs:"), "{told}");
        assert_eq!(now(caught(async { 1 })), Ok(1));
    }

    #[test]
    fn a_panic_behind_an_await_is_told_too() {
        let work = async {
            tokio::task::yield_now().await;
            panic!("late")
        };
        let told = now(caught(work)).unwrap_err();
        assert!(told.starts_with("the program panicked: late, at "), "{told}");
    }
}
