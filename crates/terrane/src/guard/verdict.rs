//! Whether what a transaction did is the layer's to do: a whitelist. Every row of a catalog that it made, changed or did away
//! with is about an object of the layer's own, or about one that it made, or is a reference that the design allows; or the
//! step is refused. What is not known to be one's own is somebody else's.

use super::is_waived;
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Ownership, OwnershipChange};
use terrane_core::plan::PlanStep;
use terrane_core::sql::unquote;
use terrane_postgres::guard::{Address, Belonging, Bond, Change, Named};

/// A name without what tells it from others of that name: arguments, an access method, what kind of thing it is.
fn bare_name(name: &str) -> String {
    if let Some(quoted) = name.strip_prefix('"') {
        let end = quoted.find('"').map_or(name.len(), |end| end + 2);
        return unquote(&name[..end]).into_owned();
    }
    let ends = ["(", " /*", " USING "].into_iter().filter_map(|end| name.find(end));
    name[..ends.min().unwrap_or(name.len())].to_owned()
}

/// What a transaction did.
#[derive(Debug)]
pub(super) struct Deeds<'a> {
    changes: Vec<Change>,
    belonging: Belonging,
    own: &'a BTreeMap<Address, ObjectKey>,
    created: BTreeSet<Address>,
    dropped: BTreeSet<Address>,
    /// Objects that came with an extension, with it.
    members: BTreeMap<Address, Address>,
}

impl<'a> Deeds<'a> {
    pub(super) fn new(changes: Vec<Change>, belonging: Belonging, own: &'a BTreeMap<Address, ObjectKey>) -> Deeds<'a> {
        let objects = |is_gone: bool| -> BTreeSet<Address> {
            let rows = changes
                .iter()
                .filter(|change| change.is_object && change.is_gone == is_gone);
            rows.map(|change| change.about.clone()).collect()
        };
        let (new, gone) = (objects(false), objects(true));
        let of_extension = |change: &Change| {
            let extension = change.also.iter().find(|(object, _)| object.catalog == "pg_extension");
            let is_new = change.catalog == "pg_depend" && !change.is_gone;
            let (extension, _) = extension.filter(|_| is_new)?;
            Some((change.about.clone(), extension.clone()))
        };
        let members = changes.iter().filter_map(of_extension);
        Deeds {
            created: new.difference(&gone).cloned().collect(),
            dropped: gone.difference(&new).cloned().collect(),
            members: members.collect(),
            changes,
            belonging,
            own,
        }
    }

    pub(super) fn is_dropped(&self, object: &Address) -> bool {
        self.dropped.contains(object)
    }

    /// The objects that a row belongs to: as it was before, and as it is now.
    fn roots(&self, change: &Change) -> BTreeSet<Address> {
        let about = &change.about;
        let (was, is) = match Belonging::may_belong(about) {
            true => (self.belonging.was_there(about), self.belonging.is_there(about)),
            false => (!self.created.contains(about), !self.dropped.contains(about)),
        };
        let mut roots = BTreeSet::new();
        if was {
            roots.insert(self.belonging.before(about).clone());
        }
        if is {
            roots.insert(self.belonging.after(about).clone());
        }
        if roots.is_empty() {
            roots.insert(about.clone());
        }
        roots
    }

    fn is_own(&self, root: &Address) -> bool {
        self.own.contains_key(root) || self.created.contains(root)
    }

    /// The objects made that are owned by themselves.
    fn made(&self) -> impl Iterator<Item = &Address> {
        let by_itself =
            |object: &&Address| self.belonging.after(object) == *object && !self.members.contains_key(object);
        self.created.iter().filter(by_itself)
    }

    /// The objects whose names have to be known: those that were made, those that changed, those that are referred to.
    pub(super) fn unknown(&self) -> BTreeSet<Address> {
        let mut unknown: BTreeSet<Address> = self.made().cloned().collect();
        for change in &self.changes {
            unknown.extend(self.roots(change));
            if !change.is_gone {
                unknown.extend(
                    change
                        .also
                        .iter()
                        .map(|(object, _)| self.belonging.after(object).clone()),
                );
            }
        }
        unknown
    }
}

/// What there is to say about a step.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// What it did that it may not do.
    pub(super) faults: Vec<String>,
    /// What changes in the books besides what its statements say.
    pub(super) changes: Vec<OwnershipChange>,
    /// The objects that are the layer's from now on.
    pub(super) made: BTreeMap<Address, ObjectKey>,
}

