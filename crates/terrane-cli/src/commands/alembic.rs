//! The configuration of an Alembic project, where `-c` names one.

use crate::args::Args;
use terrane::{Config, Layer, Result};

#[cfg(feature = "alembic")]
pub(crate) use read::{config, is_meant};

/// Whether the configuration is an Alembic project's; a program that cannot read one does not look.
#[cfg(not(feature = "alembic"))]
pub(crate) fn is_meant(_: &Args) -> bool {
    false
}

/// That configuration; a program that cannot read one has none.
#[cfg(not(feature = "alembic"))]
pub(crate) fn config(_: &Args, _: &[Layer]) -> Result<Option<Config>> {
    Ok(None)
}

#[cfg(feature = "alembic")]
mod read {
    use super::{Args, Config, Layer, Result};
    use std::ffi::OsStr;
    use std::path::PathBuf;
    use terrane::core::diagnostic::codes;
    use terrane::{Error, Surroundings, is_alembic};

    /// Whether the configuration is an Alembic project's.
    pub(crate) fn is_meant(args: &Args) -> bool {
        let is_named_so = args.config.extension() != Some(OsStr::new("toml"))
            || args.config.file_name() == Some(OsStr::new("pyproject.toml"));
        is_named_so && std::fs::read_to_string(&args.config).is_ok_and(|text| is_alembic(&text, &args.name))
    }

    /// That configuration; none, where it is one of Terrane's own.
    pub(crate) fn config(args: &Args, layers: &[Layer]) -> Result<Option<Config>> {
        if !is_meant(args) {
            return Ok(None);
        }
        if !layers.is_empty() {
            let message = format!(
                "`{}` is an Alembic project's, and this program has layers of its own",
                args.config.display()
            );
            return Err(
                Error::new(codes::BAD_CONFIG, message).help("Use the installed `terrane`, or a `terrane.toml`.")
            );
        }
        let working = std::env::current_dir().unwrap_or_default();
        Config::load_alembic(&args.config, &args.name, &working, &surroundings()).map(Some)
    }

    /// What the environment says of where packages are looked for.
    fn surroundings() -> Surroundings {
        let folder = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let program = std::env::current_exe().ok();
        let python_path = std::env::var_os("PYTHONPATH");
        Surroundings {
            environment: folder("VIRTUAL_ENV"),
            program: program.and_then(|program| program.parent().map(PathBuf::from)),
            python_path: python_path.map_or_else(Vec::new, |path| std::env::split_paths(&path).collect()),
        }
    }
}
