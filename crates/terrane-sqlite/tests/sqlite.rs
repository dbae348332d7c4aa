//! Terrane's promises on SQLite, kept on SQLite itself.

mod harness; // a throwaway database, an executor, and the judge: SQLite's own catalog

mod changes; // each change that Alembic does not see or gets wrong, seen and carried out (alembic.md, E.2)
mod conduct; // what surrounds a transaction: foreign keys, probes
mod connecting; // what opens, what does not, what must not be written
pub(crate) mod corpus; // pairs of schemas from the field, both directions
mod crosscheck; // what inspection reads against what the pragmas say
mod generate; // random schemas, and random neighbours of them
mod law_l5; // inspect(execute(lower(op))) == apply(op), and the rows survive
mod lowering; // which statements a change becomes; what is refused, and why
mod pairs; // pairs of our own, one for every corner of SQLite
mod rebuild; // what a rebuild keeps: the 29 features of safety.md 5.1
mod tokenizer; // a text is cut where SQLite cuts it
mod values; // a change of type changes no value, or is refused: every pair of kinds, hostile values
