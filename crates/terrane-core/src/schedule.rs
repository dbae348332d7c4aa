//! The order of actions: one stable sort, for every dialect.
//!
//! An action says what it creates, reads, releases and destroys. The rules are these, each with its reason:
//!
//! | first | then | why |
//! |---|---|---|
//! | creates | reads | what is read has to be there |
//! | releases | destroys | nothing goes while something depends on it |
//! | destroys | creates | a name has to be free before it is taken again |
//! | the same table's | the same table's | their author's order, where nothing else decides |
//!
//! What a server told decides; what was read from a text gives way where it contradicts that, or itself. A cycle of what the
//! server told cannot be carried out, and names its members.

use crate::name::ObjectName;
use crate::schema::{ObjectIdentity, Source};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// What an action has to do with the objects of a schema.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Action {
    /// Is there after it.
    pub creates: Vec<Slot>,
    /// Has to be there before it.
    pub reads: Vec<(Slot, Source)>,
    /// Is held by what it takes away.
    pub releases: Vec<(Slot, Source)>,
    /// Is gone after it, or is another.
    pub destroys: Vec<Slot>,
    /// The table that it is about, if it is about one.
    pub subject: Option<ObjectName>,
}

/// What actions create and read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Slot {
    /// An object.
    Object(ObjectIdentity),
    /// A name that one relation or type, or one routine with its arguments, can have at a time.
    Name(ObjectName),
    /// What a table looks like, which others have from it.
    Shape(ObjectName),
    /// The tables that have their columns from this one.
    Parts(ObjectName),
}

/// How much a link counts for: the author's order of one table is more than a guess, and less than what a server told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Weight {
    Body,
    Text,
    Subject,
    Server,
}

impl From<Source> for Weight {
    fn from(source: Source) -> Weight {
        match source {
            Source::Body => Weight::Body,
            Source::Text => Weight::Text,
            Source::Server => Weight::Server,
        }
    }
}

/// Actions that wait for one another all around, by their places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cycle(pub Vec<usize>);

/// The places of the actions in an order in which each can run. Of those that nothing holds up, the first comes first.
///
/// # Errors
/// What a server told has a cycle.
pub fn order(actions: &[Action]) -> Result<Vec<usize>, Cycle> {
    let mut links = Links::of(actions);
    let mut order = Vec::with_capacity(actions.len());
    let mut ready: BinaryHeap<Reverse<usize>> = links.free().map(Reverse).collect();
    let mut placed = vec![false; actions.len()];
    let mut from = 0;
    while order.len() < actions.len() {
        while let Some(Reverse(at)) = ready.pop() {
            placed[at] = true;
            order.push(at);
            ready.extend(links.resolve(at).into_iter().map(Reverse));
        }
        while from < placed.len() && placed[from] {
            from += 1;
        }
        if from < placed.len() {
            let cycle = links.cycle(from);
            if let Some(free) = links.give_way(&cycle)? {
                ready.push(Reverse(free));
            }
        }
    }
    Ok(order)
}

struct Links {
    /// For each action, which ones it waits for.
    before: Vec<BTreeMap<usize, Weight>>,
    /// And which ones wait for it.
    after: Vec<BTreeSet<usize>>,
}

/// Whether what is dropped and created again may be changed where it is, so that its dependents need not be gone. Whoever
/// carries the ops out knows, and says so where it cannot.
fn may_stay(slot: &Slot) -> bool {
    matches!(slot, Slot::Object(ObjectIdentity::Other(_)))
}

impl Links {
    fn of(actions: &[Action]) -> Links {
        let mut links = Links {
            before: vec![BTreeMap::new(); actions.len()],
            after: vec![BTreeSet::new(); actions.len()],
        };
        let mut creators: BTreeMap<&Slot, Vec<usize>> = BTreeMap::new();
        let mut destroyers: BTreeMap<&Slot, Vec<usize>> = BTreeMap::new();
        for (at, action) in actions.iter().enumerate() {
            for slot in &action.creates {
                creators.entry(slot).or_default().push(at);
            }
            for slot in &action.destroys {
                destroyers.entry(slot).or_default().push(at);
            }
        }
        let mut latest: BTreeMap<&ObjectName, usize> = BTreeMap::new();
        for (at, action) in actions.iter().enumerate() {
            for (slot, source) in &action.reads {
                for creator in creators.get(slot).into_iter().flatten() {
                    links.add(*creator, at, Weight::from(*source));
                }
            }
            for (slot, source) in &action.releases {
                let source = match may_stay(slot) && creators.contains_key(slot) {
                    true => Source::Text.min(*source),
                    false => *source,
                };
                for destroyer in destroyers.get(slot).into_iter().flatten() {
                    links.add(at, *destroyer, Weight::from(source));
                }
            }
            for slot in &action.destroys {
                let takes = creators.get(slot).into_iter().flatten();
                for creator in takes.filter(|creator| !actions[**creator].destroys.contains(slot)) {
                    links.add(at, *creator, Weight::Server);
                }
            }
            if let Some(subject) = &action.subject
                && let Some(earlier) = latest.insert(subject, at)
            {
                links.add(earlier, at, Weight::Subject);
            }
        }
        links
    }