impl Verdict {
    pub(super) fn of(
        deeds: &Deeds<'_>,
        names: &BTreeMap<Address, Named>,
        step: &PlanStep,
        ownership: &Ownership,
        unread: &[String],
    ) -> Verdict {
        let judge = Judge {
            deeds,
            names,
            step,
            ownership,
        };
        let (made, changes) = judge.books();
        Verdict {
            faults: judge.faults(unread),
            changes,
            made,
        }
    }
}

struct Judge<'a> {
    deeds: &'a Deeds<'a>,
    names: &'a BTreeMap<Address, Named>,
    step: &'a PlanStep,
    ownership: &'a Ownership,
}

impl Judge<'_> {
    fn faults(&self, unread: &[String]) -> Vec<String> {
        let mut by_root: BTreeMap<Address, Vec<&Change>> = BTreeMap::new();
        let mut faults = Vec::new();
        for change in &self.deeds.changes {
            for root in self.deeds.roots(change) {
                if !self.deeds.is_own(&root) {
                    by_root.entry(root).or_default().push(change);
                }
            }
            faults.extend(self.bonds(change));
        }
        for (root, changes) in &by_root {
            faults.extend(self.fault(root, changes));
        }
        faults.extend(self.misplaced());
        let unread = unread
            .iter()
            .filter(|catalog| !self.waives(&catalog.replace('_', " "), ""));
        faults.extend(unread.map(|catalog| format!("`{catalog}`, which cannot be read, was written")));
        faults
    }

    /// What is wrong with changes of an object that is not the layer's.
    fn fault(&self, root: &Address, changes: &[&Change]) -> Option<String> {
        let before = changes
            .iter()
            .find(|change| change.is_object && change.is_gone && change.about == *root);
        let (schema, name) = match (before, self.names.get(root)) {
            (Some(row), _) => (row.schema.clone(), row.name.clone()),
            (None, Some(named)) => bare(&named.key.1),
            (None, None) => (String::new(), String::new()),
        };
        let owner = self.owner(root, &schema, &name);
        let waived = |change: &&&Change| self.waives(&change.schema, &change.name);
        if self.waives(&schema, &name) || changes.iter().all(|change| waived(&change)) {
            return None;
        }
        if owner.is_some_and(|owner| self.ownership.may_refer(owner, &self.step.layer))
            && (self.is_recreated(root, &schema, &name) || is_made_again(changes))
        {
            return None;
        }
        let changes = match owner.is_some_and(|owner| self.ownership.may_refer(owner, &self.step.layer)) {
            true => without_made_again(changes),
            false => changes.to_vec(),
        };
        let what = self.what(root, &name, &changes);
        Some(match owner {
            Some(owner) => format!("{what} of layer `{owner}` was changed"),
            None => format!("{what}, which is not layer `{}`'s, was changed", self.step.layer),
        })
    }

    /// Whether a relation was dropped and made again, as the plan says.
    fn is_recreated(&self, root: &Address, schema: &str, name: &str) -> bool {
        let is_held = |held: &ObjectName| bare(held) == (schema.to_owned(), name.to_owned());
        let is_there = |named: &&Named| bare(&named.key.1) == (schema.to_owned(), name.to_owned());
        root.catalog == "pg_class"
            && self.step.held.iter().any(is_held)
            && (!self.deeds.is_dropped(root)
                || self
                    .deeds
                    .made()
                    .filter_map(|object| self.names.get(object))
                    .any(|named| is_there(&named)))
    }

    fn owner(&self, root: &Address, schema: &str, name: &str) -> Option<&LayerName> {
        if let Some(owner) = self.names.get(root).and_then(|named| self.owner_of(&named.key)) {
            return Some(owner);
        }
        let is_it = |((kind, object), _): &(&ObjectKey, _)| {
            let (of, own) = bare(object);
            let own = match kind {
                ObjectKind::Routine => own.split('(').next().unwrap_or_default().to_owned(),
                _ => own,
            };
            is_kind(*kind, root) && own == name && (of == schema || schema.is_empty())
        };
        self.ownership.objects().find(is_it).map(|(_, owner)| &owner.layer)
    }

    fn owner_of(&self, (kind, name): &ObjectKey) -> Option<&LayerName> {
        let owner = match kind {
            ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence => self.ownership.owner_of_relation(name),
            _ => self.ownership.owner(*kind, name),
        };
        owner.map(|owner| &owner.layer)
    }

    /// The layer other than the step's that owns what an object belongs to.
    fn other(&self, object: &Address) -> Option<&LayerName> {
        let root = self.deeds.belonging.after(object);
        if self.deeds.is_own(root) {
            return None;
        }
        let owner = self.names.get(root).and_then(|named| self.owner_of(&named.key));
        owner.filter(|owner| **owner != self.step.layer)
    }

    /// What is wrong with the other objects that a new row is about.
    fn bonds(&self, change: &Change) -> Vec<String> {
        if change.is_gone {
            return Vec::new();
        }
        let is_own = |object: &Address| self.deeds.is_own(self.deeds.belonging.after(object));
        let one_own: Vec<&(Address, Bond)> = change.also.iter().filter(|also| also.1 == Bond::OneOwn).collect();
        let mut faults = Vec::new();
        if !one_own.is_empty() && !one_own.iter().any(|(object, _)| is_own(object)) && !self.waives("", &change.name) {
            faults.push(format!(
                "{} is about nothing of layer `{}`",
                phrase(change),
                self.step.layer
            ));
        }
        for (object, bond) in &change.also {
            let is_fault = match bond {
                Bond::Own => !is_own(object),
                Bond::NotOthers => self.other(object).is_some(),
                Bond::Required => self
                    .other(object)
                    .is_some_and(|other| !self.ownership.may_refer(&self.step.layer, other)),
                Bond::Never => true,
                Bond::OneOwn => false,
            };
            let named = self.names.get(self.deeds.belonging.after(object));
            let (schema, name) = named.map(|named| bare(&named.key.1)).unwrap_or_default();
            if !is_fault || self.waives(&schema, &name) || self.waives(&change.schema, &change.name) {
                continue;
            }
            faults.push(match (bond, named, self.other(object)) {
                (Bond::Never, ..) => format!("{} is about every layer's objects", phrase(change)),
                (_, Some(named), Some(owner)) => {
                    format!("{} reaches {} `{name}` of layer `{owner}`", phrase(change), named.word)
                }
                (_, Some(named), None) => format!(
                    "{} reaches {} `{name}`, which is not layer `{}`'s",
                    phrase(change),
                    named.word,
                    self.step.layer
                ),
                (_, None, _) => format!("{} reaches what is not layer `{}`'s", phrase(change), self.step.layer),
            });
        }
        faults
    }

    /// Objects that were put where the server keeps its own.
    fn misplaced(&self) -> Vec<String> {
        let made = self
            .deeds
            .changes
            .iter()
            .filter(|change| change.is_object && !change.is_gone);
        made.filter(|change| ["pg_catalog", "information_schema"].contains(&change.schema.as_str()))
            .map(|change| {
                format!(
                    "{} was put into `{}`, which is the server's",
                    phrase(change),
                    change.schema
                )
            })
            .collect()
    }

    /// Whether the header names it: as the books spell it, or by its bare name.
    fn waives(&self, schema: &str, name: &str) -> bool {
        let qualified = |name: &str| match schema {
            "" | "public" => name.to_owned(),
            schema => format!("{schema}.{name}"),
        };
        let is_named = |name: &str| !name.is_empty() && is_waived(self.step, &qualified(name));
        is_named(name)
            || is_named(&bare_name(name))
            || (name.is_empty() && !schema.is_empty() && is_waived(self.step, schema))
    }

    /// The change that says most, in words.
    fn what(&self, root: &Address, name: &str, changes: &[&Change]) -> String {
        let is_root = |change: &Change| change.about == *root && change.is_object;
        let places: BTreeSet<(&str, &str)> = changes
            .iter()
            .filter(|change| is_root(change))
            .map(|change| (change.schema.as_str(), change.name.as_str()))
            .collect();
        let is_elsewhere = self.deeds.is_dropped(root) || places.len() > 1;
        let rank = |change: &&&Change| {
            let is_root = is_root(change);
            match change.catalog.as_str() {
                _ if is_root && is_elsewhere => 0,
                // What a view says is a rule of that name (manual, `CREATE RULE`).
                "pg_rewrite" if change.name == "_RETURN" => 0,
                "pg_constraint" | "pg_policy" | "pg_rewrite" | "pg_statistic_ext" => 1,
                "pg_trigger" if !change.body.contains("\"tgisinternal\": true") => 1,
                "pg_class" if !is_root => 2,
                "pg_attribute" | "pg_enum" => 3,
                "pg_description" | "pg_sequence" => 4,
                _ if is_root => 5,
                "pg_depend" | "pg_shdepend" => 9,
                _ => 6,
            }
        };
        let Some(change) = changes.iter().min_by_key(|change| (rank(change), change.is_gone)) else {
            return format!("`{name}`");
        };
        let pair = changes.iter().find(|other| {
            other.catalog == change.catalog
                && other.about == change.about
                && other.name == change.name
                && other.is_gone != change.is_gone
        });
        if pair.is_some_and(|pair| rights_alone(&change.body, &pair.body)) {
            return format!("rights on `{name}`");
        }
        let is_root = change.about == *root && change.is_object || change.name == "_RETURN";
        match (is_root, change.name.is_empty()) {
            (true, _) => match self.names.get(root) {
                Some(named) => format!("{} `{name}`", named.word),
                None => format!("{} `{name}`", change.word),
            },
            (false, true) => format!("{} `{name}`", change.word),
            (false, false) => phrase(change),
        }
    }

    /// The objects that are the layer's from now on, and what of all that was made, renamed and dropped is news to the books
    /// once they say what the statements do.
    fn books(&self) -> (BTreeMap<Address, ObjectKey>, Vec<OwnershipChange>) {
        let mut made = BTreeMap::new();
        let mut changes = Vec::new();
        for named in self.deeds.made().filter_map(|object| self.names.get(object)) {
            let is_others = self.owner_of(&named.key).is_some_and(|owner| *owner != self.step.layer);
            // Roles are the server's, and what is made again is still its owner's.
            if named.object.catalog == "pg_authid" || is_others {
                continue;
            }
            let key = self.as_told(&named.key);
            changes.push(OwnershipChange::Take(key.clone()));
            made.insert(named.object.clone(), key);
        }
        for (member, extension) in &self.deeds.members {
            let named = self.names.get(extension).map(|named| &named.key);
            let key = named.or_else(|| self.deeds.own.get(extension));
            made.extend(key.map(|key| (member.clone(), key.clone())));
        }
        for (object, key) in self.own_by_themselves() {
            if self.deeds.is_dropped(object) {
                changes.push(OwnershipChange::Release(key.clone()));
            } else if let Some(named) = self.names.get(object)
                && is_renamed(&named.key, key)
            {
                made.insert(object.clone(), named.key.clone());
                changes.push(OwnershipChange::Release(key.clone()));
                changes.push(OwnershipChange::Take(named.key.clone()));
            }
        }
        let there: BTreeSet<&ObjectKey> = made.values().collect();
        changes.retain(|change| !matches!(change, OwnershipChange::Release(key) if there.contains(key)));
        changes.extend(self.told_without_arguments(&made));
        // What a step of several transactions says is written with the last of them.
        if self.step.transactional {
            let is_there = |change: &OwnershipChange| !matches!(change, OwnershipChange::Release(_));
            changes.retain(|change| self.told(change.key()) != Some(is_there(change)));
        }
        (made, changes)
    }

    /// The layer's own objects, without those that are in the books under the name of their extension.
    fn own_by_themselves(&self) -> impl Iterator<Item = (&Address, &ObjectKey)> {
        let is_extension = |object: &Address| object.catalog == "pg_extension";
        let own = self.deeds.own.iter();
        let extensions: BTreeSet<&ObjectKey> = own
            .clone()
            .filter(|(object, _)| is_extension(object))
            .map(|(_, key)| key)
            .collect();
        own.filter(move |(object, key)| is_extension(object) || !extensions.contains(key))
    }

    /// The key of something made. Inspection has no noun for every relation that the server calls a view or a table; where the
    /// statements or the books say `object` of that name, they mean it.
    fn as_told(&self, key: &ObjectKey) -> ObjectKey {
        let is_relation = matches!(key.0, ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence);
        let other = (ObjectKind::Other, key.1.clone());
        let is_told = self.told(&other) == Some(true)
            || self.told(key).is_none() && self.deeds.own.values().any(|own| *own == other);
        match is_relation && is_told {
            true => other,
            false => key.clone(),
        }
    }

    /// Whether an object is there once all statements have run, as far as they say.
    fn told(&self, key: &ObjectKey) -> Option<bool> {
        let last = self.step.ownership.iter().rev().find(|change| change.key() == key);
        last.map(|change| !matches!(change, OwnershipChange::Release(_)))
    }

    /// Statements that make or replace a function speak of it without the types of its arguments; under that name it is not
    /// kept.
    fn told_without_arguments(&self, made: &BTreeMap<Address, ObjectKey>) -> Vec<OwnershipChange> {
        let exact = self.deeds.own.values().chain(made.values());
        let bare: BTreeSet<ObjectKey> = exact
            .filter(|(kind, _)| *kind == ObjectKind::Routine)
            .filter_map(|(kind, name)| Some((*kind, name.without_arguments()?)))
            .filter(|bare| self.told(bare) == Some(true))
            .collect();
        bare.into_iter().map(OwnershipChange::Release).collect()
    }
}

