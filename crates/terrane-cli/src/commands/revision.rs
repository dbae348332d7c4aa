//! `revision`: a new revision, empty or by comparison with the models.

use crate::args::Revision;
use crate::exit::Exit;
use crate::prompt;
use crate::render;
use crate::told::{DiagnosticView, QuestionView};
use serde::Serialize;
use terrane::core::diagnostic::{Diagnostic, Severity};
use terrane::core::op::Op;
use terrane::{Before, Candidate, Comparison, Form, NewRevision, Project, Result, Written};

pub(super) async fn run(project: &Project, options: &Revision) -> Result<Exit> {
    let history = project.headers_to_extend()?;
    let mut new = NewRevision {
        message: options.message.clone(),
        head: options.head.clone(),
        layer: options.layer.clone(),
        splice: options.splice,
        branch_label: options.branch_label.clone(),
        version_path: options.version_path.clone(),
        rev_id: options.rev_id.clone(),
        depends_on: options.depends_on.clone(),
        before: if options.baseline {
            Before::Nothing
        } else {
            Before::Database
        },
        answers: options.answers.clone(),
        form: if options.short { Form::Short } else { Form::Online },
    };
    let json = options.output.json;
    if !options.autogenerate {
        let written = new.write(project, &history)?;
        match json {
            true => render::json(&NewView::new(Some(&written), None)),
            false => say_written(&written),
        }
        return Ok(Exit::Done);
    }
    let may_ask = !options.no_input && !json && prompt::is_possible();
    loop {
        let open = if options.sql {
            let (comparison, text) = project.candidate_text(&history, &new).await?;
            if comparison.questions.is_empty() {
                say_comparison(&comparison);
                render::script(&text);
                return Ok(Exit::Done);
            }
            comparison
        } else {
            match project.autogenerate(&history, &new).await? {
                Candidate::Nothing(comparison) if json => return Ok(print(None, &comparison)),
                Candidate::Written(written, comparison) if json => return Ok(print(Some(&written), &comparison)),
                Candidate::Nothing(comparison) => {
                    comparison.warnings.iter().for_each(render::diagnostic);
                    render::line(format!("layer {}: nothing to do, no file written", comparison.layer));
                    return Ok(Exit::Done);
                }
                Candidate::Written(written, comparison) => {
                    say_comparison(&comparison);
                    say_written(&written);
                    render::line(match options.baseline {
                        true => {
                            "read it; where the database has all of that, `terrane stamp` says so, and runs nothing"
                        }
                        false => "read it and edit it before you upgrade",
                    });
                    return Ok(Exit::Done);
                }
                Candidate::Open(comparison) => comparison,
            }
        };
        // An answer may lead to the next question: of the columns of a table that was renamed.
        let answers = match may_ask {
            true => prompt::ask(&open.questions),
            false => None,
        };
        match answers {
            Some(answers) => new.answers.extend(answers),
            None => {
                if json {
                    render::json(&NewView::new(None, Some(&open)));
                }
                return Ok(refuse(&open, may_ask));
            }
        }
    }
}

/// Prints what was written, to a program; what there is to say besides, to people as well.
fn print(written: Option<&Written>, comparison: &Comparison) -> Exit {
    let view = NewView::new(written, Some(comparison));
    let of_file = written.map_or(&[][..], |written| &written.warnings);
    comparison.warnings.iter().chain(of_file).for_each(render::diagnostic);
    render::json(&view);
    Exit::Done
}

/// A new revision as programs read it.
#[derive(Serialize)]
struct NewView {
    /// None, where there was nothing to write, or a question is open.
    written: Option<WrittenView>,
    /// What the candidate does, in words.
    differences: Vec<String>,
    questions: Vec<QuestionView>,
    warnings: Vec<DiagnosticView>,
}

#[derive(Serialize)]
struct WrittenView {
    revision: String,
    layer: String,
    down_revision: Vec<String>,
    depends_on: Vec<String>,
    branch_labels: Vec<String>,
    message: String,
    path: String,
}

impl WrittenView {
    fn new(written: &Written) -> WrittenView {
        let revision = &written.revision;
        WrittenView {
            revision: revision.id.to_string(),
            layer: written.layer.to_string(),
            down_revision: revision.down_revisions.iter().map(ToString::to_string).collect(),
            depends_on: revision.depends_on.clone(),
            branch_labels: revision.branch_labels.clone(),
            message: revision.title().to_owned(),
            path: written.path.display().to_string(),
        }
    }
}

impl NewView {
    fn new(written: Option<&Written>, comparison: Option<&Comparison>) -> NewView {
        let of_file = written.map_or(&[][..], |written| &written.warnings);
        let of_models = comparison.map_or(&[][..], |comparison| &comparison.warnings);
        let ops = comparison.map_or(&[][..], |comparison| &comparison.delta.ops);
        let questions = comparison.map_or(&[][..], |comparison| &comparison.questions);
        NewView {
            written: written.map(WrittenView::new),
            differences: ops.iter().map(Op::describe).collect(),
            questions: questions.iter().map(QuestionView::new).collect(),
            warnings: of_models.iter().chain(of_file).map(DiagnosticView::new).collect(),
        }
    }
}

/// The questions that nobody has answered.
fn refuse(comparison: &Comparison, was_shown: bool) -> Exit {
    comparison.warnings.iter().for_each(render::diagnostic);
    let questions = comparison.questions.iter().filter(|_| !was_shown);
    questions.for_each(|question| {
        render::diagnostic(&Diagnostic {
            severity: Severity::Error,
            ..question.diagnostic.clone()
        });
    });
    let layer = &comparison.layer;
    render::note(format!("layer {layer}: no file written, as long as this is open"));
    Exit::Refused
}

fn say_comparison(comparison: &Comparison) {
    comparison.warnings.iter().for_each(render::diagnostic);
    for op in &comparison.delta.ops {
        render::note(format!("layer {}: {}", comparison.layer, op.describe()));
    }
}

pub(super) fn say_written(written: &Written) {
    written.warnings.iter().for_each(render::diagnostic);
    render::line(format!("wrote {}", written.path.display()));
}
