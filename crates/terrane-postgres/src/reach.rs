//! How far a statement reaches: the database it is said to, or all databases of the server, or other servers.

use crate::Postgres;
use terrane_core::dialect::first_words;

/// What all databases of a server share, and what another server is asked for at once.
const BEYOND: [&str; 8] = [
    "database",
    "group",
    "parameter",
    "role",
    "subscription",
    "system",
    "tablespace",
    "user",
];

/// More words than stand before what a statement is about.
const ENOUGH: usize = 256;

pub(crate) fn affects_cluster(sql: &str) -> bool {
    let words = first_words(&Postgres, sql, ENOUGH);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_beyond = |at: usize| words.get(at).is_some_and(|word| BEYOND.contains(word));
    let behind_on = || words.iter().position(|word| *word == "on").map(|on| on + 1);
    match words.as_slice() {
        // A mapping is the database's.
        ["create" | "alter" | "drop", "user", "mapping", ..] => false,
        ["create" | "alter" | "drop", ..] => is_beyond(1),
        ["comment" | "security", ..] => behind_on().is_some_and(is_beyond),
        // Without `ON` it is membership in a role.
        ["grant" | "revoke", ..] => behind_on().is_none_or(is_beyond),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_databases_share_is_beyond_one() {
        for beyond in [
            "CREATE ROLE r",
            "create user u password 'x'",
            "ALTER SYSTEM SET work_mem = '1GB'",
            "ALTER DATABASE d SET search_path = x",
            "/* a */ CREATE SUBSCRIPTION s CONNECTION 'host=far' PUBLICATION p",
            "GRANT admin TO bob",
            "REVOKE admin FROM bob",
            "GRANT CONNECT ON DATABASE d TO bob",
            "COMMENT ON ROLE r IS 'x'",
            "SECURITY LABEL FOR p ON TABLESPACE t IS 'x'",
        ] {
            assert!(affects_cluster(beyond), "{beyond}");
        }
        for within in [
            "CREATE TABLE role (database int)",
            "CREATE USER MAPPING FOR bob SERVER far",
            "GRANT SELECT (role, \"user\") ON t TO bob",
            "GRANT USAGE ON SCHEMA app TO bob",
            "COMMENT ON TABLE t IS 'of a role'",
            "ALTER TABLE t OWNER TO bob",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob",
            "SELECT 1",
        ] {
            assert!(!affects_cluster(within), "{within}");
        }
    }
}
