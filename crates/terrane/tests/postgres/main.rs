//! The library on PostgreSQL: a file for each law or pain.

mod attacks; // the guarantee, against people who try
mod connection; // nothing of a step reaches the next one by the connection
mod crash; // L9: a crash at every instant; several migrators at once, killed and frozen ones
mod existing; // a database that was there before
mod extent; // an upgrade reads what its files name, and what depends on it
mod foresight; // what a step did that reading it does not tell
mod guard; // L8: nobody else's objects, whatever hides the change
mod indexes; // what is cleared away after a broken attempt, and what is not
mod laws; // L6 and L8: models, history and database agree; nobody else's objects
mod locks; // waiting for locks without making anybody wait
mod models; // the day with models in SQL
mod online; // what autogenerate writes for tables that are in use
mod outcome; // done, not done, or not known
mod pooler; // behind PgBouncer
mod roles; // a layer that runs as a role of its own
mod scene; // the project that several of them play in
mod scratch; // databases that models are read in
mod transactions; // statements that no transaction takes
