//! A program without the feature `alembic`: no layer's revisions are written in Python.

use crate::autogenerate::Ways;
use crate::config::LayerConfig;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::models::Models;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::Op;
use terrane_core::plan::{PlanStep, RevisionFile};
use terrane_core::revision::Revision;

impl Executor<'_, '_> {
    /// Refuses to run Python; no plan of such a program has it do so.
    pub(crate) async fn bridged(&mut self, step: &PlanStep, _at: usize) -> Result<()> {
        let message = format!("layer `{}` is none of an Alembic project's", step.layer);
        Err(Error::new(codes::PYTHON_FAILED, message))
    }
}

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

    pub(crate) fn empty(&self) -> PythonBody {
        match *self {}
    }

    pub(crate) fn in_its_words(&self, _: &[Op], _: &dyn Dialect) -> Vec<Op> {
        match *self {}
    }

    pub(crate) fn candidate(&self, _: &Ways, _: &dyn Dialect) -> Result<PythonBody> {
        match *self {}
    }

    pub(crate) fn file(&self, _: &Revision, _: &PythonBody) -> Result<PythonFile> {
        match *self {}
    }
}

/// What a revision in Python does; there is none.
#[derive(Debug, Default)]
pub(crate) struct PythonBody;

impl PythonBody {
    pub(crate) fn shown(&self) -> String {
        let PythonBody = self;
        String::new()
    }
}

/// A revision in Python, ready to be written; there is none.
#[derive(Debug, Default)]
pub(crate) struct PythonFile {
    pub(crate) name: PathBuf,
    pub(crate) text: String,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Models of SQLAlchemy's; there are none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PythonModels {}

impl PythonModels {
    /// None: nobody can be asked.
    pub(crate) fn named(_: &str, _: &str, _: Option<PathBuf>, _: &Path, _: &str) -> Option<PythonModels> {
        None
    }

    pub(crate) fn makers(&self, _: &dyn Dialect) -> BTreeMap<ObjectName, LayerName> {
        match *self {}
    }

    pub(crate) fn read(&self, _: &mut Models, _: &LayerConfig, _: &dyn Dialect, _: &mut Vec<Diagnostic>) {
        match *self {}
    }
}
