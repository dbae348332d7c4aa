//! Terrane's promises on PostgreSQL, kept on PostgreSQL itself.

mod harness; // a throwaway database, and the judge: pg_dump

mod census; // one of every kind of object, found, undone and made again
mod corpus; // pairs of schemas from the field, and what their scripts make
mod detection; // what Alembic does not see, or sees wrongly
mod edges; // what depends on what
mod generate; // random schemas, and random neighbours of them
mod laws; // L1 to L5, on generated schemas that the server itself made
mod ledger; // what is known not to pass
mod locks; // what is said of a lock
mod matrix; // every kind of dependent beside every change that recreates
mod pairs; // the pairs told apart, restored and carried over both ways
mod remade; // what cannot be changed is made anew, and nothing is lost
mod scenes; // stories from the field, up, down and up again
mod tokenizer; // a text is cut where the server cuts it
