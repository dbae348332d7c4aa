//! A revision as the text of its file.

use super::header::print_date;
use super::{Action, Revision, Step, Target};
use std::fmt::Write;

/// The file of a revision.
pub fn print(revision: &Revision) -> String {
    let mut text = String::new();
    for line in revision.message.lines() {
        comment(&mut text, line);
    }
    text.push_str("--\n");
    let ids: Vec<&str> = revision.down_revisions.iter().map(|id| id.as_str()).collect();
    pair(&mut text, "Revision ID", revision.id.as_str());
    pair(&mut text, "Revises", &ids.join(", "));
    optional(&mut text, "Branch Labels", &revision.branch_labels.join(", "));
    optional(&mut text, "Depends On", &revision.depends_on.join(", "));
    optional(
        &mut text,
        "Create Date",
        &revision.created.map(print_date).unwrap_or_default(),
    );
    match &revision.dialect {
        Target::Unsaid => {}
        Target::Any => pair(&mut text, "Dialect", "any"),
        Target::Named(name) => pair(&mut text, "Dialect", name),
    }
    optional(
        &mut text,
        "Transaction",
        if revision.transactional { "" } else { "none" },
    );
    for waiver in &revision.touches {
        pair(&mut text, "Touches", &format!("{}: {}", waiver.object, waiver.reason));
    }
    for section in &revision.sections {
        let dialect = section
            .dialect
            .as_ref()
            .map(|dialect| format!(": {dialect}"))
            .unwrap_or_default();
        let _ = write!(text, "\n-- {}{dialect}\n", section.way.word());
        for (at, step) in section.steps.iter().enumerate() {
            if at > 0 && (step.is_long() || section.steps[at - 1].is_long()) {
                text.push('\n');
            }
            text.push_str(&print_step(step));
        }
    }
    text
}

/// A step with its comments, as it stands in a section.
pub fn print_step(step: &Step) -> String {
    let mut text = String::new();
    for line in &step.comments {
        comment(&mut text, line);
    }
    match &step.action {
        Action::Sql(sql) => {
            let _ = writeln!(text, "{sql};");
        }
        Action::Call(name) => {
            let _ = writeln!(text, "-- call {name}");
        }
        // No file of SQL says so; whoever looks at a revision is told.
        Action::Python(_) => {
            let _ = writeln!(text, "-- only Python can run this");
        }
    }
    text
}

impl Step {
    /// Whether it deserves an empty line around it.
    fn is_long(&self) -> bool {
        !self.comments.is_empty() || matches!(&self.action, Action::Sql(sql) if sql.contains('\n'))
    }
}

fn comment(text: &mut String, line: &str) {
    text.push_str("--");
    if !line.is_empty() {
        text.push(' ');
        text.push_str(line);
    }
    text.push('\n');
}

fn pair(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{}", format!("-- {key}: {value}").trim_end());
}

fn optional(text: &mut String, key: &str, value: &str) {
    if !value.is_empty() {
        pair(text, key, value);
    }
}