/// Whether two keys are of one kind and of different names, however precisely the books say the arguments of one.
fn is_renamed(now: &ObjectKey, was: &ObjectKey) -> bool {
    let bare_name = |key: &ObjectKey| key.1.without_arguments().unwrap_or_else(|| key.1.clone());
    now.0 == was.0 && bare_name(now) != bare_name(was)
}

/// Schema and name, without quotes; what is in `public` says so.
fn bare(name: &ObjectName) -> (String, String) {
    let schema = name.schema.as_ref().map_or("public", |schema| schema.as_str());
    // A name that says its kind does so behind itself, in a comment.
    let own = name.name.as_str().split(" /* ").next().unwrap_or_default();
    (schema.to_owned(), unquote(own).into_owned())
}

/// Whether an object of that kind in the books may be in that catalog.
fn is_kind(kind: ObjectKind, object: &Address) -> bool {
    match object.catalog.as_str() {
        "pg_class" => matches!(
            kind,
            ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence | ObjectKind::Other
        ),
        "pg_type" => matches!(kind, ObjectKind::Enum | ObjectKind::Other),
        "pg_proc" => matches!(kind, ObjectKind::Routine | ObjectKind::Other),
        _ => kind == ObjectKind::Other,
    }
}

fn phrase(change: &Change) -> String {
    match change.name.is_empty() {
        true => change.word.clone(),
        false => format!("{} `{}`", change.word, change.name),
    }
}

