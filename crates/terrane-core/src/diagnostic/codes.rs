//! The one table of diagnostic codes. A number is never used twice, nor for another thing.
//!
//! Families: `C` configuration, `M` models, `S` revision files, `G` graph, `D` autogenerate, `P` plan and dialect,
//! `O` ownership, `X` execution, `L` lint.

use std::fmt;

/// The identity of a diagnostic: a letter and three digits, and a name in words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// `G003`.
    pub id: &'static str,
    /// `multiple-heads`.
    pub name: &'static str,
    /// What it means and what to do, for `terrane explain` and the reference.
    pub explain: &'static str,
}

impl Code {
    /// The letter of the family.
    pub fn family(&self) -> char {
        self.id.chars().next().unwrap_or('?')
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.name)
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! codes {
    ($($constant:ident $id:literal $name:literal $explain:literal;)*) => {
        $(#[doc = concat!("`", $id, "` ", $name, ": ", $explain)]
        pub const $constant: Code = Code { id: $id, name: $name, explain: $explain };)*

        /// Every code there is, in the order of the table.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    DUPLICATE_REVISION "G001" "duplicate-revision"
        "Two revision files carry the same Revision ID. Give one of them another id, and mend what refers to it.";
    MISSING_PARENT "G002" "missing-parent"
        "A revision names a parent or a dependency for which there is no file. Restore the file, or correct the header.";
    MULTIPLE_HEADS "G003" "multiple-heads"
        "`head` stands for one revision, and here there are several. Name one (`poser@head`), all (`heads`), or merge them.";
    UNKNOWN_REVISION "G004" "unknown-revision"
        "No revision, and no branch label, has that name or begins so.";
    AMBIGUOUS_REVISION "G005" "ambiguous-revision"
        "Several revisions begin with that text. Give more characters.";
    CYCLE "G006" "cycle"
        "Revisions follow, or depend on, one another in a circle, so that none of them can be first.";
    DUPLICATE_LABEL "G007" "duplicate-label"
        "A branch label is used twice, or is also the id of a revision. Labels and ids share one set of names.";
    NOT_ON_BRANCH "G008" "not-on-branch"
        "The revision is no member of the branch that the target names.";
    RELATIVE_TARGET "G009" "relative-target"
        "A relative target (`+1`, `-2`) walks past the end of the history, or could go several ways.";
    NOT_IN_RANGE "G010" "not-in-range"
        "The target does not lie on the way: it is neither an ancestor nor a descendant of where the database stands.";
    OVERLAPPING_ROWS "G011" "overlapping-revisions"
        "Two of the revisions asked for stand on one line: one is an ancestor of the other.";
    BAD_REVISION_ID "G012" "bad-revision-id"
        "A revision id may not hold `@`, `-`, `+`, `:`, commas or spaces, since those mean something in targets.";
    NOT_A_HEAD "G013" "not-a-head"
        "A new revision continues a head. To start a branch from an older revision, ask for it with `--splice`.";
    BAD_TARGET "G014" "bad-target"
        "The target is not written as Terrane reads targets: `head`, `heads`, `base`, an id, `label@head`, `+1`, `id-2`, `a:b`.";
    BAD_LABEL "G015" "bad-branch-label"
        "A branch label may not be empty or `head`, `heads`, `base`, `current`, nor hold `@`, `:`, commas or spaces.";
    FOREIGN_ROW "G016" "row-of-another-layer"
        "A version row of one layer names a revision of another. Move the file back, or stamp anew with `--purge`.";
}
