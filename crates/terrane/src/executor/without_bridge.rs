//! A program without the feature `alembic`: no revision is run by Python.

use super::Executor;
use crate::error::{Error, Result};
use terrane_core::diagnostic::codes;
use terrane_core::plan::PlanStep;

impl Executor<'_, '_> {
    /// Refuses it; no plan of such a program has one.
    pub(super) async fn bridged(&mut self, step: &PlanStep, _at: usize) -> Result<()> {
        let message = format!("layer `{}` is none of an Alembic project's", step.layer);
        Err(Error::new(codes::PYTHON_FAILED, message))
    }
}
