//! Where a database is, as a URL says it, and what the environment says where the URL does not: as libpq has it
//! (sections 32.1.2, 32.15, 32.16 and 32.17 of the manual), as far as the driver does not do it already.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use terrane_core::text::{UrlFault, percent_decoded};

/// What the driver reads in a query.
const READ_BY_DRIVER: [&str; 19] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
    "options[",
];

/// What is read here.
const READ_HERE: [&str; 3] = ["service", "passfile", "connect_timeout"];

/// What libpq knows and what changes nothing of what is done here; with values, where only those do.
const WITHOUT_EFFECT: [(&str, &[&str]); 12] = [
    ("keepalives", &[]),
    ("keepalives_idle", &[]),
    ("keepalives_interval", &[]),
    ("keepalives_count", &[]),
    ("tcp_user_timeout", &[]),
    ("fallback_application_name", &[]),
    ("client_encoding", &["utf8", "UTF8", "auto"]),
    ("gssencmode", &["prefer", "disable"]),
    ("channel_binding", &["prefer", "disable"]),
    ("target_session_attrs", &["any"]),
    ("sslnegotiation", &["postgres"]),
    ("sslcompression", &[]),
];

/// What a process finds around it.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Surroundings {
    fn of_process() -> Surroundings {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("PG"))?;
            Some((name, value.into_string().ok()?))
        });
        Surroundings {
            variables: variables.collect(),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
        }
    }

    /// A variable; an empty one is as good as none.
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }
}

/// How a database is reached.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    pub(crate) options: PgConnectOptions,
    /// Whether encryption is tried only where the server does not do without it (`sslmode=allow`).
    pub(crate) prefers_plain: bool,
    /// Whether a server that refuses an encrypted connection is asked for another (`sslmode=prefer`).
    pub(crate) tries_plain: bool,
    /// How long to wait for the server.
    pub(crate) timeout: Option<Duration>,
}

impl Location {
    /// What a URL says, completed by a service and by the environment.
    pub(crate) fn from_url(url: &str) -> Result<Location, UrlFault> {
        Location::read(url, &Surroundings::of_process())
    }

    fn read(written: &str, surroundings: &Surroundings) -> Result<Location, UrlFault> {
        let pairs = completed(parts(written)?, surroundings)?;
        let given = |keys: &[&str]| {
            pairs
                .iter()
                .rev()
                .find(|(key, _)| keys.contains(&key.as_str()))
                .map(|(_, v)| v.clone())
        };
        let for_driver = pairs.iter().filter(|(key, _)| is_read_by_driver(key));
        let query: Vec<String> = for_driver
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
            .collect();
        // What the driver says of a URL that it cannot read may hold the URL.
        let options = PgConnectOptions::from_str(&format!("postgresql:///?{}", query.join("&"))).map_err(|_| {
            let help = "Write `postgresql://user:password@host:5432/database?sslmode=require`.";
            UrlFault::new("the driver does not understand it", help)
        })?;
        let is_password_given = given(&["password"])
            .or_else(|| surroundings.variable("PGPASSWORD"))
            .is_some();
        let options = match is_password_given {
            true => options,
            false => with_password(options, given(&["passfile"]), surroundings),
        };
        let mode = given(&["sslmode", "ssl-mode"]).or_else(|| surroundings.variable("PGSSLMODE"));
        let roots =
            given(&["sslrootcert", "ssl-root-cert", "ssl-ca"]).or_else(|| surroundings.variable("PGSSLROOTCERT"));
        let certificate = given(&["sslcert", "ssl-cert"]).or_else(|| surroundings.variable("PGSSLCERT"));
        let timeout = given(&["connect_timeout"]).or_else(|| surroundings.variable("PGCONNECT_TIMEOUT"));
        Ok(Location {
            prefers_plain: mode.as_deref() == Some("allow"),
            tries_plain: matches!(mode.as_deref(), None | Some("prefer")),
            timeout: timeout
                .and_then(|seconds| seconds.parse().ok())
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
            options: with_tls(
                options,
                mode.as_deref(),
                roots.as_deref(),
                certificate.is_some(),
                surroundings,
            )?,
        })
    }
}

type Pairs = Vec<(String, String)>;

