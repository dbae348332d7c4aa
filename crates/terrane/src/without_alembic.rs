//! A program without the feature `alembic`: no layer's revisions are written in Python.

use crate::config::LayerConfig;
use crate::error::Result;
use std::path::PathBuf;
use terrane_core::plan::RevisionFile;

/// The revisions of a layer that are written in Python; there are none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PythonRevisions {}

impl PythonRevisions {
    pub(crate) fn headers(&self, _layer: &LayerConfig) -> Vec<(RevisionFile, PathBuf)> {
        match *self {}
    }

    pub(crate) fn whole(&self, _layer: &LayerConfig, _dialect: Option<&str>) -> Vec<(RevisionFile, PathBuf)> {
        match *self {}
    }
}

/// Nothing to refuse.
pub(crate) fn refuse_writing(layer: &LayerConfig) -> Result<()> {
    match layer.python {
        Some(python) => match python {},
        None => Ok(()),
    }
}
