//! The library on real files: one binary, a file for each law or pain.

mod crash; //      L9: a crash at every instant
mod crowd; //      several migrators at once, and killed ones
mod derive; //     tables declared by structs, and rows read into them
mod embedding; //  the library in an async program
mod executor; //   what a step does when it fails, waits, or changes data
mod in_use; //     words for tables that are in use
mod law_l6; //     models, history and database agree
mod law_l7; //     the same plan everywhere
mod law_l8; //     nobody else's objects
mod ledger; //     stamps, checksums, interrupted revisions
mod migrator; //   layers in the program, on the app's connection
mod roles;
mod scene; //      the project that several of them play in
mod unfinished; // what was begun and not ended
