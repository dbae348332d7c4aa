use crate::args::Revision;
use crate::exit::Exit;
use crate::prompt;
use crate::render;
use terrane::core::diagnostic::{Diagnostic, Severity};
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
    if !options.autogenerate {
        say_written(&new.write(project, &history)?);
        return Ok(Exit::Done);
    }
    let may_ask = !options.no_input && prompt::is_possible();
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
            None => return Ok(refuse(&open, may_ask)),
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
