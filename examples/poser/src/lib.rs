//! A custom app on a vendor's base, as an example: tables of its own beside those of `rattail`.
//!
//! Its tables are SeaORM entities in [`db::model`], its revisions are files in `src/db/versions`.

pub mod db;
pub mod loyalty;

use terrane::Layer;

/// The app as a layer on the base.
pub fn layer() -> Layer {
    Layer::new("poser")
        .requires("rattail")
        .models(terrane_sea_orm::models!(crate::db::model))
        .revisions(terrane::revisions!("src/db/versions"))
}
