//! `upgrade`, `downgrade` and `stamp`: the commands that move a database.

use super::plan;
use crate::args::{Downgrade, How, Stamp, Upgrade};
use crate::exit::Exit;
use crate::render;
use crate::told::{AppliedView, DiagnosticView, ErrorView, MovedView};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};
use terrane::core::diagnostic::{Diagnostic, codes};
use terrane::core::graph::Direction;
use terrane::core::plan::PlanStep;
use terrane::{Applied, Blocker, Destination, Error, Observer, Project, Result, offline_sql, shell_head};

pub(super) async fn upgrade(project: &Project, options: &Upgrade, quiet: bool) -> Result<Exit> {
    let Upgrade { target, how } = options;
    if how.sql {
        return offline(project, Direction::Up, std::slice::from_ref(target), how.plain);
    }
    moved(project, Destination::Upgrade(target), how, quiet).await
}

pub(super) async fn downgrade(project: &Project, options: &Downgrade, quiet: bool) -> Result<Exit> {
    let Downgrade { target, how } = options;
    if how.sql {
        return offline(project, Direction::Down, std::slice::from_ref(target), how.plain);
    }
    moved(project, Destination::Downgrade(target), how, quiet).await
}

async fn moved(project: &Project, destination: Destination<'_>, how: &How, quiet: bool) -> Result<Exit> {
    match how.dry_run {
        true => plan::show(project, destination, how.output.json).await,
        false => go(project, destination, tells(quiet, how.output.json)).await,
    }
}

pub(super) async fn stamp(project: &Project, options: &Stamp, quiet: bool) -> Result<Exit> {
    if options.sql {
        return offline(project, Direction::Stamp, &options.targets, options.plain);
    }
    go(
        project,
        Destination::Stamp {
            targets: &options.targets,
            purge: options.purge,
        },
        tells(quiet, options.output.json),
    )
    .await
}

fn offline(project: &Project, direction: Direction, targets: &[String], plain: bool) -> Result<Exit> {
    let (plan, from_nothing) = project.offline_plan(direction, targets)?;
    plan.warnings.iter().for_each(render::diagnostic);
    let dialect = project.dialect()?;
    if !plain && !plan.steps.is_empty() {
        render::script(shell_head(dialect));
    }
    render::script(&offline_sql(
        &plan,
        dialect,
        from_nothing,
        project.config.version_table.as_ref(),
    ));
    Ok(Exit::Done)
}

/// What is told of the steps while they run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tells {
    /// A line each.
    Lines,
    /// Nothing.
    Nothing,
    /// All at the end, to a program.
    Json,
}

fn tells(quiet: bool, json: bool) -> Tells {
    match (json, quiet) {
        (true, _) => Tells::Json,
        (false, true) => Tells::Nothing,
        (false, false) => Tells::Lines,
    }
}

async fn go(project: &Project, destination: Destination<'_>, tells: Tells) -> Result<Exit> {
    if project.strict {
        project.refuse_unmodelled().await?;
    }
    let mut watch = Watch::new(tells);
    let applied = project.migrate(destination, &mut watch).await;
    watch.end();
    if tells == Tells::Json {
        return Ok(print(watch.moved, applied.err().as_ref()));
    }
    let applied = applied?;
    if applied.is_empty() && tells == Tells::Lines {
        render::line("nothing to do: the database stands there already");
    }
    Ok(Exit::Done)
}

/// Prints what was done, and why it is not all, where it is not.
fn print(moved: MovedView, error: Option<&Error>) -> Exit {
    render::json(&MovedView {
        error: error.map(ErrorView::new).unwrap_or_default(),
        ..moved
    });
    error.map_or(Exit::Done, render::error)
}

/// Says each revision as it is committed; a bar joins in when the whole takes over a second.
struct Watch {
    tells: Tells,
    begun: Instant,
    bar: Option<ProgressBar>,
    /// What a program is told at the end.
    moved: MovedView,
}

impl Watch {
    fn new(tells: Tells) -> Watch {
        Watch {
            tells,
            begun: Instant::now(),
            bar: None,
            moved: MovedView::default(),
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Watch {
    fn warning(&mut self, warning: &Diagnostic) {
        self.moved.warnings.push(DiagnosticView::new(warning));
        render::diagnostic(warning);
    }

    fn step_begins(&mut self, step: &PlanStep, at: usize, of: usize) {
        if self.tells != Tells::Nothing && self.bar.is_none() && self.begun.elapsed() > Duration::from_secs(1) {
            let bar = ProgressBar::with_draw_target(Some(of as u64), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(at as u64);
            bar.set_message(step.title.clone());
        }
    }

    fn step_waits(&mut self, step: &PlanStep, attempt: u32, blockers: &[Blocker]) {
        // The first time, and then about every half minute.
        if attempt != 1 && !attempt.is_multiple_of(30) {
            return;
        }
        let id = step.revision.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = format!("revision `{id}` waits for a lock; it is rolled back, and tried again");
        let waiting = Diagnostic::warning(codes::LOCKED, message);
        let told = blockers
            .iter()
            .take(3)
            .fold(waiting, |waiting, blocker| waiting.help(blocker.to_string()));
        match &self.bar {
            Some(bar) => bar.suspend(|| render::diagnostic(&told)),
            None => render::diagnostic(&told),
        }
    }

    fn python_says(&mut self, line: &str) {
        match &self.bar {
            _ if self.tells == Tells::Nothing => {}
            Some(bar) => bar.suspend(|| render::note(line)),
            None => render::note(line),
        }
    }

    fn step_ended(&mut self, applied: &Applied) {
        self.moved.applied.push(AppliedView::new(applied));
        if self.tells != Tells::Lines {
            return;
        }
        let line = sentence(applied);
        match &self.bar {
            Some(bar) => bar.suspend(|| render::line(line)),
            None => render::line(line),
        }
    }
}

fn sentence(applied: &Applied) -> String {
    use anstyle::{AnsiColor, Style};
    let style = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    let verb = applied.direction.word();
    let time = duration(applied.duration);
    match &applied.revision {
        Some(id) => format!(
            "{verb} {style}{id}{style:#} ({}) {} {time}",
            applied.layer, applied.title
        ),
        None => format!("{verb} ({}) {time}", applied.layer),
    }
}

fn duration(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 1000.0 {
        format!("{milliseconds:.1} ms")
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}
