//! What the tests of Terrane share: projects in throwaway folders, faults at a given place, generated models.

pub mod attacks;
pub mod fault;
pub mod generate;
pub mod postgres;
pub mod whole;
pub mod workbench;

/// Runs a future to its end, as an application would.
///
/// # Panics
/// There is no runtime to be had.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime of one thread");
    runtime.block_on(future)
}

/// Tells whoever reads a test's output a figure.
#[expect(clippy::print_stderr, reason = "figures that the test's reader asks for")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