/// What a URL says, all of it as the pairs of a query: the driver's own reading knows no user without a host.
fn parts(url: &str) -> Result<Pairs, UrlFault> {
    let scheme = url.split(':').next().unwrap_or("");
    let Some(rest) = url.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://")) else {
        return Err(UrlFault::new(
            "two slashes are missing behind its scheme",
            "Write `postgresql://user:password@host:5432/database`.",
        ));
    };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = before.split_once('/').unwrap_or((before, ""));
    // A sign that ends the part where the password stands; the rest of the password would be taken for something else.
    if !authority.contains('@') && authority.contains(':') && rest[authority.len()..].contains('@') {
        let help = "Write `%2F` for `/`, `%3F` for `?`, `%40` for `@`, `%25` for `%`.";
        return Err(UrlFault::new("a sign in its password is to be encoded", help));
    }
    let (info, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = info
        .split_once(':')
        .map_or((info, None), |(user, password)| (user, Some(password)));
    let (host, port) = match place.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((host, port)) => (host, port),
        None => (place, ""),
    };
    let own = [
        ("host", Some(host)),
        ("port", Some(port)),
        ("user", Some(user)),
        ("password", password),
        ("dbname", Some(database)),
    ];
    let decoded = |text: &str| String::from_utf8_lossy(&percent_decoded(text)).into_owned();
    let own = own
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), decoded(value.filter(|value| !value.is_empty())?))));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key), decoded(value))
    });
    let pairs: Pairs = own.chain(query).collect();
    if pairs
        .iter()
        .any(|(key, value)| key == "port" && value.parse::<u16>().is_err())
    {
        return Err(UrlFault::new(
            "its port is no number below 65536",
            "Write `postgresql://user:password@host:5432/database`.",
        ));
    }
    Ok(pairs)
}

fn is_read_by_driver(key: &str) -> bool {
    READ_BY_DRIVER.contains(&key) || (key.starts_with("options[") && key.ends_with(']'))
}

/// Every byte but letters and digits as `%20` and its like.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => all.push(byte.into()),
            other => all.push_str(&format!("%{other:02X}")),
        }
        all
    })
}

/// The query, with what a service says besides. What is not understood is told: to pass it over could be to do without what
/// it asks for.
fn completed(pairs: Pairs, surroundings: &Surroundings) -> Result<Pairs, UrlFault> {
    let named = pairs
        .iter()
        .find(|(key, _)| key == "service")
        .map(|(_, name)| name.clone());
    let service = match named.or_else(|| surroundings.variable("PGSERVICE")) {
        Some(name) => service(&name, surroundings)?,
        None => Vec::new(),
    };
    let is_given = |key: &str| {
        let same: &[&str] = match key {
            "host" | "hostaddr" => &["host", "hostaddr"],
            _ => &[key],
        };
        pairs.iter().any(|(given, _)| same.contains(&given.as_str()))
    };
    let more: Pairs = service.into_iter().filter(|(key, _)| !is_given(key)).collect();
    let all: Pairs = pairs.iter().cloned().chain(more).collect();
    for (key, value) in &all {
        let without_effect = WITHOUT_EFFECT
            .iter()
            .any(|(known, values)| known == key && (values.is_empty() || values.contains(&value.as_str())));
        if is_read_by_driver(key) || READ_HERE.contains(&key.as_str()) || without_effect {
            continue;
        }
        let help = "Take it out. Understood are `host`, `hostaddr`, `port`, `dbname`, `user`, `password`, `passfile`, `service`, \
                    `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `connect_timeout`, `application_name`, `options`.";
        return Err(UrlFault::new(format!("`{key}` is not understood"), help));
    }
    let hosts = all.iter().filter(|(key, _)| key == "host" || key == "hostaddr");
    if hosts.into_iter().any(|(_, value)| value.contains(',')) {
        return Err(UrlFault::new(
            "it names several hosts",
            "Name the one that may be written to.",
        ));
    }
    Ok(all)
}

/// What the file of services says of one (section 32.17).
fn service(name: &str, surroundings: &Surroundings) -> Result<Pairs, UrlFault> {
    let own = surroundings.variable("PGSERVICEFILE").map(PathBuf::from);
    let own = own.or_else(|| Some(surroundings.home.as_ref()?.join(".pg_service.conf")));
    let shared = surroundings
        .variable("PGSYSCONFDIR")
        .map(|folder| PathBuf::from(folder).join("pg_service.conf"));
    for file in own.into_iter().chain(shared) {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        if let Some(found) = section(&text, name) {
            return Ok(found);
        }
    }
    let help = "Define it in `~/.pg_service.conf`, or in the file that PGSERVICEFILE names.";
    Err(UrlFault::new(format!("there is no service `{name}`"), help))
}

