//! Revision files that a crate carries in itself.

/// The revision files of a folder as they were when the crate was compiled; made by [`revisions!`](crate::revisions).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revisions {
    /// The folder, absolute. Where it is still there, it has the last word.
    pub folder: &'static str,
    /// Each file's name and text.
    pub files: &'static [(&'static str, &'static str)],
}
