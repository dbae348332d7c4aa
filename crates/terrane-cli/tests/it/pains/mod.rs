//! What hurts users of other tools, one test each. The numbers are those under which we keep the list.

mod layers; // 0: several packages on one database
mod psql; // the same for PostgreSQL, and what names mean there
mod questions; // an open question writes no file
mod scripts; // what a client does after an error
mod single; // what hurts with one package as well
mod sqlite; // SQLite: nothing lost, and nothing broken in silence
mod truths; // what the documents and the messages say is so
mod two_apps; // two configurations on one vendor's database
mod unfinished; // what was begun and not ended
