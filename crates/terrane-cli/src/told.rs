//! Diagnostics, errors and what was done, as programs read them.

use serde::Serialize;
use terrane::core::diagnostic::{Diagnostic, Label, Severity};
use terrane::{Applied, Error, OpenQuestion, mask_url};

/// A diagnostic.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct DiagnosticView {
    /// `G003`.
    code: &'static str,
    /// `multiple-heads`.
    name: &'static str,
    severity: &'static str,
    message: String,
    /// The main place first.
    places: Vec<PlaceView>,
    help: Vec<String>,
}

/// A place in a file, as editors count it: from one.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
struct PlaceView {
    path: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: String,
}

impl DiagnosticView {
    pub(crate) fn new(diagnostic: &Diagnostic) -> DiagnosticView {
        DiagnosticView {
            code: diagnostic.code.id,
            name: diagnostic.code.name,
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            // Nobody's password is in it, as nowhere else.
            message: mask_url(&diagnostic.message),
            places: diagnostic.labels.iter().map(PlaceView::new).collect(),
            help: diagnostic.help.iter().map(|help| mask_url(help)).collect(),
        }
    }

    pub(crate) fn all(diagnostics: &[Diagnostic]) -> Vec<DiagnosticView> {
        diagnostics.iter().map(DiagnosticView::new).collect()
    }
}

impl PlaceView {
    fn new(label: &Label) -> PlaceView {
        let (start, end) = (
            label.source.position(label.span.start),
            label.source.position(label.span.end),
        );
        PlaceView {
            path: label.source.name().to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            text: label.text.clone(),
        }
    }
}

/// Why a command did not succeed, and what stays done.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ErrorView {
    errors: Vec<DiagnosticView>,
    /// Sentences.
    done: Vec<String>,
}

impl ErrorView {
    pub(crate) fn new(error: &Error) -> ErrorView {
        ErrorView {
            errors: DiagnosticView::all(&error.diagnostics),
            done: error.done.clone(),
        }
    }
}

/// What moved a database.
#[derive(Serialize, Debug, Default)]
pub(crate) struct MovedView {
    /// The steps that were committed, in order.
    pub(crate) applied: Vec<AppliedView>,
    pub(crate) warnings: Vec<DiagnosticView>,
    #[serde(flatten)]
    pub(crate) error: ErrorView,
}

/// A step that was committed.
#[derive(Serialize, Debug)]
pub(crate) struct AppliedView {
    /// A stamp has none.
    revision: Option<String>,
    direction: &'static str,
    layer: String,
    message: String,
    duration_ms: f64,
}

impl AppliedView {
    pub(crate) fn new(applied: &Applied) -> AppliedView {
        AppliedView {
            revision: applied.revision.as_ref().map(ToString::to_string),
            direction: applied.direction.word(),
            layer: applied.layer.to_string(),
            message: applied.title.clone(),
            duration_ms: applied.duration.as_secs_f64() * 1000.0,
        }
    }
}

/// A question that nobody has answered.
#[derive(Serialize, Debug)]
pub(crate) struct QuestionView {
    #[serde(flatten)]
    asked: DiagnosticView,
    choices: Vec<ChoiceView>,
}

/// A way to answer it.
#[derive(Serialize, Debug)]
struct ChoiceView {
    meaning: String,
    /// What `--answer` is to say, once for each.
    answers: Vec<String>,
}

impl QuestionView {
    pub(crate) fn new(question: &OpenQuestion) -> QuestionView {
        let choices = question.choices.iter().map(|choice| ChoiceView {
            meaning: choice.meaning.clone(),
            answers: choice.answers.iter().map(ToString::to_string).collect(),
        });
        QuestionView {
            asked: DiagnosticView::new(&question.diagnostic),
            choices: choices.collect(),
        }
    }
}
