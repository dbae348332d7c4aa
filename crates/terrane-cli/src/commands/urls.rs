//! Which database a command is about: the command line, the environment, a `.env` file, the configuration, in that order.

use crate::args::Args;
use crate::render;
use std::path::Path;
use terrane::core::diagnostic::{Diagnostic, codes};
use terrane::{Config, DatabaseUrl, Result};

/// Puts the URL that counts into the configuration.
pub(super) fn choose(args: &Args, config: &mut Config) -> Result<()> {
    let file = DotEnv::read(&config.folder.join(".env"))?;
    // `--url`, or TERRANE_URL, which is read with the arguments.
    let named = given(&args.url).or_else(|| {
        let variable = |name: &str| {
            std::env::var(name)
                .ok()
                .map(DatabaseUrl::from)
                .filter(|url| !url.is_empty())
        };
        let general = variable("DATABASE_URL").map(|url| (url, "DATABASE_URL".to_owned()));
        let in_file = |name: &str| Some((file.get(name)?, format!("{name} in `{}`", file.name)));
        let (url, from) = general
            .or_else(|| in_file("TERRANE_URL"))
            .or_else(|| in_file("DATABASE_URL"))?;
        tell_overridden(config, &url, &from);
        Some(url)
    });
    if let Some(url) = named {
        config.url = Some(url);
        // It leads past a pooler to the configuration's database, which is another one.
        config.direct_url = None;
    }
    if let Some(url) = given(&args.direct_url).or_else(|| file.get("TERRANE_DIRECT_URL")) {
        config.direct_url = Some(url);
    }
    if let Some(url) = given(&args.scratch_url).or_else(|| file.get("TERRANE_SCRATCH_URL")) {
        config.scratch_url = Some(url);
    }
    Ok(())
}

/// An empty argument or variable is as good as none.
fn given(url: &Option<DatabaseUrl>) -> Option<DatabaseUrl> {
    url.clone().filter(|url| !url.is_empty())
}

/// Warns that a variable overrides the configuration: other programs read it as well, so it may be set for them.
fn tell_overridden(config: &Config, url: &DatabaseUrl, from: &str) {
    let Some(other) = config.url.as_ref().filter(|other| !other.is_empty() && *other != url) else {
        return;
    };
    let message = format!("{from} names `{url}`, which is used instead of `{other}`");
    let told = Diagnostic::warning(codes::URL_OVERRIDDEN, message)
        .help("Say which one is meant by `--url` or TERRANE_URL, or take `url` out of the configuration.");
    render::diagnostic(&told);
}

/// The assignments of a `.env` file.
struct DotEnv {
    name: String,
    pairs: Vec<(String, String)>,
}

impl DotEnv {
    fn read(path: &Path) -> Result<DotEnv> {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(terrane::Error::file(codes::URL_SOURCE, "read", path, error)),
        };
        let pairs = text.lines().filter_map(pair).collect();
        Ok(DotEnv { name, pairs })
    }

    /// The first of several, as other programs that read such files have it.
    fn get(&self, name: &str) -> Option<DatabaseUrl> {
        let (_, value) = self.pairs.iter().find(|(key, _)| key == name)?;
        Some(DatabaseUrl::new(value)).filter(|url| !url.is_empty())
    }
}

/// `NAME=value`, with `export` before it or not, the value in quotes or not. Values are taken as they are: no variable in
/// them is looked up.
fn pair(line: &str) -> Option<(String, String)> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let value = value.trim();
    let value = match value.chars().next() {
        Some('\'') => value[1..].split('\'').next().unwrap_or("").to_owned(),
        Some('"') => unescaped(&value[1..]),
        // A comment begins at a `#` behind white space; within a word it is a part of it.
        _ => value.find(" #").map_or(value, |at| &value[..at]).trim_end().to_owned(),
    };
    let name = name.trim();
    (!name.is_empty() && !name.starts_with('#')).then(|| (name.to_owned(), value))
}

/// The text up to the closing quote; a backslash makes the next character mean itself.
fn unescaped(text: &str) -> String {
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => value.extend(letters.next()),
            other => value.push(other),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_file_are_read_as_shells_write_them() {
        for (line, value) in [
            ("DATABASE_URL=sqlite:a.db", Some("sqlite:a.db")),
            ("export DATABASE_URL = 'sqlite:a b.db' # there", Some("sqlite:a b.db")),
            ("DATABASE_URL=\"sqlite:a\\\"#b.db\" # there", Some("sqlite:a\"#b.db")),
            ("  DATABASE_URL=sqlite:a#b.db # there\r", Some("sqlite:a#b.db")),
            ("# DATABASE_URL=sqlite:a.db", None),
            ("DATABASE_URL", None),
        ] {
            let read = pair(line).filter(|(name, _)| name == "DATABASE_URL");
            assert_eq!(read.map(|(_, value)| value).as_deref(), value, "{line}");
        }
    }
}
