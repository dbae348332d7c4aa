//! Terrane's promises on PostgreSQL, kept on PostgreSQL itself.

mod harness; // a throwaway database, and the judge: pg_dump

mod census; // one of every kind of object, found, undone and made again
mod corpus; // pairs of schemas from the field, and what their scripts make
mod detection; // what Alembic does not see, or sees wrongly
mod generate; // random schemas, and random neighbours of them
mod law_l5; // inspect(execute(lower(op))) == apply(op), and the rows survive
mod pairs;
mod remade; // what cannot be changed is made anew, and nothing is lost // the pairs told apart, restored and carried over both ways
