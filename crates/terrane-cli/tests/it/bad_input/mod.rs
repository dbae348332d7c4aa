//! What users get wrong. Each is met with one clear diagnostic and the documented exit code, and leaves every file as it
//! was, the database's too; `World::fails` sees to the last.

mod alembic; // Alembic projects
mod bridge; // the Python of a revision
mod config; // `terrane.toml`
mod database; // files that are locked, read-only, or no database; statements that fail
mod file; // the revision file: its header and its sections
mod folders; // the folders of revisions, and what lies in them
mod graph; // how revisions hang together
mod headings; // what is a heading, what a mistake, what a comment
mod hostile; // text that is meant to do harm
mod models; // the models of a layer
mod ownership; // what belongs to another layer
mod program; // the app's own program, which does not build, panics, is killed
mod statements; // what a revision says to the server
mod targets; // the command line

use crate::world::{World, revision};

/// The open shop with a second revision of `poser` that is not applied.
fn pending(header: &[&str], body: &str) -> World {
    let world = World::open_shop();
    world.write("poser/2b00.sql", revision("2b00", "2a00", header, body));
    world
}
