//! What hurts users of other tools, one test each. The numbers are those under which we keep the list.

mod layers; // 0: several packages on one database
mod psql; // the same for PostgreSQL, and what names mean there
mod scripts; // what a client does after an error
mod single; // what hurts with one package as well
mod unfinished; // what was begun and not ended
mod sqlite; // SQLite: nothing lost, and nothing broken in silence
