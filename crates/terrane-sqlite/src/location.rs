//! Where a database is, as a URL says it.

use sqlx::sqlite::SqliteConnectOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terrane_core::text::{UrlFault, percent_decoded};

/// Where a database is, and how to open it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// The file; none is a database in memory, gone with its connection.
    pub file: Option<PathBuf>,
    /// Whether a file that is not there is made.
    pub create: bool,
    /// Whether the URL says that the file has to be there, whoever opens it.
    pub has_to_exist: bool,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// Whether nobody writes to the file meanwhile, so that it is read without locks.
    pub immutable: bool,
    /// Whether connections of one process share their pages.
    pub shared_cache: bool,
    /// What SQLite reads and writes files by, instead of its own.
    pub vfs: Option<String>,
    /// How long to wait for another's lock.
    pub busy_timeout: Duration,
}

impl Location {
    /// A database in memory.
    pub fn memory() -> Location {
        Location {
            file: None,
            create: true,
            has_to_exist: false,
            read_only: false,
            immutable: false,
            shared_cache: false,
            vfs: None,
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// A database in a file, which has to be there.
    pub fn file(path: impl Into<PathBuf>) -> Location {
        Location {
            file: Some(path.into()),
            create: false,
            ..Location::memory()
        }
    }

    /// The database that `url` names; a relative path starts from `folder`.
    ///
    /// `sqlite:app.db`, `sqlite://app.db`, `sqlite:///srv/app.db`, `sqlite:file:app.db` and `sqlite::memory:` are read, with
    /// `%20` and its like in the path, as the driver does. `?mode=ro`, `rw`, `rwc` and `memory`, `cache`, `immutable` and
    /// `vfs` mean what they mean in SQLite's own URIs (sqlite.org/uri.html); `mode=readonly` is `ro`.
    ///
    /// # Errors
    /// It is no URL of SQLite's, or says what is not understood.
    pub fn from_url(url: &str, folder: &Path) -> Result<Location, UrlFault> {
        let no_url = || UrlFault::new("it is no URL of a SQLite database", "Use `sqlite:path/to/file.db`.");
        let rest = url.strip_prefix("sqlite:").ok_or_else(no_url)?;
        let (written, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = decoded(path_in(written))?;
        if path.contains('\0') {
            return Err(UrlFault::new(
                "no file has a NUL character in its name",
                "Write its name as it is.",
            ));
        }
        let mut location = Location::file(folder.join(&path));
        let mut in_memory = path == ":memory:" || path.is_empty();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            in_memory |= key == "mode" && value == "memory";
            location.set(key, &decoded(value)?)?;
        }
        if in_memory {
            location.file = None;
            location.create = true;
        }
        Ok(location)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), UrlFault> {
        let among = |known: &str| {
            Err(UrlFault::new(
                format!("`{value}` is no {key}"),
                format!("Use one of {known}."),
            ))
        };
        match (key, value) {
            ("mode", "ro" | "readonly" | "read-only") => self.read_only = true,
            ("mode", "rw") => self.has_to_exist = true,
            ("mode", "rwc") => self.create = true,
            ("mode", "memory") | ("cache", "private") | ("immutable", "false" | "0") => {}
            ("cache", "shared") => self.shared_cache = true,
            ("immutable", "true" | "1") => {
                self.immutable = true;
                self.read_only = true;
            }
            ("vfs", name) => self.vfs = Some(name.to_owned()),
            ("mode", _) => return among("`ro`, `rw`, `rwc`, `memory`"),
            ("cache", _) => return among("`private`, `shared`"),
            ("immutable", _) => return among("`true`, `false`"),
            _ => {
                let known = "Use `mode`, `cache`, `immutable` or `vfs`; a `?` in the name of a file is written `%3F`.";
                return Err(UrlFault::new(
                    format!("`{key}` is nothing that a URL of SQLite says"),
                    known,
                ));
            }
        }
        Ok(())
    }

    /// The name that people mean who write three slashes before it, as SQLAlchemy has them before a relative path: here, as
    /// for sqlx, that is a file at the root of the file system. None, if the file is there or lies deeper.
    pub fn perhaps_relative(&self, url: &str) -> Option<&str> {
        let file = self.file.as_ref()?;
        let at_root = file.parent().is_some_and(|folder| folder.parent().is_none());
        let three = url.starts_with("sqlite:///") && !url.starts_with("sqlite:////");
        let name = file.file_name().and_then(|name| name.to_str());
        name.filter(|_| at_root && three && !file.exists())
    }

    pub(crate) fn options(&self) -> SqliteConnectOptions {
        let options = match &self.file {
            Some(path) => SqliteConnectOptions::new().filename(path),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        let options = match &self.vfs {
            Some(vfs) => options.vfs(vfs.clone()),
            None => options,
        };
        // Author's statements are to meet the keys that they declare; a plan that has to switch them off says so in
        // its conduct.
        options
            .foreign_keys(true)
            .create_if_missing(self.create)
            .read_only(self.read_only)
            .immutable(self.immutable)
            .shared_cache(self.shared_cache)
            .busy_timeout(self.busy_timeout)
    }
}

/// The path, without what stands before it: `//`, SQLite's own `file:`, an empty or a local host.
fn path_in(written: &str) -> &str {
    let slashes = written.strip_prefix("//").unwrap_or(written);
    let Some(uri) = slashes.strip_prefix("file:") else {
        // SQLAlchemy has four slashes before an absolute path.
        return slashes.strip_prefix("//").map_or(slashes, |_| &slashes[1..]);
    };
    match uri.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => uri,
    }
}

/// The name that percent signs spell.
fn decoded(text: &str) -> Result<String, UrlFault> {
    let no_text = |_| UrlFault::new("its name is not valid UTF-8", "Write the name of the file as it is.");
    String::from_utf8(percent_decoded(text)).map_err(no_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> Location {
        Location::from_url(url, Path::new("/srv/app")).unwrap()
    }

    #[test]
    fn a_url_names_a_file_from_the_folder_given() {
        for (url, file) in [
            ("sqlite:app.db", "/srv/app/app.db"),
            ("sqlite://data/app.db?mode=rwc", "/srv/app/data/app.db"),
            ("sqlite:///var/app.db", "/var/app.db"),
            ("sqlite:////var/app.db", "/var/app.db"),
            ("sqlite:/var/app.db", "/var/app.db"),
            ("sqlite:my%20app.db", "/srv/app/my app.db"),
            ("sqlite:my app.db", "/srv/app/my app.db"),
            ("sqlite:100%.db", "/srv/app/100%.db"),
            ("sqlite:what%3F.db?mode=ro", "/srv/app/what?.db"),
            ("sqlite:file:app.db", "/srv/app/app.db"),
            ("sqlite:file:app.db?mode=ro", "/srv/app/app.db"),
            ("sqlite:file:///var/app.db", "/var/app.db"),
            ("sqlite:file://localhost/var/app.db", "/var/app.db"),
            ("sqlite://file:app.db", "/srv/app/app.db"),
        ] {
            assert_eq!(location(url).file, Some(PathBuf::from(file)), "{url}");
        }
        for url in [
            "sqlite::memory:",
            "sqlite:",
            "sqlite://",
            "sqlite:x.db?mode=memory",
            "sqlite:file::memory:?cache=shared",
        ] {
            assert_eq!(location(url).file, None, "{url}");
        }
        assert!(Location::from_url("postgres://x/y", Path::new("")).is_err());
    }

    #[test]
    fn what_a_url_asks_for_is_done_or_told() {
        for url in [
            "sqlite:a.db?mode=ro",
            "sqlite:a.db?mode=readonly",
            "sqlite:a.db?cache=private&mode=ro",
            "sqlite:a.db?immutable=1",
        ] {
            assert!(location(url).read_only, "{url}");
        }
        assert!(location("sqlite:a.db?mode=rw").has_to_exist);
        assert!(location("sqlite:a.db?mode=rwc").create);
        assert!(!location("sqlite:a.db").create && !location("sqlite:a.db").has_to_exist);
        for url in [
            "sqlite:a.db?mode=r",
            "sqlite:a.db?mod=ro",
            "sqlite:a.db?cache=1",
            "sqlite:a.db?x",
            "sqlite:a?b.db",
            "sqlite:%ff",
            "sqlite:a%00b",
        ] {
            let fault = Location::from_url(url, Path::new("")).unwrap_err();
            assert!(!fault.help.is_empty(), "{url}: {fault}");
        }
    }

    #[test]
    fn three_slashes_may_mean_a_relative_path() {
        let asked = |url: &str| location(url).perhaps_relative(url).map(str::to_owned);
        assert_eq!(asked("sqlite:///no-such-file.db").as_deref(), Some("no-such-file.db"));
        for url in [
            "sqlite:////no-such-file.db",
            "sqlite:/no-such-file.db",
            "sqlite:///no/such-file.db",
            "sqlite:no-such-file.db",
        ] {
            assert_eq!(asked(url), None, "{url}");
        }
    }
}
