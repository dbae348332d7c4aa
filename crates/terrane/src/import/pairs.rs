//! Migrations whose two directions are two files.

use super::folder::Found;
use super::original::{Original, Part, Reading};
use std::collections::BTreeMap;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::revision::Way;

/// What the name of a file says.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The version as the tool's table keeps it.
    pub(super) version: String,
    /// The version as the name has it.
    pub(super) written: String,
    /// The rest of the name, in words.
    pub(super) title: String,
}

struct Pair<'f> {
    named: Named,
    up: Option<&'f Found>,
    down: Option<&'f Found>,
}

/// Files by the version, in the order of `K`.
pub(super) struct Pairs<'f, K> {
    found: BTreeMap<K, Pair<'f>>,
}

impl<'f, K: Ord> Pairs<'f, K> {
    pub(super) fn new() -> Pairs<'f, K> {
        Pairs { found: BTreeMap::new() }
    }

    /// Adds a file that was found.
    pub(super) fn add(&mut self, key: K, named: Named, way: Way, file: &'f Found, reading: &mut Reading) {
        let pair = self.found.entry(key).or_insert(Pair {
            named: named.clone(),
            up: None,
            down: None,
        });
        let place = match way {
            Way::Upgrade => {
                pair.named = named;
                &mut pair.up
            }
            Way::Downgrade => &mut pair.down,
        };
        if let Some(other) = place.replace(file) {
            let (one, two) = (other.source.name(), file.source.name());
            let message = format!("`{one}` and `{two}` have one version, {}", pair.named.version);
            reading
                .diagnostics
                .push(Diagnostic::error(codes::NOT_CARRIED, message).help("Give one of them another version."));
        }
    }

    /// The migrations; `transactional` and `checksums` say the rest of each from its files.
    pub(super) fn finish(
        self,
        reading: &mut Reading,
        transactional: impl Fn(&Found) -> bool,
        checksums: impl Fn(&Named, &Found) -> Vec<String>,
    ) {
        for pair in self.found.into_values() {
            let Some(up) = pair.up else {
                if let Some(down) = pair.down {
                    reading.refused(
                        down,
                        "undoes a migration for which there is no file",
                        "Restore the file that does it, or take this one away.",
                    );
                }
                continue;
            };
            let runs_alone = !transactional(up) || pair.down.is_some_and(|down| !transactional(down));
            reading.migrations.push(Original {
                checksums: checksums(&pair.named, up),
                version: pair.named.version,
                written: pair.named.written,
                title: pair.named.title,
                file: up.source.clone(),
                transactional: !runs_alone,
                up: vec![Part::whole(up)],
                down: pair.down.map(Part::whole).into_iter().collect(),
            });
        }
    }
}
