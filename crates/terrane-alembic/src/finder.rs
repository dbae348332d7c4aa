//! Where an editable install keeps its packages: the finder module that setuptools writes since version 64
//! (setuptools.pypa.io, "Development Mode"), read and not run.

use crate::python::{Python, constant_strings};
use ruff_python_ast::{Expr, Stmt};
use std::path::PathBuf;
use terrane_core::text::SourceFile;

/// The packages that a finder maps to folders: its one assignment `MAPPING = {…}` of texts to texts.
pub(crate) fn mapping(text: &str) -> Vec<(String, PathBuf)> {
    let source = SourceFile::new("finder", text);
    let Ok(module) = Python::parse(&source) else {
        return Vec::new();
    };
    let values = module.body().iter().filter_map(|statement| match statement {
        Stmt::Assign(assign) if assign.targets.iter().any(is_mapping) => Some(&*assign.value),
        Stmt::AnnAssign(assign) if is_mapping(&assign.target) => assign.value.as_deref(),
        _ => None,
    });
    let pairs = values.filter_map(|value| match value {
        Expr::Dict(dict) => Some(&dict.items),
        _ => None,
    });
    let pairs = pairs.flatten().filter_map(|item| {
        let key = constant_strings(item.key.as_ref()?)?.pop()?;
        let folder = constant_strings(&item.value)?.pop()?;
        Some((key, PathBuf::from(folder)))
    });
    pairs.collect()
}

fn is_mapping(target: &Expr) -> bool {
    matches!(target, Expr::Name(name) if name.id.as_str() == "MAPPING")
}
