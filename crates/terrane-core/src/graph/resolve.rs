//! What a name stands for.

use super::error::{choice, list};
use super::set::{Index, NodeSet, Ties};
use super::target::{Symbol, Target, bad};
use super::{Graph, GraphError, Node};
use crate::diagnostic::codes;
use crate::text::closest;

impl Graph {
    /// The revisions that a name stands for: none for `base`, several for `heads`.
    ///
    /// `head` is the one head there is, `heads` are those on which nothing depends, `label@heads` all of that lineage;
    /// an id may be shortened as long as it stays unique. `label@-2` is what lies two below the heads of that lineage.
    /// A layer's name serves as a label where no label has that name: it stands for the lineages of all its revisions.
    ///
    /// # Errors
    /// `G003` for `head` where there are several, `G004` and `G005` for a name that is unknown or begins several,
    /// `G008` where the revision is not on the branch named, `G009` for a walk past the base, `G014` for a text that is
    /// no name, `+1` and `id-2` among them: those mean something on the way from where a database stands.
    pub fn resolve(&self, spec: &str) -> Result<Vec<&Node>, GraphError> {
        let target = self.parse(spec)?;
        Ok(self
            .named_by(&target)?
            .iter()
            .map(|&index| &self.nodes[index as usize])
            .collect())
    }