    fn add(&mut self, first: usize, then: usize, weight: Weight) {
        if first != then {
            let known = self.before[then].entry(first).or_insert(weight);
            *known = weight.max(*known);
            self.after[first].insert(then);
        }
    }

    fn free(&self) -> impl Iterator<Item = usize> {
        let waits = self.before.iter().enumerate();
        waits.filter(|(_, before)| before.is_empty()).map(|(at, _)| at)
    }

    /// Those that waited for this one alone.
    fn resolve(&mut self, at: usize) -> Vec<usize> {
        let mut free = Vec::new();
        for then in std::mem::take(&mut self.after[at]) {
            self.before[then].remove(&at);
            if self.before[then].is_empty() {
                free.push(then);
            }
        }
        free
    }

    /// A cycle that this action is in, or waits for: each waits for the next, and the last for the first.
    fn cycle(&self, from: usize) -> Vec<usize> {
        let mut walked: Vec<usize> = vec![from];
        let mut places = BTreeMap::from([(from, 0)]);
        loop {
            let last = walked[walked.len() - 1];
            let Some(next) = self.before[last].keys().next().copied() else {
                return Vec::new();
            };
            match places.insert(next, walked.len()) {
                Some(place) => return walked.split_off(place),
                None => walked.push(next),
            }
        }
    }

    /// Takes the weakest link out of a cycle, and gives the action that is free by that. Of links that weigh the same, the
    /// one that is against the given order.
    fn give_way(&mut self, cycle: &[usize]) -> Result<Option<usize>, Cycle> {
        let next = cycle.iter().skip(1).chain(cycle.first());
        let links = cycle.iter().zip(next).map(|(then, first)| (*then, *first));
        let weakest = links.min_by_key(|(then, first)| (self.before[*then][first], first < then));
        let Some((then, first)) = weakest.filter(|(then, first)| self.before[*then][first] < Weight::Server) else {
            return Err(Cycle(cycle.to_vec()));
        };
        self.before[then].remove(&first);
        self.after[first].remove(&then);
        Ok(self.before[then].is_empty().then_some(then))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::sample::FLAVOR;

    fn view(name: &str) -> Slot {
        Slot::Object(ObjectIdentity::View(FLAVOR.object(name)))
    }

    fn creates(name: &str, reads: &[(&str, Source)]) -> Action {
        Action {
            creates: vec![view(name)],
            reads: reads.iter().map(|(name, source)| (view(name), *source)).collect(),
            ..Action::default()
        }
    }

    fn drops(name: &str, releases: &[&str]) -> Action {
        Action {
            destroys: vec![view(name)],
            releases: releases.iter().map(|name| (view(name), Source::Server)).collect(),
            ..Action::default()
        }
    }

    #[test]
    fn what_is_read_comes_first_and_the_rest_stays_in_order() {
        let actions = [
            creates("a", &[("c", Source::Text)]),
            creates("b", &[]),
            creates("c", &[]),
        ];
        assert_eq!(order(&actions), Ok(vec![1, 2, 0]));
    }

    #[test]
    fn nothing_goes_before_its_dependents_and_a_name_is_free_before_it_is_taken() {
        let actions = [creates("a", &[]), drops("a", &[]), drops("b", &["a"])];
        assert_eq!(order(&actions), Ok(vec![2, 1, 0]));
    }

    #[test]
    fn a_guess_gives_way_to_the_server_and_a_body_to_a_guess() {
        let actions = [
            creates("a", &[("b", Source::Text)]),
            creates("b", &[("a", Source::Server)]),
        ];
        assert_eq!(order(&actions), Ok(vec![0, 1]));
        let actions = [
            creates("a", &[("b", Source::Text)]),
            creates("b", &[("a", Source::Body)]),
        ];
        assert_eq!(order(&actions), Ok(vec![1, 0]));
    }

    #[test]
    fn what_only_waits_for_a_cycle_still_waits_when_that_is_broken() {
        let actions = [
            creates("c", &[("a", Source::Text)]),
            creates("a", &[("b", Source::Text)]),
            creates("b", &[("a", Source::Text)]),
        ];
        assert_eq!(order(&actions), Ok(vec![1, 0, 2]));
    }

    #[test]
    fn a_cycle_that_the_server_told_names_its_members() {
        let actions = [
            creates("x", &[]),
            creates("a", &[("b", Source::Server)]),
            creates("b", &[("a", Source::Server)]),
        ];
        assert_eq!(order(&actions), Err(Cycle(vec![1, 2])));
    }
}
