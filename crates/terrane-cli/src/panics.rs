//! A panic of the program, or of an app's code in it, told as an error.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The place of the last panic that this hook reported.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// What is done with a panic.
type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Does the work; if it panics, what is to be said.
///
/// # Errors
/// It panicked: what it said, and where.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let here = thread::current().id();
    let usual: Arc<Hook> = Arc::from(panic::take_hook());
    let of_others = Arc::clone(&usual);
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() != here {
            return of_others(info);
        }
        let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        *place = info.location().map(ToString::to_string);
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
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

    #[test]
    fn a_panic_is_told_with_its_place() {
        let told = caught(|| panic!("no {}", "luck")).unwrap_err();
        assert!(told.starts_with("the program panicked: no luck, at "), "{told}");
        assert!(told.contains("panics.rs:"), "{told}");
        assert_eq!(caught(|| 1), Ok(1));
    }
}
