//! Schema migration for applications that are built on top of a schema somebody else ships.
//!
//! A vendor's framework brings a base schema and its history; an app adds tables and a history of its own; both live in
//! one database. Terrane keeps them apart: each is a *layer*, only a layer's own objects are ever changed by its
//! revisions, and an app extends a vendor's table by a second one, tied to it one-to-one.
//!
//! [`Project`] is the entry: it reads a `terrane.toml` and the revision files, and its methods are the commands. Nothing
//! here parses arguments or prints, nor reads the environment, unless a URL says that it is kept there (`env:NAME`).
//!
//! The features `sqlite` and `postgres` bring the drivers; both are on unless `default-features = false` says otherwise, and an
//! app that has one server compiles one of them. `tls` is for encrypted connections, `alembic` for layers whose history is an
//! Alembic project.

#![cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    allow(
        dead_code,
        unused_variables,
        reason = "what one server alone needs has nobody to use it without that one"
    )
)]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("terrane needs one of its features `postgres` and `sqlite`");

mod adopt;
mod adoption;
#[cfg(feature = "alembic")]
mod alembic;
#[cfg(not(feature = "alembic"))]
#[path = "without_alembic.rs"]
mod alembic;
mod answers;
mod autogenerate;
#[cfg(feature = "alembic")]
mod bridge;
mod call;
mod clock;
mod comparison;
mod config;
mod connection;
mod database;
mod declared;
mod edited;
mod entities;
mod error;
mod executor;
mod folder;
mod guard;
mod history;
mod import;
mod inexpressible;
mod inspected;
mod layer;
mod ledger;
mod migrate;
mod migrator;
mod missing;
mod models;
mod nowhere;
mod offline;
mod online;
mod portable;
mod project;
#[cfg(feature = "alembic")]
mod python;
#[cfg(feature = "alembic")]
mod python_text;
mod questions;
mod revise;
mod roles;
mod schema_diff;
mod script;
mod server;
mod share;
#[cfg(feature = "alembic")]
mod sqlalchemy;
mod stubs;
mod unmodelled;
mod url;
mod version_rows;
mod wished;
mod words;

pub use adopt::Adopted;
pub use adoption::{Adoption, Left};
pub use alembic::{PythonModels, PythonRevisions};
#[cfg(feature = "alembic")]
pub use alembic::{Surroundings, is_configuration as is_alembic};
pub use answers::Answer;
pub use autogenerate::Candidate;
pub use comparison::{Before, Comparison};
pub use config::{Config, ForeignRows, LayerConfig, ModelSource, Program, require_layer_name};
pub use connection::Connection;
pub use database::{Blocker, Database, OpenMode};
pub use entities::{Entities, EntityFile, EntityWish, Existing};
pub use error::{Error, Kind, Result};
pub use executor::{Applied, Interruption, Observer, Silent, Waits};
pub use history::{Depth, History};
pub use import::{Import, Imported, Stamping, Stands, Tool};
pub use inspected::Inspected;
pub use layer::{CallError, CallFn, Layer};
pub use ledger::LedgerEntry;
pub use migrate::{Destination, Standing};
pub use migrator::{IntoDatabase, Migrator, Opening};
pub use models::{FormerName, Models};
pub use offline::{offline_sql, shell_head};
pub use online::Form;
pub use project::{Project, TableRow};
pub use questions::{Choice, OpenQuestion};
pub use revise::{NewRevision, Written};
pub use roles::RoleGrants;
pub use schema_diff::{Comparing, SchemaDiff, Source};
pub use script::{LockView, PlanView};
pub use url::{DatabaseKind, DatabaseUrl, mask as mask_url};
pub use version_rows::VersionTable;

pub use terrane_core as core;
pub use terrane_model as model;
pub use terrane_model::revisions;
