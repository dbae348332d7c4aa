//! What a rebuild keeps.
