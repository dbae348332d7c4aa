//! What a URL means to SQLAlchemy, said as Terrane's.
//!
//! Rules from docs.sqlalchemy.org, "Database URLs" of 1.4 and 2.0: `dialect+driver://…`; with SQLite three slashes are
//! a relative path and four an absolute one, and a relative path is seen from where the program runs.

use std::path::Path;

/// The keys of a query that are an option of a Python driver and not of the server.
const PYTHON_ONLY: &[&str] = &[
    "async_fallback",
    "check_same_thread",
    "client_encoding",
    "executemany_batch_page_size",
    "executemany_mode",
    "executemany_values_page_size",
    "native_datetime",
    "prepared_statement_cache_size",
    "server_side_cursors",
    "timeout",
    "use_native_unicode",
];

/// A URL of SQLAlchemy's as one of Terrane's: `postgresql+psycopg2://…` is `postgresql://…`, `sqlite:///a.db` is
/// `sqlite:a.db`, seen from `working`. What is no URL of a known kind is given back as it is, so that whoever opens it can
/// say what is wrong.
pub fn url(text: &str, working: &Path) -> String {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let dialect = scheme.split('+').next().unwrap_or(scheme);
    match dialect.to_ascii_lowercase().as_str() {
        "sqlite" => sqlite(rest, working),
        "postgresql" | "postgres" => format!("postgresql://{}", without_python(rest)),
        _ => format!("{dialect}://{rest}"),
    }
}

/// `sqlite://` and `sqlite:///` hold nothing but what is in memory; else what follows the third slash is the path.
fn sqlite(rest: &str, working: &Path) -> String {
    let path = rest.strip_prefix('/').unwrap_or(rest);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = match path {
        "" | ":memory:" => ":memory:".to_owned(),
        path => working.join(path).display().to_string(),
    };
    match kept(query) {
        query if query.is_empty() => format!("sqlite:{path}"),
        query => format!("sqlite:{path}?{query}"),
    }
}

fn without_python(rest: &str) -> String {
    match rest.split_once('?') {
        Some((before, query)) => match kept(query) {
            query if query.is_empty() => before.to_owned(),
            query => format!("{before}?{query}"),
        },
        None => rest.to_owned(),
    }
}

fn kept(query: &str) -> String {
    let is_kept = |pair: &&str| {
        let key = pair.split('=').next().unwrap_or(pair);
        !pair.is_empty() && !PYTHON_ONLY.contains(&key)
    };
    // asyncpg calls `sslmode` `ssl`.
    let pairs = query.split('&').filter(is_kept);
    let pairs = pairs.map(|pair| {
        pair.strip_prefix("ssl=")
            .map_or_else(|| pair.to_owned(), |mode| format!("sslmode={mode}"))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::url;
    use std::path::Path;

    #[test]
    fn a_url_means_what_it_means_to_sqlalchemy() {
        for (sqlalchemy, ours) in [
            ("postgresql+psycopg2://u:p@h:5432/d", "postgresql://u:p@h:5432/d"),
            (
                "postgresql+asyncpg://u@h/d?ssl=require",
                "postgresql://u@h/d?sslmode=require",
            ),
            ("postgres://h/d?client_encoding=utf8", "postgresql://h/d"),
            (
                "postgresql:///d?host=/tmp/s&port=1",
                "postgresql:///d?host=/tmp/s&port=1",
            ),
            ("sqlite:///app.db", "sqlite:app.db"),
            ("sqlite:////var/app.db", "sqlite:/var/app.db"),
            ("sqlite+aiosqlite:///app.db?timeout=3", "sqlite:app.db"),
            ("sqlite://", "sqlite::memory:"),
            ("mysql+pymysql://h/d", "mysql://h/d"),
            (
                "driver://user:pass@localhost/dbname",
                "driver://user:pass@localhost/dbname",
            ),
            ("nothing", "nothing"),
        ] {
            assert_eq!(url(sqlalchemy, Path::new("")), ours);
        }
        assert_eq!(url("sqlite:///a.db", Path::new("/app")), "sqlite:/app/a.db");
    }
}