/// Whether all that was done is that the server made again, as they were, references that it could not leave as they were.
fn is_made_again(changes: &[&Change]) -> bool {
    without_made_again(changes).is_empty()
}

fn without_made_again<'c>(changes: &[&'c Change]) -> Vec<&'c Change> {
    let has_twin = |change: &&Change| {
        !change.again.is_empty()
            && changes
                .iter()
                .any(|other| other.again == change.again && other.is_gone != change.is_gone)
    };
    let rest: Vec<&Change> = changes.iter().filter(|change| !has_twin(change)).copied().collect();
    let any_twin = rest.len() < changes.len();
    // With a key go its triggers, its index and its comment.
    let goes_with = |change: &&Change| {
        any_twin
            && matches!(
                change.catalog.as_str(),
                "pg_depend" | "pg_trigger" | "pg_description" | "pg_index"
            )
    };
    rest.into_iter().filter(|change| !goes_with(change)).collect()
}

/// Whether two rows differ in who has which rights alone.
fn rights_alone(one: &str, other: &str) -> bool {
    let parse =
        |text: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).unwrap_or_default();
    let (one, other) = (parse(one), parse(other));
    let differing: Vec<&String> = one
        .iter()
        .filter(|(key, value)| other.get(*key) != Some(value))
        .map(|(key, _)| key)
        .collect();
    !differing.is_empty() && differing.iter().all(|key| key.ends_with("acl"))
}
