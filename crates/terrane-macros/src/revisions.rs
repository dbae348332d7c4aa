//! `revisions!`: the revision files of a folder, checked and compiled in.

use crate::fault::Faults;
use proc_macro2::{Group, TokenStream};
use quote::quote;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use syn::LitStr;
use syn::parse::{Parse, ParseStream};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::{Graph, Node};
use terrane_core::name::LayerName;
use terrane_core::revision::folder::{
    Entry, FIRST_LINES, FOLDERS_DEEP, entry, in_sub_folder, looks_like_revision, may_hold_revisions, wrong_name,
};
use terrane_core::revision::{self, Revision};
use terrane_core::text::{SourceFile, Span};

/// `{ $crate } "src/db/versions"`, perhaps with `, after "src/db/earlier"`.
struct Call {
    krate: TokenStream,
    folder: LitStr,
    /// Further folders whose revisions those of this one continue.
    after: Vec<LitStr>,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Call> {
        let krate = input.parse::<Group>()?.stream();
        let folder = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), "name the folder: `revisions!(\"src/db/versions\")`"))?;
        let mut after = Vec::new();
        while !input.is_empty() {
            let says_more = "say `, after \"src/db/earlier\"` for a folder whose revisions these continue, and no more";
            let word: syn::Ident = input
                .parse::<syn::Token![,]>()
                .and_then(|_| input.parse())
                .map_err(|error| syn::Error::new(error.span(), says_more))?;
            if word != "after" {
                return Err(syn::Error::new(word.span(), says_more));
            }
            after.push(input.parse()?);
        }
        Ok(Call { krate, folder, after })
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let call: Call = match syn::parse2(input) {
        Ok(call) => call,
        Err(error) => return error.to_compile_error(),
    };
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return syn::Error::new(
            call.folder.span(),
            "CARGO_MANIFEST_DIR is not set: build this with cargo",
        )
        .to_compile_error();
    };
    let folder = call.folder.value();
    let after: Vec<String> = call.after.iter().map(LitStr::value).collect();
    match check(Path::new(&manifest), &folder, &after) {
        Ok(files) => included(&call, &folder, &files),
        Err(messages) => {
            let mut faults = Faults::default();
            for message in messages {
                faults.push(call.folder.span(), message);
            }
            let errors = faults.expand();
            quote!({ #errors })
        }
    }
}

fn included(call: &Call, folder: &str, files: &[String]) -> TokenStream {
    let krate = &call.krate;
    let from_manifest = format!("/{folder}");
    let paths = files.iter().map(|file| format!("/{folder}/{file}"));
    quote! {
        #krate::Revisions {
            folder: ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #from_manifest),
            files: &[#(
                (#files, ::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #paths)))
            ),*],
        }
    }
}

/// The names of the revision files in a folder of the package at `manifest`, in order; those in the folders of `after` are
/// there for them to continue, and are checked where they are included themselves.
///
/// # Errors
/// Everything that is wrong with the folder, its files, or the graph that they make, in words.
fn check(manifest: &Path, folder: &str, after: &[String]) -> Result<Vec<String>, Vec<String>> {
    if folder.is_empty() || Path::new(folder).is_absolute() || folder.ends_with('/') {
        return Err(vec![
            "name the folder from where Cargo.toml is, without a slash at its end: `src/db/versions`".to_owned(),
        ]);
    }
    let mut messages: Vec<String> = unwatched(manifest, folder).into_iter().collect();
    let files = match names(&manifest.join(folder)) {
        Ok(files) => files,
        Err(error) => {
            messages.push(format!("cannot read the folder `{folder}` of revisions: {error}"));
            return Err(messages);
        }
    };
    let mut reading = Reading::default();
    for earlier in after {
        for file in names(&manifest.join(earlier)).unwrap_or_default() {
            reading.file(&manifest.join(earlier).join(&file), &format!("{earlier}/{file}"));
        }
    }
    reading.diagnostics.clear();
    messages.extend(not_read(&manifest.join(folder), folder, FOLDERS_DEEP).iter().map(said));
    for file in &files {
        reading.file(&manifest.join(folder).join(file), &format!("{folder}/{file}"));
    }
    reading.graph();
    messages.extend(reading.diagnostics.iter().map(said));
    if messages.is_empty() { Ok(files) } else { Err(messages) }
}

