//! Revision files that are compiled into a crate.

/// The revision files of a folder, as they were when the crate was compiled: what [`revisions!`](crate::revisions!) is.
///
/// A vendor's crate carries its history so, wherever it was fetched to or installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revisions {
    /// The folder when it was compiled, from the root of the file system.
    pub folder: &'static str,
    /// The name and the text of each file, by name.
    pub files: &'static [(&'static str, &'static str)],
}

/// The revision files of a folder of the package, named from where `Cargo.toml` is: `revisions!("src/db/versions")` is
/// a [`Revisions`](crate::Revisions).
///
/// The files are read while the crate is compiled. What is wrong with their headers, or with how they hang together, is
/// an error of the compiler then, all of it at once; what a revision depends on may be another layer's, and is not
/// looked for.
///
/// A second folder that continues the first says so: `revisions!("src/db/next", after "src/db/versions")`.
///
/// By itself cargo would not notice that a file was added, and so the package needs a `build.rs` that names the folder;
/// without it, this does not compile:
///
/// ```text
/// fn main() {
///     println!("cargo::rerun-if-changed=src/db/versions");
/// }
/// ```
#[macro_export]
macro_rules! revisions {
    ($($folder:tt)*) => {
        $crate::macros::revisions!({ $crate } $($folder)*)
    };
}
