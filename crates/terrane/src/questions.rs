//! What is asked before a candidate is written, since the answer decides whether values are lost.

use crate::answers::Answer;
use crate::models::{Language, Models};
use terrane_core::ddl;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::diff::{Delta, Question, Renames};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::schema::Schema;
use terrane_core::sql::quote_identifier;

/// A question that nobody has answered yet. While there is one, no file is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenQuestion {
    /// What is asked, and how it is answered.
    pub diagnostic: Diagnostic,
    /// The answers there are, each with what it means; of the last kind, `drop`, there may be several that belong together.
    pub choices: Vec<Choice>,
}

/// A way to answer a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What it means, as a fragment.
    pub meaning: String,
    /// What is to be said.
    pub answers: Vec<Answer>,
}

/// Which layers are asked about when many of their tables go: those that have as many.
const MANY: usize = 3;

/// What is open between two schemas. `renames` is what was declared and answered, `desired` all that the models say.
pub(crate) fn open(
    layer: &LayerName,
    delta: &Delta,
    renames: &Renames,
    before: &Schema,
    desired: &Schema,
    models: &Models,
) -> Vec<OpenQuestion> {
    let mut open: Vec<OpenQuestion> = delta.questions.iter().map(|asked| of_rename(asked, models)).collect();
    open.extend(of_loss(layer, delta, renames, before, desired));
    open
}

/// Whether something was renamed, with both answers spelled out.
fn of_rename(question: &Question, models: &Models) -> OpenQuestion {
    let (rename, drop) = match question {
        Question::Table { from, to } => (Answer::table_renamed(from, to), Answer::dropped(from, None)),
        Question::Column { table, from, to } => (
            Answer::column_renamed(table, from, to),
            Answer::dropped(table, Some(from)),
        ),
    };
    let statement = ddl::print(&question.rename()).join("; ");
    let declaration = declaration(question, models);
    let diagnostic = asked(question, models)
        .help(format!(
            "If it was renamed, write `{declaration}` beside it in the models, or say `{}`: `{statement}` keeps the values.",
            rename.option()
        ))
        .help(format!(
            "If it was not, say `{}`: the old one is dropped with its values.",
            drop.option()
        ));
    let choice = |meaning: &str, answer| Choice {
        meaning: meaning.to_owned(),
        answers: vec![answer],
    };
    OpenQuestion {
        diagnostic,
        choices: vec![
            choice("renamed, the values are kept", rename),
            choice("not renamed, the old one is dropped with its values", drop),
        ],
    }
}

/// The same question where nothing can be answered: two schemas are compared, and a script is printed.
pub(crate) fn in_a_script(question: &Question, models: &Models) -> Diagnostic {
    let statement = ddl::print(&question.rename()).join("; ");
    let declaration = declaration(question, models);
    asked(question, models)
        .help(format!(
            "If it was renamed, write `{declaration}` beside it in the models and run this again: `{statement}` keeps the values."
        ))
        .help("If it was not, leave it: the old one is dropped with its values, as the script says.")
}

/// The bare question, with its place in the models.
fn asked(question: &Question, models: &Models) -> Diagnostic {
    let (what, place) = match question {
        Question::Table { from, to } => (
            format!("was table `{from}` renamed to `{to}`, or is one dropped and another created?"),
            models.place_of(to, None),
        ),
        Question::Column { table, from, to } => (
            format!("was column `{from}` of `{table}` renamed to `{to}`, or is one dropped and another added?"),
            models.place_of(table, Some(to)),
        ),
    };
    let diagnostic = Diagnostic::warning(codes::QUESTION, what);
    match place {
        Some(place) => diagnostic.at(&place.source, place.span, ""),
        None => diagnostic,
    }
}

/// How the models say that it was renamed, as it is read.
fn declaration(question: &Question, models: &Models) -> String {
    let (from, place) = match question {
        Question::Table { from, to } => (&from.name, models.place_of(to, None)),
        Question::Column { table, from, to } => (from, models.place_of(table, Some(to))),
    };
    match (place.map_or(Language::Sql, |place| place.language), question) {
        (Language::Sql, _) => format!("-- renamed_from: {}", as_written(from.as_str())),
        (Language::Rust(door), Question::Table { .. }) => door.renamed_table(from.as_str()),
        (Language::Rust(door), Question::Column { .. }) => door.renamed_column(from.as_str()),
        (Language::Python, _) => format!("info={{\"renamed_from\": {:?}}}", from.as_str()),
    }
}

/// A name as a comment says it: in quotes where it is more than a word.
fn as_written(name: &str) -> String {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    match is_word {
        true => name.to_owned(),
        false => quote_identifier(name).into_owned(),
    }
}

/// Whether it is meant that a layer loses all that it has, or most of its tables: an emptied file and a module that is not
/// compiled look the same as models that were thinned out.
fn of_loss(
    layer: &LayerName,
    delta: &Delta,
    renames: &Renames,
    before: &Schema,
    desired: &Schema,
) -> Option<OpenQuestion> {
    let is_renamed = |name: &ObjectName| renames.tables.iter().any(|(from, _)| from == name);
    let lost: Vec<&ObjectName> = before
        .tables
        .keys()
        .filter(|name| !desired.tables.contains_key(name) && !is_renamed(name))
        .collect();
    let of = before.tables.len();
    let is_empty = desired.is_empty() && !before.is_empty() && !delta.ops.is_empty();
    let loses_most = of >= MANY && lost.len() * 2 > of;
    if !is_empty && !loses_most {
        return None;
    }
    let is_asked = |name: &ObjectName| {
        let is_of = |question: &Question| matches!(question, Question::Table { from, .. } if from == name);
        delta.questions.iter().any(is_of)
    };
    let mut open = lost.iter().filter(|name| !renames.replaced_tables.contains(*name));
    if renames.replaces_all || (!lost.is_empty() && open.clone().all(|name| is_asked(name))) {
        return None;
    }
    let message = if is_empty {
        format!("the models of layer `{layer}` declare nothing any more: is everything that it has to be dropped?")
    } else {
        let kept = of - lost.len();
        format!("the models of layer `{layer}` declare {kept} of its {of} tables: are the others to be dropped?")
    };
    let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
    let mut diagnostic = Diagnostic::warning(codes::MODELS_LOST, message);
    if !names.is_empty() {
        diagnostic = diagnostic.help(format!("It would drop {} with all rows.", names.join(", ")));
    }
    diagnostic = diagnostic
        .help("If they are not to go, look whether a file of the models was emptied, or a module is not compiled.")
        .help(format!("If they are, say `{}`.", Answer::DropAll.option()));
    let one_by_one: Vec<Answer> = open.by_ref().map(|name| Answer::dropped(name, None)).collect();
    let answers = match one_by_one.is_empty() {
        true => vec![Answer::DropAll],
        false => one_by_one,
    };
    let meaning = "they go, with all that they hold".to_owned();
    Some(OpenQuestion {
        diagnostic,
        choices: vec![Choice { meaning, answers }],
    })
}