/// What to write where cargo does not look at the folder: a file that is added to it would not be compiled in, and
/// nothing would say so.
fn unwatched(manifest: &Path, folder: &str) -> Option<String> {
    let (what, write) = match fs::read_to_string(manifest.join("build.rs")) {
        Ok(text) if text.contains(folder) => return None,
        Ok(_) => (
            format!("`build.rs` does not name the folder `{folder}`"),
            format!("println!(\"cargo::rerun-if-changed={folder}\");"),
        ),
        Err(_) => (
            "the package has no `build.rs`".to_owned(),
            format!("fn main() {{ println!(\"cargo::rerun-if-changed={folder}\"); }}"),
        ),
    };
    Some(format!(
        "{what}, so that cargo would not notice a new revision there\nhelp: write `{write}` in `build.rs`, beside \
         Cargo.toml"
    ))
}

fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        // A name that is no UTF-8 becomes one that is not there, and is refused when it is read.
        let name = name.to_string_lossy().into_owned();
        if name.ends_with(".sql") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// What lies in a folder, or below it, that looks like a revision and is not read. A sub-folder that `build.rs` watches by
/// its name is included by itself.
fn not_read(folder: &Path, shown: &str, deep: usize) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    let begins_as_revision = |path: &Path| {
        let mut first_lines = Vec::new();
        let is_regular = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        is_regular
            && fs::File::open(path)
                .and_then(|file| file.take(FIRST_LINES as u64).read_to_end(&mut first_lines))
                .is_ok()
            && looks_like_revision(&first_lines)
    };
    for read in entries.flatten() {
        let (name, path) = (read.file_name().to_string_lossy().into_owned(), read.path());
        let shown = format!("{shown}/{name}");
        let is_above = deep == FOLDERS_DEEP;
        if path.is_dir() {
            if deep > 0 && may_hold_revisions(&name) && !is_included(folder, &name) {
                found.extend(not_read(&path, &shown, deep - 1));
            }
            continue;
        }
        match entry(&name) {
            Entry::WrongCase if is_above => found.push(wrong_name(&shown)),
            Entry::Doubtful if is_above && begins_as_revision(&path) => found.push(wrong_name(&shown)),
            kind if !is_above && kind != Entry::Other && begins_as_revision(&path) => found.push(in_sub_folder(&shown)),
            _ => {}
        }
    }
    found.sort_by(|a, b| a.message.cmp(&b.message));
    found
}

/// Whether the package includes a folder below another one by itself, as far as `build.rs` tells.
fn is_included(folder: &Path, name: &str) -> bool {
    let package = folder
        .ancestors()
        .find(|above| above.join("Cargo.toml").exists() || above.join("build.rs").exists());
    let text = package.and_then(|package| Some((package, fs::read_to_string(package.join("build.rs")).ok()?)));
    text.is_some_and(|(package, text)| {
        let inner = folder.join(name);
        let inner = inner.strip_prefix(package).unwrap_or(&inner).display().to_string();
        text.contains(&inner)
    })
}

#[derive(Default)]
struct Reading {
    read: Vec<(Revision, SourceFile)>,
    diagnostics: Vec<Diagnostic>,
}