    pub(super) fn parse<'a>(&self, text: &'a str) -> Result<Target<'a>, GraphError> {
        Target::parse(text, |name| self.names.exact(name).is_some())
    }

    /// The revisions that an absolute target stands for.
    pub(super) fn named_by(&self, target: &Target) -> Result<Vec<Index>, GraphError> {
        match (target.symbol, target.offset) {
            (Some(symbol), None) => self.points(target.label, symbol),
            (None, Some(steps)) if steps < 0 => self.below_heads(target, steps),
            _ => Err(bad(
                target.text,
                "is counted from another revision, and here one is to be named",
            )
            .help("Name the revision itself; `history` lists the ids.")),
        }
    }

    fn below_heads(&self, target: &Target, steps: i64) -> Result<Vec<Index>, GraphError> {
        let mut heads = self.points(None, Symbol::Heads)?;
        if let Some(label) = target.label {
            let branch = self.descendants(self.branch(label)?, Ties::Lineage);
            heads.retain(|&head| branch.contains(head));
        }
        let mut found = Vec::new();
        for head in heads {
            let walk = self.walk(Some(head), steps, None)?;
            if walk.missing > 0 {
                return Err(self.past_the_end(target.text, &walk));
            }
            found.extend(walk.place);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// All revisions that a symbol stands for, in the canonical order; none for `base`.
    pub(super) fn points(&self, label: Option<&str>, symbol: Symbol) -> Result<Vec<Index>, GraphError> {
        let branch = match label {
            Some(label) => Some(self.lineage(&self.branch(label)?, Ties::Lineage)),
            None => None,
        };
        let is_on_branch = |index: &Index| branch.as_ref().is_none_or(|branch| branch.contains(*index));
        match symbol {
            Symbol::Base => Ok(Vec::new()),
            Symbol::Heads if label.is_none() => Ok(self.indices(|links| links.after.is_empty())),
            Symbol::Heads => {
                let heads = self.indices(|links| links.children.is_empty());
                Ok(heads.into_iter().filter(is_on_branch).collect())
            }
            Symbol::Head => {
                let heads = self.indices(|links| links.children.is_empty());
                let heads: Vec<Index> = heads.into_iter().filter(is_on_branch).collect();
                match heads.as_slice() {
                    [_, _, ..] => Err(self.several_heads(label, "head", &heads)),
                    _ => Ok(heads),
                }
            }
            Symbol::Name(name) => {
                let found = self.named(name, branch.as_ref())?;
                if is_on_branch(&found) {
                    return Ok(vec![found]);
                }
                Err(self.not_on_branch(found, label.unwrap_or(name)))
            }
        }
    }

    /// The one revision that a symbol stands for; `None` for `base`.
    pub(super) fn point(&self, label: Option<&str>, symbol: Symbol) -> Result<Option<Index>, GraphError> {
        match self.points(label, symbol)?.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            several => Err(self.several_heads(label, "heads", several)),
        }
    }

    /// The revisions whose lineages a branch name stands for: the one that the label or id names, or all of a layer.
    pub(super) fn branch(&self, name: &str) -> Result<Vec<Index>, GraphError> {
        if let Some(index) = self.names.exact(name) {
            return Ok(vec![index]);
        }
        let of_layer = self.of_layer(name);
        if of_layer.is_empty() {
            self.named(name, None).map(|index| vec![index])
        } else {
            Ok(of_layer)
        }
    }

    fn of_layer(&self, name: &str) -> Vec<Index> {
        match self.layers.iter().position(|layer| layer.as_str() == name) {
            Some(number) => self.indices(|links| links.layer as usize == number),
            None => Vec::new(),
        }
    }

    /// The revision of that name, or the only one on the branch whose name begins so.
    fn named(&self, name: &str, branch: Option<&NodeSet>) -> Result<Index, GraphError> {
        if let Some(index) = self.names.exact(name) {
            return Ok(index);
        }
        let is_on_branch = |index: Index| branch.is_none_or(|branch| branch.contains(index));
        let candidates: Vec<(&str, Index)> = self
            .names
            .beginning(name)
            .filter(|&(_, index)| is_on_branch(index))
            .collect();
        match candidates.as_slice() {
            [] => Err(self.unknown(name)),
            [(_, index)] => Ok(*index),
            several => {
                let names = list(several.iter().map(|(name, _)| name));
                let indices: Vec<Index> = several.iter().map(|&(_, index)| index).collect();
                Err(
                    GraphError::new(codes::AMBIGUOUS_REVISION, format!("{names} begin with `{name}`"))
                        .help("Give more characters.")
                        .about(self.ids(&indices)),
                )
            }
        }
    }

    pub(super) fn indices(&self, keep: impl Fn(&super::Links) -> bool) -> Vec<Index> {
        (0..self.nodes.len() as Index)
            .filter(|&index| keep(&self.links[index as usize]))
            .collect()
    }

    fn unknown(&self, name: &str) -> GraphError {
        if !self.of_layer(name).is_empty() {
            let message = format!("`{name}` is a layer, and its name alone stands for no revision");
            return GraphError::new(codes::UNKNOWN_REVISION, message)
                .help(format!("Write `{name}@head`, `{name}@heads` or `{name}@base`."));
        }
        let message = format!(
            "no revision and no branch label is `{}`, or begins so",
            name.escape_debug()
        );
        let error = GraphError::new(codes::UNKNOWN_REVISION, message);
        let layers = self.layers.iter().map(|layer| layer.as_str());
        match closest(name, self.names.all().chain(layers)) {
            Some(other) => error.help(format!("Write `{other}` if that is meant.")),
            None => error.help("List the revisions with `history`, and the branch labels with `heads`."),
        }
    }

    fn not_on_branch(&self, index: Index, label: &str) -> GraphError {
        let id = self.id(index);
        let error = GraphError::new(
            codes::NOT_ON_BRANCH,
            format!("revision `{id}` is not on the branch `{label}`"),
        );
        let error = error.about([id]);
        match self.covering(index).as_slice() {
            [] => error.help(format!("Write `{id}` without a branch.")),
            labels => error.help(format!("Write `{id}` without a branch; it is on {}.", list(labels))),
        }
    }

    fn several_heads(&self, label: Option<&str>, word: &str, heads: &[Index]) -> GraphError {
        let asked = label.map_or_else(|| word.to_owned(), |label| format!("{label}@{word}"));
        let all = label.map_or_else(|| "heads".to_owned(), |label| format!("{label}@heads"));
        let message = format!(
            "`{asked}` stands for one revision, and there are {}",
            list(self.ids(heads))
        );
        let names = heads.iter().take(4).map(|&head| self.shortest_name(head));
        GraphError::new(codes::MULTIPLE_HEADS, message)
            .help(format!(
                "Name one of them ({}), name all (`{all}`), or join them with `merge`.",
                choice(names)
            ))
            .about(self.ids(heads))
    }

    /// `label@head` where that is this head and no other; its id otherwise.
    fn shortest_name(&self, head: Index) -> String {
        let layer = self.nodes[head as usize].layer.as_str();
        let names_it = |label: &str| {
            let lineage = self.branch(label).map(|seeds| self.lineage(&seeds, Ties::Lineage));
            lineage.is_ok_and(|lineage| {
                let mut heads = lineage
                    .iter()
                    .filter(|&index| self.links[index as usize].children.is_empty());
                heads.next() == Some(head) && heads.next().is_none()
            })
        };
        let labels = self.covering(head);
        let found = labels.into_iter().chain([layer]).take(8).find(|label| names_it(label));
        found.map_or_else(|| self.id(head).to_string(), |label| format!("{label}@head"))
    }
}
