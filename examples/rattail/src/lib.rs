//! A vendor's base, as an example: the schema of a retail application, and how it came to be so.
//!
//! Its tables are SeaORM entities in [`db::model`], its revisions are files in `src/db/versions`.

pub mod calls;
pub mod db;

use terrane::Layer;

/// The base as a layer, with its history in it.
pub fn layer() -> Layer {
    let layer = Layer::new("rattail")
        .models(terrane_sea_orm::models!(crate::db::model))
        .revisions(terrane::revisions!("src/db/versions"))
        .call("fill_customer_numbers", calls::fill_customer_numbers);
    #[cfg(feature = "next")]
    let layer = layer.revisions(terrane::revisions!("src/db/versions_next", after "src/db/versions"));
    layer
}