impl Reading {
    fn file(&mut self, path: &Path, shown: &str) {
        let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        if is_special {
            let diagnostic = Diagnostic::error(codes::UNREADABLE_FILE, "it is no regular file");
            self.diagnostics
                .push(diagnostic.at(&SourceFile::new(shown, ""), Span::default(), ""));
            return;
        }
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let diagnostic = Diagnostic::error(codes::UNREADABLE_FILE, format!("cannot read it: {error}"));
                let source = SourceFile::new(shown, "");
                self.diagnostics.push(diagnostic.at(&source, Span::default(), ""));
                return;
            }
        };
        let source = SourceFile::new(shown, text);
        let parsed = revision::parse_header(&source);
        self.diagnostics
            .extend(parsed.diagnostics.into_iter().filter(Diagnostic::is_error));
        self.read.extend(parsed.value.map(|revision| (revision, source)));
    }

    /// Ties the revisions together. A file that could not be read may be the one that another misses, so that the graph
    /// is looked at only where all were read.
    fn graph(&mut self) {
        if !self.diagnostics.is_empty() {
            return;
        }
        let own: BTreeSet<&str> = self
            .read
            .iter()
            .flat_map(|(revision, _)| {
                let labels = revision.branch_labels.iter().map(String::as_str);
                labels.chain([revision.id.as_str()])
            })
            .collect();
        // The graph never shows here; any name does for the one layer.
        let layer = LayerName::new("layer");
        let nodes = self.read.iter().map(|(revision, _)| Node {
            down_revisions: revision.down_revisions.clone(),
            // What is not there by its full name may be a vendor's, whose files are not seen from here.
            depends_on: named(&revision.depends_on, &own),
            branch_labels: revision.branch_labels.clone(),
            ..Node::new(revision.id.clone(), layer.clone())
        });
        let Err(errors) = Graph::new(nodes.collect()) else {
            return;
        };
        for error in errors {
            let mut diagnostic = error.diagnostic();
            for id in &error.revisions {
                for (_, source) in self.read.iter().filter(|(revision, _)| revision.id == *id) {
                    diagnostic = diagnostic.at(source, id_line(source), "");
                }
            }
            self.diagnostics.push(diagnostic);
        }
    }
}

fn named(names: &[String], known: &BTreeSet<&str>) -> Vec<String> {
    names
        .iter()
        .filter(|name| known.contains(name.as_str()))
        .cloned()
        .collect()
}

/// Where a file says who it is.
fn id_line(source: &SourceFile) -> Span {
    let at = source.text().find("Revision ID").unwrap_or(0);
    Span::new(at, at)
}

