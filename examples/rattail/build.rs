//! Has the crate compiled again when a revision file comes, changes or goes.

fn main() {
    println!("cargo::rerun-if-changed=src/db/versions");
    println!("cargo::rerun-if-changed=src/db/versions_next");
}
