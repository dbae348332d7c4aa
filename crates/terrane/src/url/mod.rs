//! Database URLs, and what in them is nobody's business.

mod cover;

pub use cover::mask;
pub(crate) use cover::{cover, is_secret};

use crate::error::{Error, Result};
use std::fmt;
use std::path::Path;
use terrane_core::diagnostic::codes;
use terrane_core::text::percent_decoded;

/// The kinds of databases that are compiled in: one list, from the scheme of a URL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DatabaseKind {
    /// SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite,
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres,
}

/// What a URL may begin with, and what it names.
struct Scheme {
    names: &'static [&'static str],
    /// The server, as its makers write it.
    server: &'static str,
    /// The feature that brings its driver.
    feature: &'static str,
    /// None, where this program was built without it.
    kind: Option<DatabaseKind>,
}

const SCHEMES: [Scheme; 2] = [
    Scheme {
        names: &["sqlite"],
        server: "SQLite",
        feature: "sqlite",
        #[cfg(feature = "sqlite")]
        kind: Some(DatabaseKind::Sqlite),
        #[cfg(not(feature = "sqlite"))]
        kind: None,
    },
    Scheme {
        names: &["postgresql", "postgres"],
        server: "PostgreSQL",
        feature: "postgres",
        #[cfg(feature = "postgres")]
        kind: Some(DatabaseKind::Postgres),
        #[cfg(not(feature = "postgres"))]
        kind: None,
    },
];

/// The kind of database that a scheme names.
fn kind_of(scheme: &str, schemes: &[Scheme]) -> Result<DatabaseKind> {
    let scheme = scheme.to_ascii_lowercase();
    let Some(found) = schemes.iter().find(|known| known.names.contains(&&*scheme)) else {
        let message = format!("there is no dialect for `{}` databases", mask(&scheme));
        return Err(Error::new(codes::UNSUPPORTED_DATABASE, message)
            .help("Use `sqlite:path/to/file.db`, or `postgresql://user@host/database`."));
    };
    found.kind.ok_or_else(|| found.absent())
}

impl Scheme {
    /// That this program was built without it.
    fn absent(&self) -> Error {
        let message = format!("this program was built without {}", self.server);
        Error::new(codes::UNSUPPORTED_DATABASE, message).help(format!(
            "Build it with the feature `{}` of `terrane`, or of `terrane-cli`.",
            self.feature
        ))
    }
}

/// That this program was built without SQLite.
#[cfg(not(feature = "sqlite"))]
pub(crate) fn without_sqlite() -> Error {
    SCHEMES[0].absent()
}

/// Where a database is. Whoever shows it, in whatever way, shows it without its password; only [`DatabaseUrl::reveal`]
/// gives the whole text, to whoever connects.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
}

impl DatabaseUrl {
    /// A URL as somebody wrote it. White space around it comes from files and variables, and is no part of it.
    pub fn new(text: impl AsRef<str>) -> DatabaseUrl {
        let text = text.as_ref().trim_start_matches('\u{feff}').trim();
        DatabaseUrl { text: text.to_owned() }
    }

    /// Whether there is nothing in it: an empty variable is as good as none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The kind of database that it names.
    ///
    /// # Errors
    /// There is none for its scheme, or this program was built without it.
    pub fn kind(&self) -> Result<DatabaseKind> {
        kind_of(self.scheme(), &SCHEMES)
    }

    fn scheme(&self) -> &str {
        self.text.split(':').next().unwrap_or("")
    }

