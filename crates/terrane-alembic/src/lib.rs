//! Alembic projects for Terrane: their configuration, and their revisions in Python, read without running Python.
//!
//! [`Project::load`] reads an `alembic.ini`, a `rattail.conf` or a `pyproject.toml` as Alembic and the apps that wrap it do,
//! finds the version locations that it names, packages of a virtual environment among them, and reads the headers of the
//! revisions there. Nothing here opens a database, and nothing is guessed: what only Python knows is told with its place.
//!
//! Facts are from Alembic 1.19 and 1.20, SQLAlchemy 1.4 and 2.0, and CPython 3.11, as documented and observed.

pub mod bridge;
mod chain;
mod environment;
mod envpy;
mod finder;
mod header;
mod ini;
mod layers;
mod literal;
pub mod models;
mod naming;
mod project;
mod pyproject;
mod python;
mod scripts;
mod url;
pub mod write;

pub use environment::{SearchPath, Surroundings};
pub use ini::{Ini, Value};
pub use literal::{Read, Reader};
pub use naming::Naming;
pub use project::{Location, Project, SECTION, VERSION_TABLE, VersionTable, Wanted, is_configuration};
pub use scripts::{Reach, Script, scripts};
pub use url::url;