fn section(text: &str, name: &str) -> Option<Pairs> {
    let mut found: Option<Pairs> = None;
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            found = (title == name).then(Vec::new);
        } else if let Some((key, value)) = line.split_once('=')
            && !line.starts_with('#')
            && let Some(found) = &mut found
        {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

/// The password that a file keeps for this server, database and user (section 32.16). The driver reads such files too; but
/// not for a Unix socket, nor where the database goes without saying, nor from a file that the URL names.
fn with_password(options: PgConnectOptions, passfile: Option<String>, surroundings: &Surroundings) -> PgConnectOptions {
    let file = passfile
        .or_else(|| surroundings.variable("PGPASSFILE"))
        .map(PathBuf::from);
    let Some(file) = file.or_else(|| Some(surroundings.home.as_ref()?.join(".pgpass"))) else {
        return options;
    };
    if !is_private(&file) {
        return options;
    }
    let Ok(text) = std::fs::read_to_string(&file) else {
        return options;
    };
    let host = match options.get_host() {
        socket if options.get_socket().is_some() || socket.starts_with('/') => "localhost".to_owned(),
        host => host.to_owned(),
    };
    let database = options.get_database().unwrap_or(options.get_username()).to_owned();
    let asked = [
        host,
        options.get_port().to_string(),
        database,
        options.get_username().to_owned(),
    ];
    match text.lines().find_map(|line| password_in(line, &asked)) {
        Some(password) => options.password(&password),
        None => options,
    }
}

/// Nobody but its owner may read the file, or it does not count.
#[cfg(unix)]
fn is_private(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(file: &std::path::Path) -> bool {
    file.is_file()
}

/// `host:port:database:user:password`; `*` is any, and a backslash makes the next sign mean itself.
fn password_in(line: &str, asked: &[String; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![(String::new(), false)];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let is_last = fields.len() > asked.len();
        let (field, escaped) = fields.last_mut()?;
        match letter {
            '\\' => {
                *escaped = true;
                field.extend(letters.next());
            }
            ':' if !is_last => fields.push((String::new(), false)),
            other => field.push(other),
        }
    }
    let (password, _) = fields.get(asked.len())?;
    let fits = |((field, escaped), asked): (&(String, bool), &String)| field == asked || (field == "*" && !escaped);
    fields.iter().zip(asked).all(fits).then(|| password.clone())
}

/// How encryption is asked for: as libpq does it where the driver does otherwise.
fn with_tls(
    options: PgConnectOptions,
    mode: Option<&str>,
    roots: Option<&str>,
    names_certificate: bool,
    surroundings: &Surroundings,
) -> Result<PgConnectOptions, UrlFault> {
    // Nothing is encrypted on a Unix socket, whatever is asked for.
    let is_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
    if is_socket {
        return Ok(options.ssl_mode(PgSslMode::Disable));
    }
    let own = |name: &str| {
        let file = surroundings.home.as_ref()?.join(".postgresql").join(name);
        file.is_file().then_some(file)
    };
    // The platform's own roots are trusted in any case; this asks for the strictest way to use them.
    if roots == Some("system") {
        if !matches!(mode, None | Some("verify-full")) {
            return Err(UrlFault::new(
                "`sslrootcert=system` goes with `sslmode=verify-full` alone",
                "Leave `sslmode` out, or name the file of a certificate.",
            ));
        }
        // No other root than those: the word is no name of a file.
        return Ok(options
            .ssl_root_cert_from_pem(Vec::new())
            .ssl_mode(PgSslMode::VerifyFull));
    }
    let mut options = options;
    let mut has_roots = roots.is_some();
    if let (None, Some(file)) = (roots, own("root.crt")) {
        options = options.ssl_root_cert(file);
        has_roots = true;
    }
    // Where there is something to verify by, `require` verifies (section 32.19.1).
    if has_roots && mode == Some("require") {
        options = options.ssl_mode(PgSslMode::VerifyCa);
    }
    if let (false, Some(certificate), Some(key)) = (names_certificate, own("postgresql.crt"), own("postgresql.key")) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(folder: &std::path::Path, variables: &[(&str, &str)]) -> Surroundings {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Surroundings {
            variables: variables.iter().map(own).collect(),
            home: Some(folder.to_owned()),
        }
    }

    fn told(url: &str) -> String {
        Location::read(url, &Surroundings::default()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for url in [
            "postgresql:/app:pw@h/db",
            "postgresql:app:pw@h/db",
            "postgresql://app@h/db?sslmod=require",
            "postgresql://app@h/db?require_auth=none",
            "postgresql://app@h/db?channel_binding=require",
            "postgresql://app@a,b/db",
            "postgresql:///db?host=a,b",
            "postgresql://app:a/b?c@h/db",
            "postgresql://app@h/db?service=nothing",
            "postgresql://app@h/db?sslmode=never",
            "postgresql://app@h/db?sslrootcert=system&sslmode=require",
        ] {
            let said = told(url);
            assert!(!said.contains("pw") && !said.contains("a/b"), "{url}: {said}");
        }
        for url in [
            "postgres://h/db?keepalives=1&gssencmode=disable",
            "postgresql://h",
            "POSTGRESQL://u@h/db?options[a.b]=c",
        ] {
            assert!(Location::read(url, &Surroundings::default()).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_service_says_what_the_url_leaves_out() {
        let folder = tempfile::tempdir().unwrap();
        let text = "# mine\n[other]\nhost=elsewhere\n\n[shop]\nhost = db.example\nport=6543\nuser=app\ndbname=shop\nsslmode=disable\n[more]\nport=1\n";
        std::fs::write(folder.path().join(".pg_service.conf"), text).unwrap();
        for (url, variables) in [
            ("postgresql:///?service=shop", &[][..]),
            ("postgresql://", &[("PGSERVICE", "shop")]),
        ] {
            let options = Location::read(url, &surroundings(folder.path(), variables))
                .unwrap()
                .options;
            let is = (
                options.get_host(),
                options.get_port(),
                options.get_username(),
                options.get_database(),
            );
            assert_eq!(is, ("db.example", 6543, "app", Some("shop")), "{url}");
            assert!(matches!(options.get_ssl_mode(), PgSslMode::Disable));
        }
        let url = "postgresql://me@here:1/mine?service=shop&sslmode=prefer";
        let options = Location::read(url, &surroundings(folder.path(), &[])).unwrap().options;
        let is = (
            options.get_host(),
            options.get_port(),
            options.get_username(),
            options.get_database(),
        );
        assert_eq!(is, ("here", 1, "me", Some("mine")));
        assert!(matches!(options.get_ssl_mode(), PgSslMode::Prefer));
    }

    #[test]
    fn a_file_keeps_passwords() {
        let asked = ["h", "5432", "db", "me"].map(str::to_owned);
        for (line, password) in [
            ("h:5432:db:me:secret", Some("secret")),
            ("*:*:*:me:se\\:cr\\\\et:x", Some("se:cr\\et:x")),
            ("h:5432:db:you:secret", None),
            ("\\*:*:*:me:secret", None),
            ("#h:5432:db:me:secret", None),
            ("h:5432:db", None),
        ] {
            assert_eq!(password_in(line, &asked).as_deref(), password, "{line}");
        }
    }

    #[test]
    fn encryption_is_asked_for_as_libpq_does() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |url: &str, variables: &[(&str, &str)]| {
            let location = Location::read(url, &surroundings(folder.path(), variables)).unwrap();
            format!("{:?}", location.options.get_ssl_mode())
        };
        assert_eq!(mode("postgresql://h/db", &[]), "Prefer");
        assert_eq!(mode("postgresql://h/db?sslmode=require", &[]), "Require");
        assert_eq!(
            mode("postgresql://h/db?sslmode=require&sslrootcert=a.crt", &[]),
            "VerifyCa"
        );
        assert_eq!(
            mode("postgresql://h/db?sslmode=require", &[("PGSSLROOTCERT", "a.crt")]),
            "VerifyCa"
        );
        assert_eq!(mode("postgresql://h/db?sslrootcert=system", &[]), "VerifyFull");
        assert_eq!(mode("postgresql:///db?host=/tmp&sslmode=require", &[]), "Disable");
    }
}