/// A diagnostic in the words of the compiler: places, code, message, help.
fn said(diagnostic: &Diagnostic) -> String {
    let places: Vec<String> = diagnostic
        .labels
        .iter()
        .map(|label| {
            format!(
                "{}:{}",
                label.source.name(),
                label.source.position(label.span.start).line
            )
        })
        .collect();
    let mut text = format!("{}: [{}] {}", places.join(", "), diagnostic.code, diagnostic.message);
    for help in &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A package with those revisions, and a `build.rs` that looks at them.
    fn package(files: &[(&str, &str)]) -> TempDir {
        let package = tempfile::tempdir().unwrap();
        fs::create_dir_all(package.path().join("src/versions")).unwrap();
        fs::write(package.path().join("build.rs"), "rerun-if-changed=src/versions").unwrap();
        for (name, text) in files {
            fs::write(package.path().join("src/versions").join(name), text).unwrap();
        }
        package
    }

    fn checked(files: &[(&str, &str)]) -> Result<Vec<String>, Vec<String>> {
        check(package(files).path(), "src/versions", &[])
    }

    #[test]
    fn a_second_folder_continues_the_first() {
        let package = package(&[("a1.sql", "-- first\n--\n-- Revision ID: a1\n")]);
        let root = package.path();
        fs::create_dir_all(root.join("src/versions/next")).unwrap();
        fs::write(
            root.join("src/versions/next/b1.sql"),
            "-- more\n--\n-- Revision ID: b1\n-- Revises: a1\n",
        )
        .unwrap();
        fs::write(root.join("build.rs"), "rerun-if-changed=src/versions/next").unwrap();
        let alone = check(root, "src/versions/next", &[]).unwrap_err();
        assert!(alone.iter().any(|message| message.contains("G002")), "{alone:?}");
        let after = ["src/versions".to_owned()];
        assert_eq!(check(root, "src/versions/next", &after), Ok(vec!["b1.sql".to_owned()]));
    }

    #[test]
    fn the_files_come_by_name_and_hidden_ones_are_passed_over() {
        let second = "-- more\n--\n-- Revision ID: b1\n-- Revises: a1\n";
        let files = [
            ("b1.sql", second),
            ("a1.sql", "-- first\n--\n-- Revision ID: a1\n"),
            (".a1.sql", "swap file"),
            ("notes.md", "no revision"),
        ];
        assert_eq!(checked(&files), Ok(vec!["a1.sql".to_owned(), "b1.sql".to_owned()]));
        assert_eq!(checked(&[]), Ok(vec![]));
    }

    #[test]
    fn what_looks_like_a_revision_and_is_not_read_is_an_error() {
        let sql = "-- more\n--\n-- Revision ID: b1\n-- Revises: a1\n";
        for (name, text) in [
            ("b1.SQL", sql),
            ("b1.py", "down_revision = 'a1'\n"),
            ("later/b1.sql", sql),
        ] {
            let package = package(&[("a1.sql", "-- first\n--\n-- Revision ID: a1\n")]);
            fs::create_dir_all(package.path().join("src/versions/later")).unwrap();
            fs::write(package.path().join("src/versions").join(name), text).unwrap();
            let errors = check(package.path(), "src/versions", &[]).unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].contains("S018") && errors[0].contains(name), "{errors:?}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_with_file_line_code_and_help() {
        let errors = checked(&[
            ("a1.sql", "-- first\n--\n-- Revision ID: a1\n-- Create Date: soon\n"),
            ("b1.sql", "-- no id\n"),
            ("c1.sql", "-- c\n--\n-- Revisoin ID: c1\n"),
        ])
        .unwrap_err();
        assert_eq!(errors.len(), 4, "{errors:#?}");
        assert_eq!(
            errors[0],
            "src/versions/a1.sql:4: [S009 bad-date] `soon` is not a valid date\nhelp: Write it as `2026-11-22 21:30:00+00:00`."
        );
        assert!(errors[1].starts_with("src/versions/b1.sql:1: [S004 "));
        assert!(
            errors.iter().any(|error| error.contains("c1.sql:3: [S003 ")),
            "{errors:#?}"
        );
    }

    #[test]
    fn a_missing_parent_is_an_error_and_a_dependency_on_another_layer_is_none() {
        let first = "-- first\n--\n-- Revision ID: a1\n-- Branch Labels: poser\n-- Depends On: 1d2c, rattail\n";
        let second = "-- more\n--\n-- Revision ID: b1\n-- Revises: a2\n";
        assert!(checked(&[("a1.sql", first)]).is_ok());
        let errors = checked(&[("a1.sql", first), ("b1.sql", second)]).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(
            errors[0].starts_with("src/versions/b1.sql:3: [G002 missing-parent] revision `b1` revises `a2`"),
            "{}",
            errors[0]
        );
        assert!(errors[0].contains("\nhelp: "), "{}", errors[0]);
    }

    #[test]
    fn a_circle_through_a_dependency_within_the_folder_is_found() {
        let first = "-- first\n--\n-- Revision ID: a1\n-- Depends On: b1\n";
        let second = "-- more\n--\n-- Revision ID: b1\n-- Revises: a1\n";
        let errors = checked(&[("a1.sql", first), ("b1.sql", second)]).unwrap_err();
        assert!(
            errors[0].starts_with("src/versions/a1.sql:3, src/versions/b1.sql:3: [G006 "),
            "{errors:#?}"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_and_one_that_cargo_does_not_watch_are_errors() {
        let package = package(&[]);
        let errors = check(package.path(), "src/version", &[]).unwrap_err();
        assert_eq!(errors.len(), 1, "`src/versions` names `src/version` too: {errors:?}");
        assert!(errors[0].starts_with("cannot read the folder `src/version` of revisions: "));
        fs::write(package.path().join("build.rs"), "fn main() {}").unwrap();
        let errors = check(package.path(), "src/versions", &[]).unwrap_err();
        assert!(
            errors[0].contains("`println!(\"cargo::rerun-if-changed=src/versions\");`"),
            "{errors:?}"
        );
        fs::remove_file(package.path().join("build.rs")).unwrap();
        let errors = check(package.path(), "src/versions", &[]).unwrap_err();
        assert!(
            errors[0].contains("`fn main() { println!(\"cargo::rerun-if-changed=src/versions\"); }`"),
            "{errors:?}"
        );
        assert!(
            check(package.path(), "/src/versions", &[]).is_err()
                && check(package.path(), "src/versions/", &[]).is_err()
        );
    }

    #[test]
    fn the_value_includes_the_files_from_the_manifest() {
        let call: Call = syn::parse2(quote!({ ::a } "v")).unwrap();
        let expanded = included(&call, "v", &["x.sql".to_owned()]).to_string().replace(' ', "");
        assert!(
            expanded.starts_with("::a::Revisions{folder:::core::concat!("),
            "{expanded}"
        );
        assert!(expanded.contains("\"/v/x.sql\""), "{expanded}");
    }
}