    /// The text with everything in it. Only whoever opens a connection has use for it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The URL itself, where `env:NAME` or `file:PATH` says where it is kept: so that it stands neither in the
    /// configuration nor in the list of processes. A relative path is seen from `folder`.
    ///
    /// # Errors
    /// The variable is not set; the file cannot be read; or there is nothing in it.
    pub fn resolve(&self, folder: &Path) -> Result<DatabaseUrl> {
        let (from, text) = if let Some(name) = self.text.strip_prefix("env:") {
            let value = std::env::var(name).map_err(|_| {
                let message = format!("the variable `{name}`, which names the database, is not set");
                Error::new(codes::URL_SOURCE, message).help("Set it, or name the database by `--url`.")
            });
            (format!("the variable `{name}`"), value?)
        } else if let Some(path) = self.text.strip_prefix("file:") {
            let path = folder.join(path);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let message = format!(
                    "the file `{}`, which names the database, cannot be read: {error}",
                    path.display()
                );
                Error::new(codes::URL_SOURCE, message).help("Write the URL into it, or name the database by `--url`.")
            });
            (format!("the file `{}`", path.display()), text?)
        } else {
            return Ok(self.clone());
        };
        let url = DatabaseUrl::new(text);
        if url.is_empty() || url.text.contains(['\n', '\r']) {
            let what = if url.is_empty() {
                "is empty"
            } else {
                "holds more than one line"
            };
            return Err(
                Error::new(codes::URL_SOURCE, format!("{from}, which names the database, {what}"))
                    .help("Write the URL into it, and nothing else."),
            );
        }
        Ok(url)
    }

    /// A text without what is secret in this URL, in any spelling: a driver's message, a server's.
    pub fn cover(&self, text: &str) -> String {
        let mut covered = mask(text);
        for secret in self.secrets() {
            covered = covered.replace(&secret, "***");
        }
        covered
    }

    /// The secrets as they are written, and as they are meant.
    fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = Vec::new();
        let userinfo = self.userinfo();
        let password = self.password().map(|(_, password)| password);
        let values = self.query().filter(|(key, _)| is_secret(key)).map(|(_, value)| value);
        // Nobody guesses `postgres` from a message that says ***, but nobody understands it either.
        let user = userinfo.and_then(|(_, info)| info.split(':').next());
        let is_telling = |text: &&str| text.len() > 3 && Some(*text) != user;
        for written in password.into_iter().chain(values).filter(is_telling) {
            secrets.push(written.to_owned());
            secrets.push(String::from_utf8_lossy(&percent_decoded(written)).into_owned());
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    /// What stands before the last `@`, and where it begins. People write `/` and `?` into passwords that should have been
    /// encoded, and leave out slashes before the name.
    fn userinfo(&self) -> Option<(usize, &str)> {
        if self.scheme() == "sqlite" {
            return None;
        }
        let rest = self.text.split_once(':')?.1.trim_start_matches('/');
        let begins = self.text.len() - rest.len();
        Some((begins, &rest[..rest.rfind('@')?]))
    }

    /// The password, and where it begins. What has no scheme that is known, as `user:password@host`, begins with the user.
    fn password(&self) -> Option<(usize, &str)> {
        let (begins, info) = self.userinfo()?;
        let found = match info.split_once(':') {
            Some((user, password)) => (begins + user.len() + 1, password),
            None if self.kind().is_err() && !self.text[..begins].ends_with('/') => (begins, info),
            None => return None,
        };
        Some(found).filter(|(_, password)| !password.is_empty())
    }

    fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        let query = self.text.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter_map(|pair| pair.split_once('='))
    }
}

impl From<&str> for DatabaseUrl {
    fn from(text: &str) -> DatabaseUrl {
        DatabaseUrl::new(text)
    }
}

impl From<String> for DatabaseUrl {
    fn from(text: String) -> DatabaseUrl {
        DatabaseUrl::new(text)
    }
}

impl From<&String> for DatabaseUrl {
    fn from(text: &String) -> DatabaseUrl {
        DatabaseUrl::new(text)
    }
}

impl From<&DatabaseUrl> for DatabaseUrl {
    fn from(url: &DatabaseUrl) -> DatabaseUrl {
        url.clone()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.text.clone();
        if let Some((begins, password)) = self.password() {
            shown.replace_range(begins..begins + password.len(), "***");
        }
        f.write_str(&mask(&shown))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_compiled_in_is_named_with_its_feature() {
        let without = SCHEMES.map(|scheme| Scheme { kind: None, ..scheme });
        for (scheme, server, feature) in [
            ("sqlite", "SQLite", "`sqlite`"),
            ("Postgres", "PostgreSQL", "`postgres`"),
        ] {
            let error = kind_of(scheme, &without).unwrap_err();
            let told = &error.diagnostics[0];
            assert_eq!(told.code, codes::UNSUPPORTED_DATABASE);
            assert_eq!(told.message, format!("this program was built without {server}"));
            assert!(told.help[0].contains(feature), "{:?}", told.help);
            assert!(kind_of(scheme, &SCHEMES).is_ok());
        }
    }

    #[test]
    fn no_spelling_of_a_url_shows_its_password() {
        for text in [
            "postgresql://app:s3cret@h/db",
            "postgresql:/app:s3cret@h/db",
            "postgresql:app:s3cret@h/db",
            "postgresql:////app:s3cret@h/db",
            "postgresql://app:s3cret with a space@h/db",
            "postgresql://app:a/b?c#d s3cret@h/db",
            "postgresql://app:s3cret@s3cret@h/db",
            "postgresql://app:'s3cret\"`@h/db",
            "postgresql://h/db?user=app&password=s3cret",
            "postgresql://h/db?sslpassword=s3cret&user=app",
            "postgresql://app@h/db?token=s3cret",
            "mysql://app:s3cret@h/db",
            "  postgresql://app:s3cret@h/db\n",
            "POSTGRESQL://app:s3cret@h/db",
            "nothing:s3cret@h",
        ] {
            let url = DatabaseUrl::new(text);
            assert!(!url.to_string().contains("s3cret"), "{url}");
            assert!(!format!("{url:?} {url:#?}").contains("s3cret"), "{url:?}");
            assert_eq!(url.reveal(), text.trim());
        }
        let plain = "postgresql://app@h:5432/db?sslmode=require";
        assert_eq!(DatabaseUrl::new(plain).to_string(), plain);
        assert_eq!(DatabaseUrl::new("sqlite:me@home:db").to_string(), "sqlite:me@home:db");
    }

    #[test]
    fn a_servers_message_does_not_tell_it_either() {
        let url = DatabaseUrl::new("postgresql://app:s3%20cret@h/db");
        for said in [
            "no such user: s3 cret",
            "in `s3%20cret`",
            "cannot read postgresql://app:s3%20cret@h/db",
        ] {
            assert!(!url.cover(said).contains("cret"), "{}", url.cover(said));
        }
    }
}
