//! Terrane's promises on PostgreSQL, kept on PostgreSQL itself.

mod harness; // a throwaway database, and the judge: pg_dump

mod census; // one of every kind of object, found, undone and made again
mod corpus; // what pg_dump tells of the pairs from the field, inspection sees too
mod generate; // random schemas, and random neighbours of them
mod laws; // L1 to L5, on generated schemas that the server itself made
mod pairs; // pairs of schemas from the field, carried over both ways
