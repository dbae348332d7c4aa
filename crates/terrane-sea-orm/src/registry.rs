//! SeaORM's own register of entities, which knows those that were not declared here.

use sea_orm::EntityRegistry;
use terrane_model::Stranger;

/// The entities that SeaORM knows in a module and below.
pub fn strangers(module: &str) -> Vec<Stranger> {
    let within = |other: &str| {
        let rest = other.strip_prefix(module);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    inventory::iter::<EntityRegistry>()
        .filter(|entity| within(entity.module_path))
        .map(|entity| Stranger {
            module: entity.module_path.to_owned(),
            declaration: "terrane_sea_orm::table!(Entity);",
        })
        .collect()
}
