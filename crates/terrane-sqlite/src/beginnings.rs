//! The words with which statements begin; see the list at sqlite.org/lang.html.

use terrane_core::dialect::Beginnings;

pub(crate) const BEGINNINGS: Beginnings = &[
    ("alter", &["table"]),
    ("analyze", &[]),
    ("attach", &[]),
    ("begin", &[]),
    ("commit", &[]),
    (
        "create",
        &[
            "table",
            "index",
            "unique",
            "view",
            "trigger",
            "virtual",
            "temp",
            "temporary",
        ],
    ),
    ("delete", &["from"]),
    ("detach", &[]),
    ("drop", &["table", "index", "view", "trigger"]),
    ("end", &[]),
    ("explain", &[]),
    ("insert", &["into", "or"]),
    ("pragma", &[]),
    ("reindex", &[]),
    ("release", &[]),
    ("replace", &["into"]),
    ("rollback", &[]),
    ("savepoint", &[]),
    ("select", &[]),
    ("update", &[]),
    ("vacuum", &[]),
    ("values", &[]),
    ("with", &[]),
];
